# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import api, models
from odoo.exceptions import ValidationError

from .. import engine, wire

COLUMNS = (
    "fingerprint",
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
    def ingest(self, events):
        """Store a batch of punches, each once, and answer for each in the order sent.

        ``accepted``, ``duplicate`` and ``review`` are stored when the call returns. Days are not computed here:
        they are marked, and a scheduled job computes them.

        :param list events: at most 500 objects: fingerprint, serial, pin, local_time, state, verify, work_code,
            channel, received_at
        :return: ``{"outcomes": [{"fingerprint", "outcome", "code", "message", "id"}, …]}``
        """
        gateway = self.env["punchclock.gateway"]._calling_gateway()
        if not isinstance(events, list) or len(events) > wire.MAX_EVENTS:
            raise ValidationError(self.env._("events is a list of at most %s.", wire.MAX_EVENTS))
        batch = self.sudo()
        outcomes, punches = [], []
        for raw in events:
            try:
                punch = wire.parse(raw)
            except wire.Rejected as fault:
                outcomes.append(_rejected(raw, fault.code, fault.message))
            else:
                outcomes.append(None)
                punches.append((len(outcomes) - 1, punch))

        terminals = batch._terminals_of(punches)
        known, foreign = [], set()
        for index, punch in punches:
            terminal = terminals.get(punch.serial_key)
            if terminal and terminal.company_id.root_id != gateway.company_id.root_id:
                outcomes[index] = _rejected(
                    events[index], "foreign_terminal", "the terminal belongs to another company"
                )
                continue
            if terminal and terminal.gateway_id != gateway:
                if terminal.gateway_id:
                    # Kept until HR says which edge reads this terminal: an edge that was replaced, or a typing mistake.
                    foreign.add(index)
                # Without a gateway it is one that HR has not finished registering.
                terminal = None
            known.append((index, punch, terminal))
        batch._store(gateway, known, foreign, outcomes)
        return {"outcomes": outcomes}

    def _terminals_of(self, punches):
        keys = list({punch.serial_key for _index, punch in punches})
        return {t.serial: t for t in self.env["punchclock.terminal"].search([("serial", "in", keys)])}

    def _store(self, gateway, known, foreign, outcomes):
        rows = self._rows(gateway, known, foreign)
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

    def _rows(self, gateway, known, foreign):
        placed = self._instants(known)
        owners = self._owners(known)
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
            else:
                code = {"gap": "time_gap", "fold": "time_fold"}.get(resolution)
            row = {
                "fingerprint": punch.fingerprint,
                "gateway_id": gateway.id,
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
        for meaning in self.env["punchclock.pin"].search(domain):
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
        if strays:
            self._claim(gateway, strays)

    def _claim(self, gateway, strays):
        """A gateway sends a punch of its own terminal that another one brought before the terminal was registered."""
        self.env.cr.execute(
            "UPDATE punchclock_event SET gateway_id = %s, company_id = %s WHERE id IN %s AND terminal_id IS NULL",
            [gateway.id, gateway.company_id.id, tuple(event_id for event_id, _terminal in strays)],
        )
        self._place(self.env["punchclock.terminal"].browse({terminal for _event, terminal in strays}))


def _rejected(raw, code, message):
    claimed = raw.get("fingerprint") if isinstance(raw, dict) else None
    return {
        "fingerprint": claimed if isinstance(claimed, str) and len(claimed) <= wire.MAX_TEXT else None,
        "outcome": "rejected",
        "code": code,
        "message": message,
        "id": None,
    }
