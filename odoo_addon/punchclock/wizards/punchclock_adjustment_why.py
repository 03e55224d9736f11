# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class PunchclockAdjustmentWhy(models.TransientModel):
    """Why corrections are refused or taken back."""

    _name = "punchclock.adjustment.why"
    _description = "Refuse or Take Back Corrections"

    what = fields.Selection([("refuse", "Refuse"), ("revert", "Take Back")], required=True, readonly=True)
    adjustment_ids = fields.Many2many("punchclock.adjustment", required=True)
    why = fields.Text(required=True)

    def action_do(self):
        self.ensure_one()
        if self.what == "refuse":
            self.adjustment_ids._refuse(self.why)
        else:
            self.adjustment_ids._revert(self.why)
        return {"type": "ir.actions.act_window_close"}
