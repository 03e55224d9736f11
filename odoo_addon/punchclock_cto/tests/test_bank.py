# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import HOUR, CtoCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestBank(CtoCase):
    def left(self):
        return {f"{lot.earned_on}": lot.left_hours for lot in self.account.lot_ids.sorted("earned_on")}

    def test_rates_by_the_class_of_the_day(self):
        for day, work_class in (("2026-06-01", "weekday"), ("2026-06-06", "rest_day"), ("2026-06-08", "holiday")):
            self.earn(day, 4, work_class)
        self.assertEqual(self.left(), {"2026-06-01": 4, "2026-06-06": 6, "2026-06-08": 6})
        self.assertBalance(16)

    def test_first_expiring_is_used_first(self):
        self.post("opening", "2026-01-05", 8, valid_to="2026-12-31")
        self.post("adjust", "2026-02-02", 8, valid_to="2026-07-31")
        self.post("use", "2026-06-10", 10)
        self.assertEqual(self.left(), {"2026-01-04": 6, "2026-02-02": 0}, "the opening was there when the day began")
        self.assertBalance(6)

    def test_of_one_expiry_the_first_earned_is_used_first(self):
        self.earn("2026-02-02", 4)
        self.earn("2026-01-05", 4)
        self.post("use", "2026-06-10", 5)
        self.assertEqual(self.left(), {"2026-01-05": 0, "2026-02-02": 3})

    def test_what_has_ended_lapses_at_night(self):
        with freeze_time("2025-11-05 12:00:00"):
            self.earn("2025-11-03", 5)
        self.earn("2026-06-01", 3)
        with freeze_time("2026-12-31 12:00:00"):
            self.night()
            self.assertBalance(8)
        with freeze_time("2027-01-01 01:00:00"):
            self.night()
            self.assertBalance(3)
            expired = self.account.move_ids.filtered(lambda move: move.kind == "expire")
            self.assertEqual((expired.hours, str(expired.date)), (-5, "2027-01-01"))
            lapsed = self.env["hr.leave.allocation"].search(
                [("punchclock_cto_account_id", "=", self.account.id), ("date_to", "=", "2026-12-31")]
            )
            self.assertEqual(lapsed.state, "refuse", "nothing of it was used")
            self.night()
            self.assertEqual(len(self.account.move_ids.filtered(lambda move: move.kind == "expire")), 1)

    def test_an_allocation_shrinks_to_what_was_used_of_it(self):
        with freeze_time("2025-11-05 12:00:00"):
            self.earn("2025-11-03", 8)
        self.approve(self.request("2026-06-10"))
        with freeze_time("2027-01-01 01:00:00"):
            self.night()
            self.assertBalance(0)
            allocation = self.env["hr.leave.allocation"].search([("punchclock_cto_account_id", "=", self.account.id)])
            self.assertEqual((allocation.state, allocation.number_of_hours_display), ("validate", 4))

    def test_what_ends_is_paid_out_where_the_plan_says_so(self):
        self.publish(date_from="2026-01-01", expiry="days", expiry_count=10, on_expiry="pay_out")
        self.earn("2026-06-01", 3)
        with freeze_time("2026-06-12 12:00:00"):
            self.night()
        self.assertEqual(self.account.move_ids.filtered(lambda move: move.kind == "payout").hours, -3)
        self.assertBalance(0)

    def test_month_and_balance_caps_trim_and_tell(self):
        self.publish(date_from="2026-01-01", month_cap=40, balance_cap=50)
        self.earn("2026-04-01", 30)
        self.earn("2026-04-30", 30)
        self.earn("2026-05-04", 30)
        self.assertEqual(self.left(), {"2026-04-01": 30, "2026-04-30": 10, "2026-05-04": 10})
        self.assertEqual((self.account.uncredited_hours, self.account.cash_hours), (40, 0))
        self.assertBalance(50)

    def test_work_above_a_cap_is_due_in_cash_where_the_plan_says_so(self):
        self.publish(date_from="2026-01-01", rate_weekday="3/2", balance_cap=15, over_cap="cash")
        self.earn("2026-04-01", 12)
        self.assertEqual((self.account.balance_hours, self.account.cash_hours), (15, 2))

    def test_credit_cannot_pay_for_a_day_before_it_was_earned(self):
        self.earn("2026-06-10", 8)
        with self.assertRaisesRegex(ValidationError, "not as much"), self.env.cr.savepoint():
            self.post("use", "2026-06-09", 4)
        self.assertBalance(8)

    def test_time_off_cannot_take_what_is_approved_for_a_later_day(self):
        self.earn("2026-06-01", 8)
        self.post("use", "2026-06-20", 8)
        self.assertBalance(0)
        with self.assertRaisesRegex(ValidationError, "later day"), self.env.cr.savepoint():
            self.post("use", "2026-06-16", 4)
        self.assertBalance(0)

    def test_a_reservation_does_not_let_lapse_what_is_still_usable(self):
        with freeze_time("2025-11-05 12:00:00"):
            self.earn("2025-11-03", 5)
        self.earn("2026-06-01", 8)
        self.post("use", "2027-01-04", 8)
        # The five hours of 2025 end on the last day of 2026; today they are there.
        self.assertBalance(5)

    def test_paying_out(self):
        self.earn("2026-06-01", 8)
        self.post("payout", "2026-06-15", 3)
        self.assertBalance(5)
        self.assertEqual(self.account.move_ids.filtered(lambda move: move.kind == "payout").hours, -3)
        self.publish(date_from="2026-06-15", pay_out_allowed=False)
        with self.assertRaisesRegex(ValidationError, "does not allow"), self.env.cr.savepoint():
            self.post("payout", "2026-06-15", 1)

    def test_leaving(self):
        self.earn("2026-06-01", 8)
        self.post("separate", "2026-06-14")
        self.assertBalance(0)
        self.assertEqual(self.account.move_ids.filtered(lambda move: move.kind == "payout").hours, -8)

    def test_a_voided_credit_never_was_unless_it_is_used(self):
        first, second = self.earn("2026-06-01", 4), self.earn("2026-06-02", 4)
        self.account._void(second)
        self.assertBalance(4)
        moves = second.move_ids.sorted("id")
        self.assertEqual(moves.mapped("hours"), [4, -4])
        self.assertEqual(moves.mapped("reversal"), [False, True])
        self.post("use", "2026-06-10", 4)
        with self.assertRaisesRegex(UserError, "used already"), self.env.cr.savepoint():
            self.account._void(first)
        self.assertBalance(0)

    def test_an_adjustment_below_zero_is_overdrawn_and_is_made_good(self):
        self.earn("2026-06-01", 2)
        self.post("adjust", "2026-06-02", -5)
        self.assertEqual((self.account.balance_hours, self.account.overdrawn_hours), (0, 3))
        self.post("adjust", "2026-06-03", 4)
        self.assertEqual((self.account.balance_hours, self.account.overdrawn_hours), (1, 0))
        self.assertAgreement()

    def test_only_time_off_is_entered_for_a_later_day(self):
        for kind in ("earn", "adjust", "separate"):
            with self.assertRaisesRegex(UserError, "later day"), self.env.cr.savepoint():
                self.post(kind, "2026-06-16", 1)

    def test_seconds_are_kept(self):
        self.publish(date_from="2026-01-01", rate_weekday="3/2")
        self.account._post(
            {
                "kind": "earn",
                "date": self.version.date_from.replace(2026, 6, 1),
                "work_class": "weekday",
                "work_seconds": 3601,
            }
        )
        self.assertEqual(self.account.balance_seconds, 5401)
        self.account._post(
            {
                "kind": "earn",
                "date": self.version.date_from.replace(2026, 6, 2),
                "work_class": "weekday",
                "work_seconds": 1,
            }
        )
        # 5401.5 and 1.5 are 5403: the half second was carried.
        self.assertEqual(self.account.balance_seconds, 5403)
        self.assertAgreement()

    def test_every_entry_is_in_the_audit_trail(self):
        before = self.env["punchclock.audit"].search_count([("company_id", "=", self.company.id)])
        entry = self.earn("2026-06-01", 2)
        audit = self.env["punchclock.audit"].search([("model", "=", entry._name), ("res_id", "=", entry.id)])
        self.assertEqual((len(audit), audit.action), (1, "cto.earn"))
        self.assertGreater(self.env["punchclock.audit"].search_count([("company_id", "=", self.company.id)]), before)

    def test_an_account_is_moved_to_another_plan(self):
        self.earn("2026-06-06", 2, "rest_day")
        other = self.plan.copy({"name": "Other"})
        self.env["punchclock.cto.plan.version"].create(
            {"plan_id": other.id, "date_from": "2025-01-01"}
        ).action_publish()
        self.account.plan_id = other
        self.assertBalance(2)
        self.assertEqual(self.account.balance_seconds, 2 * HOUR)
