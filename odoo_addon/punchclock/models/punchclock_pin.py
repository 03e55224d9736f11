# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..access import need_officer
from ..identity import normal_pin


class PunchclockPin(models.Model):
    """Whose a PIN is, from when to when.

    The dates make the map a history: a PIN that is given to somebody else changes nothing of what was before.
    """

    _name = "punchclock.pin"
    _description = "PIN of an Employee"
    _order = "pin_space_id, pin_key, valid_from"
    _rec_name = "pin"

    pin_space_id = fields.Many2one(
        "punchclock.pin.space", string="PIN Numbering", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="pin_space_id.company_id", store=True, index=True)
    pin = fields.Char(string="PIN", required=True, help="As the terminal shows it; 007 and 7 are the same PIN.")
    pin_key = fields.Char(string="PIN (normal form)", compute="_compute_pin_key", store=True, index=True)
    employee_id = fields.Many2one("hr.employee", required=True, index=True, ondelete="restrict")
    valid_from = fields.Date(help="First day of this meaning, by the terminal's clock. Empty: since ever.")
    valid_to = fields.Date(help="Last day of this meaning, by the terminal's clock. Empty: until further notice.")

    match_method = fields.Selection(
        [("barcode", "Badge"), ("name", "Name"), ("manual", "By Hand")],
        required=True,
        default="manual",
        readonly=True,
        help="How it was found whose the PIN is.",
    )

    _dates_ordered = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to)",
        "The last day cannot be before the first day.",
    )
    _meaning_unique = models.UniqueIndex(
        "(pin_space_id, pin_key, COALESCE(valid_from, '-infinity'::date))",
        "This PIN has a meaning from that day already.",
    )

    @api.depends("pin")
    def _compute_pin_key(self):
        for record in self:
            record.pin_key = normal_pin(record.pin or "")

    @api.constrains("pin")
    def _check_pin(self):
        for record in self:
            if not record.pin_key:
                raise ValidationError(self.env._("A PIN cannot be blank."))

    @api.constrains("pin_space_id", "employee_id")
    def _check_same_company(self):
        # The people of one branch punch at another branch as well; another company altogether is a mistake.
        for record in self:
            if record.employee_id.company_id.root_id != record.pin_space_id.company_id.root_id:
                raise ValidationError(self.env._("%s works for another company.", record.employee_id.display_name))

    @api.constrains("pin_space_id", "pin", "valid_from", "valid_to")
    def _check_one_meaning(self):
        for record in self:
            domain = Domain(
                [
                    ("id", "!=", record.id),
                    ("pin_space_id", "=", record.pin_space_id.id),
                    ("pin_key", "=", record.pin_key),
                ]
            )
            if record.valid_to:
                domain &= Domain("valid_from", "=", False) | Domain("valid_from", "<=", record.valid_to)
            if record.valid_from:
                domain &= Domain("valid_to", "=", False) | Domain("valid_to", ">=", record.valid_from)
            other = self.search(domain, limit=1)
            if other:
                raise ValidationError(
                    self.env._(
                        "PIN %(pin)s already means %(employee)s in a part of that time: end that first.",
                        pin=record.pin,
                        employee=other.employee_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        pins = super().create(vals_list)
        pins._rematch(pins._places())
        return pins

    def write(self, vals):
        before = self._places()
        result = super().write(vals)
        self._rematch(before | self._places())
        return result

    def unlink(self):
        before = self._places()
        result = super().unlink()
        self._rematch(before)
        return result

    def _places(self):
        return {(record.pin_space_id.id, record.pin_key) for record in self}

    @api.model
    def _rematch(self, places):
        self.env["punchclock.event"].sudo()._match(places)
        self.env["punchclock.terminal.user"].sudo()._refresh(places)

    def action_write_to_terminals(self):
        """Have name and badge of these employees written to every terminal of the numbering."""
        need_officer(self.env)
        self.check_access("read")
        users = self.env["punchclock.terminal.user"].sudo()
        today = fields.Date.today()
        for pin in self.sudo():
            if (pin.valid_from or today) > today or (pin.valid_to or today) < today:
                raise UserError(self.env._("PIN %s is not valid today: nothing is written.", pin.pin))
            terminals = pin.pin_space_id.terminal_ids.filtered(lambda terminal: terminal.state == "active")
            known = users.search([("terminal_id", "in", terminals.ids), ("pin_key", "=", pin.pin_key)])
            known += users.create(
                [
                    {"terminal_id": terminal.id, "pin": pin.pin, "pin_id": pin.id}
                    for terminal in terminals - known.terminal_id
                ]
            )
            known.with_env(self.env).action_write()
