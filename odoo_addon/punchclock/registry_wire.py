# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an edge reports of its terminals, of their users and of itself, checked before anything reaches the database.

No ORM here. A report is the edge's own word, never a punch: what is wrong in it is refused whole.
"""

from datetime import datetime
from typing import NamedTuple

from .identity import normal_pin, normal_serial
from .wire import MAX_TEXT, Rejected, storable

MAX_TERMINALS = 500
MAX_USERS = 1000
MAX_PROBLEM = 500
_INT = 2**31 - 1


class ReportedTerminal(NamedTuple):
    serial: str
    name: str | None
    tz: str | None
    problem: str | None
    firmware: str | None
    clock_skew_s: int | None
    user_count: int | None
    log_count: int | None
    configured: bool


class ReportedUser(NamedTuple):
    pin: str
    pin_key: str
    name: str | None
    card: str | None
    privilege: int
    fingerprint_count: int
    face_count: int


class WriteResult(NamedTuple):
    id: int
    revision: int
    ok: bool
    error: str | None


def terminals(raw):
    """The terminals of a report; ``Rejected`` when it is none."""
    return [_terminal(entry) for entry in _list(raw, "terminals", MAX_TERMINALS)]


def users(raw):
    """The users of one terminal; of two entries with one PIN the last counts."""
    found = {}
    for entry in _list(raw, "users", MAX_USERS):
        user = _user(entry)
        found[user.pin_key] = user
    return list(found.values())


def write_result(raw):
    """How the writing of one user ended."""
    if not isinstance(raw, dict) or not isinstance(raw.get("ok"), bool):
        raise Rejected("schema", "a result has an id and a revision, and says ok or not")
    row_id, revision = number(raw, "id"), number(raw, "revision")
    if row_id is None or revision is None:
        raise Rejected("schema", "a result names the id and the revision that it answers")
    return WriteResult(row_id, revision, raw["ok"], text(raw, "error", MAX_PROBLEM))


def number(raw, name, least=0):
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _INT:
        raise Rejected("schema", f"{name} is not a number from {least} to {_INT}")
    return value


def text(raw, name, most=MAX_TEXT):
    """A text without what no database can hold, cut at `most`: what a terminal calls itself is not worth a refusal."""
    value = raw.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Rejected("schema", f"{name} is not text")
    return storable(value)[:most].strip() or None


def time(raw, name):
    value = raw.get(name)
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M:%S")
    except (TypeError, ValueError):
        raise Rejected("schema", f"{name} is not a time of the form YYYY-MM-DD HH:MM:SS") from None


def _list(raw, name, most):
    if not isinstance(raw, list) or len(raw) > most or not all(isinstance(entry, dict) for entry in raw):
        raise Rejected("schema", f"{name} is a list of at most {most} objects")
    return raw


def _terminal(raw):
    serial = normal_serial(text(raw, "serial") or "")
    if not serial:
        raise Rejected("bad_serial", "serial is blank")
    return ReportedTerminal(
        serial=serial,
        name=text(raw, "name"),
        tz=text(raw, "tz"),
        problem=text(raw, "problem", MAX_PROBLEM),
        firmware=text(raw, "firmware"),
        clock_skew_s=number(raw, "clock_skew_s", -_INT),
        user_count=number(raw, "user_count"),
        log_count=number(raw, "log_count"),
        configured=raw.get("configured") is not False,
    )


def _user(raw):
    pin = text(raw, "pin") or ""
    pin_key = normal_pin(pin)
    if not pin_key:
        raise Rejected("bad_pin", "pin is blank")
    return ReportedUser(
        pin=pin,
        pin_key=pin_key,
        name=text(raw, "name"),
        card=text(raw, "card"),
        privilege=number(raw, "privilege") or 0,
        fingerprint_count=number(raw, "fingerprints") or 0,
        face_count=number(raw, "faces") or 0,
    )
