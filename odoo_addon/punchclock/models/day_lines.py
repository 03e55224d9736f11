# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The lines of a day: what each stretch of it was, what it is paid as, and by which rule."""

import pytz

from .punchclock_day_line import kind_of

PLAIN_RATE = 10000
# Under FREE_POLICY and on such days the engine says nothing of rates.
PAY_CODES = {"regular": "REG", "overtime_daily": "OT1"}


def lines_of(results, pay_codes):
    lines = []
    for result in results:
        premiums = {}
        for segment in result["segments"]:
            tier = segment["tier"]
            kind = kind_of(segment["label"], tier)
            paid = kind in ("work", "ot")
            rate = segment["rate_bp"]
            if tier == "regular":
                # Work on a holiday is regular work at the holiday's rate.
                rate = max(rate, result["day_rate_bp"])
            lines.append(
                {
                    "kind": kind,
                    "label": segment["label"],
                    "start": segment["from"],
                    "stop": segment["to"],
                    "seconds": segment["to"] - segment["from"],
                    "tier": tier,
                    "rate_bp": rate if paid else 0,
                    "pay_code": (pay_codes.get(tier) or PAY_CODES.get(tier, "OT1")) if paid else None,
                    "rule": segment["rule"],
                    "leave_id": None,
                    "punches": _punches(segment),
                }
            )
            for position in segment["overlays"]:
                _add_premium(premiums, result["overlays"][position], segment, pay_codes)
        lines += [line for stretches in premiums.values() for line in stretches]
    return lines


def _add_premium(premiums, overlay, segment, pay_codes):
    """Hours with a premium lie over the work, so they are lines of their own; neighbours become one."""
    stretches = premiums.setdefault(overlay["name"], [])
    if stretches and stretches[-1]["stop"] == segment["from"]:
        stretches[-1]["stop"] = segment["to"]
        stretches[-1]["seconds"] += segment["to"] - segment["from"]
        stretches[-1]["punches"] = sorted({*stretches[-1]["punches"], *_punches(segment)})
        return
    stretches.append(
        {
            "kind": "night",
            "label": f"premium:{overlay['name']}",
            "start": segment["from"],
            "stop": segment["to"],
            "seconds": segment["to"] - segment["from"],
            "tier": None,
            "rate_bp": overlay["rate_bp"],
            "pay_code": pay_codes.get(overlay["name"]) or "NIGHT",
            "rule": "overlay.window",
            "leave_id": None,
            "punches": _punches(segment),
        }
    )


def _punches(segment):
    """The two punches that it lies between; one, where the other was assumed."""
    return sorted({int(punch) for punch in segment["punch_ids"]})


def leave_lines(away):
    lines = []
    for part in away:
        zone = pytz.timezone(part["zone"])
        start, stop = (int(zone.localize(part[name]).timestamp()) for name in ("start", "stop"))
        kind = "holiday" if part["holiday"] else "leave"
        lines.append(
            {
                "kind": kind,
                "label": kind,
                "start": start,
                "stop": stop,
                "seconds": max(stop - start, 0),
                "tier": None,
                "rate_bp": PLAIN_RATE,
                "pay_code": "HOL" if part["holiday"] else "LEAVE",
                "rule": f"plan.{kind}",
                "leave_id": part["leave"],
                "punches": [],
            }
        )
    return lines
