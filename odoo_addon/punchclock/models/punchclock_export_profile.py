# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import string

from odoo import api, fields, models
from odoo.exceptions import ValidationError

NAMES = ("company_code", "date_from", "date_to", "revision")


class PunchclockExportProfile(models.Model):
    """What the file of a payroll program looks like. All of it is data: another program needs no code."""

    _name = "punchclock.export.profile"
    _description = "Payroll Format"
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, ondelete="restrict", help="Empty: for all companies.")
    grain = fields.Selection(
        [
            ("line", "One for each employee, date and pay code"),
            ("day", "One for each employee and date"),
            ("employee", "One for each employee"),
            ("employee_code", "One for each employee and pay code"),
            ("employee_extra", "One for each employee, further ones for further codes"),
        ],
        string="Rows",
        required=True,
        default="line",
    )
    delimiter = fields.Selection(
        [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Bar")], required=True, default=","
    )
    header = fields.Boolean(string="First Row Names the Columns", default=True)
    date_format = fields.Selection(
        [("%Y-%m-%d", "2026-03-31"), ("%m/%d/%Y", "03/31/2026"), ("%d/%m/%Y", "31/03/2026"), ("%Y%m%d", "20260331")],
        required=True,
        default="%Y-%m-%d",
    )
    blank_zero = fields.Boolean(
        string="Leave Zeros Blank", help="For programs where a zero overwrites what is there and a blank does not."
    )
    needs_payroll_id = fields.Boolean(string="Everybody Needs a Payroll ID", default=True)
    filename = fields.Char(
        required=True,
        default="payroll_{date_from}_{date_to}_r{revision}.csv",
        help="May name {company_code}, {date_from}, {date_to}, {revision}; {company_code:_<3} fills up with _.",
    )
    column_ids = fields.One2many("punchclock.export.column", "profile_id", string="Columns", copy=True)
    code_ids = fields.One2many("punchclock.export.code", "profile_id", string="Pay Codes", copy=True)

    _code_unique = models.UniqueIndex("(code, COALESCE(company_id, 0))", "There is a format of that code already.")

    @api.constrains("filename")
    def _check_filename(self):
        for profile in self:
            try:
                named = [name for _text, name, _spec, _conv in string.Formatter().parse(profile.filename) if name]
                text = profile.filename.format(**dict.fromkeys(NAMES, "x"))
            except (ValueError, KeyError, IndexError, AttributeError) as error:
                raise ValidationError(self.env._("The file name is not understood: %s", error)) from error
            # A format may reach into what it is given; ours may name things and nothing else.
            if not set(named) <= set(NAMES) or set(text) & set('/\\\0"'):
                raise ValidationError(self.env._("A file name may only name: %s", ", ".join(NAMES)))

    def _filename(self, period, revision):
        return self.filename.format(
            company_code=period.company_id.punchclock_payroll_code or "",
            date_from=period.date_from,
            date_to=period.date_to,
            revision=revision,
        )

    def _external(self):
        """Pay code → (name in the file, left out on purpose)."""
        return {code.pay_code_id.code: (code.external or code.pay_code_id.code, code.skip) for code in self.code_ids}

    def _what_it_is(self):
        """Everything that decides what the file looks like, for the audit trail."""
        return {
            "code": self.code,
            "grain": self.grain,
            "delimiter": self.delimiter,
            "header": self.header,
            "date_format": self.date_format,
            "blank_zero": self.blank_zero,
            "columns": [
                [column.header, column.source, column.codes or "", column.unit, column.digits, column.fixed or ""]
                for column in self.column_ids
            ],
            "codes": {code: list(value) for code, value in self._external().items()},
        }
