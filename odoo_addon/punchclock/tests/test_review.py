# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_adjustment import MONDAY, ReviewCase


@tagged("post_install", "-at_install")
class TestReview(ReviewCase):
    def raise_exception(self, kind="missing_out", **values):
        day = self.day(self.anna, MONDAY)
        found = self.env["punchclock.exception"].search([("type", "=", kind), ("day_id", "=", day.id)])
        if not found:
            values = {
                "type": kind,
                "company_id": self.company.id,
                "employee_id": self.anna.id,
                "date": MONDAY,
                "day_id": day.id,
                **values,
            }
            self.env["punchclock.exception"]._raise([values])
            found = self.env["punchclock.exception"].search([("type", "=", kind), ("day_id", "=", day.id)])
        return found

    def test_an_exception_offers_its_usual_answer(self):
        self.forgotten()
        found = self.raise_exception()
        action = found.with_user(self.mona).action_adjust()
        with Form(self.env["punchclock.adjustment"].with_user(self.mona).with_context(**action["context"])) as form:
            self.assertEqual((form.kind, form.direction, form.date), ("add_punch", "1", MONDAY))
            form.punch_time = "17:00"
            form.reason_id = self.reason
            form.note = "Seen at the door."
        adjustment = form.record
        self.assertEqual(adjustment.exception_ids, found)
        adjustment.action_submit()
        adjustment.with_user(self.officer).action_approve_and_apply()
        self.env.invalidate_all()
        self.assertEqual(found.state, "resolved")
        self.assertEqual(self.day(self.anna, MONDAY).worked_seconds, 8 * 3600)

    def test_many_are_decided_with_one_word(self):
        self.forgotten()
        found = self.raise_exception("other") | self.raise_exception("unscheduled_work")
        action = found.with_user(self.officer).action_bulk()
        wizard = self.env["punchclock.review.bulk"].with_user(self.officer).with_context(**action["context"])
        wizard.create({"what": "ignore", "note": "Fire drill."}).action_do()
        self.assertEqual(set(found.mapped("state")), {"ignored"})
        self.assertEqual(set(found.mapped("resolution")), {"Fire drill."})
        entry = self.env["punchclock.audit"].search([("action", "=", "exception.ignored")], limit=1)
        self.assertEqual(entry.login, "punchclock_officer")
        self.assertEqual({one["id"] for one in json.loads(entry.payload)["exceptions"]}, set(found.ids))

    def test_nothing_is_closed_without_a_word(self):
        self.forgotten()
        found = self.raise_exception().with_user(self.officer)
        action = found.action_resolve()
        self.assertEqual((found.state, action["context"]["default_what"]), ("open", "resolve"))
        wizard = self.env["punchclock.review.bulk"].with_user(self.officer).with_context(**action["context"])
        wizard.create({"note": "Called her."}).action_do()
        self.assertEqual((found.state, found.resolution), ("resolved", "Called her."))
        found.action_reopen()
        payload = json.loads(self.entries("exception.reopened").payload)
        self.assertEqual(payload["exceptions"][0]["id"], found.id)

    def test_nobody_closes_what_is_about_themselves(self):
        self.forgotten()
        found = self.raise_exception().with_user(self.officer)
        found.resolution = "Nothing to see."
        self.anna.user_id = self.officer
        for act in (found.action_resolve, found.action_ignore):
            with self.assertRaisesRegex(UserError, "own"):
                act()
        found.with_user(self.second).action_ignore()
        self.assertEqual(found.state, "ignored")

    def test_who_gets_an_exception_assigned_gets_a_task(self):
        self.forgotten()
        found = self.raise_exception().with_user(self.officer)
        day = self.day(self.anna, MONDAY)
        found.action_assign_to_me()
        self.assertFalse(day.activity_ids)
        found.user_id = self.second
        self.assertEqual(day.activity_ids.user_id, self.second)
        found.resolution = "Called her."
        found.action_resolve()
        self.assertFalse(day.activity_ids)

    def test_employees_see_what_is_about_their_punches_too(self):
        event = self.forgotten()
        found = self.env["punchclock.exception"].create(
            {"type": "time_gap", "company_id": self.company.id, "employee_id": self.anna.id, "event_id": event.id}
        )
        self.assertIn(found, self.env["punchclock.exception"].with_user(self.worker).search([]))

    def test_a_doubtful_punch_counts_by_decision_and_not_by_its_own_person(self):
        event = self.forgotten()
        event.write({"status": "review", "review_code": "time_stale"})
        self.anna.user_id = self.officer
        with self.assertRaises(UserError):
            event.with_user(self.officer).action_accept()
        event.with_user(self.second).action_accept()
        entry = self.entries("punch.accepted")
        self.assertEqual((entry.login, json.loads(entry.payload)["punches"][0][0]), (self.second.login, event.id))

    def test_lateness_is_excused_in_bulk(self):
        self.punch("7", "2026-03-02T09:00:00", "2026-03-02T17:00:00")
        self.drain()
        found = self.raise_exception("late")
        wizard = (
            self.env["punchclock.review.bulk"]
            .with_user(self.officer)
            .create({"exception_ids": found.ids, "what": "excuse", "note": "Train.", "reason_id": self.reason.id})
        )
        self.assertEqual(wizard.fitting_count, 1)
        action = wizard.action_do()
        adjustment = self.env["punchclock.adjustment"].search(action["domain"])
        self.assertEqual((adjustment.kind, adjustment.excuse, adjustment.state), ("excuse", "late", "submitted"))

    def test_days_are_computed_again_with_a_reason(self):
        self.worked()
        wizard = (
            self.env["punchclock.recompute"]
            .with_user(self.officer)
            .create(
                {
                    "employee_ids": self.anna.ids,
                    "date_from": MONDAY,
                    "date_to": date(2026, 3, 6),
                    "why": "Hours were wrong.",
                }
            )
        )
        wizard.action_recompute()
        marked = self.env["punchclock.dirty.day"].search([("employee_id", "=", self.anna.id)])
        self.assertEqual(len(marked), 5)
        self.assertEqual(json.loads(self.entries("days.recompute").payload)["marked"], 5)
        with self.assertRaises(AccessError):
            wizard.with_user(self.mona).action_recompute()
        wizard.date_to = date(2028, 1, 1)
        with self.assertRaises(UserError):
            wizard.action_recompute()
        foreign = self.env["res.company"].create({"name": "Foreign"})
        wizard.sudo().write({"date_to": date(2026, 3, 6), "company_id": foreign.id})
        with self.assertRaises(AccessError):
            wizard.action_recompute()

    def test_a_zone_is_corrected(self):
        events = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        before = [event.utc_time for event in events]
        wizard = (
            self.env["punchclock.retime"]
            .with_user(self.admin)
            .create({"terminal_id": self.brussels.id, "tz": "Europe/Lisbon", "why": "Typing mistake."})
        )
        self.assertEqual(wizard.event_count, 2)
        with self.assertRaises(AccessError):
            wizard.with_user(self.officer).action_retime()
        wizard.action_retime()
        self.env.invalidate_all()
        self.assertEqual(
            [(event.utc_time - old).total_seconds() for event, old in zip(events, before, strict=True)], [3600, 3600]
        )
        self.assertEqual(events.mapped("local_time"), ["2026-03-02 08:00:00", "2026-03-02 17:00:00"])
        payload = json.loads(self.entries("terminal.retimed").payload)
        self.assertEqual(
            (payload["before"], payload["after"], payload["punches"]), ("Europe/Brussels", "Europe/Lisbon", 2)
        )
        self.drain()
        self.assertEqual(self.day(self.anna, MONDAY).first_in_local, "09:00:00")
