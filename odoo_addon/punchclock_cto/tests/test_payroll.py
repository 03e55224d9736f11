# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import CtoCase

DAY = date(2026, 3, 16)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-20 12:00:00")
class TestPayroll(CtoCase):
    """What is taken from the bank goes to payroll under its own code."""

    def pay(self, *codes):
        """What payroll is told of a Monday on which these seconds of leave were computed."""
        day = self.env["punchclock.day"].create(
            {"employee_id": self.anna.id, "date": DAY, "company_id": self.company.id, "status": "leave"}
        )
        for code, seconds in codes:
            self.env["punchclock.day.line"].create(
                {
                    "day_id": day.id,
                    "company_id": self.company.id,
                    "kind": "leave",
                    "label": "leave",
                    "rule": "leave",
                    "pay_code": code,
                    "start": "2026-03-16 07:00:00",
                    "stop": "2026-03-16 16:00:00",
                    "seconds": seconds,
                }
            )
        return self.env["punchclock.day"]._pay_of(self.anna, DAY, DAY)[self.anna.id, DAY].codes

    def test_a_half_day_out_of_the_bank(self):
        self.earn("2026-03-02", 8)
        self.approve(self.request(DAY, 8, 12, user=self.hr), self.hr)
        self.assertEqual(self.pay(("LEAVE", 8 * 3600)), {("LEAVE", 10000): 4 * 3600, ("CTO", 10000): 4 * 3600})

    def test_all_of_the_day(self):
        self.earn("2026-03-02", 8)
        self.approve(self.request(DAY, 8, 17, user=self.hr), self.hr)
        self.assertEqual(self.pay(("LEAVE", 8 * 3600)), {("CTO", 10000): 8 * 3600})

    def test_what_was_refused_is_not_taken(self):
        self.earn("2026-03-02", 8)
        leave = self.approve(self.request(DAY, 8, 17, user=self.hr), self.hr)
        leave.with_user(self.hr).action_refuse()
        self.assertEqual(self.pay(("LEAVE", 8 * 3600)), {("LEAVE", 10000): 8 * 3600})
