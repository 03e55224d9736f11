# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import contextlib
import logging
from collections import defaultdict
from datetime import datetime, time, timedelta

import psycopg2
import pytz

from odoo import api, models
from odoo.exceptions import UserError

from .. import engine
from .plan import Plan

_logger = logging.getLogger(__name__)

# Shifts and punches this far around a date are computed with it, so that it is cut out of the same stretch of time
# as it would be in any other run.
MARGIN = timedelta(days=2)
# Dates further apart are planned apart: a stray punch of years ago does not make years of plans.
APART = timedelta(days=31)
# What terminals call a punch, as far as it is a direction.
CLAIMS = {"0": "in", "1": "out"}
# Serialization, deadlocks, locks and lost connections: the transaction is void, whosever days it was at.
TRANSACTION_FAULTS = (psycopg2.OperationalError, psycopg2.InterfaceError)


class PunchclockDay(models.Model):
    """How days are computed: a slice of them at once, with a number of queries that does not grow with it."""

    _inherit = "punchclock.day"

    @api.model
    def _compute(self, wanted):
        """Compute days from all punches around them and write what differs.

        :param dict wanted: employee id → set of dates
        :return: (employee id, date) → reason, for those that could not be computed
        """
        failures = {}
        existing = self.env["hr.employee"].sudo().browse(wanted).exists()
        dates = {day for employee in existing for day in wanted[employee.id]}
        for stretch in _stretches(dates, APART):
            near = {employee.id: wanted[employee.id] & stretch for employee in existing}
            self._compute_near(existing.filtered(lambda each, near=near: near[each.id]), near, stretch, failures)
        return failures

    @api.model
    def _compute_near(self, employees, wanted, dates, failures):
        """The same for dates that are near each other: what is planned is read for all of them at once."""
        around = MARGIN + self.env["punchclock.policy.version"].sudo()._longest_period()
        plan = Plan(employees, min(dates) - around, max(dates) + around)
        runs = self._runs(plan, wanted, failures)
        punches = self._punches_around(runs)
        plan.second_taps = {punch[0] for some in punches.values() for punch in some if punch[-1] == "debounced"}
        items = defaultdict(list)
        for key, run in runs.items():
            items[run["policy_key"]].append(self._item(plan, key, run, punches[key]))
        results = defaultdict(dict)
        for policy_key, some in items.items():
            answers, refused = self._ask(some, plan.engine_policy(*policy_key))
            for key, days in answers.items():
                run = runs[key]
                by_date = defaultdict(list)
                for result in days:
                    by_date[result["date"]].append(result)
                for day in run["dates"]:
                    results[run["employee"]][day] = by_date[day.isoformat()]
            for key, reason in refused.items():
                failures.update({(runs[key]["employee"].id, day): reason for day in runs[key]["dates"]})
        self._store_each(plan, results, failures)

    @api.model
    def _runs(self, plan, wanted, failures):
        """Stretches of neighbouring dates of one person under one policy, by a key that names them to the engine."""
        runs = {}
        as_of = int(datetime.now(pytz.utc).timestamp())
        for employee in plan.employees:
            try:
                by_policy = defaultdict(set)
                for day in wanted[employee.id]:
                    by_policy[plan.policy_key(employee, day)].add(day)
                for policy_key, dates in by_policy.items():
                    # Overtime of a week is of all its days: what comes after a changed day in it may change too.
                    wider = plan.with_period(employee, policy_key, dates)
                    for stretch in map(sorted, _stretches(wider, MARGIN)):
                        runs[f"{employee.id}/{stretch[0]}"] = {
                            "employee": employee,
                            "dates": stretch,
                            "policy_key": policy_key,
                            "zone": employee._get_tz(),
                            "as_of": as_of,
                        }
                plan.planned(employee)
            except TRANSACTION_FAULTS:
                raise
            except Exception as error:
                _tell(failures, employee, wanted[employee.id], error)
                runs = {key: run for key, run in runs.items() if run["employee"] != employee}
        return runs

    @api.model
    def _punches_around(self, runs):
        """Key of a run → all punches that can have a say in it, in one query."""
        if not runs:
            return {}
        windows = [
            (
                key,
                run["employee"].id,
                datetime.combine(run["dates"][0] - MARGIN, time.min) - timedelta(days=1),
                datetime.combine(run["dates"][-1] + MARGIN, time.max) + timedelta(days=1),
            )
            for key, run in runs.items()
        ]
        self.env["punchclock.event"].flush_model()
        punches = defaultdict(list)
        for key, *rest in self.env.cr.execute_values(
            """
            SELECT w.key, e.id, e.local_time, e.local_date, e.tz_name,
                   CASE t.direction_policy WHEN 'alternate' THEN NULL WHEN 'in_only' THEN '0' WHEN 'out_only' THEN '1'
                                           ELSE e.state_raw END,
                   e.terminal_id, e.received_at,
                   e.status
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
    def _item(self, plan, key, run, punches):
        begin, end = run["dates"][0] - MARGIN, run["dates"][-1] + MARGIN
        item = {
            "key": key,
            "zone": run["zone"],
            "as_of": run["as_of"],
            "shifts": plan.planned(run["employee"]).between(begin, end),
            "punches": [_punch(*punch) for punch in punches if begin <= punch[2] <= end],
        }
        facts = plan.facts(run["employee"], run["policy_key"], begin, end)
        if facts:
            item["days"] = facts
        return item

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
        for item in answer["items"]:
            for day in item["days"]:
                day.update(versions)
        return {item["key"]: item["days"] for item in answer["items"]}, {}

    @api.model
    def _store_each(self, plan, results, failures):
        """Write everybody's days at once; when that fails, each person's alone: a fault costs only its own person."""
        if not results:
            return
        self.env.flush_all()
        if len(results) > 1:
            try:
                with self.env.cr.savepoint():
                    self._store(plan, results)
                return
            except TRANSACTION_FAULTS:
                raise
            except Exception as error:
                _logger.info("a slice of days is stored person by person: %s", error)
        for employee, by_date in results.items():
            with self._alone(failures, employee, by_date):
                self._store(plan, {employee: by_date})

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
            _tell(failures, employee, dates, error)

    @api.model
    def _first_punch_dates(self, employees):
        """Nobody is absent before the first punch ever: that is before the terminals hung there."""
        # One look into the index each, however many punches there are.
        self.env.cr.execute(
            """
            SELECT e.id, (SELECT p.local_date FROM punchclock_event p
                           WHERE p.employee_id = e.id AND p.utc_time IS NOT NULL AND p.status != 'voided'
                           ORDER BY p.utc_time LIMIT 1)
              FROM unnest(%s) AS e (id)
            """,
            [employees.ids],
        )
        return dict(self.env.cr.fetchall())


def _punch(event_id, local, _local_date, tz_name, state, terminal_id, received_at, _status):
    punch = {"id": str(event_id), "local": local.replace(" ", "T"), "zone": tz_name}
    if state in CLAIMS:
        punch["claimed"] = CLAIMS[state]
    if terminal_id:
        punch["device"] = str(terminal_id)
    else:
        punch["source"] = "manual"
    if received_at:
        punch["received_at"] = int(pytz.utc.localize(received_at).timestamp())
    return punch


def _tell(failures, employee, dates, error):
    reason = str(error)
    if not isinstance(error, UserError):
        reason = f"{type(error).__name__}: {reason}"
        _logger.warning("the days of employee %s could not be computed", employee.id, exc_info=True)
    failures.update({(employee.id, day): reason for day in dates})


def _stretches(dates, apart):
    """Sets of dates that are no further apart than that."""
    runs, last = [], None
    for day in sorted(dates):
        if last and day - last <= apart:
            runs[-1].add(day)
        else:
            runs.append({day})
        last = day
    return runs
