# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError


class PunchclockAdjustmentApprove(models.TransientModel):
    """Approve many corrections at once: those that the user may, and no other."""

    _name = "punchclock.adjustment.approve"
    _description = "Approve Corrections"

    adjustment_ids = fields.Many2many("punchclock.adjustment", string="Selected", readonly=True)
    approvable_ids = fields.Many2many("punchclock.adjustment", string="To Approve", compute="_compute_approvable")
    approvable_count = fields.Integer(string="You May Approve", compute="_compute_approvable")
    other_count = fields.Integer(
        string="Left Alone", compute="_compute_approvable", help="At another step, or yours, or asked for by you."
    )
    apply = fields.Boolean(string="And Apply", default=True)
    may_apply = fields.Boolean(compute="_compute_approvable")

    @api.depends("adjustment_ids")
    def _compute_approvable(self):
        for wizard in self:
            approvable = wizard.adjustment_ids.filtered(lambda a: a.state == "submitted" and a.may_decide)
            wizard.approvable_ids = approvable
            wizard.approvable_count = len(approvable)
            wizard.other_count = len(wizard.adjustment_ids) - len(approvable)
            wizard.may_apply = self.env.user.has_group("punchclock.group_punchclock_officer")

    def action_approve(self):
        self.ensure_one()
        chosen = self.approvable_ids
        if not chosen:
            raise UserError(self.env._("None of these can be approved by you."))
        if self.apply and self.may_apply:
            chosen.action_approve_and_apply()
        else:
            chosen.action_approve()
        return {"type": "ir.actions.act_window_close"}
