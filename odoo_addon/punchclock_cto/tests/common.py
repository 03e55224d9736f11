# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date
from unittest.mock import patch

from odoo import fields

from odoo.addons.punchclock import engine
from odoo.addons.punchclock.tests.common import PunchclockCase

from ..models.punchclock_adjustment_by_hand import BY_HAND

HOUR = 3600


class CtoCase(PunchclockCase):
    """A company whose overtime becomes time off at 1, 3/2 on rest days and holidays; until the end of the next year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leave_type = cls.env.ref("punchclock_cto.leave_type_cto")
        cls.plan = cls.env["punchclock.cto.plan"].create(
            {"name": "Comp time", "company_id": cls.company.id, "leave_type_id": cls.leave_type.id}
        )
        cls.version = cls.publish(date_from="2025-01-01")
        cls.boss = cls.make_user("cto_boss", "punchclock.group_punchclock_line_manager,base.group_user")
        cls.second = cls.make_user("cto_second", "punchclock.group_punchclock_officer")
        cls.worker = cls.make_user("cto_worker", "base.group_user")
        cls.hr = cls.make_user("cto_hr", "hr_holidays.group_hr_holidays_manager,base.group_user")
        cls.anna.write(
            {"user_id": cls.worker.id, "leave_manager_id": cls.boss.id, "attendance_manager_id": cls.boss.id}
        )

    @classmethod
    def publish(cls, **vals):
        values = {
            "plan_id": cls.plan.id,
            "rate_rest_day": "3/2",
            "rate_holiday": "3/2",
            "expiry": "end_of_year",
            "expiry_count": 1,
        }
        values.update(vals)
        version = cls.env["punchclock.cto.plan.version"].create(values)
        version.action_publish()
        return version

    @property
    def account(self):
        return self.env["punchclock.cto.account"]._of(self.anna)

    def post(self, kind, day, hours=0.0, **vals):
        values = {"kind": kind, "date": fields.Date.to_date(day), "seconds": round(hours * HOUR), **vals}
        if kind in BY_HAND.values():
            return self.by_hand(kind, values["date"], hours, **vals).sudo().cto_entry_ids
        if kind == "earn":
            values |= {"work_class": vals.get("work_class", "weekday"), "work_seconds": values.pop("seconds")}
        return self.account._post(values)

    def ask(self, kind, day, hours=0.0, user=None, **vals):
        """A draft of what an officer wants to enter into the bank."""
        reason = self.env.ref("punchclock_cto.reason_agreed")
        values = {"employee_id": self.anna.id, "kind": f"cto_{kind}", "date": day, "cto_hours": hours}
        values |= {"reason_id": reason.id, "note": "As agreed", **vals}
        if "valid_to" in values:
            values["cto_valid_to"] = values.pop("valid_to")
        return self.env["punchclock.adjustment"].with_user(user or self.officer).create(values)

    def by_hand(self, kind, day, hours=0.0, **vals):
        """Entered into the bank by one officer, approved by another."""
        correction = self.ask(kind, day, hours, **vals)
        correction.action_submit()
        correction.with_user(self.second).action_approve_and_apply()
        return correction

    def earn(self, day, hours, work_class="weekday"):
        return self.post("earn", day, hours, work_class=work_class)

    def request(self, day, start=8, stop=12, user=None):
        """Time off of one day, asked for by the employee; in June 2026 the office works 8-12 and 13-17."""
        return (
            self.env["hr.leave"]
            .with_user(user or self.worker)
            .with_context(tracking_disable=True)
            .create(
                {
                    "employee_id": self.anna.id,
                    "holiday_status_id": self.leave_type.id,
                    "request_date_from": day,
                    "request_date_to": day,
                    "request_unit_hours": True,
                    "request_hour_from": start,
                    "request_hour_to": stop,
                }
            )
        )

    def approve(self, leave, user=None):
        leave.with_user(user or self.boss).action_approve()
        return leave

    def days_off(self, first, last):
        """Time off of several days, asked for and approved by HR."""
        leave = self.env["hr.leave"].create(
            {
                "employee_id": self.anna.id,
                "holiday_status_id": self.leave_type.id,
                "request_date_from": first,
                "request_date_to": last,
            }
        )
        return self.approve(leave, self.hr)

    def holiday(self, day_before, day, start="22:00:00"):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "company_id": self.company.id,
                "calendar_id": self.office.id,
                "date_from": f"{day_before} {start}",
                "date_to": f"{day} 21:59:59",
            }
        )

    def night(self):
        """The scheduled job; a test's transaction is not committed."""
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60):
            self.env["punchclock.cto.account"]._cron_settle()

    # -- what must agree -------------------------------------------------------------------------------------

    def assertBalance(self, hours):
        self.assertAlmostEqual(self.account.balance_hours, hours, 6)
        self.assertAgreement()

    def assertAgreement(self, account=None):
        """The ledger, the engine played from scratch, and Time Off say the same, to the second."""
        account = account or self.account
        self.env.flush_all()
        self.env.invalidate_all()
        answer = account._ask()
        moves = account.move_ids
        today = fields.Date.today()
        by_lot = {}
        for move in answer["moves"]:
            if move["lot"] and (move["event"] or date.fromisoformat(move["date"]) <= today):
                by_lot[int(move["lot"])] = by_lot.get(int(move["lot"]), 0) + move["s"]
        ledger = {lot.entry_id.id: lot.left_seconds for lot in account.lot_ids}
        for entry_id, left in ledger.items():
            self.assertEqual(left, by_lot.pop(entry_id, 0), "a lot and the engine")
        self.assertFalse(by_lot, "the engine has lots that the ledger has not")
        self.assertEqual(account.balance_seconds, sum(ledger.values()))
        self.assertEqual(account.balance_seconds, sum(moves.mapped("seconds")))
        self.assertEqual(account.overdrawn_seconds, answer["totals"]["overdrawn_s"])
        for lot in account.lot_ids:
            self.assertEqual(lot.left_seconds, sum(lot.move_ids.mapped("seconds")))
        # Time Off: what is allocated less what is approved.
        allocations = self.env["hr.leave.allocation"].search(
            [("punchclock_cto_account_id", "=", account.id), ("state", "=", "validate")]
        )
        leaves = self.env["hr.leave"].search(
            [
                ("employee_id", "=", account.employee_id.id),
                ("holiday_status_id", "=", account.plan_id.leave_type_id.id),
                ("state", "=", "validate"),
            ]
        )
        allocated = sum(allocations.mapped("number_of_hours_display"))
        taken = sum(leaves.mapped("number_of_hours"))
        self.assertAlmostEqual(allocated - taken, account.balance_seconds / HOUR, 6)
        # What is only asked for may be too much: then it is not approved.
        asked = self.env["hr.leave"].search([("employee_id", "=", account.employee_id.id), ("state", "=", "confirm")])
        employee = account.employee_id.with_context(ignored_leave_ids=asked.ids)
        consumed, excess = employee._get_consumed_leaves(account.plan_id.leave_type_id, date(2100, 1, 1))
        excess = excess[account.employee_id][account.plan_id.leave_type_id]["excess_days"]
        self.assertFalse(excess, "Time Off has excess")
        remaining = sum(
            data["remaining_leaves"] for data in consumed[account.employee_id][account.plan_id.leave_type_id].values()
        )
        self.assertAlmostEqual(remaining, account.balance_seconds / HOUR, 6)

    def from_scratch(self, account):
        """The account's events, played by the engine with nothing else known."""
        policies = account.plan_id._engine_policies()
        events = account._events()
        (answer,) = engine.compute_bank([{"key": "scratch", "policies": policies, "events": events}])
        return answer
