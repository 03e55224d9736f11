# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import date

from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.punchclock.models.punchclock_adjustment_apply import PunchclockAdjustment as WithoutBank

from .common import PunchclockCase

MONDAY = date(2026, 3, 2)


class ReviewCase(PunchclockCase):
    """Anna and her manager Mona, who is no officer; officers, payroll and an auditor beside them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = cls.make_user("punchclock_worker", "base.group_user")
        cls.mona = cls.make_user("punchclock_mona", "punchclock.group_punchclock_line_manager")
        cls.second = cls.make_user("punchclock_second", "punchclock.group_punchclock_officer")
        cls.payroll = cls.make_user("punchclock_payroll", "punchclock.group_punchclock_payroll")
        cls.auditor = cls.make_user("punchclock_auditor", "punchclock.group_punchclock_auditor")
        cls.anna.user_id = cls.worker
        cls.boss = cls.employee("Mona", cls.office)
        cls.boss.user_id = cls.mona
        cls.anna.parent_id = cls.boss
        cls.reason = cls.env.ref("punchclock.reason_forgot")

    def ask(self, kind="add_punch", user=None, **values):
        values = {
            "employee_id": self.anna.id,
            "date": MONDAY,
            "kind": kind,
            "reason_id": self.reason.id,
            "note": "Forgot it.",
            **values,
        }
        if kind == "add_punch":
            values = {"punch_date": MONDAY, "punch_time": "17:00", **values}
        return self.env["punchclock.adjustment"].with_user(user or self.worker).create(values)

    def decided(self, kind="add_punch", user=None, **values):
        """Asked for, approved by the manager, applied by an officer."""
        adjustment = self.ask(kind, user, **values)
        adjustment.action_submit()
        adjustment.with_user(self.mona).action_approve()
        adjustment.with_user(self.officer).action_apply()
        self.env.invalidate_all()
        return adjustment.with_user(self.env.user)

    def forgotten(self):
        """Anna came and forgot to punch out."""
        event = self.punch("7", "2026-03-02T08:00:00")
        self.drain()
        return event

    def worked(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T18:30:00")
        self.drain()
        return self.day(self.anna, MONDAY)

    def entries(self, action):
        return self.env["punchclock.audit"].search([("company_id", "=", self.company.id), ("action", "=", action)])

    def paid(self, employee=None, day=MONDAY):
        employee = employee or self.anna
        pay = self.env["punchclock.day"]._pay_of(employee, day, day)[employee.id, day]
        return {code: seconds for (code, _rate), seconds in pay.codes.items()}

    def refused(self, query, *params):
        """The database itself says no."""
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.cr.execute(query, params)

    def assertSound(self):
        self.env.flush_all()
        check = self.env["punchclock.audit.check"]._run(self.company)
        self.assertEqual(check.state, "sound", check.problems)
        return check


@tagged("post_install", "-at_install")
class TestAdjustment(ReviewCase):
    # -- each kind -------------------------------------------------------------------------------------------

    def test_a_forgotten_punch_is_added(self):
        event = self.forgotten()
        self.assertEqual(self.day(self.anna, MONDAY).worked_seconds, 0)
        adjustment = self.decided(direction="1")
        day = self.day(self.anna, MONDAY)
        self.assertEqual((day.worked_seconds, day.punch_count), (8 * 3600, 2))
        added = adjustment.fact_ids.event_id
        self.assertEqual((added.channel, added.local_time, added.state_raw), ("manual", "2026-03-02 17:00:00", "1"))
        self.assertEqual(event.status, "ok")
        self.assertEqual(adjustment.before["seconds"]["worked"], 0)
        self.assertEqual(adjustment.after["seconds"]["worked"], 8 * 3600)
        self.assertIn("17:00", adjustment.after_text)

    def test_a_punch_is_left_out(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00", "2026-03-02T12:05:00", "2026-03-02T17:00:00")
        wrong = self.punch("7", "2026-03-02T15:00:00")
        self.drain()
        before = self.day(self.anna, MONDAY).worked_seconds
        adjustment = self.decided("void_punch", event_id=wrong.id)
        self.assertEqual(wrong.status, "voided")
        self.assertNotEqual(self.day(self.anna, MONDAY).worked_seconds, before)
        self.assertEqual(wrong.local_time, "2026-03-02 15:00:00")
        self.assertEqual(adjustment.fact_ids.mapped("kind"), ["voided"])

    def test_a_time_is_corrected_without_touching_the_punch(self):
        first, last = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T16:00:00")
        self.drain()
        self.decided("retime", event_id=last.id, punch_date=MONDAY, punch_time="17:00:30")
        day = self.day(self.anna, MONDAY)
        self.assertEqual((day.worked_seconds, day.last_out_local), (8 * 3600 + 30, "17:00:30"))
        self.assertEqual((last.local_time, last.status, first.status), ("2026-03-02 16:00:00", "voided", "ok"))

    def test_a_direction_is_corrected(self):
        event = self.punch("7", "2026-03-02T08:00:00")
        self.drain()
        adjustment = self.decided("set_direction", event_id=event.id, direction="1")
        added = adjustment.fact_ids.filtered(lambda fact: fact.kind == "added").event_id
        self.assertEqual((added.state_raw, added.local_time), ("1", event.local_time))
        self.assertEqual(event.status, "voided")

    def test_minutes_are_set_for_payroll(self):
        day = self.worked()
        self.assertEqual(self.paid(), {"REG": 8 * 3600, "OT1": 5400})
        adjustment = self.ask(
            "set_minutes", self.officer, pay_code_id=self.env.ref("punchclock.pay_code_ot1").id, minutes=60
        )
        adjustment.action_submit()
        adjustment.with_user(self.second).action_approve_and_apply()
        self.assertEqual(self.paid(), {"REG": 8 * 3600, "OT1": 3600})
        # What the engine computed stays.
        self.assertEqual(day.overtime_seconds, 5400)

    def test_lateness_and_absence_are_excused(self):
        self.punch("7", "2026-03-02T09:00:00", "2026-03-02T17:00:00")
        self.drain()
        pay = self.env["punchclock.day"]._pay_of(self.anna, MONDAY, MONDAY)[self.anna.id, MONDAY]
        self.assertEqual(pay.late, 3600)
        self.decided("excuse", excuse="late", reason_id=self.env.ref("punchclock.reason_excused").id)
        pay = self.env["punchclock.day"]._pay_of(self.anna, MONDAY, MONDAY)[self.anna.id, MONDAY]
        self.assertEqual((pay.late, pay.adjusted), (0, True))
        self.assertEqual(self.day(self.anna, MONDAY).late_seconds, 3600)

    def test_overtime_is_paid_as_far_as_it_is_approved(self):
        self.company.punchclock_overtime_approval = True
        self.worked()
        self.assertEqual(self.paid(), {"REG": 8 * 3600})
        self.decided("approve_ot", minutes=60)
        self.assertEqual(self.paid(), {"REG": 8 * 3600, "OT1": 3600})
        pay = self.env["punchclock.day"]._pay_of(self.anna, MONDAY, MONDAY)[self.anna.id, MONDAY]
        self.assertEqual(pay.unapproved, 1800)

    def test_overtime_to_time_off_needs_the_bank(self):
        self.worked()
        adjustment = self.ask("ot_to_cto", minutes=60)
        adjustment.action_submit()
        adjustment.with_user(self.mona).action_approve()
        model = type(self.env["punchclock.adjustment"])
        # As without the bank, whose own tests say what it does.
        self.patch(model, "_credit_cto", WithoutBank._credit_cto)
        self.patch(model, "_uncredit_cto", WithoutBank._uncredit_cto)
        with self.assertRaisesRegex(UserError, "Punchclock CTO"):
            adjustment.with_user(self.officer).action_apply()
        self.assertEqual(adjustment.state, "approved")
        # What the addon does is put into its place.
        done = []
        self.patch(model, "_credit_cto", lambda self: done.append(("credit", self.minutes)))
        self.patch(model, "_uncredit_cto", lambda self: done.append(("uncredit", self.minutes)))
        adjustment.with_user(self.officer).action_apply()
        self.assertEqual(self.paid(), {"REG": 8 * 3600, "OT1": 1800})
        adjustment.with_user(self.officer)._revert("Paid after all.")
        self.assertEqual(self.paid(), {"REG": 8 * 3600, "OT1": 5400})
        self.assertEqual(done, [("credit", 60), ("uncredit", 60)])

    # -- taking back -----------------------------------------------------------------------------------------

    def test_what_was_applied_is_taken_back_by_further_facts(self):
        self.forgotten()
        event = self.punch("7", "2026-03-02T15:00:00")
        self.drain()
        adjustment = self.decided("retime", event_id=event.id, punch_date=MONDAY, punch_time="17:00")
        self.assertEqual(self.day(self.anna, MONDAY).worked_seconds, 8 * 3600)
        adjustment.with_user(self.second)._revert("It was right.")
        self.env.invalidate_all()
        self.assertEqual(event.status, "ok")
        self.assertEqual(self.day(self.anna, MONDAY).last_out_local, "15:00:00")
        self.assertEqual(adjustment.fact_ids.mapped("kind"), ["voided", "added", "restored", "withdrawn"])
        self.assertEqual((adjustment.state, adjustment.reverted_by), ("reverted", self.second))
        with self.assertRaises(UserError):
            adjustment.with_user(self.second)._revert("Again.")
        self.assertSound()

    def test_the_latest_correction_goes_back_first(self):
        self.forgotten()
        first = self.decided()
        added = first.fact_ids.event_id
        self.decided("void_punch", event_id=added.id)
        with self.assertRaises(UserError):
            first.with_user(self.second)._revert("Wrong order.")

    # -- four eyes -------------------------------------------------------------------------------------------

    def test_nobody_decides_for_themselves(self):
        self.forgotten()
        adjustment = self.ask()
        adjustment.action_submit()
        with self.assertRaises(AccessError):
            adjustment.action_approve()
        # Who asks does not approve, whatever else he may do.
        asked = self.ask(user=self.officer)
        asked.action_submit()
        for method in ("action_approve", "action_approve_and_apply"):
            with self.assertRaises(AccessError):
                getattr(asked, method)()
        with self.assertRaises(AccessError):
            asked._refuse("No.")
        # An officer is nobody's officer in his own matters.
        self.anna.user_id = self.second
        own = self.ask(user=self.officer)
        own.action_submit()
        with self.assertRaises(AccessError):
            own.with_user(self.second).action_approve()
        own.with_user(self.admin).action_approve()
        with self.assertRaises(AccessError):
            own.with_user(self.second).action_apply()
        own.with_user(self.officer).action_apply()

    def test_nobody_writes_into_what_another_asks_for(self):
        """Else he would approve what is his own, under another's name."""
        self.forgotten()
        draft = self.ask()
        for user in (self.officer, self.mona):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                draft.with_user(user).write({"punch_time": "23:00"})
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                draft.with_user(user).action_submit()
        self.assertFalse(draft.with_user(self.officer).may_edit)
        draft.write({"punch_time": "17:30"})
        draft.action_submit()

    def test_who_asked_does_not_take_it_back_alone(self):
        self.forgotten()
        asked = self.ask(user=self.officer)
        asked.action_submit()
        asked.with_user(self.mona).action_approve()
        asked.action_apply()
        with self.assertRaises(AccessError):
            asked._revert("Changed my mind.")
        asked.with_user(self.second)._revert("She left earlier.")
        self.assertEqual(asked.state, "reverted")

    def test_it_is_about_its_own_day_and_person(self):
        ben = self.employee("Ben", self.office)
        event = self.forgotten()
        other = self.env["punchclock.exception"].create(
            {"type": "other", "company_id": self.company.id, "employee_id": ben.id, "date": MONDAY}
        )
        with self.assertRaises(ValidationError):
            self.ask(user=self.officer, exception_ids=other.ids)
        with self.assertRaises(ValidationError):
            self.ask("void_punch", event_id=event.id, date=date(2026, 3, 5))
        with self.assertRaises(ValidationError):
            self.ask(punch_date=date(2026, 3, 4))

    def test_a_punch_at_night_changes_both_days(self):
        """Who approves sees it, and the day beside is computed with it, not some time later."""
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00", "2026-03-03T00:30:00")
        self.drain()
        wrong = self.env["punchclock.event"].search([("local_time", "=", "2026-03-03 00:30:00")])
        adjustment = self.decided("void_punch", event_id=wrong.id, date=date(2026, 3, 3))
        self.assertEqual(self.day(self.anna, MONDAY).punch_count, 2)
        self.assertIn("2026-03-02", adjustment.after["beside"])
        self.assertIn("2026-03-02", adjustment.after_text)

    def test_four_eyes_hold_against_sudo_and_sql(self):
        self.forgotten()
        adjustment = self.ask()
        adjustment.action_submit()
        for user in (self.worker, adjustment.requester_id):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
                adjustment.with_user(SUPERUSER_ID).write({"state": "approved", "approver_id": user.id})
                self.env.flush_all()
            self.env.invalidate_all()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.cr.execute("UPDATE punchclock_adjustment SET state = 'applied' WHERE id = %s", [adjustment.id])

    def test_only_the_own_manager_decides(self):
        self.forgotten()
        stranger = self.make_user("punchclock_stranger", "punchclock.group_punchclock_line_manager")
        adjustment = self.ask()
        adjustment.action_submit()
        with self.assertRaises(AccessError):
            adjustment.with_user(stranger).action_approve()
        adjustment.with_user(self.mona).action_approve()
        with self.assertRaises(AccessError):
            # A manager approves; an officer applies.
            adjustment.with_user(self.mona).action_apply()
        self.assertEqual(adjustment.approver_id, self.mona)

    def test_a_company_may_apply_with_the_approval(self):
        self.company.punchclock_apply_on_approval = True
        self.forgotten()
        adjustment = self.ask()
        adjustment.action_submit()
        adjustment.with_user(self.mona).action_approve()
        self.assertEqual((adjustment.state, adjustment.applied_by), ("applied", self.mona))

    # -- who asks for what -----------------------------------------------------------------------------------

    def test_an_employee_asks_for_the_own_days_only(self):
        ben = self.employee("Ben", self.office)
        with self.assertRaises(AccessError):
            self.ask(employee_id=ben.id)
        for kind, values in (
            ("reopen", {}),
            ("set_minutes", {"pay_code_id": self.env.ref("punchclock.pay_code_reg").id}),
        ):
            with self.subTest(kind=kind), self.assertRaises(AccessError):
                self.ask(kind, **values)
        with self.assertRaises(AccessError):
            self.ask(reason_id=self.env.ref("punchclock.reason_payroll").id)
        for values in ({"state": "approved"}, {"approver_id": self.mona.id}, {"requester_id": self.mona.id}):
            with self.subTest(values=values):
                if "state" in values:
                    self.assertEqual(self.ask(**values).state, "draft")
                else:
                    with self.assertRaises(AccessError):
                        self.ask(**values)
        adjustment = self.ask()
        with self.assertRaises(AccessError):
            adjustment.write({"state": "applied"})
        adjustment.action_submit()
        with self.assertRaises(UserError):
            adjustment.write({"note": "Something else."})
        with self.assertRaises(UserError):
            adjustment.sudo().write({"punch_time": "18:00"})
        with self.assertRaises(UserError):
            adjustment.sudo().unlink()
        other = self.make_user("punchclock_other", "base.group_user")
        self.assertFalse(self.env["punchclock.adjustment"].with_user(other).search([("id", "=", adjustment.id)]))
        with self.assertRaises(AccessError):
            adjustment.with_user(other).read(["note"])

    def test_what_is_missing_is_named(self):
        for kind, values, missing in (
            ("add_punch", {"punch_time": "25:00"}, "8:05"),
            ("add_punch", {"punch_time": False}, "8:05"),
            ("void_punch", {}, "the punch"),
            ("excuse", {}, "excused"),
            ("approve_ot", {"minutes": 0}, "minutes"),
            ("approve_ot", {"minutes": 1441}, "minutes"),
        ):
            with self.subTest(kind=kind, values=values), self.assertRaisesRegex(ValidationError, missing):
                self.ask(kind, **values)
        ben = self.employee("Ben", self.office)
        self.give_pin(ben, "8")
        event = self.punch("8", "2026-03-02T08:00:00")
        with self.assertRaisesRegex(ValidationError, "somebody else"):
            self.ask("void_punch", event_id=event.id)

    # -- immutable once applied ------------------------------------------------------------------------------

    def test_an_applied_correction_is_a_fact(self):
        self.forgotten()
        adjustment = self.decided()
        self.env.flush_all()
        for query in (
            "UPDATE punchclock_adjustment SET note = 'x' WHERE id = %s",
            "UPDATE punchclock_adjustment SET approver_id = 1 WHERE id = %s",
            "UPDATE punchclock_adjustment SET after = '{}' WHERE id = %s",
            "UPDATE punchclock_adjustment SET minutes = 7 WHERE id = %s",
            "UPDATE punchclock_adjustment SET state = 'draft' WHERE id = %s",
            "DELETE FROM punchclock_adjustment WHERE id = %s",
            "UPDATE punchclock_event_fact SET kind = 'voided' WHERE adjustment_id = %s",
            "DELETE FROM punchclock_event_fact WHERE adjustment_id = %s",
        ):
            with self.subTest(query=query):
                self.refused(query, adjustment.id)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.cr.execute("TRUNCATE punchclock_adjustment CASCADE")
        with self.assertRaises(UserError):
            adjustment.sudo().write({"note": "x"})
        for record in (adjustment, adjustment.fact_ids):
            with self.assertRaises(UserError):
                record.with_user(SUPERUSER_ID).unlink()
        self.assertSound()

    def test_an_applied_correction_that_was_changed_is_found(self):
        self.forgotten()
        adjustment = self.decided()
        self.assertGreaterEqual(self.assertSound().records, 2)
        for table, query in (
            ("punchclock_adjustment", "UPDATE punchclock_adjustment SET punch_time = '18:00' WHERE id = %s"),
            ("punchclock_event", "UPDATE punchclock_event SET local_time = '2026-03-02 18:00:00' WHERE id = %s"),
        ):
            record = adjustment if table == "punchclock_adjustment" else adjustment.fact_ids.event_id
            with self.subTest(table=table), self.cr.savepoint() as savepoint:
                self.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                self.cr.execute(query, [record.id])
                self.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
                check = self.env["punchclock.audit.check"]._run(self.company)
                self.assertIn(f"{record._name} {record.id} is not what entry", check.problems)
                savepoint.rollback()

    # -- the trail -------------------------------------------------------------------------------------------

    def test_who_when_where_why_before_and_after(self):
        self.forgotten()
        adjustment = self.decided()
        steps = [self.entries(f"adjustment.{step}") for step in ("submitted", "approved", "applied")]
        self.assertEqual([step.login for step in steps], ["punchclock_worker", "punchclock_mona", "punchclock_officer"])
        payload = json.loads(steps[2].payload)
        self.assertEqual(steps[2].res_id, adjustment.id)
        self.assertEqual(
            (payload["reason"], payload["requester"], payload["approver"]),
            ("FORGOT", "punchclock_worker", "punchclock_mona"),
        )
        self.assertEqual((payload["before"]["seconds"]["worked"], payload["after"]["seconds"]["worked"]), (0, 8 * 3600))
        # Free text can be erased one day, because the chain holds its digest only.
        self.assertNotIn("Forgot it", steps[2].payload)
        self.assertTrue(payload["note"].startswith("$1$"))

    def test_a_refusal_says_why(self):
        self.forgotten()
        adjustment = self.ask()
        adjustment.action_submit()
        action = adjustment.with_user(self.mona).action_refuse()
        wizard = self.env["punchclock.adjustment.why"].with_user(self.mona).with_context(**action["context"])
        wizard.create({"why": "You were not there."}).action_do()
        self.assertEqual((adjustment.state, adjustment.refusal), ("refused", "You were not there."))
        self.assertEqual(self.entries("adjustment.refused").login, "punchclock_mona")
        self.assertEqual(self.day(self.anna, MONDAY).worked_seconds, 0)

    def test_the_manager_gets_a_task_and_the_day_a_note(self):
        self.forgotten()
        adjustment = self.ask()
        adjustment.action_submit()
        activity = self.env["mail.activity"].search(
            [("res_model", "=", adjustment._name), ("res_id", "=", adjustment.id)]
        )
        self.assertEqual(activity.user_id, self.mona)
        adjustment.with_user(self.mona).action_approve()
        self.assertFalse(activity.exists())
        adjustment.with_user(self.officer).action_apply()
        self.assertIn("Applied", self.day(self.anna, MONDAY).message_ids[0].body)

    def test_no_mail_unless_the_company_wants_it(self):
        self.forgotten()
        self.anna.work_email = "anna@example.com"
        to_anna = [("email_to", "=", "anna@example.com")]
        self.decided()
        self.assertFalse(self.env["mail.mail"].search(to_anna))
        self.company.punchclock_mail_corrections = True
        adjustment = self.ask(punch_time="18:00")
        adjustment.action_submit()
        adjustment.with_user(self.mona)._refuse("No.")
        mail = self.env["mail.mail"].search(to_anna)
        self.assertIn("No.", mail.body_html)

    def test_many_are_approved_at_once_and_the_own_left_alone(self):
        self.forgotten()
        adjustments = self.ask() | self.ask("excuse", excuse="late") | self.ask(user=self.officer, punch_time="12:00")
        for adjustment in adjustments:
            adjustment.with_user(adjustment.requester_id).action_submit()
        draft = self.ask(punch_time="13:00")
        wizard = self.env["punchclock.adjustment.approve"].with_user(self.officer)
        action = (adjustments | draft).with_user(self.officer).action_bulk_approve()
        wizard = wizard.with_context(**action["context"]).create({})
        self.assertEqual((wizard.approvable_count, wizard.other_count), (2, 2))
        wizard.action_approve()
        self.assertEqual(adjustments.mapped("state"), ["applied", "applied", "submitted"])
        self.assertEqual(draft.state, "draft")

    def test_the_form_fills_in_what_it_knows(self):
        self.worked()
        with Form(self.env["punchclock.adjustment"].with_user(self.worker)) as form:
            form.date = MONDAY
            form.kind = "approve_ot"
            self.assertEqual(form.minutes, 90)
            form.reason_id = self.reason
            form.note = "Ordered."
        self.assertEqual((form.record.employee_id, form.record.state), (self.anna, "draft"))
        action = self.day(self.anna, MONDAY).with_user(self.worker).action_adjust()
        with Form(self.env["punchclock.adjustment"].with_user(self.worker).with_context(**action["context"])) as form:
            self.assertEqual(form.punch_date, MONDAY)
            form.punch_time = "19:00"
            form.reason_id = self.reason
            form.note = "Forgot."
