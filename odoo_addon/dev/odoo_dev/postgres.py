"""A throw-away PostgreSQL cluster: unprivileged, loopback only, a password of its own."""

import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .base import HOME, Failure, load_json, locked, need_debian, run, say, write_private

OLDEST = 13
STATE = HOME / "postgres.json"
ROLE = "punchclock"


def binaries():
    """The folder of the newest PostgreSQL server here."""
    found = {}
    on_path = shutil.which("initdb")
    candidates = [*Path("/usr/lib/postgresql").glob("*/bin")]
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    for folder in candidates:
        if not (folder / "initdb").is_file() or not (folder / "postgres").is_file():
            continue
        version = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
        number = re.search(r"(\d+)", version)
        if number and int(number.group(1)) >= OLDEST:
            found[int(number.group(1))] = folder
    return found[max(found)] if found else None


def account():
    """Arguments that make a child process unprivileged: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def cluster_folder():
    """Where the cluster's files go: beside the rest if its account can reach that, else in the system's
    temporary folder (a checkout in root's own home is closed to every other account)."""
    inside = HOME / "postgres"
    who = account()
    if not who:
        return inside
    HOME.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["test", "-x", HOME], **who, cwd="/").returncode == 0:
        return inside
    tag = hashlib.sha256(str(HOME).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"punchclock-postgres-{tag}"


def free_port():
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ensure():
    """Have the cluster running; returns {"port", "role", "password", "bin"}."""
    with locked("postgres"):
        bin_folder = binaries()
        if bin_folder is None:
            need_debian(["postgresql"], f"PostgreSQL {OLDEST} or newer")
            bin_folder = binaries()
            if bin_folder is None:
                raise Failure(f"no PostgreSQL {OLDEST} or newer even after installing it")
        folder = cluster_folder()
        data = folder / "data"
        if load_json(STATE) is None or not (data / "PG_VERSION").is_file():
            # Without its passwords a cluster is of no use: one that lies outside target/ outlives a fresh checkout
            # at the same path, or a `cargo clean`. It is throw-away.
            _stop(bin_folder, data)
            _create(bin_folder, folder)
        state = load_json(STATE)
        if not _running(bin_folder, data):
            _start(bin_folder, folder, state)
        return load_json(STATE)


def _create(bin_folder, folder):
    say(f"creating a PostgreSQL cluster in {folder}")
    who = account()
    # Written again at the very end: a creation that is interrupted is begun anew.
    STATE.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if who:
        os.chown(folder, who["user"], who["group"])
    folder.chmod(0o700)
    superuser, password = secrets.token_hex(16), secrets.token_hex(16)
    secret = folder / "superuser"
    write_private(secret, superuser + "\n")
    if who:
        os.chown(secret, who["user"], who["group"])
    run(
        [
            bin_folder / "initdb",
            "--pgdata",
            folder / "data",
            "--username=superuser",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        what="initdb",
        cwd="/",
        **who,
    )
    # Throw-away data: no test here is about PostgreSQL surviving a power cut.
    with open(folder / "data" / "postgresql.conf", "a", encoding="ascii") as conf:
        conf.write(
            "listen_addresses = '127.0.0.1'\n"
            "unix_socket_directories = ''\n"
            "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
            "shared_buffers = 256MB\nmax_connections = 100\nmax_wal_size = 2GB\n"
            "log_min_messages = fatal\n"
        )
    write_private(STATE, json.dumps({"role": ROLE, "password": password, "superuser": superuser, "port": 0}))


def _start(bin_folder, folder, state):
    who = account()
    # Another process may take the port between the look and the start: then look again.
    for _attempt in range(5):
        port = state["port"] if state["port"] and not listening(state["port"]) else free_port()
        log = folder / "log"
        command = [bin_folder / "pg_ctl", "start", "--wait", "--timeout=60", "-D", folder / "data"]
        command += ["-l", log, "-o", f"-p {port}"]
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **who,
        )
        if done.returncode == 0:
            break
    else:
        raise Failure(f"PostgreSQL did not start; its log is {log}")
    state = dict(state, port=port, bin=str(bin_folder))
    _create_role(bin_folder, state)
    write_private(STATE, json.dumps(state))


def listening(port):
    """Whether somebody listens on a port of the loopback interface."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _running(bin_folder, data):
    done = subprocess.run(
        [str(bin_folder / "pg_ctl"), "status", "-D", str(data)], capture_output=True, cwd="/", **account()
    )
    return done.returncode == 0


def _create_role(bin_folder, state):
    # Odoo refuses a superuser: a role that may create databases is what it wants.
    statement = (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN "
        f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{state['password']}'; END IF; END $$"
    )
    _psql(bin_folder, state, "superuser", state["superuser"], "postgres", statement)


def _psql(bin_folder, state, user, password, database, statement):
    env = dict(os.environ, PGPASSWORD=password)
    command = [bin_folder / "psql", "-h", "127.0.0.1", "-p", state["port"], "-U", user, "-d", database]
    return run([*command, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement], what="psql", env=env)


def query(state, database, statement):
    """Run a statement as Odoo's role; returns what psql printed."""
    return _psql(Path(state["bin"]), state, state["role"], state["password"], database, statement).strip()


def databases(state):
    """The names of the databases of Odoo's role."""
    statement = "SELECT datname FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE rolname = current_user"
    return set(query(state, "postgres", statement).split())


def stop():
    """Stop the cluster (its data stays)."""
    with locked("postgres"):
        bin_folder, data = binaries(), cluster_folder() / "data"
        if bin_folder is not None:
            _stop(bin_folder, data)


def _stop(bin_folder, data):
    if not (data / "PG_VERSION").is_file() or not _running(bin_folder, data):
        return
    run([bin_folder / "pg_ctl", "stop", "-m", "fast", "-D", data], what="stopping PostgreSQL", cwd="/", **account())
    deadline = time.monotonic() + 30
    while _running(bin_folder, data) and time.monotonic() < deadline:
        time.sleep(0.2)
