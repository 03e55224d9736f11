# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

# An edge repeats a call whose answer it lost within hours; after that the fingerprints alone keep punches single.
ANSWER_KEPT = timedelta(days=30)


class PunchclockBatch(models.Model):
    """One call of an edge: which punches it brought, and what it was answered."""

    _name = "punchclock.batch"
    _description = "Batch of Punches"
    _order = "id desc"
    _rec_name = "uuid"

    uuid = fields.Char(string="UUID", required=True, readonly=True)
    gateway_id = fields.Many2one("punchclock.gateway", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    received_at = fields.Datetime(required=True, readonly=True)
    payload_sha256 = fields.Char(string="Digest of the Events", required=True, readonly=True)
    event_count = fields.Integer(string="Events", readonly=True)
    accepted_count = fields.Integer(string="Accepted", readonly=True)
    duplicate_count = fields.Integer(string="Duplicates", readonly=True)
    review_count = fields.Integer(string="To Review", readonly=True)
    rejected_count = fields.Integer(string="Rejected", readonly=True)
    # The fingerprints are in the request that is being repeated; a tenth of the whole answer is left without them.
    answer = fields.Json(readonly=True)
    event_ids = fields.One2many("punchclock.event", "batch_id", string="Punches")

    _uuid_unique = models.UniqueIndex("(uuid)", "This batch is stored already.")
    _gateway_received = models.Index("(gateway_id, received_at)")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A batch is never deleted."))

    def write(self, vals):
        if vals.keys() - {"answer"}:
            raise UserError(self.env._("A batch is kept as it arrived."))
        return super().write(vals)

    @api.autovacuum
    def _forget_answers(self):
        old = [("received_at", "<", fields.Datetime.now() - ANSWER_KEPT), ("answer", "!=", False)]
        self.search(old, limit=5000).write({"answer": False})
