"""Run the addon's tests inside Odoo and tell truthfully how they went."""

import re
import subprocess
import sys
import time

from .base import DEV, Failure, locked, run, say
from .databases import fresh_copy
from .instance import ADDON, Instance

# Debian ships this one file of `discuss` stripped; building the bundle that names it logs an error.
TOLERATED = ("selfie_segmentation.js",)
LINE = re.compile(r"^\d{4}-\d\d-\d\d [\d:]{8},\d{3} \d+ (?P<level>[A-Z]+) (?P<db>\S+) (?P<logger>\S+): (?P<text>.*)$")
RESULT = re.compile(r"(?P<failed>\d+) failed, (?P<errors>\d+) error\(s\) of (?P<tests>\d+) tests when loading database")


def judge(lines):
    """(passed, failed, complaints) from the lines of a log."""
    tests = bad = 0
    complaints = []
    for line in lines:
        match = LINE.match(line)
        if not match:
            continue
        result = RESULT.search(match["text"])
        if result:
            tests += int(result["tests"])
            bad += int(result["failed"]) + int(result["errors"])
        if match["level"] in ("WARNING", "ERROR", "CRITICAL") and not any(name in line for name in TOLERATED):
            complaints.append(line.rstrip())
    return max(tests - bad, 0), bad, complaints


def measured(lines):
    """What the tests measured: ratios within one run, which are asserted, beside figures, which only are told."""
    return [match["text"] for match in map(LINE.match, lines) if match and match["text"].startswith("ratio:")]


def run_own_tests():
    """The tests of this tool itself: what it does with leftovers and on other systems."""
    run(
        [sys.executable, "-m", "unittest", "discover", "-s", DEV / "tests", "-t", DEV],
        what="the tests of odoo_addon/dev",
    )
    say("the tests of odoo_addon/dev passed")


def run_tests(tags):
    """A fresh database, the addon installed into it, its tests."""
    with locked("test"):
        instance = Instance("test")
        say("copying a database that holds Odoo's own modules only")
        fresh_copy(instance, "punchclock_test", with_addon=False)
        instance.log.unlink(missing_ok=True)
        say(f"installing {ADDON} and running its tests; the log is {instance.log}")
        started = time.monotonic()
        done = subprocess.run(
            [
                *instance.command("-c", instance.conf, "-i", ADDON, "--test-tags", tags, "--stop-after-init"),
                f"--logfile={instance.log}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=instance.environment(),
            cwd=instance.folder,
        )
        log = instance.log.read_text(encoding="utf-8", errors="replace").splitlines() if instance.log.is_file() else []
        passed, failed, complaints = judge(log)
        for line in [*measured(log), *complaints[:40]]:
            print(line)
        if complaints or failed or done.returncode:
            _show_tracebacks(log)
        say(f"took {time.monotonic() - started:.0f} s")
        print(f"{passed} passed, {failed} failed", flush=True)
        problems = []
        if failed:
            problems.append(f"{failed} test(s) failed")
        if complaints:
            problems.append(f"{len(complaints)} warning or error line(s) in the log")
        if not passed and not failed:
            problems.append("no test was run")
        if done.returncode and not failed:
            problems.append(f"Odoo ended with exit code {done.returncode}: {done.stdout[-2000:]}")
        if problems:
            raise Failure("; ".join(problems) + f". The log: {instance.log}")


def _show_tracebacks(log):
    """The lines that follow each error line, which hold no level of their own."""
    shown = 0
    following = False
    for line in log:
        match = LINE.match(line)
        if match:
            following = match["level"] in ("ERROR", "CRITICAL") and not any(name in line for name in TOLERATED)
        elif following and shown < 200:
            print("    " + line)
            shown += 1
