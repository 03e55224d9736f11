# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.punchclock import engine

from .common import PunchclockCase


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

        def spoilt(items):
            for item in items:
                if item["key"].startswith(f"{ben.id}/"):
                    item["zone"] = "Nowhere/At_All"
            return real(items)

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
