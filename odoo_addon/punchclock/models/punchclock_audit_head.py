# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import guard
from .punchclock_audit import GENESIS


class PunchclockAuditHead(models.Model):
    """The last entry of each chain: the one row that everybody who appends must lock."""

    _name = "punchclock.audit.head"
    _description = "Head of an Audit Chain"
    _log_access = False
    _rec_name = "company_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    seq = fields.Integer(required=True, readonly=True, aggregator=None)
    hash = fields.Char(required=True, readonly=True)

    _company_unique = models.UniqueIndex("(company_id)")

    def init(self):
        result = super().init()
        guard.chain(self.env.cr)
        return result

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(self.env._("The audit trail is written by Punchclock itself."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The head of a chain only moves with an entry."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The head of a chain is never deleted."))

    @api.model
    def _lock(self, company):
        """The head of a company's chain, locked until the transaction ends."""
        query = "SELECT seq, hash FROM punchclock_audit_head WHERE company_id = %s FOR UPDATE"
        self.env.cr.execute(query, [company.id])
        row = self.env.cr.fetchone()
        if not row:
            # Of two first entries the second finds a row it cannot see: a serialization failure, and Odoo tries again.
            self.env.cr.execute(
                """
                INSERT INTO punchclock_audit_head (company_id, seq, hash) VALUES (%s, 0, %s)
                ON CONFLICT (company_id) DO NOTHING
                """,
                [company.id, GENESIS],
            )
            self.env.cr.execute(query, [company.id])
            row = self.env.cr.fetchone()
        return {"seq": row[0], "hash": row[1]}

    @api.model
    def _advance(self, company, seq, entry_hash):
        self.env.cr.execute(
            "UPDATE punchclock_audit_head SET seq = %s, hash = %s WHERE company_id = %s", [seq, entry_hash, company.id]
        )
        self.invalidate_model(flush=False)
