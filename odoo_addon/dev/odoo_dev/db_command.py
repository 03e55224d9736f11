"""`odoo db` for Odoo 14, which lacks it; runs in that Odoo's Python: db_command.py CONF VERB NAME..."""

import sys

from odoo.api import Environment
from odoo.service import db
from odoo.tools import config

VERBS = {"duplicate": db.exp_duplicate_database, "drop": db.exp_drop, "rename": db.exp_rename}

conf, verb, *names = sys.argv[1:]
config.parse_config(["-c", conf])
# The servers show nobody their databases; this process serves nobody.
config["list_db"] = True
with Environment.manage():
    if verb == "duplicate" and db.exp_db_exist(names[1]):
        db.exp_drop(names[1])
    if not VERBS[verb](*names):
        sys.exit(f"{verb} {' '.join(names)}: Odoo refused")
