# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Date
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_adjustment import MONDAY, ReviewCase


class PeriodCase(ReviewCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.period = (
            cls.env["punchclock.period"]
            .with_user(cls.payroll)
            .create(
                {"name": "March 2026", "date_from": "2026-03-01", "date_to": "2026-03-31", "company_id": cls.company.id}
            )
        )

    def settle_worked_and_approved(self):
        day = self.worked()
        self.settle()
        day.with_user(self.officer).action_approve()

    def freeze(self):
        self.settle()
        self.period._freeze()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestPeriod(PeriodCase):
    def test_a_frozen_day_does_not_change(self):
        day = self.worked()
        self.freeze()
        self.assertEqual((self.period.state, day.state), ("frozen", "locked"))
        late = self.punch("7", "2026-03-02T20:00:00")
        self.assertEqual((late.status, late.review_code), ("review", "locked_period"))
        self.drain()
        self.assertEqual(self.day(self.anna, MONDAY).worked_seconds, day.worked_seconds)
        self.assertEqual(self.summary(self.anna, MONDAY)[3], "18:30:00")
        adjustment = self.ask(punch_time="20:00")
        adjustment.action_submit()
        adjustment.with_user(self.mona).action_approve()
        with self.assertRaisesRegex(UserError, "closed period"):
            adjustment.with_user(self.officer).action_apply()

    def test_no_day_appears_in_a_closed_period(self):
        self.worked()
        self.freeze()
        self.punch("7", "2026-03-03T08:00:00", "2026-03-03T17:00:00")
        self.drain()
        self.assertFalse(self.day(self.anna, date(2026, 3, 3)))
        found = self.env["punchclock.exception"].search(
            [("type", "=", "locked_day_changed"), ("date", "=", date(2026, 3, 3)), ("state", "=", "open")]
        )
        self.assertEqual(len(found), 1)
        self.assertEqual(found.event_id.local_time, "2026-03-03 08:00:00")

    def test_freezing_needs_everything_resolved(self):
        self.forgotten()
        self.env["punchclock.exception"]._raise(
            [
                {
                    "type": "missing_out",
                    "company_id": self.company.id,
                    "employee_id": self.anna.id,
                    "date": MONDAY,
                    "day_id": self.day(self.anna, MONDAY).id,
                }
            ]
        )
        with self.assertRaisesRegex(UserError, "exceptions"):
            self.period._freeze()
        self.settle()
        adjustment = self.ask()
        adjustment.action_submit()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "1 undecided"):
            self.period._freeze()
        adjustment.with_user(self.mona)._refuse("No.")
        self.punch("99", "2026-03-02T12:00:00")
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "1 punches to review"):
            self.period._freeze()
        self.give_pin(self.employee("Ben", self.office), "99")
        self.settle()
        self.env["punchclock.dirty.day"].with_user(self.officer).mark(self.anna.ids, MONDAY, MONDAY)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "1 days to compute"):
            self.period._freeze()
        wizard = self.env["punchclock.period.freeze"].with_user(self.payroll).create({"period_id": self.period.id})
        wizard.action_compute()
        self.settle()
        wizard.action_freeze()
        self.assertEqual(self.period.state, "frozen")
        self.assertFalse(self.period.override_by)

    def test_who_freezes_all_the_same_stands_there_by_name(self):
        self.forgotten()
        adjustment = self.ask()
        adjustment.action_submit()
        wizard = (
            self.env["punchclock.period.freeze"]
            .with_user(self.payroll)
            .create({"period_id": self.period.id, "override": True})
        )
        with self.assertRaises(UserError):
            wizard.action_freeze()
        wizard.override_note = "The bank closes at noon."
        wizard.action_freeze()
        self.assertEqual(
            (self.period.override_by, self.period.override_note), (self.payroll, "The bank closes at noon.")
        )
        entry = self.entries("period.frozen")
        payload = json.loads(entry.payload)
        self.assertEqual((entry.login, payload["unresolved"]["adjustments"]), ("punchclock_payroll", 1))
        self.assertTrue(payload["override"].startswith("$1$"))

    def test_periods_share_no_day(self):
        create = self.env["punchclock.period"].with_user(self.payroll).create
        for first, last in (("2026-03-31", "2026-04-30"), ("2026-02-01", "2026-03-01"), ("2026-03-10", "2026-03-10")):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
                create({"name": "x", "date_from": first, "date_to": last, "company_id": self.company.id})
        create({"name": "April", "date_from": "2026-04-01", "date_to": "2026-04-30", "company_id": self.company.id})
        other = self.env["res.company"].create({"name": "Other"})
        self.env["punchclock.period"].create(
            {"name": "March", "date_from": "2026-03-01", "date_to": "2026-03-31", "company_id": other.id}
        )

    def test_a_period_is_closed_after_its_end(self):
        today = Date.today()
        period = self.env["punchclock.period"].create(
            {"name": "Now", "date_from": today, "date_to": today + timedelta(days=1), "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "not over"):
            period._freeze()

    def test_payroll_alone_moves_a_period(self):
        self.worked()
        self.settle()
        for user in (self.worker, self.mona, self.officer, self.admin, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.period.with_user(user)._freeze()
        for user in (self.payroll, self.admin):
            with self.assertRaises(AccessError):
                self.period.with_user(user).write({"state": "frozen"})
        self.freeze()
        with self.assertRaises(UserError):
            self.period.write({"date_to": "2026-03-30"})
        with self.assertRaises(UserError):
            self.period.unlink()
        with self.assertRaises(AccessError):
            self.period.with_user(self.officer)._reopen("x")

    def test_one_day_is_reopened_for_a_correction(self):
        self.worked()
        self.punch("7", "2026-03-03T08:00:00", "2026-03-03T17:00:00")
        self.freeze()
        adjustment = self.ask("reopen", self.officer)
        adjustment.action_submit()
        adjustment.with_user(self.second).action_approve_and_apply()
        self.env.invalidate_all()
        self.assertEqual(self.period.state, "reopened")
        self.assertNotEqual(self.day(self.anna, MONDAY).state, "locked")
        self.assertEqual(self.day(self.anna, date(2026, 3, 3)).state, "locked")
        self.decided(
            "retime",
            event_id=self.env["punchclock.event"].search([("local_time", "=", "2026-03-02 18:30:00")]).id,
            punch_date=MONDAY,
            punch_time="17:00",
        )
        self.freeze()
        self.assertEqual(self.day(self.anna, MONDAY).worked_seconds, 8 * 3600)
        self.assertEqual(self.day(self.anna, MONDAY).state, "locked")
        self.assertEqual(self.entries("period.reopened").mapped("login"), ["punchclock_second"])
        self.assertSound()

    def test_what_came_while_it_was_closed_shows_when_it_is_reopened(self):
        self.worked()
        self.freeze()
        self.punch("7", "2026-03-02T20:00:00", "2026-03-02T21:00:00", "2026-03-03T08:00:00", "2026-03-03T17:00:00")
        self.drain()
        # Long enough ago that no job looks at it again, and the exceptions are closed by a person.
        told = self.env["punchclock.exception"].search(
            [("type", "=", "locked_day_changed"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(set(told.mapped("date")), {MONDAY, date(2026, 3, 3)})
        told.resolution = "Next month."
        told.with_user(self.officer).action_resolve()
        self.assertEqual(self.day(self.anna, MONDAY).worked_seconds, int(9.5 * 3600))
        self.period._reopen("They are to be paid now.")
        self.drain()
        self.env.invalidate_all()
        self.assertEqual(self.day(self.anna, MONDAY).punch_count, 4)
        self.assertEqual(self.day(self.anna, MONDAY).worked_seconds, int(10.5 * 3600))
        self.assertEqual(self.day(self.anna, date(2026, 3, 3)).worked_seconds, 8 * 3600)

    def test_a_second_change_of_a_closed_day_is_told_too(self):
        self.worked()
        self.freeze()
        self.punch("7", "2026-03-02T20:00:00", "2026-03-02T21:00:00")
        self.drain()
        told = self.env["punchclock.exception"].search([("type", "=", "locked_day_changed"), ("date", "=", MONDAY)])
        told.resolution = "An hour for the party."
        told.with_user(self.officer).action_ignore()
        self.env["punchclock.dirty.day"]._mark({(self.anna.id, MONDAY)})
        self.drain()
        self.assertEqual((told.state, told.resolution), ("ignored", "An hour for the party."))
        self.punch("7", "2026-03-02T21:30:00", "2026-03-02T22:30:00")
        self.drain()
        self.env.invalidate_all()
        self.assertEqual((told.state, told.resolved_by.id, told.resolution), ("open", False, False))

    def test_a_reopened_day_is_what_it_was_before(self):
        day = self.worked()
        self.settle()
        day.with_user(self.officer).action_approve()
        self.punch("7", "2026-03-03T08:00:00", "2026-03-03T17:00:00")
        self.freeze()
        self.period._reopen("Looked at again.")
        self.env.invalidate_all()
        self.assertEqual(day.state, "approved")
        self.assertEqual(self.day(self.anna, date(2026, 3, 3)).state, "computed")

    def test_a_correction_does_not_reach_into_a_closed_period(self):
        """A punch of the last night of a month belongs to a day of the month before."""
        self.punch("7", "2026-03-31T22:00:00")
        self.drain()
        self.settle()
        self.period._freeze()
        before = self.day(self.anna, date(2026, 3, 31)).punch_count
        adjustment = self.ask(date=date(2026, 4, 1), punch_date=date(2026, 4, 1), punch_time="01:00", direction="1")
        adjustment.action_submit()
        adjustment.with_user(self.mona).action_approve()
        with self.assertRaisesRegex(UserError, "2026-03-31 too, which is closed"):
            adjustment.with_user(self.officer).action_apply()
        self.env.invalidate_all()
        self.assertEqual(self.day(self.anna, date(2026, 3, 31)).punch_count, before)

    def test_a_period_is_reopened_with_a_reason(self):
        self.settle_worked_and_approved()
        self.freeze()
        action = self.period.action_reopen()
        wizard = self.env["punchclock.period.reopen"].with_user(self.payroll).with_context(**action["context"])
        wizard.create({"why": "A shift was missing."}).action_reopen()
        self.env.invalidate_all()
        self.assertEqual((self.period.state, self.day(self.anna, MONDAY).state), ("reopened", "approved"))
        self.assertIn("A shift was missing", self.period.message_ids[0].body)
        self.freeze()
