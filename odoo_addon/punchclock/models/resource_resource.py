# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo import fields, models


class ResourceResource(models.Model):
    """The clock of a person decides the days of whoever has no working hours, and when an assigned shift begins."""

    _inherit = "resource.resource"

    def write(self, vals):
        before = {resource.id: resource.tz for resource in self}
        result = super().write(vals)
        self.filtered(lambda resource: resource.tz != before[resource.id])._punchclock_mark()
        return result

    def _punchclock_mark(self):
        """Mark the past days, at most a year of them, of those with a PIN."""
        employees = self.with_context(active_test=False).employee_id
        known = self.env["punchclock.pin"].sudo().search([("employee_id", "in", employees.ids)]).employee_id
        self.env["punchclock.dirty.day"].sudo()._mark_range(known, date.min, fields.Date.today())
