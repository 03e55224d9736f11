# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class PunchclockShiftAssignment(models.Model):
    """Who works a shift template, on which weekdays, from when to when.

    Within its dates it takes the place of the working hours of the contract, also on the weekdays without a shift.
    """

    _name = "punchclock.shift.assignment"
    _description = "Shift Assignment"
    _inherit = "punchclock.marking.mixin"
    _order = "date_from desc, employee_id, id"
    _check_company_auto = True

    template_id = fields.Many2one(
        "punchclock.shift.template", required=True, index=True, check_company=True, ondelete="restrict"
    )
    employee_id = fields.Many2one("hr.employee", required=True, index=True, check_company=True, ondelete="cascade")
    company_id = fields.Many2one(related="employee_id.company_id", store=True, index=True)
    date_from = fields.Date("From", required=True, default=fields.Date.today)
    date_to = fields.Date("To", help="Empty: until further notice.")
    monday = fields.Boolean(default=True)
    tuesday = fields.Boolean(default=True)
    wednesday = fields.Boolean(default=True)
    thursday = fields.Boolean(default=True)
    friday = fields.Boolean(default=True)
    saturday = fields.Boolean()
    sunday = fields.Boolean()

    _dates_ordered = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)", "The last day cannot be before the first day."
    )

    @api.depends("employee_id", "template_id")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.employee_id.name}: {record.template_id.name}"

    def _punchclock_mark(self):
        """Mark the past days that these assignments decide."""
        today = fields.Date.today()
        for record in self:
            last = min(record.date_to or today, today)
            self.env["punchclock.dirty.day"].sudo()._mark_range(record.employee_id, record.date_from, last)

    def _covers(self, day):
        self.ensure_one()
        return self.date_from <= day and (not self.date_to or day <= self.date_to)

    def _works_on(self, day):
        self.ensure_one()
        return self[WEEKDAYS[day.weekday()]]
