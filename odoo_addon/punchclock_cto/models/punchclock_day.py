# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from datetime import date

from odoo import api, models

# Payroll knows these from Punchclock: time off of any kind, and time off out of the bank.
LEAVE, CTO = "LEAVE", "CTO"
PLAIN_BP = 10000


class PunchclockDay(models.Model):
    _inherit = "punchclock.day"

    @api.model
    def _pay_of(self, employees, first, last):
        """Time off that was taken from the bank goes to payroll under its own code."""
        pays = super()._pay_of(employees, first, last)
        for key, seconds in self._cto_taken(employees, first, last).items():
            if key not in pays:
                continue
            codes = pays[key].codes
            moved = min(seconds, codes.get((LEAVE, PLAIN_BP), 0))
            if moved:
                codes[LEAVE, PLAIN_BP] -= moved
                if not codes[LEAVE, PLAIN_BP]:
                    del codes[LEAVE, PLAIN_BP]
                codes[CTO, PLAIN_BP] = codes.get((CTO, PLAIN_BP), 0) + moved
        return pays

    @api.model
    def _cto_taken(self, employees, first, last):
        """(employee id, date) → seconds of approved time off out of the bank."""
        entries = self.env["punchclock.cto.entry"].sudo()
        uses = entries.search(
            [
                ("employee_id", "in", employees.ids),
                ("kind", "=", "use"),
                ("leave_id", "!=", False),
                ("date", "<=", last),
            ]
        )
        undone = entries.search([("target_id", "in", uses.ids)]).target_id
        taken = defaultdict(int)
        for use in uses - undone:
            for day, seconds in use.days or [[use.date.isoformat(), use.seconds]]:
                if first <= date.fromisoformat(day) <= last:
                    taken[use.employee_id.id, date.fromisoformat(day)] += seconds
        return taken
