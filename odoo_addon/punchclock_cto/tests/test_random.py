# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import random
from collections import Counter
from datetime import date, datetime, time, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CtoCase

OPERATIONS = 500
FIRST = date(2026, 1, 5)
# When the plan becomes another one: from then on, and from a day long past.
NEW_VERSIONS = {200: {"rate_weekday": "3/2", "balance_cap": 80}, 350: {"rate_rest_day": "2", "over_cap": "cash"}}


@tagged("post_install", "-at_install")
class TestRandom(CtoCase):
    """Whatever people do in whatever order, the ledger, the engine and Time Off agree."""

    @mute_logger("odoo.models.unlink")
    def test_five_hundred_operations(self):
        self.publish(
            date_from="2025-06-01",
            rate_weekday="5/4",
            month_cap=40,
            balance_cap=90,
            expiry="months",
            expiry_count=3,
            revive_days=5,
            use_block=1,
        )
        self.dice = random.Random(20260615)
        self.done, self.leaves, self.inside = Counter(), self.env["hr.leave"], 0
        self.worked, self.holidays = set(), set()
        for step in range(OPERATIONS):
            # About a year, a step at a time.
            self.today = FIRST + timedelta(days=step * 360 // OPERATIONS)
            with freeze_time(datetime.combine(self.today, time(12))):
                name = self.dice.choice(
                    ["earn"] * 4
                    + ["overtime"] * 2
                    + ["ask"] * 4
                    + ["ask_days"] * 2
                    + ["approve"] * 4
                    + ["refuse", "cancel", "adjust", "void", "revert", "payout", "holiday", "night"]
                )
                if step in NEW_VERSIONS:
                    self.do_version(step)
                try:
                    with self.env.cr.savepoint():
                        getattr(self, f"do_{name}")()
                    self.done[name] += 1
                except UserError:
                    self.done[f"{name} refused"] += 1
                if step == OPERATIONS * 4 // 5:
                    # She leaves, and is taken on again: what comes after is new credit.
                    self.by_hand("separate", self.today)
                    self.done["separate"] += 1
                    self.assertAgreement()
                if step % 25 == 24:
                    # What ended since somebody last did something lapses at night.
                    self.night()
                    self.assertAgreement()
        with freeze_time(datetime.combine(self.today, time(12))):
            self.do_night()
            self.assertAgreement()
            account = self.account
            scratch = self.from_scratch(account)
            self.assertEqual(scratch["totals"]["overdrawn_s"], account.overdrawn_seconds)
            self.assertFalse(account._disagreements())
            self.assertEqual(
                account.cash_seconds, sum(account.move_ids.mapped("cash_seconds")), "what payroll is told in all"
            )
        # It was a real mixture, and nothing stood still.
        often = ("earn", "overtime", "ask", "ask_days", "approve", "refuse", "cancel", "adjust", "payout", "holiday")
        for name in often:
            self.assertGreater(self.done[name], 3, self.done)
        for name, least in (("separate", 1), ("version", 2), ("revert", 1), ("void", 1), ("night", 4)):
            self.assertGreaterEqual(self.done[name], least, self.done)
        self.assertTrue(self.inside, "no public holiday fell into time off that was approved")
        self.assertGreater(sum(count for name, count in self.done.items() if "refused" in name), 20, self.done)

    def some_day(self, back, ahead):
        return self.today + timedelta(days=self.dice.randint(-back, ahead))

    def in_state(self, *states):
        leaves = self.leaves.filtered(lambda leave: leave.state in states)
        return leaves and self.dice.choice(leaves)

    def do_earn(self):
        self.earn(
            self.some_day(10, 0), self.dice.randint(1, 600) / 60, self.dice.choice(["weekday", "rest_day", "holiday"])
        )

    def do_ask(self):
        start = self.dice.choice([8, 9, 10, 13])
        stop = start + self.dice.choice([1, 2, 3])
        self.leaves |= self.request(self.some_day(5, 20), start, stop, user=self.hr).sudo(False)

    def do_ask_days(self):
        first = self.some_day(5, 20)
        last = first + timedelta(days=self.dice.randint(1, 3))
        self.leaves |= self.env["hr.leave"].create(
            {
                "employee_id": self.anna.id,
                "holiday_status_id": self.leave_type.id,
                "request_date_from": first,
                "request_date_to": last,
            }
        )

    def do_overtime(self):
        """Real punches, computed, and some of the overtime to time off, by approval."""
        day = self.some_day(10, -1)
        if day in self.worked or (self.worked and day < min(self.worked)):
            return
        self.worked.add(day)
        self.punch("7", f"{day}T08:00:00", f"{day}T{self.dice.randint(18, 22)}:00:00")
        self.drain()
        overtime = self.day(self.anna, day).overtime_seconds // 60
        correction = self.env["punchclock.adjustment"].create(
            {
                "employee_id": self.anna.id,
                "date": day,
                "kind": "ot_to_cto",
                "minutes": self.dice.randint(1, max(overtime, 1)),
                "reason_id": self.env.ref("punchclock.reason_overtime").id,
                "note": "Inventory",
            }
        )
        correction.action_submit()
        correction.with_user(self.officer).action_approve_and_apply()

    def do_revert(self):
        applied = self.account.entry_ids.adjustment_id.filtered(lambda one: one.state == "applied")
        if applied:
            self.dice.choice(applied).with_user(self.second)._revert("Random")

    def do_holiday(self):
        """A public holiday, often one that is entered late, in the midst of time off that was taken."""
        taken = self.leaves.filtered(lambda leave: leave.state == "validate")
        day = self.dice.choice(taken).request_date_to if taken and self.dice.random() < 0.7 else self.some_day(10, 20)
        if day in self.holidays:
            return
        self.holidays.add(day)
        over = taken.filtered(lambda leave: leave.request_date_from <= day <= leave.request_date_to)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "calendar_id": self.office.id,
                "date_from": datetime.combine(day, time.min),
                "date_to": datetime.combine(day, time.max).replace(microsecond=0),
            }
        )
        self.inside += bool(over)

    def do_version(self, step):
        first = self.today - timedelta(days=0 if step < 300 else 60)
        self.publish(
            date_from=first,
            **{
                "rate_weekday": "5/4",
                "month_cap": 40,
                "balance_cap": 90,
                "expiry": "months",
                "expiry_count": 3,
                "revive_days": 5,
                "use_block": 1,
                **NEW_VERSIONS[step],
            },
        )
        self.done["version"] += 1

    def do_approve(self):
        leave = self.in_state("confirm", "refuse")
        if leave:
            leave.sudo().action_approve()

    def do_refuse(self):
        leave = self.in_state("confirm", "validate")
        if leave:
            leave.sudo().action_refuse()

    def do_cancel(self):
        leave = self.in_state("validate")
        if leave:
            leave.sudo()._force_cancel("Random")

    def do_adjust(self):
        self.post("adjust", self.some_day(10, 0), self.dice.choice([-1, 1]) * self.dice.randint(1, 240) / 60)

    def do_void(self):
        entries = self.account.entry_ids
        undone = entries.target_id
        # A correction is taken back, which voids its entry: `do_revert`.
        earned = (entries - undone).filtered(lambda entry: entry.kind == "earn" and not entry.adjustment_id)
        if earned:
            self.account._void(self.dice.choice(earned))

    def do_payout(self):
        self.post("payout", self.today, self.dice.randint(1, 3))

    def do_night(self):
        self.night()
