# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class PunchclockPayCode(models.Model):
    """A kind of paid time, under the name that the lines of a day carry; profiles map it to what a payroll calls it."""

    _name = "punchclock.pay.code"
    _description = "Pay Code"
    _order = "sequence, code, id"
    _rec_names_search = ["code", "name"]

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    overlay = fields.Boolean(
        help="Lies over other time, such as night hours: it is paid on top and adds nothing to the time worked."
    )
    note = fields.Text()

    _code_unique = models.UniqueIndex("(code)", "There is a pay code of that name already.")

    def _compute_display_name(self):
        for code in self:
            code.display_name = f"{code.code} {code.name}"
