# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import secrets
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import engine
from ..access import need_officer
from ..identity import fingerprint

# What a terminal said stays as it was said; only what Odoo concludes from it may change.
CONCLUSIONS = frozenset(
    {
        "gateway_id",
        "batch_id",
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
        "reviewed",
        "conflicts",
        "conflict_note",
    }
)


class PunchclockEvent(models.Model):
    """A punch: what a terminal said, word for word, and what it was taken for."""

    _name = "punchclock.event"
    _description = "Punch"
    _order = "local_time desc, id desc"
    _rec_name = "local_time"

    fingerprint = fields.Char(size=32, required=True, readonly=True)
    batch_id = fields.Many2one("punchclock.batch", readonly=True, index="btree_not_null", ondelete="restrict")
    gateway_id = fields.Many2one("punchclock.gateway", readonly=True, index=True, ondelete="restrict")
    serial = fields.Char(readonly=True, help="As the terminal sent it.")
    serial_key = fields.Char(string="Serial (normal form)", readonly=True)
    pin = fields.Char(string="PIN", readonly=True, help="As the terminal sent it.")
    pin_key = fields.Char(string="PIN (normal form)", readonly=True, index=True)
    # Text and no Datetime: a Datetime would be shown in the reader's zone, and this is the wall clock of the terminal.
    local_time = fields.Char(string="Terminal's Clock", required=True, readonly=True)
    local_date = fields.Date(string="Date on the Terminal", required=True, readonly=True)
    state_raw = fields.Char(string="State", readonly=True, help="What the terminal called it: 0 in, 1 out, …")
    verify_raw = fields.Char(string="Verified By", readonly=True)
    work_code = fields.Char(readonly=True)
    channel = fields.Selection(
        [("poll", "Polled"), ("push", "Pushed"), ("file", "File from the Terminal"), ("manual", "Entered by Hand")],
        required=True,
        readonly=True,
    )
    received_at = fields.Datetime(string="Received by the Gateway", readonly=True)

    day_id = fields.Many2one("punchclock.day", "Worked Day", compute="_compute_day_id", help="The day it belongs to.")
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
    status = fields.Selection(
        [("ok", "Placed"), ("debounced", "Second Tap"), ("voided", "Voided"), ("review", "To Review")],
        required=True,
        readonly=True,
        index=True,
        help="A voided punch counts in no day. A second tap is kept and left out by the rules.",
    )
    review_code = fields.Selection(
        [
            ("unknown_terminal", "Unknown terminal"),
            ("foreign_terminal", "Terminal of another gateway"),
            ("unknown_pin", "Unknown PIN"),
            ("time_unplaced", "Time outside every calendar"),
            ("time_gap", "Time skipped by the clock change"),
            ("time_fold", "Time that occurred twice"),
            ("time_future", "Time that has not come yet"),
            ("time_stale", "Time long past"),
            ("locked_period", "Day of a closed period"),
        ],
        readonly=True,
    )
    reviewed = fields.Boolean(readonly=True, help="A person has looked at it and lets it count as it is.")
    conflicts = fields.Integer(
        readonly=True, help="How often a copy of this punch arrived that called it something else (state)."
    )
    conflict_note = fields.Char(readonly=True)

    _source_known = models.Constraint(
        "CHECK (channel = 'manual' OR (serial IS NOT NULL AND serial_key IS NOT NULL AND pin IS NOT NULL"
        " AND pin_key IS NOT NULL))",
        "A punch names its terminal and its PIN, unless it was entered by hand.",
    )
    _fingerprint_unique = models.UniqueIndex("(fingerprint)", "This punch is stored already.")
    _employee_time = models.Index("(employee_id, utc_time)")
    _terminal_time = models.Index("(terminal_id, local_time)")
    # Few rows for long: only punches of terminals nobody has registered.
    _unplaced = models.Index("(serial_key) WHERE terminal_id IS NULL")

    @api.model
    def _conclusions(self):
        """The names of what may be changed; what another model adds to a punch is never a fact of the terminal."""
        return CONCLUSIONS

    def write(self, vals):
        facts = vals.keys() - self._conclusions()
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
    def _add_manual(self, employee, local, tz_name, state=None):
        """A punch that a person entered, as a new fact beside those of the terminals; its day is marked.

        :param datetime local: naive, by the clock of ``tz_name``
        :param state: "0" for in, "1" for out, ``None`` for "the rules tell"
        """
        ((utc_offset, utc_time, resolution),) = engine.resolve(tz_name, [local])
        if utc_time is None:
            raise UserError(self.env._("%s is outside the years that time zones are known for.", local))
        seconds = fingerprint("", "", local)[:8]
        event = self.create(
            {
                # Two people may enter the same second for two reasons: the rest is chance, so that none is lost.
                "fingerprint": seconds + secrets.token_hex(12),
                "local_time": local.isoformat(sep=" ", timespec="seconds"),
                "local_date": local.date(),
                "state_raw": state,
                "channel": "manual",
                "company_id": employee.company_id.id,
                "tz_name": tz_name,
                "utc_offset": utc_offset,
                "utc_time": utc_time,
                "resolution": resolution,
                "employee_id": employee.id,
                "status": "ok",
            }
        )
        event._mark_own_days()
        return event

    def _compute_day_id(self):
        """Days name their punches, and each is of one person near one date: no column that every run writes again."""
        self.env["punchclock.day"].flush_model(["punches"])
        self.env.cr.execute(
            """
            SELECT e.id, min(d.id) FROM punchclock_event e
              JOIN punchclock_day d ON d.employee_id = e.employee_id AND d.punches @> to_jsonb(e.id)
                                   AND d.date BETWEEN e.local_date - 2 AND e.local_date + 2
             WHERE e.id = ANY(%s) GROUP BY e.id
            """,
            [self.ids],
        )
        days = dict(self.env.cr.fetchall())
        # Whoever may read a punch need not be one who may read the day.
        readable = self.env["punchclock.day"].search([("id", "in", list(days.values()))])
        readable = {day.id: day for day in readable}
        for event in self:
            event.day_id = readable.get(days.get(event.id))

    def _void(self):
        """Leave these punches out of every day; they stay as they are, and visible."""
        self.filtered(lambda event: event.status != "voided").write({"status": "voided"})
        self._mark_own_days()

    def _unvoid(self):
        """Count these punches again."""
        for event in self.filtered(lambda event: event.status == "voided"):
            event.status = "review" if event.review_code and not event.reviewed else "ok"
        self._mark_own_days()

    def action_accept(self):
        """Let punches with a doubtful time count as they are; whose or whence they are must be known."""
        need_officer(self.env)
        self.check_access("read")
        placed = self.filtered(lambda e: e.status == "review" and e.terminal_id and e.employee_id and e.utc_time)
        if self.env.user in placed.sudo().employee_id.user_id:
            raise UserError(self.env._("Nobody lets their own doubtful punches count."))
        placed.sudo().write({"status": "ok", "reviewed": True})

    def action_map(self):
        """Say whose the PINs of these punches are."""
        self.check_access("read")
        unknown = self.filtered(lambda event: event.review_code == "unknown_pin")
        return self.env["punchclock.map.pins"]._open(
            {(event.terminal_id.sudo().pin_space_id.id, event.pin_key) for event in unknown}
        )

    def _mark_own_days(self):
        self._mark_touched(
            (event.employee_id.id, event.local_time, event.utc_time) for event in self if event.employee_id
        )

    @api.model
    def _mark_touched(self, punches):
        """Mark the days that punches may change: (employee id, terminal's clock as text, instant or None) of each.

        A punch without an instant has no say in any day.
        """
        placed = [(employee_id, local, utc) for employee_id, local, utc in punches if utc]
        if not placed:
            return
        zones = self.env["hr.employee"]._punchclock_zones({employee_id for employee_id, _local, _utc in placed})
        marks = set()
        for employee_id, local, utc in placed:
            # Days are dated by the employee's clock, which need not be the one of the wall the terminal hangs on.
            clocks = {pytz.utc.localize(utc).astimezone(zone).replace(tzinfo=None) for zone in zones[employee_id]}
            for clock in clocks | {datetime.fromisoformat(local)}:
                marks |= {(employee_id, day) for day in touched_dates(clock)}
        self.env["punchclock.dirty.day"]._mark(marks)


def touched_dates(local):
    """The dates whose day a punch at this local time may change.

    A night shift owns the next morning; a shift that begins just after midnight takes punches of the evening before.
    """
    day = local.date()
    dates = [day - timedelta(days=1), day]
    until_midnight = datetime.combine(day, time.max) - local
    if until_midnight < timedelta(seconds=engine.REACH_S):
        dates.append(day + timedelta(days=1))
    return dates
