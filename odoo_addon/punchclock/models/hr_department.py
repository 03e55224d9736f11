# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class HrDepartment(models.Model):
    _inherit = "hr.department"

    punchclock_policy_id = fields.Many2one(
        "punchclock.policy", "Attendance Policy", check_company=True, ondelete="restrict", groups="hr.group_hr_user"
    )
