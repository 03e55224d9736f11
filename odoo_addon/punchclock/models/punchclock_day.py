# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import contextlib
import hashlib
import json
import logging
from collections import defaultdict
from datetime import datetime, time, timedelta

import psycopg2
import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .. import engine
from .calendar_shifts import has_hours, shifts_of
from .punchclock_day_line import kind_of

_logger = logging.getLogger(__name__)

# Shifts and punches this far around a date are computed with it, so that it is cut out of the same stretch of time
# as it would be in any other run.
MARGIN = timedelta(days=2)
# Serialization, deadlocks, locks and lost connections: the transaction is void, whosever days it was at.
TRANSACTION_FAULTS = (psycopg2.OperationalError, psycopg2.InterfaceError)
# Sums of the engine's results of one date (two shifts in a day are two results).
SECONDS = {
    "scheduled_seconds": "scheduled_s",
    "worked_seconds": "worked_s",
    "regular_seconds": "regular_s",
    "overtime_seconds": "overtime_s",
    "break_seconds": "break_s",
    "late_seconds": "late_s",
    "early_seconds": "early_out_s",
}


# Shown and summed as hours too.
HOURS = ("scheduled", "worked", "overtime", "break", "late", "early", "night", "leave")


class PunchclockDay(models.Model):
    """What an employee's day was, as the rules engine computed it from all punches, and why."""

    _name = "punchclock.day"
    _description = "Worked Day"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, employee_id"
    _rec_name = "date"

    employee_id = fields.Many2one("hr.employee", required=True, readonly=True, ondelete="cascade")
    date = fields.Date(required=True, readonly=True, index=True, help="A night shift counts for the date it starts on.")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    department_id = fields.Many2one("hr.department", readonly=True, ondelete="set null", help="On that date.")
    version_id = fields.Many2one("hr.version", string="Contract", readonly=True, ondelete="set null")
    policy_version_id = fields.Many2one("punchclock.policy.version", readonly=True, ondelete="restrict")
    status = fields.Selection(
        [
            ("present", "Present"),
            ("partial", "Partly Present"),
            ("absent", "Absent"),
            ("leave", "On Leave"),
            ("holiday", "Public Holiday"),
            ("rest", "Rest Day"),
            ("incomplete", "Incomplete"),
        ],
        required=True,
        readonly=True,
        default="rest",
        index=True,
    )
    state = fields.Selection(
        [
            ("computed", "Computed"),
            ("review", "To Review"),
            ("confirmed", "Confirmed"),
            ("approved", "Approved"),
            ("locked", "Locked"),
        ],
        required=True,
        readonly=True,
        default="computed",
        index=True,
        tracking=True,
    )
    tz = fields.Char(string="Time Zone", readonly=True)
    planned_in = fields.Datetime(string="Planned In (instant)", readonly=True)
    planned_out = fields.Datetime(string="Planned Out (instant)", readonly=True)
    first_in = fields.Datetime(string="First In (instant)", readonly=True)
    last_out = fields.Datetime(string="Last Out (instant)", readonly=True)
    planned_in_local = fields.Char(string="Planned In", compute="_compute_local", help="By the clock on the wall.")
    planned_out_local = fields.Char(string="Planned Out", compute="_compute_local", help="By the clock on the wall.")
    first_in_local = fields.Char(string="First In", compute="_compute_local", help="By the clock on the wall.")
    last_out_local = fields.Char(string="Last Out", compute="_compute_local", help="By the clock on the wall.")
    # Whole seconds, as the engine counts them.
    scheduled_seconds = fields.Integer(readonly=True)
    worked_seconds = fields.Integer(readonly=True)
    regular_seconds = fields.Integer(readonly=True)
    overtime_seconds = fields.Integer(readonly=True)
    break_seconds = fields.Integer(readonly=True)
    late_seconds = fields.Integer(readonly=True)
    early_seconds = fields.Integer(readonly=True)
    night_seconds = fields.Integer(readonly=True)
    leave_seconds = fields.Integer(readonly=True, help="Planned time that a leave or a public holiday took away.")
    assumed_seconds = fields.Integer(readonly=True, help="Worked time that nobody punched: a rule assumed it.")
    scheduled_hours = fields.Float("Scheduled", compute="_compute_hours", store=True)
    worked_hours = fields.Float("Worked", compute="_compute_hours", store=True)
    overtime_hours = fields.Float("Overtime", compute="_compute_hours", store=True)
    break_hours = fields.Float("Unpaid Break", compute="_compute_hours", store=True)
    late_hours = fields.Float("Late", compute="_compute_hours", store=True)
    early_hours = fields.Float("Left Early", compute="_compute_hours", store=True)
    night_hours = fields.Float("Night", compute="_compute_hours", store=True)
    leave_hours = fields.Float("Leave", compute="_compute_hours", store=True)
    punch_count = fields.Integer(string="Punches", readonly=True)
    provisional = fields.Boolean(
        readonly=True, help="Something is unknown or was assumed; the figures may still change."
    )
    due_at = fields.Datetime(
        readonly=True, help="When a missing punch out is one: until then the person may still be at work."
    )
    anomaly_count = fields.Integer(string="To Look At", readonly=True)
    anomalies = fields.Text(string="What to Look At", readonly=True)
    explanation = fields.Text(readonly=True)
    line_ids = fields.One2many("punchclock.day.line", "day_id", string="Minute by Minute", readonly=True)
    exception_ids = fields.One2many("punchclock.exception", "day_id", string="Exceptions", readonly=True)
    open_exception_count = fields.Integer(compute="_compute_open_exception_count")
    attendance_ids = fields.One2many("hr.attendance", "punchclock_day_id", string="Attendances", readonly=True)
    engine_version = fields.Char(readonly=True)
    tzdb_version = fields.Char(string="Zone Data", readonly=True)
    policy_version = fields.Char(string="Policy", readonly=True)
    input_digest = fields.Char(readonly=True, help="Digest of everything the day was computed from.")

    _employee_date_unique = models.UniqueIndex("(employee_id, date)")

    @api.depends(*(f"{name}_seconds" for name in HOURS))
    def _compute_hours(self):
        for day in self:
            for name in HOURS:
                day[f"{name}_hours"] = day[f"{name}_seconds"] / 3600

    @api.depends("exception_ids.state")
    def _compute_open_exception_count(self):
        for day in self:
            day.open_exception_count = len(day.exception_ids.filtered(lambda found: found.state == "open"))

    @api.depends("planned_in", "planned_out", "first_in", "last_out", "tz", "date")
    def _compute_local(self):
        for day in self:
            for name in ("planned_in", "planned_out", "first_in", "last_out"):
                day[f"{name}_local"] = day._wall_clock(day[name])

    def _wall_clock(self, moment):
        """A time as it was on the wall; "06:00:41 (+1)" is the morning after, where a night shift ends."""
        self.ensure_one()
        if not moment or not self.tz:
            return False
        local = pytz.utc.localize(moment).astimezone(pytz.timezone(self.tz))
        later = (local.date() - self.date).days
        return local.strftime("%H:%M:%S") + (f" ({later:+})" if later else "")

    @api.depends("employee_id", "date")
    def _compute_display_name(self):
        for day in self:
            day.display_name = f"{day.employee_id.name} {day.date}"

    def action_recompute(self):
        """Have these days computed again by the scheduled job."""
        dirty = self.env["punchclock.dirty.day"]
        for day in self:
            dirty.mark(day.employee_id.ids, day.date, day.date)

    # -- the way of a day: computed → review → confirmed → approved → locked -----------------------------------------

    def action_confirm(self):
        """HR has looked at these days."""
        self._need_officer()
        days = self.filtered(lambda day: day.state in ("computed", "review"))
        undecided = days.exception_ids.filtered(lambda found: found.state == "open" and found.severity == "error")
        if undecided:
            raise UserError(
                self.env._(
                    "Something still needs a decision on: %s", ", ".join(undecided.day_id.mapped("display_name"))
                )
            )
        days.sudo().write({"state": "confirmed"})

    def action_approve(self):
        """These days may be paid."""
        self._need_officer()
        if self.env.user in self.employee_id.user_id:
            raise UserError(self.env._("Nobody approves their own days."))
        self.filtered(lambda day: day.state in ("computed", "review", "confirmed")).sudo().write({"state": "approved"})

    def action_reset(self):
        """Take a confirmation or an approval back."""
        self._need_officer()
        days = self.filtered(lambda day: day.state in ("confirmed", "approved"))
        days.sudo().write({"state": "computed"})
        days._sync_review()

    def _lock(self):
        """From now on nothing changes these days; what would is told as an exception."""
        self.sudo().write({"state": "locked"})

    def _unlock(self):
        self.filtered(lambda day: day.state == "locked").sudo().write({"state": "approved"})

    def _sync_review(self):
        """A computed day with something open to decide is to be reviewed; one without is not."""
        for day in self.sudo():
            open_ones = day.exception_ids.filtered(lambda found: found.state == "open" and found.severity != "info")
            wanted = "review" if open_ones else "computed"
            if day.state in ("computed", "review") and day.state != wanted:
                day.state = wanted

    @api.model
    def _need_officer(self):
        if not self.env.su and not self.env.user.has_group("punchclock.group_punchclock_officer"):
            raise AccessError(self.env._("Only a Punchclock officer may do this."))

    # -- computing -------------------------------------------------------------------------------------------

    @api.model
    def _compute(self, wanted):
        """Compute days from all punches around them and write what differs.

        :param dict wanted: employee id → set of dates
        :return: (employee id, date) → reason, for those that could not be computed
        """
        failures = {}
        employees = self.env["hr.employee"].browse(wanted).exists()
        runs = {}
        for employee in employees:
            # An employee whose contract changes has both kinds of dates.
            free = {
                day for day in wanted[employee.id] if not has_hours(employee._get_version(day).resource_calendar_id)
            }
            for policy, dates in ((engine.POLICY, wanted[employee.id] - free), (engine.FREE_POLICY, free)):
                for stretch in _stretches(dates):
                    runs[f"{employee.id}/{stretch[0]}"] = (employee, stretch, policy)

        punches = self._punches_around(runs)
        items = defaultdict(list)
        for key, (employee, stretch, policy) in runs.items():
            with self._alone(failures, employee, stretch):
                items[policy["version"]].append(self._item(key, employee, stretch, punches[key]))
        results = defaultdict(dict)
        for policy in (engine.POLICY, engine.FREE_POLICY):
            answers, refused = self._ask(items[policy["version"]], policy)
            for key, days in answers.items():
                employee, stretch, _policy = runs[key]
                for day in stretch:
                    results[employee][day] = [result for result in days if result["date"] == day.isoformat()]
            for key, reason in refused.items():
                employee, stretch, _policy = runs[key]
                failures.update({(employee.id, day): reason for day in stretch})
        since = self._first_punch_dates(employees)
        for employee, by_date in results.items():
            with self._alone(failures, employee, by_date):
                self._store(employee, by_date, since.get(employee.id))
        return failures

    @contextlib.contextmanager
    def _alone(self, failures, employee, dates):
        """What goes wrong inside is undone and is the failure of these days, and of nobody else's."""
        # What others left to be written is not the fault of these days.
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                yield
        except TRANSACTION_FAULTS:
            # Not about these days: Odoo, or the job, runs the whole transaction again.
            raise
        except Exception as error:
            reason = str(error)
            if not isinstance(error, UserError):
                reason = f"{type(error).__name__}: {reason}"
                _logger.warning("the days of employee %s could not be computed", employee.id, exc_info=True)
            failures.update({(employee.id, day): reason for day in dates})

    @api.model
    def _punches_around(self, runs):
        """Key of a run → all punches that can have a say in it, in one query."""
        if not runs:
            return {}
        windows = [
            (
                key,
                employee.id,
                datetime.combine(stretch[0] - MARGIN, time.min) - timedelta(days=1),
                datetime.combine(stretch[-1] + MARGIN, time.max) + timedelta(days=1),
            )
            for key, (employee, stretch, _policy) in runs.items()
        ]
        self.env["punchclock.event"].flush_model()
        punches = defaultdict(list)
        for key, *rest in self.env.cr.execute_values(
            """
            SELECT w.key, e.id, e.local_time, e.local_date, e.tz_name,
                   CASE t.direction_policy WHEN 'alternate' THEN NULL WHEN 'in_only' THEN '0' WHEN 'out_only' THEN '1'
                                           ELSE e.state_raw END
              FROM (VALUES %s) AS w (key, employee_id, since, until)
              JOIN punchclock_event e ON e.employee_id = w.employee_id AND e.utc_time BETWEEN w.since AND w.until
                                     AND e.status != 'voided'
              LEFT JOIN punchclock_terminal t ON t.id = e.terminal_id
             ORDER BY w.key, e.utc_time, e.id
            """,
            windows,
            template="(%s, %s, %s::timestamp, %s::timestamp)",
            page_size=len(windows),
            fetch=True,
        ):
            punches[key].append(rest)
        return punches

    @api.model
    def _item(self, key, employee, stretch, punches):
        begin, end = stretch[0] - MARGIN, stretch[-1] + MARGIN
        return {
            "key": key,
            "zone": employee._get_tz(),
            "shifts": shifts_of(employee, begin, end),
            "punches": [
                {
                    "id": str(event_id),
                    "local": local.replace(" ", "T"),
                    "zone": tz_name,
                    "claimed": {"0": "in", "1": "out"}.get(state),
                }
                for event_id, local, local_date, tz_name, state in punches
                if begin <= local_date <= end
            ],
        }

    @api.model
    def _ask(self, items, policy):
        """One call of the engine for everybody; when it refuses, one call each: a fault costs only its own stretch.

        :return: (key → days, key → reason)
        """
        if not items:
            return {}, {}
        try:
            answer = engine.compute_days(items, policy)
        except ValueError as error:
            if not engine.is_refusal(error):
                raise
            if len(items) == 1:
                _logger.info("the rules engine refused %s: %s", items[0]["key"], error)
                return {}, {items[0]["key"]: str(error)}
            answers, refused = {}, {}
            for item in items:
                some, failed = self._ask([item], policy)
                answers.update(some)
                refused.update(failed)
            return answers, refused
        versions = {name: answer[name] for name in ("engine_version", "tzdb_version")}
        return {item["key"]: [{**day, **versions} for day in item["days"]] for item in answer["items"]}, {}

    @api.model
    def _first_punch_dates(self, employees):
        """Nobody is absent before the first punch ever: that is before the terminals hung there."""
        groups = self.env["punchclock.event"]._read_group(
            [("employee_id", "in", employees.ids), ("utc_time", "!=", False), ("status", "!=", "voided")],
            ["employee_id"],
            ["local_date:min"],
        )
        return {employee.id: first for employee, first in groups}

    @api.model
    def _store(self, employee, by_date, since):
        existing = {
            day.date: day for day in self.search([("employee_id", "=", employee.id), ("date", "in", list(by_date))])
        }
        now = datetime.now(pytz.utc).timestamp()
        gone, changed, sessions = self.browse(), self.browse(), {}
        to_create = []
        for day_date in sorted(by_date):
            results = [
                result
                for result in by_date[day_date]
                if result["punches"]
                # A shift that nobody came to is an absence once it is over.
                or (since and since <= day_date and result["scheduled_end"] and result["scheduled_end"] <= now)
            ]
            day = existing.get(day_date)
            if not results:
                gone |= day or self.browse()
                continue
            digest = _digest(results)
            if day and day.input_digest == digest:
                continue
            vals = self._vals(employee, day_date, results, digest)
            spans = [(_utc(s["from"]), _utc(s["to"])) for result in results for s in result["sessions"]]
            if day:
                day.write(vals)
                changed |= day
                sessions[day_date] = spans
            else:
                to_create.append(vals)
                sessions[day_date] = spans
        changed |= self.create(to_create)
        self.env["hr.attendance"]._punchclock_project(employee, changed, sessions, gone)
        gone.unlink()

    def _note_refused(self, attendance, error):
        """Show on the day that Odoo refused one of its attendances."""
        self.ensure_one()
        note = self.env._(
            "not in Odoo's attendances: %(start)s to %(stop)s (%(reason)s)",
            start=self._wall_clock(attendance["check_in"]),
            stop=self._wall_clock(attendance["check_out"]),
            reason=str(error),
        )
        self.write(
            {
                "anomalies": "\n".join(filter(None, [self.anomalies, note])),
                "anomaly_count": self.anomaly_count + 1,
                # Tried again with the next computation, even if no punch changes: the other row may be gone by then.
                "input_digest": False,
            }
        )

    @api.model
    def _vals(self, employee, day_date, results, digest):
        ins = [result["first_in"] for result in results if result["first_in"] is not None]
        outs = [result["last_out"] for result in results if result["last_out"] is not None]
        found = [anomaly for result in results for anomaly in result["anomalies"]]
        vals = {
            "employee_id": employee.id,
            "date": day_date,
            "company_id": employee.company_id.id,
            "tz": results[0]["zone"],
            "first_in": _utc(min(ins)) if ins else False,
            "last_out": _utc(max(outs)) if outs else False,
            "punch_count": sum(len(result["punches"]) for result in results),
            "provisional": any(result["provisional"] for result in results),
            "anomaly_count": len(found),
            "anomalies": "\n".join(_anomaly_text(anomaly) for anomaly in found),
            "explanation": "\n".join(line for result in results for line in result["explanation"]),
            "engine_version": results[0]["engine_version"],
            "tzdb_version": results[0]["tzdb_version"],
            "policy_version": results[0]["policy_version"],
            "input_digest": digest,
            "line_ids": [Command.clear()]
            + [
                Command.create(
                    {
                        "company_id": employee.company_id.id,
                        "employee_id": employee.id,
                        "date": day_date,
                        "kind": kind_of(segment["label"], segment["tier"]),
                        "label": segment["label"],
                        "start": _utc(segment["from"]),
                        "stop": _utc(segment["to"]),
                        "seconds": segment["to"] - segment["from"],
                        "tier": segment["tier"] or False,
                        "rule": segment["rule"],
                    }
                )
                for result in results
                for segment in result["segments"]
            ],
        }
        for field, key in SECONDS.items():
            vals[field] = sum(result[key] for result in results)
        return vals


def _stretches(dates):
    """Runs of neighbouring dates, each sorted."""
    runs = []
    for day in sorted(dates):
        if runs and day - runs[-1][-1] <= MARGIN:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _utc(seconds):
    return engine.UNIX_EPOCH + timedelta(seconds=seconds)


def _digest(results):
    parts = [[result["engine_version"], result["input_hash"]] for result in results]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _anomaly_text(anomaly):
    text = anomaly["code"].replace("_", " ")
    if anomaly["seconds"] is not None:
        minutes, seconds = divmod(anomaly["seconds"], 60)
        hours, minutes = divmod(minutes, 60)
        text += f" ({hours}:{minutes:02}:{seconds:02})"
    return text
