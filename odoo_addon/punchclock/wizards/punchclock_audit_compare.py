# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class PunchclockAuditCompare(models.TransientModel):
    """Compare the audit trail with what somebody wrote down outside the database."""

    _name = "punchclock.audit.compare"
    _description = "Compare the Audit Trail with a Copy"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    seq = fields.Integer(
        string="Entry No.",
        required=True,
        help="As the control totals of an exported file show it, or an answer that an edge was given.",
    )
    hash = fields.Char(string="Hash of that Entry", required=True)

    def action_compare(self):
        self.ensure_one()
        check = self.env["punchclock.audit.check"]._verify_against(self.company_id, self.seq, self.hash.strip())
        return {
            "type": "ir.actions.act_window",
            "res_model": check._name,
            "res_id": check.id,
            "views": [(False, "form")],
        }
