# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import CtoCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestPlan(CtoCase):
    def test_published_is_published(self):
        with self.assertRaisesRegex(UserError, "not edited"), self.env.cr.savepoint():
            self.version.month_cap = 10
        with self.assertRaisesRegex(UserError, "not deleted"), self.env.cr.savepoint():
            self.version.unlink()
        self.version.notes = "Said by the works council."

    def test_the_engine_says_all_that_is_wrong(self):
        draft = self.version.copy({"date_from": "2026-01-01", "use_block": 8, "use_max": 4, "balance_cap": 2})
        with self.assertRaises(ValidationError) as refused:
            draft.action_publish()
        self.assertIn("use_max_s", str(refused.exception))
        with self.assertRaisesRegex(ValidationError, "not a rate"), self.env.cr.savepoint():
            draft.rate_weekday = "one and a half"
        draft.write({"use_max": 0, "balance_cap": 0, "rate_weekday": "1.25"})
        draft.action_publish()
        self.assertEqual(draft._engine_policy()["rates"]["weekday"], [5, 4])

    def test_a_version_holds_from_its_date(self):
        self.publish(date_from="2026-06-01", rate_weekday="2")
        self.earn("2026-05-29", 1)
        self.earn("2026-06-02", 1)
        self.assertBalance(3)

    def test_a_version_for_the_past_settles_the_accounts_again(self):
        self.earn("2026-05-29", 2)
        self.publish(date_from="2026-05-01", rate_weekday="3/2")
        self.assertBalance(3)
        self.assertEqual(self.account.move_ids.sorted("id").mapped("hours"), [2, 1])

    def test_a_company_without_a_plan(self):
        self.plan.active = False
        with self.assertRaisesRegex(UserError, "no plan"), self.env.cr.savepoint():
            self.earn("2026-06-01", 1)

    def test_a_plan_without_a_published_version(self):
        plan = self.env["punchclock.cto.plan"].create({"name": "Empty", "company_id": self.company.id, "sequence": 1})
        self.env["punchclock.cto.plan.version"].create({"plan_id": plan.id})
        with self.assertRaisesRegex(UserError, "no published version"), self.env.cr.savepoint():
            self.earn("2026-06-01", 1)
