# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime

from odoo.tests import freeze_time, tagged

from odoo.addons.punchclock.models.hr_attendance import LOCK_SPACE

from .common import PunchclockCase


@tagged("post_install", "-at_install")
class TestProjection(PunchclockCase):
    def attendances(self):
        return self.env["hr.attendance"].search([("employee_id", "=", self.anna.id)], order="check_in")

    def spans(self):
        return [(str(a.check_in)[11:16], str(a.check_out)[11:16] if a.check_out else None) for a in self.attendances()]

    def test_closed_pairs_only(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00", "2026-03-02T13:00:00")
        self.drain()
        self.assertEqual(self.spans(), [("07:00", "11:00")])
        attendance = self.attendances()
        self.assertEqual(attendance.punchclock_day_id, self.day(self.anna, "2026-03-02"))
        self.assertEqual((attendance.in_mode, attendance.out_mode), ("punchclock", "punchclock"))
        self.punch("7", "2026-03-02T17:00:00")
        self.drain()
        self.assertEqual(self.spans(), [("07:00", "11:00"), ("12:00", "16:00")])

    def test_only_what_differs_is_touched(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00", "2026-03-02T13:00:00", "2026-03-02T17:00:00")
        self.drain()
        before = self.attendances()
        self.punch("7", "2026-03-02T12:30:00", "2026-03-02T12:40:00")
        self.drain()
        after = self.attendances()
        self.assertEqual(self.spans(), [("07:00", "11:00"), ("11:30", "11:40"), ("12:00", "16:00")])
        self.assertEqual(before & after, before)

    def test_rows_made_by_hand_are_left_alone(self):
        by_hand = self.env["hr.attendance"].create(
            {
                "employee_id": self.anna.id,
                "check_in": datetime(2026, 3, 2, 9),
                "check_out": datetime(2026, 3, 2, 10),
            }
        )
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T12:00:00", "2026-03-02T13:00:00", "2026-03-02T17:00:00")
        self.drain()
        # The morning overlaps it and is refused by Odoo; the afternoon arrives all the same, and the day says so.
        self.assertEqual(self.spans(), [("09:00", "10:00"), ("12:00", "16:00")])
        day = self.day(self.anna, "2026-03-02")
        self.assertEqual(day.worked_seconds, 8 * 3600)
        self.assertIn("not in Odoo's attendances: 08:00:00 to 12:00:00", day.anomalies)
        self.assertEqual(day.anomaly_count, 1)
        by_hand.unlink()
        day.with_user(self.officer).action_recompute()
        self.drain()
        self.assertEqual(self.spans(), [("07:00", "11:00"), ("12:00", "16:00")])
        self.assertFalse(day.anomalies)

    def test_an_open_row_of_a_kiosk_does_not_stop_history(self):
        self.env["hr.attendance"].create({"employee_id": self.anna.id, "check_in": datetime(2026, 3, 4, 8)})
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00", "2026-03-05T08:00:00", "2026-03-05T17:00:00")
        self.drain()
        self.assertEqual(self.spans(), [("07:00", "16:00"), ("08:00", None), ("07:00", "16:00")])

    def test_a_pair_that_becomes_another_follows(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.punch("7", "2026-03-02T07:30:00")
        self.drain()
        self.assertEqual(self.spans(), [("06:30", "07:00")])
        self.assertTrue(self.day(self.anna, "2026-03-02").provisional)

    def test_history_that_arrives_backwards(self):
        for day in (6, 5, 4, 3, 2):
            self.punch("7", f"2026-03-0{day}T17:00:00", f"2026-03-0{day}T08:00:00")
            self.drain()
        self.assertEqual(self.spans(), [("07:00", "16:00")] * 5)

    def test_core_computes_its_hours_from_them(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.assertAlmostEqual(self.attendances().worked_hours, 8.0)

    def test_the_setting_off_writes_nothing(self):
        self.company.punchclock_projection = "off"
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.assertEqual(self.day(self.anna, "2026-03-02").worked_seconds, 8 * 3600)
        self.assertFalse(self.attendances())

    @freeze_time("2026-03-04 03:00:00")
    def test_the_setting_on_again_reaches_the_days_that_are_there(self):
        self.company.punchclock_projection = "off"
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00", "2026-03-03T08:00:00", "2026-03-03T17:00:00")
        self.punch("7", "2024-03-04T08:00:00", "2024-03-04T17:00:00")
        self.drain()
        confirmed, locked = (self.day(self.anna, f"2026-03-0{day}") for day in (2, 3))
        confirmed.with_user(self.officer).action_confirm()
        locked._lock()
        self.company.punchclock_projection = "closed"
        self.drain()
        # Not the locked one, nor what is long past.
        self.assertEqual(self.attendances().punchclock_day_id, confirmed)
        self.assertEqual(self.spans(), [("07:00", "16:00")])
        self.assertEqual((confirmed.state, locked.state), ("confirmed", "locked"))
        self.company.write({"punchclock_projection": "closed", "name": "Renamed"})
        self.assertFalse(self.env["punchclock.dirty.day"].search([]))

    @freeze_time("2026-03-02 10:00:00")
    def test_the_current_open_one_comes_and_goes_with_the_setting(self):
        self.punch("7", "2026-03-02T08:00:00")
        self.drain()
        self.assertFalse(self.spans())
        self.company.punchclock_projection = "open"
        self.drain()
        self.assertEqual(self.spans(), [("07:00", None)])
        self.company.punchclock_projection = "closed"
        self.drain()
        self.assertFalse(self.spans())

    def test_an_attendance_goes_with_its_day_also_when_switched_off(self):
        punches = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.assertEqual(self.spans(), [("07:00", "16:00")])
        self.company.punchclock_projection = "off"
        self.drain()
        self.assertEqual(self.spans(), [("07:00", "16:00")])
        punches.status = "voided"
        self.env["punchclock.dirty.day"].with_user(self.officer).mark(self.anna.ids, "2026-03-02", "2026-03-02")
        self.drain()
        self.assertFalse(self.day(self.anna, "2026-03-02"))
        self.assertFalse(self.attendances())

    def test_closed_pairs_and_the_current_open_one(self):
        self.company.punchclock_projection = "open"
        with freeze_time("2026-03-02 10:00:00"):
            self.punch("7", "2026-03-02T08:00:00")
            self.drain()
            self.assertEqual(self.spans(), [("07:00", None)])
            self.assertEqual(self.anna.attendance_state, "checked_in")
            row = self.attendances()
        with freeze_time("2026-03-02 12:30:00"):
            self.punch("7", "2026-03-02T12:00:00", "2026-03-02T13:00:00")
            self.drain()
            self.assertEqual(self.spans(), [("07:00", "11:00"), ("12:00", None)])
            # The open row was closed, not replaced.
            self.assertEqual(self.attendances()[0], row)
        # Nobody punched out: what is not known any more is not written as if somebody were still there.
        with freeze_time("2026-03-03 03:00:00"):
            self.env["punchclock.dirty.day"]._mark_due()
            self.drain()
        self.assertEqual(self.spans(), [("07:00", "11:00")])

    def test_what_somebody_deletes_or_changes_comes_back(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.attendances().unlink()
        self.drain()
        self.assertEqual(self.spans(), [("07:00", "16:00")])
        self.attendances().check_out = datetime(2026, 3, 2, 22)
        self.drain()
        self.assertEqual(self.spans(), [("07:00", "16:00")])

    def test_odoos_own_jobs_do_not_win(self):
        self.company.write({"auto_check_out": True, "auto_check_out_tolerance": 1, "absence_management": True})
        self.company.punchclock_projection = "open"
        with freeze_time("2026-03-02 10:00:00"):
            self.punch("7", "2026-03-02T08:00:00")
            self.drain()
        with freeze_time("2026-03-02 20:00:00"):
            self.env["hr.attendance"].with_company(self.company)._cron_auto_check_out()
        self.punch("7", "2026-03-02T18:30:00")
        self.drain()
        self.assertEqual(self.spans(), [("07:00", "17:30")])

    def test_two_at_once_wait_for_each_other(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.env.cr.execute(
            "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND pid = pg_backend_pid()",
            [LOCK_SPACE],
        )
        self.assertIn((self.anna.id,), self.env.cr.fetchall())

    def test_a_refusal_is_an_exception_that_a_person_closes(self):
        by_hand = self.env["hr.attendance"].create(
            {
                "employee_id": self.anna.id,
                "check_in": datetime(2026, 3, 2, 9),
                "check_out": datetime(2026, 3, 2, 10),
            }
        )
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        refused = day.exception_ids.filtered(lambda found: found.type == "projection_refused")
        self.assertEqual((refused.state, day.state), ("open", "review"))
        by_hand.unlink()
        day.action_recompute()
        self.drain()
        self.assertEqual(self.spans(), [("07:00", "16:00")])
        self.assertEqual((refused.state, day.state), ("resolved", "computed"))

    def test_the_settings_tell_what_would_fight_us(self):
        settings = self.env["res.config.settings"].create({"company_id": self.company.id})
        self.assertFalse(settings.punchclock_warnings)
        self.company.write({"auto_check_out": True, "absence_management": True})
        settings = self.env["res.config.settings"].create({"company_id": self.company.id})
        self.assertIn("Automatic Check-Out", settings.punchclock_warnings)
        self.assertIn("Absence Management", settings.punchclock_warnings)
        self.company.punchclock_projection = "off"
        settings = self.env["res.config.settings"].create({"company_id": self.company.id})
        self.assertFalse(settings.punchclock_warnings)
        self.assertIn("punchclock-rules", settings.punchclock_engine)

    def test_smart_buttons(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        employee = self.anna.with_user(self.officer)
        self.assertEqual((employee.punchclock_event_count, employee.punchclock_day_count), (2, 1))
        days = self.env["punchclock.day"].search(employee.action_punchclock_days()["domain"])
        self.assertIn(self.day(self.anna, "2026-03-02"), days)
        self.assertEqual(self.attendances().action_punchclock_day()["res_id"], self.day(self.anna, "2026-03-02").id)

    def opened(self, action):
        return self.env["punchclock.event"].search(action["domain"], order="utc_time").mapped("local_time")

    def test_the_punches_of_an_attendance_are_those_it_comes_from(self):
        morning = ["2026-03-02T08:00:00", "2026-03-02T12:00:00"]
        afternoon = ["2026-03-02T13:00:00", "2026-03-02T17:00:00"]
        # The neighbours have days of their own.
        self.punch("7", "2026-03-03T08:00:00", "2026-03-03T17:00:00", *morning, "2026-03-02T08:00:10", *afternoon)
        self.drain()
        first, second, _next_day = self.attendances()
        for attendance, expected in ((first, morning), (second, afternoon)):
            shown = self.opened(attendance.action_punchclock_punches())
            self.assertEqual([local.replace(" ", "T") for local in shown], expected)
        # Of the day all, also the second tap that was left out.
        shown = self.opened(self.day(self.anna, "2026-03-02").with_user(self.officer).action_open_punches())
        self.assertEqual([local[11:] for local in shown], ["08:00:00", "08:00:10", "12:00:00", "13:00:00", "17:00:00"])

    @freeze_time("2026-03-02 10:00:00")
    def test_the_punch_of_who_is_still_at_work(self):
        self.company.punchclock_projection = "open"
        self.punch("7", "2026-03-02T08:00:00")
        self.drain()
        self.assertEqual(self.opened(self.attendances().action_punchclock_punches()), ["2026-03-02 08:00:00"])
