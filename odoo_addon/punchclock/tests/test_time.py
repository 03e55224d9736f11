# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date, datetime, timedelta

import pytz

from odoo.tests import tagged

from odoo.addons.punchclock import engine

from .common import PunchclockCase, lines

HOUR = 3600


@tagged("post_install", "-at_install")
class TestTime(PunchclockCase):
    def worker(self, name, pin, tz, *spans, days=range(7)):
        employee = self.employee(name, self.calendar(name, tz, lines(days, *spans)))
        employee.tz = tz
        self.give_pin(employee, pin)
        return employee

    def test_a_day_in_every_fifth_zone_there_is(self):
        """Eight hours by the wall are eight hours wherever the wall stands, on a date without a clock change."""
        sampled = sorted(engine.zones() & set(pytz.common_timezones))[::5]
        self.assertGreater(len(sampled), 80)
        workers = {}
        for number, tz in enumerate(sampled):
            pin = str(5000 + number)
            serial = f"ZONE{number}"
            self.make_terminal(serial, tz)
            workers[tz] = self.worker(tz, pin, tz, (8, 16))
            self.punch(pin, "2026-01-14T08:00:00", "2026-01-14T16:00:00", serial=serial)
        self.drain()
        for tz, employee in workers.items():
            day = self.day(employee, "2026-01-14")
            self.assertEqual((day.worked_seconds, day.tz), (8 * HOUR, tz))
            self.assertEqual((day.first_in_local, day.last_out_local), ("08:00:00", "16:00:00"), tz)

    def test_the_engine_knows_the_day_of_every_zone_that_odoo_offers(self):
        """All of them, in one call: a person of each would take half a minute."""
        offered = sorted(pytz.all_timezones)
        self.assertGreaterEqual(engine.zones(), set(offered))
        clock = {"start": "2026-01-14T08:00:00", "end": "2026-01-14T16:00:00"}
        items = [
            {
                "key": tz,
                "zone": tz,
                "as_of": 1800000000,
                "shifts": [{"id": "1", "date": "2026-01-14", "zone": tz, "breaks": [], **clock}],
                "punches": [{"id": end, "local": clock[end], "zone": tz} for end in clock],
            }
            for tz in offered
        ]
        answer = engine.compute_days(items, engine.POLICY)
        self.assertEqual([item["key"] for item in answer["items"]], offered)
        for item in answer["items"]:
            (day,) = [each for each in item["days"] if each["punches"]]
            _offset, utc, kind = engine.resolve(item["key"], [datetime(2026, 1, 14, 8)])[0]
            self.assertEqual((day["date"], day["worked_s"], kind), ("2026-01-14", 8 * HOUR, "unique"), item["key"])
            self.assertEqual(day["first_in"], (utc - engine.UNIX_EPOCH).total_seconds(), item["key"])

    def test_odd_offsets(self):
        for number, (tz, utc) in enumerate(
            [("Asia/Kathmandu", "02:15:00"), ("America/Sao_Paulo", "11:00:00"), ("Australia/Lord_Howe", "21:00:00")]
        ):
            serial, pin = f"ODD{number}", str(6000 + number)
            self.make_terminal(serial, tz)
            employee = self.worker(tz, pin, tz, (8, 16))
            self.punch(pin, "2026-01-14T08:00:00", "2026-01-14T16:00:00", serial=serial)
            self.drain()
            day = self.day(employee, "2026-01-14")
            self.assertEqual(str(day.first_in)[11:], utc)
            self.assertEqual((day.worked_seconds, day.late_seconds), (8 * HOUR, 0))

    def test_punches_at_midnight(self):
        employee = self.worker("Midnight", "20", "Europe/Brussels", (16, 24))
        self.punch("20", "2026-03-02T16:00:00", "2026-03-03T00:00:00")
        self.drain()
        self.assertEqual(self.summary(employee, "2026-03-02"), (8 * HOUR, 0, "16:00:00", "00:00:00 (+1)"))

    def test_leap_day_year_end_and_month_end_nights(self):
        employee = self.employee(
            "Nights", self.calendar("Nights", "Europe/Brussels", lines(range(7), (0, 6), (22, 24)))
        )
        self.give_pin(employee, "21")
        for day in (date(2024, 2, 28), date(2024, 2, 29), date(2025, 12, 31), date(2026, 1, 31)):
            morning = day + timedelta(days=1)
            self.punch("21", f"{day}T22:00:00", f"{morning}T06:00:00")
            self.drain()
            self.assertEqual(self.summary(employee, str(day)), (8 * HOUR, 0, "22:00:00", "06:00:00 (+1)"), str(day))

    def test_a_punch_in_the_gap_and_one_in_the_fold(self):
        employee = self.employee(
            "Saturdays", self.calendar("Sat", "Europe/Brussels", lines([5], (22, 24)) + lines([6], (0, 6)))
        )
        self.give_pin(employee, "22")
        # 02:30 does not exist on 29 March, and occurs twice on 25 October.
        self.punch("22", "2026-03-28T22:00:00", "2026-03-29T02:30:00")
        self.punch("22", "2026-10-24T22:00:00", "2026-10-25T02:30:00")
        self.drain()
        gap, fold = self.day(employee, "2026-03-28"), self.day(employee, "2026-10-24")
        self.assertEqual(gap.worked_seconds, 4 * HOUR + HOUR // 2)
        self.assertIn("civil_gap", gap.exception_ids.mapped("type"))
        self.assertIn(fold.worked_seconds, (4 * HOUR + HOUR // 2, 5 * HOUR + HOUR // 2))
        self.assertIn("civil_fold", fold.exception_ids.mapped("type"))
        self.assertTrue(fold.provisional)

    def test_a_terminals_zone_is_corrected_and_the_days_follow(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        before = self.day(self.anna, "2026-03-02").first_in
        self.brussels.tz = "Europe/London"
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual(day.first_in - before, timedelta(hours=1))
        self.assertEqual((day.first_in_local, day.late_seconds), ("09:00:00", HOUR))
        self.assertEqual(self.env["punchclock.event"].search_count([("employee_id", "=", self.anna.id)]), 2)

    def test_one_person_at_two_branches_in_two_zones(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00")
        # Flown over: the afternoon in New York, Tuesday in Brussels again.
        self.punch("7", "2026-03-02T14:00:00", "2026-03-02T16:00:00", serial="NYC1")
        self.punch("7", "2026-03-04T08:00:00", "2026-03-04T17:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual(day.tz, "Europe/Brussels")
        self.assertEqual(day.punch_count + sum(self.day(self.anna, d).punch_count for d in ("2026-03-03",)), 4)
        self.assertEqual(self.day(self.anna, "2026-03-04").worked_seconds, 8 * HOUR)

    def test_a_day_is_an_instant_span_of_its_own_zone(self):
        """Monday 00:30 in Auckland is Sunday in Brussels, and a Monday for whoever works there."""
        self.make_terminal("AKL1", "Pacific/Auckland")
        employee = self.worker("Kiri", "23", "Pacific/Auckland", (0, 8))
        self.punch("23", "2026-03-02T00:30:00", "2026-03-02T08:00:00", serial="AKL1")
        self.drain()
        day = self.day(employee, "2026-03-02")
        self.assertEqual(day.first_in, datetime(2026, 3, 1, 11, 30))
        self.assertEqual((day.worked_seconds, day.late_seconds), (7 * HOUR + HOUR // 2, HOUR // 2))
