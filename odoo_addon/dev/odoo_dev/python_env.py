"""The Python that Odoo runs in: an interpreter, a virtual environment, the rules engine's wheel."""

import hashlib
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

from .base import HOME, REPO, Failure, need_debian, run, say
from .series import ODOO_19

RULES = REPO / "attendance-rules" / "python"
VENV = ODOO_19.home / "venv"


def python(series=ODOO_19):
    """The virtual environment's interpreter."""
    return series.home / "venv" / "bin" / "python"


def find_interpreter(series=ODOO_19):
    """A Python that the series supports: the one its variable names, the PATH, pyenv's versions."""
    versions = series.pythons
    asked = os.environ.get(series.python_variable)
    if asked:
        if not _is_version(asked, versions):
            raise Failure(f"{series.python_variable}={asked} is not a Python {' / '.join(versions)}")
        return asked
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for version in versions:
        candidates = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}*/bin/python3"), reverse=True)]
        candidates += ["/usr/bin/python3", shutil.which("python3")]
        for candidate in candidates:
            if candidate and _is_version(candidate, (version,)):
                return str(candidate)
    raise Failure(
        f"no Python {' or '.join(versions)} found (PATH, pyenv): {series} needs one; "
        f"install it, or name one with {series.python_variable}=/path/to/python{versions[0]}"
    )


def _is_version(executable, versions):
    # pyenv leaves a `python3.12` on the PATH that only explains it is not selected: so ask it.
    check = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([str(executable), "-c", check], capture_output=True, text=True, timeout=30)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() in versions


def make_venv(series=ODOO_19):
    """Create the environment and install Odoo's dependencies, once per change of the list."""
    venv = series.home / "venv"
    stamp = venv / "requirements.sha256"
    digest = hashlib.sha256(series.requirements.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return
    new_venv(find_interpreter(series), venv, series.requirements, f"the Python dependencies of {series}")
    stamp.write_text(digest, encoding="ascii")


def new_venv(interpreter, folder, requirements, what):
    """A virtual environment with what a list of requirements names."""
    say(f"making a virtual environment for {what} with {interpreter}")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        run([interpreter, "-m", "venv", folder], what="making a virtual environment")
    except Failure:
        need_debian(["python3-venv"], "Debian's Python makes virtual environments only with it")
        shutil.rmtree(folder, ignore_errors=True)
        run([interpreter, "-m", "venv", folder], what="making a virtual environment")
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "-r", requirements], what=f"installing {what} from PyPI")


def content_digest(wheel):
    """Digest of what is in a wheel: the archive itself differs with each build, by its time stamps."""
    with zipfile.ZipFile(wheel) as archive:
        entries = sorted((entry.filename, entry.CRC, entry.file_size) for entry in archive.infolist())
    return hashlib.sha256(repr(entries).encode()).hexdigest()


def install_wheel():
    """Build the wheel of the rules engine and install it when it changed."""
    if not (RULES / "pyproject.toml").is_file():
        raise Failure(f"{RULES.relative_to(REPO)} holds no pyproject.toml: the rules engine's wheel cannot be built")
    if not shutil.which("cargo"):
        raise Failure("cargo is not on the PATH: the rules engine's wheel is built from Rust (see rustup.rs)")
    folder = HOME / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    say("building the wheel of the rules engine")
    run(
        [VENV / "bin" / "maturin", "build", "--release", "--locked", "--quiet", "--out", folder],
        what="building the wheel punchclock-rules",
        cwd=RULES,
        # maturin refuses to choose between two environments that both look active.
        env={key: value for key, value in os.environ.items() if key != "CONDA_PREFIX"},
    )
    wheels = list(folder.glob("punchclock_rules-*.whl"))
    if len(wheels) != 1:
        raise Failure(f"maturin made {len(wheels)} wheels named punchclock_rules in {folder}, expected one")
    digest = content_digest(wheels[0])
    stamp = VENV / "wheel.sha256"
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return
    run(
        [
            python(),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--force-reinstall",
            "--no-index",
            wheels[0],
        ],
        what=f"installing {wheels[0].name}",
    )
    run([python(), "-c", "import punchclock_rules"], what="importing punchclock_rules")
    stamp.write_text(digest, encoding="ascii")
