# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


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
