# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_adjustment import MONDAY, ReviewCase


@tagged("post_install", "-at_install")
class TestForgery(ReviewCase):
    """A decision or a fact that was written into its table, past the trail, is found there to have no entry."""

    def broken(self, text):
        self.env.flush_all()
        self.env.invalidate_all()
        check = self.env["punchclock.audit.check"]._run(self.company)
        self.assertEqual(check.state, "broken")
        self.assertIn(text, check.problems)

    def execute(self, query, *params):
        self.env.flush_all()
        self.cr.execute(query, params)
        self.env.invalidate_all()

    def disarmed(self, table, query, *params):
        """As the owner of the database can: the triggers are armed again, and nothing shows it."""
        self.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        self.execute(query, *params)
        self.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    def test_every_way_of_a_correction_is_sound(self):
        self.forgotten()
        self.ask(punch_time="18:00")
        refused = self.ask(punch_time="18:05")
        refused.action_submit()
        refused.with_user(self.mona)._refuse("No.")
        applied = self.decided()
        self.assertSound()
        applied.with_user(self.second)._revert("No.")
        self.assertSound()

    def test_a_correction_that_was_taken_back_by_sql(self):
        self.forgotten()
        adjustment = self.decided()
        self.execute("UPDATE punchclock_adjustment SET state = 'reverted' WHERE id = %s", adjustment.id)
        self.broken(f"punchclock.adjustment {adjustment.id} is reverted, the trail leaves it applied")

    def test_a_correction_that_was_approved_by_sql(self):
        self.forgotten()
        adjustment = self.ask()
        adjustment.action_submit()
        self.execute(
            "UPDATE punchclock_adjustment SET state = 'applied', approver_id = %s WHERE id = %s",
            self.mona.id,
            adjustment.id,
        )
        self.broken(f"punchclock.adjustment {adjustment.id} is applied, the trail leaves it submitted")

    def test_a_correction_that_was_approved_in_anothers_name(self):
        self.forgotten()
        adjustment = self.ask()
        adjustment.action_submit()
        adjustment.with_user(self.mona).action_approve()
        self.execute("UPDATE punchclock_adjustment SET approver_id = %s WHERE id = %s", self.second.id, adjustment.id)
        self.broken(f"punchclock.adjustment {adjustment.id} was approved by somebody else")

    def test_a_correction_out_of_nowhere(self):
        self.forgotten()
        values = {
            "employee_id": self.anna.id,
            "date": MONDAY,
            "kind": "excuse",
            "excuse": "late",
            "reason_id": self.reason.id,
            "note": "x",
            "approver_id": self.mona.id,
        }
        with self.assertRaises(UserError):
            self.env["punchclock.adjustment"].sudo().create({**values, "state": "applied"})
        forged = self.env["punchclock.adjustment"].sudo().create(values)
        self.execute(
            "UPDATE punchclock_adjustment SET state = 'applied', submitted_at = now() WHERE id = %s", forged.id
        )
        self.broken(f"punchclock.adjustment {forged.id} is applied, the trail leaves it draft")

    def test_a_punch_that_was_left_out_by_sql(self):
        event = self.forgotten()
        self.execute("UPDATE punchclock_event SET status = 'voided' WHERE id = %s", event.id)
        self.broken(f"punchclock.event {event.id} is voided, by its corrections it is never touched")

    def test_a_punch_that_counts_again_by_sql(self):
        event = self.forgotten()
        self.decided("void_punch", event_id=event.id)
        self.execute("UPDATE punchclock_event SET status = 'ok' WHERE id = %s", event.id)
        self.broken(f"punchclock.event {event.id} is ok, by its corrections it is voided")

    def test_a_punch_that_nobody_entered(self):
        self.forgotten()
        event = self.env["punchclock.event"]._add_manual(self.anna, datetime(2026, 3, 2, 18), "Europe/Brussels", "1")
        self.broken(f"punchclock.event {event.id} is ok, by its corrections it is entered by nobody")

    def test_a_fact_that_was_added_or_changed(self):
        event = self.forgotten()
        adjustment = self.decided("void_punch", event_id=event.id)
        fact = adjustment.fact_ids
        self.execute(
            """
            INSERT INTO punchclock_event_fact (event_id, adjustment_id, company_id, kind, create_date)
            VALUES (%s, %s, %s, 'restored', now()) RETURNING id
            """,
            event.id,
            adjustment.id,
            self.company.id,
        )
        self.execute("UPDATE punchclock_event SET status = 'ok' WHERE id = %s", event.id)
        added = self.env["punchclock.event.fact"].search([("event_id", "=", event.id)]) - fact
        self.broken(f"punchclock.event.fact {added.id} has no entry")
        self.disarmed("punchclock_event_fact", "UPDATE punchclock_event_fact SET kind = 'added' WHERE id = %s", fact.id)
        self.broken(f"punchclock.event.fact {fact.id} is not what entry")

    def test_a_note_is_erased_and_not_rewritten(self):
        self.forgotten()
        adjustment = self.decided()
        with self.env["punchclock.audit"]._maintenance(self.company, "erasure"):
            self.execute("UPDATE punchclock_adjustment SET note = '' WHERE id = %s", adjustment.id)
        self.assertSound()
        self.disarmed(
            "punchclock_adjustment", "UPDATE punchclock_adjustment SET note = 'Other.' WHERE id = %s", adjustment.id
        )
        self.broken(f"punchclock.adjustment {adjustment.id} has another note than entry")
