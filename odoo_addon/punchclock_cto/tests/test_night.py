# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from freezegun import freeze_time

from odoo.tests import tagged

from .common import CtoCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestNight(CtoCase):
    """One account that cannot be settled keeps no other one from it, and is seen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Ended on the last day of 2025.
        cls.bert = cls.employee("Bert", cls.office)
        with freeze_time("2024-12-05 12:00:00"):
            account = cls.env["punchclock.cto.account"]._of(cls.bert)
            account._post(
                {
                    "kind": "earn",
                    "date": cls.version.date_from.replace(2024, 12, 2),
                    "work_class": "weekday",
                    "work_seconds": 3600,
                }
            )
        cls.other = account

    def longer(self, leave):
        """A day of longer hours, behind everybody's back."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE hr_leave SET number_of_hours = 9 WHERE id = %s", [leave.id])
        self.env.invalidate_all()

    def test_an_account_that_cannot_be_settled(self):
        self.company.punchclock_review_user_id = self.officer
        with freeze_time("2024-12-10 12:00:00"):
            self.earn("2024-12-09", 2)
        self.earn("2026-06-01", 8)
        leave = self.days_off("2026-06-08", "2026-06-08")
        self.assertEqual((self.account.balance_hours, self.other.balance_hours), (0, 1))
        self.longer(leave)
        self.night()
        self.assertEqual(self.other.balance_hours, 0, "it lapsed")
        self.assertEqual(leave.sudo().punchclock_cto_entry_ids.hours, 8, "as it was")
        task = self.account.activity_ids
        self.assertEqual((task.user_id, self.other.activity_ids.ids), (self.officer, []))
        self.assertIn("9 h", str(task.note))
        self.night()
        self.assertEqual(self.account.activity_ids, task, "one task, however many nights")
        # An officer gives what is missing.
        self.post("adjust", "2026-06-05", 1)
        self.night()
        self.assertFalse(self.account.activity_ids)
        self.assertBalance(0)

    def test_one_time_off_that_cannot_be_settled(self):
        self.earn("2026-06-01", 12)
        bad, good = self.days_off("2026-06-08", "2026-06-08"), self.request("2026-06-09", 8, 12, user=self.hr)
        self.approve(good, self.hr)
        self.longer(bad)
        self.env.cr.execute("UPDATE hr_leave SET number_of_hours = 3.5 WHERE id = %s", [good.id])
        self.env.cr.execute("UPDATE hr_leave SET number_of_hours = 20 WHERE id = %s", [bad.id])
        self.env.invalidate_all()
        self.night()
        self.assertEqual(self.account.balance_hours, 0.5)
        self.assertTrue(self.account.activity_ids, "every officer, without a reviewer")
