# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Shown and summed as hours too.
HOURS = ("scheduled", "worked", "overtime", "break", "late", "early", "night", "leave")


class PunchclockDay(models.Model):
    """What an employee's day was, as the rules engine computed it from all punches, and why."""

    _name = "punchclock.day"
    _description = "Worked Day"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, employee_id"
    _rec_name = "date"
    # Whoever may read a day may say something about it; its figures are the engine's alone.
    _mail_post_access = "read"

    employee_id = fields.Many2one("hr.employee", required=True, readonly=True, ondelete="cascade")
    date = fields.Date(required=True, readonly=True, index=True, help="A night shift counts for the date it starts on.")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    department_id = fields.Many2one("hr.department", readonly=True, ondelete="set null", help="On that date.")
    version_id = fields.Many2one("hr.version", string="Contract", readonly=True, ondelete="set null")
    policy_version_id = fields.Many2one("punchclock.policy.version", readonly=True, ondelete="restrict")
    status = fields.Selection(
        [
            ("present", "Present"),
            ("partial", "Partly Present"),
            ("absent", "Absent"),
            ("leave", "On Leave"),
            ("holiday", "Public Holiday"),
            ("rest", "Rest Day"),
            ("incomplete", "Incomplete"),
        ],
        required=True,
        readonly=True,
        default="rest",
    )
    state = fields.Selection(
        [
            ("computed", "Computed"),
            ("review", "To Review"),
            ("confirmed", "Confirmed"),
            ("approved", "Approved"),
            ("locked", "Locked"),
        ],
        required=True,
        readonly=True,
        default="computed",
        tracking=True,
    )
    state_before_lock = fields.Char(readonly=True, help="What a closed day is again when its period is reopened.")
    tz = fields.Char(string="Time Zone", readonly=True)
    planned_in = fields.Datetime(string="Planned In (instant)", readonly=True)
    planned_out = fields.Datetime(string="Planned Out (instant)", readonly=True)
    first_in = fields.Datetime(string="First In (instant)", readonly=True)
    last_out = fields.Datetime(string="Last Out (instant)", readonly=True)
    planned_in_local = fields.Char(string="Planned In", compute="_compute_local", help="By the clock on the wall.")
    planned_out_local = fields.Char(string="Planned Out", compute="_compute_local", help="By the clock on the wall.")
    first_in_local = fields.Char(string="First In", compute="_compute_local", help="By the clock on the wall.")
    last_out_local = fields.Char(string="Last Out", compute="_compute_local", help="By the clock on the wall.")
    # Whole seconds, as the engine counts them.
    scheduled_seconds = fields.Integer(readonly=True)
    worked_seconds = fields.Integer(readonly=True)
    regular_seconds = fields.Integer(readonly=True)
    overtime_seconds = fields.Integer(readonly=True)
    break_seconds = fields.Integer(readonly=True)
    late_seconds = fields.Integer(readonly=True)
    early_seconds = fields.Integer(readonly=True)
    night_seconds = fields.Integer(readonly=True)
    leave_seconds = fields.Integer(readonly=True, help="Planned time that a leave or a public holiday took away.")
    assumed_seconds = fields.Integer(readonly=True, help="Worked time that nobody punched: a rule assumed it.")
    scheduled_hours = fields.Float("Scheduled", compute="_compute_hours", store=True)
    worked_hours = fields.Float("Worked", compute="_compute_hours", store=True)
    overtime_hours = fields.Float("Overtime", compute="_compute_hours", store=True)
    break_hours = fields.Float("Unpaid Break", compute="_compute_hours", store=True)
    late_hours = fields.Float("Late", compute="_compute_hours", store=True)
    early_hours = fields.Float("Left Early", compute="_compute_hours", store=True)
    night_hours = fields.Float("Night", compute="_compute_hours", store=True)
    leave_hours = fields.Float("Leave", compute="_compute_hours", store=True)
    punch_count = fields.Integer(string="Punches", readonly=True)
    punches = fields.Json("Punch Ids", readonly=True, help="Ids of all punches that belong to the day, counted or not.")
    provisional = fields.Boolean(
        readonly=True, help="Something is unknown or was assumed; the figures may still change."
    )
    due_at = fields.Datetime(
        readonly=True, help="When a missing punch out is one: until then the person may still be at work."
    )
    anomaly_count = fields.Integer(string="To Look At", readonly=True)
    anomalies = fields.Text(string="What to Look At", compute="_compute_anomalies", compute_sudo=True)
    explanation = fields.Text(readonly=True)
    line_ids = fields.One2many("punchclock.day.line", "day_id", string="Minute by Minute", readonly=True)
    exception_ids = fields.One2many("punchclock.exception", "day_id", string="Exceptions", readonly=True)
    open_exception_count = fields.Integer(compute="_compute_open_exception_count")
    attendance_ids = fields.One2many("hr.attendance", "punchclock_day_id", string="Attendances", readonly=True)
    engine_version = fields.Char(readonly=True)
    tzdb_version = fields.Char(string="Zone Data", readonly=True)
    policy_version = fields.Char(string="Policy", readonly=True)
    input_digest = fields.Char(readonly=True, help="Digest of everything the day was computed from.")

    _employee_date_unique = models.UniqueIndex("(employee_id, date)")

    def init(self):
        # Days are written again and again: with room on its page, a new version of a row touches no index.
        self.env.cr.execute("ALTER TABLE punchclock_day SET (fillfactor = 70)")
        return super().init()

    @api.depends(*(f"{name}_seconds" for name in HOURS))
    def _compute_hours(self):
        for day in self:
            for name in HOURS:
                day[f"{name}_hours"] = day[f"{name}_seconds"] / 3600

    @api.depends("exception_ids.state")
    def _compute_open_exception_count(self):
        for day in self:
            day.open_exception_count = len(day.exception_ids.filtered(lambda found: found.state == "open"))

    @api.depends_context("lang")
    @api.depends("exception_ids.closed_by_rerun", "exception_ids.seconds", "exception_ids.note")
    def _compute_anomalies(self):
        labels = dict(self.env["punchclock.exception"]._fields["type"]._description_selection(self.env))
        for day in self:
            found = day.exception_ids.filtered(lambda one: not one.closed_by_rerun)
            lines = [(one.event_id.local_time or "", labels[one.type], one.seconds, one) for one in found]
            day.anomalies = "\n".join(one._in_a_line(label) for _time, label, _seconds, one in sorted(lines)) or False

    @api.depends("planned_in", "planned_out", "first_in", "last_out", "tz", "date")
    def _compute_local(self):
        for day in self:
            for name in ("planned_in", "planned_out", "first_in", "last_out"):
                day[f"{name}_local"] = day._wall_clock(day[name])

    def _wall_clock(self, moment):
        """A time as it was on the wall; "06:00:41 (+1)" is the morning after, where a night shift ends."""
        self.ensure_one()
        if not moment or not self.tz:
            return False
        local = pytz.utc.localize(moment).astimezone(pytz.timezone(self.tz))
        later = (local.date() - self.date).days
        return local.strftime("%H:%M:%S") + (f" ({later:+})" if later else "")

    @api.depends("employee_id", "date")
    def _compute_display_name(self):
        for day in self:
            day.display_name = f"{day.employee_id.name} {day.date}"

    def action_recompute(self):
        """Have these days computed again by the scheduled job."""
        dirty = self.env["punchclock.dirty.day"]
        for day in self:
            dirty.mark(day.employee_id.ids, day.date, day.date)

    def action_open_punches(self):
        """The punches that made this day."""
        self.ensure_one()
        return self._open_punches(self.punches)

    @api.model
    def _open_punches(self, ids):
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_event")
        return {**action, "domain": [("id", "in", ids or [])]}

    def action_open_exceptions(self):
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_exception")
        return {**action, "domain": [("day_id", "in", self.ids)], "context": {}}

    # -- the way of a day: computed → review → confirmed → approved → locked -----------------------------------------

    def action_confirm(self):
        """HR has looked at these days."""
        self._need_officer()
        self._need_not_own()
        days = self.filtered(lambda day: day.state in ("computed", "review"))
        days._need_decided()
        days.sudo().write({"state": "confirmed"})

    def action_approve(self):
        """These days may be paid."""
        self._need_officer()
        self._need_not_own()
        days = self.filtered(lambda day: day.state in ("computed", "review", "confirmed"))
        days._need_decided()
        days.sudo().write({"state": "approved"})

    def action_reset(self):
        """Take a confirmation or an approval back."""
        self._need_officer()
        days = self.filtered(lambda day: day.state in ("confirmed", "approved"))
        days.sudo().write({"state": "computed"})
        days._sync_review()

    def _lock(self):
        """From now on nothing changes these days; what would is told as an exception."""
        for state, days in self.sudo().filtered(lambda day: day.state != "locked").grouped("state").items():
            days.write({"state": "locked", "state_before_lock": state})

    def _unlock(self):
        """Let these days change again, and have them computed: what was held back while they were closed shows now."""
        locked = self.sudo().filtered(lambda day: day.state == "locked")
        for state, days in locked.grouped("state_before_lock").items():
            days.write({"state": state or "approved", "state_before_lock": False})
        self.env["punchclock.dirty.day"].sudo()._mark({(day.employee_id.id, day.date) for day in locked})

    def _sync_review(self):
        """A computed day with something open to decide is to be reviewed; one without is not."""
        for day in self.sudo():
            open_ones = day.exception_ids.filtered(lambda found: found.state == "open" and found.severity != "info")
            wanted = "review" if open_ones else "computed"
            if day.state in ("computed", "review") and day.state != wanted:
                day.state = wanted

    def _need_decided(self):
        """Nothing on these days may still need a decision."""
        undecided = self.exception_ids.filtered(lambda found: found.state == "open" and found.severity == "error")
        if undecided:
            raise UserError(
                self.env._(
                    "Something still needs a decision on: %s", ", ".join(undecided.day_id.mapped("display_name"))
                )
            )

    def _need_not_own(self):
        if not self.env.su and self.env.user in self.sudo().employee_id.user_id:
            raise UserError(self.env._("Nobody decides about their own days."))

    @api.model
    def _need_officer(self):
        if not self.env.su and not self.env.user.has_group("punchclock.group_punchclock_officer"):
            raise AccessError(self.env._("Only a Punchclock officer may do this."))
