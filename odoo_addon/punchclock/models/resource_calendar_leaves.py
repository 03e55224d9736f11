# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

DAY = timedelta(days=1)


class ResourceCalendarLeaves(models.Model):
    """Time off and public holidays cut shifts: entered, changed or taken back later, they change days."""

    _name = "resource.calendar.leaves"
    _inherit = ["punchclock.marking.mixin", "resource.calendar.leaves"]
    # Whose shifts are cut, and when.
    _punchclock_deciding = frozenset({"date_from", "date_to", "resource_id", "calendar_id", "company_id", "time_type"})

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
