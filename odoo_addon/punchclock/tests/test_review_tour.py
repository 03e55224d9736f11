# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64

from odoo.tests import tagged

from .common import PageCase
from .test_adjustment import MONDAY
from .test_period import PeriodCase


@tagged("post_install", "-at_install")
class TestReviewTour(PeriodCase, PageCase):
    """In a real browser, each step by whom it belongs to."""

    def open(self, action, tour, user):
        url = f"/odoo/action-punchclock.{action}"
        self.start_tour(url, tour, login=user.login)
        self.env.invalidate_all()

    def test_review_adjust_approve_freeze_export(self):
        self.anna.punchclock_payroll_id = "0007"
        self.forgotten()
        self.open("action_exception", "punchclock_review_adjust", self.officer)
        adjustment = self.env["punchclock.adjustment"].search([("employee_id", "=", self.anna.id)])
        self.assertEqual((adjustment.state, adjustment.requester_id), ("submitted", self.officer))
        self.open("action_adjustment", "punchclock_review_approve", self.second)
        self.assertEqual((adjustment.state, adjustment.approver_id), ("applied", self.second))
        self.assertEqual(self.day(self.anna, MONDAY).worked_seconds, 8 * 3600)
        self.settle()
        self.open("action_period", "punchclock_review_export", self.payroll)
        export = self.env["punchclock.export"].search([("period_id", "=", self.period.id)])
        self.assertEqual((export.exported_by, export.totals), (self.payroll, {"REG": 8 * 3600}))
        content = base64.b64decode(export.with_context(bin_size=False).content).decode()
        self.assertIn("0007,Anna,2026-03-02,REG,480,8.0000", content)
        self.assertSound()

    def test_an_employee_asks_for_a_correction(self):
        self.forgotten()
        self.open("action_day", "punchclock_self_service", self.worker)
        adjustment = self.env["punchclock.adjustment"].search([("employee_id", "=", self.anna.id)])
        self.assertEqual((adjustment.state, adjustment.requester_id), ("submitted", self.worker))
        self.assertEqual((adjustment.punch_time, adjustment.date), ("17:00", MONDAY))
