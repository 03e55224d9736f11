# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

import psycopg2.errors
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.punchclock import canonical

from .common import HOUR, CtoCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestByHand(CtoCase):
    """What is entered by hand has two people, a reason, and what it changed, and all of it stays."""

    def trail(self, record):
        entries = self.env["punchclock.audit"].search(
            [("model", "=", record._name), ("res_id", "=", record.id)], order="seq"
        )
        return {entry.action: json.loads(entry.payload) for entry in entries}

    def test_each_kind(self):
        self.by_hand("opening", "2026-06-15", 12, valid_to="2026-12-31")
        self.by_hand("adjust", "2026-06-15", -2)
        self.by_hand("payout", "2026-06-15", 3)
        self.assertBalance(7)
        self.assertEqual(str(self.account.lot_ids.expires_on), "2026-12-31")
        self.by_hand("separate", "2026-06-15")
        self.assertBalance(0)

    def test_hours_that_make_no_sense(self):
        for kind, hours in (("payout", -1), ("opening", -1), ("adjust", 0), ("payout", 0), ("adjust", 10_001)):
            with self.subTest(f"{kind} {hours}"), self.assertRaisesRegex(ValidationError, "hours"):
                self.ask(kind, "2026-06-15", hours)

    def test_what_stays_in_the_trail(self):
        self.earn("2026-06-01", 5)
        correction = self.by_hand("payout", "2026-06-15", 3, note="She asked for it")
        applied = self.trail(correction)["adjustment.applied"]
        self.assertEqual((applied["before"]["balance"], applied["after"]["balance"]), (5 * HOUR, 2 * HOUR))
        entry = correction.cto_entry_ids
        self.assertEqual(entry.note, "She asked for it")
        self.assertEqual(entry.user_id, self.second, "who applied it")
        noted = self.trail(entry)["cto.payout"]
        self.assertEqual((noted["before"], noted["after"], noted["adjustment"]), (5 * HOUR, 2 * HOUR, correction.id))
        self.assertEqual((noted["requester"], noted["approver"]), ("punchclock_officer", "cto_second"))
        self.assertEqual((noted["reason"], noted["note"]), ("AGREED", canonical.digest("She asked for it")))

    def test_four_eyes(self):
        self.earn("2026-06-01", 5)
        self.company.punchclock_review_user_id = self.second
        correction = self.ask("adjust", "2026-06-15", 1)
        correction.action_submit()
        self.assertEqual(correction.activity_ids.user_id, self.second, "not the manager, who may not")
        for user in (self.officer, self.boss, self.worker):
            with self.subTest(user.login), self.assertRaises(AccessError), self.env.cr.savepoint():
                correction.with_user(user).action_approve()
        # Of whom it is about nobody asks, and nobody approves.
        self.anna.user_id = self.second
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            correction.with_user(self.second).action_approve()
        with self.assertRaisesRegex(AccessError, "own account"), self.env.cr.savepoint():
            self.ask("adjust", "2026-06-15", 1, user=self.second)
        self.assertBalance(5)

    def test_without_a_reviewer_any_other_officer_is_asked(self):
        correction = self.ask("adjust", "2026-06-15", 1, user=self.second)
        correction.action_submit()
        asked = correction.activity_ids.user_id
        self.assertTrue(asked.has_group("punchclock.group_punchclock_officer"))
        self.assertNotIn(asked, self.second | self.worker)

    @mute_logger("odoo.sql_db")
    def test_the_database_knows_it_too(self):
        correction = self.ask("adjust", "2026-06-15", 1)
        self.env.flush_all()
        for change in (
            "subject_user_id = requester_id",
            "approver_id = requester_id",
            "state = 'approved'",
        ):
            with self.subTest(change), self.assertRaises(psycopg2.errors.CheckViolation), self.env.cr.savepoint():
                self.env.cr.execute(
                    f"UPDATE punchclock_adjustment SET {change} WHERE id = %s",  # pylint: disable=sql-injection
                    [correction.id],
                )
        entry = self.earn("2026-06-01", 1)
        with self.assertRaises(psycopg2.errors.CheckViolation), self.env.cr.savepoint():
            self.env.cr.execute(
                "INSERT INTO punchclock_cto_entry (account_id, employee_id, company_id, date, kind, seconds, user_id)"
                " SELECT account_id, employee_id, company_id, date, 'adjust', 3600, user_id"
                "   FROM punchclock_cto_entry WHERE id = %s",
                [entry.id],
            )

    @mute_logger("odoo.sql_db")
    def test_applied_it_is_not_rewritten(self):
        correction = self.by_hand("opening", "2026-06-15", 1, valid_to="2026-12-31")
        self.env.flush_all()
        for change in ("minutes = 600", "kind = 'cto_payout'", "note = 'x'"):
            with self.subTest(change), self.assertRaises(psycopg2.errors.IntegrityError), self.env.cr.savepoint():
                self.env.cr.execute(
                    f"UPDATE punchclock_adjustment SET {change} WHERE id = %s",  # pylint: disable=sql-injection
                    [correction.id],
                )
        self.assertEqual(self.env["punchclock.audit.check"]._run(self.company).state, "sound")

    def test_taken_back(self):
        given = self.by_hand("opening", "2026-06-01", 5)
        paid = self.by_hand("payout", "2026-06-15", 3)
        with self.assertRaisesRegex(UserError, "used already"), self.env.cr.savepoint():
            given.with_user(self.second)._revert("Wrong person")
        paid.with_user(self.second)._revert("Not wanted")
        self.assertBalance(5)
        given.with_user(self.second)._revert("Wrong person")
        self.assertBalance(0)
        self.assertEqual((given.state, paid.state), ("reverted", "reverted"))
        self.assertIn("cto.void", self.trail(given.cto_entry_ids.filtered(lambda entry: entry.kind == "void")))

    def test_a_closed_day_is_not_changed_by_it(self):
        """It is dated there, and is about the bank alone."""
        days = self.env["punchclock.day"]
        self.by_hand("opening", "2026-06-01", 5)
        self.assertFalse(days._pay_of(self.anna, self.account.lot_ids.earned_on, self.account.settled_on))
