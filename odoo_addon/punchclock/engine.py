# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The one rules engine, ``punchclock_rules``: a wheel built from the Rust crate of that name.

Nothing of what it decides is decided a second time in Python.
"""

import functools
import json
from datetime import datetime, timedelta

from odoo.exceptions import UserError

try:
    import punchclock_rules
except ImportError:  # Odoo refuses to install the addon without it; a later loss of it must still be said clearly.
    punchclock_rules = None

# The engine's documented defaults, under the name that is written into every day.
POLICY = {"version": "default"}
# For a date on which a person has no hours of their own: there is no norm that work could be over, and the engine's
# norm of a date without a shift is 0. Nobody has asked for all of it to be paid as overtime.
FREE_POLICY = {"version": "default, no hours: no overtime", "overtime": {"daily": None}}
# How far outside a shift its punches may lie by that policy; it bounds which days a punch can change.
REACH_S = 14400
# The engine's zone tables hold 1970 to 2099; a year less at both ends, so that no offset leads out of them.
FIRST_YEAR, LAST_YEAR = 1971, 2098
UNIX_EPOCH = datetime(1970, 1, 1)


class EngineMissing(UserError):
    """The wheel has gone from the server. Not translated: it is for whoever runs the server."""

    def __init__(self):
        super().__init__(
            "The Python package punchclock-rules (the rules engine) is missing on the server: "
            "install it with `pip install punchclock-rules` and restart Odoo."
        )


def _module():
    if punchclock_rules is None:
        raise EngineMissing()
    return punchclock_rules


@functools.cache
def zones():
    """The names of the time zones that the engine knows."""
    return frozenset(_module().zones())


def resolve(zone, locals_):
    """What local wall-clock times mean in a zone, for each in the order given.

    :param list locals_: naive datetimes
    :return: list of (offset in seconds, naive UTC datetime, "unique" | "gap" | "fold"); three times ``None`` for a
        time outside the years that zone rules are known for (a terminal whose clock lost its mind)
    """
    sane = [local for local in locals_ if FIRST_YEAR <= local.year <= LAST_YEAR]
    answers = iter(_module().resolve(zone, [local.isoformat(timespec="seconds") for local in sane]))
    placed = []
    for local in locals_:
        if not FIRST_YEAR <= local.year <= LAST_YEAR:
            placed.append((None, None, None))
            continue
        answer = next(answers)
        utc = UNIX_EPOCH + timedelta(seconds=answer["at"])
        placed.append((int((local - utc).total_seconds()), utc, answer["kind"]))
    return placed


def compute_days(items, policy):
    """Days of several people; see the documentation of ``punchclock_rules.compute_days``."""
    request = {"policy": policy, "items": items}
    return json.loads(_module().compute_days(json.dumps(request).encode()))


def is_refusal(error):
    """Whether an exception is the engine's own word about its input."""
    return punchclock_rules is not None and isinstance(error, punchclock_rules.PunchclockRulesError)


def compute_bank(items):
    """Accounts of compensatory time; see the documentation of ``punchclock_rules.compute_bank``."""
    return json.loads(_module().compute_bank(json.dumps({"items": items}).encode()))["items"]
