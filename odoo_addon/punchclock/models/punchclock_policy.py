# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models


class PunchclockPolicy(models.Model):
    """How punches become paid time, for whoever it is chosen for; what it says is in its dated versions."""

    _name = "punchclock.policy"
    _description = "Attendance Policy"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    version_ids = fields.One2many("punchclock.policy.version", "policy_id", string="Versions")
    current_version_id = fields.Many2one("punchclock.policy.version", compute="_compute_current_version")

    @api.depends("version_ids.date_from", "version_ids.state")
    def _compute_current_version(self):
        today = fields.Date.today()
        for policy in self:
            policy.current_version_id = policy._version_on(today)

    def _version_on(self, day):
        """The published version that holds on a date; empty before the first one."""
        self.ensure_one()
        versions = self.version_ids.filtered(lambda each: each.state == "published" and each.date_from <= day)
        return versions.sorted("date_from")[-1:]

    def _mark_since(self, day):
        """Mark the past days, at most a year of them, of everybody this policy is chosen for."""
        today = fields.Date.today()
        for policy in self:
            everybody = (
                self.env["punchclock.pin"].sudo().search([("employee_id.company_id", "=", policy.company_id.id)])
            )
            self.env["punchclock.dirty.day"].sudo()._mark_range(everybody.employee_id, day, today)

    @api.model
    def _mark_past(self, employees):
        """Mark the last year of these employees, as far as they have a PIN: another policy was chosen for them."""
        known = self.env["punchclock.pin"].sudo().search([("employee_id", "in", employees.ids)]).employee_id
        today = fields.Date.today()
        self.env["punchclock.dirty.day"].sudo()._mark_range(known, today - timedelta(days=366), today)

    @api.model
    def _of(self, version, company):
        """The policy of a contract (`hr.version`): its own, else its department's, else its company's."""
        return (
            version.punchclock_policy_id or version.department_id.punchclock_policy_id or company.punchclock_policy_id
        )
