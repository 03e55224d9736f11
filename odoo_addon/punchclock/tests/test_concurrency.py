# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import threading
from unittest.mock import patch

import psycopg2.errors

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger

from .common import event, unguarded


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """Two real connections; what is committed here is removed again at the end."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            answer = env["punchclock.gateway"].create_with_user("Concurrent")
            self.bot_id, self.gateway_id = answer["user_id"], answer["gateway_id"]
            self.terminal_id = (
                env["punchclock.terminal"]
                .create({"name": "C", "serial": "CONC1", "tz": "UTC", "gateway_id": self.gateway_id})
                .id
            )
            space = env["punchclock.terminal"].browse(self.terminal_id).pin_space_id
            self.employee_id = env["hr.employee"].create({"name": "Concurrent"}).id
            self.pin_id = (
                env["punchclock.pin"].create({"pin_space_id": space.id, "pin": "1", "employee_id": self.employee_id}).id
            )
        self.addCleanup(self.remove)

    def remove(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            employee = env["hr.employee"].browse(self.employee_id)
            env["hr.attendance"].search([("employee_id", "=", employee.id)]).unlink()
            unguarded(cr, "punchclock_event", "gateway_id = %s", self.gateway_id)
            unguarded(cr, "punchclock_batch", "gateway_id = %s", self.gateway_id)
            env.invalidate_all()
            gateway = env["punchclock.gateway"].browse(self.gateway_id)
            spaces = gateway.terminal_ids.pin_space_id
            spaces.pin_ids.unlink()
            gateway.terminal_ids.unlink()
            spaces.unlink()
            user = gateway.user_id
            gateway.unlink()
            partner = user.partner_id
            user.unlink()
            partner.unlink()
            env["punchclock.dirty.day"].search([("employee_id", "=", employee.id)]).unlink()
            employee.unlink()

    def events(self, cr):
        return api.Environment(cr, self.bot_id, {})["punchclock.event"]

    def ingest(self, cr, batch):
        return self.post(self.events(cr), batch)

    def post(self, model, batch, **arguments):
        return [outcome["outcome"] for outcome in model.ingest(batch, **arguments)["outcomes"]]

    def at_once(self, batch, **arguments):
        """The same call on two connections: (words of the first, of the second, whether Odoo had to repeat it)."""
        seen = {}
        first, second = self.registry.cursor(), self.registry.cursor()
        try:
            # Both snapshots are taken before either has written: neither can see the other's rows.
            first.execute("SELECT 1")
            second.execute("SELECT 1")
            seen["first"] = self.post(self.events(first), batch, **arguments)
            # Made here: the tests' thread holds the lock of the registry that a first environment asks for.
            model = self.events(second)

            def late():
                try:
                    seen["second"] = self.post(model, batch, **arguments)
                except psycopg2.errors.SerializationFailure:
                    # What Odoo does by itself for a request: a new transaction, the same call.
                    second.rollback()
                    seen["second"] = self.post(model, batch, **arguments)
                    seen["retried"] = True

            thread = threading.Thread(target=late)
            thread.start()
            # It waits at a unique index for the first to end.
            thread.join(0.5)
            self.assertTrue(thread.is_alive())
            first.commit()
            thread.join(30)
            self.assertFalse(thread.is_alive())
            second.commit()
        finally:
            first.close()
            second.close()
        return seen["first"], seen["second"], seen.get("retried")

    def count(self, table):
        with self.registry.cursor() as cr:
            cr.execute(SQL("SELECT count(*) FROM %s WHERE gateway_id = %s", SQL.identifier(table), self.gateway_id))
            return cr.fetchone()[0]

    @mute_logger("odoo.sql_db")
    def test_the_same_batch_on_two_connections(self):
        batch = [event("CONC1", "1", f"2026-03-02T08:{minute:02}:00") for minute in range(20)]
        first, second, retried = self.at_once(batch)
        self.assertEqual((set(first), set(second)), ({"accepted"}, {"duplicate"}))
        self.assertTrue(retried)
        self.assertEqual(self.count("punchclock_event"), 20)

    @mute_logger("odoo.sql_db")
    def test_the_same_named_batch_on_two_connections(self):
        """An edge whose line broke repeats its call while the first is still at work."""
        batch = [event("CONC1", "1", f"2026-03-02T08:{minute:02}:00") for minute in range(20)]
        first, second, retried = self.at_once(batch, batch_uuid="12345678-1234-4234-8234-123456789abc")
        # Not duplicates: the stored answer.
        self.assertEqual((set(first), set(second)), ({"accepted"}, {"accepted"}))
        self.assertTrue(retried)
        self.assertEqual((self.count("punchclock_event"), self.count("punchclock_batch")), (20, 1))

    def traces(self, cr):
        """What there is of the punches of this gateway: events, batches, marked days, audit entries."""
        cr.execute(
            """
            SELECT (SELECT count(*) FROM punchclock_event WHERE gateway_id = %(gateway)s),
                   (SELECT count(*) FROM punchclock_batch WHERE gateway_id = %(gateway)s),
                   (SELECT count(*) FROM punchclock_dirty_day WHERE employee_id = %(employee)s),
                   (SELECT count(*) FROM punchclock_audit)
            """,
            {"gateway": self.gateway_id, "employee": self.employee_id},
        )
        return cr.fetchone()

    def test_a_batch_that_fails_midway_leaves_nothing(self):
        batch = [event("CONC1", "1", f"2026-03-02T08:{minute:02}:00") for minute in range(20)]
        name = "12345678-1234-4234-8234-123456789abc"
        midway = []

        def fail(stored, outcomes):
            midway.append((self.traces(stored.env.cr), len(outcomes)))
            raise RuntimeError("midway")

        with self.registry.cursor() as cr:
            before = self.traces(cr)
        self.assertEqual(before[:2], (0, 0))
        with (
            patch.object(self.registry["punchclock.batch"], "_finish", fail),
            self.assertRaisesRegex(RuntimeError, "midway"),
            self.registry.cursor() as cr,
        ):
            self.post(self.events(cr), batch, batch_uuid=name)
        ((events, batches, marks, _audit), outcomes) = midway[0]
        self.assertEqual((events, batches, outcomes), (20, 1, 20), "it had come that far")
        self.assertGreater(marks, before[2])
        with self.registry.cursor() as cr:
            self.assertEqual(self.traces(cr), before)
            # The name is free and no punch is a duplicate.
            words = self.post(self.events(cr), batch, batch_uuid=name)
            self.assertEqual(set(words), {"accepted"})

    @mute_logger("odoo.sql_db")
    def test_a_mark_is_not_lost_to_a_job_that_has_already_read(self):
        """The job's snapshot is older than the punch, the punch's mark finds its row present."""
        with self.registry.cursor() as cr:
            self.ingest(cr, [event("CONC1", "1", "2026-03-02T08:00:00")])
        job, late = self.registry.cursor(), self.registry.cursor()
        try:
            job.execute("SELECT count(*) FROM punchclock_event WHERE gateway_id = %s", [self.gateway_id])
            self.assertEqual(job.fetchone()[0], 1)
            self.ingest(late, [event("CONC1", "1", "2026-03-02T17:00:00")])
            late.commit()
            dirty = api.Environment(job, SUPERUSER_ID, {})["punchclock.dirty.day"]
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                dirty._drain_slice(200)
            job.rollback()
            dirty.env.invalidate_all(flush=False)
            self.assertTrue(dirty._drain_slice(200))
            job.commit()
        finally:
            job.close()
            late.close()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            day = env["punchclock.day"].search([("employee_id", "=", self.employee_id), ("date", "=", "2026-03-02")])
            self.assertEqual(day.punch_count, 2)

    def test_two_jobs_share_the_list(self):
        with self.registry.cursor() as cr:
            self.ingest(cr, [event("CONC1", "1", "2026-03-02T08:00:00"), event("CONC1", "1", "2026-03-02T17:00:00")])
        one, other = self.registry.cursor(), self.registry.cursor()
        try:
            first = api.Environment(one, SUPERUSER_ID, {})["punchclock.dirty.day"]._drain_slice(1)
            # It does not wait for the first: it takes what is left.
            rest = api.Environment(other, SUPERUSER_ID, {})["punchclock.dirty.day"]._drain_slice(200)
            self.assertEqual(first, 1)
            self.assertEqual(rest, 1)
            one.commit()
            other.commit()
        finally:
            one.close()
            other.close()

    def test_a_batch_that_began_before_the_registration_was_committed(self):
        """Neither sees the other: the punches are stored as unknown, the registration finds none to adopt."""
        late = self.registry.cursor()
        try:
            late.execute("SELECT 1")
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                space = env["punchclock.terminal"].browse(self.terminal_id).pin_space_id
                pin = env["punchclock.pin"].create(
                    {"pin_space_id": space.id, "pin": "2", "employee_id": self.employee_id}
                )
                terminal = env["punchclock.terminal"].create(
                    {
                        "name": "C2",
                        "serial": "CONC2",
                        "tz": "UTC",
                        "gateway_id": self.gateway_id,
                        "pin_space_id": space.id,
                    }
                )
                pin_id, terminal_id = pin.id, terminal.id
            batch = [event("CONC1", "2", "2026-03-02T08:00:00"), event("CONC2", "1", "2026-03-02T17:00:00")]
            self.assertEqual(self.ingest(late, batch), ["review", "review"])
            late.commit()
        finally:
            late.close()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["punchclock.dirty.day"]._cron_drain()
            events = env["punchclock.event"].search([("gateway_id", "=", self.gateway_id)], order="local_time")
            self.assertEqual(events.mapped("status"), ["ok", "ok"])
            self.assertEqual((events[0].pin_id.id, events[1].terminal_id.id), (pin_id, terminal_id))
            self.assertEqual(events.employee_id.id, self.employee_id)
            day = env["punchclock.day"].search([("employee_id", "=", self.employee_id), ("date", "=", "2026-03-02")])
            self.assertEqual(day.punch_count, 2)

    def test_a_batch_that_read_the_pin_before_it_was_given_to_somebody_else(self):
        late = self.registry.cursor()
        try:
            late.execute("SELECT 1")
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["punchclock.pin"].browse(self.pin_id).valid_to = "2026-02-28"
            self.assertEqual(self.ingest(late, [event("CONC1", "1", "2026-03-02T08:00:00")]), ["accepted"])
            late.commit()
        finally:
            late.close()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["punchclock.dirty.day"]._cron_mark_recent()
            stored = env["punchclock.event"].search([("gateway_id", "=", self.gateway_id)])
            self.assertEqual(stored.review_code, "unknown_pin")
            self.assertFalse(stored.employee_id)
