# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class PunchclockAudit(models.Model):
    """The verification looks at the bank's tables too."""

    _inherit = "punchclock.audit"

    @api.model
    def _guarded_tables(self):
        return {
            **super()._guarded_tables(),
            "punchclock_cto_entry": 3,
            "punchclock_cto_lot": 3,
            "punchclock_cto_move": 3,
        }
