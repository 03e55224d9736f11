"""Style and Odoo's community rules, in an environment of their own."""

import hashlib

from .base import ADDONS, DEV, HOME, run, say
from .instance import OURS
from .python_env import find_interpreter, new_venv

REQUIREMENTS = DEV / "requirements-lint.txt"
VENV = HOME / "lint"


def lint():
    """ruff and pylint-odoo over everything in odoo_addon; fails on the first that complains."""
    stamp = VENV / "requirements.sha256"
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != digest:
        new_venv(find_interpreter(), VENV, REQUIREMENTS, "ruff and pylint-odoo")
        stamp.write_text(digest, encoding="ascii")
    run([VENV / "bin" / "ruff", "check", "."], what="ruff check", cwd=ADDONS)
    run([VENV / "bin" / "ruff", "format", "--check", "."], what="ruff format", cwd=ADDONS)
    # A model that does several things is spread over files that each say one.
    spread = "--disable=consider-merging-classes-inherited"
    run([VENV / "bin" / "pylint", "--rcfile=pylintrc", spread, *OURS], what="pylint-odoo", cwd=ADDONS)
    say("ruff and pylint-odoo have nothing to say")
