# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .. import engine

# What may change on a version that days were computed with.
ALWAYS = frozenset({"state", "notes", "active"})
# These have the engine's names.
COPIED = (
    "open_before_s",
    "close_after_s",
    "dedup_window_s",
    "max_shift_s",
    "new_shift_after_s",
    "grace_in_s",
    "grace_out_s",
    "count_before",
    "count_after",
)
COUNT_OUTSIDE = [("never", "Never"), ("approved", "Only when approved"), ("always", "Always")]


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

    # All durations are whole seconds, and all defaults are the engine's.
    open_before_s = fields.Integer("Takes Punches Before", default=14400, help="How long before its start a shift does.")
    close_after_s = fields.Integer("Takes Punches After", default=14400, help="How long after its end a shift does.")
    dedup_window_s = fields.Integer("Repeated Tap", default=60, help="A tap this soon after another is left out.")
    max_shift_s = fields.Integer("Longest Session", default=57600)
    new_shift_after_s = fields.Integer(
        "New Group After", default=14400, help="A pause that splits work without a shift."
    )
    grace_in_s = fields.Integer("Grace In", help="Late by up to this is not told.")
    grace_out_s = fields.Integer("Grace Out", help="Leaving early by up to this is not told.")
    count_before = fields.Selection(COUNT_OUTSIDE, "Work Before the Shift", required=True, default="always")
    count_after = fields.Selection(COUNT_OUTSIDE, "Work After the Shift", required=True, default="always")
    tier_ids = fields.One2many("punchclock.policy.tier", "version_id", "Overtime", copy=True)
    overlay_ids = fields.One2many("punchclock.policy.overlay", "version_id", "Night and Premium Hours", copy=True)
    advanced = fields.Text(
        help="Further fields of the engine's policy, as a JSON object; they win over the fields above."
    )

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

    def _engine_policy(self):
        """The policy as the engine wants it."""
        self.ensure_one()
        policy = {
            "version": f"{self.policy_id.name} {self.date_from} #{self.id}",
            **{name: self[name] for name in COPIED},
        }
        policy.update(json.loads(self.advanced or "{}"))
        return policy


class PunchclockPolicyTier(models.Model):
    """From how much work on time is overtime of a kind, and what it is worth."""

    _name = "punchclock.policy.tier"
    _description = "Overtime Tier of a Policy"
    _order = "version_id, sequence, id"

    version_id = fields.Many2one("punchclock.policy.version", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="version_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, help="Stands on every line that is paid so, for instance overtime_50.")
    pay_code = fields.Char(required=True, default="OT1", help="What payroll calls it.")
    counter = fields.Selection(
        [("day", "Of the day"), ("week", "Of the week"), ("rest_day", "On a rest day"), ("holiday", "On a holiday")],
        required=True,
        default="day",
    )
    over = fields.Selection([("norm", "The scheduled time"), ("seconds", "A fixed time")], required=True, default="norm")
    over_s = fields.Integer("Fixed Time")
    rate_bp = fields.Integer(
        "Rate (0.01 %)", required=True, default=15000, help="Basis points of the plain rate: 15000 is time and a half."
    )


class PunchclockPolicyOverlay(models.Model):
    """Hours of the clock that carry a premium whatever tier they are in: the night."""

    _name = "punchclock.policy.overlay"
    _description = "Premium Hours of a Policy"
    _order = "version_id, id"

    version_id = fields.Many2one("punchclock.policy.version", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="version_id.company_id", store=True, index=True)
    name = fields.Char(required=True, default="night")
    pay_code = fields.Char(required=True, default="NIGHT")
    hour_from = fields.Float("From", required=True, default=22)
    hour_to = fields.Float("To", required=True, default=6)
    rate_bp = fields.Integer("Rate (0.01 %)", required=True, default=1000)
