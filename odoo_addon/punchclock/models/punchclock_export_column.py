# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

TEXTS = [
    ("fixed", "A fixed text"),
    ("period", "Name of the period"),
    ("period_from", "First day of the period"),
    ("period_to", "Last day of the period"),
    ("company", "Company"),
    ("company_code", "Payroll code of the company"),
    ("payroll_id", "Payroll ID"),
    ("employee", "Employee"),
    ("cost_center", "Cost center"),
    ("date", "Date"),
    ("pay_code", "Pay code"),
    ("external_code", "Pay code in the program"),
    ("rate", "Rate"),
    ("first_in", "First in"),
    ("last_out", "Last out"),
    ("utc_offset", "Offset from UTC"),
    ("status", "Status of the day"),
    ("source_state", "Computed or corrected"),
    ("revision", "Revision"),
]
AMOUNTS = [
    ("amount", "Time of this row's pay code"),
    ("codes", "Time of the pay codes named"),
    ("other_codes", "Time of all pay codes no other column names"),
    ("scheduled", "Planned time"),
    ("worked", "Time worked"),
    ("late", "Late"),
    ("early", "Left early"),
    ("absence_days", "Days absent"),
    ("cto_earned", "Overtime turned into time off"),
    ("unapproved", "Overtime nobody approved"),
]


class PunchclockExportColumn(models.Model):
    """A column of a payroll file."""

    _name = "punchclock.export.column"
    _description = "Column of a Payroll Format"
    _order = "profile_id, sequence, id"
    _rec_name = "header"

    profile_id = fields.Many2one("punchclock.export.profile", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    header = fields.Char(required=True)
    source = fields.Selection(TEXTS + AMOUNTS, required=True)
    codes = fields.Char(help="Pay codes, separated by commas.")
    unit = fields.Selection(
        [
            ("hours", "Hours"),
            ("minutes", "Minutes"),
            ("seconds", "Seconds"),
            ("clock", "Hours:Minutes"),
            ("count", "Count"),
        ],
        required=True,
        default="hours",
    )
    digits = fields.Integer(string="Decimals", default=2)
    fixed = fields.Char()

    @api.constrains("source", "codes", "digits", "unit")
    def _check_content(self):
        for column in self:
            if column.source == "codes" and not column._codes():
                raise ValidationError(self.env._("Column %s names no pay code.", column.header))
            if not 0 <= column.digits <= 4:
                raise ValidationError(self.env._("Column %s: 0 to 4 decimals.", column.header))

    def _codes(self):
        return [code.strip() for code in (self.codes or "").split(",") if code.strip()]

    def _is_amount(self):
        return self.source in dict(AMOUNTS)


class PunchclockExportCode(models.Model):
    """What a payroll program calls a pay code."""

    _name = "punchclock.export.code"
    _description = "Pay Code of a Payroll Format"
    _order = "profile_id, pay_code_id"
    _rec_name = "external"

    profile_id = fields.Many2one("punchclock.export.profile", required=True, index=True, ondelete="cascade")
    pay_code_id = fields.Many2one("punchclock.pay.code", required=True, ondelete="restrict")
    external = fields.Char(string="In the Program", help="Empty: the same.")
    skip = fields.Boolean(string="Left Out", help="Not in the file, on purpose.")

    _code_unique = models.UniqueIndex("(profile_id, pay_code_id)", "Each pay code once.")
