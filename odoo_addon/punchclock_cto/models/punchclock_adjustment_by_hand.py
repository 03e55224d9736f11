# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.punchclock.models.punchclock_adjustment import CONTENT

# Kind of a correction → kind of the entry that it makes.
BY_HAND = {
    "cto_opening": "opening",
    "cto_adjust": "adjust",
    "cto_payout": "payout",
    "cto_separate": "separate",
}
# More than anybody earns in a life; it keeps a slip of the finger out of the bank.
MOST_HOURS = 10_000


class PunchclockAdjustment(models.Model):
    """What is entered into the bank by hand: one officer asks, another one approves, and nobody for themselves."""

    _inherit = "punchclock.adjustment"
    # What the triggers keep of it is in the entry: on this table they must stay when the addon goes.
    _content = (*CONTENT, "cto_valid_to")

    kind = fields.Selection(
        selection_add=[
            ("cto_opening", "Bank: opening balance"),
            ("cto_adjust", "Bank: adjustment"),
            ("cto_payout", "Bank: pay out"),
            ("cto_separate", "Bank: leaves the company"),
        ],
        # What was applied is history, with the bank or without it.
        ondelete={kind: lambda corrections: None for kind in BY_HAND},
    )
    cto_hours = fields.Float(
        "Hours", compute="_compute_cto_hours", readonly=False, help="Less than nothing takes away."
    )
    cto_valid_to = fields.Date("Last Usable Day", help="Empty: as the plan says.")

    _cto_not_for_oneself = models.Constraint(
        "CHECK (kind NOT IN ('cto_opening', 'cto_adjust', 'cto_payout', 'cto_separate')"
        " OR requester_id IS DISTINCT FROM subject_user_id)",
        "Nobody changes the own account.",
    )

    @api.depends("minutes")
    def _compute_cto_hours(self):
        for adjustment in self:
            adjustment.cto_hours = adjustment.minutes / 60

    @api.depends("kind")
    def _compute_may(self):
        result = super()._compute_may()
        if not self.env.user.has_group("punchclock.group_punchclock_officer"):
            for adjustment in self.filtered(lambda adjustment: adjustment.kind in BY_HAND):
                adjustment.may_decide = False
        return result

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([_in_minutes(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(_in_minutes(vals))

    def _missing(self):
        missing = super()._missing()
        if self.kind not in BY_HAND or self.kind == "cto_separate":
            return missing
        least = -MOST_HOURS if self.kind == "cto_adjust" else 0
        if not self.minutes or not least * 60 <= self.minutes <= MOST_HOURS * 60:
            missing.append(self.env._("hours (only an adjustment takes away)"))
        return missing

    def _check_may_ask(self):
        result = super()._check_may_ask()
        if self.env.su or not any(adjustment.kind in BY_HAND for adjustment in self):
            return result
        if not self.env.user.has_group("punchclock.group_punchclock_officer"):
            raise AccessError(self.env._("Only a Punchclock officer may ask for that."))
        if any(self.env.user in adjustment.employee_id.sudo().user_id for adjustment in self):
            raise AccessError(self.env._("Nobody changes the own account."))
        return result

    def _approvers(self):
        """Of what is entered by hand, officers: the manager may not approve it, and needs no task."""
        if self.kind not in BY_HAND:
            return super()._approvers()
        people = self.env.ref("punchclock.group_punchclock_officer").all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        people -= self.requester_id | self.employee_id.user_id
        return (self.company_id.punchclock_review_user_id & people) or people

    @api.model
    def _paid_domain(self):
        """A payout is paid when it is booked, whatever day it is dated."""
        return [*super()._paid_domain(), ("kind", "not in", list(BY_HAND))]

    # -- the way of a correction ---------------------------------------------------------------------------------

    def _need_unlocked(self):
        # No closed day changes: what payroll is told of the bank, it is told when it is booked.
        return None if self.kind in BY_HAND else super()._need_unlocked()

    def _compute_now(self, closed):
        return None if self.kind in BY_HAND else super()._compute_now(closed)

    def _snapshot(self):
        return self._bank() if self.kind in BY_HAND else super()._snapshot()

    def _cto_enter(self):
        self.ensure_one()
        vals = {"kind": BY_HAND[self.kind], "date": self.date, "adjustment_id": self.id}
        if self.kind != "cto_separate":
            vals["seconds"] = self.minutes * 60
        if self.kind in ("cto_opening", "cto_adjust") and self.minutes > 0:
            vals["valid_to"] = self.cto_valid_to
        self.env["punchclock.cto.account"]._of(self.employee_id)._post(vals)

    _apply_cto_opening = _apply_cto_adjust = _apply_cto_payout = _apply_cto_separate = _cto_enter

    def _revert_cto_opening(self):
        self._uncredit_cto()

    _revert_cto_adjust = _revert_cto_payout = _revert_cto_separate = _revert_cto_opening


def _in_minutes(vals):
    """Hours are what a form shows; minutes are what is kept."""
    vals = dict(vals)
    if "cto_hours" in vals:
        vals["minutes"] = round(vals.pop("cto_hours") * 60)
    return vals
