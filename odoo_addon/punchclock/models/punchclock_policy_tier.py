# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError


class PunchclockPolicyPart(models.AbstractModel):
    """A line of a version of a policy: as fixed as the version."""

    _name = "punchclock.policy.part"
    _description = "Part of a Version of a Policy"

    version_id = fields.Many2one("punchclock.policy.version", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="version_id.company_id", store=True, index=True)

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._check_draft()
        return parts

    def write(self, vals):
        self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_of_drafts_only(self):
        self._check_draft()

    def _check_draft(self):
        if "published" in self.version_id.mapped("state"):
            raise UserError(
                self.env._("A published version is not edited: days were computed with it. Make a new version.")
            )


class PunchclockPolicyTier(models.Model):
    """From how much work on time is overtime of a kind, and what it is worth."""

    _name = "punchclock.policy.tier"
    _description = "Overtime Tier of a Policy"
    _inherit = "punchclock.policy.part"
    _order = "version_id, sequence, id"

    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, help="Stands on every line that is paid so, for instance overtime_50.")
    pay_code = fields.Char(required=True, default="OT1", help="What payroll calls it.")
    counter = fields.Selection(
        [
            ("day", "Of the day"),
            ("week", "Of the week"),
            ("consecutive", "From the nth day in a row on"),
            ("rest_day", "On a rest day"),
            ("holiday", "On a holiday"),
        ],
        required=True,
        default="day",
    )
    consecutive_day = fields.Integer("Day in a Row", default=7)
    over = fields.Selection(
        [("norm", "The scheduled time"), ("seconds", "A fixed time")], required=True, default="norm"
    )
    over_s = fields.Integer("Fixed Time")
    rate_bp = fields.Integer(
        "Rate (0.01 %)", required=True, default=15000, help="Basis points of the plain rate: 15000 is time and a half."
    )

    _name_unique = models.UniqueIndex("(version_id, name)", "Two tiers of a version cannot have one name.")

    def _engine_tier(self):
        self.ensure_one()
        scope = self.counter
        if scope == "consecutive":
            scope = {"consecutive_day": {"day": self.consecutive_day}}
        elif scope in ("rest_day", "holiday"):
            scope = {"day_kind": {"kind": scope}}
        over = "norm" if self.over == "norm" else self.over_s
        return {"name": self.name, "scope": scope, "over": over, "rate_bp": self.rate_bp, "rank": self.sequence}


class PunchclockPolicyOverlay(models.Model):
    """Hours of the clock that carry a premium whatever tier they are in: the night."""

    _name = "punchclock.policy.overlay"
    _description = "Premium Hours of a Policy"
    _inherit = "punchclock.policy.part"
    _order = "version_id, id"

    name = fields.Char(required=True, default="night", help="An overlay called night fills the night column of days.")
    pay_code = fields.Char(required=True, default="NIGHT", help="What payroll calls it.")
    hour_from = fields.Float("From", required=True, default=22)
    hour_to = fields.Float("To", required=True, default=6)
    min_s = fields.Integer("Only From", help="Shorter stretches carry no premium.")
    rate_bp = fields.Integer(
        "Rate (0.01 %)", required=True, default=11000, help="Basis points of the rate of that time."
    )

    def _engine_overlay(self):
        self.ensure_one()
        overlay = {
            "name": self.name,
            "from": _clock(self.hour_from),
            "to": _clock(self.hour_to),
            "rate_bp": self.rate_bp,
        }
        if self.min_s:
            overlay["min_s"] = self.min_s
        return overlay


def _clock(hours):
    hour, minute = divmod(round(hours * 60), 60)
    return f"{hour:02}:{minute:02}"
