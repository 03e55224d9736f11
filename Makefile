# One line a target; what a target does is in the script it calls.

.PHONY: help test demo odoo odoo-stop e2e bench fmt lint release-check fuzz

help:           ## This list.
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 18

test:           ## Everything: formats, lints, all tests, the wheel, a real Odoo, end to end, benches, packages.
	@.ci/test

demo:           ## The way of a punch in one command, with simulated terminals and a stand-in for Odoo.
	@cargo run --release -p punchclock-edge -- demo

odoo:           ## A real Odoo with the addon and a demo company, left running; prints URL and login.
	@odoo_addon/dev/odoo start

odoo-stop:      ## Stops what `make odoo` left running.
	@odoo_addon/dev/odoo stop

e2e:            ## The end-to-end test on a real Odoo.
	@cargo test -p punchclock-edge --features odoo-e2e --test end_to_end_odoo -- --nocapture

bench:          ## All benchmarks, measured.
	@cargo bench -p punchclock-benches

fmt:            ## Formats the Rust code.
	@cargo fmt --all

lint:           ## Clippy and rustdoc with warnings denied.
	@.ci/test lint

release-check:  ## What needs tools that are compiled first: fuzzers.
	@.ci/release-check

fuzz:           ## Runs every fuzz target for SECONDS_PER_TARGET (default 20) each.
	@.ci/release-check fuzz
