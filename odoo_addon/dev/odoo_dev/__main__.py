"""The command `odoo_addon/dev/odoo`."""

import argparse
import sys

from . import (
    access_of_20,
    browser,
    client,
    databases,
    debian,
    demo,
    e2e,
    i18n,
    lint,
    postgres,
    python_env,
    testrun,
    upgrade,
)
from .base import HOME, Failure, locked, say
from .instance import OURS, Instance
from .series import ALL, ODOO_19

ALL_TESTS = ",".join(f"/{addon}" for addon in OURS)
# Commands without arguments that print nothing to stdout.
PLAIN = {
    "access": access_of_20.write,
    "lint": lint.lint,
    "pot": i18n.export,
    "stop": e2e.stop_everything,
    "upgrade": upgrade.check,
}


def setup():
    """Everything a real Odoo needs, each step only once."""
    with locked("setup"):
        debian.fetch(ODOO_19)
        python_env.make_venv()
        postgres.ensure()
        python_env.install_wheel()
        databases.prepare()
    say(f"ready, in {HOME}")


def test(tags):
    """Without a choice of tests all there is: this tool's own, the addon's, and how it comes and goes."""
    if tags == ALL_TESTS:
        testrun.run_own_tests()
    testrun.run_tests(tags)
    if tags == ALL_TESTS:
        upgrade.check()


def parser():
    top = argparse.ArgumentParser(prog="odoo_addon/dev/odoo", description="A real Odoo for tests and demos.")
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="fetch Odoo, make its Python, start PostgreSQL, build the wheel")
    test = commands.add_parser("test", help="fresh database, install the addons, run their tests")
    test.add_argument("--tags", default=ALL_TESTS, help="which tests (Odoo's --test-tags)")
    commands.add_parser("upgrade", help="install over 100,000 attendances, upgrade twice, uninstall")
    commands.add_parser("pot", help="write the English terms of the addons again")
    commands.add_parser("access", help="write what the addons allow again, in the format of Odoo 20")
    commands.add_parser("lint", help="ruff and pylint-odoo")
    commands.add_parser("start", help="a demo company for a person; prints URL and login")
    commands.add_parser("stop", help="stop every server and PostgreSQL")
    new = commands.add_parser("new-db", help="a fresh database with the addon and its server; prints JSON")
    new.add_argument("name")
    drop = commands.add_parser("drop-db", help="stop that server and drop its database")
    drop.add_argument("name")
    for verb in ("stop-server", "start-server"):
        command = commands.add_parser(verb, help="really end, or start again, one server process")
        command.add_argument("name")
        if verb == "stop-server":
            command.add_argument("--kill", action="store_true", help="SIGKILL instead of SIGTERM")
    commands.add_parser("e2e-up", help="new-db e2e")
    commands.add_parser("e2e-down", help="drop-db e2e")
    commands.add_parser("e2e-start-server", help="start-server e2e")
    stop = commands.add_parser("e2e-stop-server", help="stop-server e2e")
    stop.add_argument("--kill", action="store_true", help="SIGKILL instead of SIGTERM")
    for verb, text in (
        ("client-up", "a bare Odoo with users and keys for the client's tests; prints JSON"),
        ("client-down", "stop that server and drop its database"),
    ):
        command = commands.add_parser(verb, help=text)
        command.add_argument("series", type=int, choices=sorted(ALL), nargs="?" if verb == "client-down" else None)
    commands.add_parser("python", help="print the path of the Python that Odoo runs in")
    return top


def main():
    arguments = parser().parse_args()
    command = arguments.command
    name = getattr(arguments, "name", "e2e")
    command = command.removeprefix("e2e-") if command.startswith("e2e-") else command
    if command in ("setup", "test", "upgrade", "pot", "start", "new-db", "up"):
        setup()
    if command == "test":
        browser.ensure()
        test(arguments.tags)
    elif command in PLAIN:
        PLAIN[command]()
    elif command == "start":
        url, login, password = demo.start()
        print(f"Odoo: {url}\nlogin: {login}\npassword: {password}")
    elif command in ("new-db", "up"):
        print(e2e.up(name), flush=True)
    elif command in ("drop-db", "down"):
        e2e.down(name)
    elif command == "client-up":
        print(client.up(arguments.series), flush=True)
    elif command == "client-down":
        for number in [arguments.series] if arguments.series else ALL:
            client.down(number)
    elif command == "stop-server":
        Instance(name).stop(kill=arguments.kill)
    elif command == "start-server":
        e2e.start(name)
    elif command == "python":
        print(python_env.python())
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"odoo_addon/dev/odoo: {failure}", file=sys.stderr)
        sys.exit(1)
