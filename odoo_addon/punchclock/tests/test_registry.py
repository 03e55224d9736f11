# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import importlib.util
import uuid

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import file_path

from .common import PunchclockCase, event


@tagged("post_install", "-at_install")
class TestRegistry(PunchclockCase):
    def gateway_of(self, user=None):
        return self.env["punchclock.gateway"].with_user(user or self.bot).with_context(allowed_company_ids=[])

    def report_users(self, *users, serial="BRU1", read_at="2026-03-02 08:00:00", last=True, user=None):
        answer = self.gateway_of(user).report_users(serial, read_at, list(users), last)
        self.env.invalidate_all()
        return answer

    def users(self, terminal=None):
        return self.env["punchclock.terminal.user"].search([("terminal_id", "=", (terminal or self.brussels).id)])

    def states(self, terminal=None):
        return {user.pin: user.sync_state for user in self.users(terminal)}

    # -- health and terminals ----------------------------------------------------------------------

    def test_an_edge_reports_itself_and_its_terminals(self):
        answer = self.gateway_of().report(
            {"version": "0.1.0", "queue_depth": 12, "oldest_pending": "2026-03-02 07:00:00", "dead": 1, "problem": "x"},
            [
                {
                    "serial": " bru1 ",
                    "tz": "Europe/Paris",
                    "clock_skew_s": -75,
                    "firmware": "Ver 6.60",
                    "user_count": 3,
                },
                {"serial": "NYC1", "problem": "no answer"},
                {"serial": "NEW7", "name": "Back door", "tz": "Europe/Brussels"},
                {"serial": "WHO1", "configured": False},
            ],
        )
        self.assertEqual([terminal["serial"] for terminal in answer["terminals"]], ["BRU1", "NYC1"])
        self.assertTrue(answer["key_expires"])
        self.env.invalidate_all()
        gateway = self.gateway
        self.assertEqual(
            (gateway.version, gateway.queue_depth, gateway.dead_count, gateway.problem), ("0.1.0", 12, 1, "x")
        )
        self.assertTrue(gateway.reported_at and gateway.oldest_pending)
        self.assertEqual(
            (self.brussels.reported_tz, self.brussels.clock_skew_s, self.brussels.user_count), ("Europe/Paris", -75, 3)
        )
        self.assertEqual(self.new_york.problem, "no answer")
        self.assertEqual(
            {pending.serial: pending.configured for pending in gateway.pending_ids}, {"NEW7": True, "WHO1": False}
        )
        # A person registers it, with what the edge knows.
        action = gateway.pending_ids.filtered("configured").with_user(self.admin).action_register()
        form = Form(self.env["punchclock.terminal"].with_user(self.admin).with_context(**action["context"]))
        terminal = form.save()
        self.assertEqual((terminal.serial, terminal.name, terminal.tz), ("NEW7", "Back door", "Europe/Brussels"))
        self.assertEqual(terminal.gateway_id, gateway)
        # The next report does not speak of the stranger any more, and the problem is over.
        self.gateway_of().report({}, [{"serial": "NYC1"}, {"serial": "NEW7"}])
        self.env.invalidate_all()
        self.assertFalse(gateway.pending_ids)
        self.assertFalse(self.new_york.problem)
        self.assertEqual(self.brussels.firmware, "Ver 6.60")

    def test_a_report_touches_the_own_terminals_only(self):
        other, bot, _key = self.make_gateway("Other")
        self.gateway_of(bot).report({}, [{"serial": "BRU1", "problem": "not mine"}])
        self.env.invalidate_all()
        self.assertFalse(self.brussels.reported_at)
        self.assertEqual(other.pending_ids.serial, "BRU1")
        self.assertNotIn("BRU1", str(self.gateway_of(bot).hello()))
        for call in (
            lambda: self.report_users({"pin": "7"}, user=bot),
            lambda: self.report_users({"pin": "7"}, serial="NONE"),
            lambda: self.report_users({"pin": "7"}, serial=None),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_a_report_that_cannot_be_read_is_refused_whole(self):
        gateway = self.gateway_of()
        for health, terminals in [
            ([], []),
            ({"queue_depth": -1}, []),
            ({"queue_depth": True}, []),
            ({"oldest_pending": "yesterday"}, []),
            ({"version": 7}, []),
            ({}, {}),
            ({}, ["BRU1"]),
            ({}, [{}]),
            ({}, [{"serial": "  "}]),
            ({}, [{"serial": "BRU1", "user_count": 2**31}]),
            ({}, [{"serial": "BRU1"}] * 501),
        ]:
            with self.subTest(health=health, terminals=str(terminals)[:40]), self.assertRaises(ValidationError):
                gateway.report(health, terminals)
        for users in ({}, [{}], [{"pin": "\0"}], [{"pin": "1", "privilege": "x"}], [{"pin": "1"}] * 1001):
            with self.subTest(users=str(users)[:40]), self.assertRaises(ValidationError):
                gateway.report_users("BRU1", "2026-03-02 08:00:00", users)
        with self.assertRaises(ValidationError):
            gateway.report_users("BRU1", None, [])
        for results in ({}, [{}], [{"id": 1, "ok": 1}], [{"id": 1, "ok": True}] * 201):
            with self.subTest(results=str(results)[:40]), self.assertRaises(ValidationError):
                gateway.report_writes(results)
        # What no database can hold is left out of a name, and a long one is cut.
        self.report_users({"pin": "3", "name": "A\0n\ud800na" + "x" * 100})
        self.assertEqual(self.users().name_on_terminal, ("Anna" + "x" * 100)[:64])

    def test_a_suspended_gateway_may_not_report(self):
        self.gateway.state = "suspended"
        gateway = self.gateway_of()
        for call in (
            lambda: gateway.report({}, []),
            lambda: gateway.report_users("BRU1", "2026-03-02 08:00:00", []),
            gateway.wanted_users,
            lambda: gateway.report_writes([]),
            gateway.hello,
        ):
            with self.assertRaises(AccessError):
                call()

    def test_reports_do_not_make_the_nightly_job_look_at_all_punches(self):
        self.env.flush_all()
        before = self.brussels.write_date
        self.env.cr.execute("UPDATE punchclock_terminal SET write_date = '2020-01-01'")
        self.gateway_of().report({}, [{"serial": "BRU1"}])
        self.report_users({"pin": "7"})
        self.assertNotEqual(self.brussels.write_date, before)
        self.assertEqual(self.brussels.write_date.year, 2020)

    # -- users -------------------------------------------------------------------------------------

    def test_users_are_mapped_by_the_numbering_and_its_dates(self):
        answer = self.report_users({"pin": "0007", "name": "Anna"}, {"pin": "8", "name": "Ben", "fingerprints": 2})
        self.assertEqual(answer, {"users": 2})
        self.assertEqual(self.states(), {"0007": "mapped", "8": "unmapped"})
        anna, ben = self.users()
        self.assertEqual((anna.employee_id, anna.match_method, ben.fingerprint_count), (self.anna, "manual", 2))
        pin = self.give_pin(self.employee("Ben", self.office), "8", valid_to="2020-01-01")
        self.assertEqual(self.states()["8"], "unmapped")
        pin.valid_to = False
        self.assertEqual(self.states()["8"], "mapped")
        pin.unlink()
        self.assertEqual(self.states()["8"], "unmapped")

    def test_a_reading_in_parts(self):
        self.report_users(*[{"pin": str(number)} for number in range(100, 104)])
        first = [{"pin": str(number)} for number in (100, 101)]
        answer = self.report_users(*first, read_at="2026-03-02 09:00:00", last=False)
        self.assertEqual(answer, {"users": 2})
        self.assertEqual(set(self.states().values()), {"unmapped"})
        answer = self.report_users({"pin": "102"}, read_at="2026-03-02 09:00:00")
        self.assertEqual(answer, {"users": 3})
        self.assertEqual(self.states(), {"100": "unmapped", "101": "unmapped", "102": "unmapped", "103": "removed"})
        # The other terminal is another matter.
        self.assertFalse(self.users(self.new_york))

    def test_conflicts_are_shown(self):
        self.report_users({"pin": "7", "name": "Anna"})
        self.report_users({"pin": "7", "name": "Benoit"}, serial="NYC1")
        for terminal in (self.brussels, self.new_york):
            self.assertEqual(self.states(terminal), {"7": "conflict"})
            self.assertIn("Benoit", self.users(terminal).sync_error)
        # Short and long spellings of one name are no conflict.
        self.report_users({"pin": "7", "name": "Annabella Claes"}, serial="NYC1")
        self.report_users({"pin": "7", "name": "Annabella Cl"})
        self.assertEqual((self.states(), self.states(self.new_york)), ({"7": "mapped"}, {"7": "mapped"}))
        ben = self.employee("Ben", self.office)
        ben.barcode = "4711"
        self.report_users({"pin": "7", "name": "Annabella Claes", "card": "4711"})
        self.assertEqual(self.states(), {"7": "conflict"})
        self.assertIn("Ben", self.users().sync_error)

    def test_what_hr_wants_is_written_and_confirmed(self):
        pin = self.env["punchclock.pin"].search([("employee_id", "=", self.anna.id)])
        self.anna.barcode = "0012345"
        pin.with_user(self.officer).action_write_to_terminals()
        self.assertEqual((self.states(), self.states(self.new_york)), ({"7": "push_pending"}, {"7": "push_pending"}))
        wanted = self.gateway_of().wanted_users()["users"]
        self.assertEqual(
            [{key: user[key] for key in ("serial", "action", "pin", "name", "card")} for user in wanted],
            [
                {"serial": serial, "action": "write", "pin": "7", "name": "Anna", "card": "12345"}
                for serial in ("BRU1", "NYC1")
            ],
        )
        answer = self.gateway_of().report_writes(
            [
                {"id": wanted[0]["id"], "ok": True, "error": None},
                {"id": wanted[1]["id"], "ok": False, "error": "the terminal is full"},
                {"id": 10**9, "ok": True},
            ]
        )
        self.assertEqual(answer, {"taken": 2})
        self.env.invalidate_all()
        self.assertEqual((self.states(), self.states(self.new_york)), ({"7": "pushed"}, {"7": "push_failed"}))
        self.assertEqual(self.users(self.new_york).sync_error, "the terminal is full")
        self.assertFalse(self.gateway_of().wanted_users()["users"])
        # The next reading agrees; later somebody changes it at the terminal.
        self.report_users({"pin": "7", "name": "Anna", "card": "12345"}, read_at="2026-03-02 10:00:00")
        self.assertEqual(self.states(), {"7": "pushed"})
        self.report_users({"pin": "7", "name": "Hanna", "card": "12345"}, read_at="2026-03-02 11:00:00")
        self.assertEqual(self.states(), {"7": "conflict"})
        self.report_users(read_at="2026-03-02 12:00:00")
        self.assertEqual(self.states(), {"7": "conflict"})
        self.users().with_user(self.officer).action_write()
        self.assertEqual(self.states(), {"7": "push_pending"})
        # A reading finds it there before the edge has said so.
        self.report_users({"pin": "7", "name": "Anna", "card": "12345"}, read_at="2026-03-02 13:00:00")
        self.assertEqual(self.states(), {"7": "pushed"})
        self.users().with_user(self.officer).action_remove()
        (wanted,) = self.gateway_of().wanted_users()["users"]
        self.assertEqual((wanted["action"], wanted["name"], wanted["card"]), ("remove", None, None))
        self.gateway_of().report_writes([{"id": wanted["id"], "ok": True}])
        self.env.invalidate_all()
        self.assertEqual(self.states(), {"7": "removed"})
        self.report_users({"pin": "7", "name": "Anna"}, read_at="2026-03-02 14:00:00")
        self.assertEqual(self.states(), {"7": "push_pending"}, "it came back, and is still not wanted")
        self.users().with_user(self.officer).action_leave()
        self.assertEqual(self.states(), {"7": "mapped"})
        for user in (self.bot, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.users().with_user(user).action_write()
            with self.assertRaises(AccessError):
                pin.with_user(user).action_write_to_terminals()

    def test_an_edge_is_told_of_its_own_terminals_only(self):
        other, bot, _key = self.make_gateway("Other")
        self.make_terminal("OTH1", "UTC", gateway_id=other.id)
        pin = self.env["punchclock.pin"].search([("employee_id", "=", self.anna.id)])
        pin.with_user(self.officer).action_write_to_terminals()
        self.assertEqual([user["serial"] for user in self.gateway_of(bot).wanted_users()["users"]], ["OTH1"])
        mine = self.gateway_of().wanted_users()["users"]
        self.assertEqual({user["serial"] for user in mine}, {"BRU1", "NYC1"})
        self.assertEqual(self.gateway_of(bot).report_writes([{"id": mine[0]["id"], "ok": True}]), {"taken": 0})
        self.assertEqual(self.states(), {"7": "push_pending"})
        # A retired terminal is not written to.
        self.brussels.state = "retired"
        self.assertEqual({user["serial"] for user in self.gateway_of().wanted_users()["users"]}, {"NYC1"})

    def test_a_pin_that_is_not_valid_today_is_not_written(self):
        pin = self.env["punchclock.pin"].search([("employee_id", "=", self.anna.id)])
        pin.valid_to = "2026-01-01"
        with self.assertRaises(UserError):
            pin.with_user(self.officer).action_write_to_terminals()

    # -- the wizards -------------------------------------------------------------------------------

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

    # -- keys and buttons --------------------------------------------------------------------------

    def test_a_new_key_and_the_old_one(self):
        keys = self.env["res.users.apikeys"]
        self.assertTrue(self.gateway.key_expires)
        answer = self.gateway.with_user(self.admin).rotate_key(valid_days=30, keep_hours=24)
        for key in (self.key, answer["key"]):
            self.assertEqual(keys._check_credentials(scope="rpc", key=key), self.bot.id)
        self.env.cr.execute(
            "SELECT expiration_date - now() AT TIME ZONE 'UTC' < '25 hours' FROM res_users_apikeys"
            " WHERE user_id = %s ORDER BY id",
            [self.bot.id],
        )
        self.assertEqual([row[0] for row in self.env.cr.fetchall()], [True, False])
        again = self.gateway.with_user(self.admin).rotate_key(keep_hours=0)
        for key in (self.key, answer["key"]):
            self.assertFalse(keys._check_credentials(scope="rpc", key=key))
        self.assertEqual(keys._check_credentials(scope="rpc", key=again["key"]), self.bot.id)
        for wrong in ({"valid_days": 0}, {"valid_days": 731}, {"keep_hours": -1}, {"keep_hours": 169}):
            with self.subTest(wrong=wrong), self.assertRaises(ValidationError):
                self.gateway.with_user(self.admin).rotate_key(**wrong)

    def test_the_migration_of_gateways_without_a_user(self):
        unused = self.env["punchclock.gateway"].create({"name": "Unused", "company_id": self.company.id})
        unused.state = "active"
        self.env.flush_all()
        path = file_path("punchclock/migrations/19.0.0.2.0/post-migrate.py")
        spec = importlib.util.spec_from_file_location("punchclock_post_migrate", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.0.1.0")
        self.env.invalidate_all()
        self.assertEqual((unused.state, self.gateway.state), ("draft", "active"))

    def test_buttons_of_the_employee(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00", "2026-03-03T08:00:00")
        self.drain()
        anna = self.anna.with_user(self.officer)
        counts = (anna.punchclock_pin_count, anna.punchclock_event_count, anna.punchclock_day_count)
        self.assertEqual(counts, (1, 3, self.env["punchclock.day"].search_count([("employee_id", "=", anna.id)])))
        for action in (anna.action_punchclock_pins(), anna.action_punchclock_events(), anna.action_punchclock_days()):
            found = self.env[action["res_model"]].with_user(self.officer).search(action["domain"])
            self.assertEqual(found.employee_id, self.anna)
        view = self.env.ref("hr.view_employee_form")
        arch = self.env["hr.employee"].with_user(self.officer).get_view(view.id, "form")["arch"]
        self.assertIn("action_punchclock_pins", arch)
