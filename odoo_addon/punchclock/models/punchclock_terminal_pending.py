# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class PunchclockTerminalPending(models.Model):
    """A terminal that an edge speaks of and nobody has registered here.

    No terminal is made of it without a person: the serial number is on its case, and a gateway could claim any.
    """

    _name = "punchclock.terminal.pending"
    _description = "Unregistered Terminal"
    _order = "reported_at desc, id desc"
    _rec_name = "serial"

    gateway_id = fields.Many2one(
        "punchclock.gateway", required=True, readonly=True, index=True, ondelete="cascade", string="Seen By"
    )
    company_id = fields.Many2one(related="gateway_id.company_id", store=True, index=True)
    serial = fields.Char(string="Serial Number", required=True, readonly=True)
    name = fields.Char(string="Name at the Edge", readonly=True)
    tz_name = fields.Char(string="Time Zone at the Edge", readonly=True)
    configured = fields.Boolean(
        string="In the Edge's Configuration",
        readonly=True,
        help="Without this, it connects to an edge that does not serve it yet: its punches stay on it.",
    )
    reported_at = fields.Datetime(string="Last Reported", required=True, readonly=True)

    _gateway_serial_unique = models.UniqueIndex("(gateway_id, serial)")

    def action_register(self):
        """Open a new terminal with what the edge knows of it."""
        self.ensure_one()
        zones = dict(self.env["punchclock.terminal"]._fields["tz"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "res_model": "punchclock.terminal",
            "views": [(False, "form")],
            "context": {
                "default_serial": self.serial,
                "default_name": self.name or self.serial,
                "default_tz": self.tz_name if self.tz_name in zones else False,
                "default_gateway_id": self.gateway_id.id,
                "default_company_id": self.company_id.id,
            },
        }
