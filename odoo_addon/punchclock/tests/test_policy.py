# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import PunchclockCase, event, lines

HOUR = 3600


@tagged("post_install", "-at_install")
class TestPolicy(PunchclockCase):
    def policy(self, name="Office", company=None, **fields):
        policy = self.env["punchclock.policy"].create({"name": name, "company_id": (company or self.company).id})
        self.version(policy, **fields)
        return policy

    def version(self, policy, date_from="2020-01-01", **fields):
        version = self.env["punchclock.policy.version"].create(
            {"policy_id": policy.id, "date_from": date_from, **fields}
        )
        version.with_user(self.admin).action_publish()
        return version

    def test_a_policy_is_chosen_within_its_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign, own = self.env["punchclock.policy"].create({"name": "Theirs", "company_id": other.id}), self.policy()
        department = self.env["hr.department"].create({"name": "Office", "company_id": self.company.id})
        for record in (self.anna, self.anna.version_id, department, self.company):
            with self.assertRaisesRegex(UserError, "company"), self.env.cr.savepoint():
                record.punchclock_policy_id = foreign
            record.invalidate_recordset()
            record.punchclock_policy_id = own
            self.assertEqual(record.punchclock_policy_id, own)

    def test_a_plain_version_is_the_engines_defaults(self):
        version = self.policy().version_ids
        self.assertEqual(set(version._engine_policy()), {"version", "trace"})

    def test_the_policy_of_contract_department_company(self):
        self.punch("7", "2026-03-02T08:04:00", "2026-03-02T17:00:00")

        def late():
            return "late" in self.open_types(self.anna, "2026-03-02")

        self.assertTrue(late())
        self.company.punchclock_policy_id = self.policy("Company", grace_in_s=300)
        self.env["punchclock.dirty.day"].with_user(self.officer).mark(self.anna.ids, "2026-03-02", "2026-03-02")
        self.assertFalse(late())
        self.assertIn("Company", self.day(self.anna, "2026-03-02").policy_version)
        department = self.env["hr.department"].create({"name": "Strict", "company_id": self.company.id})
        department.punchclock_policy_id = self.policy("Department", grace_in_s=60)
        self.anna.department_id = department
        self.assertTrue(late())
        self.anna.punchclock_policy_id = self.policy("Contract", grace_in_s=600)
        self.assertFalse(late())
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual(day.policy_version_id.policy_id.name, "Contract")
        self.assertEqual(day.department_id, department)

    def test_versions_are_dated(self):
        policy = self.policy(grace_in_s=600)
        self.anna.punchclock_policy_id = policy
        for day in (3, 4):
            self.punch("7", f"2026-03-0{day}T08:05:00", f"2026-03-0{day}T17:00:00")
        self.drain()
        self.version(policy, "2026-03-04", grace_in_s=0)
        self.drain()
        self.assertNotIn("late", self.day(self.anna, "2026-03-03").exception_ids.mapped("type"))
        self.assertIn("late", self.day(self.anna, "2026-03-04").exception_ids.mapped("type"))

    def test_a_published_version_is_never_edited(self):
        version = self.policy(tier_ids=[Command.create({"name": "ot", "over": "norm"})]).version_ids
        for attempt in (
            lambda: version.write({"grace_in_s": 60}),
            lambda: version.tier_ids.write({"rate_bp": 20000}),
            version.tier_ids.unlink,
            lambda: version.write({"tier_ids": [Command.create({"name": "more"})]}),
            version.unlink,
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                attempt()
        version.notes = "seen by the works council"
        other = self.env["punchclock.policy.version"].browse(version.action_new_version()["res_id"])
        self.assertEqual((other.state, other.date_from, len(other.tier_ids)), ("draft", date.today(), 1))

    def test_what_the_engine_refuses_is_not_published(self):
        policy = self.env["punchclock.policy"].create({"name": "Wrong", "company_id": self.company.id})
        version = self.env["punchclock.policy.version"].create({"policy_id": policy.id, "max_shift_s": -5})
        with self.assertRaisesRegex(ValidationError, "max_shift_s"):
            version.action_publish()
        with self.assertRaises(ValidationError):
            version.advanced = "[1]"
        version.write({"max_shift_s": 57600, "advanced": json.dumps({"no_such_field": 1})})
        with self.assertRaisesRegex(ValidationError, "no_such_field"):
            version.action_publish()

    def test_time_outside_the_shift_that_does_not_count(self):
        self.anna.punchclock_policy_id = self.policy(count_before="never", count_after="never")
        self.punch("7", "2026-03-02T07:00:00", "2026-03-02T18:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual((day.worked_seconds, day.overtime_seconds), (8 * HOUR, 0))
        self.assertEqual(set(day.exception_ids.mapped("type")), {"in_early", "out_late"})
        self.assertEqual(sum(day.line_ids.filtered(lambda line: line.kind == "ignored").mapped("seconds")), 2 * HOUR)

    def test_no_overtime(self):
        self.anna.punchclock_policy_id = self.policy(no_overtime=True)
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T19:00:00")
        self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-02")[:2], (10 * HOUR, 0))

    def tier(self, name, **fields):
        return Command.create({"name": name, **fields})

    def test_overtime_by_tier_with_its_rate_and_pay_code(self):
        self.anna.punchclock_policy_id = self.policy(
            tier_ids=[
                self.tier("ot50", over="seconds", over_s=8 * HOUR, rate_bp=15000, pay_code="OT50"),
                self.tier("ot100", over="seconds", over_s=10 * HOUR, rate_bp=20000, pay_code="OT100", sequence=20),
            ]
        )
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T20:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual((day.worked_seconds, day.overtime_seconds), (11 * HOUR, 3 * HOUR))
        paid = {}
        for line in day.line_ids.filtered("pay_code"):
            paid[line.pay_code, line.rate_bp] = paid.get((line.pay_code, line.rate_bp), 0) + line.seconds
        self.assertEqual(paid, {("REG", 10000): 8 * HOUR, ("OT50", 15000): 2 * HOUR, ("OT100", 20000): HOUR})
        self.assertEqual(set(day.line_ids.filtered(lambda line: line.tier == "ot100").mapped("kind")), {"ot"})

    def test_the_overtime_of_a_week_follows_a_day_that_changes_later(self):
        self.anna.punchclock_policy_id = self.policy(
            tier_ids=[self.tier("week", counter="week", over="seconds", over_s=40 * HOUR, pay_code="OTW")]
        )
        for day in range(2, 7):
            self.punch("7", f"2026-03-0{day}T08:00:00", f"2026-03-0{day}T18:00:00")
        self.drain()
        over = [self.day(self.anna, f"2026-03-0{day}").overtime_seconds / HOUR for day in range(2, 7)]
        self.assertEqual(over, [0, 0, 0, 0, 5])
        # Two hours more on Monday: nobody touches Friday, and Friday changes.
        self.punch("7", "2026-03-02T19:00:00", "2026-03-02T21:00:00")
        self.assertEqual({row.date.day for row in self.env["punchclock.dirty.day"].search([])} & {5, 6}, set())
        self.drain()
        over = [self.day(self.anna, f"2026-03-0{day}").overtime_seconds / HOUR for day in range(2, 7)]
        self.assertEqual(over, [0, 0, 0, 0, 7])
        # A week that begins on another day is another week.
        self.punch("7", "2026-03-09T08:00:00", "2026-03-09T18:00:00")
        self.drain()
        self.assertEqual(self.day(self.anna, "2026-03-09").overtime_seconds, 0)

    def test_night_hours_lie_over_the_work(self):
        nights = self.calendar("Night", "Europe/Brussels", lines(range(4), (20, 24)) + lines(range(1, 5), (0, 4)))
        nora = self.employee("Nora", nights)
        self.give_pin(nora, "8")
        nora.punchclock_policy_id = self.policy(overlay_ids=[Command.create({"pay_code": "N10", "rate_bp": 11000})])
        self.punch("8", "2026-03-02T20:00:00", "2026-03-03T04:00:00")
        self.drain()
        day = self.day(nora, "2026-03-02")
        self.assertEqual((day.worked_seconds, day.night_seconds), (8 * HOUR, 6 * HOUR))
        night = day.line_ids.filtered(lambda line: line.kind == "night")
        self.assertEqual((len(night), night.seconds, night.pay_code), (1, 6 * HOUR, "N10"))
        self.assertEqual((night.start_local, night.stop_local, night.rate_bp), ("22:00:00", "04:00:00 (+1)", 11000))
        self.assertTrue(night.what and night.why)

    def test_work_on_a_public_holiday(self):
        self.anna.punchclock_policy_id = self.policy(
            tier_ids=[
                self.tier("daily", over="norm", pay_code="OT1"),
                self.tier("holiday", counter="holiday", over="seconds", rate_bp=20000, pay_code="HOLW"),
            ]
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "date_from": "2026-03-03 23:00:00",
                "date_to": "2026-03-04 22:59:59",
            }
        )
        self.punch("7", "2026-03-04T09:00:00", "2026-03-04T12:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-04")
        paid = {line.pay_code: line.seconds for line in day.line_ids if line.kind in ("work", "ot")}
        self.assertEqual((day.worked_seconds, paid), (3 * HOUR, {"HOLW": 3 * HOUR}))

    def test_a_missing_punch_that_a_rule_assumes(self):
        self.anna.punchclock_policy_id = self.policy(odd_end="shift_end")
        self.punch("7", "2026-03-02T08:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual((day.worked_seconds, day.assumed_seconds), (8 * HOUR, 8 * HOUR))
        self.assertTrue(day.provisional)
        self.assertIn("assumed_time", day.exception_ids.mapped("type"))

    def test_rounding_grace_deduction_and_limits(self):
        self.anna.punchclock_policy_id = self.policy(
            round_in_s=900, round_in_mode="up", round_out_s=900, round_out_mode="down", spread_over_s=8 * HOUR
        )
        self.punch("7", "2026-03-02T07:50:00", "2026-03-02T18:20:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual(day.worked_seconds, 9 * HOUR + 900)
        self.assertIn("spread_over", day.exception_ids.mapped("type"))
        calendar = self.calendar("Straight", "Europe/Brussels", lines(range(5), (8, 16)))
        bob = self.employee("Bob", calendar)
        self.give_pin(bob, "9")
        bob.punchclock_policy_id = self.policy("Deduct", deduct_after_s=6 * HOUR, deduct_s=1800)
        self.punch("9", "2026-03-02T08:00:00", "2026-03-02T16:00:00")
        self.drain()
        self.assertEqual(self.day(bob, "2026-03-02").worked_seconds, int(7.5 * HOUR))

    def test_what_terminals_say_can_decide(self):
        self.anna.punchclock_policy_id = self.policy(pairing="typed")
        outcomes = self.ingest(
            event("BRU1", "7", "2026-03-02T08:00:00", state=0),
            event("BRU1", "7", "2026-03-02T08:10:00", state=0),
            event("BRU1", "7", "2026-03-02T17:00:00", state=1),
        )
        self.assertEqual({outcome["outcome"] for outcome in outcomes}, {"accepted"})
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual(day.worked_seconds, 8 * HOUR)
        self.assertIn("repeated_in", day.exception_ids.mapped("type"))

    def test_the_form_of_a_version(self):
        policy = self.policy()
        with Form(self.env["punchclock.policy.version"].with_user(self.admin)) as form:
            form.policy_id = policy
            form.date_from = "2026-01-01"
            form.grace_in_s = 300
        self.assertIn('"grace_in_s": 300', form.record.engine_policy)
