# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class PunchclockGateway(models.Model):
    """Every answer to a gateway carries the head of the audit chain: a copy that the database has no power over."""

    _inherit = "punchclock.gateway"

    def _hello(self):
        anchor = self.env["punchclock.audit.anchor"].sudo()._hand_out(self.company_id, f"gateway {self.id}")
        return {**super()._hello(), "audit": anchor}
