"""Databases made once and copied from then on: installing takes half a minute, copying two seconds."""

import hashlib

from . import debian, postgres, python_env
from .base import ADDONS, Failure, locked, say
from .instance import OURS, Instance
from .series import ODOO_19


def prepare(series=ODOO_19):
    """Have the database that holds only Odoo's own modules."""
    with locked("databases"):
        _base(Instance("builder", series))


def fresh_copy(instance, database, with_addon):
    """A fresh `database` for an instance: with our addons freshly installed, or with Odoo's own modules only."""
    # One lock for making and copying: another command may find the original outdated and drop it.
    with locked("databases"):
        builder = Instance("builder", instance.series)
        source = _with_addon(builder) if with_addon else _base(builder)
        instance.configure(database)
        instance.copy_database(source, database)


def addon_digest():
    """Changes with the addons' files and with the wheel: a database with the addons is kept for copying under it."""
    digest = hashlib.sha256(debian.version_stamp(ODOO_19).encode())
    digest.update((python_env.VENV / "wheel.sha256").read_bytes())
    for path in sorted(path for addon in OURS for path in (ADDONS / addon).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ADDONS)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _base(builder):
    tag = hashlib.sha256(debian.version_stamp(builder.series).encode()).hexdigest()[:12]
    prefix = "punchclock_base_" if builder.series is ODOO_19 else f"punchclock_base{builder.series.number}_"
    return _kept(builder, prefix, tag, None, "hr_attendance")


def _with_addon(builder):
    return _kept(builder, "punchclock_addon_", addon_digest(), _base(builder), ",".join(OURS))


def _kept(builder, prefix, tag, source, modules):
    name = prefix + tag
    cluster = postgres.ensure()
    existing = postgres.databases(cluster)
    if name in existing:
        return name
    draft = f"{prefix}draft"
    for old in sorted(existing):
        if old.startswith(prefix):
            # Odoo's database manager drops only what its settings name.
            builder.configure(old)
            builder.manage("drop", old, what=f"dropping the outdated {old}")
    builder.configure(draft)
    say(f"installing {modules} into a fresh database")
    if source:
        builder.copy_database(source, draft)
    builder.odoo(
        *("-c", builder.conf, "-d", draft, "-i", modules, "--no-http", "--stop-after-init", "--log-level=warn"),
        what=f"installing {modules}",
    )
    # Renamed only when complete: an interrupted installation is never taken for a finished one.
    for module in modules.split(","):
        check = postgres.query(cluster, draft, f"SELECT state FROM ir_module_module WHERE name = '{module}'")
        if check != "installed":
            raise Failure(f"{module} is {check or 'unknown'} after installing it; see {builder.folder}")
    builder.manage("rename", draft, name, what="keeping the database for copies")
    return name
