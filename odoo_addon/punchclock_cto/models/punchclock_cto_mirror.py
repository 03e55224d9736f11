# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import SUPERUSER_ID, models

# Movements that take from an allocation what people took as time off; Odoo subtracts those itself.
TAKEN = ("use", "cancel")
# Key of the allocation that stands for time off no lot covers.
OVERDRAWN = "overdrawn"


class PunchclockCtoAccount(models.Model):
    """The ledger as allocations of Time Off: one for each month and last day, holding what its lots gave and give."""

    _inherit = "punchclock.cto.account"

    def _settle_mirror(self):
        """Bring the allocations to what the ledger says."""
        self.ensure_one()
        wanted = self._mirror_wanted()
        # As the system itself: other addons ask the user, not the environment, whether allocations may be changed.
        allocations = self.env["hr.leave.allocation"].with_user(SUPERUSER_ID).with_context(**self._mirror_context())
        existing = defaultdict(allocations.browse)
        for allocation in allocations.search([("punchclock_cto_account_id", "=", self.id)]):
            existing[allocation.punchclock_cto_key] |= allocation
        # What grows first: at no moment is more taken than is allocated, which Odoo would refuse.
        held = {key: sum(existing[key].mapped("number_of_hours_display")) for key in existing}
        nothing = (None, None, 0)

        def growth(key):
            return held.get(key, 0) - wanted.get(key, nothing)[2] / 3600

        for key in sorted(wanted.keys() | existing.keys(), key=lambda key: (growth(key), key)):
            existing[key]._cto_hold(self, key, *wanted.get(key, nothing))

    def _mirror_context(self):
        return {
            "punchclock_cto_mirror": True,
            "tracking_disable": True,
            "mail_create_nosubscribe": True,
            "mail_activity_automation_skip": True,
            # Odoo would weigh the change against requests that nobody has approved, and refuse it. What is approved was
            # judged by the engine.
            "ignored_leave_ids": self.env["hr.leave"].sudo().search([("employee_id", "=", self.employee_id.id)]).ids,
        }

    def _mirror_wanted(self):
        """Key → (first day, last day, seconds): what lots of a month with one last day gave, less what was lost."""
        taken = dict(
            self.env["punchclock.cto.move"]._read_group(
                [("account_id", "=", self.id), ("kind", "in", TAKEN), ("entry_id.leave_id", "!=", False)],
                ["lot_id"],
                ["seconds:sum"],
            )
        )
        wanted = {}
        for lot in self.lot_ids:
            key = f"{lot.earned_on:%Y-%m}/{lot.expires_on or ''}"
            first, last, seconds = wanted.get(key, (lot.earned_on, lot.expires_on, 0))
            seconds += lot.left_seconds - taken.get(lot, 0)
            wanted[key] = (min(first, lot.earned_on), last, seconds)
        # Time off that a correction of the past left uncovered is taken all the same; Odoo must find it allocated.
        uses = self.entry_ids.filtered("leave_id")
        standing = (uses - uses.target_id).filtered(lambda entry: entry.kind == "use")
        uncovered = sum(standing.mapped("seconds")) + sum(taken.values())
        if uncovered:
            wanted[OVERDRAWN] = (min(standing.mapped("date")), None, uncovered)
        return wanted
