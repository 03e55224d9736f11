# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class PunchclockCtoOperation(models.TransientModel):
    """What an officer may do to an account by hand, each with a reason: it becomes an entry that stays."""

    _name = "punchclock.cto.operation"
    _description = "Operation on an Account of Compensatory Time"

    account_id = fields.Many2one("punchclock.cto.account", ondelete="cascade")
    employee_id = fields.Many2one("hr.employee", compute="_compute_employee", store=True, readonly=False, required=True)
    kind = fields.Selection(
        [
            ("opening", "Opening balance"),
            ("adjust", "Adjustment"),
            ("payout", "Pay out"),
            ("separate", "Leaves the company"),
        ],
        required=True,
        default="adjust",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    hours = fields.Float(help="Less than nothing takes away.")
    valid_to = fields.Date("Last Usable Day", help="Empty: as the plan says.")
    note = fields.Text("Reason", required=True)

    @api.depends("account_id")
    def _compute_employee(self):
        for operation in self:
            operation.employee_id = operation.account_id.employee_id or operation.employee_id

    def action_apply(self):
        self.ensure_one()
        if not self.env.user.has_group("punchclock.group_punchclock_officer"):
            raise AccessError(self.env._("Only a Punchclock officer may do this."))
        self.employee_id.check_access("read")
        if self.employee_id.sudo().user_id == self.env.user:
            raise AccessError(self.env._("Nobody changes the own account."))
        seconds = round(self.hours * 3600)
        if self.kind != "separate" and not seconds:
            raise UserError(self.env._("How many hours?"))
        if self.kind in ("opening", "payout") and seconds < 0:
            raise UserError(self.env._("Only an adjustment takes away."))
        vals = {"kind": self.kind, "date": self.date, "note": self.note}
        if self.kind != "separate":
            vals["seconds"] = seconds
        if self.kind in ("opening", "adjust") and seconds > 0:
            vals["valid_to"] = self.valid_to
        account = self.env["punchclock.cto.account"].sudo()._of(self.employee_id.sudo())
        account._post(vals)
        return {
            "type": "ir.actions.act_window",
            "res_model": account._name,
            "res_id": account.id,
            "views": [(False, "form")],
        }
