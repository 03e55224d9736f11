# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime
from unittest.mock import patch

import psycopg2.errors

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.punchclock import engine

from .common import PunchclockCase, lines

SICK_CLOCK = ("0001-01-01T00:00:00", "1970-01-01T00:00:00", "2136-02-07T06:28:15", "9999-12-31T23:59:59")


@tagged("post_install", "-at_install")
class TestDirtyDay(PunchclockCase):
    def test_drain_counts_and_is_for_officers(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        dirty = self.env["punchclock.dirty.day"]
        with self.assertRaises(AccessError):
            dirty.with_user(self.bot).drain()
        answer = dirty.with_user(self.officer).drain(limit=1)
        self.assertEqual(answer, {"computed": 1, "remaining": 1, "failed": 0})
        self.assertEqual(self.drain(), {"computed": 1, "remaining": 0, "failed": 0})
        self.assertEqual(self.drain(), {"computed": 0, "remaining": 0, "failed": 0})

    def test_the_scheduled_job_is_woken_by_a_punch(self):
        cron = self.env.ref("punchclock.cron_drain")
        triggers = [("cron_id", "=", cron.id)]
        before = self.env["ir.cron.trigger"].search_count(triggers)
        self.punch("404", "2026-03-02T08:00:00")
        self.assertEqual(self.env["ir.cron.trigger"].search_count(triggers), before)
        self.punch("7", "2026-03-02T08:00:00")
        self.assertEqual(self.env["ir.cron.trigger"].search_count(triggers), before + 1)

    def test_the_scheduled_job_computes(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        with self.enter_registry_test_mode():
            self.env.ref("punchclock.cron_drain").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 8 * 3600)

    def test_one_persons_fault_costs_nobody_else(self):
        ben = self.employee("Ben", self.office)
        self.give_pin(ben, "8")
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.punch("8", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        real = engine.compute_days

        def spoilt(items, policy):
            for item in items:
                if item["key"].startswith(f"{ben.id}/"):
                    item["zone"] = "Nowhere/At_All"
            return real(items, policy)

        with patch.object(engine, "compute_days", spoilt):
            answer = self.drain()
        self.assertEqual((answer["remaining"], answer["failed"]), (0, 2))
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 8 * 3600)
        self.assertFalse(self.day(ben, "2026-03-02"))
        failed = self.env["punchclock.dirty.day"].search([("employee_id", "=", ben.id)])
        self.assertTrue(all(failed.mapped("error")))
        # Marked again, it is tried again.
        self.env["punchclock.dirty.day"].with_user(self.officer).mark(ben.ids, "2026-03-01", "2026-03-02")
        self.assertEqual(self.drain()["failed"], 0)
        self.assertEqual(self.summary(ben, "2026-03-02")[0], 8 * 3600)

    def test_a_clock_that_lost_its_mind_stops_nobody(self):
        ben = self.employee("Ben", self.office)
        stored = self.punch("8", *SICK_CLOCK, "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.punch("7", *SICK_CLOCK, "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        # Mapped late: the same way as the punches of a terminal that is registered late.
        pin = self.give_pin(ben, "8")
        self.assertEqual(stored.mapped("review_code"), ["time_unplaced"] * 4 + [False] * 2)
        marked = self.env["punchclock.dirty.day"].search([("employee_id", "=", ben.id)])
        self.assertEqual(sorted(str(mark.date) for mark in marked), ["2026-03-01", "2026-03-02"])
        self.assertEqual(self.drain(), {"computed": 4, "remaining": 0, "failed": 0})
        for employee in (self.anna, ben):
            self.assertEqual(self.summary(employee, "2026-03-02")[0], 8 * 3600)
        self.brussels.tz = "Europe/London"
        pin.unlink()
        self.assertEqual(self.drain()["failed"], 0)

    def test_what_may_be_marked_is_what_can_be_computed(self):
        dirty = self.env["punchclock.dirty.day"].with_user(self.officer)
        self.assertEqual(dirty.mark(self.anna.ids, "0001-01-01", "1970-12-31"), 0)
        self.assertEqual(dirty.mark(self.anna.ids, "2099-01-01", "9999-12-31"), 0)
        self.assertEqual(dirty.mark(self.anna.ids, "0001-01-01", "1971-01-02"), 2)
        self.assertEqual(dirty.mark(self.anna.ids, "2098-12-31", "9999-12-31"), 1)
        self.assertEqual(self.drain(), {"computed": 3, "remaining": 0, "failed": 0})
        # One that got there in another way is taken off the list, and nothing else happens.
        self.env["punchclock.dirty.day"].create(
            [
                {"employee_id": self.anna.id, "date": day, "company_id": self.company.id}
                for day in ("0001-01-01", "9999-12-31")
            ]
        )
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.assertEqual(self.drain(), {"computed": 4, "remaining": 0, "failed": 0})
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 8 * 3600)

    def test_a_refusal_costs_one_stretch_of_days_and_can_be_tried_again(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00", "2026-06-01T08:00:00", "2026-06-01T17:00:00")
        real = engine.compute_days

        def spoilt(items, policy):
            for item in items:
                if item["key"].endswith("/2026-05-31"):
                    item["zone"] = "Nowhere/At_All"
            return real(items, policy)

        with patch.object(engine, "compute_days", spoilt):
            self.assertEqual(self.drain(), {"computed": 4, "remaining": 0, "failed": 2})
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 8 * 3600)
        failed = self.env["punchclock.dirty.day"].search([("employee_id", "=", self.anna.id)])
        self.assertEqual(sorted(str(row.date) for row in failed), ["2026-05-31", "2026-06-01"])
        self.assertEqual(self.drain()["computed"], 0)
        with self.assertRaises(AccessError):
            failed.with_user(self.bot).action_retry()
        failed.with_user(self.officer).action_retry()
        self.assertEqual(self.drain(), {"computed": 2, "remaining": 0, "failed": 0})
        self.assertEqual(self.summary(self.anna, "2026-06-01")[0], 8 * 3600)

    def two_people(self):
        ben = self.employee("Ben", self.office)
        self.give_pin(ben, "8")
        for pin in ("7", "8"):
            self.punch(pin, "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        return ben

    def assert_only_ben_failed(self, ben, reason):
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 8 * 3600)
        failed = self.env["punchclock.dirty.day"].search([("error", "!=", False)])
        self.assertEqual(failed.employee_id, ben)
        for error in failed.mapped("error"):
            self.assertIn(reason, error)

    @mute_logger("odoo.addons.punchclock.models.punchclock_day_compute", "odoo.sql_db")
    def test_a_fault_while_storing_costs_nobody_else(self):
        ben = self.two_people()
        days = type(self.env["punchclock.day"])
        real = days._vals

        def spoilt(records, plan, employee, *arguments):
            if employee == ben:
                # An error of the database: without a savepoint nothing else could be done in the transaction.
                records.env.cr.execute("SELECT 1 / 0")
            return real(records, plan, employee, *arguments)

        with patch.object(days, "_vals", spoilt):
            self.assertEqual(self.drain(), {"computed": 4, "remaining": 0, "failed": 2})
        self.assertFalse(self.day(ben, "2026-03-02"))
        self.assert_only_ben_failed(ben, "division by zero")

    def test_an_attendance_that_may_not_go_costs_nobody_else(self):
        ben = self.two_people()
        self.drain()
        attendances = type(self.env["hr.attendance"])
        real, reason = attendances.unlink, "these hours are paid"

        def locked(records):
            if ben in records.employee_id:
                raise UserError(reason)
            return real(records)

        for pin in ("7", "8"):
            self.punch(pin, "2026-03-02T07:00:00", "2026-03-02T18:00:00")
        with patch.object(attendances, "unlink", locked):
            self.assertEqual(self.drain()["remaining"], 0)
        self.assertEqual(self.day(self.anna, "2026-03-02").punch_count, 4)
        failed = self.env["punchclock.dirty.day"].search([("error", "!=", False)])
        self.assertEqual(failed.employee_id, ben)
        self.assertEqual(set(failed.mapped("error")), {reason})
        # Nothing half done: the day is as it was.
        self.assertEqual(self.day(ben, "2026-03-02").punch_count, 2)
        self.assertEqual(len(self.day(ben, "2026-03-02").attendance_ids), 1)
        failed.action_retry()
        self.assertEqual(self.drain()["failed"], 0)
        self.assertEqual(self.day(ben, "2026-03-02").punch_count, 4)

    def test_a_void_transaction_is_nobodys_fault(self):
        self.two_people()
        days = type(self.env["punchclock.day"])
        for fault in (psycopg2.errors.SerializationFailure, psycopg2.errors.DeadlockDetected):
            with patch.object(days, "_vals", side_effect=fault), self.assertRaises(fault), self.env.cr.savepoint():
                self.drain()
        self.assertEqual(self.drain()["failed"], 0)

    def test_no_more_is_taken_than_asked_for(self):
        self.env["punchclock.dirty.day"].with_user(self.officer).mark(self.anna.ids, "2026-03-01", "2026-03-31")
        # Without statistics, as in a table that has just been filled, PostgreSQL may plan a loop here.
        for setting in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
            self.env.cr.execute(f"SET LOCAL enable_{setting} = off")
        self.assertEqual(self.env["punchclock.dirty.day"]._drain_slice(3), 3)
        self.assertEqual(self.env["punchclock.dirty.day"].search_count([]), 28)

    def test_leaves_and_holidays_entered_later_change_the_days(self):
        colleague = self.employee("Colleague", self.calendar("Other", "Europe/Brussels", []))
        self.give_pin(colleague, "9")
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00", "2026-03-03T08:00:00", "2026-03-03T17:00:00")
        self.drain()

        def scheduled(date):
            return self.day(self.anna, date).scheduled_seconds / 3600

        leaves = self.env["resource.calendar.leaves"]
        morning = leaves.create(
            {
                "name": "Dentist",
                "calendar_id": self.office.id,
                "company_id": self.company.id,
                "resource_id": self.anna.resource_id.id,
                "date_from": "2026-03-02 07:00:00",
                "date_to": "2026-03-02 11:00:00",
            }
        )
        dirty = self.env["punchclock.dirty.day"]
        self.assertEqual(dirty.search([]).employee_id, self.anna)
        self.drain()
        self.assertEqual((scheduled("2026-03-02"), scheduled("2026-03-03")), (4, 8))
        morning.write({"date_from": datetime(2026, 3, 3, 7), "date_to": datetime(2026, 3, 3, 11)})
        self.drain()
        self.assertEqual((scheduled("2026-03-02"), scheduled("2026-03-03")), (8, 4))
        morning.name = "Another dentist"
        self.assertFalse(dirty.search([]))
        morning.unlink()
        self.drain()
        self.assertEqual((scheduled("2026-03-02"), scheduled("2026-03-03")), (8, 8))
        holiday = {"name": "Holiday", "date_from": "2026-03-01 23:00:00", "date_to": "2026-03-02 22:59:59"}
        everybody = leaves.create({**holiday, "company_id": self.company.id, "calendar_id": False})
        self.assertEqual(dirty.search([]).employee_id, self.anna | colleague)
        self.drain()
        self.assertEqual((scheduled("2026-03-02"), scheduled("2026-03-03")), (0, 8))
        everybody.unlink()
        self.drain()
        leaves.create({**holiday, "company_id": self.company.id, "calendar_id": self.office.id})
        self.assertEqual(dirty.search([]).employee_id, self.anna)
        self.drain()
        self.assertEqual(scheduled("2026-03-02"), 0)

    def test_a_leave_to_come_marks_nothing_yet(self):
        with freeze_time("2026-03-04 10:00:00"):
            self.env["resource.calendar.leaves"].create(
                {"name": "Summer", "company_id": self.company.id, "date_from": "2026-07-01", "date_to": "2026-07-31"}
            )
            self.assertFalse(self.env["punchclock.dirty.day"].search([]))

    def test_other_hours_entered_late_reach_the_last_weeks(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.office.attendance_ids.filtered(lambda line: line.hour_from == 13).hour_to = 16
        self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-02")[1], 0)
        with freeze_time("2026-04-05 03:00:00"):
            self.env["punchclock.dirty.day"]._cron_mark_recent()
            self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-02")[1], 3600)

    def test_absences_after_odoo_was_off_for_days(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        with freeze_time("2026-03-12 03:00:00"):
            self.env["punchclock.dirty.day"]._cron_mark_recent()
            self.drain()
        days = self.env["punchclock.day"].search([("employee_id", "=", self.anna.id), ("status", "=", "absent")])
        self.assertEqual(sorted(day.date.day for day in days), [3, 4, 5, 6, 9, 10, 11])

    def test_the_nightly_job_tries_failed_days_again(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.env["punchclock.dirty.day"].search([]).write({"error": "no luck"})
        self.assertEqual(self.drain()["computed"], 0)
        with self.enter_registry_test_mode():
            self.env.ref("punchclock.cron_mark_recent").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.drain()["failed"], 0)
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 8 * 3600)

    def test_days_are_marked_by_the_clock_of_the_employee_too(self):
        tokyo = self.calendar("Tokyo", "Asia/Tokyo", lines(range(5), (8, 17)))
        yuki, kenji = self.employee("Yuki", tokyo), self.employee("Kenji", tokyo)
        self.give_pin(yuki, "20")
        for pin in ("20", "21"):
            # Tuesday 8:00 in Tokyo.
            self.punch(pin, "2026-03-02T18:00:00", serial="NYC1")
        self.give_pin(kenji, "21")
        self.drain()
        for employee in (yuki, kenji):
            self.assertEqual(self.day(employee, "2026-03-03").punch_count, 1)
            self.assertFalse(self.day(employee, "2026-03-02").punch_count)
