# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One event as an edge sends it: checked field by field before anything reaches the database.

No ORM here: a fault of one row is an exception of that row, and its neighbours never hear of it.
"""

import hashlib
import json
import re
from datetime import datetime
from typing import NamedTuple

from .identity import fingerprint, normal_pin, normal_serial

SCHEMA = 1
MAX_EVENTS = 500
MAX_BYTES = 512 * 1024
MAX_TEXT = 64
# What an edge may say; a file that a person brings is read by the server itself.
CHANNELS = ("poll", "push")

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)

_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_UTC = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Rejected(Exception):
    """A row that cannot be stored; the edge keeps it as a dead letter, for a person to see."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


class Punch(NamedTuple):
    fingerprint: str
    serial: str
    serial_key: str
    pin: str
    pin_key: str
    local: datetime
    state: str | None
    verify: str | None
    work_code: str | None
    channel: str
    received_at: datetime | None


def is_uuid(value):
    """Whether a value is a UUID in the one spelling that is stored."""
    return isinstance(value, str) and bool(_UUID.fullmatch(value))


def digest(events):
    """(SHA-256, bytes) of a batch in one spelling: sorted keys, no blanks, ASCII."""
    text = json.dumps(events, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(text).hexdigest(), len(text)


def parse(raw, channels=CHANNELS):
    """The punch that a row of a request describes, or ``Rejected``."""
    if not isinstance(raw, dict):
        raise Rejected("schema", "an event is an object")
    serial = _text(raw, "serial", "bad_serial")
    pin = _text(raw, "pin", "bad_pin")
    local = _time(raw, "local_time", _LOCAL, "%Y-%m-%dT%H:%M:%S")
    claimed = raw.get("fingerprint")
    if not isinstance(claimed, str) or not _HEX.fullmatch(claimed):
        raise Rejected("bad_fingerprint", "fingerprint is not 32 lower-case hex digits")
    if claimed != fingerprint(serial, pin, local):
        raise Rejected("bad_fingerprint", "the fingerprint does not belong to this serial, PIN and time")
    channel = raw.get("channel")
    if channel not in channels:
        raise Rejected("schema", f"channel is none of {', '.join(channels)}")
    received_at = None
    if raw.get("received_at") is not None:
        received_at = _time(raw, "received_at", _UTC, "%Y-%m-%d %H:%M:%S")
    return Punch(
        fingerprint=claimed,
        # PostgreSQL has no NUL in text; it can only be the padding that the fingerprint trims as well.
        serial=serial.strip("\0"),
        serial_key=normal_serial(serial),
        pin=pin.strip("\0"),
        pin_key=normal_pin(pin),
        local=local,
        state=_small(raw, "state"),
        verify=_small(raw, "verify"),
        work_code=_optional_text(raw, "work_code"),
        channel=channel,
        received_at=received_at,
    )


def _text(raw, name, code):
    value = raw.get(name)
    if not isinstance(value, str):
        raise Rejected(code, f"{name} is not text")
    if len(value) > MAX_TEXT:
        raise Rejected(code, f"{name} is longer than {MAX_TEXT} characters")
    trimmed = value.strip(" \t\0")
    if not trimmed:
        raise Rejected(code, f"{name} is blank")
    if "\0" in value.strip("\0") or not _encodable(value):
        raise Rejected(code, f"{name} holds a character that cannot be stored")
    return value


def _optional_text(raw, name):
    value = raw.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_TEXT or "\0" in value or not _encodable(value):
        raise Rejected("schema", f"{name} is not text of at most {MAX_TEXT} characters")
    return value


def storable(value):
    """A text without the characters that PostgreSQL cannot hold: NUL, and halves of surrogate pairs."""
    return value.encode("utf-8", "ignore").decode().replace("\0", "")


def _encodable(value):
    # JSON can carry half of a surrogate pair; no database can.
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _time(raw, name, pattern, form):
    value = raw.get(name)
    fault = Rejected("bad_time", f"{name} is not a time of the form {form}")
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise fault
    try:
        return datetime.strptime(value, form)
    except ValueError:
        raise fault from None


def _small(raw, name):
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 255:
        raise Rejected("schema", f"{name} is not a number from 0 to 255")
    # Text, because Odoo reads a missing number as 0, and 0 is "check in".
    return str(value)
