# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError


class PunchclockAdjustment(models.Model):
    """Overtime to time off: an approved correction of that kind puts its minutes into the bank."""

    _inherit = "punchclock.adjustment"

    cto_class = fields.Selection(
        [("weekday", "Work day"), ("rest_day", "Rest day"), ("holiday", "Public holiday")],
        "Worked On A",
        compute="_compute_cto_class",
        help="It decides how much credit an hour earns.",
    )
    cto_entry_ids = fields.One2many("punchclock.cto.entry", "adjustment_id", "Bank Entries", readonly=True)

    @api.depends("employee_id", "date", "kind")
    def _compute_cto_class(self):
        for adjustment in self:
            known = adjustment.kind == "ot_to_cto" and adjustment.employee_id and adjustment.date
            adjustment.cto_class = adjustment.sudo()._cto_class() if known else False

    def _cto_class(self):
        if self._is_public_holiday():
            return "holiday"
        return "weekday" if self.day_id.scheduled_seconds else "rest_day"

    def _is_public_holiday(self):
        employee = self.employee_id
        zone = pytz.timezone(employee._get_tz())
        start = zone.localize(datetime.combine(self.date, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
        calendar = employee._get_calendars(self.date)[employee.id]
        return bool(
            self.env["resource.calendar.leaves"].search_count(
                [
                    ("resource_id", "=", False),
                    ("company_id", "in", [False, employee.company_id.id]),
                    ("calendar_id", "in", [False, calendar.id if calendar else False]),
                    ("date_from", "<", start + timedelta(days=1)),
                    ("date_to", ">", start),
                ],
                limit=1,
            )
        )

    def _credit_cto(self):
        """Put these minutes into the employee's bank."""
        self.ensure_one()
        others = self.search(
            [
                ("employee_id", "=", self.employee_id.id),
                ("date", "=", self.date),
                ("kind", "=", "ot_to_cto"),
                ("state", "=", "applied"),
                ("id", "!=", self.id),
            ]
        )
        overtime = self.day_id.overtime_seconds - 60 * sum(others.mapped("minutes"))
        if self.minutes * 60 > overtime:
            raise UserError(
                self.env._(
                    "%(date)s has %(there)s minutes of overtime that are not in the bank, not %(asked)s.",
                    date=self.date,
                    there=max(overtime, 0) // 60,
                    asked=self.minutes,
                )
            )
        account = self.env["punchclock.cto.account"].sudo()._of(self.employee_id)
        account._post(
            {
                "kind": "earn",
                "date": self.date,
                "work_class": self._cto_class(),
                "work_seconds": self.minutes * 60,
                "adjustment_id": self.id,
            }
        )

    def _uncredit_cto(self):
        """Take what it put into the bank out again, or refuse if it is used."""
        self.ensure_one()
        for entry in self.sudo().cto_entry_ids.filtered(lambda entry: entry.kind != "void"):
            entry.account_id._void(entry)

    def _snapshot(self):
        """With the bank, for what moves something there."""
        snapshot = super()._snapshot()
        if self.kind == "ot_to_cto":
            snapshot["bank"] = self._bank()
        return snapshot

    def _bank(self):
        """The employee's bank, in whole seconds."""
        account = self.env["punchclock.cto.account"].sudo().search([("employee_id", "=", self.employee_id.id)])
        return {name: account[f"{name}_seconds"] for name in ("balance", "overdrawn", "uncredited", "cash")}
