# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.punchclock import guard


class PunchclockCtoLot(models.Model):
    """Credit that one entry made, how long it lasts, and what is left of it: the sum of its movements."""

    _name = "punchclock.cto.lot"
    _description = "Lot of Compensatory Time"
    _order = "expires_on, earned_on, id"
    _rec_name = "earned_on"

    account_id = fields.Many2one(
        "punchclock.cto.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    entry_id = fields.Many2one("punchclock.cto.entry", required=True, readonly=True, ondelete="restrict")
    employee_id = fields.Many2one("hr.employee", required=True, readonly=True, index=True, ondelete="restrict")
    department_id = fields.Many2one(related="employee_id.department_id")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    earned_on = fields.Date(required=True, readonly=True, index=True)
    work_class = fields.Selection(related="entry_id.work_class")
    expires_on = fields.Date("Last Usable Day", readonly=True, index=True)
    granted_seconds = fields.Integer(readonly=True)
    left_seconds = fields.Integer(readonly=True)
    granted_hours = fields.Float("Granted", compute="_compute_hours", store=True)
    left_hours = fields.Float("Left", compute="_compute_hours", store=True)
    move_ids = fields.One2many("punchclock.cto.move", "lot_id", "Movements", readonly=True)

    _entry_unique = models.UniqueIndex("(entry_id)")
    _never_below_zero = models.Constraint(
        "CHECK (left_seconds >= 0 AND left_seconds <= granted_seconds)", "A lot cannot hold less than nothing."
    )

    def init(self):
        done = super().init()
        guard.protect(self.env.cr, self._table, ("account_id", "entry_id", "employee_id", "company_id", "earned_on"))
        return done

    @api.depends("granted_seconds", "left_seconds")
    def _compute_hours(self):
        for lot in self:
            lot.granted_hours, lot.left_hours = lot.granted_seconds / 3600, lot.left_seconds / 3600

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A lot is never deleted: its movements are kept."))
