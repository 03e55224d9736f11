# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import importlib.util
from unittest.mock import patch

from werkzeug.exceptions import TooManyRequests

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import file_path

from odoo.addons.punchclock.models import punchclock_terminal_user

from .registry_case import RegistryCase


@tagged("post_install", "-at_install")
class TestRegistry(RegistryCase):
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
        result = {"id": 1, "revision": 1, "ok": True}
        for results in (
            {},
            [{}],
            [7],
            [{**result, "ok": 1}],
            [{**result, "revision": None}],
            [{**result, "id": None}],
            [result] * 201,
        ):
            with self.subTest(results=str(results)[:40]), self.assertRaises(ValidationError):
                gateway.report_writes(results)
        # What no database can hold is left out of a name, and a long one is cut.
        self.report_users({"pin": "3", "name": "A\0n\ud800na" + "x" * 100})
        self.assertEqual(self.users().name_on_terminal, ("Anna" + "x" * 100)[:64])

    def test_an_edge_that_never_stops_is_told_to_come_back_later(self):
        self.gateway.calls_per_minute = 60
        gateway = self.gateway_of()
        for call in (
            lambda: gateway.report({}, []),
            lambda: gateway.report_users("BRU1", "2026-03-02 08:00:00", [{"pin": "3"}], True),
            gateway.wanted_users,
            lambda: gateway.report_writes([]),
            gateway.hello,
        ):
            for _number in range(12):
                call()
        for call in (gateway.hello, gateway.wanted_users, lambda: gateway.report_writes([])):
            with self.assertRaises(TooManyRequests) as caught:
                call()
            self.assertIn("Retry-After", dict(caught.exception.get_headers()))
        # Punches have their own measure: they do not wait for a report that runs wild.
        self.punch("7", "2026-03-02T08:00:00")
        self.env.cr.execute("UPDATE punchclock_gateway SET report_calls_since = report_calls_since - '61 s'::interval")
        gateway.hello()
        self.assertEqual(self.gateway.report_calls, 1)
        with self.assertRaises(ValidationError):
            self.gateway.calls_per_minute = 59

    def test_a_terminal_has_a_last_user(self):
        self.report_users(*[{"pin": str(number)} for number in range(100, 110)])
        with patch.object(punchclock_terminal_user, "MAX_ON_TERMINAL", 12):
            self.report_users(*[{"pin": str(number)} for number in range(200, 202)], last=False)
            with self.assertRaisesRegex(ValidationError, "12"), self.env.cr.savepoint():
                self.report_users({"pin": "300"}, last=False)
            # Those that are known can be told of again, and another terminal has its own measure.
            self.report_users({"pin": "100", "name": "Anna"}, last=False)
            self.report_users({"pin": "300"}, serial="NYC1")
        # Who was nobody's and has gone makes place in time; who is somebody's stays.
        self.report_users({"pin": "7"}, {"pin": "100"}, read_at="2026-03-03 08:00:00")
        self.assertEqual(len(self.states()), 13)
        self.report_users({"pin": "101"}, read_at="2026-06-10 08:00:00")
        self.assertEqual(self.states(), {"7": "removed", "101": "unmapped"})

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

    def test_another_numbering_is_another_person(self):
        self.report_users({"pin": "7", "name": "Anna"})
        self.assertEqual(self.users().employee_id, self.anna)
        other = self.env["punchclock.pin.space"].create({"name": "Other", "company_id": self.company.id})
        ben = self.employee("Ben", self.office)
        self.give_pin(ben, "7", space=other)
        self.brussels.pin_space_id = other
        self.assertEqual((self.users().employee_id, self.users().pin_space_id), (ben, other))
        self.brussels.pin_space_id = self.env["punchclock.pin.space"].create(
            {"name": "Nobody's", "company_id": self.company.id}
        )
        self.assertEqual(self.states(), {"7": "unmapped"})
        self.assertFalse(self.users().employee_id)

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
                {"id": wanted[0]["id"], "revision": wanted[0]["revision"], "ok": True, "error": None},
                {"id": wanted[1]["id"], "revision": 1, "ok": False, "error": "the terminal is full"},
                {"id": 10**9, "revision": 1, "ok": True},
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
        self.gateway_of().report_writes([{"id": wanted["id"], "revision": wanted["revision"], "ok": True}])
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
        result = {"id": mine[0]["id"], "revision": mine[0]["revision"], "ok": True}
        self.assertEqual(self.gateway_of(bot).report_writes([result]), {"taken": 0})
        self.assertEqual(self.states(), {"7": "push_pending"})
        # A retired terminal is not written to.
        self.brussels.state = "retired"
        self.assertEqual({user["serial"] for user in self.gateway_of().wanted_users()["users"]}, {"NYC1"})

    def test_a_pin_that_is_not_valid_today_is_not_written(self):
        pin = self.env["punchclock.pin"].search([("employee_id", "=", self.anna.id)])
        pin.valid_to = "2026-01-01"
        with self.assertRaises(UserError):
            pin.with_user(self.officer).action_write_to_terminals()

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
