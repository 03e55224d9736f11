# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import uuid

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import event
from .registry_case import RegistryCase


@tagged("post_install", "-at_install")
class TestWizards(RegistryCase):
    def open(self, action):
        return self.env[action["res_model"]].with_user(self.officer).browse(action["res_id"])

    def test_unknown_pins_are_mapped_with_suggestions(self):
        bart = self.employee("Bart Dubois", self.office)
        carol = self.employee("Carol Smith", self.office)
        carol.barcode = "0778899"
        daniel = self.employee("Daniel Reyes", self.office)
        stored = self.punch("21", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.punch("24", "2026-03-03T08:00:00")
        self.report_users(
            {"pin": "21", "name": "DUBOIS  BART"},
            {"pin": "22", "name": "unknown", "card": "778899"},
            {"pin": "23", "name": "Daniel Reyez"},
            {"pin": "7", "name": "Anna"},
        )
        wizard = self.open(self.env["punchclock.map.pins"].with_user(self.officer).action_open())
        lines = {line.pin: line for line in wizard.line_ids}
        self.assertEqual(list(lines), ["21", "24", "22", "23"], "those with the most punches first")
        self.assertEqual(
            {pin: (line.employee_id.name, line.suggested_by) for pin, line in lines.items()},
            {
                "21": ("Bart Dubois", "name"),
                "22": ("Carol Smith", "barcode"),
                "23": ("Daniel Reyes", "name"),
                "24": (False, False),
            },
        )
        self.assertEqual((lines["21"].punch_count, str(lines["21"].first_date)), (2, "2026-03-02"))
        with Form(wizard) as form, form.line_ids.edit(3) as line:
            # The officer knows better.
            line.employee_id = self.employee("Eve", self.office)
        wizard.action_apply()
        pins = {pin.pin: pin for pin in self.env["punchclock.pin"].search([("pin", "in", ["21", "22", "23", "24"])])}
        self.assertEqual(
            {pin: (record.employee_id.name, record.match_method) for pin, record in pins.items()},
            {
                "21": ("Bart Dubois", "name"),
                "22": ("Carol Smith", "barcode"),
                "23": ("Eve", "manual"),
            },
        )
        self.assertEqual(stored.employee_id, bart)
        self.assertEqual(self.states()["21"], "mapped")
        self.drain()
        self.assertEqual(self.summary(bart, "2026-03-02")[0], 8 * 3600)
        self.assertFalse(daniel.punchclock_pin_ids)
        again = self.open(self.env["punchclock.map.pins"].with_user(self.officer).action_open())
        self.assertEqual(again.line_ids.mapped("pin"), ["24"])
        with self.assertRaises(UserError):
            again.action_apply()

    def test_a_pin_that_was_somebody_elses_is_mapped_from_its_first_new_punch(self):
        pin = self.env["punchclock.pin"].search([("employee_id", "=", self.anna.id)])
        old = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        pin.valid_to = "2026-03-31"
        new = self.punch("7", "2026-04-06T08:00:00")
        wizard = self.open(new.with_user(self.officer).action_map())
        self.assertEqual(str(wizard.line_ids.valid_from), "2026-04-06")
        ben = self.employee("Ben", self.office)
        with Form(wizard) as form, form.line_ids.edit(0) as line:
            line.employee_id = ben
        wizard.action_apply()
        self.assertEqual((old.employee_id, new.employee_id), (self.anna, ben))

    def test_a_pin_that_was_known_in_another_spelling_is_known(self):
        pin = self.env["punchclock.pin"].search([("employee_id", "=", self.anna.id)])
        pin.valid_to = "2026-03-31"
        new = self.punch("007", "2026-04-06T08:00:00")
        wizard = self.open(new.with_user(self.officer).action_map())
        self.assertEqual((wizard.line_ids.pin, str(wizard.line_ids.valid_from)), ("007", "2026-04-06"))
        wizard.line_ids.employee_id = self.employee("Ben", self.office)
        wizard.action_apply()
        self.assertEqual(new.employee_id.name, "Ben")

    def test_two_people_of_one_name_are_not_suggested(self):
        self.employee("Jan Peeters", self.office)
        self.employee("Peeters Jan", self.office)
        self.report_users({"pin": "31", "name": "Jan Peeters"})
        wizard = self.open(self.users().with_user(self.officer).action_map())
        self.assertFalse(wizard.line_ids.employee_id)

    def test_another_company_is_neither_shown_nor_suggested(self):
        company = self.env["res.company"].create({"name": "The Others"})
        self.admin.company_ids |= company
        other, bot, _key = self.make_gateway("Others", company)
        self.make_terminal("ELS1", "UTC", company_id=company.id, gateway_id=other.id, pin_space_id=False)
        self.env["hr.employee"].create({"name": "Zoe Zimmer", "company_id": company.id})
        self.ingest(event("ELS1", "9", "2026-03-02T08:00:00"), user=bot)
        self.report_users({"pin": "9", "name": "Zoe Zimmer"})
        wizard = self.open(self.env["punchclock.map.pins"].with_user(self.officer).action_open())
        self.assertEqual(wizard.line_ids.pin_space_id, self.space)
        self.assertFalse(wizard.line_ids.employee_id)

    def import_file(self, text, terminal=None, **values):
        wizard = (
            self.env["punchclock.import.attlog"]
            .with_user(self.officer)
            .create(
                {
                    "terminal_id": (terminal or self.brussels).id,
                    "file": base64.b64encode(text.encode("latin-1")),
                    **values,
                }
            )
        )
        wizard.action_import()
        return wizard

    def test_the_file_of_a_terminal(self):
        self.ingest(event("BRU1", "7", "2026-03-02T08:00:00", state=0))
        text = (
            "        7\t2026-03-02 08:00:00\t1\t0\t1\t0\r\n"
            "        7\t2026-03-02 17:00:00\t1\t1\t15\t12\r\n"
            "      007\t2026-03-02 17:00:00\t1\t1\t15\t12\r\n"
            "       55\t2026-03-02 09:00:00\t1\t0\t1\t0\r\n"
            "not a punch\r\n"
            "        7\t2026-02-30 08:00:00\t1\t0\t1\t0\r\n"
            "\r\n\x1a"
        )
        wizard = self.import_file(text)
        counts = (wizard.accepted_count, wizard.duplicate_count, wizard.review_count, wizard.rejected_count)
        self.assertEqual(counts, (1, 2, 1, 2))
        self.assertIn("5: not a punch", wizard.unreadable)
        self.assertIn("2026-02-30", wizard.unreadable)
        stored = self.env["punchclock.event"].search([("terminal_id", "=", self.brussels.id)], order="local_time, pin")
        self.assertEqual(stored.mapped("channel"), ["push", "file", "file"])
        self.assertEqual(stored[2].mapped(lambda e: (e.state_raw, e.verify_raw, e.work_code)), [("1", "15", "12")])
        self.assertEqual(stored[2].employee_id, self.anna)
        self.assertEqual(stored[2].batch_id.terminal_id, self.brussels)
        self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 8 * 3600)
        # The whole file again, and then the same punches from the edge.
        again = self.import_file(text)
        self.assertEqual((again.accepted_count, again.duplicate_count), (0, 4))
        late = self.ingest(event("BRU1", "7", "2026-03-02T17:00:00", state=1, channel="poll"))[0]
        self.assertEqual((late["outcome"], late["id"]), ("duplicate", stored[2].id))
        self.assertFalse(stored[2].conflicts)

    def test_a_file_of_a_terminal_without_an_edge_and_of_another_layout(self):
        alone = self.make_terminal("USB1", "Europe/Brussels", gateway_id=False)
        lines = [f"7\t2026-03-{day:02} 08:00:00\t0\t1\t5" for day in range(1, 29)] * 30
        wizard = self.import_file("\n".join(lines), alone, layout="plain")
        self.assertEqual((wizard.accepted_count, wizard.duplicate_count), (28, 28 * 29))
        stored = self.env["punchclock.event"].search([("terminal_id", "=", alone.id)], limit=1)
        self.assertEqual((stored.state_raw, stored.verify_raw, stored.work_code), ("0", "1", "5"))
        self.assertFalse(stored.gateway_id)
        with self.assertRaises(UserError):
            self.import_file("")
        with self.assertRaises(AccessError):
            wizard.with_user(self.bot).action_import()

    def test_no_edge_may_say_that_a_punch_came_from_a_file(self):
        for channel in ("file", "manual"):
            outcome = self.ingest(
                event("BRU1", "7", "2026-03-02T08:00:00", channel=channel), batch_uuid=str(uuid.uuid4())
            )
            self.assertEqual((outcome[0]["outcome"], outcome[0]["code"]), ("rejected", "schema"))
