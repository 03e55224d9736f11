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
        self.done, self.leaves = Counter(), self.env["hr.leave"]
        for step in range(OPERATIONS):
            # About a year, a step at a time.
            self.today = FIRST + timedelta(days=step * 360 // OPERATIONS)
            with freeze_time(datetime.combine(self.today, time(12))):
                name = self.dice.choice(
                    ["earn"] * 6
                    + ["ask"] * 5
                    + ["approve"] * 4
                    + ["refuse", "cancel", "adjust", "void", "payout", "night"]
                )
                try:
                    with self.env.cr.savepoint():
                        getattr(self, f"do_{name}")()
                    self.done[name] += 1
                except UserError:
                    self.done[f"{name} refused"] += 1
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
        # It was a real mixture, and nothing stood still.
        for name in ("earn", "ask", "approve", "refuse", "cancel", "adjust", "payout", "night"):
            self.assertGreater(self.done[name], 3, self.done)
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
        earned = (entries - undone).filtered(lambda entry: entry.kind == "earn")
        if earned:
            self.account._void(self.dice.choice(earned))

    def do_payout(self):
        self.post("payout", self.today, self.dice.randint(1, 3))

    def do_night(self):
        self.night()
