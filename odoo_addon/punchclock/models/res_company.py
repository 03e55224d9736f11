# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    punchclock_policy_id = fields.Many2one(
        "punchclock.policy", "Attendance Policy", check_company=True, ondelete="restrict"
    )
    punchclock_projection = fields.Selection(
        [("off", "Off"), ("closed", "Closed pairs"), ("open", "Closed pairs and the current open one")],
        "Attendances from Terminals",
        required=True,
        default="closed",
    )

    @api.constrains("punchclock_policy_id")
    def _check_punchclock_policy(self):
        self._check_company(["punchclock_policy_id"])

    def write(self, vals):
        before = {company.id: company.punchclock_projection for company in self}
        policies = {company.id: company.punchclock_policy_id for company in self}
        result = super().write(vals)
        other = self.filtered(lambda company: company.punchclock_policy_id != policies[company.id])
        if other:
            employees = self.env["hr.employee"].sudo().with_context(active_test=False)
            self.env["punchclock.policy"]._mark_past(employees.search([("company_id", "in", other.ids)]))
        changed = self.filtered(lambda company: company.punchclock_projection != before[company.id])
        # Switched off, what is there stays: nobody said that it is wrong.
        changed.filtered(lambda company: company.punchclock_projection != "off")._punchclock_project_again()
        return result

    def _punchclock_project_again(self):
        """Have the days of the last year that are not locked computed as if they had changed: their attendances are
        wanted in another way."""
        days = self.env["punchclock.day"]
        days.flush_model()
        self.env.cr.execute(
            """
            UPDATE punchclock_day SET input_digest = NULL
             WHERE company_id = ANY(%s) AND state != 'locked' AND date >= %s
            RETURNING employee_id, date
            """,
            [self.ids, fields.Date.today() - timedelta(days=366)],
        )
        marks = set(self.env.cr.fetchall())
        days.invalidate_model(["input_digest"], flush=False)
        self.env["punchclock.dirty.day"].sudo()._mark(marks)
