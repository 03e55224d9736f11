# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HrLeaveType(models.Model):
    _inherit = "hr.leave.type"

    punchclock_cto = fields.Boolean(
        "Compensatory Time",
        help="Its allocations mirror the bank of compensatory time, and approved time off is taken from there.",
    )

    @api.constrains("punchclock_cto", "request_unit", "requires_allocation", "allows_negative", "employee_requests")
    def _check_punchclock_cto(self):
        for leave_type in self.filtered("punchclock_cto"):
            if leave_type.request_unit != "hour" or not leave_type.requires_allocation:
                raise ValidationError(self.env._("Compensatory time is taken in hours, and only what is allocated."))
            if leave_type.allows_negative or leave_type.employee_requests:
                raise ValidationError(
                    self.env._(
                        "Compensatory time comes from the bank alone: nobody requests it, and it is never negative."
                    )
                )
