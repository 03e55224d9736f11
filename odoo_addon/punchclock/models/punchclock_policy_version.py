# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .. import engine

# What may change on a version that days were computed with.
ALWAYS = frozenset({"state", "notes"})
# These have the engine's names and, as defaults, its defaults; what is at its default is not sent.
DEFAULTS = {
    "open_before_s": 14400,
    "close_after_s": 14400,
    "dedup_window_s": 60,
    "dedup_scope": "all",
    "max_shift_s": 57600,
    "new_shift_after_s": 14400,
    "day_mode": "shift_start",
    "overlap_rule": "open_session",
    "pairing": "alternate",
    "trust": False,
    "grace_in_s": 0,
    "grace_out_s": 0,
    "forgive_in_s": 0,
    "forgive_out_s": 0,
    "measure_from": "rounded",
    "absent_below_s": 0,
    "half_day_below_s": 0,
    "clock_skew_s": 300,
    "count_before": "always",
    "count_after": "always",
}
OVERTIME_DEFAULTS = {
    "counts": "straight_only",
    "conflict": "highest",
    "threshold": "excess",
    "tolerance_s": 0,
    "min_s": 0,
    "quantum_s": 0,
    "approval": "none",
    "norm": "civil",
    "week_starts": "monday",
}
COUNT_OUTSIDE = [("never", "Never"), ("approved", "Only when approved"), ("always", "Always")]
ROUND_MODES = [
    ("down", "Down"),
    ("up", "Up"),
    ("nearest_half_up", "To the nearest, half up"),
    ("nearest_half_down", "To the nearest, half down"),
    ("nearest_partial_min_down", "To the nearest, begun minutes down"),
]
COMPLIANCE = {
    "daily_rest_s": ("daily_rest", "min_s"),
    "weekly_rest_s": ("weekly_rest", "min_s"),
    "spread_over_s": ("spread_over", "max_s"),
    "day_limit_s": ("day_limit", "max_s"),
}


def _default(name):
    return DEFAULTS.get(name, OVERTIME_DEFAULTS.get(name))


class PunchclockPolicyVersion(models.Model):
    """What a policy says from a date on. Once published it is never edited: a change is a new version."""

    _name = "punchclock.policy.version"
    _description = "Version of an Attendance Policy"
    _order = "policy_id, date_from desc, id desc"

    policy_id = fields.Many2one("punchclock.policy", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    date_from = fields.Date("From", required=True, default=fields.Date.today, help="First date it holds for.")
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published")], required=True, default="draft", readonly=True, copy=False
    )
    notes = fields.Text()
    shift_source = fields.Selection(
        [
            ("assigned", "Assigned shifts, else working hours"),
            ("calendar", "Working hours only"),
            ("template", "Assigned shifts only"),
        ],
        required=True,
        default="assigned",
    )

    # All durations are whole seconds.
    open_before_s = fields.Integer(
        "Takes Punches Before", default=_default("open_before_s"), help="How long before its start a shift does."
    )
    close_after_s = fields.Integer(
        "Takes Punches After", default=_default("close_after_s"), help="How long after its end a shift does."
    )
    dedup_window_s = fields.Integer(
        "Repeated Tap", default=_default("dedup_window_s"), help="A tap this soon after another is left out."
    )
    dedup_scope = fields.Selection(
        [("all", "On any terminal"), ("site", "In the same place"), ("device", "On the same terminal")],
        "Repeated Tap Counts",
        required=True,
        default=_default("dedup_scope"),
    )
    max_shift_s = fields.Integer("Longest Session", default=_default("max_shift_s"))
    new_shift_after_s = fields.Integer(
        "New Group After", default=_default("new_shift_after_s"), help="A pause that splits work without a shift."
    )
    day_mode = fields.Selection(
        [
            ("shift_start", "The date the shift starts on"),
            ("shift_end", "The date the shift ends on"),
            ("most_worked", "The date most of it lies on"),
            ("split_midnight", "Split at midnight"),
        ],
        "Counts For",
        required=True,
        default=_default("day_mode"),
    )
    overlap_rule = fields.Selection(
        [
            ("open_session", "The shift somebody is in"),
            ("nearest_start", "The shift with the nearest start"),
            ("earlier_start", "The earlier shift"),
        ],
        "Where Shifts Overlap",
        required=True,
        default=_default("overlap_rule"),
    )
    pairing = fields.Selection(
        [
            ("alternate", "In and out in turn"),
            ("typed", "As the terminal calls them"),
            ("first_last", "First and last only"),
            ("typed_first_last", "First in and last out only"),
        ],
        required=True,
        default=_default("pairing"),
    )
    trust = fields.Selection(
        [("ignore", "Ignored"), ("hint", "A hint"), ("strict", "Believed")],
        "What the Terminal Calls a Punch",
        help="Empty: what suits the pairing.",
    )
    odd_end = fields.Selection(
        [
            ("unknown", "Unknown: earns nothing until somebody looks"),
            ("shift_end", "Assumed at the end of the shift"),
            ("by_norm", "Assumed when the norm is reached"),
            ("fixed", "Assumed after a fixed time"),
        ],
        "Missing Punch Out",
        required=True,
        default="unknown",
    )
    odd_end_s = fields.Integer("After", help="The fixed time, or the tolerance over the norm.")
    grace_in_s = fields.Integer("Grace In", help="Late by up to this is not told.")
    grace_out_s = fields.Integer("Grace Out", help="Leaving early by up to this is not told.")
    forgive_in_s = fields.Integer("Forgiven In", help="Late by up to this is paid as if on time.")
    forgive_out_s = fields.Integer("Forgiven Out", help="Leaving early by up to this is paid as if on time.")
    measure_from = fields.Selection(
        [("rounded", "The rounded punch"), ("raw", "The punch as it was")],
        "Lateness Is Measured From",
        required=True,
        default=_default("measure_from"),
    )
    absent_below_s = fields.Integer("Absent Below")
    half_day_below_s = fields.Integer("Half a Day Below")
    clock_skew_s = fields.Integer(
        "Wrong Clock From", default=_default("clock_skew_s"), help="A terminal this far from the server is told."
    )
    count_before = fields.Selection(
        COUNT_OUTSIDE, "Work Before the Shift", required=True, default=_default("count_before")
    )
    count_after = fields.Selection(
        COUNT_OUTSIDE, "Work After the Shift", required=True, default=_default("count_after")
    )

    round_in_s = fields.Integer("Round In To", help="0: not rounded. Not together with rounding of totals.")
    round_in_mode = fields.Selection(ROUND_MODES, default="up")
    round_out_s = fields.Integer("Round Out To", help="0: not rounded. Not together with rounding of totals.")
    round_out_mode = fields.Selection(ROUND_MODES, default="down")
    round_totals_s = fields.Integer("Round Totals To", help="0: not rounded.")
    round_totals_mode = fields.Selection(ROUND_MODES, default="nearest_half_up")
    deduct_after_s = fields.Integer("Deduct a Break After", help="0: no break is deducted by itself.")
    deduct_s = fields.Integer("Break to Deduct")
    deduct_count_punched = fields.Boolean("Less Breaks Already Punched", default=True)

    tier_ids = fields.One2many("punchclock.policy.tier", "version_id", "Overtime", copy=True)
    no_overtime = fields.Boolean(
        help="Everything is paid as regular work. Without tiers, work over the norm is overtime."
    )
    counts = fields.Selection(
        [("straight_only", "Straight time only"), ("all", "All worked time")],
        "Towards the Week Counts",
        required=True,
        default=_default("counts"),
    )
    conflict = fields.Selection(
        [("highest", "The highest rate wins"), ("stack", "Extras are added up"), ("union", "Each kind counts alone")],
        "Two Kinds at Once",
        required=True,
        default=_default("conflict"),
    )
    threshold = fields.Selection(
        [("excess", "Only what is over"), ("strict", "All of it, once over"), ("at_least", "All of it, once reached")],
        required=True,
        default=_default("threshold"),
    )
    week_starts = fields.Selection(
        [
            ("monday", "Monday"),
            ("tuesday", "Tuesday"),
            ("wednesday", "Wednesday"),
            ("thursday", "Thursday"),
            ("friday", "Friday"),
            ("saturday", "Saturday"),
            ("sunday", "Sunday"),
        ],
        required=True,
        default=_default("week_starts"),
    )
    approval = fields.Selection(
        [("none", "Not needed"), ("day", "By the day"), ("interval", "By the interval")],
        "Approval of Overtime",
        required=True,
        default=_default("approval"),
    )
    norm = fields.Selection(
        [("civil", "As on the wall clock"), ("absolute", "In elapsed hours")],
        "Norm on Days of a Clock Change",
        required=True,
        default=_default("norm"),
    )
    tolerance_s = fields.Integer("Tolerance")
    min_s = fields.Integer("Smallest Overtime")
    quantum_s = fields.Integer("Overtime in Blocks Of")
    max_day_s = fields.Integer("Most Overtime a Day", help="0: no limit.")
    max_week_s = fields.Integer("Most Overtime a Week", help="0: no limit.")
    overlay_ids = fields.One2many("punchclock.policy.overlay", "version_id", "Night and Premium Hours", copy=True)

    daily_rest_s = fields.Integer("Rest Between Days", help="0: not checked.")
    weekly_rest_s = fields.Integer("Rest in a Week", help="0: not checked.")
    spread_over_s = fields.Integer("Longest From In to Out", help="0: not checked.")
    day_limit_s = fields.Integer("Longest Day", help="0: not checked.")

    advanced = fields.Text(
        "Further Fields",
        help="Further fields of the engine's policy, as a JSON object; they win over the fields above.",
    )
    engine_policy = fields.Text(compute="_compute_engine_policy", help="What the engine is told.")

    _date_unique = models.UniqueIndex("(policy_id, date_from)", "The policy has a version from that date already.")

    @api.depends("policy_id", "date_from")
    def _compute_display_name(self):
        for version in self:
            version.display_name = f"{version.policy_id.name} {version.date_from}"

    @api.constrains("advanced")
    def _check_advanced(self):
        for version in self:
            try:
                further = json.loads(version.advanced or "{}")
            except ValueError as error:
                raise ValidationError(self.env._("The further fields are no JSON: %s", error)) from error
            if not isinstance(further, dict):
                raise ValidationError(self.env._("The further fields must be a JSON object."))

    def write(self, vals):
        if vals.keys() - ALWAYS and "published" in self.mapped("state"):
            raise UserError(
                self.env._("A published version is not edited: days were computed with it. Make a new version.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if "published" in self.mapped("state"):
            raise UserError(self.env._("A published version is not deleted: days were computed with it."))

    def action_publish(self):
        """From now on it holds, and the days since its first date are computed again with it."""
        for version in self.filtered(lambda version: version.state == "draft"):
            version._check_with_engine()
            version.state = "published"
            version.policy_id._mark_since(version.date_from)

    def action_new_version(self):
        self.ensure_one()
        version = self.copy({"date_from": fields.Date.today()})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": version.id,
            "view_mode": "form",
        }

    def _check_with_engine(self):
        """Have the engine itself say what is wrong with it, all of it at once."""
        self.ensure_one()
        try:
            engine.compute_days([], self._engine_policy())
        except ValueError as error:
            if not engine.is_refusal(error):
                raise
            raise ValidationError(self.env._("The rules engine refuses this policy: %s", error)) from error

    @api.depends_context("lang")
    def _compute_engine_policy(self):
        for version in self:
            try:
                version.engine_policy = json.dumps(version._engine_policy(), indent=2)
            except ValueError:
                version.engine_policy = False

    def _engine_policy(self):
        """The policy as the engine wants it."""
        self.ensure_one()
        policy = {"version": f"{self.policy_id.name} {self.date_from} #{self.id}"[:200], **engine.BASE}
        policy.update({name: self[name] for name, default in DEFAULTS.items() if self[name] != default})
        if self.odd_end in ("by_norm", "fixed"):
            policy["odd_end"] = {
                self.odd_end: {"tolerance_s" if self.odd_end == "by_norm" else "after_s": self.odd_end_s}
            }
        elif self.odd_end != "unknown":
            policy["odd_end"] = self.odd_end
        parts = {
            "rounding": self._engine_rounding(),
            "breaks": self._engine_breaks(),
            "overtime": self._engine_overtime(),
            "overlays": [overlay._engine_overlay() for overlay in self.overlay_ids],
            "compliance": [
                {"check": {check: {limit: self[name]}}} for name, (check, limit) in COMPLIANCE.items() if self[name]
            ],
        }
        policy.update({name: part for name, part in parts.items() if part})
        policy.update(json.loads(self.advanced or "{}"))
        return policy

    @api.model
    def _longest_period(self):
        """The longest stretch of days that an overtime counter of any policy covers."""
        published = self.search([("state", "=", "published")])
        return timedelta(days=max((engine.period_of(version._engine_policy())[0] for version in published), default=0))

    def _engine_rounding(self):
        return {
            name: {"unit_s": self[f"round_{field}_s"], "mode": self[f"round_{field}_mode"] or "down"}
            for name, field in (("in", "in"), ("out", "out"), ("totals", "totals"))
            if self[f"round_{field}_s"]
        }

    def _engine_breaks(self):
        if not self.deduct_after_s or not self.deduct_s:
            return {}
        rule = {"after_s": self.deduct_after_s, "amount_s": self.deduct_s, "count_punched": self.deduct_count_punched}
        return {"auto_deduct": [rule]}

    def _engine_overtime(self):
        if self.no_overtime:
            return {"daily": None}
        rules = {name: self[name] for name, default in OVERTIME_DEFAULTS.items() if self[name] != default}
        rules.update({name: self[name] for name in ("max_day_s", "max_week_s") if self[name]})
        if self.tier_ids:
            # Named ones take the place of "over the norm", which holds where nothing is said.
            rules["daily"] = None
            rules["tiers"] = [tier._engine_tier() for tier in self.tier_ids]
        return rules

    def _pay_codes(self):
        """Name of a tier or of premium hours → what payroll calls it."""
        return {part.name: part.pay_code for part in [*self.tier_ids, *self.overlay_ids]}
