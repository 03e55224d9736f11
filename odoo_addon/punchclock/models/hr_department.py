# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class HrDepartment(models.Model):
    """A department's policy holds for all days of whoever has none of their own, also for those that were."""

    _name = "hr.department"
    _inherit = ["punchclock.marking.mixin", "hr.department"]
    _punchclock_deciding = frozenset({"punchclock_policy_id"})

    punchclock_policy_id = fields.Many2one(
        "punchclock.policy", "Attendance Policy", check_company=True, ondelete="restrict", groups="hr.group_hr_user"
    )

    # Odoo's own departments do not check their company by themselves.
    @api.constrains("punchclock_policy_id", "company_id")
    def _check_punchclock_policy(self):
        self._check_company(["punchclock_policy_id"])

    def _punchclock_mark(self):
        versions = self.env["hr.version"].sudo().search([("department_id", "in", self.ids)])
        self.env["punchclock.policy"]._mark_past(versions.employee_id)
