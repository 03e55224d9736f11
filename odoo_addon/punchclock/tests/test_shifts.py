# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.punchclock.models.plan import shifts_of

from .common import PunchclockCase, lines

MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 8)


@tagged("post_install", "-at_install")
class TestShifts(PunchclockCase):
    def shifts(self, employee, first=MONDAY, last=SUNDAY):
        return [
            (shift["id"], shift["start"], shift["end"], [(b["from"][11:16], b["to"][11:16]) for b in shift["breaks"]])
            for shift in shifts_of(employee.sudo(), first, last)
        ]

    def test_office_hours(self):
        found = self.shifts(self.anna)
        self.assertEqual(len(found), 5)
        self.assertEqual(found[0], ("2026-03-02#1", "2026-03-02T08:00:00", "2026-03-02T17:00:00", [("12:00", "13:00")]))
        self.assertEqual({shift["zone"] for shift in shifts_of(self.anna, MONDAY, SUNDAY)}, {"Europe/Brussels"})

    def test_a_gap_without_a_lunch_line_is_a_break_too(self):
        calendar = self.calendar("Gap", "Europe/Brussels", lines([0], (8, 12), (13, 17)))
        self.assertEqual(
            self.shifts(self.employee("B", calendar)),
            [("2026-03-02#1", "2026-03-02T08:00:00", "2026-03-02T17:00:00", [("12:00", "13:00")])],
        )

    def test_a_long_pause_makes_two_shifts(self):
        calendar = self.calendar("Split", "Europe/Brussels", lines([0], (7, 11), (17, 21)))
        self.assertEqual(
            self.shifts(self.employee("B", calendar)),
            [
                ("2026-03-02#1", "2026-03-02T07:00:00", "2026-03-02T11:00:00", []),
                ("2026-03-02#2", "2026-03-02T17:00:00", "2026-03-02T21:00:00", []),
            ],
        )

    def night(self):
        return self.calendar(
            "Night",
            "Europe/Brussels",
            lines(range(4), (22, 24)) + lines(range(1, 5), (0, 2), (2, 2.5, "lunch"), (2.5, 6)),
        )

    def test_nights_are_one_shift_of_the_date_they_start_on(self):
        employee = self.employee("N", self.night())
        found = self.shifts(employee)
        self.assertEqual([shift[0] for shift in found], [f"2026-03-{day:02}#1" for day in (2, 3, 4, 5)])
        self.assertEqual(found[0], ("2026-03-02#1", "2026-03-02T22:00:00", "2026-03-03T06:00:00", [("02:00", "02:30")]))

    def test_a_window_that_cuts_a_night_still_sees_all_of_it(self):
        employee = self.employee("N", self.night())
        self.assertEqual(
            self.shifts(employee, MONDAY, MONDAY),
            [("2026-03-02#1", "2026-03-02T22:00:00", "2026-03-03T06:00:00", [("02:00", "02:30")])],
        )
        tuesday = date(2026, 3, 3)
        self.assertEqual([shift[0] for shift in self.shifts(employee, tuesday, tuesday)], ["2026-03-03#1"])

    def test_a_night_on_the_day_of_the_clock_change_keeps_its_hours(self):
        calendar = self.calendar("Saturday night", "Europe/Brussels", lines([5], (22, 24)) + lines([6], (0, 6)))
        employee = self.employee("N", calendar)
        self.assertEqual(
            self.shifts(employee, date(2026, 3, 28), date(2026, 3, 29)),
            [("2026-03-28#1", "2026-03-28T22:00:00", "2026-03-29T06:00:00", [])],
        )
        self.assertEqual(
            self.shifts(employee, date(2026, 10, 24), date(2026, 10, 25)),
            [("2026-10-24#1", "2026-10-24T22:00:00", "2026-10-25T06:00:00", [])],
        )

    def test_round_the_clock_is_a_shift_a_day(self):
        calendar = self.calendar("Always", "UTC", lines(range(7), (0, 24)))
        found = self.shifts(self.employee("A", calendar))
        self.assertEqual(len(found), 7)
        self.assertEqual(found[0][1:3], ("2026-03-02T00:00:00", "2026-03-03T00:00:00"))

    def test_two_week_calendars(self):
        week = self.env["resource.calendar.attendance"].get_week_type(MONDAY)
        attendance = [
            Command.create(
                {
                    "name": f"{kind}",
                    "dayofweek": "0",
                    "hour_from": hour,
                    "hour_to": hour + 4,
                    "day_period": "morning",
                    "week_type": str(kind),
                }
            )
            for kind, hour in ((week, 6), (1 - week, 7))
        ]
        calendar = self.calendar("Two weeks", "Europe/Brussels", attendance, two_weeks_calendar=True)
        employee = self.employee("T", calendar)
        self.assertEqual(
            [shift[1] for shift in self.shifts(employee, MONDAY, date(2026, 3, 15))],
            ["2026-03-02T06:00:00", "2026-03-09T07:00:00"],
        )

    def test_no_calendar_and_flexible_hours_are_no_shifts(self):
        self.assertEqual(self.shifts(self.employee("Free", None)), [])
        flexible = self.calendar("Flexible", "Europe/Brussels", [], schedule_type="flexible")
        self.assertTrue(flexible.flexible_hours)
        self.assertEqual(self.shifts(self.employee("Flex", flexible)), [])

    def test_holidays_and_leaves(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Public holiday",
                "company_id": self.company.id,
                "date_from": "2026-03-01 23:00:00",
                "date_to": "2026-03-02 22:59:59",
            }
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Dentist",
                "calendar_id": self.office.id,
                "company_id": self.company.id,
                "resource_id": self.anna.resource_id.id,
                "date_from": "2026-03-03 07:00:00",
                "date_to": "2026-03-03 11:00:00",
            }
        )
        found = self.shifts(self.anna)
        self.assertEqual([shift[0][:10] for shift in found], [f"2026-03-{day:02}" for day in (3, 4, 5, 6)])
        self.assertEqual(found[0][1:], ("2026-03-03T13:00:00", "2026-03-03T17:00:00", []))
        colleague = self.employee("Colleague", self.office)
        self.assertEqual(self.shifts(colleague)[0][1], "2026-03-03T08:00:00")

    def test_a_new_contract_changes_the_hours_from_its_day_on(self):
        early = self.calendar("Early", "Europe/Brussels", lines(range(5), (6, 14)))
        self.anna.create_version({"date_version": date(2026, 3, 4), "resource_calendar_id": early.id})
        self.assertEqual(
            [shift[1][8:16] for shift in self.shifts(self.anna)],
            ["02T08:00", "03T08:00", "04T06:00", "05T06:00", "06T06:00"],
        )

    def test_a_break_that_hides_midnight_keeps_the_night_one_shift(self):
        for before, after, breaks in [
            (((22, 24),), ((0, 0.5, "lunch"), (0.5, 6)), [("00:00", "00:30")]),
            (((22, 23.5), (23.5, 24, "lunch")), ((0, 6),), [("23:30", "00:00")]),
            (((22, 23.5), (23.5, 24, "lunch")), ((0, 0.5, "lunch"), (0.5, 6)), [("23:30", "00:30")]),
        ]:
            with self.subTest(breaks=breaks):
                calendar = self.calendar("Night", "Europe/Brussels", lines([0], *before) + lines([1], *after))
                self.assertEqual(
                    self.shifts(self.employee("N", calendar)),
                    [("2026-03-02#1", "2026-03-02T22:00:00", "2026-03-03T06:00:00", breaks)],
                )

    def test_a_leave_in_the_middle_still_splits_a_day(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Court",
                "calendar_id": self.office.id,
                "company_id": self.company.id,
                "resource_id": self.anna.resource_id.id,
                "date_from": "2026-03-02 09:00:00",
                "date_to": "2026-03-02 14:00:00",
            }
        )
        self.assertEqual(
            [shift[1:] for shift in self.shifts(self.anna, MONDAY, MONDAY)],
            [("2026-03-02T08:00:00", "2026-03-02T10:00:00", []), ("2026-03-02T15:00:00", "2026-03-02T17:00:00", [])],
        )

    def test_hours_by_duration_are_no_shifts(self):
        calendar = self.calendar("By duration", "Europe/Brussels", lines(range(5), (8, 16)), duration_based=True)
        self.assertEqual(self.shifts(self.employee("D", calendar)), [])
