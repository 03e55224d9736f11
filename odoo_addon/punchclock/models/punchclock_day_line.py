# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class PunchclockDayLine(models.Model):
    """A run of seconds of a day with one meaning and the reason for it."""

    _name = "punchclock.day.line"
    _description = "Stretch of a Worked Day"
    _order = "day_id, start, id"
    _rec_name = "label"
    # Nobody but the engine writes them, and their day says when.
    _log_access = False

    day_id = fields.Many2one("punchclock.day", required=True, readonly=True, index=True, ondelete="cascade")
    # Not stored: a day has some five of these rows, and each foreign key is checked for each of them.
    company_id = fields.Many2one(related="day_id.company_id")
    employee_id = fields.Many2one(related="day_id.employee_id")
    date = fields.Date(related="day_id.date")
    # What it is for payroll. Work is split into regular and overtime; night stretches lie over those and count apart.
    kind = fields.Selection(
        [
            ("work", "Regular Work"),
            ("ot", "Overtime"),
            ("night", "Night"),
            ("break", "Unpaid Break"),
            ("leave", "Leave"),
            ("holiday", "Public Holiday"),
            ("ignored", "Not Counted"),
        ],
        required=True,
        readonly=True,
    )
    # Text, because the engine decides which labels, tiers and rules there are; what is new to Odoo is shown as it is.
    label = fields.Char(required=True, readonly=True, help="What the engine calls it.")
    start = fields.Datetime(required=True, readonly=True)
    stop = fields.Datetime(required=True, readonly=True)
    start_local = fields.Char(string="From", compute="_compute_local")
    stop_local = fields.Char(string="To", compute="_compute_local")
    seconds = fields.Integer(required=True, readonly=True)
    hours = fields.Float(string="Duration", compute="_compute_hours")
    tier = fields.Char(readonly=True)
    rate_bp = fields.Integer("Rate (0.01 %)", readonly=True, help="Basis points of the plain rate: 15000 is 150 %.")
    pay_code = fields.Char(readonly=True, help="What payroll calls it; empty for what is not paid.")
    rule = fields.Char(readonly=True)
    leave_id = fields.Many2one("resource.calendar.leaves", readonly=True, ondelete="set null")
    # Ids, because a foreign key would be checked for each of them.
    punches = fields.Json("Punch Ids", readonly=True, help="Ids of the punches that it lies between.")
    event_ids = fields.Many2many("punchclock.event", string="Punches", compute="_compute_event_ids")
    what = fields.Char(compute="_compute_words")
    paid_as = fields.Char(compute="_compute_words")
    why = fields.Char(compute="_compute_words")

    @api.depends("seconds")
    def _compute_hours(self):
        for line in self:
            line.hours = line.seconds / 3600

    @api.depends("punches")
    @api.depends_context("uid")
    def _compute_event_ids(self):
        named = {punch for line in self for punch in line.punches or ()}
        # One may have become somebody else's since; the day is about to follow.
        readable = set(self.env["punchclock.event"].browse(named).exists()._filtered_access("read").ids)
        for line in self:
            line.event_ids = [punch for punch in line.punches or () if punch in readable]

    @api.depends("start", "stop", "day_id.tz", "day_id.date")
    def _compute_local(self):
        for line in self:
            line.start_local = line.day_id._wall_clock(line.start)
            line.stop_local = line.day_id._wall_clock(line.stop)

    @api.depends("label", "tier", "rule")
    @api.depends_context("lang")
    def _compute_words(self):
        kinds, tiers, reasons = self._kinds(), self._tiers(), self._reasons()
        for line in self:
            line.what = kinds.get(line.label, line.label)
            line.paid_as = tiers.get(line.tier, line.tier)
            line.why = reasons.get(line.rule, line.rule)

    @api.model
    def _kinds(self):
        return {
            "work": self.env._("Work"),
            "break:paid": self.env._("Paid break"),
            "break:unpaid_window": self.env._("Unpaid break"),
            "break:punched": self.env._("Break, punched"),
            "break:auto_deduct": self.env._("Break, deducted"),
            "ignored:before_shift": self.env._("Before the shift, not counted"),
            "ignored:after_shift": self.env._("After the shift, not counted"),
            "ignored:over_max_shift": self.env._("Too long, not counted"),
            "off_clock": self.env._("Off the clock"),
            "leave": self.env._("Leave"),
            "holiday": self.env._("Public holiday"),
            "premium:night": self.env._("Night hours"),
        }

    @api.model
    def _tiers(self):
        return {"regular": self.env._("Regular"), "overtime_daily": self.env._("Overtime")}

    @api.model
    def _reasons(self):
        """The engine's rules, in words."""
        return {
            "pair.alternate": self.env._("Between a punch in and the next punch out, within the shift"),
            "pair.typed": self.env._("Between what the terminal called in and what it called out"),
            "pair.first_last": self.env._("Between the first and the last punch"),
            "pair.inner": self.env._("Between two punches that do not count"),
            "pair.unscheduled": self.env._("Between a punch in and the next punch out; no shift was planned"),
            "pair.between_sessions": self.env._("Off the clock, outside the shift"),
            "pair.max_shift": self.env._("The two punches are too far apart to be one session"),
            "odd_end.shift_end": self.env._("Nobody punched out; the end of the shift was assumed"),
            "odd_end.by_norm": self.env._("Nobody punched out; the norm was assumed"),
            "odd_end.fixed": self.env._("Nobody punched out; a fixed time was assumed"),
            "count_before.always": self.env._("On the clock before the shift; the policy counts it"),
            "count_before.approved": self.env._("On the clock before the shift; it was approved"),
            "count_before.never": self.env._("On the clock before the shift; the policy does not count it"),
            "count_after.always": self.env._("On the clock after the shift; the policy counts it"),
            "count_after.approved": self.env._("On the clock after the shift; it was approved"),
            "count_after.never": self.env._("On the clock after the shift; the policy does not count it"),
            "break.unpaid_window": self.env._("On the clock during an unpaid break of the working hours"),
            "break.paid_window": self.env._("In a paid break of the working hours"),
            "break.punched": self.env._("Punched out, and in again later"),
            "break.auto_deduct": self.env._("The policy deducts a break after so much work"),
            "break.auto_add": self.env._("The policy pays this break"),
            "break.over_cap": self.env._("More paid break than the policy pays"),
            "forgive.in": self.env._("Late by so little that the policy forgives it"),
            "forgive.out": self.env._("Early by so little that the policy forgives it"),
            "overlay.window": self.env._("Work within the premium hours of the policy"),
            "plan.leave": self.env._("Planned time that a leave took away"),
            "plan.holiday": self.env._("Planned time on a public holiday"),
        }


def kind_of(label, tier):
    """What a stretch is for payroll."""
    if tier:
        return "work" if tier == "regular" else "ot"
    if label.startswith("break:"):
        return "break"
    return "work" if label == "work" else "ignored"
