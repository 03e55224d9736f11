# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
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
