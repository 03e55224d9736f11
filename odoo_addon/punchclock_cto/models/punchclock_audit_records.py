# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What the bank's tables say that the audit trail does not.

Every entry is sealed, and everything else follows from the entries: so each account is played again by the engine, and
lots, movements and balances must be what comes out.
"""

from odoo import api, models
from odoo.exceptions import UserError

from .punchclock_cto_account import _plain

# What an account keeps of the engine's totals.
TOTALS = {"overdrawn_seconds": "overdrawn_s", "uncredited_seconds": "uncredited_s", "cash_seconds": "cash_work_s"}


class PunchclockCtoEntry(models.Model):
    _inherit = "punchclock.cto.entry"

    @api.model
    def _audit_problems(self, company, trail):
        """Entries that no entry of the chain seals."""
        return trail.unsealed(self, company)


class PunchclockCtoAccount(models.Model):
    _inherit = "punchclock.cto.account"

    @api.model
    def _audit_problems(self, company, trail):
        """Accounts that are not what their entries come to."""
        self.env.flush_all()
        # What the tables hold, not what this transaction has read of them.
        self.env.invalidate_all()
        accounts = self.with_context(active_test=False).search([("company_id", "=", company.id)])
        return [
            f"{self._name} {account.id} ({account.employee_id.name}): {text}"
            for account in accounts
            for text in account._disagreements()
        ]

    def _disagreements(self):
        """What of this account is not what the engine makes of its entries, as of the day it was settled last."""
        self.ensure_one()
        if not self.settled_on:
            return ["it was never settled"] if self.entry_ids else []
        try:
            answer = self._ask(as_of=self.settled_on)
        except (UserError, ValueError) as error:
            return [f"it cannot be played: {error}"]
        wanted = self._wanted_moves(answer["moves"], self.settled_on)
        return [
            *self._lots_that_differ({int(row["id"]): row for row in answer["lots"]}, wanted),
            *self._moves_that_differ(wanted),
            *self._totals_that_differ(answer["totals"], wanted),
        ]

    def _lots_that_differ(self, rows, wanted):
        left = {}
        for (lot_entry_id, _entry_id, _day, _kind), seconds in wanted.items():
            left[lot_entry_id] = left.get(lot_entry_id, 0) + seconds
        lots = {lot.entry_id.id: lot for lot in self.lot_ids}
        for entry_id in sorted(rows.keys() - lots.keys()):
            yield f"the lot of entry {entry_id} is missing"
        for entry_id, lot in sorted(lots.items()):
            # The lot of an entry that was voided is there, and holds nothing.
            row = rows.get(entry_id, {"granted_s": 0, "expires_on": _plain(lot.expires_on)})
            for name, value in (
                ("granted_seconds", row["granted_s"]),
                ("left_seconds", left.get(entry_id, 0)),
                ("expires_on", row["expires_on"]),
                ("earned_on", row.get("earned_on", _plain(lot.earned_on))),
            ):
                if _plain(lot[name]) != value:
                    yield f"lot {lot.id} has {name} {_plain(lot[name])}, by its entries {value}"

    def _moves_that_differ(self, wanted):
        written = self._written_moves()
        for key in sorted(wanted.keys() | written.keys()):
            seconds, there = wanted.get(key, 0), written.get(key, 0)
            if seconds != there:
                _lot_entry_id, _entry_id, day, kind = key
                yield f"movements of {day} ({kind}) come to {there} s, by its entries {seconds} s"

    def _totals_that_differ(self, totals, wanted):
        balance = sum(seconds for (lot, _entry, _day, _kind), seconds in wanted.items() if lot)
        expected = {"balance_seconds": balance, **{name: totals[code] for name, code in TOTALS.items()}}
        for name, value in expected.items():
            if self[name] != value:
                yield f"it has {name} {self[name]}, by its entries {value}"
