"""Fetch Odoo as Debian packages it, without touching the system's own apt state.

A folder of its own holds apt's lists and a one-line source; the archive key is Debian's.
The packages are unpacked, never installed.
"""

import os
import platform
import re
import shutil
from pathlib import Path

from .base import Failure, need_debian, run, say

ETC = Path("/etc")
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)


def odoo_source(series):
    """The `Odoo` to run: (folder for PYTHONPATH, its start script, its addons folders)."""
    checkout = os.environ.get(series.checkout_variable)
    if checkout:
        base = Path(checkout).resolve()
        script = base / "odoo-bin"
        if not script.is_file():
            raise Failure(f"{series.checkout_variable}={checkout} holds no odoo-bin; it must be a checkout of {series}")
        return base, script, [base / "addons"]
    root = series.home / "root"
    packages = root / "usr" / "lib" / "python3" / "dist-packages"
    # 14 has all its modules in `odoo/addons`, which Odoo finds by itself.
    beside = packages / "addons"
    return packages, root / "usr" / "bin" / "odoo", [beside] if beside.is_dir() else []


def mirror(series, etc=ETC):
    """Debian's mirror as this machine's own apt sources name it."""
    files = [etc / "apt" / "sources.list", *sorted((etc / "apt" / "sources.list.d").glob("*"))]
    for path in files:
        if not path.is_file() or path.suffix not in (".list", ".sources"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        pattern = r"^URIs:[ \t]*(.+)" if path.suffix == ".sources" else r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)"
        for uris in re.findall(pattern, text, re.MULTILINE):
            for uri in uris.split():
                url = _listed(uri, etc)
                if url.rstrip("/").endswith("/debian"):
                    return url
    if re.search(r'^ID="?debian"?\s*$', _read(etc / "os-release"), re.MULTILINE):
        raise Failure(
            "this is Debian, but no URL that ends in /debian is in /etc/apt/sources.list or /etc/apt/sources.list.d: "
            "add a source such as `deb http://deb.debian.org/debian stable main`, "
            f"or set {series.checkout_variable} to a checkout of {series}"
        )
    raise Failure(
        f"no Debian mirror found in /etc/apt/sources.list*: {series} comes as Debian's package {series.packages[0]}; "
        f"on another system set {series.checkout_variable} to a checkout of {series}"
    )


def _listed(uri, etc):
    """The mirror behind apt's `mirror+file:` (Debian's cloud images): the first that its list names."""
    found = re.match(r"mirror\+file:/*(/.*)", uri)
    if not found:
        return uri
    path = Path(found.group(1))
    # Under the folder that is read, so that a test can bring its own.
    path = etc / path.relative_to("/etc") if path.is_relative_to("/etc") else path
    for line in _read(path).splitlines():
        if line.strip() and not line.startswith("#"):
            # Behind a tab apt allows a priority and the like.
            return line.split()[0]
    return uri


def _read(path):
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def fetch(series):
    """Download and unpack the packages, once."""
    if os.environ.get(series.checkout_variable):
        odoo_source(series)
        return
    home = series.home
    root, stamp = home / "root", home / "root.stamp"
    wanted = " ".join(series.packages)
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted and odoo_source(series)[1].is_file():
        return
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise Failure(
            f"apt-get and dpkg are needed to fetch {series}; elsewhere set {series.checkout_variable} to a checkout"
        )
    keyring = next((path for path in KEYRINGS if path.is_file()), None)
    if keyring is None:
        need_debian(["debian-archive-keyring"], "Debian's archive key signs what is downloaded")
        keyring = next(path for path in KEYRINGS if path.is_file())

    apt, downloads = home / "apt", home / "debs"
    for path in (apt / "lists" / "partial", apt / "cache" / "archives" / "partial", downloads):
        path.mkdir(parents=True, exist_ok=True)
    source = apt / "sources.list"
    source.write_text(f"deb [signed-by={keyring}] {mirror(series)} {series.suite} main\n", encoding="ascii")
    (apt / "status").touch()
    options = [
        f"-oDir::State={apt}",
        f"-oDir::State::lists={apt}/lists",
        f"-oDir::State::status={apt}/status",
        f"-oDir::Cache={apt}/cache",
        f"-oDir::Etc::sourcelist={source}",
        "-oDir::Etc::sourceparts=/dev/null",
        "-oAcquire::Languages=none",
        "-oAcquire::Retries=3",
        # The sandbox user of apt could not read a checkout in a private home folder.
        "-oAPT::Sandbox::User=",
        f"-oAPT::Architecture={debian_architecture()}",
    ]
    say(f"fetching {series} from Debian {series.suite}")
    run(["apt-get", *options, "-q", "update"], what=f"reading Debian's package list of {series.suite}")
    for old in downloads.glob("*.deb"):
        old.unlink()
    run(
        ["apt-get", *options, "-q", "download", *series.packages],
        what=f"downloading {wanted}",
        cwd=downloads,
    )
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for package in sorted(downloads.glob("*.deb")):
        run(["dpkg", "-x", package, root], what=f"unpacking {package.name}")
        package.unlink()
    if not odoo_source(series)[1].is_file():
        raise Failure(f"the unpacked package {series.packages[0]} holds no start script: its layout changed")
    stamp.write_text(wanted, encoding="ascii")


def debian_architecture():
    """Debian's name of this machine's processor (every package here is `all`, apt wants one anyway)."""
    names = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armhf", "i686": "i386"}
    return names.get(platform.machine(), platform.machine())


def version_stamp(series):
    """Changes when the Odoo in use changes; databases kept for copying are named after it."""
    packages, _script, _addons = odoo_source(series)
    release = packages / "odoo" / "release.py"
    return f"{packages} {release.stat().st_mtime_ns}"
