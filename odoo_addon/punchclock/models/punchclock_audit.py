# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import contextlib
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.http import request
from odoo.tools import SQL

from .. import canonical, guard

_logger = logging.getLogger(__name__)

GENESIS = canonical.VERSION + "0" * 64
# Guarded tables and how many triggers each has; another addon adds its own in `_guarded_tables`.
GUARDED = {
    "punchclock_audit": 4,
    "punchclock_audit_head": 3,
    "punchclock_audit_anchor": 3,
    "punchclock_adjustment": 3,
    "punchclock_batch": 3,
    "punchclock_event": 3,
    "punchclock_event_fact": 3,
    "punchclock_export": 3,
}
HASHED = ("company_id", "seq", "at", "uid", "login", "ip", "action", "model", "res_id", "payload", "prev_hash", "hash")


class PunchclockAudit(models.Model):
    """Who did what, when, from where and why: one chain of entries for each company, each entry sealing all before it.

    Entries are appended by `_append` and by nothing else. The ORM refuses to change them, so does PostgreSQL
    (`guard.py`), and what is changed all the same breaks the chain.
    """

    _name = "punchclock.audit"
    _description = "Audit Entry"
    _order = "company_id, seq desc"
    _rec_name = "action"
    _allow_sudo_commands = False
    # A user's deletion would empty these columns, and `at`, `uid` and `login` say the same.
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    seq = fields.Integer(string="No.", required=True, readonly=True, aggregator=None)
    at = fields.Datetime(string="When", required=True, readonly=True)
    uid = fields.Integer(string="User ID", required=True, readonly=True, aggregator=None)
    login = fields.Char(string="Who", required=True, readonly=True, help="The login at that time.")
    ip = fields.Char(string="From", readonly=True, help="Address of the client; empty for jobs of the server.")
    action = fields.Char(string="What", required=True, readonly=True, index=True)
    model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="model", readonly=True)
    payload = fields.Text(string="Content", required=True, readonly=True, help="Canonical JSON.")
    prev_hash = fields.Char(string="Hash Before", required=True, readonly=True)
    hash = fields.Char(required=True, readonly=True)

    _chain_unique = models.UniqueIndex("(company_id, seq)")
    _record = models.Index("(model, res_id)")

    def init(self):
        result = super().init()
        guard.protect(self.env.cr, self._table, HASHED)
        return result

    # -- nobody changes an entry -----------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(self.env._("The audit trail is written by Punchclock itself."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("An entry of the audit trail is never changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An entry of the audit trail is never deleted."))

    def copy_data(self, default=None):
        raise UserError(self.env._("An entry of the audit trail cannot be copied."))

    # -- appending -------------------------------------------------------------------------------------------

    @api.model
    def _append(self, company, action, record=None, payload=None):
        """Append an entry to the chain of a company, as the user of this environment.

        The head is locked until the transaction ends: numbers have no gap and the chain no fork. Of two transactions
        the second fails on the lock and is run again by Odoo. Free text does not belong into the payload (it could
        never be erased): put its digest there.

        :param record: the record it is about, if any
        :return: the entry
        """
        head = self.env["punchclock.audit.head"]._lock(company)
        now = fields.Datetime.now()
        user = self.env.user
        row = {
            "company_id": company.id,
            "seq": head["seq"] + 1,
            "at": now,
            "uid": user.id,
            "login": user.sudo().login,
            "ip": request.httprequest.remote_addr if request else None,
            "action": action,
            "model": record._name if record is not None else None,
            "res_id": record.id if record is not None else None,
            "payload": canonical.canonical(payload or {}),
            "prev_hash": head["hash"],
        }
        row["hash"] = entry_hash(row)
        self.env.cr.execute(
            SQL(
                "INSERT INTO punchclock_audit (%s) VALUES %s RETURNING id",
                SQL(", ").join(SQL.identifier(name) for name in row),
                tuple(row.values()),
            )
        )
        entry = self.browse(self.env.cr.fetchone()[0])
        self.env["punchclock.audit.head"]._advance(company, row["seq"], row["hash"])
        return entry

    @api.model
    @contextlib.contextmanager
    def _maintenance(self, company, reason):
        """Let this transaction change guarded rows, and say so in the chain of a company, for good.

        For upgrade scripts and for erasure that a law asks for.
        """
        self.env.flush_all()
        self.env.cr.execute("SELECT txid_current()")
        payload = {"reason": reason, "txid": self.env.cr.fetchone()[0]}
        opened = self._append(company, "maintenance.opened", payload=payload)
        self.env.cr.execute("SELECT set_config('punchclock.maintenance', %s, true)", [str(opened.id)])
        try:
            yield opened
            self.env.flush_all()
        finally:
            # After an SQL error the setting goes with the rollback.
            with contextlib.suppress(Exception):
                self.env.cr.execute("SELECT set_config('punchclock.maintenance', '', true)", log_exceptions=False)

    @api.model
    def _purge(self, company, before):
        """Remove entries older than a moment; a tombstone in the chain says which, and carries their digest.

        For the end of a retention period. Whoever kept a copy of what was removed can still prove it against the
        tombstone.

        :return: the number of entries removed
        """
        self.env.cr.execute(
            """
            SELECT seq, hash FROM punchclock_audit WHERE company_id = %s AND seq < (
                SELECT COALESCE(min(seq), 0) FROM punchclock_audit WHERE company_id = %s AND at >= %s)
             ORDER BY seq
            """,
            [company.id, company.id, before],
        )
        rows = self.env.cr.fetchall()
        if not rows:
            return 0
        payload = {
            "first": rows[0][0],
            "last": rows[-1][0],
            "last_hash": rows[-1][1],
            "digest": canonical.digest(*(row[1] for row in rows)),
        }
        self._append(company, "audit.purged", payload=payload)
        with self._maintenance(company, "retention"):
            self.env.cr.execute(
                "DELETE FROM punchclock_audit WHERE company_id = %s AND seq <= %s", [company.id, rows[-1][0]]
            )
        self.invalidate_model()
        return len(rows)

    # -- what others ask -------------------------------------------------------------------------------------

    @api.model
    def _head_of(self, company):
        """(number, hash) of the last entry of a company, to be kept outside the database."""
        head = self.env["punchclock.audit.head"].sudo().search([("company_id", "=", company.id)])
        return (head.seq, head.hash) if head else (0, GENESIS)

    @api.model
    def _guarded_tables(self):
        """Guarded table → number of its triggers."""
        return dict(GUARDED)

    @api.model
    def action_verify(self):
        """Verify the chains of the active companies now, and show the result."""
        if not self.env.user.has_group("punchclock.group_punchclock_auditor"):
            raise AccessError(self.env._("Only an auditor may verify the audit trail."))
        checks = self.env["punchclock.audit.check"]._run(self.env.companies)
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_audit_check")
        action["domain"] = [("id", "in", checks.ids)]
        return action

    def action_open_record(self):
        """Open the record an entry is about."""
        self.ensure_one()
        if not self.model or self.model not in self.env or not self.env[self.model].browse(self.res_id).exists():
            raise UserError(self.env._("The record is not there any more."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }


def entry_hash(row):
    """The hash of an entry: over everything in it and the hash of the entry before."""
    facts = {name: row[name] for name in HASHED if name not in ("prev_hash", "hash")}
    return canonical.digest("punchclock-audit/1", row["prev_hash"], canonical.canonical(facts))
