# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib
from datetime import datetime, time, timedelta

import pytz

from odoo import api, models

from .. import engine
from .day_lines import leave_lines, lines_of

# Sums of the engine's results of one date (two shifts in a day are two results).
SUMS = {
    "worked_seconds": "worked_s",
    "regular_seconds": "regular_s",
    "overtime_seconds": "overtime_s",
    "break_seconds": "break_s",
    "late_seconds": "late_s",
    "early_seconds": "early_out_s",
}
# What payroll is told; a change of these after an approval is told to a person.
FIGURES = (*SUMS, "scheduled_seconds", "night_seconds", "leave_seconds", "status")
# Anomalies about one punch; all others are about the day.
ABOUT_A_PUNCH = frozenset(
    {
        "missing_in",
        "missing_out",
        "odd_punch",
        "orphan_out",
        "repeated_in",
        "type_disagrees",
        "duplicate_dropped",
        "over_max_shift",
        "clock_skew",
        "future_punch",
        "out_of_order_upload",
        "civil_gap",
        "civil_fold",
        "zone_mismatch",
    }
)
# The premium hours that fill the night column.
NIGHT = "night"
OPEN_ENDED = frozenset({"odd_punch", "missing_out"})


class PunchclockDay(models.Model):
    """What a day is: its figures, status and findings, out of what the engine answers and what is planned."""

    _inherit = "punchclock.day"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _vals(self, plan, employee, day, answers, since, now, kept=False):
        """The values of a day and what belongs to it; ``None`` when there is nothing to tell about it.

        :param bool kept: tell it all the same, if only that there is nothing
        """
        stamp = now.timestamp()
        results = [
            result
            for result in answers
            if result["punches"]
            # A shift that nobody came to is an absence once it is over.
            or (since and since <= day and result["scheduled_end"] and result["scheduled_end"] <= stamp)
        ]
        if not results and not kept and not self._is_told(plan, employee, day, since, now, answers):
            return None
        planned = plan.planned(employee)
        zone = results[0]["zone"] if results else employee._get_tz()
        due = self._due(plan, employee, day, results)
        waits = bool(due and due > stamp)
        away = [
            {"leave": leave.id, "holiday": not leave.resource_id, "start": start, "stop": stop, "zone": tz}
            for start, stop, tz, leave in planned.away.get(day, ())
        ]
        leave_s = planned.full_s.get(day, 0) - planned.left_s.get(day, 0)
        version, policy = plan.version(employee, day), plan.policy_version(employee, day)
        about = {"employee_id": employee.id, "date": day, "company_id": plan.company_id(employee)}
        status = self._status(planned, day, results, away, waits)
        told = (
            [(result["engine_version"], result["input_hash"]) for result in results],
            (status, waits, leave_s, policy.id, version.id),
            # Whether a punch is of the future changes without a change of input.
            [anomaly["code"] for result in results for anomaly in result["anomalies"]],
            [(part["leave"], str(part["start"]), str(part["stop"])) for part in away],
        )
        digest = hashlib.sha256(repr(told).encode()).hexdigest()
        sums = {field: sum(result[key] for result in results) for field, key in SUMS.items()}
        # Who is still at work has not left early, and has not forgotten to punch out.
        anomalies = [
            anomaly
            for result in results
            for anomaly in result["anomalies"]
            if not (waits and anomaly["code"] in OPEN_ENDED)
        ]
        starts = [result["scheduled_start"] for result in results if result["scheduled_start"] is not None]
        ends = [result["scheduled_end"] for result in results if result["scheduled_end"] is not None]
        ins = [result["first_in"] for result in results if result["first_in"] is not None]
        if waits:
            # The engine begins a session where it ends; who is still at work came with the first punch.
            ins += [punch["at"] for result in results for punch in result["punches"]]
        outs = [result["last_out"] for result in results if result["last_out"] is not None]
        lines = lines_of(results, plan.pay_codes(policy)) + leave_lines(away)
        return {
            "employee_id": employee.id,
            "date": day.isoformat(),
            "company_id": plan.company_id(employee),
            "department_id": plan.department_id(version),
            "version_id": version.id or None,
            "policy_version_id": policy.id or None,
            "status": status,
            "state": "computed",
            "tz": zone,
            "planned_in": min(starts, default=None),
            "planned_out": max(ends, default=None),
            "first_in": min(ins, default=None),
            "last_out": max(outs, default=None),
            **sums,
            "scheduled_seconds": sum(result["scheduled_s"] for result in results),
            "night_seconds": sum(
                overlay["seconds"] for result in results for overlay in result["overlays"] if overlay["name"] == NIGHT
            ),
            "leave_seconds": max(leave_s, 0),
            "assumed_seconds": sum(result["assumed_s"] for result in results),
            "punch_count": sum(len(result["punches"]) for result in results),
            "provisional": any(result["provisional"] for result in results),
            "due_at": due if waits else None,
            "anomaly_count": len(anomalies),
            "explanation": "\n".join(line for result in results for line in result["explanation"]) or None,
            "engine_version": results[0]["engine_version"] if results else None,
            "tzdb_version": results[0]["tzdb_version"] if results else None,
            "policy_version": results[0]["policy_version"] if results else None,
            "input_digest": digest,
            "lines": lines,
            "exceptions": [_exception(about, anomaly) for anomaly in anomalies],
            "punches": [int(punch["id"]) for result in results for punch in result["punches"]],
            "second_taps": [int(each["punch_ids"][0]) for each in anomalies if each["code"] == "duplicate_dropped"],
            "sessions": [(session["from"], session["to"]) for result in results for session in result["sessions"]],
            "open_since": max((p["at"] for r in results for p in r["punches"]), default=None) if waits else None,
        }

    @api.model
    def _is_told(self, plan, employee, day, since, now, answers):
        """Whether a day without punches is worth a row: it is over, and the person was already, and still, with us."""
        if not since or day < since or any(result["scheduled_end"] for result in answers):
            return False
        if plan.has_left(employee, day):
            return False
        zone = pytz.timezone(employee._get_tz())
        return now >= zone.localize(datetime.combine(day + timedelta(days=1), time.min))

    @api.model
    def _status(self, planned, day, results, away, waits):
        if any(result["punches"] for result in results):
            return self._status_of_work(results, waits)
        if results:
            return "absent"
        if away and not all(part["holiday"] for part in away):
            return "leave"
        return "holiday" if away or day in planned.holidays else "rest"

    @api.model
    def _status_of_work(self, results, waits):
        said = {result["status"] for result in results} - {None}
        if not waits and any(a["code"] in OPEN_ENDED for result in results for a in result["anomalies"]):
            return "incomplete"
        if waits or not said:
            return "present"
        if said == {"absent"}:
            return "absent"
        worked = sum(result["worked_s"] for result in results)
        scheduled = sum(result["scheduled_s"] for result in results)
        # Where the policy says nothing, at least half of what was asked for is a day's presence.
        return "partial" if said != {"present"} or worked * 2 < scheduled else "present"

    @api.model
    def _due(self, plan, employee, day, results):
        """Until when (unix time) a missing punch out may still come; ``None`` when none is missing."""
        for result in results:
            if any(anomaly["code"] in OPEN_ENDED for anomaly in result["anomalies"]):
                policy = plan.engine_policy(*plan.policy_key(employee, day))
                last = max(punch["at"] for punch in result["punches"])
                if result["scheduled_end"] and last <= result["scheduled_end"]:
                    return result["scheduled_end"] + policy.get("close_after_s", engine.REACH_S)
                return last + policy.get("max_shift_s", engine.LONGEST_SESSION_S)
        return None


def _exception(about, anomaly):
    code = anomaly["code"]
    event_id = None
    if code in ABOUT_A_PUNCH and anomaly["punch_ids"]:
        event_id = int(anomaly["punch_ids"][0])
    return {**about, "type": code, "event_id": event_id, "seconds": anomaly["seconds"]}
