# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .. import engine

# What one transaction computes: small enough that an ingestion marking the same day waits a moment, not a minute. What
# is planned is read once a slice, so a small one pays for that more often. Odoo's attendances are written by the ORM,
# at ten times the cost of the day itself.
SLICE = 500
PROJECTED_SLICE = 200
TRIES = 5
# Outside these no punch has an instant, so no day has anything to be computed from.
FIRST_DAY, LAST_DAY = date(engine.FIRST_YEAR, 1, 1), date(engine.LAST_YEAR, 12, 31)
# How far back every day is looked at again each night: what HR enters later than that is entered with a reason.
LOOK_BACK_DAYS = 35


class PunchclockDirtyDay(models.Model):
    """A day that must be computed again.

    The row stays until the day is computed in the same transaction that removes it, so no crash loses one.
    """

    _name = "punchclock.dirty.day"
    _description = "Day to Compute"
    _order = "date, employee_id"
    _rec_name = "date"

    employee_id = fields.Many2one("hr.employee", required=True, readonly=True, ondelete="cascade")
    date = fields.Date(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    error = fields.Text(
        readonly=True, help="Why the day could not be computed. It is tried again each night, or with Try Again."
    )

    _employee_date_unique = models.UniqueIndex("(employee_id, date)")

    @api.model
    def mark(self, employee_ids, date_from, date_to):
        """Have the days of these employees computed again (at most a year of them in one call)."""
        self._need_officer()
        employees = self.env["hr.employee"].browse(employee_ids)
        employees.check_access("read")
        first = max(fields.Date.to_date(date_from), FIRST_DAY)
        last = min(fields.Date.to_date(date_to), LAST_DAY)
        days = min((last - first).days + 1, 366)
        marks = {(employee.id, first + timedelta(days=day)) for employee in employees for day in range(days)}
        self.sudo()._mark(marks)
        return len(marks)

    @api.model
    def drain(self, limit=2000):
        """Compute marked days now, in the caller's transaction, instead of waiting for the scheduled job.

        While the job itself is at work nothing is done here: two of them would write the same employees.

        :return: ``{"computed": n, "remaining": n, "failed": n}``; call again while ``remaining`` is not 0
        """
        self._need_officer()
        computed = 0
        free = self.env.ref("punchclock.cron_drain").sudo().try_lock_for_update(allow_referencing=True)
        size = self.sudo()._slice_size()
        while free and computed < limit:
            done = self.sudo()._drain_slice(min(size, limit - computed))
            if not done:
                break
            computed += done
        return {
            "computed": computed,
            "remaining": self.sudo().search_count([("error", "=", False)]),
            "failed": self.sudo().search_count([("error", "!=", False)]),
        }

    def action_drain(self):
        """The button of the list: compute what is marked, whichever rows are ticked."""
        self.drain()

    def action_retry(self):
        """Have days that could not be computed tried again."""
        if not self.env.su:
            self._need_officer()
        self.check_access("read")
        failed = self.filtered("error")
        self.sudo()._mark({(row.employee_id.id, row.date) for row in failed})

    @api.model
    def _mark(self, marks):
        """Mark (employee id, date) pairs and wake the job.

        The update on conflict is not idle: it takes the row's lock. A job that has just read the punches without the
        new one either is waited for, or fails on the changed row and runs again; a mark that merely found its row
        present could be lost with it.
        """
        marks = {(employee_id, day) for employee_id, day in marks if FIRST_DAY <= day <= LAST_DAY}
        if not marks:
            return
        self.env.cr.execute_values(
            """
            INSERT INTO punchclock_dirty_day
                   (employee_id, date, company_id, create_uid, write_uid, create_date, write_date)
            SELECT v.employee_id, v.date, e.company_id, v.uid, v.uid,
                   now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM (VALUES %s) AS v (employee_id, date, uid)
              JOIN hr_employee e ON e.id = v.employee_id
             ORDER BY v.employee_id, v.date
            ON CONFLICT (employee_id, date) DO UPDATE SET error = NULL, write_date = EXCLUDED.write_date
            """,
            [(employee_id, day, self.env.uid) for employee_id, day in sorted(marks)],
            template="(%s, %s::date, %s)",
            page_size=max(len(marks), 1),
        )
        self.invalidate_model(flush=False)
        # Without looking whether it is still there, as `ref` does: every batch of punches comes by here.
        job = self.env["ir.model.data"]._xmlid_to_res_id("punchclock.cron_drain")
        self.env["ir.cron"].sudo().browse(job)._trigger()

    @api.model
    def _mark_range(self, employees, first, last):
        """Mark the days from one date to another, at most the last year of them, of these employees."""
        first = max(first, last - timedelta(days=366))
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        self._mark({(employee.id, day) for employee in employees for day in days})

    @api.model
    def _cron_drain(self):
        self._retried(self.env["punchclock.event"]._heal)
        self._retried(self._mark_due)
        self._retried(self.env["punchclock.exception"]._sync_events)
        self.env["ir.cron"]._commit_progress(remaining=self.search_count([("error", "=", False)]))
        size = self._slice_size()
        while True:
            done = self._retried(self._drain_slice, size)
            if not done:
                return
            remaining = self.search_count([("error", "=", False)])
            if not self.env["ir.cron"]._commit_progress(done, remaining=remaining):
                return

    @api.model
    def _mark_due(self):
        """Mark the days whose missing punch out is one by now: the shift is over, and so is the time allowed after."""
        self.flush_model()
        self.env["punchclock.day"].flush_model()
        self.env.cr.execute(
            "SELECT employee_id, date FROM punchclock_day WHERE due_at <= %s AND state != 'locked'",
            [fields.Datetime.now()],
        )
        self._mark(set(self.env.cr.fetchall()))

    @api.model
    def _retried(self, step, *arguments):
        """Run a step of the job, again from a new snapshot while others change what it read.

        A day that was marked while its slice was read is exactly what the lock is for.
        """
        for left in reversed(range(TRIES)):
            try:
                return step(*arguments)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                if not left:
                    raise
        return None

    @api.model
    def _slice_size(self):
        projected = self.env["res.company"].search_count([("punchclock_projection", "!=", "off")], limit=1)
        return PROJECTED_SLICE if projected else SLICE

    @api.model
    def _drain_slice(self, limit):
        """Take some marked days off the list and compute them; returns how many."""
        self.flush_model()
        # Removed first: from here on, whoever marks one of these days waits for this transaction. An array, because
        # PostgreSQL may run a subquery in IN several times, and skips other rows each time.
        self.env.cr.execute(
            """
            DELETE FROM punchclock_dirty_day WHERE id = ANY (ARRAY(
                SELECT id FROM punchclock_dirty_day WHERE error IS NULL
                 ORDER BY employee_id, date LIMIT %s FOR UPDATE SKIP LOCKED))
            RETURNING employee_id, date
            """,
            [limit],
        )
        taken = defaultdict(set)
        count = 0
        for employee_id, day in self.env.cr.fetchall():
            count += 1
            if FIRST_DAY <= day <= LAST_DAY:
                taken[employee_id].add(day)
        self.invalidate_model(flush=False)
        if not taken:
            return count
        failures = self.env["punchclock.day"]._compute(taken)
        companies = {
            employee.id: employee.company_id.id
            for employee in self.env["hr.employee"].browse({employee_id for employee_id, _day in failures})
        }
        self.create(
            [
                {"employee_id": employee_id, "date": day, "company_id": companies[employee_id], "error": reason}
                for (employee_id, day), reason in sorted(failures.items())
            ]
        )
        return count

    @api.model
    def _cron_mark_recent(self):
        """Mark the last weeks of everybody who has a PIN.

        Yesterday, because a person who did not come made no punch that would mark it; the days before, because hours
        and contracts are often entered late, and because Odoo may have been off. An unchanged day costs no write.
        """
        self.env["punchclock.event"]._heal_recent()
        self.search([("error", "!=", False)]).action_retry()
        today = fields.Date.today()
        employees = self.env["punchclock.pin"].search([("employee_id.active", "=", True)]).employee_id
        self._mark(
            {
                (employee.id, today - timedelta(days=back))
                for employee in employees
                for back in range(1, LOOK_BACK_DAYS + 1)
            }
        )

    @api.model
    def _need_officer(self):
        if not self.env.user.has_group("punchclock.group_punchclock_officer"):
            raise AccessError(self.env._("Only a Punchclock officer may do this."))
