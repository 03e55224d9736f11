# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class PunchclockDayLine(models.Model):
    """A run of seconds of a day with one meaning and the reason for it."""

    _name = "punchclock.day.line"
    _description = "Stretch of a Worked Day"
    _order = "day_id, start, id"
    _rec_name = "kind"

    day_id = fields.Many2one("punchclock.day", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    # Text, because the engine decides which kinds, tiers and rules there are; what is new to Odoo is shown as it is.
    kind = fields.Char(required=True, readonly=True)
    start = fields.Datetime(required=True, readonly=True)
    stop = fields.Datetime(required=True, readonly=True)
    start_local = fields.Char(string="From", compute="_compute_local")
    stop_local = fields.Char(string="To", compute="_compute_local")
    seconds = fields.Integer(required=True, readonly=True)
    hours = fields.Float(string="Duration", compute="_compute_hours")
    tier = fields.Char(readonly=True)
    rule = fields.Char(readonly=True)
    what = fields.Char(compute="_compute_words")
    paid_as = fields.Char(compute="_compute_words")
    why = fields.Char(compute="_compute_words")

    @api.depends("seconds")
    def _compute_hours(self):
        for line in self:
            line.hours = line.seconds / 3600

    @api.depends("start", "stop", "day_id.tz", "day_id.date")
    def _compute_local(self):
        for line in self:
            line.start_local = line.day_id._wall_clock(line.start)
            line.stop_local = line.day_id._wall_clock(line.stop)

    @api.depends("kind", "tier", "rule")
    @api.depends_context("lang")
    def _compute_words(self):
        kinds, tiers, reasons = self._kinds(), self._tiers(), self._reasons()
        for line in self:
            line.what = kinds.get(line.kind, line.kind)
            line.paid_as = tiers.get(line.tier, line.tier)
            line.why = reasons.get(line.rule, line.rule)

    @api.model
    def _kinds(self):
        return {
            "work": self.env._("Work"),
            "break:paid": self.env._("Paid break"),
            "break:unpaid_window": self.env._("Unpaid break"),
            "break:punched": self.env._("Break, punched"),
            "ignored:before_shift": self.env._("Before the shift, not counted"),
            "ignored:after_shift": self.env._("After the shift, not counted"),
            "ignored:over_max_shift": self.env._("Too long, not counted"),
            "off_clock": self.env._("Off the clock"),
        }

    @api.model
    def _tiers(self):
        return {"regular": self.env._("Regular"), "overtime_daily": self.env._("Overtime")}

    @api.model
    def _reasons(self):
        """The engine's rules, in words."""
        return {
            "pair.alternate": self.env._("Between a punch in and the next punch out, within the shift"),
            "pair.unscheduled": self.env._("Between a punch in and the next punch out; no shift was planned"),
            "count_before.always": self.env._("On the clock before the shift; the policy counts it"),
            "count_before.never": self.env._("On the clock before the shift; the policy does not count it"),
            "count_after.always": self.env._("On the clock after the shift; the policy counts it"),
            "count_after.never": self.env._("On the clock after the shift; the policy does not count it"),
            "break.unpaid_window": self.env._("On the clock during an unpaid break of the working hours"),
            "break.paid_window": self.env._("In a paid break of the working hours"),
            "break.punched": self.env._("Punched out, and in again later"),
            "pair.between_sessions": self.env._("Off the clock, outside the shift"),
            "pair.max_shift": self.env._("The two punches are too far apart to be one session"),
        }
