# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models

from ..models.punchclock_gateway import KEY_DAYS


class PunchclockRotateKey(models.TransientModel):
    """Ask how long the new key of a gateway shall open, and the old one still. The key itself is never stored here."""

    _name = "punchclock.rotate.key"
    _description = "New Key of a Gateway"

    gateway_id = fields.Many2one("punchclock.gateway", required=True, readonly=True, ondelete="cascade")
    valid_days = fields.Integer(string="Days the New Key Opens", required=True, default=KEY_DAYS)
    keep_hours = fields.Integer(
        string="Hours the Old Key Still Opens",
        default=24,
        help="Until the new key is in the edge's key file. 0 when the old one may have leaked.",
    )

    def action_rotate(self):
        """Make the new key and show it once."""
        self.ensure_one()
        return self.gateway_id._show_key(self.gateway_id.rotate_key(self.valid_days, self.keep_hours))
