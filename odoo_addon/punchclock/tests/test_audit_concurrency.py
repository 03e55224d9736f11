# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import threading

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from .common import unguarded

WRITERS, EACH = 4, 15


@tagged("post_install", "-at_install")
class TestAuditConcurrency(BaseCase):
    """Real connections that commit; what they leave is removed again, past the triggers."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.company = env["res.company"].create({"name": "Concurrent chain"}).id
        self.addCleanup(self.remove)

    def remove(self):
        with self.registry.cursor() as cr:
            for table in ("punchclock_audit", "punchclock_audit_head", "punchclock_audit_check"):
                unguarded(cr, table, "company_id = %s", self.company)
            company = api.Environment(cr, SUPERUSER_ID, {})["res.company"].browse(self.company)
            partner = company.partner_id
            company.unlink()
            partner.unlink()

    def append(self, cr, **payload):
        return self.post(api.Environment(cr, SUPERUSER_ID, {}), **payload)

    def post(self, env, **payload):
        return env["punchclock.audit"]._append(env["res.company"].browse(self.company), "test.done", payload=payload)

    def entries(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT seq, payload FROM punchclock_audit WHERE company_id = %s ORDER BY seq", [self.company])
            return cr.fetchall()

    @mute_logger("odoo.sql_db")
    def test_many_writers_leave_no_gap_and_no_fork(self):
        faults, retries = [], []
        barrier = threading.Barrier(WRITERS)

        def write(number, env):
            try:
                barrier.wait(60)
                for count in range(EACH):
                    while True:
                        try:
                            self.post(env, writer=number, count=count)
                            env.cr.commit()
                            break
                        except SerializationFailure:
                            # What Odoo does with every request and job that fails so.
                            retries.append(number)
                            env.cr.rollback()
                            env.invalidate_all(flush=False)
            except Exception as fault:
                faults.append(fault)

        cursors = [self.registry.cursor() for _number in range(WRITERS)]
        try:
            # Made here: the tests' thread holds the lock of the registry that a first environment asks for.
            environments = [api.Environment(cr, SUPERUSER_ID, {}) for cr in cursors]
            threads = [threading.Thread(target=write, args=pair, daemon=True) for pair in enumerate(environments)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        finally:
            for cr in cursors:
                cr.close()
        self.assertFalse(faults)
        entries = self.entries()
        self.assertEqual([seq for seq, _payload in entries], list(range(1, WRITERS * EACH + 1)))
        self.assertEqual(len({payload for _seq, payload in entries}), WRITERS * EACH)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            check = env["punchclock.audit.check"]._run(env["res.company"].browse(self.company))
            self.assertEqual((check.state, check.entries), ("sound", WRITERS * EACH), check.problems)

    @mute_logger("odoo.sql_db")
    def test_the_second_of_two_waits_and_fails(self):
        with self.registry.cursor() as cr:
            self.append(cr, n=0)
        first, second = self.registry.cursor(), self.registry.cursor()
        try:
            # Both see the same head before either has moved it.
            first.execute("SELECT 1")
            second.execute("SELECT 1")
            self.append(first, n=1)
            outcome = []
            env = api.Environment(second, SUPERUSER_ID, {})

            def late():
                try:
                    self.post(env, n=2)
                except Exception as fault:
                    outcome.append(fault)

            thread = threading.Thread(target=late, daemon=True)
            thread.start()
            thread.join(0.5)
            self.assertTrue(thread.is_alive(), "the second writer waits for the first")
            first.commit()
            thread.join(60)
            self.assertIsInstance(outcome[0], SerializationFailure)
        finally:
            first.close()
            second.close()
        self.assertEqual([seq for seq, _payload in self.entries()], [1, 2])

    def test_what_is_rolled_back_takes_no_number(self):
        cr = self.registry.cursor()
        try:
            self.append(cr, n=1)
            cr.rollback()
            self.append(cr, n=2)
            cr.commit()
        finally:
            cr.close()
        self.assertEqual(self.entries(), [(1, '{"n":2}')])
