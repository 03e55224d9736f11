# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.punchclock import guard

FACTS = (
    "account_id",
    "lot_id",
    "entry_id",
    "employee_id",
    "company_id",
    "date",
    "booked_on",
    "kind",
    "seconds",
    "reversal",
)


class PunchclockCtoMove(models.Model):
    """Seconds into a lot or out of it. Only ever added: what turns out wrong is made up by a further movement."""

    _name = "punchclock.cto.move"
    _description = "Movement of Compensatory Time"
    _order = "id desc"
    _rec_name = "kind"

    account_id = fields.Many2one(
        "punchclock.cto.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    lot_id = fields.Many2one("punchclock.cto.lot", required=True, readonly=True, index=True, ondelete="restrict")
    entry_id = fields.Many2one(
        "punchclock.cto.entry", "Because Of", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    employee_id = fields.Many2one("hr.employee", required=True, readonly=True, index=True, ondelete="restrict")
    department_id = fields.Many2one(related="employee_id.department_id")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    date = fields.Date("Counts For", required=True, readonly=True, index=True)
    booked_on = fields.Date(required=True, readonly=True, help="The day it was written.")
    kind = fields.Selection(
        [
            ("opening", "Opening"),
            ("earn", "Earned"),
            ("use", "Used"),
            ("cancel", "Given back"),
            ("adjust", "Adjusted"),
            ("expire", "Expired"),
            ("payout", "Paid out"),
            ("forfeit", "Forfeited"),
        ],
        required=True,
        readonly=True,
    )
    seconds = fields.Integer(required=True, readonly=True, help="Signed: into the lot, or out of it.")
    hours = fields.Float(compute="_compute_hours", store=True)
    reversal = fields.Boolean(readonly=True, help="It makes up for an earlier movement of the same kind and day.")
    leave_id = fields.Many2one(related="entry_id.leave_id")

    _moves_something = models.Constraint("CHECK (seconds <> 0)", "A movement moves something.")

    def init(self):
        done = super().init()
        guard.protect(self.env.cr, self._table, FACTS)
        return done

    @api.depends("seconds")
    def _compute_hours(self):
        for move in self:
            move.hours = move.seconds / 3600

    def write(self, vals):
        if vals.keys() & set(FACTS):
            raise UserError(self.env._("A movement of the bank is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A movement of the bank is never deleted."))

    def copy_data(self, default=None):
        raise UserError(self.env._("A movement of the bank cannot be copied."))
