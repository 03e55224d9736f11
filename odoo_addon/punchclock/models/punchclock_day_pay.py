# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import api, fields, models

# For lines of a policy that names no pay code of its own.
DEFAULT_CODES = {"work": "REG", "ot": "OT1", "night": "NIGHT", "leave": "LEAVE", "holiday": "HOL"}
PLAIN_BP = 10000


@dataclass
class Pay:
    """What payroll is told of one date of one employee. Whole seconds throughout."""

    day: object
    company: object = None  # whose it is when there is no day
    codes: dict = field(default_factory=dict)  # (pay code, rate in basis points) → seconds
    unapproved: int = 0
    to_cto: int = 0
    late: int = 0
    early: int = 0
    absent: bool = False
    adjusted: bool = False

    def add(self, code, rate, seconds):
        _add(self.codes, code, rate, seconds)


class PunchclockDay(models.Model):
    """What of a day is paid: the engine's lines, and the applied corrections on top of them."""

    _inherit = "punchclock.day"

    adjustment_ids = fields.Many2many("punchclock.adjustment", compute="_compute_adjustments", string="Corrections")
    pay_text = fields.Text(string="For Payroll", compute="_compute_pay_text")

    def _compute_adjustments(self):
        for day in self:
            day.adjustment_ids = self.env["punchclock.adjustment"].search(
                [("employee_id", "=", day.employee_id.id), ("date", "=", day.date)]
            )

    def _compute_pay_text(self):
        for day in self:
            pay = day.sudo()._pay_of(day.employee_id, day.date, day.date)[day.employee_id.id, day.date]
            day.pay_text = "\n".join(
                f"{code}: {_clock(seconds)}" + (f" at {rate / PLAIN_BP:g}" if rate != PLAIN_BP else "")
                for (code, rate), seconds in sorted(pay.codes.items())
            )

    def action_adjust(self):
        """A correction of this day, to be filled in."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correction"),
            "res_model": "punchclock.adjustment",
            "views": [(False, "form")],
            "context": {
                "default_employee_id": self.employee_id.id,
                "default_date": fields.Date.to_string(self.date),
                "default_punch_date": fields.Date.to_string(self.date),
                "default_tz": self.tz,
            },
        }

    @api.model
    def _pay_of(self, employees, first, last):
        """(employee id, date) → `Pay`, for all dates on which there is a day or an applied correction."""
        self.env.flush_all()
        span = [("employee_id", "in", employees.ids), ("date", ">=", first), ("date", "<=", last)]
        days = {(day.employee_id.id, day.date): day for day in self.search(span)}
        corrections = defaultdict(lambda: self.env["punchclock.adjustment"])
        model = self.env["punchclock.adjustment"]
        applied = model.search([*span, *model._paid_domain()], order="applied_at, id")
        for correction in applied:
            corrections[correction.employee_id.id, correction.date] |= correction
        return {
            key: self._pay_day(days.get(key, self.browse()), corrections[key])
            for key in sorted(days.keys() | corrections.keys())
        }

    @api.model
    def _paid_people(self, period):
        """Everybody of whom payroll may be told something in a period."""
        span, corrections = period._span(), self.env["punchclock.adjustment"]
        return self.search(span).employee_id | corrections.search([*span, *corrections._paid_domain()]).employee_id

    @api.model
    def _pay_day(self, day, corrections):
        pay = Pay(
            day=day,
            company=day.company_id or corrections.company_id[:1],
            late=day.late_seconds,
            early=day.early_seconds,
            absent=day.status == "absent",
            adjusted=bool(corrections),
        )
        by_kind = corrections.grouped("kind")
        self._pay_lines(pay, day, by_kind)
        for correction in by_kind.get("excuse", ()):
            if correction.excuse in ("late", "all"):
                pay.late = 0
            if correction.excuse in ("early", "all"):
                pay.early = 0
            if correction.excuse in ("absence", "all") and pay.absent:
                pay.absent = False
                if correction.pay_code_id:
                    _add(pay.codes, correction.pay_code_id.code, PLAIN_BP, day.scheduled_seconds)
        for correction in by_kind.get("set_minutes", ()):
            # The latest word on a code is what counts, at whatever rate it was computed.
            code = correction.pay_code_id.code
            rates = [rate for name, rate in pay.codes if name == code]
            for rate in rates:
                del pay.codes[code, rate]
            _add(pay.codes, code, rates[0] if rates else PLAIN_BP, correction.minutes * 60)
        return pay

    @api.model
    def _pay_lines(self, pay, day, by_kind):
        """Sum the lines by code. Overtime is approved from its first second on, and goes to the bank from its last."""
        lines = day.line_ids.sorted(lambda line: (line.start, line.id))
        overtime = sum(line.seconds for line in lines if line.kind == "ot")
        approved = sum(60 * correction.minutes for correction in by_kind.get("approve_ot", ()))
        banked = sum(60 * correction.minutes for correction in by_kind.get("ot_to_cto", ()))
        # What goes to the bank was approved with that.
        needed = day.company_id.sudo().punchclock_overtime_approval
        granted = min(overtime, approved + banked) if needed else overtime
        pay.unapproved = overtime - granted
        pay.to_cto = min(granted, banked)
        left = granted - pay.to_cto
        for line in lines:
            code = line.pay_code or DEFAULT_CODES.get(line.kind)
            if not code:
                continue
            seconds = line.seconds
            if line.kind == "ot":
                seconds = min(seconds, left)
                left -= seconds
            _add(pay.codes, code, line.rate_bp or PLAIN_BP, seconds)


def _add(codes, code, rate, seconds):
    if seconds:
        codes[code, rate] = codes.get((code, rate), 0) + seconds


def _clock(seconds):
    return f"{'-' if seconds < 0 else ''}{timedelta(seconds=abs(seconds))}"
