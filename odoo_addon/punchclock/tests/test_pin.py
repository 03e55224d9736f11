# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PunchclockCase


@tagged("post_install", "-at_install")
class TestPin(PunchclockCase):
    def test_punches_find_their_person_when_the_pin_is_mapped(self):
        stored = self.punch("55", "2026-03-02T08:00:00", "2026-03-02T12:00:00")
        self.assertEqual(stored.mapped("review_code"), ["unknown_pin"] * 2)
        self.drain()
        ben = self.employee("Ben", self.office)
        pin = self.give_pin(ben, "0055")
        self.assertEqual(stored.employee_id, ben)
        self.assertEqual(stored.pin_id, pin)
        self.assertEqual(stored.mapped("status"), ["ok"] * 2)
        self.assertFalse(stored[0].review_code)
        self.drain()
        self.assertEqual(self.summary(ben, "2026-03-02")[0], 4 * 3600)

    def test_a_pin_given_to_somebody_else_does_not_rewrite_history(self):
        pin = self.env["punchclock.pin"].search([("employee_id", "=", self.anna.id)])
        old = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00")
        self.drain()
        pin.valid_to = "2026-03-31"
        ben = self.employee("Ben", self.office)
        self.give_pin(ben, "7", valid_from="2026-04-01")
        new = self.punch("7", "2026-04-01T08:00:00", "2026-04-01T12:00:00")
        self.drain()
        self.assertEqual(old.employee_id, self.anna)
        self.assertEqual(new.employee_id, ben)
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 4 * 3600)
        self.assertEqual(self.summary(ben, "2026-04-01")[0], 4 * 3600)
        self.assertFalse(self.day(self.anna, "2026-04-01"))

    def test_a_corrected_mapping_moves_the_days_of_both(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00")
        self.drain()
        ben = self.employee("Ben", self.office)
        self.env["punchclock.pin"].search([("employee_id", "=", self.anna.id)]).employee_id = ben
        self.drain()
        self.assertFalse(self.day(self.anna, "2026-03-02"))
        self.assertFalse(self.env["hr.attendance"].search([("employee_id", "=", self.anna.id)]))
        self.assertEqual(self.summary(ben, "2026-03-02")[0], 4 * 3600)

    def test_a_removed_mapping_puts_the_punches_back_to_review(self):
        stored = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00")
        self.drain()
        self.env["punchclock.pin"].search([("employee_id", "=", self.anna.id)]).unlink()
        self.assertFalse(stored.employee_id)
        self.assertEqual(stored.mapped("review_code"), ["unknown_pin"] * 2)
        self.drain()
        self.assertFalse(self.day(self.anna, "2026-03-02"))

    def test_the_same_pin_in_another_numbering_is_another_person(self):
        branch = self.make_terminal("GNT1", "Europe/Brussels", pin_space_id=False)
        self.assertNotEqual(branch.pin_space_id, self.space)
        ben = self.employee("Ben", self.office)
        self.give_pin(ben, "7", space=branch.pin_space_id)
        here = self.punch("7", "2026-03-02T08:00:00")
        there = self.punch("7", "2026-03-02T08:00:00", serial="GNT1")
        self.assertEqual((here.employee_id, there.employee_id), (self.anna, ben))

    def test_one_meaning_at_a_time(self):
        ben = self.employee("Ben", self.office)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.give_pin(ben, "007")
        with self.assertRaises(ValidationError) as caught:
            self.give_pin(ben, "007", valid_from="2026-03-02")
        self.assertIn("Anna", str(caught.exception))
        with self.assertRaises(ValidationError):
            self.give_pin(ben, " \t")
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.give_pin(ben, "8", valid_from="2026-03-02", valid_to="2026-03-01")

    def test_people_of_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.env["hr.employee"].create({"name": "Stranger", "company_id": company.id})
        with self.assertRaises(ValidationError):
            self.give_pin(stranger, "8")
        branch = self.env["res.company"].create({"name": "A branch", "parent_id": self.company.id})
        colleague = self.env["hr.employee"].create({"name": "Colleague", "company_id": branch.id})
        self.assertTrue(self.give_pin(colleague, "9"))
