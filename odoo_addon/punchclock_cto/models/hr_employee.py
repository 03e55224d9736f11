# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    punchclock_cto_account_ids = fields.One2many(
        "punchclock.cto.account", "employee_id", groups="punchclock.group_punchclock_line_manager"
    )
    punchclock_cto_hours = fields.Float(
        "Compensatory Time",
        compute="_compute_punchclock_cto_hours",
        groups="punchclock.group_punchclock_line_manager",
    )

    @api.depends("punchclock_cto_account_ids.balance_hours")
    def _compute_punchclock_cto_hours(self):
        for employee in self:
            employee.punchclock_cto_hours = sum(employee.punchclock_cto_account_ids.mapped("balance_hours"))

    def action_punchclock_cto(self):
        """The bank of this employee."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock_cto.action_cto_account")
        account = self.punchclock_cto_account_ids
        if account:
            return {**action, "views": [(False, "form")], "res_id": account.id}
        return {**action, "domain": [("employee_id", "=", self.id)]}
