# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import guard

FACTS = ("event_id", "adjustment_id", "kind", "company_id")


class PunchclockEventFact(models.Model):
    """What a correction did to a punch, as a row of its own: the punch itself stays as it is."""

    _name = "punchclock.event.fact"
    _description = "What a Correction Did to a Punch"
    _order = "id"
    _rec_name = "kind"

    event_id = fields.Many2one("punchclock.event", required=True, readonly=True, index=True, ondelete="restrict")
    adjustment_id = fields.Many2one(
        "punchclock.adjustment", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    kind = fields.Selection(
        [
            ("added", "Added"),
            ("voided", "Voided"),
            ("withdrawn", "Added one taken back"),
            ("restored", "Voided one counts again"),
        ],
        required=True,
        readonly=True,
    )

    def init(self):
        result = super().init()
        guard.protect(self.env.cr, self._table, FACTS)
        return result

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("What a correction did is never changed; another correction may undo it."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What a correction did is never deleted."))

    @api.model
    def _audit_digests(self, ids):
        return guard.digests(self.env.cr, self._table, FACTS, ids)
