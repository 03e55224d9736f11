# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    punchclock_payroll_id = fields.Char(
        string="Payroll ID",
        copy=False,
        groups="hr.group_hr_user",
        help="What the payroll program calls this person (file number, employee number).",
    )
    punchclock_cost_center = fields.Char(string="Cost Center", groups="hr.group_hr_user")
