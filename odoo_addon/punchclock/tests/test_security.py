# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import PunchclockCase

MODELS = (
    "punchclock.pin.space",
    "punchclock.gateway",
    "punchclock.terminal",
    "punchclock.pin",
    "punchclock.event",
    "punchclock.dirty.day",
    "punchclock.day",
    "punchclock.day.line",
)
READ, ALL = "r", "crwd"
# Who may do what to which model, written out; whatever is not named here is forbidden.
MATRIX = {
    "user": {"punchclock.day": READ, "punchclock.day.line": READ},
    "officer": {
        "punchclock.pin.space": READ,
        "punchclock.gateway": READ,
        "punchclock.terminal": READ,
        "punchclock.pin": ALL,
        "punchclock.event": READ,
        "punchclock.dirty.day": READ,
        "punchclock.day": READ,
        "punchclock.day.line": READ,
    },
    "manager": {
        "punchclock.pin.space": ALL,
        "punchclock.gateway": ALL,
        "punchclock.terminal": ALL,
        "punchclock.pin": ALL,
        "punchclock.event": READ,
        "punchclock.dirty.day": READ,
        "punchclock.day": READ,
        "punchclock.day.line": READ,
    },
    "gateway": {},
}
OPERATIONS = {"c": "create", "r": "read", "w": "write", "d": "unlink"}


@tagged("post_install", "-at_install")
class TestSecurity(PunchclockCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.worker = new_test_user(cls.env, "punchclock_worker", groups="base.group_user", **company)
        cls.anna.user_id = cls.worker

    def test_matrix(self):
        users = {"user": self.worker, "officer": self.officer, "manager": self.admin, "gateway": self.bot}
        for role, user in users.items():
            for model in MODELS:
                for letter, operation in OPERATIONS.items():
                    with self.subTest(role=role, model=model, operation=operation):
                        allowed = self.env[model].with_user(user).has_access(operation)
                        self.assertEqual(allowed, letter in MATRIX[role].get(model, ""))

    def test_an_employee_reads_the_own_days_only(self):
        ben = self.employee("Ben", self.office)
        self.give_pin(ben, "8")
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.punch("8", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        days = self.env["punchclock.day"].with_user(self.worker).search([])
        self.assertEqual(days.employee_id.ids, self.anna.ids)
        self.assertTrue(days.line_ids)
        # What the list and the form of the web client read.
        for kind in ("list", "form"):
            view = self.env["punchclock.day"].with_user(self.worker).get_view(view_type=kind)
            answer = days.web_read({field: {} for field in view["models"]["punchclock.day"]})
            self.assertEqual(answer[0]["worked_hours"], 8.0)
        self.assertIn("Anna", days.display_name)
        with self.assertRaises(AccessError):
            self.day(ben, "2026-03-02").with_user(self.worker).read(["worked_seconds"])
        self.assertEqual(
            self.env["punchclock.day.line"].with_user(self.worker).search([]).day_id.employee_id.ids, self.anna.ids
        )
        self.assertEqual(
            set(self.env["punchclock.day"].with_user(self.officer).search([]).employee_id.ids), {self.anna.id, ben.id}
        )

    def test_an_officer_sees_the_own_companies_only(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "punchclock_stranger",
            groups="punchclock.group_punchclock_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.punch("7", "2026-03-03T08:00:00")
        for model in MODELS:
            with self.subTest(model=model):
                theirs = self.env[model].with_user(stranger).with_context(allowed_company_ids=company.ids).search([])
                self.assertFalse(theirs.filtered(lambda record: record.sudo().company_id == self.company))
                self.assertTrue(self.env[model].sudo().search([("company_id", "=", self.company.id)]))
        with self.assertRaises(AccessError):
            self.gateway.with_user(stranger).rotate_key()

    def test_only_an_administrator_makes_gateways_and_keys(self):
        for user in (self.officer, self.worker, self.bot):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["punchclock.gateway"].with_user(user).create_with_user("X")
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.gateway.with_user(user).rotate_key()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaises(AccessError):
            self.env["punchclock.gateway"].with_user(self.admin).create_with_user("X", company.id)

    def test_the_technical_user_has_one_group(self):
        group = self.env.ref("punchclock.group_punchclock_gateway")
        self.assertEqual(self.bot.all_group_ids, group)
        self.assertFalse(self.bot._is_internal() or self.bot._is_portal() or self.bot._is_public())
        gateway = self.env["punchclock.gateway"].create({"name": "Y", "company_id": self.company.id})
        with self.assertRaises(ValidationError):
            gateway.user_id = self.worker
        with self.assertRaises(AccessError):
            self.env["punchclock.gateway"].with_user(self.worker).hello()

    def test_a_rotated_key_opens_nothing(self):
        keys = self.env["res.users.apikeys"]
        self.assertEqual(keys._check_credentials(scope="rpc", key=self.key), self.bot.id)
        answer = self.gateway.with_user(self.admin).rotate_key()
        self.assertFalse(keys._check_credentials(scope="rpc", key=self.key))
        self.assertEqual(keys._check_credentials(scope="rpc", key=answer["key"]), self.bot.id)
        self.assertTrue(answer["expires"])
