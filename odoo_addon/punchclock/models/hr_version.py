# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

# What of a contract decides a day.
DECIDING = frozenset({"resource_calendar_id", "date_version", "punchclock_policy_id", "department_id", "tz", "active"})


class HrVersion(models.Model):
    """A contract decides hours and policy from its date on: changed later, it changes days."""

    _inherit = "hr.version"

    punchclock_policy_id = fields.Many2one(
        "punchclock.policy",
        "Attendance Policy",
        ondelete="restrict",
        groups="hr.group_hr_user",
        tracking=True,
        help="Empty: the one of the department, else of the company.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        versions = super().create(vals_list)
        versions._punchclock_mark()
        return versions

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
        """Mark the past days from these versions on, of those whose days are computed at all."""
        today = fields.Date.today()
        known = self.env["punchclock.pin"].sudo().search([("employee_id", "in", self.employee_id.ids)]).employee_id
        for version in self:
            employee = version.employee_id & known
            if employee and version.date_version and version.date_version <= today:
                self.env["punchclock.dirty.day"].sudo()._mark_range(employee, version.date_version, today)
