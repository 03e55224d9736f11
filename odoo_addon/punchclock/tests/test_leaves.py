# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .common import PunchclockCase, lines

HOUR = 3600
PLAIN = 10000
# Wednesday 4 March 2026, by the clock of Brussels.
WEDNESDAY = {"date_from": "2026-03-03 23:00:00", "date_to": "2026-03-04 22:59:59"}


@tagged("post_install", "-at_install")
class TestLeaves(PunchclockCase):
    """Public holidays and leaves, down to what payroll is told."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Time Off, where it is installed, takes holidays of a calendar for times of the user's zone.
        cls.env.user.tz = "Europe/Brussels"

    def holiday(self, calendar=None, **fields):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "calendar_id": calendar and calendar.id,
                **WEDNESDAY,
                **fields,
            }
        )

    def leave(self, employee, since, until, **fields):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Sick",
                "company_id": self.company.id,
                "resource_id": employee.resource_id.id,
                "date_from": since,
                "date_to": until,
                **fields,
            }
        )

    def paid(self, employee, day, first="2026-03-02"):
        """What payroll is told of a date, with a punch long before it: nobody is on leave before the first one."""
        pin = self.env["punchclock.pin"].search([("employee_id", "=", employee.id)]).pin
        self.punch(pin, f"{first}T08:00:00", f"{first}T17:00:00")
        self.env["punchclock.dirty.day"].with_user(self.officer).mark(employee.ids, "2026-03-01", "2026-03-08")
        self.drain()
        day = date.fromisoformat(day)
        return self.env["punchclock.day"]._pay_of(employee, day, day)[employee.id, day].codes

    def assign(self, employee, start_h=8):
        template = self.env["punchclock.shift.template"].create(
            {
                "name": "Shift",
                "company_id": self.company.id,
                "start_s": start_h * HOUR,
                "duration_s": 8 * HOUR,
                "break_ids": [Command.create({"after_s": 4 * HOUR, "duration_s": HOUR})],
            }
        )
        return self.env["punchclock.shift.assignment"].create(
            {"template_id": template.id, "employee_id": employee.id, "date_from": "2026-01-01"}
        )

    def test_a_public_holiday_of_each_calendar_is_paid_once(self):
        other = self.calendar("Other", "Europe/Brussels", lines(range(5), (8, 16)))
        self.holiday(self.office)
        # As Odoo's form of working hours copies those of the company.
        self.holiday(other)
        ben = self.employee("Ben", other)
        self.give_pin(ben, "8")
        for employee in (self.anna, ben):
            self.assertEqual(self.paid(employee, "2026-03-04"), {("HOL", PLAIN): 8 * HOUR})
            self.assertEqual(self.day(employee, "2026-03-04").leave_seconds, 8 * HOUR)

    def test_a_public_holiday_of_other_hours_is_a_working_day(self):
        other = self.calendar("Other", "Europe/Brussels", lines(range(5), (8, 12), (12, 13, "lunch"), (13, 17)))
        self.holiday(other)
        self.punch("7", "2026-03-04T08:00:00", "2026-03-04T17:00:00")
        self.assertEqual(self.paid(self.anna, "2026-03-04"), {("REG", PLAIN): 8 * HOUR})
        self.assertEqual(self.day(self.anna, "2026-03-04").status, "present")

    def test_work_on_a_public_holiday_of_other_hours_is_of_no_holiday_tier(self):
        policy = self.env["punchclock.policy"].create({"name": "Holidays", "company_id": self.company.id})
        self.env["punchclock.policy.version"].create(
            {
                "policy_id": policy.id,
                "date_from": "2020-01-01",
                "tier_ids": [
                    Command.create({"name": "daily", "over": "norm", "pay_code": "OT1"}),
                    Command.create(
                        {
                            "name": "holiday",
                            "counter": "holiday",
                            "over": "seconds",
                            "rate_bp": 20000,
                            "pay_code": "HOLW",
                        }
                    ),
                ],
            }
        ).action_publish()
        self.anna.punchclock_policy_id = policy
        other = self.calendar("Other", "Europe/Brussels", lines(range(5), (8, 16)))
        holiday = self.holiday(other)
        self.punch("7", "2026-03-04T08:00:00", "2026-03-04T17:00:00")
        self.assertEqual(set(self.paid(self.anna, "2026-03-04")), {("REG", PLAIN)})
        holiday.calendar_id = self.office
        self.assertEqual(self.paid(self.anna, "2026-03-04")["HOLW", 20000], 9 * HOUR)

    def test_a_leave_over_a_public_holiday_is_paid_once(self):
        self.holiday(self.office)
        self.leave(self.anna, "2026-03-03 07:00:00", "2026-03-06 16:00:00")
        self.assertEqual(self.paid(self.anna, "2026-03-04"), {("HOL", PLAIN): 8 * HOUR})
        self.assertEqual(self.paid(self.anna, "2026-03-05"), {("LEAVE", PLAIN): 8 * HOUR})
        self.assertEqual(
            [self.day(self.anna, f"2026-03-0{day}").status for day in (3, 4, 5)], ["leave", "holiday", "leave"]
        )

    def test_a_leave_fills_what_half_a_holiday_leaves(self):
        self.holiday(self.office, date_from="2026-03-04 11:00:00")
        self.leave(self.anna, "2026-03-04 07:00:00", "2026-03-04 16:00:00")
        self.leave(self.anna, "2026-03-04 07:00:00", "2026-03-04 09:00:00", name="Entered twice")
        self.assertEqual(self.paid(self.anna, "2026-03-04"), {("LEAVE", PLAIN): 4 * HOUR, ("HOL", PLAIN): 4 * HOUR})

    def test_assigned_shifts_have_the_holidays_of_the_contracts_hours(self):
        self.assign(self.anna)
        other = self.calendar("Other", "Europe/Brussels", lines(range(5), (8, 16)))
        self.holiday(other)
        self.punch("7", "2026-03-04T08:00:00", "2026-03-04T16:00:00")
        self.assertEqual(self.paid(self.anna, "2026-03-04"), {("REG", PLAIN): 7 * HOUR})
        self.holiday(self.office)
        self.assertEqual(self.paid(self.anna, "2026-03-04")["HOL", PLAIN], 7 * HOUR)

    def test_a_leave_of_ones_own_holds_under_other_hours_too(self):
        """Approved under the hours of then; nobody is absent because their contract has changed since."""
        leave = self.leave(self.anna, "2026-03-05 07:00:00", "2026-03-05 16:00:00")
        self.assertEqual(leave.calendar_id, self.office)
        other = self.calendar("Other", "Europe/Brussels", lines(range(5), (8, 16)))
        self.anna.create_version({"date_version": date(2026, 3, 4), "resource_calendar_id": other.id})
        leave.calendar_id = self.office
        self.assertEqual(self.paid(self.anna, "2026-03-05"), {("LEAVE", PLAIN): 8 * HOUR})
