# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from datetime import date

from odoo import api, models

from odoo.addons.punchclock.models.punchclock_day_pay import Pay

# Payroll knows these from Punchclock: time off of any kind, and time off out of the bank.
LEAVE, CTO = "LEAVE", "CTO"
# What leaves the bank as money, and what never came into it.
PAID_OUT, CASH = "CTOPAY", "CTOCASH"
PLAIN_BP = 10000


class PunchclockDay(models.Model):
    _inherit = "punchclock.day"

    @api.model
    def _pay_of(self, employees, first, last):
        """Time off out of the bank goes to payroll under its own code, and so does what the bank owes in money."""
        pays = super()._pay_of(employees, first, last)
        for (employee_id, day, company), amounts in self._cto_booked(employees, first, last).items():
            pay = pays.setdefault((employee_id, day), Pay(day=self.browse(), company=company))
            for code, seconds in amounts.items():
                pay.add(code, PLAIN_BP, seconds)
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
    def _paid_people(self, period):
        moves = self.env["punchclock.cto.move"].sudo()
        booked = moves.search([*period._span("booked_on"), ("kind", "in", ("payout", "cash"))])
        return super()._paid_people(period) | booked.employee_id

    @api.model
    def _cto_booked(self, employees, first, last):
        """(employee id, date, company) → pay code → seconds that were booked then and are due in money.

        By the day of booking and not by the day it is about: that is never a day of a closed period, so what is booked
        late, and what makes up for something paid before, is a line of the next file and never changes an old one.
        """
        moves = self.env["punchclock.cto.move"].sudo()
        groups = moves._read_group(
            [
                ("employee_id", "in", employees.ids),
                ("booked_on", ">=", first),
                ("booked_on", "<=", last),
                ("kind", "in", ("payout", "cash")),
            ],
            ["employee_id", "booked_on:day", "company_id"],
            ["seconds:sum", "cash_seconds:sum"],
        )
        return {
            (employee.id, day, company): {PAID_OUT: -seconds, CASH: cash}
            for employee, day, company, seconds, cash in groups
        }

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
