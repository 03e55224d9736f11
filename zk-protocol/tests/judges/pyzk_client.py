"""Drives the simulated terminal with pyzk and says what it saw, as JSON. One step per call: pyzk_client.py PORT KEY udp|tcp STEP."""

import datetime
import json
import sys

from zk import ZK

port, key, transport, step = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
terminal = ZK("127.0.0.1", port=port, timeout=20, password=key, force_udp=transport == "udp", ommit_ping=True)


def say(value):
    print(json.dumps(value, default=str), flush=True)


def info(conn):
    conn.read_sizes()
    return {
        "serial": conn.get_serialnumber(),
        "firmware": conn.get_firmware_version(),
        "platform": conn.get_platform(),
        "name": conn.get_device_name(),
        "mac": conn.get_mac(),
        "pin_width": conn.get_pin_width(),
        "time": conn.get_time(),
        "users": conn.users,
        "records": conn.records,
    }


def users(conn):
    return [[user.uid, user.user_id, user.name, user.privilege, user.card] for user in conn.get_users()]


def attendance(conn):
    return [[log.user_id, log.timestamp, log.status, log.punch] for log in conn.get_attendance()]


def write(conn):
    conn.set_user(uid=40, name="Jane Roe", privilege=14, password="1234", group_id="", user_id="1044", card=6543)
    written = users(conn)
    conn.delete_user(uid=40)
    return {"written": written, "deleted": users(conn)}


def clock(conn):
    conn.set_time(datetime.datetime(2024, 5, 6, 7, 8, 9))
    return conn.get_time()


def templates(conn):
    return [[template.uid, template.fid, template.size] for template in conn.get_templates()]


def live(conn):
    seen = []
    for event in conn.live_capture(new_timeout=20):
        if event is None:
            continue
        seen.append([event.user_id, event.timestamp, event.punch])
        say({"seen": seen[-1]})
        if len(seen) == 3:
            conn.end_live_capture = True
    return seen


def refused(conn):
    return "connected"


try:
    conn = terminal.connect()
except Exception as error:  # The judge tells what it saw; the test decides whether that is right.
    say({"refused": str(error)})
    sys.exit(0)
try:
    say({"result": globals()[step](conn)})
finally:
    conn.disconnect()
