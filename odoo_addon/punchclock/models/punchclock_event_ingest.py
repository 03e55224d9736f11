# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from datetime import timedelta

from werkzeug.exceptions import RequestEntityTooLarge

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .. import engine, wire
from .punchclock_batch import claimed_fingerprint

COLUMNS = (
    "fingerprint",
    "batch_id",
    "gateway_id",
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
    "terminal_id",
    "company_id",
    "tz_name",
    "utc_offset",
    "utc_time",
    "resolution",
    "employee_id",
    "pin_id",
    "status",
    "review_code",
)
# A terminal's clock may run a little fast.
FUTURE_AFTER = timedelta(minutes=5)
INSERT = f"""
    INSERT INTO punchclock_event ({", ".join(COLUMNS)}, conflicts, create_uid, write_uid, create_date, write_date)
    VALUES %s
    ON CONFLICT (fingerprint) DO NOTHING
    RETURNING id, fingerprint
"""


class PunchclockEvent(models.Model):
    """The one door for punches: a batch in, an outcome for each event out, any number of times."""

    _inherit = "punchclock.event"

    @api.model
    def ingest(self, events, batch_uuid=None, schema=wire.SCHEMA):
        """Store a batch of punches, each once, and answer for each in the order sent.

        ``accepted``, ``duplicate`` and ``review`` are stored when the call returns. Days are not computed here:
        they are marked, and a scheduled job computes them.

        :param list events: at most 500 objects and 512 KiB: fingerprint, serial, pin, local_time, state, verify,
            work_code, channel, received_at
        :param str batch_uuid: the caller's name of this batch. Sent again with the same events it is answered as
            the first time; with others it is refused as a conflict (HTTP 409).
        :return: ``{"outcomes": [{"fingerprint", "outcome", "code", "message", "id"}, …]}``
        """
        gateway = self.env["punchclock.gateway"]._calling_gateway()
        if schema != wire.SCHEMA:
            raise ValidationError(self.env._("This server knows schema %s of events only.", wire.SCHEMA))
        if not isinstance(events, list) or len(events) > wire.MAX_EVENTS:
            raise ValidationError(self.env._("events is a list of at most %s.", wire.MAX_EVENTS))
        digest, size = wire.digest(events)
        if size > wire.MAX_BYTES:
            raise RequestEntityTooLarge(f"a batch has at most {wire.MAX_BYTES} bytes")
        known = self.env["punchclock.batch"].sudo()._answered(gateway, batch_uuid, digest, events)
        if known is not None:
            return known
        return self.sudo()._take(events, gateway, batch_uuid=batch_uuid, digest=digest)

    @api.model
    def _take(self, events, gateway, terminal=None, batch_uuid=None, digest=None, channels=wire.CHANNELS):
        """What every way in ends in: the calls of an edge, and a file (with the terminal that a person named).

        :return: ``{"outcomes": […]}``, one for each event, in their order
        """
        outcomes, punches = [], []
        for raw in events:
            try:
                punch = wire.parse(raw, channels)
            except wire.Rejected as fault:
                outcomes.append(_rejected(raw, fault.code, fault.message))
            else:
                outcomes.append(None)
                punches.append((len(outcomes) - 1, punch))
        known, foreign = self._places_of(punches, gateway, terminal, events, outcomes)
        batch = self.env["punchclock.batch"]._begin(gateway, terminal, batch_uuid, digest or wire.digest(events)[0])
        self._store(batch, gateway, known, foreign, outcomes)
        batch._finish(outcomes)
        return {"outcomes": outcomes}

    def _places_of(self, punches, gateway, terminal, events, outcomes):
        """(index, punch, terminal or None) of what may be stored, and which of them another gateway's terminal made."""
        if terminal:
            return [(index, punch, terminal) for index, punch in punches], set()
        terminals = self._terminals_of(punches)
        known, foreign = [], set()
        for index, punch in punches:
            maker = terminals.get(punch.serial_key)
            # The same company first: asking for the root of both costs a query.
            if (
                maker
                and maker.company_id != gateway.company_id
                and maker.company_id.root_id != gateway.company_id.root_id
            ):
                outcomes[index] = _rejected(
                    events[index], "foreign_terminal", "the terminal belongs to another company"
                )
                continue
            if maker and maker.gateway_id != gateway:
                if maker.gateway_id:
                    # Kept until HR says which edge reads this terminal: an edge that was replaced, or a typing mistake.
                    foreign.add(index)
                # Without a gateway it is one that HR has not finished registering.
                maker = None
            known.append((index, punch, maker))
        return known, foreign

    def _terminals_of(self, punches):
        keys = list({punch.serial_key for _index, punch in punches})
        names = ["serial", "company_id", "gateway_id", "pin_space_id", "tz"]
        return {t.serial: t for t in self.env["punchclock.terminal"].search_fetch([("serial", "in", keys)], names)}

    def _store(self, batch, gateway, known, foreign, outcomes):
        rows = self._rows(batch, gateway, known, foreign)
        if not rows:
            return
        inserted = {
            fingerprint: event_id
            for event_id, fingerprint in self.env.cr.execute_values(
                INSERT,
                [(*(row[column] for column in COLUMNS), self.env.uid, self.env.uid) for _i, row in rows],
                template=f"({', '.join(['%s'] * len(COLUMNS))}, 0, %s, %s, "
                "now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')",
                page_size=wire.MAX_EVENTS,
                fetch=True,
            )
        }
        placed, again = [], []
        for index, row in rows:
            # Taken out: the same punch twice in one batch is accepted once and a duplicate after that.
            event_id = inserted.pop(row["fingerprint"], None)
            if event_id is None:
                again.append((index, row))
                continue
            outcomes[index] = {
                "fingerprint": row["fingerprint"],
                "outcome": "review" if row["review_code"] else "accepted",
                "code": row["review_code"],
                "message": None,
                "id": event_id,
            }
            if row["employee_id"]:
                placed.append((row["employee_id"], row["local_time"], row["utc_time"]))
        self._answer_duplicates(gateway, again, outcomes)
        self._mark_touched(placed)

    def _rows(self, batch, gateway, known, foreign):
        placed = self._instants(known)
        owners = self._owners(known)
        locked = self._locked(
            {(terminal.company_id.id, punch.local.date()) for _index, punch, terminal in known if terminal}
        )
        now = fields.Datetime.now()
        stale = now - timedelta(days=gateway.stale_days) if gateway.stale_days else None
        rows = []
        for index, punch, terminal in known:
            tz_name, utc_offset, utc_time, resolution = placed.get(index, (None, None, None, None))
            pin_id, employee_id = owners.get(index, (None, None))
            if terminal is None:
                code = "foreign_terminal" if index in foreign else "unknown_terminal"
            elif employee_id is None:
                code = "unknown_pin"
            elif utc_time is None:
                code = "time_unplaced"
            elif resolution != "unique":
                code = f"time_{resolution}"
            elif utc_time > now + FUTURE_AFTER:
                code = "time_future"
            elif stale and utc_time < stale:
                code = "time_stale"
            elif (terminal.company_id.id, punch.local.date()) in locked:
                code = "locked_period"
            else:
                code = None
            row = {
                "fingerprint": punch.fingerprint,
                "batch_id": batch.id,
                "gateway_id": gateway.id or None,
                "serial": punch.serial,
                "serial_key": punch.serial_key,
                "pin": punch.pin,
                "pin_key": punch.pin_key,
                "local_time": punch.local.isoformat(sep=" "),
                "local_date": punch.local.date(),
                "state_raw": punch.state,
                "verify_raw": punch.verify,
                "work_code": punch.work_code,
                "channel": punch.channel,
                "received_at": punch.received_at,
                "terminal_id": terminal.id if terminal else None,
                "company_id": (terminal or gateway).company_id.id,
                "tz_name": tz_name,
                "utc_offset": utc_offset,
                "utc_time": utc_time,
                "resolution": resolution,
                "employee_id": employee_id,
                "pin_id": pin_id,
                "status": "review" if code else "ok",
                "review_code": code,
            }
            rows.append((index, row))
        return rows

    @api.model
    def _locked(self, places):
        """Which of these (company id, date) lie in a closed period; closing periods is another model's business."""
        return places & set()

    def _instants(self, known):
        """Index of the event → (zone, offset, instant, resolution), one call of the engine for each zone."""
        by_zone = defaultdict(list)
        for index, punch, terminal in known:
            if terminal:
                by_zone[terminal.tz].append((index, punch.local))
        placed = {}
        for zone, entries in by_zone.items():
            answers = engine.resolve(zone, [local for _index, local in entries])
            for (index, _local), (utc_offset, utc_time, resolution) in zip(entries, answers, strict=True):
                placed[index] = (zone, utc_offset, utc_time, resolution)
        return placed

    def _owners(self, known):
        """Index of the event → (PIN record, employee), one query for the batch."""
        wanted = [(index, punch, terminal) for index, punch, terminal in known if terminal]
        if not wanted:
            return {}
        meanings = defaultdict(list)
        domain = [
            ("pin_space_id", "in", list({terminal.pin_space_id.id for _i, _p, terminal in wanted})),
            ("pin_key", "in", list({punch.pin_key for _i, punch, _t in wanted})),
        ]
        names = ["pin_space_id", "pin_key", "employee_id", "valid_from", "valid_to"]
        for meaning in self.env["punchclock.pin"].search_fetch(domain, names):
            meanings[meaning.pin_space_id.id, meaning.pin_key].append(meaning)
        owners = {}
        for index, punch, terminal in wanted:
            day = punch.local.date()
            for meaning in meanings[terminal.pin_space_id.id, punch.pin_key]:
                if (not meaning.valid_from or meaning.valid_from <= day) and (
                    not meaning.valid_to or meaning.valid_to >= day
                ):
                    owners[index] = (meaning.id, meaning.employee_id.id)
        return owners

    def _answer_duplicates(self, gateway, again, outcomes):
        if not again:
            return
        fingerprints = {row["fingerprint"] for _index, row in again}
        self.env.cr.execute(
            "SELECT fingerprint, id, state_raw, terminal_id FROM punchclock_event WHERE fingerprint IN %s",
            [tuple(fingerprints)],
        )
        stored = {fingerprint: rest for fingerprint, *rest in self.env.cr.fetchall()}
        differing, strays = [], []
        for index, row in again:
            event_id, state, terminal_id = stored[row["fingerprint"]]
            outcomes[index] = {
                "fingerprint": row["fingerprint"],
                "outcome": "duplicate",
                "code": None,
                "message": None,
                "id": event_id,
            }
            if state != row["state_raw"] and row["state_raw"] is not None:
                differing.append((event_id, row["state_raw"], row["channel"]))
            if terminal_id is None and row["terminal_id"]:
                strays.append((event_id, row["terminal_id"]))
        if differing:
            self.env.cr.execute_values(
                """
                UPDATE punchclock_event e SET conflicts = conflicts + 1, conflict_note = v.note
                  FROM (VALUES %s) AS v (id, note) WHERE v.id = e.id
                """,
                [(event_id, f"state {state} by {channel}") for event_id, state, channel in differing],
                page_size=wire.MAX_EVENTS,
            )
        if strays and gateway:
            self._claim(gateway, strays)

    def _claim(self, gateway, strays):
        """A gateway sends a punch of its own terminal that another one brought before the terminal was registered."""
        self.env.cr.execute(
            "UPDATE punchclock_event SET gateway_id = %s, company_id = %s WHERE id IN %s AND terminal_id IS NULL",
            [gateway.id, gateway.company_id.id, tuple(event_id for event_id, _terminal in strays)],
        )
        self._place(self.env["punchclock.terminal"].browse({terminal for _event, terminal in strays}))


def _rejected(raw, code, message):
    return {
        "fingerprint": claimed_fingerprint(raw),
        "outcome": "rejected",
        "code": code,
        "message": message,
        "id": None,
    }
