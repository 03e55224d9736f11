# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import engine

# What a terminal said stays as it was said; only what Odoo concludes from it may change.
CONCLUSIONS = frozenset(
    {
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
        "conflicts",
        "conflict_note",
    }
)

# One place for what makes a punch need a person; later codes matter only when the earlier ones do not apply.
REVIEW_CODE = """
    CASE WHEN terminal_id IS NULL THEN 'unknown_terminal'
         WHEN employee_id IS NULL THEN 'unknown_pin'
         WHEN utc_time IS NULL THEN 'time_unplaced'
         WHEN resolution = 'gap' THEN 'time_gap'
         WHEN resolution = 'fold' THEN 'time_fold'
    END
"""
PLACE_CHUNK = 5000


class PunchclockEvent(models.Model):
    """A punch: what a terminal said, word for word, and what it was taken for."""

    _name = "punchclock.event"
    _description = "Punch"
    _order = "local_time desc, id desc"
    _rec_name = "local_time"

    fingerprint = fields.Char(size=32, required=True, readonly=True)
    gateway_id = fields.Many2one("punchclock.gateway", required=True, readonly=True, index=True, ondelete="restrict")
    serial = fields.Char(required=True, readonly=True, help="As the terminal sent it.")
    serial_key = fields.Char(string="Serial (normal form)", required=True, readonly=True)
    pin = fields.Char(string="PIN", required=True, readonly=True, help="As the terminal sent it.")
    pin_key = fields.Char(string="PIN (normal form)", required=True, readonly=True, index=True)
    # Text and no Datetime: a Datetime would be shown in the reader's zone, and this is the wall clock of the terminal.
    local_time = fields.Char(string="Terminal's Clock", required=True, readonly=True)
    local_date = fields.Date(string="Date on the Terminal", required=True, readonly=True)
    state_raw = fields.Char(string="State", readonly=True, help="What the terminal called it: 0 in, 1 out, …")
    verify_raw = fields.Char(string="Verified By", readonly=True)
    work_code = fields.Char(readonly=True)
    channel = fields.Selection([("poll", "Polled"), ("push", "Pushed")], required=True, readonly=True)
    received_at = fields.Datetime(string="Received by the Gateway", readonly=True)

    terminal_id = fields.Many2one("punchclock.terminal", readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    tz_name = fields.Char(string="Time Zone", readonly=True)
    utc_offset = fields.Integer(string="Offset from UTC (s)", readonly=True)
    utc_time = fields.Datetime(string="Time", readonly=True)
    resolution = fields.Selection(
        [("unique", "Unique"), ("gap", "Skipped by the clock change"), ("fold", "Occurred twice")], readonly=True
    )
    employee_id = fields.Many2one("hr.employee", readonly=True, ondelete="restrict")
    pin_id = fields.Many2one("punchclock.pin", string="PIN Record", readonly=True, ondelete="set null", index=True)
    status = fields.Selection([("ok", "Placed"), ("review", "To Review")], required=True, readonly=True, index=True)
    review_code = fields.Selection(
        [
            ("unknown_terminal", "Unknown terminal"),
            ("unknown_pin", "Unknown PIN"),
            ("time_unplaced", "Time outside every calendar"),
            ("time_gap", "Time skipped by the clock change"),
            ("time_fold", "Time that occurred twice"),
        ],
        readonly=True,
    )
    conflicts = fields.Integer(
        readonly=True, help="How often a copy of this punch arrived that called it something else (state)."
    )
    conflict_note = fields.Char(readonly=True)

    _fingerprint_unique = models.UniqueIndex("(fingerprint)", "This punch is stored already.")
    _employee_time = models.Index("(employee_id, utc_time)")
    _terminal_time = models.Index("(terminal_id, local_time)")
    # Few rows for long: only punches of terminals nobody has registered.
    _unplaced = models.Index("(serial_key) WHERE terminal_id IS NULL")

    def write(self, vals):
        facts = vals.keys() - CONCLUSIONS
        if facts:
            raise UserError(
                self.env._("A punch is kept as the terminal sent it: %s cannot be changed.", ", ".join(sorted(facts)))
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A punch is never deleted."))

    def copy_data(self, default=None):
        raise UserError(self.env._("A punch cannot be copied."))

    @api.model
    def _place(self, terminals):
        """Give the punches of these terminals their zone, their instant and, by their PIN, their person."""
        self.env.flush_all()
        places = set()
        for terminal in terminals:
            # Only punches that the same company's gateways brought: another company's may not be claimed by a serial.
            tree = self.env["res.company"].sudo().search([("id", "child_of", terminal.company_id.root_id.id)])
            self.env.cr.execute(
                """
                SELECT id, local_time FROM punchclock_event
                 WHERE terminal_id = %s OR (terminal_id IS NULL AND serial_key = %s AND company_id IN %s)
                 ORDER BY id
                """,
                [terminal.id, terminal.serial, tuple(tree.ids)],
            )
            rows = self.env.cr.fetchall()
            for start in range(0, len(rows), PLACE_CHUNK):
                chunk = rows[start : start + PLACE_CHUNK]
                answers = engine.resolve(terminal.tz, [datetime.fromisoformat(local) for _id, local in chunk])
                self.env.cr.execute_values(
                    """
                    UPDATE punchclock_event e
                       SET terminal_id = v.terminal_id, company_id = v.company_id, tz_name = v.tz_name,
                           utc_offset = v.utc_offset, utc_time = v.utc_time, resolution = v.resolution,
                           employee_id = NULL, pin_id = NULL
                      FROM (VALUES %s)
                        AS v (id, terminal_id, company_id, tz_name, utc_offset, utc_time, resolution)
                     WHERE e.id = v.id
                    """,
                    [
                        (event_id, terminal.id, terminal.company_id.id, terminal.tz, *placed)
                        for (event_id, _local), placed in zip(chunk, answers, strict=True)
                    ],
                    template="(%s, %s, %s, %s, %s::int, %s::timestamp, %s)",
                    page_size=PLACE_CHUNK,
                )
            self.env.cr.execute("SELECT DISTINCT pin_key FROM punchclock_event WHERE terminal_id = %s", [terminal.id])
            places |= {(terminal.pin_space_id.id, key) for (key,) in self.env.cr.fetchall()}
        self.invalidate_model()
        self._match(places)

    @api.model
    def _match(self, places):
        """Say whose the punches of these (PIN space, PIN) are, and mark the days of everybody concerned."""
        if not places:
            return
        self.env.flush_all()
        # `old` is read before the update: who loses a punch needs the day computed again as much as who gets it.
        self.env.cr.execute(
            SQL(
                """
                WITH found AS (
                    SELECT e.id, e.employee_id AS old_employee_id, p.id AS pin_id, p.employee_id
                      FROM punchclock_event e
                      JOIN punchclock_terminal t ON t.id = e.terminal_id
                      LEFT JOIN punchclock_pin p
                             ON p.pin_space_id = t.pin_space_id AND p.pin_key = e.pin_key
                            AND (p.valid_from IS NULL OR p.valid_from <= e.local_date)
                            AND (p.valid_to IS NULL OR p.valid_to >= e.local_date)
                     WHERE (t.pin_space_id, e.pin_key) IN %(places)s
                )
                UPDATE punchclock_event e
                   SET pin_id = found.pin_id, employee_id = found.employee_id,
                       write_date = now() AT TIME ZONE 'UTC', write_uid = %(uid)s
                  FROM found
                 WHERE found.id = e.id
                   AND (e.pin_id IS DISTINCT FROM found.pin_id OR e.employee_id IS DISTINCT FROM found.employee_id)
                RETURNING e.id, e.local_time, found.old_employee_id, e.employee_id
                """,
                places=tuple(places),
                uid=self.env.uid,
            )
        )
        changed = self.env.cr.fetchall()
        self.env.cr.execute(
            SQL(
                """
                UPDATE punchclock_event e
                   SET review_code = %(code)s,
                       status = CASE WHEN (%(code)s) IS NULL THEN 'ok' ELSE 'review' END
                  FROM punchclock_terminal t
                 WHERE t.id = e.terminal_id AND (t.pin_space_id, e.pin_key) IN %(places)s
                """,
                code=SQL(REVIEW_CODE),
                places=tuple(places),
            )
        )
        self.invalidate_model()
        marks = set()
        for _id, local, old, new in changed:
            for employee_id in {old, new} - {None}:
                marks |= {(employee_id, day) for day in touched_dates(datetime.fromisoformat(local))}
        self.env["punchclock.dirty.day"]._mark(marks)


def touched_dates(local):
    """The dates whose day a punch at this local time may change.

    A night shift owns the next morning; a shift that begins just after midnight takes punches of the evening before.
    """
    day = local.date()
    dates = [day]
    if day > date.min:
        dates.append(day - timedelta(days=1))
    until_midnight = datetime.combine(day, time.max) - local
    if until_midnight < timedelta(seconds=engine.REACH_S) and day < date.max:
        dates.append(day + timedelta(days=1))
    return dates
