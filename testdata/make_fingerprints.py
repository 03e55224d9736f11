#!/usr/bin/env python3
"""Write the fingerprint vectors, computed with hashlib alone and independently of the Rust code.

    python3 testdata/make_fingerprints.py            write testdata/fingerprint.json and the crate's copy of it
    python3 testdata/make_fingerprints.py --check    exit 1 if either file differs from what would be written

The rule is in ARCHITECTURE.md, "Identity". Change a vector only together with that rule: fingerprints are stored in
queue files and in Odoo, so an existing vector never changes.
"""

import hashlib
import json
import struct
import sys
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = (ROOT / "testdata" / "fingerprint.json", ROOT / "punch-queue" / "tests" / "data" / "fingerprint.json")
BLANK = " \t\0"
EPOCH = datetime(2000, 1, 1)


def ascii_upper(text):
    return "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in text)


def normal_serial(serial):
    return ascii_upper(serial.strip(BLANK))


def normal_pin(pin):
    pin = pin.strip(BLANK)
    if pin and all("0" <= c <= "9" for c in pin):
        pin = pin.lstrip("0") or "0"
    return pin


def fingerprint(serial, pin, local):
    when = datetime.strptime(local, "%Y-%m-%dT%H:%M:%S")
    seconds = (when - EPOCH) // (datetime(1, 1, 1, 0, 0, 1) - datetime(1, 1, 1))
    prefix = struct.pack(">I", max(0, min(seconds, 0xFFFFFFFF)))
    message = b"punch/1"
    for field in (normal_serial(serial), normal_pin(pin), local):
        raw = field.encode("utf-8")
        message += struct.pack(">H", len(raw)) + raw
    return (prefix + hashlib.sha256(message).digest()[:12]).hex()


VECTORS = [
    ("CQZ7223460123", "1001", "2026-03-02T08:00:00", "a plain punch"),
    ("CQZ7223460123", "1001", "2026-03-02T08:00:01", "one second later is another punch"),
    ("CQZ7223460123", "1002", "2026-03-02T08:00:00", "another person in the same second"),
    ("CQZ7223460124", "1001", "2026-03-02T08:00:00", "another terminal in the same second"),
    ("cqz7223460123", "1001", "2026-03-02T08:00:00", "a lower-case serial is the same terminal"),
    (" CQZ7223460123\t", "1001", "2026-03-02T08:00:00", "space and tab around the serial are trimmed"),
    ("CQZ7223460123\0\0\0", "1001", "2026-03-02T08:00:00", "NUL padding after the serial is trimmed"),
    ("CQZ7223460123", " \t1001\0", "2026-03-02T08:00:00", "space, tab and NUL around the PIN are trimmed"),
    ("CQZ7223460123", "00001001", "2026-03-02T08:00:00", "leading zeros of a PIN of digits are dropped"),
    ("CQZ7223460123", "\t0001001\0\0", "2026-03-02T08:00:00", "trimmed first, zeros dropped after"),
    ("CQZ7223460123", "0", "2026-03-02T08:00:00", "PIN zero"),
    ("CQZ7223460123", "0000", "2026-03-02T08:00:00", "a PIN of zeros only is 0"),
    ("CQZ7223460123", "", "2026-03-02T08:00:00", "an empty PIN stays empty, it is not 0"),
    ("CQZ7223460123", "00A17", "2026-03-02T08:00:00", "a PIN that is not all digits keeps its zeros"),
    ("CQZ7223460123", "a17", "2026-03-02T08:00:00", "a PIN keeps its case"),
    ("CQZ7223460123", "A17", "2026-03-02T08:00:00", "so this is another person than a17"),
    ("CQZ7223460123", "00 17", "2026-03-02T08:00:00", "a space inside a PIN is kept, and so are its zeros"),
    ("CQZ7223460123", "-0017", "2026-03-02T08:00:00", "a sign is no digit"),
    ("CQZ7223460123", "\u5f20\u4f1f\u00e9", "2026-03-02T08:00:00", "a PIN beyond ASCII: length is counted in UTF-8 bytes"),
    ("CQZ7223460123", "\u0660\u0661\u0667", "2026-03-02T08:00:00", "digits beyond ASCII are no digits"),
    ("CQZ7223460123", "\u00a01001", "2026-03-02T08:00:00", "a no-break space is not trimmed"),
    ("\u00e9cole-1", "1001", "2026-03-02T08:00:00", "upper-casing is ASCII: the accented letter stays"),
    ("", "", "2026-03-02T08:00:00", "empty serial and PIN"),
    ("AB", "C", "2026-03-02T08:00:00", "the lengths keep AB+C apart ..."),
    ("A", "BC", "2026-03-02T08:00:00", "... from A+BC"),
    ("CQZ7223460123", "1001", "2000-01-01T00:00:00", "the first second: prefix 0"),
    ("CQZ7223460123", "1001", "2000-01-01T00:00:01", "prefix 1"),
    ("CQZ7223460123", "1001", "1999-12-31T23:59:59", "before 2000 the prefix is clamped to 0, the hash still differs"),
    ("CQZ7223460123", "1001", "1970-01-01T00:00:00", "a clock reset to 1970"),
    ("CQZ7223460123", "1001", "2136-02-07T06:28:15", "the last second: prefix ffffffff"),
    ("CQZ7223460123", "1001", "2136-02-07T06:28:16", "past the range the prefix is clamped"),
    ("CQZ7223460123", "1001", "9999-12-31T23:59:59", "far past the range"),
    ("CQZ7223460123", "1001", "2024-02-29T12:00:00", "a leap day"),
    ("CQZ7223460123", "1001", "2026-03-29T02:30:00", "a local time skipped by summer time in Brussels: no zone enters"),
    ("CQZ7223460123", "1001", "2026-10-25T02:30:00", "a local time that happens twice in Brussels: one fingerprint"),
    ("CQZ7223460123", "4294967295", "2026-03-02T08:00:00", "the largest PIN a 32-bit record holds"),
    ("CQZ7223460123", "999999999999999999999999", "2026-03-02T08:00:00", "digits are text: no integer limit"),
]


def main():
    document = {
        "source": "ARCHITECTURE.md, Identity; computed by testdata/make_fingerprints.py with hashlib",
        "vectors": [
            {"serial": s, "pin": p, "local": at, "fingerprint": fingerprint(s, p, at), "why": why}
            for s, p, at, why in VECTORS
        ],
    }
    text = json.dumps(document, indent=1, ensure_ascii=True) + "\n"
    if "--check" in sys.argv[1:]:
        stale = [str(t) for t in TARGETS if not t.is_file() or t.read_text(encoding="utf-8") != text]
        if stale:
            sys.exit("out of date: " + ", ".join(stale) + "; run python3 testdata/make_fingerprints.py")
        return
    for target in TARGETS:
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
