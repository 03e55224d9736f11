# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


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
