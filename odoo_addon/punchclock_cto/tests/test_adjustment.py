# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CtoCase


@tagged("post_install", "-at_install")
@freeze_time("2026-03-20 12:00:00")
class TestAdjustment(CtoCase):
    """Overtime to time off by approval. 2 March 2026 is a Monday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env["punchclock.reason"].search([], limit=1)

    def correction(self, day, minutes):
        return self.env["punchclock.adjustment"].create(
            {
                "employee_id": self.anna.id,
                "date": day,
                "kind": "ot_to_cto",
                "minutes": minutes,
                "reason_id": self.reason.id,
                "note": "Inventory",
            }
        )

    def decide(self, correction):
        correction.action_submit()
        correction.with_user(self.officer).action_approve()
        if correction.state == "approved":
            correction.with_user(self.officer).action_apply()
        return correction

    def overtime(self, day, start="08:00:00", stop="19:00:00"):
        self.punch("7", f"{day}T{start}", f"{day}T{stop}")
        self.drain()
        return self.day(self.anna, day).overtime_seconds

    def test_approved_overtime_becomes_credit(self):
        self.assertEqual(self.overtime("2026-03-02"), 2 * 3600)
        correction = self.decide(self.correction("2026-03-02", 90))
        self.assertEqual((correction.state, correction.cto_class), ("applied", "weekday"))
        self.assertBalance(1.5)
        entry = correction.cto_entry_ids
        self.assertEqual((entry.kind, entry.work_seconds, str(entry.date)), ("earn", 5400, "2026-03-02"))

    def test_a_rest_day_earns_more(self):
        self.assertGreater(self.overtime("2026-03-07", "08:00:00", "12:00:00"), 0)
        correction = self.decide(self.correction("2026-03-07", 120))
        self.assertEqual(correction.cto_class, "rest_day")
        self.assertBalance(3)

    def test_a_public_holiday(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "calendar_id": self.office.id,
                "date_from": "2026-03-02 23:00:00",
                "date_to": "2026-03-03 22:59:59",
            }
        )
        self.assertEqual(self.correction("2026-03-03", 60).cto_class, "holiday")
        self.assertEqual(self.correction("2026-03-04", 60).cto_class, "rest_day", "nothing was planned that is known")

    def test_no_more_than_there_was(self):
        self.overtime("2026-03-02")
        self.decide(self.correction("2026-03-02", 90))
        with self.assertRaisesRegex(UserError, "30 minutes of overtime"), self.env.cr.savepoint():
            self.decide(self.correction("2026-03-02", 31))
        self.decide(self.correction("2026-03-02", 30))
        self.assertBalance(2)

    def test_taken_back_it_never_was(self):
        self.overtime("2026-03-02")
        correction = self.decide(self.correction("2026-03-02", 90))
        correction.with_user(self.officer)._revert("A mistake")
        self.assertEqual(correction.state, "reverted")
        self.assertBalance(0)

    def test_used_it_is_not_taken_back(self):
        self.overtime("2026-03-02")
        correction = self.decide(self.correction("2026-03-02", 120))
        self.approve(self.request("2026-03-23", 8, 10))
        with self.assertRaisesRegex(UserError, "used already"), self.env.cr.savepoint():
            correction.with_user(self.officer)._revert("A mistake")
        self.assertEqual(correction.state, "applied")
        self.assertBalance(0)

    def told(self):
        return self.env["punchclock.exception"].search(
            [("employee_id", "=", self.anna.id), ("type", "=", "overbanked"), ("state", "=", "open")]
        )

    def left_out(self, event):
        """A punch that an officer leaves out, and another one approves."""
        correction = (
            self.env["punchclock.adjustment"]
            .with_user(self.officer)
            .create(
                {
                    "employee_id": self.anna.id,
                    "date": event.local_date,
                    "kind": "void_punch",
                    "event_id": event.id,
                    "reason_id": self.reason.id,
                    "note": "Not hers",
                }
            )
        )
        correction.action_submit()
        correction.with_user(self.second).action_approve_and_apply()
        return correction

    def test_overtime_that_the_day_loses_after_it_was_banked(self):
        """Three hours in the bank, of which the day keeps one."""
        events = self.punch("7", *(f"2026-03-02T{time}" for time in ("08:00:00", "18:00:00", "18:30:00", "20:30:00")))
        self.drain()
        self.assertEqual(self.day(self.anna, "2026-03-02").overtime_seconds, 3 * 3600)
        credit = self.decide(self.correction("2026-03-02", 180))
        self.assertFalse(self.told())
        first = self.left_out(events[3])
        second = self.left_out(events[2])
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual(day.overtime_seconds, 3600)
        told = self.told()
        self.assertEqual((told.seconds, told.severity, told.day_id), (2 * 3600, "error", day))
        self.assertEqual(day.state, "review")
        period = self.env["punchclock.period"].create(
            {"name": "Monday", "date_from": "2026-03-02", "date_to": "2026-03-02", "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "1 exceptions"), self.env.cr.savepoint():
            period._freeze()
        # The punches are there again: nothing is wrong any more, until one goes again.
        second.with_user(self.second)._revert("They were hers")
        first.with_user(self.second)._revert("They were hers")
        self.assertFalse(self.told())
        self.left_out(events[3])
        self.assertTrue(self.told())
        credit.with_user(self.officer)._revert("Less")
        self.assertFalse(self.told())
        self.assertBalance(0)
        self.decide(self.correction("2026-03-02", 60))
        self.assertFalse(self.told())
