# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class HrVersion(models.Model):
    """A contract decides hours and policy from its date to its end: changed later, it changes days."""

    _name = "hr.version"
    _inherit = ["punchclock.marking.mixin", "hr.version"]
    _punchclock_deciding = frozenset(
        {
            "resource_calendar_id",
            "date_version",
            "contract_date_end",
            "departure_date",
            "punchclock_policy_id",
            "department_id",
            "active",
        }
    )

    punchclock_policy_id = fields.Many2one(
        "punchclock.policy",
        "Attendance Policy",
        check_company=True,
        ondelete="restrict",
        groups="hr.group_hr_user",
        tracking=True,
        help="Empty: the one of the department, else of the company.",
    )

    # Odoo's own contracts do not check their company by themselves.
    @api.constrains("punchclock_policy_id", "company_id", "employee_id")
    def _check_punchclock_policy(self):
        self._check_company(["punchclock_policy_id"])

    def _punchclock_mark(self):
        """Mark the past days from these versions on, of those whose days are computed at all."""
        today = fields.Date.today()
        known = self.env["punchclock.pin"].sudo().search([("employee_id", "in", self.employee_id.ids)]).employee_id
        for version in self:
            employee = version.employee_id & known
            if employee and version.date_version and version.date_version <= today:
                self.env["punchclock.dirty.day"].sudo()._mark_range(employee, version.date_version, today)
