# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""``attlog.dat``: what a terminal writes onto a USB stick.

Text, one punch a line, columns parted by tabs: PIN (padded with blanks), local time, then numbers. Which numbers they
are differs between firmwares: mostly the terminal's own number, state, verify mode, work code; some leave the first
out, as the push protocol does. None of them is part of a punch's identity, so that a wrong choice makes no duplicate.
Read off files and public descriptions; not tried on hardware.
"""

import re

LAYOUTS = {
    "device": {"state": 3, "verify": 4, "work_code": 5},
    "plain": {"state": 2, "verify": 3, "work_code": 4},
}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)", re.ASCII)


def read(raw, layout):
    """(punches, unreadable lines): dicts with pin, local_time, state, verify, work_code; (number, text) of a line."""
    columns = LAYOUTS[layout]
    punches, unreadable = [], []
    # Latin-1 reads any byte; what matters is ASCII.
    for number, line in enumerate(raw.decode("latin-1").splitlines(), 1):
        if not line.strip(" \t\0\x1a"):
            continue
        parts = [part.strip(" \0") for part in line.split("\t")]
        # Some firmwares pad the PIN with a tab.
        while parts and not parts[0]:
            del parts[0]
        time = _TIME.fullmatch(parts[1]) if len(parts) > 1 else None
        if not time:
            unreadable.append((number, line[:80]))
            continue
        clock = time[2] if len(time[2]) == 8 else f"{time[2]}:00"
        punches.append(
            {
                "pin": parts[0],
                "local_time": f"{time[1]}T{clock}",
                "state": _small(parts, columns["state"]),
                "verify": _small(parts, columns["verify"]),
                "work_code": parts[columns["work_code"]] or None if len(parts) > columns["work_code"] else None,
            }
        )
    return punches, unreadable


def _small(parts, column):
    text = parts[column] if len(parts) > column else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 255 else None
