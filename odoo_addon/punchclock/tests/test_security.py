# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from . import security_records
from .common import PunchclockCase, event
from .security_matrix import COMPANYLESS, MATRIX, OPERATIONS, OWN_ONLY, PERSONAL, READ_ALL, allowed


@tagged("post_install", "-at_install")
class TestSecurity(PunchclockCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.worker = new_test_user(cls.env, "punchclock_worker", groups="base.group_user", **company)
        cls.boss = new_test_user(
            cls.env, "punchclock_boss", groups="punchclock.group_punchclock_line_manager", **company
        )
        cls.anna.user_id = cls.worker
        cls.anna.parent_id = cls.env["hr.employee"].create(
            {"name": "Boss", "company_id": cls.company.id, "user_id": cls.boss.id}
        )
        cls.roles = {
            "user": cls.worker,
            "line_manager": cls.boss,
            "officer": cls.officer,
            "manager": cls.admin,
            "gateway": cls.bot,
        }
        for role in ("payroll", "auditor"):
            group = f"punchclock.group_punchclock_{role}"
            cls.roles[role] = new_test_user(cls.env, f"punchclock_{role}", groups=group, **company)
        for role in ("portal", "public"):
            cls.roles[role] = new_test_user(cls.env, f"punchclock_{role}", groups=f"base.group_{role}", **company)
        cls.elsewhere = cls.env["res.company"].create({"name": "The Others"})
        cls.fill(cls.company, cls.gateway, cls.bot, cls.brussels)
        cls.admin.company_ids |= cls.elsewhere
        there, bot, _key = cls.make_gateway("Elsewhere", cls.elsewhere)
        cls.admin.company_ids -= cls.elsewhere
        terminal = cls.make_terminal(
            "ELS1", "Europe/Brussels", company_id=cls.elsewhere.id, gateway_id=there.id, pin_space_id=False
        )
        anna = cls.env["hr.employee"].create(
            {"name": "Anna", "company_id": cls.elsewhere.id, "date_version": "2025-01-01"}
        )
        cls.give_pin(anna, "7", space=terminal.pin_space_id)
        cls.fill(cls.elsewhere, there, bot, terminal)
        cls.env["punchclock.dirty.day"].sudo()._drain_slice(200)
        for company in (cls.company, cls.elsewhere):
            security_records.fill(cls.env, company)
        for employee in (cls.anna, anna):
            cls.env["punchclock.dirty.day"].sudo()._mark({(employee.id, date(2026, 3, 3))})

    @classmethod
    def fill(cls, company, gateway, bot, terminal):
        """A record of every model in a company: Anna's, and those of Ben, who has another manager."""
        ben = cls.env["hr.employee"].create({"name": "Ben", "company_id": company.id, "date_version": "2025-01-01"})
        cls.give_pin(ben, "8", space=terminal.pin_space_id)
        taps = [event(terminal.serial, pin, f"2026-03-02T{hour}:00:00") for pin in "78" for hour in ("08", "17")]
        cls.env["punchclock.event"].with_user(bot).with_context(allowed_company_ids=[]).ingest(taps)
        now = "2026-03-03 08:00:00"
        cls.env["punchclock.terminal.user"].create({"terminal_id": terminal.id, "pin": "7"})
        cls.env["punchclock.terminal.pending"].create({"gateway_id": gateway.id, "serial": "NEW1", "reported_at": now})
        cls.env["punchclock.batch"].create(
            {
                "uuid": f"test {company.id}",
                "gateway_id": gateway.id,
                "company_id": company.id,
                "received_at": now,
                "payload_sha256": "0" * 64,
            }
        )

    def records(self, model, company):
        """Records of a company, by whose they are; of models that belong to nobody, by nothing."""
        found = self.env[model].sudo().with_context(active_test=False).search([("company_id", "=", company.id)])
        if model not in PERSONAL:
            return {None: found[:1]}
        through = {"punchclock.day.line": "day_id.", "punchclock.event.fact": "adjustment_id."}
        owner = f"{through.get(model, '')}employee_id.name"
        return {name: found.filtered(lambda r, name=name: r.mapped(owner) == [name])[:1] for name in ("Anna", "Ben")}

    def test_matrix(self):
        """Groups by models by operations by companies, each asked of Odoo and compared with the table."""
        models = sorted(
            name
            for name, model in self.env.registry.items()
            if model._original_module == "punchclock" and name.startswith("punchclock.") and not model._abstract
        )
        self.assertEqual(models, sorted(MATRIX), "a model has no line in tests/security_matrix.py")
        asked = 0
        for model in models:
            for role, user in self.roles.items():
                letters = allowed(role, model)
                env = self.env(user=user, context={"allowed_company_ids": user.company_ids.ids})
                for letter, operation in OPERATIONS.items():
                    with self.subTest(role=role, model=model, operation=operation):
                        asked += 1
                        self.assertEqual(env[model].has_access(operation), letter in letters)
                    if model in COMPANYLESS:
                        continue
                    for company in (self.company, self.elsewhere):
                        for whose, record in self.records(model, company).items():
                            with self.subTest(
                                role=role, model=model, operation=operation, company=company.name, whose=whose
                            ):
                                self.assertTrue(record, "the fixture has no such record")
                                asked += 1
                                expected = (
                                    letter in letters
                                    and company == self.company
                                    and (model not in PERSONAL or whose in OWN_ONLY.get(role, {whose}))
                                    and (model not in PERSONAL or letter == "r" or role not in READ_ALL)
                                )
                                self.assertEqual(record.with_env(env).has_access(operation), expected)
        self.assertGreater(asked, (len(models) - len(COMPANYLESS)) * len(self.roles) * 4 * 3)

    def test_an_employee_reads_the_own_days_only(self):
        days = self.env["punchclock.day"].with_user(self.worker).search([])
        self.assertEqual(days.employee_id.ids, self.anna.ids)
        self.assertTrue(days.line_ids)
        # What the list and the form of the web client read.
        for kind in ("list", "form"):
            view = self.env["punchclock.day"].with_user(self.worker).get_view(view_type=kind)
            answer = days.web_read({field: {} for field in view["models"]["punchclock.day"]})
            self.assertEqual(answer[0]["worked_hours"], 8.0)
        self.assertIn("Anna", days.display_name)
        self.assertEqual(
            self.env["punchclock.day.line"].with_user(self.worker).search([]).day_id.employee_id.ids, self.anna.ids
        )
        self.assertEqual(
            set(self.env["punchclock.day"].with_user(self.officer).search([]).mapped("employee_id.name")),
            {"Anna", "Ben"},
        )

    def test_a_search_finds_the_own_company_only(self):
        for model in sorted(set(MATRIX) - COMPANYLESS):
            with self.subTest(model=model):
                # Payroll and audit are no business of the administrator.
                user = self.admin if "r" in allowed("manager", model) else self.roles["auditor"]
                env = self.env(user=user, context={"allowed_company_ids": self.company.ids})
                self.assertEqual(env[model].search([]).sudo().company_id, self.company)
                self.assertIn(self.elsewhere, env[model].sudo().search([]).company_id)
        stranger = new_test_user(
            self.env,
            "punchclock_stranger",
            groups="punchclock.group_punchclock_manager",
            company_id=self.elsewhere.id,
            company_ids=[Command.set(self.elsewhere.ids)],
        )
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
