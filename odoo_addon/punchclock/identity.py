# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What makes a punch the same punch: terminal serial, PIN and local wall-clock second.

The edge computes the same fingerprint; ``testdata/fingerprint.json`` at the root of the repository
holds the vectors both sides are tested with. Zone, channel and state stay out of it, so that the pushed
and the polled copy of one punch are one, and correcting a zone makes no duplicate.
"""

import hashlib
from datetime import datetime

# Trimming, upper-casing and "digits" are ASCII on purpose: both sides must agree on every byte.
_BLANK = " \t\0"
_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = frozenset("0123456789")
_EPOCH = datetime(2000, 1, 1)
_PREFIX_MAX = 0xFFFFFFFF


def normal_serial(serial):
    """A serial as it is looked up: trimmed and upper-cased."""
    return serial.strip(_BLANK).translate(_UPPER)


def normal_pin(pin):
    """A PIN as it is looked up: trimmed, and without leading zeros when it is all digits.

    One width of the polled log carries the PIN as a number, so 007 and 7 are one PIN.
    """
    pin = pin.strip(_BLANK)
    if pin and _DIGITS.issuperset(pin):
        return pin.lstrip("0") or "0"
    return pin


def fingerprint(serial, pin, local):
    """32 hex digits of a punch; ``local`` is the naive datetime of the terminal's own clock."""
    digest = hashlib.sha256(b"punch/1")
    for part in (normal_serial(serial), normal_pin(pin), local.isoformat(timespec="seconds")):
        raw = part.encode()
        digest.update(len(raw).to_bytes(2, "big") + raw)
    # The time in front keeps writes to the unique index local.
    seconds = int((local - _EPOCH).total_seconds())
    prefix = min(max(seconds, 0), _PREFIX_MAX)
    return prefix.to_bytes(4, "big").hex() + digest.hexdigest()[:24]
