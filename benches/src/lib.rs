//! Benchmarks of the Punchclock crates.
