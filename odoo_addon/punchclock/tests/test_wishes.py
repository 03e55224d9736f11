# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .registry_case import RegistryCase


@tagged("post_install", "-at_install")
class TestWishes(RegistryCase):
    """What HR wants on terminals, while people, PINs and HR's mind change."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pin = cls.env["punchclock.pin"].search([("employee_id", "=", cls.anna.id)])
        cls.ben = cls.employee("Ben", cls.office)
        cls.today = fields.Date.today()

    def wanted(self):
        return self.gateway_of().wanted_users()["users"]

    def answer(self, wish, ok=True, **fields_):
        result = {"id": wish["id"], "revision": wish["revision"], "ok": ok, **fields_}
        answer = self.gateway_of().report_writes([result])
        self.env.invalidate_all()
        return answer["taken"]

    def write_to_brussels(self):
        """Anna is asked for on the Brussels terminal; returns her line there."""
        self.report_users({"pin": "7", "name": "Enrolled"})
        user = self.users().with_user(self.officer)
        user.action_write()
        return user

    def written_in_brussels(self):
        user = self.write_to_brussels()
        (wish,) = self.wanted()
        self.assertEqual((self.answer(wish), user.sync_state), (1, "pushed"))
        return user

    def give_to_ben(self):
        self.pin.valid_to = self.today - timedelta(days=1)
        self.give_pin(self.ben, "7", valid_from=self.today)
        self.env.invalidate_all()

    # -- the person behind a PIN changes -------------------------------------------------------------

    def test_a_pin_that_was_given_to_somebody_else_is_not_called_written(self):
        user = self.written_in_brussels()
        self.give_to_ben()
        self.assertEqual((user.employee_id, user.sync_state), (self.ben, "conflict"))
        self.assertIn("Anna", user.sync_error)
        self.assertIn("Ben", user.sync_error)
        # The next reading still finds Anna, and that is still wrong.
        self.report_users({"pin": "7", "name": "Anna"}, read_at="2026-03-02 09:00:00")
        self.assertEqual(user.sync_state, "conflict")
        user.action_write()
        (wish,) = self.wanted()
        self.assertEqual((wish["action"], wish["name"]), ("write", "Ben"))
        self.answer(wish)
        self.assertEqual((user.sync_state, user.name_on_terminal), ("pushed", "Ben"))

    def test_a_namesake_is_another_person(self):
        user = self.written_in_brussels()
        self.ben.name = "Anna"
        self.give_to_ben()
        self.assertEqual(user.sync_state, "conflict")

    def test_a_write_for_the_former_person_is_withheld(self):
        user = self.write_to_brussels()
        self.give_to_ben()
        self.assertEqual(user.sync_state, "conflict")
        self.assertEqual(self.wanted(), [])

    def test_a_day_that_has_come_since_is_seen_when_an_edge_asks(self):
        user = self.write_to_brussels()
        self.env.flush_all()
        # Midnight passes, and the nightly job has not run yet.
        self.env.cr.execute(
            "UPDATE punchclock_pin SET valid_to = %s WHERE id = %s", [self.today - timedelta(days=1), self.pin.id]
        )
        self.env.invalidate_all()
        self.assertEqual(user.sync_state, "push_pending")
        self.assertEqual(self.wanted(), [])
        self.assertEqual(user.sync_state, "conflict")

    def test_somebody_who_leaves_is_not_called_written(self):
        user = self.written_in_brussels()
        self.pin.valid_to = self.today - timedelta(days=1)
        self.assertEqual(user.sync_state, "conflict")
        self.assertIn("Anna", user.sync_error)
        user.action_remove()
        (wish,) = self.wanted()
        self.assertEqual(wish["action"], "remove")
        self.answer(wish)
        self.assertEqual((user.sync_state, user.sync_error), ("removed", False))

    def test_somebody_who_is_archived_is_not_called_written(self):
        user = self.written_in_brussels()
        self.anna.active = False
        self.assertEqual(user.sync_state, "conflict")
        user.action_write()
        self.assertEqual((user.sync_state, self.wanted()), ("conflict", []))

    def test_a_write_for_one_who_left_before_it_was_written_is_no_trouble(self):
        self.pin.with_user(self.officer).action_write_to_terminals()
        self.pin.valid_to = self.today - timedelta(days=1)
        self.assertEqual((self.states(), self.wanted()), ({"7": "removed"}, []))
        self.pin.valid_to = False
        self.assertEqual(self.states(), {"7": "push_pending"}, "and it is meant again when the end was a mistake")

    def test_a_name_or_badge_that_changed_is_to_be_written_again(self):
        user = self.written_in_brussels()
        self.anna.name = "Anna Claes"
        self.assertEqual(user.sync_state, "conflict")
        self.anna.name = "Anna"
        self.assertEqual((user.sync_state, user.sync_error), ("pushed", False))
        self.anna.barcode = "0012345"
        self.assertEqual(user.sync_state, "conflict")
        user.action_write()
        (wish,) = self.wanted()
        self.assertEqual((wish["name"], wish["card"]), ("Anna", "12345"))

    def test_a_change_that_is_taken_back_leaves_a_pending_write_pending(self):
        user = self.write_to_brussels()
        self.anna.name = "Anna Claes"
        self.assertEqual((user.sync_state, self.wanted()), ("conflict", []))
        self.anna.name = "Anna"
        self.assertEqual(user.sync_state, "push_pending")

    def test_a_removal_does_not_reach_the_next_person(self):
        user = self.written_in_brussels()
        user.action_remove()
        self.answer(self.wanted()[0])
        self.assertEqual(user.sync_state, "removed")
        self.give_to_ben()
        self.assertEqual(user.sync_state, "removed")
        # Ben is enrolled at the terminal, under the PIN that was to be gone.
        self.report_users({"pin": "7", "name": "Ben"}, read_at="2026-03-02 09:00:00")
        self.assertEqual((user.sync_state, self.wanted()), ("conflict", []))
        self.assertIn("Ben", user.sync_error)
        user.action_leave()
        self.assertEqual(user.sync_state, "mapped")

    # -- answers to what was wanted before -------------------------------------------------------------

    def test_the_result_of_a_write_is_not_that_of_a_removal(self):
        user = self.write_to_brussels()
        (write,) = self.wanted()
        user.action_remove()
        self.assertEqual(self.answer(write), 0)
        self.assertEqual((user.sync_state, user.present), ("push_pending", True))
        (removal,) = self.wanted()
        self.assertEqual((removal["id"], removal["action"]), (write["id"], "remove"))
        self.assertEqual((self.answer(removal), user.sync_state), (1, "removed"))

    def test_the_result_of_the_former_name_is_not_that_of_the_new_one(self):
        user = self.write_to_brussels()
        (former,) = self.wanted()
        self.anna.name = "Anna Claes"
        user.action_write()
        self.assertEqual(self.answer(former), 0)
        self.assertEqual(self.answer(former, ok=False, error="full"), 0)
        self.assertEqual((user.sync_state, user.name_on_terminal), ("push_pending", "Enrolled"))
        (wish,) = self.wanted()
        self.assertEqual((self.answer(wish), user.name_on_terminal), (1, "Anna Claes"))

    def test_a_write_that_is_under_way_can_be_followed_by_a_removal(self):
        self.pin.with_user(self.officer).action_write_to_terminals()
        write = self.wanted()[0]
        # Nobody has seen it on the terminal, and the edge may have written it by now.
        self.users().with_user(self.officer).action_remove()
        self.assertEqual(self.answer(write), 0)
        self.assertIn("remove", [wish["action"] for wish in self.wanted() if wish["serial"] == "BRU1"])

    # -- many --------------------------------------------------------------------------------------------

    def test_a_terminal_with_many_open_writes_does_not_keep_another_waiting(self):
        people = self.env["hr.employee"].create(
            [{"name": f"Person {number}", "company_id": self.company.id} for number in range(250)]
        )
        pins = self.env["punchclock.pin"].create(
            [
                {"pin_space_id": self.space.id, "pin": str(1000 + number), "employee_id": person.id}
                for number, person in enumerate(people)
            ]
        )
        self.brussels.state = "retired"
        pins.with_user(self.officer).action_write_to_terminals()
        self.brussels.state = "active"
        self.new_york.state = "retired"
        self.pin.with_user(self.officer).action_write_to_terminals()
        self.new_york.state = "active"
        serials = [wish["serial"] for wish in self.wanted()]
        self.assertEqual({serial: serials.count(serial) for serial in serials}, {"NYC1": 100, "BRU1": 1})

    # -- cards -------------------------------------------------------------------------------------------

    def test_a_card_is_a_number(self):
        self.ben.barcode = "0012345"
        self.report_users({"pin": "7", "name": "Anna", "card": "12345"})
        self.assertEqual(self.states(), {"7": "conflict"})
        self.assertIn("Ben", self.users().sync_error)
        self.ben.barcode = False
        self.env.flush_all()
        self.anna.barcode = "0012345"
        self.report_users({"pin": "7", "name": "Anna", "card": "12345"}, read_at="2026-03-02 09:00:00")
        self.assertEqual(self.states(), {"7": "mapped"})
        self.report_users({"pin": "7", "name": "Anna", "card": "0"}, read_at="2026-03-02 10:00:00")
        self.assertEqual(self.states(), {"7": "mapped"})

    def test_a_badge_of_another_company_is_nobodys_business(self):
        company = self.env["res.company"].create({"name": "The Others"})
        self.env["hr.employee"].create({"name": "Zoe Zimmer", "company_id": company.id, "barcode": "4711"})
        self.report_users({"pin": "7", "name": "Anna", "card": "4711"})
        self.assertEqual((self.states(), self.users().sync_error), ({"7": "mapped"}, False))
        # A branch of the same company is another matter.
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env["hr.employee"].create({"name": "Bea Branch", "company_id": branch.id, "barcode": "4712"})
        self.report_users({"pin": "7", "name": "Anna", "card": "4712"}, read_at="2026-03-02 09:00:00")
        self.assertEqual(self.states(), {"7": "conflict"})
        self.assertIn("Bea Branch", self.users().sync_error)

    # -- companies ---------------------------------------------------------------------------------------

    def test_what_terminals_hang_on_does_not_move_to_another_company(self):
        company = self.env["res.company"].create({"name": "The Others"})
        self.brussels.state = self.new_york.state = "retired"
        for record in (self.gateway, self.space):
            with self.subTest(model=record._name), self.assertRaises(ValidationError):
                record.company_id = company
        numbering = self.env["punchclock.pin.space"].create({"name": "Only PINs", "company_id": self.company.id})
        self.give_pin(self.ben, "8", space=numbering)
        with self.assertRaises(ValidationError):
            numbering.company_id = company
        unused = self.env["punchclock.gateway"].create({"name": "Unused", "company_id": self.company.id})
        empty = self.env["punchclock.pin.space"].create({"name": "Empty", "company_id": self.company.id})
        unused.company_id = empty.company_id = company
        self.assertEqual(unused.company_id + empty.company_id, company)
