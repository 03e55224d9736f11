# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    punchclock_apply_on_approval = fields.Boolean(related="company_id.punchclock_apply_on_approval", readonly=False)
    punchclock_overtime_approval = fields.Boolean(related="company_id.punchclock_overtime_approval", readonly=False)
    punchclock_mail_corrections = fields.Boolean(related="company_id.punchclock_mail_corrections", readonly=False)
    punchclock_review_user_id = fields.Many2one(related="company_id.punchclock_review_user_id", readonly=False)
    punchclock_payroll_code = fields.Char(related="company_id.punchclock_payroll_code", readonly=False)
