"""The demo company for a person to look at, filled through the addon's own doors."""

from .base import DEV
from .instance import ADDON, LOGIN, PASSWORD, Instance, addon_database


def start():
    """Have the demo running; returns its URL and login."""
    instance = Instance("demo")
    if instance.state is None or not instance.running_pid():
        if instance.state is None:
            source = addon_database(Instance("builder"))
            instance.configure("punchclock_demo")
            instance.copy_database(source, "punchclock_demo")
            instance.shell((DEV / "seed_demo.py").read_text(encoding="utf-8"), what="filling the demo company")
        instance.start()
    return f"{instance.url()}/odoo/action-{ADDON}.action_day", LOGIN, PASSWORD
