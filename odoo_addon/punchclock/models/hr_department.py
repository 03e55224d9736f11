# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class HrDepartment(models.Model):
    _inherit = "hr.department"

    punchclock_policy_id = fields.Many2one(
        "punchclock.policy", "Attendance Policy", check_company=True, ondelete="restrict", groups="hr.group_hr_user"
    )

    # Odoo's own departments do not check their company by themselves.
    @api.constrains("punchclock_policy_id", "company_id")
    def _check_punchclock_policy(self):
        self._check_company(["punchclock_policy_id"])
