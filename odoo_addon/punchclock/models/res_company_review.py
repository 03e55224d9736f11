# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    punchclock_apply_on_approval = fields.Boolean(
        string="Apply Corrections When Approved",
        help="Off: what a manager approved waits for an officer to apply it.",
    )
    punchclock_overtime_approval = fields.Boolean(
        string="Overtime Needs Approval", help="On: overtime that nobody approved is not paid, and is shown as such."
    )
    punchclock_review_user_id = fields.Many2one(
        "res.users",
        string="Who Reviews",
        ondelete="set null",
        help="Gets the task to approve a correction of somebody who has no manager.",
    )
    punchclock_mail_corrections = fields.Boolean(
        string="Mails about Corrections", help="Also send a mail to the employee when a correction is decided."
    )
    punchclock_payroll_code = fields.Char(string="Payroll Code", help="What the payroll program calls this company.")

    def _punchclock_reviewers(self, group):
        """Who gets a task of this company: whom it names for reviews, else the members of a group who work for it."""
        self.ensure_one()
        if self.punchclock_review_user_id:
            return self.punchclock_review_user_id
        members = self.env.ref(group).all_user_ids
        return members.filtered(lambda user: user.active and self in user.company_ids)
