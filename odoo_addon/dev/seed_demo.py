"""Loads the addon's own demo data, inside `odoo shell`, which gives `env`."""

env["punchclock.demo"]._load()  # noqa: F821
env.cr.commit()  # noqa: F821
print("RESULT true")
