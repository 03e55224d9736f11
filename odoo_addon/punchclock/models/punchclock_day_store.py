# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib
import json
from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz

from odoo import api, models

from .. import engine
from .punchclock_day_line import kind_of
from .punchclock_exception import HELD, TYPES

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
# Seconds since 1970 in what is written, a timestamp in the table.
INSTANT = "bigint"
# Column → its type, of what is written to a day.
DAY_COLUMNS = {
    "employee_id": "int",
    "date": "date",
    "company_id": "int",
    "department_id": "int",
    "version_id": "int",
    "policy_version_id": "int",
    "status": "text",
    "state": "text",
    "tz": "text",
    **dict.fromkeys(("planned_in", "planned_out", "first_in", "last_out", "due_at"), INSTANT),
    **dict.fromkeys((*SUMS, "scheduled_seconds", "night_seconds", "leave_seconds", "assumed_seconds"), "int"),
    "punch_count": "int",
    "provisional": "bool",
    "anomaly_count": "int",
    "explanation": "text",
    "engine_version": "text",
    "tzdb_version": "text",
    "policy_version": "text",
    "input_digest": "text",
    "punches": "jsonb",
}
# The same figures in hours, for people: column → the column of seconds.
HOURS = {
    f"{name}_hours": f"{name}_seconds"
    for name in ("scheduled", "worked", "overtime", "break", "late", "early", "night", "leave")
}
LINE_COLUMNS = {
    "day_id": "int",
    "kind": "text",
    "label": "text",
    "start": INSTANT,
    "stop": INSTANT,
    "seconds": "int",
    "tier": "text",
    "rate_bp": "int",
    "pay_code": "text",
    "rule": "text",
    "leave_id": "int",
    "punches": "jsonb",
}
PLAIN_RATE = 10000
# Under FREE_POLICY and on such days the engine says nothing of rates.
PAY_CODES = {"regular": "REG", "overtime_daily": "OT1"}


class PunchclockDay(models.Model):
    """How computed days are written: all rows of a slice in one statement each, and only what differs."""

    _inherit = "punchclock.day"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _store(self, plan, results):
        """Write what differs of these days: days, lines, exceptions, attendances.

        The rows are written past the ORM, which would need thrice the time; nothing but this writes them.

        :param dict results: employee → date → results of the engine
        """
        now = datetime.now(pytz.utc)
        since = self._first_punch_dates(plan.employees.browse([employee.id for employee in results]))
        known = self._known(results)
        changed, gone, found = {}, [], []
        for employee, by_date in results.items():
            for day, answers in by_date.items():
                stored = known.get((employee.id, day))
                # What somebody decided does not vanish with its reasons: they see that nothing is left, and decide.
                kept = bool(stored) and (stored["held"] or stored["state"] not in ("computed", "review"))
                vals = self._vals(plan, employee, day, answers, since.get(employee.id), now, kept)
                if vals is None:
                    if stored:
                        gone.append(stored["id"])
                elif not stored or stored["input_digest"] != vals["input_digest"]:
                    told = self._next_state(vals, stored, employee, day)
                    if told and told["type"] == "locked_day_changed":
                        found.append(told)
                    elif not stored or stored["state"] != "locked":
                        changed[employee.id, day] = vals
                        vals["told"] = [told] if told else []
        decided = self._decided(known, changed)
        for key, vals in changed.items():
            stored = known.get(key, {})
            if vals["state"] == "computed" and (
                stored.get("held") or self._is_to_review(vals, stored.get("id"), decided)
            ):
                vals["state"] = "review"
        ids = self._write_days(changed, known)
        self._write_lines(changed, ids)
        for key, vals in changed.items():
            found += [{**exception, "day_id": ids[key]} for exception in vals["exceptions"] + vals["told"]]
        self.env["punchclock.exception"]._raise(found, ids.values())
        self._tell_second_taps(plan, changed)
        self._project(plan, changed, ids, gone)
        self.browse(gone).unlink()

    @api.model
    def _known(self, results):
        """(employee id, date) → the stored row of a day, as far as it matters here; in one query."""
        dates = {day for by_date in results.values() for day in by_date}
        # The names are constants of this file.
        self.env.cr.execute(
            f"""
            SELECT id, employee_id, date, state, input_digest, {", ".join(FIGURES)},
                   EXISTS (SELECT FROM punchclock_exception x
                            WHERE x.day_id = d.id AND x.state = 'open' AND x.type = ANY(%s)) AS held
              FROM punchclock_day d WHERE employee_id = ANY(%s) AND date = ANY(%s)
            """,  # pylint: disable=sql-injection
            [list(HELD), [employee.id for employee in results], list(dates)],
        )
        return {(row["employee_id"], row["date"]): row for row in self.env.cr.dictfetchall()}

    # -- what a day is -------------------------------------------------------------------------------------------

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
        lines = _lines(results, plan.pay_codes(policy)) + _leave_lines(away)
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

    @api.model
    def _next_state(self, vals, stored, employee, day):
        """Give a day its state; returns the exception to raise when that means that a decision was overtaken."""
        if not stored or stored["state"] in ("computed", "review"):
            return None
        differs = [
            f"{self._fields[name].string}: {stored[name]} → {vals[name]}"
            for name in FIGURES
            if stored[name] != vals[name]
        ]
        if stored["state"] == "locked":
            if not differs:
                return None
            about = {**_about(employee, day), "type": "locked_day_changed", "day_id": stored["id"]}
            return {**about, "note": "\n".join(differs)}
        vals["state"] = "review" if differs else stored["state"]
        if not differs:
            return None
        return {**_about(employee, day), "type": "changed_after_approval", "note": "\n".join(differs)}

    # -- writing -------------------------------------------------------------------------------------------------

    @api.model
    def _write_days(self, changed, known):
        """Insert or update the rows of days, one statement each; (employee id, date) → id."""
        new = [vals for key, vals in changed.items() if key not in known]
        old = [{"id": known[key]["id"], **vals} for key, vals in changed.items() if key in known]
        ids = {key: known[key]["id"] for key in changed if key in known}
        # The names are constants of this file, the values are one JSON document: reading it is PostgreSQL's quickest
        # way to take many rows of many columns.
        names = [*DAY_COLUMNS, *HOURS]
        values = f"{_selected(DAY_COLUMNS)}, " + ", ".join(f"v.{seconds} / 3600.0" for seconds in HOURS.values())
        if new:
            self.env.cr.execute(
                f"""
                INSERT INTO punchclock_day ({", ".join(names)}, create_uid, write_uid, create_date, write_date)
                SELECT {values}, %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM json_to_recordset(%(rows)s) AS v ({_typed(DAY_COLUMNS)})
                RETURNING id, employee_id, date
                """,  # pylint: disable=sql-injection
                {"uid": self.env.uid, "rows": _rows(new, DAY_COLUMNS)},
            )
            ids.update({(employee_id, day): day_id for day_id, employee_id, day in self.env.cr.fetchall()})
        if old:
            columns = {"id": "int", **DAY_COLUMNS}
            self.env.cr.execute(
                f"""
                UPDATE punchclock_day d
                   SET ({", ".join(names)}, write_uid, write_date) = ({values}, %(uid)s, now() AT TIME ZONE 'UTC')
                  FROM json_to_recordset(%(rows)s) AS v ({_typed(columns)})
                 WHERE d.id = v.id
                """,  # pylint: disable=sql-injection
                {"uid": self.env.uid, "rows": _rows(old, columns)},
            )
        self.invalidate_model(flush=False)
        return ids

    @api.model
    def _write_lines(self, changed, ids):
        if not changed:
            return
        rows = [{"day_id": ids[key], **line} for key, vals in changed.items() for line in vals["lines"]]
        self.env.cr.execute("DELETE FROM punchclock_day_line WHERE day_id = ANY(%s)", [list(ids.values())])
        self.env.cr.execute(
            f"""
            INSERT INTO punchclock_day_line ({", ".join(LINE_COLUMNS)})
            SELECT {_selected(LINE_COLUMNS)} FROM json_to_recordset(%s) AS v ({_typed(LINE_COLUMNS)})
            """,  # pylint: disable=sql-injection
            [json.dumps(rows)],
        )
        self.env["punchclock.day.line"].invalidate_model(flush=False)

    @api.model
    def _decided(self, known, changed):
        """(day id, type, punch) of the exceptions of these days that a person has closed: they stay so."""
        ids = [known[key]["id"] for key in changed if key in known]
        if not ids:
            return set()
        self.env["punchclock.exception"].flush_model()
        self.env.cr.execute(
            """
            SELECT day_id, type, event_id FROM punchclock_exception
             WHERE day_id = ANY(%s) AND state != 'open' AND closed_by_rerun IS NOT TRUE
            """,
            [ids],
        )
        return set(self.env.cr.fetchall())

    @api.model
    def _is_to_review(self, vals, day_id, decided):
        """Whether something about a day is open to decide."""
        return any(
            TYPES.get(found["type"], TYPES["other"])[1] != "info"
            and (day_id, found["type"], found.get("event_id")) not in decided
            for found in vals["exceptions"]
        )

    @api.model
    def _tell_second_taps(self, plan, changed):
        """Show on a punch whether the rules left it out as a repeated tap."""
        second = {punch for vals in changed.values() for punch in vals["second_taps"]}
        told = plan.second_taps & {punch for vals in changed.values() for punch in vals["punches"]}
        if second == told:
            return
        self.env.cr.execute(
            """
            UPDATE punchclock_event e SET status = CASE WHEN e.status = 'ok' THEN 'debounced' ELSE 'ok' END
             WHERE e.id = ANY(%s) AND e.status = 'ok' OR e.id = ANY(%s) AND e.status = 'debounced'
            """,
            [list(second - told), list(told - second)],
        )
        self.env["punchclock.event"].invalidate_model(["status"], flush=False)

    @api.model
    def _project(self, plan, changed, ids, gone):
        """Have Odoo's attendances follow, for the people of companies that want it."""
        by_employee = defaultdict(dict)
        for (employee_id, day), vals in changed.items():
            by_employee[employee_id][ids[employee_id, day]] = vals
        leaving = defaultdict(list)
        for day in self.browse(gone):
            leaving[day.employee_id.id].append(day.id)
        for employee in plan.employees.filtered(lambda e: e.id in by_employee or e.id in leaving):
            mode = employee.company_id.punchclock_projection
            spans = {
                day_id: [(_utc(start), _utc(stop)) for start, stop in vals["sessions"]]
                + ([(_utc(vals["open_since"]), False)] if mode == "open" and vals["open_since"] else [])
                for day_id, vals in by_employee[employee.id].items()
                if mode != "off"
            }
            # An attendance never outlives its day: it would look as if it were made by hand.
            if not spans and not leaving[employee.id]:
                continue
            refused = self.env["hr.attendance"]._punchclock_project(employee, spans, leaving[employee.id])
            for day_id, notes in refused.items():
                self.browse(day_id)._note_refused(notes)

    def _note_refused(self, notes):
        """Show on the day that Odoo refused some of its attendances."""
        self.ensure_one()
        texts = [
            self.env._(
                "not in Odoo's attendances: %(start)s to %(stop)s (%(reason)s)",
                start=self._wall_clock(check_in),
                stop=self._wall_clock(check_out) or "",
                reason=reason,
            )
            for check_in, check_out, reason in notes
        ]
        # Tried again with the next computation, even if no punch changes: the other row may be gone by then.
        self.sudo().write(
            {
                "anomaly_count": self.anomaly_count + len(texts),
                "input_digest": False,
            }
        )
        about = {**_about(self.employee_id, self.date), "day_id": self.id}
        self.env["punchclock.exception"]._raise([{**about, "type": "projection_refused", "note": "\n".join(texts)}])
        self._sync_review()


def _rows(values, columns):
    return json.dumps([{name: vals[name] for name in columns} for vals in values])


def _typed(columns):
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


def _selected(columns):
    return ", ".join(
        f"to_timestamp(v.{name}) AT TIME ZONE 'UTC'" if kind == INSTANT else f"v.{name}"
        for name, kind in columns.items()
    )


def _about(employee, day):
    return {"employee_id": employee.id, "date": day, "company_id": employee.company_id.id}


def _exception(about, anomaly):
    code = anomaly["code"]
    event_id = None
    if code in ABOUT_A_PUNCH and anomaly["punch_ids"]:
        event_id = int(anomaly["punch_ids"][0])
    return {**about, "type": code, "event_id": event_id, "seconds": anomaly["seconds"]}


def _lines(results, pay_codes):
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


def _leave_lines(away):
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


def _utc(seconds):
    return engine.UNIX_EPOCH + timedelta(seconds=seconds)
