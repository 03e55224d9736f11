# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import PunchclockCase

OVER = "2026-03-20 10:00:00"


@tagged("post_install", "-at_install")
class TestException(PunchclockCase):
    def found(self, employee=None, **fields):
        domain = [("employee_id", "=", (employee or self.anna).id)]
        return self.env["punchclock.exception"].search(domain + [(name, "=", value) for name, value in fields.items()])

    def test_a_forgotten_punch_is_one_exception_however_often_the_day_is_computed(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00", "2026-03-02T13:00:00")
        day = self.day(self.anna, "2026-03-02")
        for _run in range(3):
            self.drain()
            day = self.day(self.anna, "2026-03-02")
            self.env.cr.execute("UPDATE punchclock_day SET input_digest = NULL WHERE id = %s", [day.id])
            day.with_user(self.officer).action_recompute()
        odd = self.found(type="odd_punch")
        self.assertEqual((len(odd), odd.state, odd.day_id), (1, "open", day))
        self.assertEqual(odd.event_id.local_time, "2026-03-02 13:00:00")
        self.assertEqual((day.status, day.state), ("incomplete", "review"))
        # The missing punch arrives: it closes by itself, and the day needs no review any more.
        self.punch("7", "2026-03-02T17:00:00")
        self.drain()
        self.assertEqual((odd.state, odd.closed_by_rerun), ("resolved", True))
        self.assertEqual((day.status, day.state), ("present", "computed"))

    def test_what_a_person_ignored_stays_ignored(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00", "2026-03-02T13:00:00")
        self.drain()
        odd = self.found(type="odd_punch").with_user(self.officer)
        odd.resolution = "Has told me she left at five"
        odd.action_ignore()
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual((odd.state, odd.resolved_by, day.state), ("ignored", self.officer, "computed"))
        self.punch("7", "2026-03-02T07:55:00", "2026-03-02T07:57:00")
        self.drain()
        self.assertEqual((odd.state, day.punch_count), ("ignored", 5))
        odd.action_reopen()
        self.assertEqual((odd.state, day.state), ("open", "review"))

    def test_what_it_is_about_cannot_be_changed(self):
        self.punch("7", "2026-03-02T08:00:00")
        self.drain()
        odd = self.found(type="odd_punch").with_user(self.officer)
        with self.assertRaises(UserError):
            odd.severity = "info"
        closing = {"state": "resolved", "resolved_by": self.officer.id, "closed_by_rerun": True}
        for name, value in closing.items():
            with self.assertRaises(UserError):
                odd.write({name: value})
        odd.write({"user_id": self.officer.id, "resolution": "I ask her"})
        with self.assertRaises(AccessError):
            odd.with_user(self.bot).action_resolve()

    def test_who_is_still_at_work_has_forgotten_nothing(self):
        with freeze_time("2026-03-02 10:00:00"):
            self.punch("7", "2026-03-02T08:00:00")
            self.drain()
            day = self.day(self.anna, "2026-03-02")
            self.assertEqual((day.status, day.state), ("present", "computed"))
            self.assertEqual(str(day.due_at), "2026-03-02 20:00:00")
            self.assertFalse(self.found(type="odd_punch"))
            self.env["punchclock.dirty.day"]._mark_due()
            self.assertFalse(self.env["punchclock.dirty.day"].search([]))
        # The shift is over since 17:00, and so are the four hours in which it takes punches.
        with freeze_time("2026-03-02 20:00:30"):
            self.env["punchclock.dirty.day"]._mark_due()
            self.drain()
            self.assertEqual((day.status, day.state, day.due_at), ("incomplete", "review", False))
            self.assertEqual(self.found(type="odd_punch").state, "open")
            self.env["punchclock.dirty.day"]._mark_due()
            self.assertFalse(self.env["punchclock.dirty.day"].search([]))

    def test_confirming_needs_decisions_and_approving_another_person(self):
        self.punch("7", "2026-03-02T08:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02").with_user(self.officer)
        for decide in (day.action_confirm, day.action_approve):
            with self.assertRaisesRegex(UserError, "decision"):
                decide()
        self.assertEqual(day.state, "review")
        odd = self.found(type="odd_punch").with_user(self.officer)
        odd.resolution = "Seen."
        odd.action_resolve()
        self.anna.user_id = self.officer
        with self.assertRaisesRegex(UserError, "own"):
            day.action_confirm()
        self.anna.user_id = False
        day.action_confirm()
        self.assertEqual(day.state, "confirmed")
        self.anna.user_id = self.officer
        with self.assertRaisesRegex(UserError, "own"):
            day.action_approve()
        self.anna.user_id = False
        day.action_approve()
        self.assertEqual(day.state, "approved")
        day.action_reset()
        self.assertEqual(day.state, "computed")

    def test_a_punch_that_waits_for_a_person_is_an_exception_until_it_does_not(self):
        event = self.punch("404", "2026-03-02T08:00:00")
        exceptions = self.env["punchclock.exception"]
        for _run in range(2):
            exceptions._sync_events()
        found = exceptions.search([("event_id", "=", event.id)])
        self.assertEqual((len(found), found.type, found.state), (1, "unknown_pin", "open"))
        self.assertFalse(found.employee_id)
        ben = self.employee("Ben", self.office)
        pin = self.give_pin(ben, "404")
        exceptions._sync_events()
        self.env.invalidate_all()
        self.assertEqual((found.state, found.closed_by_rerun), ("resolved", True))
        pin.unlink()
        exceptions._sync_events()
        self.env.invalidate_all()
        self.assertEqual(found.state, "open")

    def test_a_second_tap_is_kept_and_said_to_be_one(self):
        first, second = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T08:00:20")
        self.punch("7", "2026-03-02T17:00:00")
        self.drain()
        self.env.invalidate_all()
        self.assertEqual((first.status, second.status), ("ok", "debounced"))
        self.assertEqual(self.found(type="duplicate_dropped").event_id, second)
        self.assertEqual(self.day(self.anna, "2026-03-02").worked_seconds, 8 * 3600)
        # A policy that takes them for two: it is a punch like any other again.
        policy = self.env["punchclock.policy"].create({"name": "Quick", "company_id": self.company.id})
        self.env["punchclock.policy.version"].create(
            {"policy_id": policy.id, "date_from": "2020-01-01", "dedup_window_s": 5}
        ).action_publish()
        self.anna.punchclock_policy_id = policy
        self.drain()
        self.env.invalidate_all()
        self.assertEqual(second.status, "ok")

    def test_employees_see_their_own_only(self):
        self.punch("7", "2026-03-02T08:00:00")
        self.drain()
        me = self.env["res.users"].create(
            {
                "name": "Anna",
                "login": "anna_exceptions",
                "company_id": self.company.id,
                "company_ids": self.company.ids,
                "group_ids": self.env.ref("base.group_user").ids,
            }
        )
        mine = self.env["punchclock.exception"].with_user(me)
        self.assertFalse(mine.search([]))
        self.anna.user_id = me
        self.assertEqual(mine.search([]).mapped("employee_id.id"), self.anna.ids)
        self.found().resolution = "Seen."
        for act in (mine.search([]).action_resolve, mine.search([]).action_reopen):
            with self.assertRaises(AccessError):
                act()
