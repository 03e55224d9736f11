"""The demo company for a person to look at, filled through the addon's own doors."""

from .base import DEV, say
from .instance import ADDON, LOGIN, PASSWORD, Instance, addon_database, addon_digest

DATABASE = "punchclock_demo"


def start():
    """Have the demo running; returns its URL and login."""
    instance = Instance("demo")
    stamp = instance.folder / "addon"
    digest = addon_digest()
    if instance.state is None or not stamp.is_file() or stamp.read_text(encoding="ascii") != digest:
        instance.stop()
        source = addon_database(Instance("builder"))
        instance.configure(DATABASE)
        say("filling the demo company")
        instance.copy_database(source, DATABASE)
        instance.shell((DEV / "seed_demo.py").read_text(encoding="utf-8"), what="filling the demo company")
        stamp.write_text(digest, encoding="ascii")
    instance.start()
    return f"{instance.url()}/odoo/action-{ADDON}.action_day", LOGIN, PASSWORD
