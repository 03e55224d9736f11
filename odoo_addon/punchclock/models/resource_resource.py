# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

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
        """Mark the days of the last year that there are, and their neighbours: punches may belong to these now."""
        days = (
            self.env["punchclock.day"]
            .sudo()
            .search(
                [
                    ("employee_id", "in", self.with_context(active_test=False).employee_id.ids),
                    ("date", ">=", fields.Date.today() - timedelta(days=366)),
                ]
            )
        )
        self.env["punchclock.dirty.day"].sudo()._mark(
            {(day.employee_id.id, day.date + timedelta(days=near)) for day in days for near in (-1, 0, 1)}
        )
