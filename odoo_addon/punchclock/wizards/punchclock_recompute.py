# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import canonical


class PunchclockRecompute(models.TransientModel):
    """Have a range of days computed again, after hours or contracts were corrected for long ago."""

    _name = "punchclock.recompute"
    _description = "Compute Days Again"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    employee_ids = fields.Many2many(
        "hr.employee",
        string="Employees",
        domain="[('company_id', '=', company_id)]",
        help="Empty: everybody of the company.",
    )
    department_id = fields.Many2one("hr.department", help="Only those who are in it now.")
    date_from = fields.Date(required=True, default=fields.Date.today)
    date_to = fields.Date(required=True, default=fields.Date.today)
    why = fields.Char(required=True)
    locked_count = fields.Integer(string="Locked Days in It", compute="_compute_locked")

    @api.depends("company_id", "employee_ids", "department_id", "date_from", "date_to")
    def _compute_locked(self):
        for wizard in self:
            wizard.locked_count = self.env["punchclock.day"].search_count(
                [
                    ("employee_id", "in", wizard._people().ids),
                    ("date", ">=", wizard.date_from),
                    ("date", "<=", wizard.date_to),
                    ("state", "=", "locked"),
                ]
            )

    def _people(self):
        people = self.employee_ids or self.env["hr.employee"].search([("company_id", "=", self.company_id.id)])
        if self.department_id:
            people = people.filtered(lambda employee: employee.department_id == self.department_id)
        return people

    def action_recompute(self):
        self.ensure_one()
        if not self.env.user.has_group("punchclock.group_punchclock_officer"):
            raise AccessError(self.env._("Only a Punchclock officer may do this."))
        # The entry is appended to the chain of that company.
        if self.company_id not in self.env.user.company_ids or self.employee_ids.company_id - self.company_id:
            raise AccessError(self.env._("You do not work for that company."))
        if self.date_to < self.date_from or (self.date_to - self.date_from).days > 365:
            raise UserError(self.env._("Give a range of at most a year."))
        people = self._people()
        marked = self.env["punchclock.dirty.day"].mark(people.ids, self.date_from, self.date_to)
        self.env["punchclock.audit"]._append(
            self.company_id,
            "days.recompute",
            payload={
                "employees": people.ids if self.employee_ids or self.department_id else "all",
                "from": self.date_from,
                "to": self.date_to,
                "marked": marked,
                "why": canonical.digest(self.why),
            },
        )
        return {"type": "ir.actions.act_window_close"}
