# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.exceptions import UserError


class PunchclockPeriodFreeze(models.TransientModel):
    """Close a period: nothing unresolved, or somebody says by name why all the same."""

    _name = "punchclock.period.freeze"
    _description = "Freeze a Period"

    period_id = fields.Many2one("punchclock.period", required=True, readonly=True)
    open_exception_count = fields.Integer(related="period_id.open_exception_count")
    pending_adjustment_count = fields.Integer(related="period_id.pending_adjustment_count")
    dirty_count = fields.Integer(related="period_id.dirty_count")
    review_event_count = fields.Integer(related="period_id.review_event_count")
    unresolved_count = fields.Integer(related="period_id.unresolved_count")
    override = fields.Boolean(string="Freeze All the Same")
    override_note = fields.Text(string="Why")

    def action_compute(self):
        """Compute what is marked, so that it need not be waited for."""
        self.ensure_one()
        self.period_id._need_payroll()
        dirty = self.env["punchclock.dirty.day"].sudo()
        dirty._drain_slice(2000)
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_period_freeze")
        return {**action, "context": {"default_period_id": self.period_id.id}}

    def action_freeze(self):
        self.ensure_one()
        note = (self.override_note or "").strip() if self.override else None
        if self.override and not note:
            raise UserError(self.env._("Say why it is frozen all the same: it stays with your name."))
        self.period_id._freeze(note)
        return {"type": "ir.actions.act_window_close"}
