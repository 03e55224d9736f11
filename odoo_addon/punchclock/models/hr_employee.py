# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import pytz

from odoo import fields, models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    punchclock_day_count = fields.Integer(compute="_compute_punchclock_counts", groups="hr.group_hr_user")
    punchclock_event_count = fields.Integer(compute="_compute_punchclock_counts", groups="hr.group_hr_user")

    def _compute_punchclock_counts(self):
        days = dict(
            self.env["punchclock.day"]
            .sudo()
            ._read_group([("employee_id", "in", self.ids)], ["employee_id"], ["__count"])
        )
        events = dict(
            self.env["punchclock.event"]
            .sudo()
            ._read_group([("employee_id", "in", self.ids)], ["employee_id"], ["__count"])
        )
        for employee in self:
            employee.punchclock_day_count = days.get(employee, 0)
            employee.punchclock_event_count = events.get(employee, 0)

    def action_punchclock_days(self):
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_day")
        return {**action, "domain": [("employee_id", "in", self.ids)], "context": {}}

    def action_punchclock_punches(self):
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_event")
        return {**action, "domain": [("employee_id", "in", self.ids)], "context": {}}

    def _punchclock_zones(self):
        """The zones that days of this employee are dated in: of the shifts, now and under earlier contracts, and of
        work outside them."""
        self.ensure_one()
        names = {self._get_tz(), *self.version_ids.resource_calendar_id.mapped("tz")}
        return {pytz.timezone(name) for name in names if name}
