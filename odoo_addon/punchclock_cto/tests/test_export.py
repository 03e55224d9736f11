# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
from pathlib import Path

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import file_path

from .common import HOUR, CtoCase

PROFILES = ("long", "wide", "daily", "adp", "codes")


@tagged("post_install", "-at_install")
@freeze_time("2026-03-06 18:00:00")
class TestExport(CtoCase):
    """A week from punches to every payroll file: credit earned, used and paid out. 2 March 2026 is a Monday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.publish(date_from="2026-01-01", balance_cap=6, over_cap="cash")
        cls.payroll = cls.make_user("cto_payroll", "punchclock.group_punchclock_payroll")
        cls.company.write({"name": "Demo Bakery", "punchclock_payroll_code": "B7"})
        cls.anna.write({"punchclock_payroll_id": "0007", "punchclock_cost_center": "Office"})
        cls.week = cls.make_period("2026-03-02", "2026-03-08")
        cls.next_week = cls.make_period("2026-03-09", "2026-03-15")

    @classmethod
    def make_period(cls, first, last):
        vals = {"name": f"From {first}", "date_from": first, "date_to": last, "company_id": cls.company.id}
        return cls.env["punchclock.period"].with_user(cls.payroll).create(vals)

    def bank(self, day, minutes):
        """Overtime of a day to time off, asked for by Anna and approved by her manager."""
        correction = (
            self.env["punchclock.adjustment"]
            .with_user(self.worker)
            .create(
                {
                    "employee_id": self.anna.id,
                    "date": day,
                    "kind": "ot_to_cto",
                    "minutes": minutes,
                    "reason_id": self.env.ref("punchclock.reason_overtime").id,
                    "note": "Inventory",
                }
            )
        )
        correction.action_submit()
        correction.with_user(self.officer).action_approve_and_apply()
        return correction

    def of_the_week(self):
        """Three hours and four of overtime; the limit of six leaves one of them due in cash."""
        for day, last in ((2, "20:00:00"), (3, "21:00:00"), (4, "17:00:00"), (6, "17:00:00")):
            self.punch("7", f"2026-03-0{day}T08:00:00", f"2026-03-0{day}T{last}")
        self.punch("7", "2026-03-05T13:00:00", "2026-03-05T17:00:00")
        self.drain()
        self.bank("2026-03-02", 180)
        self.bank("2026-03-03", 240)
        self.approve(self.request("2026-03-05", 8, 12))
        self.drain()
        self.payout = self.by_hand("payout", "2026-03-06", 1)
        self.assertBalance(1)
        self.assertEqual(self.account.cash_hours, 1)

    def freeze(self, period):
        self.settle()
        period._freeze()

    def export(self, period, code):
        profile = self.env.ref(f"punchclock.profile_{code}").with_user(self.payroll)
        return self.env["punchclock.export"].with_user(self.payroll)._make(period, profile)

    def content(self, export):
        return base64.b64decode(export.with_context(bin_size=False).content).decode()

    def test_from_raw_punches_to_every_file(self):
        self.of_the_week()
        folder = Path(file_path("punchclock_cto/tests/expected"))
        with freeze_time("2026-03-09 08:00:00"):
            self.freeze(self.week)
            for code in PROFILES:
                with self.subTest(profile=code):
                    export = self.export(self.week, code)
                    expected = (folder / f"week_{code}.csv").read_bytes().decode()
                    self.assertEqual(self.content(export).split("\r\n"), expected.split("\r\n"))
                    # Forty hours less the morning off; nothing of the overtime is paid as such.
                    self.assertEqual(
                        export.totals, {"REG": 36 * HOUR, "CTO": 4 * HOUR, "CTOPAY": HOUR, "CTOCASH": HOUR}
                    )
                    self.assertIn("seconds CTOPAY: 3600", export.control_text)
                    self.assertIn("seconds CTOCASH: 3600", export.control_text)
        self.assertEqual(self.env["punchclock.audit.check"]._run(self.company).state, "sound")

    def test_nothing_is_paid_twice(self):
        self.of_the_week()
        with freeze_time("2026-03-09 08:00:00"):
            self.freeze(self.week)
            first = self.export(self.week, "long")
            again = self.export(self.week, "long")
            self.assertEqual((again.revision, again.totals, again.difference_count), (2, first.totals, 0))
            # It was a mistake: the next file makes up for it, and the old one stays true.
            self.payout.with_user(self.second)._revert("Not wanted")
            self.assertEqual(self.export(self.week, "long").totals, first.totals)
        with freeze_time("2026-03-16 08:00:00"):
            self.freeze(self.next_week)
            export = self.export(self.next_week, "long")
            self.assertEqual(export.totals, {"CTOPAY": -HOUR})
            self.assertIn(",2026-03-09,CTOPAY,-60,-1.0000,", self.content(export))

    def test_what_ends_and_who_leaves(self):
        """Paid out at its end by one plan, when leaving by the same one; also of somebody who has no day any more."""
        self.publish(date_from="2026-02-01", expiry="days", expiry_count=10, on_expiry="pay_out")
        with freeze_time("2026-02-20 12:00:00"):
            self.earn("2026-02-20", 2)
        with freeze_time("2026-03-03 01:00:00"):
            self.night()
        self.earn("2026-03-05", 3)
        self.by_hand("separate", "2026-03-06")
        self.assertBalance(0)
        with freeze_time("2026-03-09 08:00:00"):
            self.freeze(self.week)
            export = self.export(self.week, "long")
        self.assertEqual(export.totals, {"CTOPAY": 5 * HOUR})
        self.assertEqual(self.content(export).count("CTOPAY"), 2)
