# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import itertools

from odoo import api, fields, models

from .. import canonical, guard

ARRIVED = ("uuid", "gateway_id", "company_id", "received_at", "payload_sha256")
# Written at the end of the call that brought it, and final from the seal on.
COUNTS = ("event_count", "accepted_count", "duplicate_count", "review_count", "rejected_count")
BATCH_FACTS = (*ARRIVED, *COUNTS)
EVENT_FACTS = (
    "fingerprint",
    "serial",
    "serial_key",
    "pin",
    "pin_key",
    "local_time",
    "local_date",
    "state_raw",
    "verify_raw",
    "work_code",
    "channel",
    "received_at",
)
# What one audit entry seals: its payload stays readable, and a busy day is some dozens of them.
SEAL = 200


class PunchclockEvent(models.Model):
    """What a terminal said is refused any change by the database too."""

    _inherit = "punchclock.event"

    fact_ids = fields.One2many("punchclock.event.fact", "event_id", string="Corrections", readonly=True)

    def init(self):
        super().init()
        guard.protect(self.env.cr, self._table, EVENT_FACTS)

    @api.model
    def _audit_digests(self, ids):
        return guard.digests(self.env.cr, self._table, EVENT_FACTS, ids)


class PunchclockBatch(models.Model):
    """Raw punches come in too fast for an audit entry each: an hourly job seals whole batches, punches and all."""

    _inherit = "punchclock.batch"

    sealed_seq = fields.Integer(string="Sealed by Audit Entry", readonly=True, aggregator=None)

    _unsealed = models.Index("(company_id, id) WHERE sealed_seq IS NULL")

    def init(self):
        super().init()
        final = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in ("sealed_seq", *COUNTS))
        guard.protect(self.env.cr, self._table, ARRIVED, also=f"OLD.sealed_seq IS NOT NULL AND ({final})")

    @api.model
    def _cron_seal(self):
        """Seal the batches that came since the last time."""
        self.env.cr.execute("SELECT DISTINCT company_id FROM punchclock_batch WHERE sealed_seq IS NULL")
        for (company_id,) in self.env.cr.fetchall():
            company = self.env["res.company"].browse(company_id)
            while self._seal_some(company):
                if not self.env["ir.cron"]._commit_progress(SEAL, remaining=1):
                    return
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _seal_some(self, company):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT id FROM punchclock_batch WHERE company_id = %s AND sealed_seq IS NULL ORDER BY id LIMIT %s",
            [company.id, SEAL],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        if not ids:
            return 0
        digests = {self._name: self._audit_digests(ids)}
        entry = self.env["punchclock.audit"]._append(company, "batches.sealed", payload={"digests": digests})
        self.env.cr.execute("UPDATE punchclock_batch SET sealed_seq = %s WHERE id = ANY(%s)", [entry.seq, ids])
        self.invalidate_model(["sealed_seq"], flush=False)
        return len(ids)

    @api.model
    def _audit_digests(self, ids):
        """Of a batch and of every punch it brought, word for word."""
        own = guard.digests(self.env.cr, self._table, BATCH_FACTS, ids)
        self.env.cr.execute(
            f"SELECT batch_id, id, {', '.join(EVENT_FACTS)} FROM punchclock_event "  # pylint: disable=sql-injection
            "WHERE batch_id = ANY(%s) ORDER BY batch_id, id",
            [list(ids)],
        )
        for batch_id, rows in itertools.groupby(self.env.cr.fetchall(), key=lambda row: row[0]):
            own[batch_id] = canonical.digest(own[batch_id], *(canonical.canonical(row[1:]) for row in rows))
        return own
