# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

DAY = timedelta(days=1)
# What decides whose shifts are cut, and when.
DECIDING = frozenset({"date_from", "date_to", "resource_id", "calendar_id", "company_id", "time_type"})


class ResourceCalendarLeaves(models.Model):
    """Time off and public holidays cut shifts: entered, changed or taken back later, they change days."""

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._punchclock_mark()
        return leaves

    def write(self, vals):
        decides = bool(DECIDING & vals.keys())
        if decides:
            self._punchclock_mark()
        result = super().write(vals)
        if decides:
            self._punchclock_mark()
        return result

    def unlink(self):
        self._punchclock_mark()
        return super().unlink()

    def _punchclock_mark(self):
        """Mark the past days that these leaves lie on, of everybody with a PIN whom they concern."""
        marks = set()
        today = fields.Date.today()
        for leave in self.sudo():
            first = leave.date_from.date() - DAY
            # What is to come is computed when it comes.
            days = (min(leave.date_to.date(), today) + DAY - first).days + 1
            if days <= 0:
                continue
            for employee in leave._punchclock_employees():
                marks |= {(employee.id, first + DAY * day) for day in range(days)}
        self.env["punchclock.dirty.day"].sudo()._mark(marks)

    def _punchclock_employees(self):
        self.ensure_one()
        if self.resource_id:
            concerned = Domain("employee_id.resource_id", "=", self.resource_id.id)
        elif self.calendar_id:
            concerned = Domain("employee_id.version_ids.resource_calendar_id", "=", self.calendar_id.id)
        elif self.company_id:
            concerned = Domain("employee_id.company_id", "=", self.company_id.id)
        else:
            concerned = Domain.TRUE
        return self.env["punchclock.pin"].search(concerned).employee_id
