# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# A change of these asks the bank again.
ASKED = frozenset(
    {"request_date_from", "request_date_to", "date_from", "date_to", "request_hour_from", "request_hour_to"}
    | {"request_unit_hours", "request_unit_half", "holiday_status_id", "employee_id", "number_of_hours"}
)


class HrLeave(models.Model):
    _inherit = "hr.leave"

    punchclock_cto_entry_ids = fields.One2many("punchclock.cto.entry", "leave_id", "Bank Entries", readonly=True)
    punchclock_cto = fields.Boolean(related="holiday_status_id.punchclock_cto")

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._cto_settle()
        leaves._cto_check()
        return leaves

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals or ASKED & vals.keys():
            self._cto_settle()
            # Odoo itself moves time off back and forth when public holidays change: then nothing is asked for anew.
            if ASKED & vals.keys() and "state" not in vals:
                self._cto_check()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_not_booked(self):
        if self.sudo().punchclock_cto_entry_ids:
            raise UserError(
                self.env._("Time off that was taken from the bank of compensatory time is cancelled, not deleted.")
            )

    def _cto_seconds(self):
        self.ensure_one()
        return round(self.number_of_hours * 3600)

    def _cto_days(self, seconds):
        """[date, seconds] for each day of a longer time off, so that credit pays for no day after its end."""
        if self.request_date_from == self.request_date_to:
            return False
        employee = self.employee_id.sudo()
        others = [
            ("time_type", "=", "leave"),
            ("company_id", "in", [False, *self.env.companies.ids, employee.company_id.id]),
            "|",
            ("holiday_id", "=", False),
            ("holiday_id", "!=", self.id),
        ]
        listed = employee.with_context(
            compute_leaves=not self.holiday_status_id.include_public_holidays_in_duration
        )._list_work_time_per_day(self.date_from, self.date_to, domain=others, calendar=self.resource_calendar_id)
        days = [[day.isoformat(), round(hours * 3600)] for day, hours in listed[employee.id] if round(hours * 3600) > 0]
        if sum(part for _day, part in days) != seconds or days[0][0] < self.request_date_from.isoformat():
            # Odoo counted it in another way (flexible hours): then all of it must be payable on its last day.
            return [[self.request_date_to.isoformat(), seconds]]
        return days

    def _cto_use(self):
        """The entry that stands for this time off now, if there is one."""
        self.ensure_one()
        entries = self.sudo().punchclock_cto_entry_ids
        undone = self.env["punchclock.cto.entry"].sudo().search([("target_id", "in", entries.ids)]).target_id
        return (entries - undone).filtered(lambda entry: entry.kind == "use")

    def _cto_check(self):
        """Say at once what the bank would say at approval."""
        for leave in self.filtered(lambda leave: leave.punchclock_cto and leave.state in ("confirm", "validate1")):
            seconds = leave._cto_seconds()
            if not seconds:
                continue
            account = self.env["punchclock.cto.account"].sudo()._of(leave.employee_id.sudo())
            why = account._why_not(leave._cto_vals(seconds))
            if why:
                raise ValidationError(
                    self.env._(
                        "%(hours)g h of compensatory time on %(date)s cannot be requested: %(why)s.",
                        hours=seconds / 3600,
                        date=leave.request_date_from,
                        why=why,
                    )
                )

    def _cto_vals(self, seconds):
        return {
            "kind": "use",
            "date": self.request_date_from,
            "seconds": seconds,
            "days": self._cto_days(seconds),
            "leave_id": self.id,
            "requested_on": fields.Date.context_today(self, self.create_date or fields.Datetime.now()),
        }

    def _cto_settle(self):
        """Have the ledger say what the time off says: approved is used, anything else is not."""
        for leave in self.sorted("date_from"):
            entries = leave.sudo().punchclock_cto_entry_ids
            if not leave.holiday_status_id.punchclock_cto and not entries:
                continue
            use = leave._cto_use()
            approved = leave.holiday_status_id.punchclock_cto and leave.state == "validate"
            seconds = leave._cto_seconds() if approved else 0
            same = use and (use.seconds, use.date, use.days or False, use.employee_id.id) == (
                seconds,
                leave.request_date_from,
                leave._cto_days(seconds) if seconds else False,
                leave.employee_id.id,
            )
            if same or (not use and not seconds):
                continue
            accounts = self.env["punchclock.cto.account"].sudo()
            if use:
                use.account_id._take_back(use)
            if seconds:
                accounts._of(leave.employee_id.sudo())._post(leave._cto_vals(seconds))
