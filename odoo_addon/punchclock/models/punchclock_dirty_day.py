# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
from collections import defaultdict
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import AccessError

_logger = logging.getLogger(__name__)

# What one transaction computes: small enough that an ingestion marking the same day waits a moment, not a minute.
SLICE = 200
TRIES = 5


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
        readonly=True, help="Why the day could not be computed. It is tried again when the day is marked again."
    )

    _employee_date_unique = models.UniqueIndex("(employee_id, date)")

    @api.model
    def mark(self, employee_ids, date_from, date_to):
        """Have the days of these employees computed again (at most a year of them in one call)."""
        self._need_officer()
        employees = self.env["hr.employee"].browse(employee_ids)
        employees.check_access("read")
        first, last = fields.Date.to_date(date_from), fields.Date.to_date(date_to)
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
        while free and computed < limit:
            done = self.sudo()._drain_slice(min(SLICE, limit - computed))
            if not done:
                break
            computed += done
        return {
            "computed": computed,
            "remaining": self.sudo().search_count([("error", "=", False)]),
            "failed": self.sudo().search_count([("error", "!=", False)]),
        }

    @api.model
    def action_drain(self):
        """The button of the list: compute what is marked."""
        self.drain()

    @api.model
    def _mark(self, marks):
        """Mark (employee id, date) pairs and wake the job.

        The update on conflict is not idle: it takes the row's lock. A job that has just read the punches without the
        new one either is waited for, or fails on the changed row and runs again; a mark that merely found its row
        present could be lost with it.
        """
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
        self.env.ref("punchclock.cron_drain").sudo()._trigger()

    @api.model
    def _cron_drain(self):
        tries = 0
        while True:
            try:
                done = self._drain_slice(SLICE)
            except psycopg2.errors.SerializationFailure:
                # A day was marked while its slice was read: exactly what the lock is for. Look again.
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                tries += 1
                if tries >= TRIES:
                    raise
                continue
            tries = 0
            if not done:
                return
            remaining = self.search_count([("error", "=", False)])
            if not self.env["ir.cron"]._commit_progress(done, remaining=remaining):
                return

    @api.model
    def _drain_slice(self, limit):
        """Take some marked days off the list and compute them; returns how many."""
        # Removed first: from here on, whoever marks one of these days waits for this transaction.
        self.env.cr.execute(
            """
            DELETE FROM punchclock_dirty_day WHERE id IN (
                SELECT id FROM punchclock_dirty_day WHERE error IS NULL
                 ORDER BY employee_id, date LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING employee_id, date
            """,
            [limit],
        )
        taken = defaultdict(set)
        count = 0
        for employee_id, day in self.env.cr.fetchall():
            taken[employee_id].add(day)
            count += 1
        self.invalidate_model(flush=False)
        if not taken:
            return 0
        failures = self.env["punchclock.day"]._compute(taken)
        for employee_id, reason in failures.items():
            _logger.info("the days of employee %s could not be computed: %s", employee_id, reason)
            employee = self.env["hr.employee"].browse(employee_id)
            self.create(
                [
                    {"employee_id": employee_id, "date": day, "company_id": employee.company_id.id, "error": reason}
                    for day in sorted(taken[employee_id])
                ]
            )
        return count

    @api.model
    def _cron_mark_yesterday(self):
        """Mark yesterday for everybody who has a PIN: a person who did not come made no punch that would mark it."""
        today = fields.Date.today()
        employees = self.env["punchclock.pin"].search([("employee_id.active", "=", True)]).employee_id
        # Two days, because today and yesterday are not the same days in every zone.
        self._mark({(employee.id, today - timedelta(days=back)) for employee in employees for back in (1, 2)})

    @api.model
    def _need_officer(self):
        if not self.env.user.has_group("punchclock.group_punchclock_officer"):
            raise AccessError(self.env._("Only a Punchclock officer may do this."))
