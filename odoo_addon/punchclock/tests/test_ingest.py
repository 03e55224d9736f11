# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import PunchclockCase, event


@tagged("post_install", "-at_install")
class TestIngest(PunchclockCase):
    def codes(self, outcomes):
        return [(outcome["outcome"], outcome["code"]) for outcome in outcomes]

    def test_every_outcome_in_the_order_sent(self):
        other, _user, _key = self.make_gateway("Ghent")
        self.make_terminal("GNT1", "Europe/Brussels", gateway_id=other.id)
        batch = [
            event("BRU1", "7", "2026-03-02T08:00:00"),
            "not an event",
            event("GNT1", "7", "2026-03-02T08:00:00"),
            event("BRU1", "007", "2026-03-02T08:00:00"),
            event("BRU1", "99", "2026-03-02T08:00:00"),
            {**event("BRU1", "7", "2026-03-02T08:00:01"), "pin": "8"},
            event("NEVER SEEN", "7", "2026-03-02T08:00:00"),
            event("bru1", "7", "2026-03-02T17:00:00"),
        ]
        outcomes = self.ingest(*batch)
        self.assertEqual(
            self.codes(outcomes),
            [
                ("accepted", None),
                ("rejected", "schema"),
                ("review", "foreign_terminal"),
                ("duplicate", None),
                ("review", "unknown_pin"),
                ("rejected", "bad_fingerprint"),
                ("review", "unknown_terminal"),
                ("accepted", None),
            ],
        )
        for raw, outcome in zip(batch, outcomes, strict=True):
            self.assertEqual(set(outcome), {"fingerprint", "outcome", "code", "message", "id"})
            if isinstance(raw, dict):
                self.assertEqual(outcome["fingerprint"], raw["fingerprint"])
            self.assertEqual(bool(outcome["id"]), outcome["outcome"] != "rejected")
            self.assertEqual(bool(outcome["message"]), outcome["outcome"] == "rejected")
        self.assertEqual(outcomes[3]["id"], outcomes[0]["id"])

    def test_the_facts_are_stored_verbatim(self):
        outcome = self.ingest(
            event(
                " bru1 ",
                "0007",
                "2026-07-01T08:00:00",
                state=0,
                verify=15,
                work_code="12",
                channel="poll",
                received_at="2026-07-01 06:00:05",
            )
        )[0]
        stored = self.env["punchclock.event"].browse(outcome["id"])
        self.assertEqual(stored.serial, " bru1 ")
        self.assertEqual(stored.pin, "0007")
        self.assertEqual(stored.local_time, "2026-07-01 08:00:00")
        self.assertEqual((stored.state_raw, stored.verify_raw, stored.work_code), ("0", "15", "12"))
        self.assertEqual(stored.channel, "poll")
        self.assertEqual(stored.received_at, datetime(2026, 7, 1, 6, 0, 5))
        self.assertEqual(stored.terminal_id, self.brussels)
        self.assertEqual(stored.gateway_id, self.gateway)
        self.assertEqual(stored.employee_id, self.anna)
        self.assertEqual((stored.tz_name, stored.utc_offset), ("Europe/Brussels", 7200))
        self.assertEqual(stored.utc_time, datetime(2026, 7, 1, 6, 0, 0))
        self.assertEqual((stored.status, stored.resolution, stored.conflicts), ("ok", "unique", 0))

    def test_a_replay_changes_nothing(self):
        batch = [event("BRU1", "7", f"2026-03-02T08:00:{second:02}") for second in range(30)]
        first = self.ingest(*batch)
        again = self.ingest(*reversed(batch))
        self.assertEqual({o["outcome"] for o in first}, {"accepted"})
        self.assertEqual({o["outcome"] for o in again}, {"duplicate"})
        self.assertEqual([o["id"] for o in first], [o["id"] for o in reversed(again)])
        self.assertEqual(self.env["punchclock.event"].search_count([("terminal_id", "=", self.brussels.id)]), 30)

    def test_one_punch_by_two_channels_is_one(self):
        pushed = self.ingest(event("BRU1", "007", "2026-03-02T08:00:00", state=0, channel="push"))[0]
        polled = self.ingest(event("BRU1", "7", "2026-03-02T08:00:00", state=0, channel="poll"))[0]
        self.assertEqual((polled["outcome"], polled["id"]), ("duplicate", pushed["id"]))
        stored = self.env["punchclock.event"].browse(pushed["id"])
        self.assertEqual((stored.channel, stored.conflicts), ("push", 0))

    def test_a_differing_state_is_counted_and_never_written_over(self):
        first = self.ingest(event("BRU1", "7", "2026-03-02T08:00:00", state=0))[0]
        self.ingest(event("BRU1", "7", "2026-03-02T08:00:00", state=1, channel="poll"))
        # A copy that does not say is no contradiction.
        self.ingest(event("BRU1", "7", "2026-03-02T08:00:00", state=None, channel="poll"))
        stored = self.env["punchclock.event"].browse(first["id"])
        self.assertEqual((stored.state_raw, stored.conflicts), ("0", 1))
        self.assertEqual(stored.conflict_note, "state 1 by poll")

    def test_two_taps_are_two_punches(self):
        outcomes = self.ingest(event("BRU1", "7", "2026-03-02T08:00:00"), event("BRU1", "7", "2026-03-02T08:00:03"))
        self.assertEqual(self.codes(outcomes), [("accepted", None)] * 2)

    def test_clock_changes(self):
        outcomes = self.ingest(
            event("BRU1", "7", "2026-03-29T02:30:00"),
            event("BRU1", "7", "2026-10-25T02:30:00"),
            event("NYC1", "7", "2026-03-29T02:30:00"),
            event("BRU1", "7", "1970-01-01T00:00:00"),
            event("BRU1", "7", "2136-02-07T06:28:16"),
            event("BRU1", "7", "9999-12-31T23:59:59"),
            event("BRU1", "7", "0001-01-01T00:00:00"),
        )
        self.assertEqual(
            self.codes(outcomes),
            [
                ("review", "time_gap"),
                ("review", "time_fold"),
                ("accepted", None),
                ("review", "time_unplaced"),
                ("review", "time_unplaced"),
                ("review", "time_unplaced"),
                ("review", "time_unplaced"),
            ],
        )
        gap, fold, plain, lost = self.env["punchclock.event"].browse([o["id"] for o in outcomes[:4]])
        self.assertEqual(gap.utc_time, datetime(2026, 3, 29, 1, 30))
        self.assertEqual(fold.utc_time, datetime(2026, 10, 25, 0, 30))
        self.assertEqual((plain.utc_time, plain.utc_offset), (datetime(2026, 3, 29, 6, 30), -4 * 3600))
        self.assertFalse(lost.utc_time)

    def test_foreign_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.admin.company_ids |= company
        other, user, _key = self.make_gateway("Elsewhere", company)
        self.make_terminal("ELS1", "Asia/Kathmandu", company_id=company.id, gateway_id=other.id, pin_space_id=False)
        self.assertEqual(
            self.codes(self.ingest(event("ELS1", "7", "2026-03-02T08:00:00"))), [("rejected", "foreign_terminal")]
        )
        self.assertEqual(
            self.codes(self.ingest(event("BRU1", "7", "2026-03-02T08:00:00"), user=user)),
            [("rejected", "foreign_terminal")],
        )
        self.assertFalse(self.env["punchclock.event"].search([("serial_key", "in", ["ELS1"])]))

    def test_a_terminal_without_gateway_waits(self):
        self.make_terminal("NEW1", "Europe/Brussels", gateway_id=False)
        outcome = self.ingest(event("NEW1", "7", "2026-03-02T08:00:00"))[0]
        self.assertEqual(outcome["code"], "unknown_terminal")

    def test_who_may_call(self):
        good = event("BRU1", "7", "2026-03-02T08:00:00")
        for user in (self.admin, self.officer, self.env.ref("base.user_admin")):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.ingest(good, user=user)
        self.gateway.state = "suspended"
        with self.assertRaisesRegex(AccessError, "suspended"):
            self.ingest(good)
        self.gateway.state = "active"
        self.assertEqual(self.ingest(good)[0]["outcome"], "accepted")

    def test_size_of_a_batch(self):
        self.assertEqual(self.ingest(), [])
        model = self.env["punchclock.event"].with_user(self.bot)
        with self.assertRaises(ValidationError):
            model.ingest([{}] * 501)
        with self.assertRaises(ValidationError):
            model.ingest({"events": []})

    def test_no_day_is_computed_in_the_request(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.assertFalse(self.env["punchclock.day"].search([("employee_id", "=", self.anna.id)]))
        self.assertFalse(self.env["hr.attendance"].search([("employee_id", "=", self.anna.id)]))
        marked = self.env["punchclock.dirty.day"].search([("employee_id", "=", self.anna.id)])
        self.assertEqual(sorted(str(mark.date) for mark in marked), ["2026-03-01", "2026-03-02"])

    def test_queries_do_not_grow_with_the_batch(self):
        start = datetime(2026, 3, 2, 8)
        for count in (10, 500):
            batch = [
                event("BRU1", "7", (start + timedelta(minutes=7 * number, days=count)).isoformat())
                for number in range(count)
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(count=count), self.assertQueryCount(30):
                self.ingest(*batch)

    def test_a_punch_cannot_be_changed_or_deleted(self):
        stored = self.punch("7", "2026-03-02T08:00:00")
        for values in (
            {"pin": "8"},
            {"local_time": "2026-03-02 07:00:00"},
            {"fingerprint": "0" * 32},
            {"state_raw": "1"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                stored.sudo().write(values)
        with self.assertRaises(UserError):
            stored.sudo().unlink()
        with self.assertRaises(UserError):
            stored.sudo().copy()

    def test_hello(self):
        answer = self.env["punchclock.gateway"].with_user(self.bot).hello()
        self.assertEqual(answer["schema"], 1)
        self.assertRegex(answer["server_time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(
            answer["terminals"],
            [
                {"serial": "BRU1", "name": "BRU1", "tz": "Europe/Brussels"},
                {"serial": "NYC1", "name": "NYC1", "tz": "America/New_York"},
            ],
        )
        self.assertTrue(self.gateway.last_seen)
        with self.assertRaises(AccessError):
            self.env["punchclock.gateway"].with_user(self.admin).hello()
