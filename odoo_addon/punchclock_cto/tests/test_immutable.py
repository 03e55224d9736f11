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

    def tampered(self, table, change, where="TRUE"):
        """What the verification says after somebody who owns the database changed a row."""
        self.env.flush_all()
        self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # pylint: disable=sql-injection
        self.env.cr.execute(f"{change} WHERE account_id = %s AND {where}", [self.account.id])
        self.env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")  # pylint: disable=sql-injection
        self.env.invalidate_all()
        return self.verified()

    def verified(self):
        check = self.env["punchclock.audit.check"]._run(self.company)
        return check.problems

    def test_what_follows_from_the_entries_is_played_again(self):
        """No trigger guards what is settled anew each time: lots and balances. The verification plays the account."""
        self.post("use", "2026-06-10", 1)
        self.assertFalse(self.verified())
        lot, move = "punchclock_cto_lot", "punchclock_cto_move"
        for table, change, told in (
            (lot, "UPDATE punchclock_cto_lot SET left_seconds = left_seconds + 3600", "left_seconds 14400"),
            (lot, "UPDATE punchclock_cto_lot SET granted_seconds = 99999", "granted_seconds 99999"),
            (lot, "UPDATE punchclock_cto_lot SET expires_on = '2030-01-01'", "expires_on 2030-01-01"),
            (lot, "UPDATE punchclock_cto_lot SET earned_on = '2026-06-02'", "earned_on 2026-06-02"),
            (move, "UPDATE punchclock_cto_move SET seconds = seconds + 1", "(earn) come to 14401 s"),
            (move, "UPDATE punchclock_cto_move SET date = date + 1", "movements of 2026-06-02 (earn)"),
            (move, "DELETE FROM punchclock_cto_move", "(use) come to 0 s"),
        ):
            with self.subTest(change):
                self.env.cr.execute("SAVEPOINT tampering")
                self.assertIn(told, self.tampered(table, change))
                self.env.cr.execute("ROLLBACK TO SAVEPOINT tampering")
                self.env.invalidate_all()
        self.assertFalse(self.verified())

    def test_a_balance_that_somebody_wrote(self):
        self.env.flush_all()
        for column in ("balance", "overdrawn", "uncredited", "cash"):
            self.env.cr.execute(
                f"UPDATE punchclock_cto_account SET {column}_seconds = 7 WHERE id = %s",  # pylint: disable=sql-injection
                [self.account.id],
            )
        self.env.invalidate_all()
        problems = self.verified()
        for column in ("balance", "overdrawn", "uncredited", "cash"):
            self.assertIn(f"{column}_seconds 7", problems)

    def test_an_entry_that_was_written_past_the_bank(self):
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO punchclock_cto_entry
                   (account_id, employee_id, company_id, date, kind, work_class, work_seconds, user_id, create_date)
            SELECT account_id, employee_id, company_id, date, kind, work_class, 36000, user_id, now()
              FROM punchclock_cto_entry WHERE id = %s RETURNING id
            """,
            [self.entry.id],
        )
        (forged,) = self.env.cr.fetchone()
        self.env.invalidate_all()
        problems = self.verified()
        self.assertIn(f"punchclock.cto.entry {forged} has no entry", problems)
        self.assertIn("the lot of entry", problems)

    def test_a_night_that_nobody_settled_is_no_forgery(self):
        with freeze_time("2028-06-15 12:00:00"):
            self.assertFalse(self.verified(), "what lapsed since is booked when it is settled")
            self.night()
            self.assertFalse(self.verified())
            self.assertBalance(0)
