# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PunchclockPinSpace(models.Model):
    """Terminals that share one numbering of people.

    PIN 7 of one branch is often somebody else than PIN 7 of another; whose a PIN is can only be asked within a space.
    """

    _name = "punchclock.pin.space"
    _description = "PIN Numbering"
    _order = "name, id"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    terminal_ids = fields.One2many("punchclock.terminal", "pin_space_id", string="Terminals")
    pin_ids = fields.One2many("punchclock.pin", "pin_space_id", string="PINs")

    @api.constrains("company_id")
    def _check_company_of_terminals(self):
        for space in self.sudo().with_context(active_test=False):
            people = space.pin_ids.employee_id.company_id.root_id
            if space.terminal_ids.company_id - space.company_id or people - space.company_id.root_id:
                raise ValidationError(
                    self.env._("PIN numbering %s is in use: it cannot move to another company.", space.name)
                )
