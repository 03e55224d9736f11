# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import CtoCase

PEOPLE = ("punchclock.cto.account", "punchclock.cto.lot", "punchclock.cto.entry", "punchclock.cto.move")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestSecurity(CtoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bert = cls.employee("Bert", cls.office)
        accounts = cls.env["punchclock.cto.account"]
        for employee in (cls.anna, cls.bert):
            accounts._of(employee)._post(
                {
                    "kind": "earn",
                    "date": cls.version.date_from.replace(2026, 6, 1),
                    "work_class": "weekday",
                    "work_seconds": 3600,
                }
            )
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})

    def user(self, group, company=None):
        company = company or self.company
        return new_test_user(
            self.env,
            f"cto_{group}_{company.id}",
            groups=f"punchclock.group_punchclock_{group},base.group_user",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def seen(self, user, model):
        return (
            self.env[model]
            .with_user(user)
            .with_context(allowed_company_ids=user.company_ids.ids)
            .search([])
            .employee_id
        )

    def test_who_reads_what(self):
        both = self.anna | self.bert
        for model in PEOPLE:
            with self.subTest(model):
                self.assertEqual(self.seen(self.worker, model), self.anna)
                self.assertEqual(self.seen(self.boss, model), self.anna)
                for group in ("officer", "payroll", "auditor"):
                    reader = self.env["res.users"].search([("login", "=", f"cto_{group}_{self.company.id}")])
                    self.assertEqual(self.seen(reader or self.user(group), model), both)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.models")
    def test_nobody_writes(self):
        for group in ("user", "line_manager", "officer", "manager", "payroll", "auditor"):
            user = self.user(group)
            for model in PEOPLE:
                records = self.env[model].with_user(user)
                for mode in ("write", "create", "unlink"):
                    self.assertFalse(records.has_access(mode), f"{group} may {mode} {model}")

    def test_another_company_sees_nothing(self):
        stranger = self.user("manager", self.elsewhere)
        for model in (*PEOPLE, "punchclock.cto.plan", "punchclock.cto.plan.version"):
            records = self.env[model].with_user(stranger).with_context(allowed_company_ids=self.elsewhere.ids)
            self.assertFalse(records.search([("company_id", "=", self.company.id)]))

    def test_the_gateway_reads_nothing(self):
        for model in (*PEOPLE, "punchclock.cto.plan"):
            self.assertFalse(self.env[model].with_user(self.bot).has_access("read"))

    def test_only_the_administrator_keeps_plans(self):
        for group, may in (("user", False), ("officer", False), ("manager", True)):
            plans = self.env["punchclock.cto.plan"].with_user(self.user(group))
            self.assertEqual(plans.has_access("write"), may)

    def test_only_an_officer_enters_by_hand(self):
        for user in (self.worker, self.boss):
            with self.assertRaisesRegex(AccessError, "officer"), self.env.cr.savepoint():
                self.ask("adjust", "2026-06-01", 1, user=user)

    def test_the_methods_are_not_for_rpc(self):
        for name in ("_post", "_settle", "_void", "_take_back", "_ask"):
            self.assertTrue(name.startswith("_") and hasattr(self.account, name))
