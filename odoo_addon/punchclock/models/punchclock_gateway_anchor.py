# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class PunchclockGateway(models.Model):
    """Every answer to a gateway carries the head of the audit chain: a copy that the database has no power over."""

    _inherit = "punchclock.gateway"

    @api.model
    def hello(self):
        return {**super().hello(), "audit": self._anchor()}

    @api.model
    def _anchor(self):
        """``{"seq", "hash"}`` of the calling gateway's company, noted as handed out."""
        gateway = self._calling_gateway()
        return self.env["punchclock.audit.anchor"].sudo()._hand_out(gateway.company_id, f"gateway {gateway.id}")
