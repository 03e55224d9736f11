# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class PunchclockPeriodReopen(models.TransientModel):
    """Open a closed period again, and say why."""

    _name = "punchclock.period.reopen"
    _description = "Reopen a Period"

    period_id = fields.Many2one("punchclock.period", required=True, readonly=True)
    why = fields.Text(required=True)

    def action_reopen(self):
        self.ensure_one()
        self.period_id._reopen(self.why)
        return {"type": "ir.actions.act_window_close"}
