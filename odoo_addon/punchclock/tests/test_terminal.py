# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import PunchclockCase, event


@tagged("post_install", "-at_install")
class TestTerminal(PunchclockCase):
    def test_serial_is_normalised(self):
        terminal = self.make_terminal(" abc9\t", "UTC")
        self.assertEqual(terminal.serial, "ABC9")
        with self.assertRaises(ValidationError):
            self.make_terminal(" \t ", "UTC")

    def test_the_last_punch_is_shown(self):
        self.assertFalse(self.brussels.last_event)
        self.punch("7", "2026-03-02T17:00:00", "2026-03-02T08:00:00")
        self.punch("7", "2026-03-01T08:00:00", serial="NYC1")
        terminals = (self.brussels + self.new_york).with_user(self.officer)
        terminals.invalidate_recordset(["last_event"])
        self.assertEqual(
            terminals.mapped("last_event"), [datetime(2026, 3, 2, 16), datetime(2026, 3, 1, 13)], "whatever came last"
        )

    def test_punches_of_an_unknown_terminal_are_placed_when_it_is_registered(self):
        stored = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00", serial="late1")
        self.assertEqual(stored.mapped("review_code"), ["unknown_terminal"] * 2)
        self.assertFalse(stored[0].utc_time)
        terminal = self.make_terminal("LATE1", "America/New_York")
        self.assertEqual(stored.terminal_id, terminal)
        self.assertEqual(stored[0].utc_time, datetime(2026, 3, 2, 13))
        self.assertEqual(stored.employee_id, self.anna)
        self.assertEqual(stored.mapped("status"), ["ok"] * 2)
        self.drain()
        self.assertTrue(self.day(self.anna, "2026-03-02"))

    def test_they_are_placed_when_a_gateway_is_named(self):
        terminal = self.make_terminal("LATE2", "Europe/Brussels", gateway_id=False)
        stored = self.punch("7", "2026-03-02T08:00:00", serial="LATE2")
        self.assertFalse(stored.terminal_id)
        terminal.gateway_id = self.gateway
        self.assertEqual(stored.terminal_id, terminal)

    def test_a_corrected_zone_moves_the_instants_and_makes_no_duplicate(self):
        stored = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00")
        self.drain()
        self.brussels.tz = "Europe/London"
        self.assertEqual(stored[0].utc_time, datetime(2026, 3, 2, 8))
        self.assertEqual(self.ingest(event("BRU1", "7", "2026-03-02T08:00:00"))[0]["outcome"], "duplicate")
        self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-02")[2], "09:00:00")

    def test_another_company_cannot_claim_punches_by_registering_the_serial(self):
        stored = self.punch("7", "2026-03-02T08:00:00", serial="MINE1")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.admin.company_ids |= company
        other, user, _key = self.make_gateway("Elsewhere", company)
        terminal = self.make_terminal("MINE1", "UTC", company_id=company.id, gateway_id=other.id, pin_space_id=False)
        self.assertFalse(stored.terminal_id)
        self.assertEqual(stored.company_id, self.company)
        # Its own gateway brings the same punch: now it is the terminal's.
        outcome = self.ingest(event("MINE1", "7", "2026-03-02T08:00:00"), user=user)[0]
        self.assertEqual((outcome["outcome"], outcome["id"]), ("duplicate", stored.id))
        self.env.invalidate_all()
        self.assertEqual((stored.terminal_id, stored.company_id), (terminal, company))

    def test_a_serial_with_punches_stays(self):
        self.punch("7", "2026-03-02T08:00:00")
        with self.assertRaises(ValidationError):
            self.brussels.serial = "OTHER"
        self.brussels.serial = " bru1 "
        self.new_york.serial = "NYC2"
        self.assertEqual(self.new_york.serial, "NYC2")

    def test_punches_brought_by_another_gateway_wait_until_hr_moves_the_terminal(self):
        spare, bot, _key = self.make_gateway("Spare")
        batch = [event("BRU1", "7", f"2026-03-02T{hour}:00:00") for hour in ("08", "17")]
        outcomes = self.ingest(*batch, user=bot)
        self.assertEqual(
            [(o["outcome"], o["code"], o["message"]) for o in outcomes], [("review", "foreign_terminal", None)] * 2
        )
        stored = self.env["punchclock.event"].browse([o["id"] for o in outcomes])
        self.assertEqual(stored.gateway_id, spare)
        self.assertFalse(stored.terminal_id or stored.employee_id)
        # Nothing but the terminal's gateway decides: no other change takes them in, nor does the scheduled job.
        self.brussels.tz = "Europe/London"
        self.brussels.tz = "Europe/Brussels"
        self.env["punchclock.event"]._heal()
        self.assertFalse(stored.terminal_id)
        self.assertEqual(stored.mapped("review_code"), ["foreign_terminal"] * 2)
        self.assertFalse(self.env["punchclock.dirty.day"].search([]))
        self.brussels.gateway_id = spare
        self.assertEqual(stored.terminal_id, self.brussels)
        self.assertEqual(stored.mapped("status"), ["ok"] * 2)
        self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 8 * 3600)

    def test_the_terminals_own_gateway_brings_the_same_punch_after_all(self):
        _spare, bot, _key = self.make_gateway("Spare")
        stray = self.ingest(event("BRU1", "7", "2026-03-02T08:00:00"), user=bot)[0]
        own = self.ingest(event("BRU1", "7", "2026-03-02T08:00:00"))[0]
        self.assertEqual((own["outcome"], own["id"]), ("duplicate", stray["id"]))
        self.env.invalidate_all()
        stored = self.env["punchclock.event"].browse(stray["id"])
        self.assertEqual((stored.terminal_id, stored.gateway_id, stored.status), (self.brussels, self.gateway, "ok"))

    def test_a_terminal_registered_under_another_gateway_than_brought_its_punches(self):
        spare, _bot, _key = self.make_gateway("Spare")
        stored = self.punch("7", "2026-03-02T08:00:00", serial="LATE3")
        terminal = self.make_terminal("LATE3", "Europe/Brussels", gateway_id=spare.id)
        self.assertFalse(stored.terminal_id)
        self.assertEqual(stored.review_code, "foreign_terminal")
        terminal.gateway_id = self.gateway
        self.assertEqual((stored.terminal_id, stored.status), (terminal, "ok"))

    def test_another_numbering_takes_the_days_from_the_old_owner(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.punch("7", "2026-03-04T08:00:00", serial="NYC1")
        self.drain()
        ben = self.employee("Ben", self.office)
        other = self.env["punchclock.pin.space"].create({"name": "Other", "company_id": self.company.id})
        self.give_pin(ben, "7", space=other)
        self.brussels.pin_space_id = other
        marked = self.env["punchclock.dirty.day"].search([])
        self.assertEqual(
            sorted((row.employee_id.name, row.date.day) for row in marked),
            [("Anna", 1), ("Anna", 2), ("Ben", 1), ("Ben", 2)],
        )
        self.drain()
        self.assertFalse(self.day(self.anna, "2026-03-02"))
        self.assertEqual(self.summary(ben, "2026-03-02")[0], 8 * 3600)
        self.brussels.pin_space_id = self.env["punchclock.pin.space"].create(
            {"name": "Nobody's", "company_id": self.company.id}
        )
        self.drain()
        self.assertFalse(self.day(ben, "2026-03-02"))
        self.assertFalse(self.env["hr.attendance"].search([("employee_id", "=", ben.id)]))

    def test_what_stays_the_same_is_not_marked_again(self):
        stored = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.env.flush_all()
        # Where a row lies: an update, even an idle one, moves it.
        where = "SELECT id, ctid::text FROM punchclock_event WHERE id IN %s ORDER BY id"
        self.env.cr.execute(where, [tuple(stored.ids)])
        before = self.env.cr.fetchall()
        self.brussels.write({"tz": "Europe/Brussels", "pin_space_id": self.space.id, "gateway_id": self.gateway.id})
        self.env["punchclock.event"]._heal_recent()
        self.assertFalse(self.env["punchclock.dirty.day"].search([]))
        self.env.cr.execute(where, [tuple(stored.ids)])
        self.assertEqual(self.env.cr.fetchall(), before)
        # The same clock under another name: the instants stay, the punches say so.
        self.brussels.tz = "Europe/Paris"
        self.assertEqual(stored.mapped("tz_name"), ["Europe/Paris"] * 2)

    def test_a_terminal_without_gateway_keeps_its_punches_right(self):
        stored = self.punch("7", "2026-03-02T08:00:00")
        self.brussels.gateway_id = False
        self.brussels.tz = "Europe/London"
        self.assertEqual(stored.utc_time, datetime(2026, 3, 2, 8))
