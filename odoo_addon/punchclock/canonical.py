# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One text for one meaning: what is hashed today must give the same bytes in ten years."""

import hashlib
import json
from datetime import date, datetime

# Written in front of every digest, so that another way of hashing can be told from this one.
VERSION = "$1$"


def canonical(value):
    """JSON with sorted keys, no blanks, whole numbers only and times in UTC."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(*parts):
    """``$1$`` and 64 hex digits over texts; the length of each is hashed too, so that they cannot run together."""
    sha = hashlib.sha256()
    for part in parts:
        raw = part.encode()
        sha.update(len(raw).to_bytes(8, "big") + raw)
    return VERSION + sha.hexdigest()


def _plain(value):
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, datetime):
        return value.isoformat(sep="T", timespec="seconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    # A float is written differently by different programs, and a record has no text that stays.
    raise TypeError(f"{type(value).__name__} has no canonical form")
