# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from xmlrpc.client import Fault

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, get_db_name, tagged
from odoo.tools import mute_logger

from .common import PunchclockCase, event

# What core lets every logged-in user search, whatever its groups. A new entry here is a decision, not a repair.
# Attachments: core answers with those of the records that the user may read, and this user may read none.
CORE_READS = frozenset({"ir.attachment"})


@tagged("post_install", "-at_install")
class TestGatewayHttp(PunchclockCase, HttpCase):
    """What the key of an edge opens, over the real door: JSON-2 by HTTP."""

    def call(self, model, method, key=None, **arguments):
        return self.url_open(
            f"/json/2/{model}/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {key or self.key}", "X-Odoo-Database": get_db_name()},
            timeout=60,
            method="POST",
        )

    def test_ingest_and_hello(self):
        good = event("BRU1", "7", "2026-03-02T08:00:00", state=0)
        answer = self.call("punchclock.event", "ingest", events=[good])
        self.assertEqual(answer.status_code, 200, answer.text)
        (outcome,) = answer.json()["outcomes"]
        self.assertEqual(
            {name: outcome[name] for name in ("fingerprint", "outcome", "code", "message")},
            {"fingerprint": good["fingerprint"], "outcome": "accepted", "code": None, "message": None},
        )
        self.assertIsInstance(outcome["id"], int)
        again = self.call("punchclock.event", "ingest", events=[good]).json()["outcomes"][0]
        self.assertEqual((again["outcome"], again["id"]), ("duplicate", outcome["id"]))
        hello = self.call("punchclock.gateway", "hello")
        self.assertEqual(hello.status_code, 200, hello.text)
        self.assertEqual([terminal["serial"] for terminal in hello.json()["terminals"]], ["BRU1", "NYC1"])

    def test_the_context_of_a_caller_changes_nothing(self):
        other, _user, _key = self.make_gateway("Ghent")
        self.make_terminal("GNT1", "Europe/Brussels", gateway_id=other.id)
        answer = self.call(
            "punchclock.event",
            "ingest",
            events=[event("GNT1", "7", "2026-03-02T08:00:00")],
            context={"uid": 1, "su": True, "active_test": False},
        )
        (outcome,) = answer.json()["outcomes"]
        self.assertEqual((outcome["outcome"], outcome["code"]), ("review", "foreign_terminal"))
        self.assertFalse(self.env["punchclock.event"].browse(outcome["id"]).terminal_id)

    def test_a_batch_by_its_name(self):
        name = "0f0e0d0c-0b0a-4908-8706-050403020100"
        good = event("BRU1", "7", "2026-03-02T08:00:00", state=0)
        first = self.call("punchclock.event", "ingest", events=[good], batch_uuid=name, schema=1)
        self.assertEqual(first.status_code, 200, first.text)
        again = self.call("punchclock.event", "ingest", events=[good], batch_uuid=name, schema=1)
        self.assertEqual(again.json(), first.json())
        with mute_logger("odoo.http"):
            other = self.call("punchclock.event", "ingest", events=[], batch_uuid=name, schema=1)
        self.assertEqual(other.status_code, 409, other.text)
        self.assertEqual(other.json()["name"], "werkzeug.exceptions.Conflict")

    @mute_logger("odoo.http")
    def test_limits_are_told_by_status(self):
        self.gateway.events_per_minute = 500
        batch = [event("BRU1", "7", f"2026-03-02T08:{number // 60:02}:{number % 60:02}") for number in range(500)]
        self.assertEqual(self.call("punchclock.event", "ingest", events=batch).status_code, 200)
        flood = self.call("punchclock.event", "ingest", events=batch)
        self.assertEqual(flood.status_code, 429, flood.text)
        self.assertLessEqual(1, int(flood.headers["Retry-After"]))
        self.assertLessEqual(int(flood.headers["Retry-After"]), 60)
        large = [{**batch[0], "note": "x" * 2000} for _number in range(300)]
        self.assertEqual(self.call("punchclock.event", "ingest", events=large).status_code, 413)

    @mute_logger("odoo.http")
    def test_addresses(self):
        good = [event("BRU1", "7", "2026-03-02T08:00:00")]
        for allowed, status in [
            ("127.0.0.0/8", 200),
            ("203.0.113.7\n 127.0.0.1 \n", 200),
            ("203.0.113.7\n2001:db8::/32", 403),
            ("127.0.0.2", 403),
        ]:
            with self.subTest(allowed=allowed):
                self.gateway.ip_allow = allowed
                self.assertEqual(self.call("punchclock.event", "ingest", events=good).status_code, status)
                self.assertEqual(self.call("punchclock.gateway", "hello").status_code, status)
        with self.assertRaises(ValidationError):
            self.gateway.ip_allow = "the office"

    def execute_kw(self, model, method, **arguments):
        """The older door: the answer of /jsonrpc, whole."""
        params = {
            "service": "object",
            "method": "execute_kw",
            "args": [get_db_name(), self.bot.id, self.key, model, method, [], arguments],
        }
        answer = self.url_open(
            "/jsonrpc", json={"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}, timeout=60, method="POST"
        )
        return answer.json()

    @mute_logger("odoo.http", "odoo.addons.rpc.controllers.jsonrpc")
    def test_the_older_door(self):
        good = event("BRU1", "7", "2026-03-02T08:00:00")
        answer = self.execute_kw("punchclock.event", "ingest", events=[good])
        (outcome,) = answer["result"]["outcomes"]
        self.assertEqual((outcome["outcome"], outcome["code"]), ("accepted", None))
        again = self.call("punchclock.event", "ingest", events=[good]).json()["outcomes"][0]
        self.assertEqual((again["outcome"], again["id"]), ("duplicate", outcome["id"]))
        self.assertIn("terminals", self.execute_kw("punchclock.gateway", "hello")["result"])
        # Refusals have no status of their own there: a client tells them by these names (odoo-client's transports).
        name = "0f0e0d0c-0b0a-4908-8706-050403020100"
        self.execute_kw("punchclock.event", "ingest", events=[good], batch_uuid=name)
        other = self.execute_kw("punchclock.event", "ingest", events=[], batch_uuid=name)
        self.gateway.events_per_minute = 500
        flood = self.execute_kw("punchclock.event", "ingest", events=[good] * 500)
        self.gateway.state = "suspended"
        suspended = self.execute_kw("punchclock.event", "ingest", events=[good])
        self.assertEqual(
            [refused["error"]["data"]["name"] for refused in (other, flood, suspended)],
            ["werkzeug.exceptions.Conflict", "werkzeug.exceptions.TooManyRequests", "odoo.exceptions.AccessError"],
        )
        self.assertEqual(
            [refused["error"]["data"]["message"] for refused in (other, flood)],
            [
                "409 Conflict: this batch_uuid belongs to other events",
                "429 Too Many Requests: too many punches within a minute",
            ],
        )

    @mute_logger("odoo.http", "odoo.addons.rpc.controllers.xmlrpc")
    def test_xml_rpc_is_no_door(self):
        """It has no null, and every outcome has: its caller is told of a failure, and never that a punch is stored."""
        good = {name: value for name, value in event("BRU1", "7", "2026-03-02T08:00:00").items() if value is not None}
        with self.assertRaisesRegex(Fault, "None"):
            self.xmlrpc_object.execute_kw(
                get_db_name(), self.bot.id, self.key, "punchclock.event", "ingest", [], {"events": [good]}
            )

    @mute_logger("odoo.http", "odoo.addons.rpc.controllers.jsonrpc", "odoo.addons.rpc.controllers.xmlrpc")
    def test_the_older_doors_do_not_go_round_the_addresses(self):
        good = event("BRU1", "7", "2026-03-02T08:00:00")
        # The second one is the caller's own: those doors do not tell it, so that nobody can say that it is.
        for allowed in ("203.0.113.7", "127.0.0.0/8"):
            self.gateway.ip_allow = allowed
            for model, method, arguments in (
                ("punchclock.event", "ingest", {"events": [good]}),
                ("punchclock.gateway", "hello", {}),
            ):
                with self.subTest(allowed=allowed, method=method):
                    refused = self.execute_kw(model, method, **arguments).get("error", {})
                    self.assertEqual(refused.get("data", {}).get("name"), "odoo.exceptions.AccessError", refused)
                    self.assertIn("JSON-2", refused["data"]["message"])
            with self.subTest(allowed=allowed), self.assertRaisesRegex(Fault, "JSON-2"):
                self.xmlrpc_object.execute_kw(get_db_name(), self.bot.id, self.key, "punchclock.gateway", "hello", [])
        self.assertFalse(self.env["punchclock.event"].search([("serial_key", "=", "BRU1")]))

    @mute_logger("odoo.http", "odoo.addons.base.models.res_users")
    def test_keys_that_open_nothing(self):
        keys = self.env["res.users.apikeys"]
        good = [event("BRU1", "7", "2026-03-02T08:00:00")]
        other_scope = keys.with_user(self.bot).sudo()._generate("punchclock", "another scope", False)
        self.assertEqual(self.call("punchclock.event", "ingest", key=other_scope, events=good).status_code, 401)
        self.env.cr.execute(
            "UPDATE res_users_apikeys SET expiration_date = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE user_id = %s",
            [self.bot.id],
        )
        self.assertEqual(self.call("punchclock.event", "ingest", events=good).status_code, 401)
        unscoped = keys.with_user(self.bot).sudo()._generate(None, "unscoped", False)
        self.assertEqual(self.call("punchclock.event", "ingest", key=unscoped, events=good).status_code, 200)
        admins = keys.with_user(self.admin).sudo()._generate("rpc", "not a gateway", False)
        self.assertEqual(self.call("punchclock.event", "ingest", key=admins, events=good).status_code, 403)

    def test_what_an_edge_reports_and_is_told(self):
        report = self.call("punchclock.gateway", "report", health={"version": "1"}, terminals=[{"serial": "BRU1"}])
        self.assertEqual(report.status_code, 200, report.text)
        users = [{"pin": "7", "name": "Anna", "card": "12", "privilege": 0, "fingerprints": 1, "faces": 0}]
        answer = self.call(
            "punchclock.gateway",
            "report_users",
            serial="BRU1",
            read_at="2026-03-02 08:00:00",
            users=users,
            last=True,
        )
        self.assertEqual((answer.status_code, answer.json()), (200, {"users": 1}), answer.text)
        self.env["punchclock.terminal.user"].search([]).with_user(self.officer).action_write()
        (wanted,) = self.call("punchclock.gateway", "wanted_users").json()["users"]
        self.assertEqual(set(wanted), {"id", "revision", "serial", "action", "pin", "name", "card"})
        result = {"id": wanted["id"], "revision": wanted["revision"], "ok": True}
        taken = self.call("punchclock.gateway", "report_writes", results=[result])
        self.assertEqual(taken.json(), {"taken": 1}, taken.text)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_wrong_calls_are_refused(self):
        self.assertEqual(self.call("punchclock.event", "ingest", key="0" * 40, events=[]).status_code, 401)
        self.assertEqual(self.call("punchclock.event", "ingest", events=[{}] * 501).status_code, 422)
        self.assertEqual(self.call("punchclock.event", "ingest").status_code, 422)
        self.assertEqual(self.call("punchclock.dirty.day", "drain").status_code, 403)
        self.assertEqual(self.call("punchclock.gateway", "create_with_user", name="X").status_code, 403)
        self.assertEqual(self.call("punchclock.event", "_place", terminals=[]).status_code, 403)
        text = self.url_open(
            "/json/2/punchclock.event/ingest",
            data="events",
            headers={"Authorization": f"bearer {self.key}", "Content-Type": "text/plain"},
            timeout=60,
        )
        self.assertEqual(text.status_code, 415)
        self.gateway.state = "suspended"
        self.assertEqual(self.call("punchclock.event", "ingest", events=[]).status_code, 403)
        self.gateway.state = "active"
        self.bot.active = False
        self.assertEqual(self.call("punchclock.event", "ingest", events=[]).status_code, 401)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_the_key_reads_no_model(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.env["punchclock.pin"].search([("employee_id", "=", self.anna.id)]).action_write_to_terminals()
        self.env["punchclock.gateway"].with_user(self.bot).report({}, [{"serial": "NEW1"}])
        self.env.flush_all()
        # It writes this to its own terminals, and that is how it learns it: not by reading a model.
        told = self.call("punchclock.gateway", "wanted_users").json()["users"]
        self.assertEqual(
            {(user["serial"], user["pin"], user["name"]) for user in told},
            {("BRU1", "7", "Anna"), ("NYC1", "7", "Anna")},
        )
        readable = set()
        models = sorted(name for name in self.env.registry if not self.env[name]._abstract)
        self.assertGreater(len(models), 100)
        for model in models:
            answers = [self.call(model, "search_read", domain=[], fields=["id"], limit=1)]
            answers.append(self.call(model, "search_count", domain=[]))
            record = self.env[model].sudo().search([], limit=1) if self.env[model]._auto else None
            if record:
                answers.append(self.call(model, "read", ids=record.ids, fields=["id", "display_name"]))
            # 200 alone: an empty table today is a hole tomorrow.
            if any(answer.status_code == 200 for answer in answers):
                readable.add(model)
            # Where core gives an answer at all, there is nothing in it.
            self.assertFalse(
                [answer.json() for answer in answers if answer.status_code == 200 and answer.json()], model
            )
        self.assertEqual(readable, CORE_READS)
        self.assertTrue(self.env["ir.attachment"].sudo().search([("res_model", "!=", False)], limit=1))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_the_key_writes_no_model(self):
        for model, record in [
            ("punchclock.terminal", self.brussels),
            ("punchclock.gateway", self.gateway),
            ("hr.employee", self.anna),
            ("res.partner", self.bot.partner_id),
            ("res.company", self.company),
        ]:
            with self.subTest(model=model):
                self.assertEqual(self.call(model, "write", ids=record.ids, vals={"name": "x"}).status_code, 403)
                self.assertEqual(self.call(model, "create", vals_list={"name": "x"}).status_code, 403)
                self.assertEqual(self.call(model, "unlink", ids=record.ids).status_code, 403)
