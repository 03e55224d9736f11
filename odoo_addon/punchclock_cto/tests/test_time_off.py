# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import CtoCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestTimeOff(CtoCase):
    def test_requested_approved_refused_approved_again_cancelled(self):
        self.earn("2026-06-01", 10)
        leave = self.request("2026-06-22")
        self.assertEqual(leave.state, "confirm")
        self.assertBalance(10)
        self.approve(leave)
        self.assertBalance(6)
        leave.with_user(self.boss).action_refuse()
        self.assertBalance(10)
        used = self.account.entry_ids.filtered(lambda entry: entry.kind == "use")
        self.assertEqual(used.move_ids.sorted("id").mapped("hours"), [-4, 4])
        leave.sudo().action_approve()
        self.assertBalance(6)
        leave.with_user(self.worker)._action_user_cancel("Not needed")
        self.assertEqual(leave.state, "cancel")
        self.assertBalance(10)

    def test_taken_back_after_its_day_it_returns_to_the_same_lots(self):
        self.earn("2026-06-01", 3)
        self.earn("2026-06-02", 3)
        leave = self.approve(self.request("2026-06-16"))
        with freeze_time("2026-06-20 12:00:00"):
            leave.sudo().action_refuse()
            self.assertBalance(6)
            self.assertEqual(self.account.lot_ids.mapped("left_hours"), [3, 3])
            kinds = self.account.move_ids.sorted("id").mapped("kind")
            self.assertEqual(kinds, ["earn", "earn", "use", "use", "cancel", "cancel"])

    def test_what_is_not_there_cannot_be_requested(self):
        self.earn("2026-06-01", 3)
        with self.assertRaises(ValidationError):
            self.request("2026-06-22")
        self.assertBalance(3)

    def test_blocks_are_told_when_requesting(self):
        self.publish(date_from="2026-01-01", use_block=4, use_max=8)
        self.earn("2026-06-01", 20)
        with self.assertRaisesRegex(ValidationError, "whole blocks"), self.env.cr.savepoint():
            self.request("2026-06-22", 8, 11)
        self.approve(self.request("2026-06-22", 8, 12))
        self.approve(self.request("2026-06-23", 8, 17))
        self.assertBalance(8)

    def test_credit_earned_later_in_the_month_cannot_be_requested_earlier(self):
        """Odoo's allocation of the month would give it; the bank does not."""
        self.earn("2026-06-01", 1)
        self.earn("2026-06-12", 8)
        with self.assertRaisesRegex(ValidationError, "not as much"), self.env.cr.savepoint():
            self.request("2026-06-10", user=self.hr)

    def test_over_the_end_of_a_year(self):
        with freeze_time("2025-11-05 12:00:00"):
            self.earn("2025-11-03", 10)
        self.earn("2026-06-01", 12)
        leave = self.approve(
            self.env["hr.leave"]
            .with_user(self.worker)
            .create(
                {
                    "employee_id": self.anna.id,
                    "holiday_status_id": self.leave_type.id,
                    # A Thursday, the last day of the old credit, and a Friday.
                    "request_date_from": "2026-12-31",
                    "request_date_to": "2027-01-01",
                }
            )
        )
        entry = leave.sudo().punchclock_cto_entry_ids
        self.assertEqual(entry.days, [["2026-12-31", 8 * 3600], ["2027-01-01", 8 * 3600]])
        self.assertEqual(self.account.lot_ids.sorted("earned_on").mapped("left_hours"), [2, 4])
        self.assertBalance(6)
        # Saved again, nothing is booked again.
        leave._cto_settle()
        self.assertEqual(leave.sudo().punchclock_cto_entry_ids, entry)

    def test_two_requests_for_the_same_hours(self):
        self.earn("2026-06-01", 4)
        self.request("2026-06-22")
        with self.assertRaises(ValidationError):
            self.request("2026-06-23")

    def test_the_request_is_shortened_before_it_is_approved(self):
        self.earn("2026-06-01", 10)
        leave = self.request("2026-06-22", 8, 17)
        leave.with_user(self.worker).request_hour_to = 10
        self.approve(leave)
        self.assertBalance(8)

    def test_a_public_holiday_gives_the_time_back(self):
        self.earn("2026-06-01", 16)
        leave = self.approve(
            self.env["hr.leave"]
            .with_user(self.worker)
            .create(
                {
                    "employee_id": self.anna.id,
                    "holiday_status_id": self.leave_type.id,
                    "request_date_from": "2026-06-22",
                    "request_date_to": "2026-06-23",
                }
            )
        )
        self.assertBalance(0)
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "calendar_id": self.office.id,
                "date_from": "2026-06-22 22:00:00",
                "date_to": "2026-06-23 21:59:59",
            }
        )
        self.assertEqual((leave.state, leave.number_of_hours), ("validate", 8))
        self.assertBalance(8)

    def test_a_public_holiday_that_is_entered_late_gives_the_time_back(self):
        """All of the credit was used; the holiday is entered a week after."""
        self.earn("2026-06-01", 16)
        leave = self.days_off("2026-06-08", "2026-06-09")
        self.assertBalance(0)
        self.holiday("2026-06-08", "2026-06-09")
        self.assertEqual((leave.state, leave.number_of_hours), ("validate", 8))
        self.assertBalance(8)
        moves = self.account.move_ids.filtered(lambda move: move.kind != "earn").sorted("id")
        # Used and given back when Odoo looked at it again; then it was never so, and is half as long.
        self.assertEqual([sum(moves.mapped("hours")), moves[-1:].hours], [-8, -8])

    def test_what_a_holiday_leaves_is_no_new_request(self):
        """Half a holiday in time off of whole days: the rest is no whole block, and was granted."""
        self.publish(date_from="2026-01-01", use_block=8)
        self.earn("2026-06-01", 16)
        leave = self.days_off("2026-06-08", "2026-06-09")
        self.holiday("2026-06-09", "2026-06-09", "12:00:00")
        self.assertEqual((leave.state, leave.number_of_hours), ("validate", 12))
        self.assertBalance(4)

    def test_refused_and_approved_again_after_its_days(self):
        self.earn("2026-06-01", 16)
        leave = self.days_off("2026-06-08", "2026-06-09")
        leave.with_user(self.hr).action_refuse()
        self.assertBalance(16)
        self.approve(leave, self.hr)
        self.assertBalance(0)
        self.assertEqual(len(self.account.entry_ids.filtered(lambda entry: entry.kind == "use")), 2)
        leave.with_user(self.hr).action_refuse()
        self.assertBalance(16)

    def test_refused_it_is_not_approved_again_when_others_have_taken_it(self):
        self.earn("2026-06-01", 8)
        leave = self.days_off("2026-06-08", "2026-06-08")
        leave.with_user(self.hr).action_refuse()
        self.days_off("2026-06-16", "2026-06-16")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.approve(leave, self.hr)
        self.assertBalance(0)

    def test_the_months_are_allocations_with_the_last_day_of_their_lots(self):
        self.earn("2026-04-07", 2)
        self.earn("2026-04-21", 3)
        self.earn("2026-05-04", 4)
        allocations = self.env["hr.leave.allocation"].search(
            [("punchclock_cto_account_id", "=", self.account.id)], order="date_from"
        )
        self.assertEqual(allocations.mapped("number_of_hours_display"), [5, 4])
        self.assertEqual([str(day) for day in allocations.mapped("date_from")], ["2026-04-07", "2026-05-04"])
        self.assertEqual({str(day) for day in allocations.mapped("date_to")}, {"2027-12-31"})
        self.assertEqual(set(allocations.mapped("state")), {"validate"})

    def test_nobody_else_changes_the_allocations(self):
        self.earn("2026-06-01", 4)
        allocation = self.env["hr.leave.allocation"].search([("punchclock_cto_account_id", "=", self.account.id)])
        flag = {"punchclock_cto_mirror": True}
        admin = self.hr
        for records in (
            allocation.with_user(admin),
            allocation.sudo(),
            allocation.with_user(admin).with_context(**flag),
        ):
            for act in (
                lambda one: one.write({"number_of_days": 9}),
                lambda one: one.action_refuse(),
                lambda one: one.unlink(),
            ):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    act(records)
        with self.assertRaisesRegex(UserError, "bank"), self.env.cr.savepoint():
            allocation.with_user(admin).create(
                {"employee_id": self.anna.id, "holiday_status_id": self.leave_type.id, "number_of_days": 1}
            )
        self.assertBalance(4)

    def test_booked_time_off_is_not_deleted(self):
        self.earn("2026-06-01", 4)
        leave = self.approve(self.request("2026-06-22"))
        leave.with_user(self.boss).action_refuse()
        with self.assertRaisesRegex(UserError, "not deleted"), self.env.cr.savepoint():
            leave.with_user(self.hr).unlink()

    def test_time_off_of_another_kind_is_none_of_the_banks(self):
        kind = self.env["hr.leave.type"].create({"name": "Free", "requires_allocation": False, "request_unit": "hour"})
        leave = self.env["hr.leave"].create(
            {
                "employee_id": self.anna.id,
                "holiday_status_id": kind.id,
                "request_date_from": "2026-06-22",
                "request_date_to": "2026-06-22",
            }
        )
        leave.action_approve()
        self.assertFalse(leave.punchclock_cto_entry_ids)

    def test_the_type_must_be_one_of_hours(self):
        for vals in (
            {"request_unit": "day"},
            {"allows_negative": True, "max_allowed_negative": 1},
            {"employee_requests": True},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.leave_type.write(vals)

    def test_time_off_that_a_correction_left_uncovered_stays_taken(self):
        self.earn("2026-06-01", 8)
        self.approve(self.request("2026-06-10", 8, 17, user=self.hr), self.hr)
        self.publish(date_from="2026-05-01", rate_weekday="1/2")
        self.assertEqual((self.account.balance_hours, self.account.overdrawn_hours), (0, 4))
        self.assertAgreement()
        self.post("adjust", "2026-06-11", 6)
        self.assertEqual((self.account.balance_hours, self.account.overdrawn_hours), (2, 0))
        self.assertAgreement()

    def test_notice(self):
        self.publish(date_from="2026-01-01", notice_days=7)
        self.earn("2026-06-01", 8)
        vals = {"kind": "use", "seconds": 3600, "requested_on": self.version.date_from.replace(2026, 6, 15)}
        with self.assertRaisesRegex(ValidationError, "too late"), self.env.cr.savepoint():
            self.account._post({**vals, "date": self.version.date_from.replace(2026, 6, 21)})
        self.account._post({**vals, "date": self.version.date_from.replace(2026, 6, 22)})
        self.assertEqual(self.account.balance_hours, 7)
