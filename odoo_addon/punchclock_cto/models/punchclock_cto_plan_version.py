# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.punchclock import engine

HOUR = 3600
ENDS = [("forfeit", "Is forfeited"), ("pay_out", "Is paid out")]
# Hours on the form, seconds for the engine; 0 is no limit.
HOURS = ("month_cap", "year_cap", "balance_cap", "use_block", "use_min", "use_max")
# What may change on a version that accounts are kept by.
ALWAYS = frozenset({"state", "source", "notes"})


class PunchclockCtoPlanVersion(models.Model):
    """What a plan says from a date on. Once published it is never edited: a change is a new version."""

    _name = "punchclock.cto.plan.version"
    _description = "Version of a Plan of Compensatory Time"
    _order = "plan_id, date_from desc, id desc"

    plan_id = fields.Many2one("punchclock.cto.plan", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    date_from = fields.Date("From", required=True, default=fields.Date.today, help="First date it holds for.")
    state = fields.Selection(
        [("draft", "Draft"), ("published", "Published")], required=True, default="draft", readonly=True, copy=False
    )
    source = fields.Text(help="Where these rules come from, and how well that was read.")
    notes = fields.Text()
    rate_weekday = fields.Char(
        "Work Days", required=True, default="1", help="Credit per hour of overtime, such as 3/2."
    )
    rate_rest_day = fields.Char("Rest Days", required=True, default="1")
    rate_holiday = fields.Char("Public Holidays", required=True, default="1")
    quantum_minutes = fields.Integer("Credit in Steps Of", help="In minutes; 0: every second counts.")
    month_cap = fields.Float("Most per Month", help="Hours of credit in a calendar month; 0: no limit.")
    year_cap = fields.Float("Most per Year", help="Hours of credit in a calendar year; 0: no limit.")
    balance_cap = fields.Float("Highest Balance", help="In hours; 0: no limit.")
    over_cap = fields.Selection(
        [("uncredited", "Is not credited"), ("cash", "Is due in cash")],
        "Above a Limit",
        required=True,
        default="uncredited",
    )
    expiry = fields.Selection(
        [
            ("never", "Does not end"),
            ("end_of_year", "End of a year"),
            ("months", "After months"),
            ("days", "After days"),
        ],
        required=True,
        default="never",
    )
    expiry_count = fields.Integer(
        "Number", help="Years after the one it was earned in (0: the same year), months, or days."
    )
    on_expiry = fields.Selection(ENDS, "What Ends", required=True, default="forfeit")
    on_separation = fields.Selection(ENDS, "When Leaving", required=True, default="pay_out")
    revive_days = fields.Integer(
        "Given Back After Its End",
        help="Days in which what a cancelled time off gives back to an expired lot can be used; 0: it ends at once.",
    )
    use_block = fields.Float("Taken in Blocks Of", help="In hours, such as 4; 0: any length.")
    use_min = fields.Float("At Least", help="In hours; 0: no limit.")
    use_max = fields.Float("At Most at Once", help="In hours; 0: no limit.")
    notice_days = fields.Integer("Days of Notice")
    pay_out_allowed = fields.Boolean("May Be Paid Out", default=True, help="On request, while the person stays.")

    _date_unique = models.UniqueIndex("(plan_id, date_from)", "The plan has a version from that date already.")

    @api.depends("plan_id", "date_from")
    def _compute_display_name(self):
        for version in self:
            version.display_name = f"{version.plan_id.name} {version.date_from}"

    @api.constrains("rate_weekday", "rate_rest_day", "rate_holiday")
    def _check_rates(self):
        for version in self:
            version._rates()

    def write(self, vals):
        if vals.keys() - ALWAYS and "published" in self.mapped("state"):
            raise UserError(
                self.env._("A published version is not edited: accounts are kept by it. Make a new version.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if "published" in self.mapped("state"):
            raise UserError(self.env._("A published version is not deleted: accounts are kept by it."))

    def action_publish(self):
        """From now on it holds. Accounts with entries since its first date are settled again under it."""
        for version in self.filtered(lambda version: version.state == "draft"):
            version._check_with_engine()
            version.state = "published"
            version.plan_id.account_ids.sudo()._settle()

    def action_new_version(self):
        self.ensure_one()
        version = self.copy({"date_from": fields.Date.today()})
        return {"type": "ir.actions.act_window", "res_model": self._name, "res_id": version.id, "view_mode": "form"}

    def _check_with_engine(self):
        """Have the engine itself say what is wrong with it, all of it at once."""
        self.ensure_one()
        try:
            engine.compute_bank([{"key": "check", "rules": self._engine_policy(), "events": []}])
        except ValueError as error:
            if not engine.is_refusal(error):
                raise
            raise ValidationError(self.env._("The rules engine refuses this version: %s", error)) from error

    def _rates(self):
        rates = {}
        for name in ("weekday", "rest_day", "holiday"):
            text = self[f"rate_{name}"]
            try:
                rate = Fraction(text.strip())
            except (ValueError, ZeroDivisionError) as error:
                raise ValidationError(self.env._("%s is not a rate: write it as 1, 1.5 or 3/2.", text)) from error
            rates[name] = [rate.numerator, rate.denominator]
        return rates

    def _engine_policy(self):
        """The version as the engine wants it."""
        self.ensure_one()
        expiry = {
            "never": "never",
            "end_of_year": f"end_of_year+{self.expiry_count}",
            "months": f"months:{self.expiry_count}",
            "days": f"days:{self.expiry_count}",
        }
        policy = {
            "version": f"plan {self.plan_id.id} {self.date_from} #{self.id}",
            "effective_from": self.date_from.isoformat(),
            "rates": self._rates(),
            "quantum_s": max(self.quantum_minutes * 60, 1),
            "over_cap": self.over_cap,
            "expiry": expiry[self.expiry],
            "on_expiry": self.on_expiry,
            "on_separation": self.on_separation,
            "on_cancel_after_expiry": {"revive": self.revive_days} if self.revive_days else "lapse",
            "forbidden_purposes": [] if self.pay_out_allowed else ["cash"],
            "notice_days": self.notice_days,
        }
        seconds = {name: round(self[name] * HOUR) for name in HOURS if self[name]}
        year_cap = seconds.pop("year_cap", None)
        if year_cap is not None:
            policy["period_cap"] = {"period": "year", "cap_s": year_cap}
        policy.update({f"{name}_s": value for name, value in seconds.items()})
        return policy
