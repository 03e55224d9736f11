# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import itertools
from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.punchclock import engine

from .common import PunchclockCase, lines

HOUR = 3600


@tagged("post_install", "-at_install")
class TestDay(PunchclockCase):
    def test_an_office_day_with_overtime(self):
        self.punch("7", "2026-03-02T08:02:00", "2026-03-02T12:01:00", "2026-03-02T12:59:00", "2026-03-02T18:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual(day.company_id, self.company)
        self.assertEqual(day.tz, "Europe/Brussels")
        self.assertEqual(day.scheduled_seconds, 8 * HOUR)
        # The minutes punched inside the unpaid break of the working hours do not count.
        self.assertEqual(day.worked_seconds, 8 * HOUR - 120 + HOUR)
        self.assertEqual(day.regular_seconds + day.overtime_seconds, day.worked_seconds)
        self.assertEqual(day.overtime_seconds, day.worked_seconds - 8 * HOUR)
        self.assertEqual(day.late_seconds, 120)
        self.assertEqual((day.first_in_local, day.last_out_local), ("08:02:00", "18:00:00"))
        self.assertEqual(day.first_in, datetime(2026, 3, 2, 7, 2))
        self.assertEqual(day.punch_count, 4)
        self.assertIn("Late (", day.anomalies)
        self.assertTrue(day.explanation)
        self.assertTrue(day.engine_version and day.tzdb_version and day.policy_version and day.input_digest)

    def test_a_punch_leads_to_its_day(self):
        nights = self.calendar("Nights", "Europe/Brussels", lines(range(5), (22, 24)) + lines(range(1, 6), (0, 6)))
        ben = self.employee("Ben", nights)
        self.give_pin(ben, "12")
        mine = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        night = self.punch("12", "2026-03-02T21:58:00", "2026-03-03T06:01:00")
        stranger = self.punch("4040", "2026-03-02T08:00:00")
        self.drain()
        self.assertEqual(mine.day_id, self.day(self.anna, "2026-03-02"))
        self.assertEqual([event.day_id for event in night], [self.day(ben, "2026-03-02")] * 2)
        self.assertFalse(stranger.day_id)
        self.anna.user_id = self.make_user("punchclock_worker", "base.group_user")
        self.assertEqual(mine.with_user(self.anna.user_id).day_id.ids, mine.day_id.ids)

    def test_every_second_is_explained(self):
        self.punch("7", "2026-03-02T07:30:00", "2026-03-02T12:10:00", "2026-03-02T12:50:00", "2026-03-02T18:30:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        stretches = day.line_ids.sorted("start")
        self.assertEqual(stretches[0].start, day.first_in)
        self.assertEqual(stretches[-1].stop, day.last_out)
        for before, after in itertools.pairwise(stretches):
            self.assertEqual(before.stop, after.start)
        self.assertEqual(sum(line.seconds for line in stretches if line.tier), day.worked_seconds)
        self.assertEqual(sum(line.seconds for line in stretches if line.tier == "overtime_daily"), day.overtime_seconds)
        reasons = stretches._reasons()
        for line in stretches:
            self.assertIn(line.rule, reasons)
            self.assertIn(line.label, line._kinds())
            self.assertTrue(line.what and line.why)
            self.assertEqual(line.seconds, (line.stop - line.start).total_seconds())
        self.assertEqual(stretches[0].start_local, "07:30:00")
        # From the punches that each stretch lies between.
        times = [line.event_ids.sorted("utc_time").mapped("local_time") for line in stretches if line.tier]
        self.assertEqual([each[11:16] for each in times[0]], ["07:30", "12:10"])
        self.assertEqual([each[11:16] for each in times[-1]], ["12:50", "18:30"])

    def test_a_night_over_midnight_is_one_day(self):
        calendar = self.calendar(
            "Night",
            "Europe/Brussels",
            lines(range(4), (22, 24)) + lines(range(1, 5), (0, 2), (2, 2.5, "lunch"), (2.5, 6)),
        )
        nora = self.employee("Nora", calendar)
        self.give_pin(nora, "8")
        self.punch("8", "2026-03-02T21:58:00", "2026-03-03T06:31:00")
        self.punch("8", "2026-03-03T22:00:00", "2026-03-04T06:00:00")
        self.drain()
        self.assertEqual(
            self.summary(nora, "2026-03-02"),
            (8 * HOUR + 3 * 60, 33 * 60, "21:58:00", "06:31:00 (+1)"),
        )
        self.assertEqual(self.summary(nora, "2026-03-03")[0], int(7.5 * HOUR))
        self.assertFalse(self.day(nora, "2026-03-04").punch_count)

    def test_a_morning_punch_completes_the_night_before(self):
        calendar = self.calendar("Night", "Europe/Brussels", lines([0], (22, 24)) + lines([1], (0, 6)))
        nora = self.employee("Nora", calendar)
        self.give_pin(nora, "8")
        self.punch("8", "2026-03-02T22:00:00")
        self.drain()
        self.assertTrue(self.day(nora, "2026-03-02").provisional)
        self.punch("8", "2026-03-03T06:00:00")
        self.drain()
        day = self.day(nora, "2026-03-02")
        self.assertEqual((day.worked_seconds, day.provisional), (8 * HOUR, False))

    def test_an_evening_punch_can_belong_to_the_shift_after_midnight(self):
        calendar = self.calendar("Early", "Europe/Brussels", lines([1], (0, 8)))
        eve = self.employee("Eve", calendar)
        self.give_pin(eve, "8")
        self.punch("8", "2026-03-03T08:00:00")
        self.drain()
        self.punch("8", "2026-03-02T23:55:00")
        self.drain()
        day = self.day(eve, "2026-03-03")
        self.assertEqual((day.punch_count, day.worked_seconds), (2, 8 * HOUR + 300))

    def test_nights_of_the_clock_changes(self):
        calendar = self.calendar("Saturday night", "Europe/Brussels", lines([5], (22, 24)) + lines([6], (0, 6)))
        nora = self.employee("Nora", calendar)
        self.give_pin(nora, "8")
        self.punch("8", "2026-03-28T22:00:00", "2026-03-29T06:00:00")
        self.punch("8", "2026-10-24T22:00:00", "2026-10-25T06:00:00")
        self.drain()
        self.assertEqual(self.day(nora, "2026-03-28").worked_seconds, 7 * HOUR)
        self.assertEqual(self.day(nora, "2026-10-24").worked_seconds, 9 * HOUR)

    def test_a_day_between_two_zones(self):
        """In at Brussels at 08:00, out at New York at 11:00 the same day: nine hours, and a day of Brussels."""
        self.punch("7", "2026-03-02T08:00:00")
        self.punch("7", "2026-03-02T11:00:00", serial="NYC1")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual(day.worked_seconds, 8 * HOUR)
        self.assertEqual((day.first_in_local, day.last_out_local), ("08:00:00", "17:00:00"))

    def test_employees_of_two_zones_have_their_own_days(self):
        calendar = self.calendar("NY", "America/New_York", lines(range(5), (9, 17)))
        nick = self.employee("Nick", calendar)
        self.give_pin(nick, "9")
        self.punch("9", "2026-03-02T09:00:00", "2026-03-02T17:30:00", serial="NYC1")
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.assertEqual(self.summary(nick, "2026-03-02"), (int(8.5 * HOUR), HOUR // 2, "09:00:00", "17:30:00"))
        self.assertEqual(self.summary(self.anna, "2026-03-02"), (8 * HOUR, 0, "08:00:00", "17:00:00"))

    def test_no_calendar_means_no_hours_of_our_own(self):
        free = self.employee("Free", None)
        self.give_pin(free, "10")
        self.punch("10", "2026-03-02T08:00:00", "2026-03-02T12:00:00")
        self.drain()
        day = self.day(free, "2026-03-02")
        self.assertEqual((day.scheduled_seconds, day.worked_seconds, day.late_seconds), (0, 4 * HOUR, 0))
        # Overtime is what is over a norm, and there is none.
        self.assertEqual((day.regular_seconds, day.overtime_seconds), (4 * HOUR, 0))
        self.assertIn("Work without a shift", day.anomalies)

    def test_hours_that_name_no_times_make_no_overtime(self):
        flexible = self.calendar("Flexible", "Europe/Brussels", [], schedule_type="flexible")
        duration = self.calendar("By duration", "Europe/Brussels", lines(range(5), (8, 16)), duration_based=True)
        for pin, calendar in (("10", flexible), ("11", duration)):
            employee = self.employee(calendar.name, calendar)
            self.give_pin(employee, pin)
            self.punch(pin, "2026-03-02T07:00:00", "2026-03-02T17:30:00")
            self.drain()
            day = self.day(employee, "2026-03-02")
            self.assertEqual((day.scheduled_seconds, day.worked_seconds), (0, int(10.5 * HOUR)), calendar.name)
            self.assertEqual((day.regular_seconds, day.overtime_seconds), (int(10.5 * HOUR), 0), calendar.name)
            self.assertIn("no overtime", day.policy_version)
            self.assertEqual({line.tier for line in day.line_ids}, {"regular"})

    def test_work_on_a_day_off_is_overtime(self):
        self.punch("7", "2026-03-07T08:00:00", "2026-03-07T12:00:00")
        self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-07")[:2], (4 * HOUR, 4 * HOUR))

    def test_a_new_contract_with_free_hours_counts_from_its_day_on(self):
        flexible = self.calendar("Flexible", "Europe/Brussels", [], schedule_type="flexible")
        self.anna.create_version({"date_version": "2026-03-04", "resource_calendar_id": flexible.id})
        for day in (3, 4):
            self.punch("7", f"2026-03-0{day}T08:00:00", f"2026-03-0{day}T18:00:00")
        self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-03")[:2], (9 * HOUR, HOUR))
        self.assertEqual(self.summary(self.anna, "2026-03-04")[:2], (10 * HOUR, 0))

    def test_two_shifts_in_a_day_are_one_row(self):
        calendar = self.calendar("Split", "Europe/Brussels", lines([0], (7, 11), (17, 21)))
        sue = self.employee("Sue", calendar)
        self.give_pin(sue, "11")
        self.punch("11", "2026-03-02T07:00:00", "2026-03-02T11:00:00", "2026-03-02T17:00:00", "2026-03-02T21:30:00")
        self.drain()
        day = self.day(sue, "2026-03-02")
        self.assertEqual((day.scheduled_seconds, day.worked_seconds), (8 * HOUR, int(8.5 * HOUR)))
        self.assertEqual(day.overtime_seconds, HOUR // 2)
        self.assertEqual((day.first_in_local, day.last_out_local, day.punch_count), ("07:00:00", "21:30:00", 4))

    def test_the_order_of_arrival_does_not_matter(self):
        times = ["2026-03-02T08:00:00", "2026-03-02T12:00:00", "2026-03-02T13:00:00", "2026-03-02T17:20:00"]
        ben = self.employee("Ben", self.office)
        self.give_pin(ben, "12")
        self.punch("7", *times)
        self.drain()
        for time in reversed(times):
            self.punch("12", time)
            self.drain()
        one, other = self.day(self.anna, "2026-03-02"), self.day(ben, "2026-03-02")
        for field in ("worked_seconds", "overtime_seconds", "break_seconds", "first_in", "last_out", "anomalies"):
            self.assertEqual(one[field], other[field], field)
        self.assertEqual(
            [(line.label, line.start, line.stop) for line in one.line_ids],
            [(line.label, line.start, line.stop) for line in other.line_ids],
        )

    def test_an_unchanged_day_is_not_written(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        line_ids, attendance_ids = day.line_ids.ids, day.attendance_ids.ids
        day.with_user(self.officer).action_recompute()
        with patch.object(type(day), "write", side_effect=AssertionError("written")):
            self.assertEqual(self.drain()["computed"], 1)
        self.assertEqual((day.line_ids.ids, day.attendance_ids.ids), (line_ids, attendance_ids))

    def test_absence_is_told_when_it_is_one(self):
        with freeze_time("2026-03-04 10:00:00"):
            # Monday: before the first punch ever. Wednesday: not over yet.
            self.punch("7", "2026-03-03T08:00:00", "2026-03-03T17:00:00", "2026-03-04T08:00:00")
            self.env["punchclock.dirty.day"].with_user(self.officer).mark(self.anna.ids, "2026-03-02", "2026-03-06")
            self.drain()
            dates = self.env["punchclock.day"].search([("employee_id", "=", self.anna.id)]).mapped("date")
            self.assertEqual(sorted(str(date) for date in dates), ["2026-03-03", "2026-03-04"])
        with freeze_time("2026-03-06 03:00:00"):
            self.env["punchclock.dirty.day"]._cron_mark_recent()
            self.drain()
        absent = self.day(self.anna, "2026-03-05")
        self.assertEqual((absent.punch_count, absent.worked_seconds, absent.scheduled_seconds), (0, 0, 8 * HOUR))
        self.assertIn("Absent", absent.anomalies)
        self.assertFalse(self.day(self.anna, "2026-03-06"))

    def test_many_people_are_one_call(self):
        """One call of the engine for all of them."""
        people = [self.employee(f"P{number}", self.office) for number in range(30)]
        for number, employee in enumerate(people):
            self.give_pin(employee, str(1000 + number))
            self.punch(str(1000 + number), "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        with patch.object(engine, "compute_days", wraps=engine.compute_days) as asked:
            self.assertEqual(self.drain()["computed"], 60)
        self.assertEqual(asked.call_count, 1)
        days = self.env["punchclock.day"].search([("employee_id", "in", [e.id for e in people])])
        self.assertEqual(set(days.mapped("worked_seconds")), {8 * HOUR})

    def test_a_missing_wheel_is_said_clearly(self):
        with patch.object(engine, "punchclock_rules", None), self.assertRaisesRegex(UserError, "pip install"):
            engine.compute_days([], engine.POLICY)

    def test_a_night_with_its_break_at_midnight_is_paid(self):
        calendar = self.calendar(
            "Night", "Europe/Brussels", lines([0], (22, 24)) + lines([1], (0, 0.5, "lunch"), (0.5, 6))
        )
        nora = self.employee("Nora", calendar)
        self.give_pin(nora, "8")
        self.punch("8", "2026-03-02T22:00:00", "2026-03-03T06:00:00")
        self.drain()
        self.assertEqual(self.summary(nora, "2026-03-02"), (int(7.5 * HOUR), 0, "22:00:00", "06:00:00 (+1)"))
        self.assertFalse(self.day(nora, "2026-03-03").punch_count)
