# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import guard

FACTS = ("company_id", "seq", "hash", "given_to", "at")


class PunchclockAuditAnchor(models.Model):
    """Which head of a chain left the database when, and to whom.

    The copies outside (edges, exported files) are what finds a rewritten database; this list says where to look.
    """

    _name = "punchclock.audit.anchor"
    _description = "Audit Anchor"
    _order = "id desc"
    _log_access = False
    _rec_name = "given_to"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    seq = fields.Integer(string="No.", required=True, readonly=True, aggregator=None)
    hash = fields.Char(required=True, readonly=True)
    given_to = fields.Char(required=True, readonly=True, help="A gateway or an export.")
    at = fields.Datetime(string="When", required=True, readonly=True)

    _given_unique = models.UniqueIndex("(company_id, given_to, seq)")

    def init(self):
        result = super().init()
        guard.protect(self.env.cr, self._table, FACTS)
        return result

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(self.env._("The audit trail is written by Punchclock itself."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("What was handed out stays as it was."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was handed out stays as it was."))

    @api.model
    def _hand_out(self, company, given_to):
        """The head of a company's chain, for somebody outside; noted once for each head.

        :return: ``{"seq", "hash"}``
        """
        seq, entry_hash = self.env["punchclock.audit"]._head_of(company)
        if seq:
            self.env.cr.execute(
                """
                INSERT INTO punchclock_audit_anchor (company_id, seq, hash, given_to, at)
                VALUES (%s, %s, %s, %s, %s) ON CONFLICT (company_id, given_to, seq) DO NOTHING
                """,
                [company.id, seq, entry_hash, given_to, fields.Datetime.now()],
            )
        return {"seq": seq, "hash": entry_hash}
