"""A bare Odoo of either series, with the users and keys that the tests of the Rust client need."""

import json

from . import databases, debian, postgres, python_env
from .base import DEV, Failure, locked, say, write_private
from .instance import LOGIN, PASSWORD, Instance
from .series import ALL

NAME = "client"
# Lower than Odoo's own 128 MiB, so that a test of a body that is too large stays small. 14 has no limit.
BODY_LIMIT = 4 * 1024 * 1024


def up(number):
    """Have that Odoo running; returns one line of JSON. What runs already is kept as it is."""
    series = ALL[number]
    with locked(f"client{number}"):
        with locked("setup"):
            debian.fetch(series)
            python_env.make_venv(series)
            postgres.ensure()
            databases.prepare(series)
        instance = Instance(NAME, series)
        if not _complete(instance):
            _make(instance)
        instance.start()
        return json.dumps(_describe(instance))


def down(number):
    """Stop the server, drop its database, forget its keys."""
    instance = Instance(NAME, ALL[number])
    with locked(f"client{number}"):
        if instance.state is None:
            return
        instance.stop()
        instance.drop_database()
        _facts_file(instance).unlink(missing_ok=True)
        for path in instance.folder.glob("*.key"):
            path.unlink()
        instance.state_file.unlink()


def _facts_file(instance):
    return instance.folder / "client.json"


def _complete(instance):
    state = instance.state
    if state is None or not _facts_file(instance).is_file():
        return False
    if json.loads(_facts_file(instance).read_text(encoding="utf-8"))["stamp"] != debian.version_stamp(instance.series):
        return False
    return state["database"] in postgres.databases(postgres.ensure())


def _make(instance):
    number = instance.series.number
    instance.stop()
    instance.log.unlink(missing_ok=True)
    _facts_file(instance).unlink(missing_ok=True)
    database = f"punchclock_client{number}"
    say(f"making the database {database}")
    databases.fresh_copy(instance, database, with_addon=False)
    made = instance.shell(
        (DEV / "seed_client.py").read_text(encoding="utf-8"),
        what="making the users and keys of the client's tests",
        values={"body_limit": BODY_LIMIT},
    )
    if not made["keys"].get("admin"):
        raise Failure("Odoo made no API key of the administrator")
    files = {}
    for name, key in made.pop("keys").items():
        files[name] = str(instance.folder / f"{name}.key")
        write_private(instance.folder / f"{name}.key", key + "\n")
    made["stamp"] = debian.version_stamp(instance.series)
    _facts_file(instance).write_text(json.dumps({**made, "key_files": files}), encoding="utf-8")


def _describe(instance):
    facts = json.loads(_facts_file(instance).read_text(encoding="utf-8"))
    files = facts["key_files"]
    return {
        "series": instance.series.number,
        "url": instance.url(),
        "database": instance.need_state()["database"],
        "login": LOGIN,
        "password": PASSWORD,
        "api_key_file": files["admin"],
        "restricted": {"login": facts["logins"]["restricted"], "api_key_file": files["restricted"]},
        "archived": {"login": facts["logins"]["archived"], "api_key_file": files["archived"]},
        "expired": {"login": LOGIN, "api_key_file": files["expired"]} if "expired" in files else None,
        "company_id": facts["company_id"],
        "other_company_id": facts["other_company_id"],
        "body_limit": facts["body_limit"],
        "pid_file": str(instance.pid_file),
        "log_file": str(instance.log),
        "port": instance.need_state()["port"],
    }
