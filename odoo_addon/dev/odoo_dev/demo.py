"""The demo company for a person to look at, filled through the addon's own doors."""

from .base import DEV, say
from .databases import addon_digest, fresh_copy
from .instance import ADDON, LOGIN, PASSWORD, Instance

DATABASE = "punchclock_demo"


def start():
    """Have the demo running; returns its URL and login."""
    instance = Instance("demo")
    stamp = instance.folder / "addon"
    digest = addon_digest()
    if not instance.exists() or not stamp.is_file() or stamp.read_text(encoding="ascii") != digest:
        instance.stop()
        # Written again when the company is filled: half a demo is not taken for one.
        stamp.unlink(missing_ok=True)
        fresh_copy(instance, DATABASE, with_addon=True)
        say("filling the demo company")
        instance.shell((DEV / "seed_demo.py").read_text(encoding="utf-8"), what="filling the demo company")
        stamp.write_text(digest, encoding="ascii")
    instance.start()
    return f"{instance.url()}/odoo/action-{ADDON}.action_day", LOGIN, PASSWORD
