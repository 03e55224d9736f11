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
    "cash_seconds",
    "reversal",
)


class PunchclockCtoMove(models.Model):
    """Seconds into a lot or out of it, or of overtime that is due in cash instead.

    Only ever added: what turns out wrong is made up by a further movement. Payroll is told of each in the period in
    which it was booked, and so of none twice.
    """

    _name = "punchclock.cto.move"
    _description = "Movement of Compensatory Time"
    _order = "id desc"
    _rec_name = "kind"

    account_id = fields.Many2one(
        "punchclock.cto.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    lot_id = fields.Many2one("punchclock.cto.lot", readonly=True, index="btree_not_null", ondelete="restrict")
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
            ("cash", "Due in cash"),
        ],
        required=True,
        readonly=True,
    )
    seconds = fields.Integer(required=True, readonly=True, help="Signed: into the lot, or out of it.")
    cash_seconds = fields.Integer(
        required=True, readonly=True, default=0, help="Overtime worked that is above a limit, and due in cash."
    )
    hours = fields.Float(compute="_compute_hours", store=True)
    cash_hours = fields.Float("Due in Cash", compute="_compute_hours", store=True)
    reversal = fields.Boolean(readonly=True, help="It makes up for an earlier movement of the same kind and day.")
    leave_id = fields.Many2one(related="entry_id.leave_id")

    _moves_something = models.Constraint(
        "CHECK (CASE WHEN kind = 'cash' THEN lot_id IS NULL AND seconds = 0 AND cash_seconds <> 0"
        " ELSE lot_id IS NOT NULL AND seconds <> 0 AND cash_seconds = 0 END)",
        "A movement moves something: seconds of a lot, or overtime that is due in cash.",
    )
    _booked = models.Index("(employee_id, booked_on) WHERE kind IN ('cash', 'payout')")

    def init(self):
        done = super().init()
        guard.protect(self.env.cr, self._table, FACTS)
        return done

    @api.depends("seconds", "cash_seconds")
    def _compute_hours(self):
        for move in self:
            move.hours, move.cash_hours = move.seconds / 3600, move.cash_seconds / 3600

    def write(self, vals):
        if vals.keys() & set(FACTS):
            raise UserError(self.env._("A movement of the bank is never changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A movement of the bank is never deleted."))

    def copy_data(self, default=None):
        raise UserError(self.env._("A movement of the bank cannot be copied."))
