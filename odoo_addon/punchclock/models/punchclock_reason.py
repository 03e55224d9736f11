# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class PunchclockReason(models.Model):
    """Why a correction is made, out of a list, so that it can be counted."""

    _name = "punchclock.reason"
    _description = "Reason for a Correction"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Stands in the audit trail; a name may be reworded.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, ondelete="restrict", help="Empty: for all companies.")
    self_service = fields.Boolean(string="Employees May Give It", default=True)

    _code_unique = models.UniqueIndex("(code, COALESCE(company_id, 0))", "There is a reason of that code already.")
