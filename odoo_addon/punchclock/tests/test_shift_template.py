# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import PunchclockCase, lines

HOUR = 3600


@tagged("post_install", "-at_install")
class TestShiftTemplate(PunchclockCase):
    def template(self, name, start, hours, breaks=(), **fields):
        return self.env["punchclock.shift.template"].create(
            {
                "name": name,
                "company_id": self.company.id,
                "start_s": start * HOUR,
                "duration_s": hours * HOUR,
                "break_ids": [
                    Command.create({"after_s": after, "duration_s": duration, "paid": paid})
                    for after, duration, paid in breaks
                ],
                **fields,
            }
        )

    def assign(self, template, employee=None, date_from="2026-01-01", **fields):
        return self.env["punchclock.shift.assignment"].create(
            {"template_id": template.id, "employee_id": (employee or self.anna).id, "date_from": date_from, **fields}
        )

    def test_an_assigned_night_takes_the_place_of_the_working_hours(self):
        self.assign(self.template("Night", 22, 8, [(4 * HOUR, 1800, False)]), date_to="2026-03-04")
        self.punch("7", "2026-03-02T22:00:00", "2026-03-03T06:10:00", "2026-03-05T08:00:00", "2026-03-05T17:00:00")
        self.drain()
        night = self.day(self.anna, "2026-03-02")
        self.assertEqual((night.scheduled_seconds, night.worked_seconds), (27000, 27600))
        self.assertEqual((night.planned_in_local, night.planned_out_local), ("22:00:00", "06:00:00 (+1)"))
        # After the assignment the contract's hours hold again.
        self.assertEqual(self.day(self.anna, "2026-03-05").planned_in_local, "08:00:00")

    def test_shifts_that_follow_each_other_stay_two(self):
        self.assign(self.template("Early", 6, 8))
        self.assign(self.template("Late", 14, 8))
        self.punch("7", "2026-03-02T06:00:00", "2026-03-02T14:00:00", "2026-03-02T14:02:00", "2026-03-02T22:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual(day.scheduled_seconds, 16 * HOUR)

    def test_overlapping_shifts_are_told(self):
        self.assign(self.template("Early", 6, 8))
        self.assign(self.template("Middle", 13, 8))
        self.punch("7", "2026-03-02T06:00:00", "2026-03-02T14:00:00")
        self.drain()
        self.assertIn("overlapping_shifts", self.day(self.anna, "2026-03-02").exception_ids.mapped("type"))

    def test_paid_breaks_norms_weekdays_and_leaves(self):
        template = self.template("Paid", 8, 8, [(4 * HOUR, HOUR, True)], norm_s=7 * HOUR)
        self.assign(template, friday=False)
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T16:00:00")
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Dentist",
                "resource_id": self.anna.resource_id.id,
                "company_id": self.company.id,
                "date_from": "2026-03-03 07:00:00",
                "date_to": "2026-03-03 09:00:00",
            }
        )
        self.punch("7", "2026-03-03T10:00:00", "2026-03-03T16:00:00")
        self.env["punchclock.dirty.day"].with_user(self.officer).mark(self.anna.ids, "2026-03-02", "2026-03-06")
        self.drain()
        monday, tuesday = self.day(self.anna, "2026-03-02"), self.day(self.anna, "2026-03-03")
        self.assertEqual((monday.scheduled_seconds, monday.worked_seconds), (7 * HOUR, 8 * HOUR))
        self.assertEqual(monday.overtime_seconds, HOUR)
        self.assertIn("break:paid", monday.line_ids.mapped("label"))
        self.assertEqual((tuesday.scheduled_seconds, tuesday.leave_seconds), (5 * HOUR, 2 * HOUR))
        self.assertEqual(tuesday.planned_in_local, "10:00:00")
        leave = tuesday.line_ids.filtered(lambda line: line.kind == "leave")
        self.assertEqual((leave.seconds, leave.pay_code, leave.start_local), (2 * HOUR, "LEAVE", "08:00:00"))
        self.assertEqual(self.day(self.anna, "2026-03-06").status, "rest")

    def test_the_times_of_an_assigned_template_stay(self):
        template = self.template("Day", 8, 9, [(4 * HOUR, HOUR, False)])
        template.write({"start_s": 9 * HOUR, "duration_s": 8 * HOUR})
        template.break_ids.duration_s = HOUR // 2
        assignment = self.assign(template)
        pause = {"template_id": template.id, "after_s": 0, "duration_s": 600}
        for change in (
            lambda: template.write({"start_s": 10 * HOUR}),
            lambda: template.write({"norm_s": 7 * HOUR}),
            lambda: template.write({"break_ids": [Command.clear()]}),
            lambda: template.break_ids.write({"paid": True}),
            template.break_ids.unlink,
            lambda: self.env["punchclock.shift.break"].create(pause),
            template.unlink,
        ):
            with self.assertRaisesRegex(UserError, "Copy it"), self.env.cr.savepoint():
                change()
        template.write({"name": "Day shift", "color": 3, "active": False})
        # The way it is done: a copy, from a date on.
        copied = template.copy({"start_s": 10 * HOUR})
        self.assertEqual(copied.break_ids.duration_s, HOUR // 2)
        copied.break_ids.duration_s = HOUR
        assignment.date_to = "2026-03-03"
        self.assign(copied, date_from="2026-03-04")
        assignment.unlink()
        template.unlink()

    def test_assignments_mark_the_days_that_they_decide(self):
        def planned(day):
            self.drain()
            return self.day(self.anna, f"2026-03-0{day}").planned_in_local

        self.punch("7", *(f"2026-03-0{day}T{hour}:00:00" for day in (2, 3, 4) for hour in ("08", "17")))
        self.assertEqual([planned(day) for day in (2, 3, 4)], ["08:00:00"] * 3)
        assignment = self.assign(self.template("Early", 6, 8), date_from="2026-03-03")
        self.assertEqual([planned(day) for day in (2, 3, 4)], ["08:00:00", "06:00:00", "06:00:00"])
        assignment.date_to = "2026-03-03"
        self.assertEqual([planned(day) for day in (2, 3, 4)], ["08:00:00", "06:00:00", "08:00:00"])
        assignment.template_id = self.template("Earlier", 5, 8)
        self.assertEqual(planned(3), "05:00:00")
        assignment.unlink()
        self.assertEqual(planned(3), "08:00:00")

    def test_an_assignment_is_of_one_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        template = self.template("Foreign", 8, 8, company_id=other.id)
        with self.assertRaisesRegex(UserError, "company"):
            self.assign(template)
        own = self.assign(self.template("Own", 8, 8))
        with self.assertRaisesRegex(UserError, "company"):
            own.template_id = template

    def test_a_break_outside_its_shift_is_refused(self):
        with self.assertRaises(ValidationError):
            self.template("Wrong", 8, 4, [(4 * HOUR, 1800, False)])

    def test_status_of_days(self):
        holiday = {"name": "Holiday", "date_from": "2026-03-03 23:00:00", "date_to": "2026-03-04 22:59:59"}
        leaves = self.env["resource.calendar.leaves"]
        leaves.create({**holiday, "company_id": self.company.id})
        leaves.create(
            {
                "name": "Time off",
                "resource_id": self.anna.resource_id.id,
                "calendar_id": self.office.id,
                "company_id": self.company.id,
                "date_from": "2026-03-05 07:00:00",
                "date_to": "2026-03-05 16:00:00",
            }
        )
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00", "2026-03-06T08:00:00", "2026-03-06T10:00:00")
        self.punch("7", "2026-03-09T08:00:00")
        self.env["punchclock.dirty.day"].with_user(self.officer).mark(self.anna.ids, "2026-03-01", "2026-03-10")
        self.drain()
        days = self.env["punchclock.day"].search([("employee_id", "=", self.anna.id)], order="date")
        self.assertEqual(
            {day.date.day: day.status for day in days},
            {
                2: "present",
                3: "absent",
                4: "holiday",
                5: "leave",
                6: "partial",
                7: "rest",
                8: "rest",
                9: "incomplete",
                10: "absent",
            },
        )
        self.assertEqual([day.leave_seconds for day in days if day.date.day in (4, 5)], [8 * HOUR] * 2)

    def test_nobody_is_absent_after_the_contract_ended(self):
        calendar = self.calendar("Short", "Europe/Brussels", lines(range(5), (8, 16)))
        short = self.employee("Short", calendar)
        short.write({"contract_date_start": "2025-01-01", "contract_date_end": "2026-03-03"})
        self.give_pin(short, "30")
        self.punch("30", "2026-03-02T08:00:00", "2026-03-02T16:00:00")
        self.env["punchclock.dirty.day"].with_user(self.officer).mark(short.ids, "2026-03-01", "2026-03-10")
        self.drain()
        days = self.env["punchclock.day"].search([("employee_id", "=", short.id)], order="date")
        self.assertEqual([(day.date.day, day.status) for day in days], [(2, "present"), (3, "absent")])
