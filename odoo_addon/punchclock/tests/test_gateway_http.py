# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
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

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_wrong_calls_are_refused(self):
        self.assertEqual(self.call("punchclock.event", "ingest", key="0" * 40, events=[]).status_code, 401)
        self.assertEqual(self.call("punchclock.event", "ingest", events=[{}] * 501).status_code, 422)
        self.assertEqual(self.call("punchclock.event", "ingest").status_code, 422)
        self.assertEqual(self.call("punchclock.dirty.day", "drain").status_code, 403)
        self.assertEqual(self.call("punchclock.gateway", "create_with_user", name="X").status_code, 403)
        self.assertEqual(self.call("punchclock.event", "_place", terminals=[]).status_code, 403)
        self.gateway.state = "suspended"
        self.assertEqual(self.call("punchclock.event", "ingest", events=[]).status_code, 403)
        self.gateway.state = "active"
        self.bot.active = False
        self.assertEqual(self.call("punchclock.event", "ingest", events=[]).status_code, 401)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_the_key_reads_no_model(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.env.flush_all()
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
