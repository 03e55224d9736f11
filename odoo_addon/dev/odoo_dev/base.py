"""Places, the shared state file, and how a command of this tool fails."""

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[3]
ADDONS = REPO / "odoo_addon"
DEV = ADDONS / "dev"
HOME = REPO / "target" / "odoo19"


class Failure(Exception):
    """Something this tool could not get or do; the message names it and says what helps."""


def say(text):
    """Progress goes to stderr: stdout is kept for results that programs read."""
    print(f"[odoo] {text}", file=sys.stderr, flush=True)


def run(command, *, what, **kwargs):
    """Run a command quietly; on failure show the end of what it said and name `what`."""
    command = [str(part) for part in command]
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **kwargs
        )
    except FileNotFoundError as missing:
        raise Failure(f"{what}: the program {command[0]} is not there") from missing
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-25:])
        raise Failure(f"{what} failed (exit code {done.returncode}):\n{tail}")
    return done.stdout


@contextlib.contextmanager
def locked(name):
    """Hold an inter-process lock: several commands of this tool may run at once."""
    HOME.mkdir(parents=True, exist_ok=True)
    with open(HOME / f"{name}.lock", "w", encoding="ascii") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_private(path, text):
    """Write a file that only its owner may read (it holds a password or a key)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        os.fchmod(handle.fileno(), 0o600)
        handle.write(text)


def load_json(path):
    """The content of a JSON file, or None when it is not there."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def need_debian(packages, why):
    """Install Debian packages as root; name them otherwise."""
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure(f"{why}: install the Debian packages: {names}")
    say(f"installing {names} ({why})")
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    run(["apt-get", "update"], what="apt-get update", env=env)
    run(
        ["apt-get", "install", "-y", "--no-install-recommends", *packages],
        what=f"installing {names}",
        env=env,
    )
