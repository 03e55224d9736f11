# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..access import need_officer
from ..identity import normal_pin
from ..matching import card_key, same_name

# As many as the largest terminals hold: a leaked key must not fill the database.
MAX_ON_TERMINAL = 50_000
GONE_KEPT = timedelta(days=90)


class PunchclockTerminalUser(models.Model):
    """A user on one terminal: what its edge says is there, and how that stands to what HR wants to be there.

    Whose the PIN is is another question, with dates: ``punchclock.pin``.
    """

    _name = "punchclock.terminal.user"
    _description = "User of a Terminal"
    _order = "pin_space_id, pin_key, terminal_id"
    _rec_name = "pin"

    terminal_id = fields.Many2one("punchclock.terminal", required=True, readonly=True, index=True, ondelete="cascade")
    pin_space_id = fields.Many2one(related="terminal_id.pin_space_id", store=True, index=True)
    company_id = fields.Many2one(related="terminal_id.company_id", store=True, index=True)
    pin = fields.Char(string="PIN", required=True, readonly=True, help="As the terminal keeps it.")
    pin_key = fields.Char(string="PIN (normal form)", compute="_compute_pin_key", store=True)

    # What the edge read. Templates stay on the terminal: only how many there are is told.
    present = fields.Boolean(string="On the Terminal", readonly=True)
    name_on_terminal = fields.Char(readonly=True)
    card = fields.Char(string="Card on the Terminal", readonly=True)
    privilege = fields.Integer(readonly=True, help="0 is a plain user, 14 the terminal's administrator.")
    fingerprint_count = fields.Integer(string="Fingerprints", readonly=True)
    face_count = fields.Integer(string="Faces", readonly=True)
    reported_at = fields.Datetime(string="Last Reported", readonly=True)

    pin_id = fields.Many2one("punchclock.pin", string="PIN Record", readonly=True, ondelete="set null", index=True)
    employee_id = fields.Many2one(related="pin_id.employee_id", store=True, index=True)
    valid_from = fields.Date(related="pin_id.valid_from")
    valid_to = fields.Date(related="pin_id.valid_to")
    match_method = fields.Selection(related="pin_id.match_method")
    sync_state = fields.Selection(
        [
            ("unmapped", "Unmapped"),
            ("mapped", "Mapped"),
            ("conflict", "Conflict"),
            ("push_pending", "To Be Written"),
            ("pushed", "Written"),
            ("push_failed", "Writing Failed"),
            ("removed", "Not There Any More"),
        ],
        required=True,
        readonly=True,
        default="unmapped",
        index=True,
    )
    sync_error = fields.Char(string="What Is Wrong", readonly=True)

    _terminal_pin_unique = models.UniqueIndex("(terminal_id, pin_key)", "The terminal has this PIN already.")

    @api.depends("pin")
    def _compute_pin_key(self):
        for record in self:
            record.pin_key = normal_pin(record.pin or "")

    # -- what edges say --------------------------------------------------------------------------

    @api.model
    def _take_reading(self, terminal, read_at, users, last):
        """Store what was read from a terminal; returns how many users this reading has brought so far."""
        self.env.flush_all()
        if users:
            self.env.cr.execute_values(
                """
                INSERT INTO punchclock_terminal_user
                       (terminal_id, pin_space_id, company_id, pin, pin_key, present, name_on_terminal, card, privilege,
                        fingerprint_count, face_count, reported_at, sync_state,
                        create_uid, write_uid, create_date, write_date)
                SELECT t.id, t.pin_space_id, t.company_id, v.pin, v.pin_key, TRUE, v.name, v.card, v.privilege,
                       v.fingerprints, v.faces, v.at, 'unmapped', v.uid, v.uid,
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM (VALUES %s)
                    AS v (terminal_id, pin, pin_key, name, card, privilege, fingerprints, faces, at, uid)
                  JOIN punchclock_terminal t ON t.id = v.terminal_id
                ON CONFLICT (terminal_id, pin_key) DO UPDATE
                   SET present = TRUE, pin = EXCLUDED.pin, name_on_terminal = EXCLUDED.name_on_terminal,
                       card = EXCLUDED.card, privilege = EXCLUDED.privilege,
                       fingerprint_count = EXCLUDED.fingerprint_count, face_count = EXCLUDED.face_count,
                       reported_at = EXCLUDED.reported_at
                """,
                [
                    # The order of `ReportedUser` is that of the columns.
                    (terminal.id, *user, read_at, self.env.uid)
                    for user in users
                ],
                template="(%s, %s, %s, %s, %s, %s, %s, %s, %s::timestamp, %s)",
                page_size=max(len(users), 1),
            )
        changed = {(terminal.pin_space_id.id, user.pin_key) for user in users}
        if last:
            self.env.cr.execute(
                """
                UPDATE punchclock_terminal_user SET present = FALSE
                 WHERE terminal_id = %s AND present AND (reported_at IS NULL OR reported_at < %s)
                RETURNING pin_space_id, pin_key
                """,
                [terminal.id, read_at],
            )
            changed |= set(self.env.cr.fetchall())
            # Of one that was nobody's and has gone long ago nothing is left to say.
            self.env.cr.execute(
                """
                DELETE FROM punchclock_terminal_user
                 WHERE terminal_id = %s AND NOT present AND pin_id IS NULL AND wanted IS NULL AND reported_at < %s
                """,
                [terminal.id, read_at - GONE_KEPT],
            )
        self.invalidate_model(flush=False)
        if users and self.search_count([("terminal_id", "=", terminal.id)]) > MAX_ON_TERMINAL:
            raise ValidationError(self.env._("Of one terminal at most %s users are kept.", MAX_ON_TERMINAL))
        self._refresh(changed)
        return self.search_count([("terminal_id", "=", terminal.id), ("reported_at", "=", read_at)])

    def action_map(self):
        """Say whose these PINs are."""
        self._need_officer()
        return self.env["punchclock.map.pins"]._open(self._places())

    def _places(self):
        return {(user.pin_space_id.id, user.pin_key) for user in self}

    def _need_officer(self):
        need_officer(self.env)
        self.check_access("read")

    # -- how both stand to each other --------------------------------------------------------------

    @api.model
    def _refresh(self, places):
        """Say of the users at these (PIN space, PIN) whose they are today, and how wish and terminal agree."""
        if not places:
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE punchclock_terminal_user u SET pin_id = found.pin_id, employee_id = found.employee_id
                  FROM (SELECT u.id, p.id AS pin_id, p.employee_id
                          FROM punchclock_terminal_user u
                          LEFT JOIN punchclock_pin p
                                 ON p.pin_space_id = u.pin_space_id AND p.pin_key = u.pin_key
                                AND (p.valid_from IS NULL OR p.valid_from <= %(today)s)
                                AND (p.valid_to IS NULL OR p.valid_to >= %(today)s)
                         WHERE (u.pin_space_id, u.pin_key) IN %(places)s) found
                 WHERE u.id = found.id AND (u.pin_id, u.employee_id) IS DISTINCT FROM (found.pin_id, found.employee_id)
                """,
                today=fields.Date.today(),
                places=tuple(places),
            )
        )
        self.env.cr.execute(
            SQL("SELECT id FROM punchclock_terminal_user WHERE (pin_space_id, pin_key) IN %s", tuple(places))
        )
        users = self.browse([row[0] for row in self.env.cr.fetchall()])
        users.invalidate_recordset(flush=False)
        names, cards = users._names_by_place(), users._card_owners()
        for user in users:
            state, error = user._verdict(names, cards)
            if (user.sync_state, user.sync_error or None) != (state, error):
                done = {"wish_done": True} if state == "pushed" else {}
                user.write({"sync_state": state, "sync_error": error, **done})

    def _names_by_place(self):
        """(PIN space, PIN) → the different names that its terminals show for it."""
        names = {}
        for user in self:
            if user.present and user.name_on_terminal:
                known = names.setdefault((user.pin_space_id.id, user.pin_key), [])
                if not any(same_name(user.name_on_terminal, name) for name in known):
                    known.append(user.name_on_terminal)
        return names

    def _card_owners(self):
        """(company group, card) → whose badge that is."""
        cards = {card_key(user.card) for user in self} - {""}
        owners = {}
        if cards:
            self.env["hr.employee"].flush_model(["barcode", "active"])
            self.env.cr.execute(
                "SELECT id FROM hr_employee WHERE active AND ltrim(btrim(barcode), '0') = ANY(%s)", [list(cards)]
            )
            for employee in self.env["hr.employee"].browse([row[0] for row in self.env.cr.fetchall()]):
                place = (employee.company_id.root_id, card_key(employee.barcode))
                owners[place] = owners.get(place, employee) | employee
        return owners

    def _verdict(self, names, cards):
        """(state, what is wrong)"""
        self.ensure_one()
        if self.wanted:
            return self._verdict_of_wish()
        if not self.present:
            return "removed", None
        owners = cards.get((self.company_id.root_id, card_key(self.card)))
        shown = names.get((self.pin_space_id.id, self.pin_key), [])
        if len(shown) > 1:
            return "conflict", self.env._("Terminals with one numbering show different names: %s", ", ".join(shown))
        if owners and self.employee_id and self.employee_id not in owners:
            return "conflict", self.env._("The card on the terminal is the badge of %s", owners[0].name)
        return ("mapped" if self.employee_id else "unmapped"), None

    @api.model
    def _refresh_all(self):
        """Once a day, because the meaning of a PIN begins and ends with a date."""
        self.env.cr.execute("SELECT DISTINCT pin_space_id, pin_key FROM punchclock_terminal_user")
        self._refresh(set(self.env.cr.fetchall()))
