# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

ACTIVITY = "punchclock_cto.activity_unsettled"


class PunchclockCtoAccount(models.Model):
    """Each night: what is past its last day lapses, and Time Off is what the ledger says.

    What cannot be settled becomes a task for a person; it keeps neither the rest of its account nor any other one.
    """

    _name = "punchclock.cto.account"
    _inherit = ["punchclock.cto.account", "mail.thread", "mail.activity.mixin"]
    # Officers change no account, and still must be able to answer.
    _mail_post_access = "read"

    @api.model
    def _cron_settle(self):
        accounts = self.search([("plan_id", "!=", False)])
        self.env["ir.cron"]._commit_progress(remaining=len(accounts))
        for account in accounts:
            account._settle_by_night()
            if not self.env["ir.cron"]._commit_progress(1):
                return

    def _settle_by_night(self):
        self.ensure_one()
        # Time off whose length changed behind our back (a public holiday, other working hours) is booked anew.
        leaves = self.env["hr.leave"].search(
            [("employee_id", "=", self.employee_id.id), ("holiday_status_id.punchclock_cto", "=", True)]
        )
        problems = []
        if self._try(leaves._cto_settle):
            # One of them: the others must not wait for it.
            for leave in leaves.sorted("date_from"):
                problems += self._try(leave._cto_settle)
        if self._has_lapsed():
            problems += self._try(self._settle)
        self._tell_unsettled(problems)

    def _try(self, act):
        """What keeps it from being done; nothing if it is done."""
        try:
            with self.env.cr.savepoint():
                act()
        except (UserError, ValueError) as error:
            _logger.info("the bank account of employee %s is not settled: %s", self.employee_id.id, error)
            return [str(error)]
        return []

    def _has_lapsed(self):
        today = fields.Date.today()
        return any(lot.left_seconds and lot.expires_on and lot.expires_on < today for lot in self.lot_ids)

    def _tell_unsettled(self, problems):
        """A task for whoever reviews, or for every officer of the company; it goes when the reason has gone."""
        known = self.activity_search([ACTIVITY])
        if not problems:
            known.unlink()
            return
        note = "\n".join(problems)
        if known:
            known.note = note
            return
        people = self.company_id._punchclock_reviewers("punchclock.group_punchclock_officer")
        for user in people:
            self.activity_schedule(
                ACTIVITY,
                summary=self.env._("The bank of %s cannot be settled", self.employee_id.name),
                note=note,
                user_id=user.id,
            )
