# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import psycopg2.errors
from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CtoCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestImmutable(CtoCase):
    def setUp(self):
        super().setUp()
        self.earn("2026-06-01", 4)
        self.entry = self.account.entry_ids
        self.move = self.account.move_ids
        self.lot = self.account.lot_ids
        self.env.flush_all()

    def test_through_the_orm(self):
        for record, vals in (
            (self.entry, {"work_seconds": 1}),
            (self.entry, {"date": "2026-01-01"}),
            (self.move, {"seconds": 1}),
            (self.move, {"lot_id": False}),
        ):
            with self.assertRaises(UserError):
                record.sudo().write(vals)
        for record in (self.entry, self.move, self.lot):
            with self.assertRaises(UserError):
                record.sudo().unlink()
        for record in (self.entry, self.move):
            with self.assertRaises(UserError):
                record.sudo().copy()

    @mute_logger("odoo.sql_db")
    def test_through_sql(self):
        for statement in (
            "UPDATE punchclock_cto_entry SET work_seconds = 1",
            "UPDATE punchclock_cto_move SET seconds = seconds + 1",
            "UPDATE punchclock_cto_move SET date = date + 1",
            "UPDATE punchclock_cto_lot SET earned_on = earned_on - 1",
            "DELETE FROM punchclock_cto_move",
            "DELETE FROM punchclock_cto_entry",
            "DELETE FROM punchclock_cto_lot",
            "TRUNCATE punchclock_cto_move",
        ):
            with self.subTest(statement), self.assertRaises(psycopg2.errors.IntegrityError), self.env.cr.savepoint():
                self.env.cr.execute(statement)

    @mute_logger("odoo.sql_db")
    def test_the_database_knows_zero(self):
        for statement in (
            "UPDATE punchclock_cto_lot SET left_seconds = -1",
            "UPDATE punchclock_cto_account SET balance_seconds = -1",
            "UPDATE punchclock_cto_account SET overdrawn_seconds = -1",
        ):
            with self.subTest(statement), self.assertRaises(psycopg2.errors.CheckViolation), self.env.cr.savepoint():
                self.env.cr.execute(statement)

    @mute_logger("odoo.sql_db")
    def test_a_disabled_trigger_and_a_changed_entry_are_found(self):
        def verify():
            return self.env["punchclock.audit.check"]._run(self.company)

        self.assertEqual(verify().state, "sound")
        self.env.cr.execute("ALTER TABLE punchclock_cto_entry DISABLE TRIGGER USER")
        self.assertIn("punchclock_cto_entry", verify().problems)
        self.env.cr.execute("UPDATE punchclock_cto_entry SET work_seconds = 99999 WHERE id = %s", [self.entry.id])
        self.env.cr.execute("ALTER TABLE punchclock_cto_entry ENABLE TRIGGER USER")
        found = verify()
        self.assertEqual(found.state, "broken")
        self.assertIn(f"punchclock.cto.entry {self.entry.id}", found.problems.replace(",", " "))
