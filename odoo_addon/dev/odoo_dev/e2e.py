"""A fresh database with the addon, and a server that a test can stop and start again."""

import json
import re

from . import postgres
from .base import Failure, say
from .databases import fresh_copy
from .instance import LOGIN, PASSWORD, Instance, admin_key, all_instances


def describe(instance):
    """What a test needs to reach the instance."""
    state = instance.need_state()
    return {
        "url": instance.url(),
        "database": state["database"],
        "login": LOGIN,
        "password": PASSWORD,
        "admin_key_file": str(instance.key_file),
        "pid_file": str(instance.pid_file),
        "log_file": str(instance.log),
        "port": state["port"],
    }


def up(name):
    """Bring up the instance `name` with a fresh database."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
        raise Failure(f"{name!r} cannot name a database: lower-case letters, digits and _ only")
    instance = Instance(name)
    instance.stop()
    instance.log.unlink(missing_ok=True)
    database = f"punchclock_{name}"
    say(f"making the database {database}")
    fresh_copy(instance, database, with_addon=True)
    admin_key(instance)
    instance.start()
    return json.dumps(describe(instance))


def start(name):
    """Start the server of an instance again, on the database it has."""
    instance = Instance(name)
    instance.need_state()
    if instance.exists():
        instance.start()
    else:
        say(f"the database of {name} has gone with its cluster")
        up(name)


def down(name):
    """Stop the server, drop its database, forget it."""
    instance = Instance(name)
    if instance.state is None:
        return
    instance.stop()
    instance.drop_database()
    for path in (instance.state_file, instance.key_file):
        path.unlink(missing_ok=True)


def stop_everything():
    """Stop every server that this tool started, then PostgreSQL."""
    for instance in all_instances():
        instance.stop()
    postgres.stop()
