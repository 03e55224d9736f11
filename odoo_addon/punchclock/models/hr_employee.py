# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import pytz

from odoo import models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    def _punchclock_zones(self):
        """The zones that days of this employee are dated in: of the shifts, now and under earlier contracts, and of
        work outside them."""
        self.ensure_one()
        names = {self._get_tz(), *self.version_ids.resource_calendar_id.mapped("tz")}
        return {pytz.timezone(name) for name in names if name}
