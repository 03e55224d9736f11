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
