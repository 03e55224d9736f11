# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import threading
import uuid
from datetime import date

import psycopg2.errors

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

HOUR = 3600
USE = {"kind": "use", "date": date(2026, 6, 10), "seconds": 6 * HOUR}


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """Two real connections to one account of eight hours. What is committed here is made harmless again at the end."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            company = env["res.company"].create({"name": f"Concurrent CTO {uuid.uuid4()}"})
            plan = env["punchclock.cto.plan"].create({"name": "Concurrent", "company_id": company.id})
            env["punchclock.cto.plan.version"].create({"plan_id": plan.id, "date_from": "2025-01-01"}).action_publish()
            employee = env["hr.employee"].create({"name": "Concurrent", "company_id": company.id})
            account = env["punchclock.cto.account"]._of(employee)
            account._post({"kind": "earn", "date": date(2026, 6, 1), "work_class": "weekday", "work_seconds": 8 * HOUR})
            self.account_id, self.company_id = account.id, company.id
        self.addCleanup(self.remove)

    def remove(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            account = env["punchclock.cto.account"].browse(self.account_id)
            company, employee, plan = account.company_id, account.employee_id, account.plan_id
            with env["punchclock.audit"]._maintenance(company, "end of a test"):
                cr.execute("DELETE FROM hr_leave_allocation WHERE punchclock_cto_account_id = %s", [account.id])
                for table in ("move", "lot", "entry"):
                    cr.execute(f"DELETE FROM punchclock_cto_{table} WHERE account_id = %s", [account.id])
            env.invalidate_all()
            account.unlink()
            employee.unlink()
            cr.execute("UPDATE punchclock_cto_plan_version SET state = 'draft' WHERE plan_id = %s", [plan.id])
            env.invalidate_all()
            plan.unlink()
            company.active = False

    def account(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})["punchclock.cto.account"].browse(self.account_id)

    def balance(self):
        with self.registry.cursor() as cr:
            account = self.account(cr)
            self.assertEqual(account.balance_seconds, sum(account.move_ids.mapped("seconds")))
            return account.balance_seconds

    @mute_logger("odoo.sql_db")
    def test_two_connections_cannot_overdraw(self):
        first, second = self.registry.cursor(), self.registry.cursor()
        outcome = {}
        try:
            # Both have seen eight hours before either takes six.
            one, other = self.account(first), self.account(second)
            self.assertEqual((one.balance_seconds, other.balance_seconds), (8 * HOUR, 8 * HOUR))
            one._post(USE)

            def late():
                try:
                    other._post(USE)
                except psycopg2.errors.SerializationFailure:
                    # What Odoo does by itself for a request: a new transaction, the same call.
                    outcome["retried"] = True
                    second.rollback()
                    other.env.invalidate_all(flush=False)
                    try:
                        other._post(USE)
                    except ValidationError as refused:
                        outcome["refused"] = str(refused)

            thread = threading.Thread(target=late)
            thread.start()
            # It waits for the account's row.
            thread.join(0.5)
            self.assertTrue(thread.is_alive())
            first.commit()
            thread.join(60)
            self.assertFalse(thread.is_alive())
            second.rollback()
        finally:
            first.close()
            second.close()
        self.assertTrue(outcome["retried"])
        self.assertIn("not as much", outcome["refused"])
        self.assertEqual(self.balance(), 2 * HOUR)

    @mute_logger("odoo.sql_db")
    def test_the_second_of_two_that_both_fit_is_run_again_and_fits(self):
        first, second = self.registry.cursor(), self.registry.cursor()
        use = {**USE, "seconds": 4 * HOUR}
        try:
            one, other = self.account(first), self.account(second)
            self.assertEqual((one.balance_seconds, other.balance_seconds), (8 * HOUR, 8 * HOUR))
            one._post(use)
            first.commit()
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                other._post(use)
            second.rollback()
            other.env.invalidate_all(flush=False)
            other._post(use)
            second.commit()
        finally:
            first.close()
            second.close()
        self.assertEqual(self.balance(), 0)

    @mute_logger("odoo.sql_db")
    def test_an_account_is_opened_once(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            account = env["punchclock.cto.account"].browse(self.account_id)
            with self.assertRaises(psycopg2.errors.UniqueViolation):
                account.create(
                    {
                        "employee_id": account.employee_id.id,
                        "company_id": account.company_id.id,
                        "plan_id": account.plan_id.id,
                    }
                )
            cr.rollback()
