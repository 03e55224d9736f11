# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import freeze_time, tagged

from .common import PunchclockCase


@tagged("post_install", "-at_install")
class TestMarking(PunchclockCase):
    """What HR changes afterwards reaches the days that it decides."""

    def dates(self, employee, **fields):
        domain = [("employee_id", "=", employee.id)] + [(name, "=", value) for name, value in fields.items()]
        return [day.date.day for day in self.env["punchclock.day"].search(domain, order="date")]

    def departed(self, since):
        """Anna is registered as gone, by Odoo's wizard, some days after her last one."""
        self.anna.write({"contract_date_start": since})
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.env["punchclock.dirty.day"]._cron_mark_recent()
        self.drain()
        self.assertEqual(self.dates(self.anna, status="absent"), [3, 4, 5, 6, 9, 10, 11, 12])
        leaving = {"employee_ids": self.anna.ids, "departure_date": "2026-03-03", "set_date_end": True}
        wizard = self.env["hr.departure.wizard"].with_context(employee_termination=True).create(leaving)
        wizard.action_register_departure()
        self.assertFalse(self.anna.active)
        self.drain()
        self.assertEqual(self.dates(self.anna), [2, 3])
        # It was the wrong person.
        self.anna.action_unarchive()
        self.anna.version_id.contract_date_end = False
        self.drain()
        self.assertEqual(self.dates(self.anna, status="absent"), [3, 4, 5, 6, 9, 10, 11, 12])

    @freeze_time("2026-03-13 03:00:00")
    def test_who_left_ten_days_ago_was_not_absent_since(self):
        self.departed("2025-01-01")

    @freeze_time("2026-03-13 03:00:00")
    def test_nor_was_who_left_without_a_contract_of_dates(self):
        self.departed(False)

    @freeze_time("2026-03-13 03:00:00")
    def test_another_clock_makes_other_days(self):
        free = self.employee("Free", None)
        self.company.resource_calendar_id = False
        self.give_pin(free, "9")
        self.punch("9", "2026-03-02T20:00:00", "2026-03-02T23:00:00")
        self.drain()
        self.assertEqual(self.day(free, "2026-03-02").punch_count, 2)
        free.tz = "Asia/Tokyo"
        self.drain()
        self.assertFalse(self.day(free, "2026-03-02").punch_count)
        day = self.day(free, "2026-03-03")
        self.assertEqual((day.punch_count, day.tz, day.first_in_local), (2, "Asia/Tokyo", "04:00:00"))
        free.tz = "Asia/Tokyo"
        self.assertFalse(self.env["punchclock.dirty.day"].search([]))

    @freeze_time("2026-06-15 03:00:00")
    def test_another_policy_of_department_or_company_reaches_the_days_that_were(self):
        """Further back than the nightly job looks, so that no boundary runs through the days of one policy."""
        strict, lenient = (
            self.env["punchclock.policy"].create({"name": name, "company_id": self.company.id})
            for name in ("Strict", "Lenient")
        )
        for policy, grace in ((strict, 0), (lenient, 1800)):
            version = {"policy_id": policy.id, "date_from": "2020-01-01", "grace_in_s": grace}
            self.env["punchclock.policy.version"].create(version).action_publish()
        department = self.env["hr.department"].create({"name": "Office", "company_id": self.company.id})
        self.anna.department_id = department
        self.punch("7", "2026-03-02T08:20:00", "2026-03-02T17:00:00")
        self.drain()

        def late():
            return "late" in self.open_types(self.anna, "2026-03-02")

        self.assertTrue(late())
        self.company.punchclock_policy_id = lenient
        self.assertFalse(late())
        department.punchclock_policy_id = strict
        self.assertTrue(late())
        department.punchclock_policy_id = False
        self.assertFalse(late())
        # What chooses nothing else marks nothing.
        self.company.punchclock_policy_id = lenient
        department.name = "Bureau"
        self.assertFalse(self.env["punchclock.dirty.day"].search([]))
