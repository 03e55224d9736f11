# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.punchclock.tests.common import PageCase, lines

from .common import CtoCase


@tagged("post_install", "-at_install")
class TestTours(CtoCase, PageCase):
    """An employee and a manager, each in a browser, on the day the test runs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whatever day it is, Anna works on it.
        daily = cls.calendar("Daily", "UTC", lines(range(7), (8, 12), (12, 13, "lunch"), (13, 17)))
        cls.anna.resource_calendar_id = daily
        cls.today = fields.Date.today()

    def leave(self):
        self.env.invalidate_all()
        return self.env["hr.leave"].search([("employee_id", "=", self.anna.id)])

    def visit(self, tour, login, action, record=None):
        path = f"/odoo/action-{action}/{record.id if record else 'new'}"
        self.start_tour(path, tour, login=login)

    def test_requested_approved_refused_approved_cancelled(self):
        self.earn(self.today - timedelta(days=3), 20)
        mine, team = "hr_holidays.hr_leave_action_my", "hr_holidays.hr_leave_action_action_approve_department"
        self.visit("punchclock_cto_request", "cto_worker", mine)
        leave = self.leave()
        self.assertEqual((leave.holiday_status_id, leave.state), (self.leave_type, "confirm"))
        hours = leave.number_of_hours
        self.assertGreater(hours, 0)
        self.assertBalance(20)
        self.visit("punchclock_cto_approve", "cto_boss", team, leave)
        self.assertEqual(self.leave().state, "validate")
        self.assertBalance(20 - hours)
        self.visit("punchclock_cto_refuse", "cto_boss", team, leave)
        self.assertEqual(self.leave().state, "refuse")
        self.assertBalance(20)
        self.visit("punchclock_cto_approve", "cto_boss", team, leave)
        self.assertBalance(20 - hours)
        self.visit("punchclock_cto_cancel", "cto_worker", mine, leave)
        self.assertEqual(self.leave().state, "cancel")
        self.assertBalance(20)

    def test_an_employee_looks_at_the_own_account(self):
        self.earn(self.today - timedelta(days=3), 2)
        self.start_tour(
            "/odoo/action-punchclock_cto.action_cto_account_own",
            "punchclock_cto_own_account",
            login="cto_worker",
        )
