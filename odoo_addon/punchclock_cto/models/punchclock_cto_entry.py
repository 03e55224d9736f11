# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.punchclock import guard

FACTS = (
    "account_id",
    "employee_id",
    "company_id",
    "date",
    "kind",
    "work_class",
    "work_seconds",
    "seconds",
    "days",
    "valid_to",
    "requested_on",
    "target_id",
    "leave_id",
    "adjustment_id",
    "user_id",
)


class PunchclockCtoEntry(models.Model):
    """What happened to an account: a fact that the engine plays. Never changed; a mistake is voided by another."""

    _name = "punchclock.cto.entry"
    _description = "Entry of Compensatory Time"
    _order = "date desc, id desc"

    account_id = fields.Many2one(
        "punchclock.cto.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    employee_id = fields.Many2one("hr.employee", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    date = fields.Date(required=True, readonly=True, index=True, help="The day worked, the day off, the day decided.")
    kind = fields.Selection(
        [
            ("opening", "Opening balance"),
            ("earn", "Overtime credited"),
            ("use", "Time off"),
            ("payout", "Paid out"),
            ("cancel", "Taken back"),
            ("void", "Voided"),
            ("adjust", "Adjustment"),
            ("separate", "Left the company"),
        ],
        required=True,
        readonly=True,
    )
    work_class = fields.Selection(
        [("weekday", "Work day"), ("rest_day", "Rest day"), ("holiday", "Public holiday")], readonly=True
    )
    work_seconds = fields.Integer(readonly=True, help="Overtime worked, before its rate.")
    seconds = fields.Integer(readonly=True, help="Credit; signed for an adjustment.")
    days = fields.Json(readonly=True, help="Seconds of each day, for time off on several.")
    work_hours = fields.Float("Worked", compute="_compute_hours")
    hours = fields.Float("Credit", compute="_compute_hours")
    valid_to = fields.Date("Last Usable Day", readonly=True, help="Instead of the plan's.")
    requested_on = fields.Date(readonly=True)
    target_id = fields.Many2one(
        "punchclock.cto.entry", "Of", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    leave_id = fields.Many2one("hr.leave", "Time Off", readonly=True, index="btree_not_null", ondelete="restrict")
    adjustment_id = fields.Many2one(
        "punchclock.adjustment", "Correction", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    user_id = fields.Many2one("res.users", "By", required=True, readonly=True, ondelete="restrict")
    note = fields.Text("Reason", related="adjustment_id.note")
    move_ids = fields.One2many("punchclock.cto.move", "entry_id", "Movements", readonly=True)

    _undone_once = models.UniqueIndex("(target_id) WHERE target_id IS NOT NULL", "That has been taken back already.")

    # The correction's own constraints say that it was approved, and that it were two people.
    _approved_by_somebody = models.Constraint(
        "CHECK (kind NOT IN ('opening', 'adjust', 'payout', 'separate') OR adjustment_id IS NOT NULL)",
        "What is entered by hand is asked for and approved as a correction.",
    )

    def init(self):
        done = super().init()
        guard.protect(self.env.cr, self._table, FACTS)
        return done

    @api.depends("work_seconds", "seconds")
    def _compute_hours(self):
        for entry in self:
            entry.work_hours, entry.hours = entry.work_seconds / 3600, entry.seconds / 3600

    @api.depends("kind", "date")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for entry in self:
            entry.display_name = f"{kinds.get(entry.kind)} {entry.date}"

    def write(self, vals):
        if vals.keys() & set(FACTS):
            raise UserError(self.env._("An entry of the bank is never changed: it is taken back by another one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An entry of the bank is never deleted."))

    def copy_data(self, default=None):
        raise UserError(self.env._("An entry of the bank cannot be copied."))

    # -- for the engine --------------------------------------------------------------------------------------

    def _engine_id(self):
        """Ordered by its bytes as entries are by their number."""
        return f"{self.id:012d}"

    def _engine_event(self):
        """The entry as an event of the engine's bank; none for what only voids another."""
        self.ensure_one()
        event = {"id": self._engine_id(), "date": self.date.isoformat()}
        if self.kind == "earn":
            event |= {"type": "earn", "class": self.work_class, "work_s": self.work_seconds}
        elif self.kind in ("use", "payout"):
            # It was granted when it was entered; from then on nothing refuses it any more.
            event |= {"type": "use", "s": self.seconds, "settled": True}
            if self.days:
                event["days"] = self.days
        elif self.kind == "cancel":
            event |= {"type": "cancel", "use": self.target_id._engine_id()}
        elif self.kind in ("adjust", "opening"):
            event |= {"type": "adjust", "s": self.seconds}
            if self.kind == "opening":
                # It was there when the day began, and can be used on that day: the engine adjusts at the end of one.
                event["date"] = (self.date - timedelta(days=1)).isoformat()
        elif self.kind == "separate":
            event |= {"type": "separate"}
        if self.valid_to:
            event["valid_to"] = self.valid_to.isoformat()
        return event

    @api.model
    def _engine_request(self, vals):
        """A use that is only asked for: the engine judges it by all rules."""
        event = {"id": "~new", "date": vals["date"].isoformat(), "type": "use", "s": vals["seconds"]}
        if vals["kind"] == "payout":
            event["purpose"] = "cash"
        if vals.get("days"):
            event["days"] = vals["days"]
        if vals.get("requested_on"):
            event["requested_on"] = vals["requested_on"].isoformat()
        return event

    @api.model
    def _audit_digests(self, ids):
        return guard.digests(self.env.cr, self._table, FACTS, ids)
