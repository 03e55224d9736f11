"""One Odoo: its settings, its database, its server process."""

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import debian, postgres, python_env
from .base import ADDONS, Failure, load_json, run, say, write_private
from .series import ALL, ODOO_19

ADDON = "punchclock"
# All addons of this repository, the one the others build on first.
OURS = tuple(sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py")))
LOGIN = PASSWORD = "admin"


class Instance:
    """A named Odoo under target/odooNN/instances/; its state survives between commands."""

    def __init__(self, name, series=ODOO_19):
        self.name = name
        self.series = series
        self.folder = series.home / "instances" / name
        self.log = self.folder / "odoo.log"
        self.conf = self.folder / "odoo.conf"
        self.pid_file = self.folder / "odoo.pid"
        self.key_file = self.folder / "admin.key"
        self.state_file = self.folder / "state.json"

    # -- state -----------------------------------------------------------------------------------

    @property
    def state(self):
        return load_json(self.state_file)

    def exists(self):
        """Whether its database is really there: the cluster may have been made anew since the state was written."""
        state = self.state
        return state is not None and state["database"] in postgres.databases(postgres.ensure())

    def need_state(self):
        state = self.state
        if state is None:
            raise Failure(f"there is no Odoo named {self.name}: bring it up first")
        return state

    def url(self):
        return f"http://127.0.0.1:{self.need_state()['port']}"

    def configure(self, database, port=None):
        """Write the settings of a server for `database`, on a free port."""
        cluster = postgres.ensure()
        port = port or postgres.free_port()
        _packages, _script, addons = debian.odoo_source(self.series)
        # Our addon is for 19 alone.
        ours = [ADDONS] if self.series is ODOO_19 else []
        paths = ",".join(str(path) for path in [*addons, *ours])
        write_private(
            self.conf,
            "[options]\n" + (f"addons_path = {paths}\n" if paths else "") + f"data_dir = {self.series.home / 'data'}\n"
            "db_host = 127.0.0.1\n"
            f"db_port = {cluster['port']}\n"
            f"db_user = {cluster['role']}\n"
            f"db_password = {cluster['password']}\n"
            f"db_name = {database}\n"
            "list_db = False\n"
            f"pg_path = {cluster['bin']}\n"
            "http_interface = 127.0.0.1\n"
            f"http_port = {port}\n"
            "max_cron_threads = 1\n"
            "workers = 0\n" + "".join(f"{line}\n" for line in self.series.settings),
        )
        self.state_file.write_text(json.dumps({"database": database, "port": port}), encoding="ascii")

    # -- commands of Odoo ------------------------------------------------------------------------

    def command(self, *arguments):
        _packages, script, _addons = debian.odoo_source(self.series)
        return [str(python_env.python(self.series)), str(script), *map(str, arguments)]

    def environment(self):
        packages, _script, _addons = debian.odoo_source(self.series)
        # UTC, as Odoo wants it; and no bytecode written into the unpacked packages' folders by two at once.
        return dict(os.environ, PYTHONPATH=str(packages), TZ="UTC", LC_ALL="C.UTF-8")

    def odoo(self, *arguments, what):
        """Run one of Odoo's commands to its end."""
        return run(self.command(*arguments), what=what, env=self.environment(), cwd=self.folder)

    def shell(self, script, *, what, values=None):
        """Run a Python script inside `odoo shell`; it may print one line starting with `RESULT `."""
        env = dict(self.environment(), PUNCHCLOCK_VALUES=json.dumps(values or {}))
        command = self.command("shell", "-c", self.conf, "--no-http", "--log-level=warn")
        done = subprocess.run(
            command, input=script, capture_output=True, text=True, errors="replace", env=env, cwd=self.folder
        )
        for line in done.stdout.splitlines():
            if line.startswith("RESULT "):
                return json.loads(line[len("RESULT ") :])
        raise Failure(f"{what} failed:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-25:]))

    # -- databases -------------------------------------------------------------------------------

    def copy_database(self, source, target):
        """A copy with its files, as Odoo's own database manager makes it."""
        self.manage("duplicate", source, target, what=f"copying database {source}")

    def drop_database(self):
        if self.exists():
            database = self.state["database"]
            self.manage("drop", database, what=f"dropping {database}")

    def manage(self, verb, *names, what):
        """duplicate, drop or rename a database, as Odoo's own database manager does it."""
        if self.series.db_command:
            force = ["--force"] if verb == "duplicate" else []
            self.odoo("db", "-c", self.conf, verb, *force, *names, what=what)
        else:
            script = Path(__file__).with_name("db_command.py")
            command = [python_env.python(self.series), script, self.conf, verb, *names]
            run(command, what=what, env=self.environment(), cwd=self.folder)

    # -- the server ------------------------------------------------------------------------------

    def running_pid(self):
        """The server's process id if it is alive and is this instance's."""
        try:
            pid = int(self.pid_file.read_text(encoding="ascii"))
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.conf).encode() in command else None

    def start(self):
        """Start the server on its port and wait until it answers."""
        state = self.need_state()
        if self.running_pid():
            return
        cluster = postgres.ensure()
        if f"db_port = {cluster['port']}\n" not in self.conf.read_text(encoding="utf-8"):
            self.configure(state["database"], state["port"])
        self.pid_file.unlink(missing_ok=True)
        with open(self.folder / "console.log", "ab") as console:
            process = subprocess.Popen(
                self.command("-c", self.conf, f"--pidfile={self.pid_file}", f"--logfile={self.log}"),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env=self.environment(),
                cwd=self.folder,
                start_new_session=True,
            )
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise Failure(f"Odoo ended at start (exit code {process.returncode}); its log is {self.log}")
            # The pid file is written after the port is bound, so another server on it is not mistaken for ours.
            if self.running_pid() and self._healthy():
                return
            time.sleep(0.25)
        raise Failure(f"Odoo did not answer within 180 s; its log is {self.log}")

    def _healthy(self):
        try:
            path, body = self.series.alive
            data = json.dumps(body).encode() if body else None
            request = urllib.request.Request(self.url() + path, data, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self, kill=False):
        """End the server process and wait until its port is closed."""
        pid = self.running_pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL if kill else signal.SIGTERM)
        started = time.monotonic()
        while self.running_pid():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if time.monotonic() - started > 30:
                say(f"{self.name} did not stop within 30 s, killing it")
                os.kill(pid, signal.SIGKILL)
                started = time.monotonic()
            time.sleep(0.1)
        self.pid_file.unlink(missing_ok=True)
        # A killed process is gone from the list a moment before its sockets are.
        while postgres.listening(self.need_state()["port"]):
            if time.monotonic() - started > 30:
                raise Failure(f"{self.name} stopped, but something still listens on its port")
            time.sleep(0.05)


def all_instances():
    """Every instance that has been configured."""
    return [
        Instance(path.parent.name, series)
        for series in ALL.values()
        for path in sorted((series.home / "instances").glob("*/state.json"))
    ]


def admin_key(instance):
    """A persistent API key of the administrator, written to the instance's key file."""
    key = instance.shell(
        "import json\n"
        "admin = env.ref('base.user_admin')\n"
        "keys = env['res.users.apikeys'].with_user(admin).sudo()\n"
        "key = keys._generate('rpc', 'odoo_addon/dev', None)\n"
        "env.cr.commit()\n"
        "print('RESULT ' + json.dumps(key))\n",
        what="making an API key of the administrator",
    )
    write_private(instance.key_file, key + "\n")
