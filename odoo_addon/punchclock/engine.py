# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The one rules engine, ``punchclock_rules``: a wheel built from the Rust crate of that name.

Nothing of what it decides is decided a second time in Python.
"""

import functools
import json
from datetime import date, datetime, timedelta

from odoo.exceptions import UserError

try:
    import punchclock_rules
except ImportError:  # Odoo refuses to install the addon without it; a later loss of it must still be said clearly.
    punchclock_rules = None

# What every policy says: Odoo keeps the segments and the sentences of a day, and would not show the steps.
BASE = {"trace": False}
# The engine's documented defaults, under the name that is written into every day.
POLICY = {"version": "default", **BASE}
# How far outside a shift its punches may lie by that policy; it bounds which days a punch can change.
REACH_S = 14400
# And how long a session may last.
LONGEST_SESSION_S = 57600
MONDAY = date(2024, 1, 1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# The engine's zone tables hold 1970 to 2099; a year less at both ends, so that no offset leads out of them.
FIRST_YEAR, LAST_YEAR = 1971, 2098
UNIX_EPOCH = datetime(1970, 1, 1)


# Asked of a wheel once: one that does not know these fields is from before this addon.
NEEDED = {"policy": {**POLICY, "overlays": [], "overtime": {"tiers": []}, "compliance": []}, "items": []}


class EngineMissing(UserError):
    """The wheel has gone from the server. Not translated: it is for whoever runs the server."""

    def __init__(self):
        super().__init__(
            "The Python package punchclock-rules (the rules engine) is missing on the server: "
            "install it with `pip install punchclock-rules` and restart Odoo."
        )


class EngineTooOld(UserError):
    """The wheel does not know what this addon asks of it. Not translated either."""

    def __init__(self, version):
        super().__init__(
            f"The Python package punchclock-rules (the rules engine) on the server, {version}, is too old for this "
            "addon: upgrade it with `pip install --upgrade punchclock-rules` and restart Odoo."
        )


def _module():
    if punchclock_rules is None:
        raise EngineMissing()
    if not _is_new_enough(punchclock_rules):
        raise EngineTooOld(punchclock_rules.__version__)
    return punchclock_rules


@functools.cache
def _is_new_enough(module):
    try:
        module.compute_days(json.dumps(NEEDED).encode())
    except module.PunchclockRulesError:
        return False
    return True


def versions():
    """The engine and its zone data, for people; says so when it is missing."""
    try:
        return f"punchclock-rules {_module().__version__}, zones {_module().tzdb_version()}"
    except UserError as error:
        return str(error)


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


def without_norm(policy):
    """The policy for dates on which a person has no hours of their own.

    There is no norm that work could be over, and the engine's norm of a date without a shift is 0. Nobody has asked
    for all of it to be paid as overtime.
    """
    overtime = dict(policy.get("overtime") or {})
    tiers = [tier for tier in overtime.pop("tiers", None) or () if tier.get("over", "norm") != "norm"]
    daily = overtime.get("daily")
    if not daily or daily.get("over", "norm") == "norm":
        overtime["daily"] = None
    if tiers:
        overtime["tiers"] = tiers
    return {**policy, "version": f"{policy['version']}, no hours: no overtime", "overtime": overtime}


def mentions(policy, kind):
    """Whether a policy has rules for a kind of date, so that the engine has to be told which dates are of it."""
    return kind in json.dumps([policy.get(name) for name in ("overtime", "overlays", "day_kinds", "credit")])


def period_of(policy):
    """(days, a first day) of the longest stretch that overtime is counted over; 0 days when each day stands alone."""
    overtime = policy.get("overtime") or {}
    anchor = MONDAY + timedelta(days=WEEKDAYS.index(overtime.get("week_starts", "monday")))
    days = 7 if overtime.get("max_week_s") else 0
    for tier in overtime.get("tiers") or ():
        scope = tier.get("scope", "day")
        if scope == "week" or "consecutive_day" in scope:
            days = max(days, 7)
        elif "cycle" in scope and scope["cycle"]["days"] > days:
            days, anchor = scope["cycle"]["days"], date.fromisoformat(scope["cycle"]["anchor"])
    return days, anchor


def is_refusal(error):
    """Whether an exception is the engine's own word about its input."""
    return punchclock_rules is not None and isinstance(error, punchclock_rules.PunchclockRulesError)


def compute_bank(items):
    """Accounts of compensatory time; see the documentation of ``punchclock_rules.compute_bank``."""
    return json.loads(_module().compute_bank(json.dumps({"items": items}).encode()))["items"]
