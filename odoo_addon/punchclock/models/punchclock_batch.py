# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import uuid
from datetime import timedelta

from psycopg2.extras import Json
from werkzeug.exceptions import Conflict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .. import wire
from .punchclock_gateway import too_many

# An edge repeats a call whose answer it lost within hours; after that the fingerprints alone keep punches single.
ANSWER_KEPT = timedelta(days=30)
OUTCOMES = ("accepted", "duplicate", "review", "rejected")


class PunchclockBatch(models.Model):
    """One call of an edge: which punches it brought, and what it was answered."""

    _name = "punchclock.batch"
    _description = "Batch of Punches"
    _order = "id desc"
    _rec_name = "uuid"

    uuid = fields.Char(string="UUID", required=True, readonly=True)
    gateway_id = fields.Many2one("punchclock.gateway", readonly=True, ondelete="restrict")
    terminal_id = fields.Many2one(
        "punchclock.terminal", readonly=True, ondelete="restrict", help="Of a file that a person brought from it."
    )
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

    @api.model
    def _answered(self, gateway, batch_uuid, digest, events):
        """The answer that this batch got before, or ``None`` for a new one.

        The same name on other events is a conflict (HTTP 409); more punches or batches within a minute than the gateway
        may bring are refused with the advice to come back later (HTTP 429). All is asked in one query.
        """
        if batch_uuid is not None and not wire.is_uuid(batch_uuid):
            raise ValidationError(self.env._("batch_uuid is not a UUID in lower case."))
        self.flush_model(["answer"])
        self.env.cr.execute(
            """
            SELECT lately.calls, lately.brought, lately.oldest, b.id, b.gateway_id, b.payload_sha256, b.answer
              FROM (SELECT count(*) AS calls, COALESCE(sum(event_count), 0) AS brought, min(received_at) AS oldest
                      FROM punchclock_batch
                     WHERE gateway_id = %s AND received_at > now() AT TIME ZONE 'UTC' - interval '1 minute') lately
              LEFT JOIN punchclock_batch b ON b.uuid = %s
            """,
            [gateway.id, batch_uuid],
        )
        calls, brought, oldest, known, gateway_id, stored_digest, answer = self.env.cr.fetchone()
        if not known:
            if brought and brought + len(events) > gateway.events_per_minute:
                raise too_many("too many punches within a minute", oldest)
            if calls >= gateway.calls_per_minute:
                raise too_many("too many batches within a minute", oldest)
            return None
        if gateway_id != gateway.id or stored_digest != digest:
            raise Conflict("this batch_uuid belongs to other events")
        if answer is None:
            # Too old to be kept: the fingerprints answer, and this time the batch needs no second row.
            return {"outcomes": self._recall(events)}
        return {
            "outcomes": [
                {
                    "fingerprint": claimed_fingerprint(event),
                    "outcome": OUTCOMES[outcome],
                    "code": code,
                    "message": message,
                    "id": event_id,
                }
                for event, (outcome, code, message, event_id) in zip(events, answer, strict=True)
            ]
        }

    @api.model
    def _recall(self, events):
        claimed = [claimed_fingerprint(event) for event in events]
        self.env.cr.execute(
            "SELECT fingerprint, id FROM punchclock_event WHERE fingerprint IN %s", [tuple({*claimed, ""} - {None})]
        )
        stored = dict(self.env.cr.fetchall())
        return [
            {"fingerprint": name, "outcome": "duplicate", "code": None, "message": None, "id": stored[name]}
            if name in stored
            else {
                "fingerprint": name,
                "outcome": "rejected",
                "code": "schema",
                "message": "rejected when this batch was first sent",
                "id": None,
            }
            for name in claimed
        ]

    @api.model
    def _begin(self, gateway, terminal, batch_uuid, digest):
        """The row that the punches of a batch point to.

        Two calls with one name meet at its unique index. The clause on conflict does not skip: the second has not seen
        the first's row, and fails so that Odoo runs it again; without the clause it would be refused for good.
        """
        self.env.cr.execute(
            """
            INSERT INTO punchclock_batch (uuid, gateway_id, terminal_id, company_id, payload_sha256, received_at,
                                          create_uid, write_uid, create_date, write_date)
            SELECT %s, %s, %s, %s, %s, t.now, %s, %s, t.now, t.now FROM (SELECT now() AT TIME ZONE 'UTC' AS now) t
            ON CONFLICT (uuid) DO NOTHING
            RETURNING id
            """,
            [
                batch_uuid or str(uuid.uuid4()),
                gateway.id or None,
                terminal.id if terminal else None,
                (terminal or gateway).company_id.id,
                digest,
                self.env.uid,
                self.env.uid,
            ],
        )
        return self.browse(self.env.cr.fetchone()[0])

    def _finish(self, outcomes):
        counts = dict.fromkeys(OUTCOMES, 0)
        for outcome in outcomes:
            counts[outcome["outcome"]] += 1
        answer = [[OUTCOMES.index(o["outcome"]), o["code"], o["message"], o["id"]] for o in outcomes]
        self.env.cr.execute(
            """
            UPDATE punchclock_batch SET event_count = %s, accepted_count = %s, duplicate_count = %s, review_count = %s,
                                        rejected_count = %s, answer = %s WHERE id = %s
            """,
            [len(outcomes), *counts.values(), Json(answer), self.id],
        )
        self.invalidate_recordset(flush=False)

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


def claimed_fingerprint(raw):
    """The fingerprint that a row of a request names, if it can be one: what an answer repeats to its sender."""
    claimed = raw.get("fingerprint") if isinstance(raw, dict) else None
    return claimed if isinstance(claimed, str) and len(claimed) <= wire.MAX_TEXT else None
