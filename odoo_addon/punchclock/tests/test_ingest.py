# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import uuid
from datetime import date, datetime, timedelta
from pathlib import Path

import pytz
from werkzeug.exceptions import Conflict, RequestEntityTooLarge, TooManyRequests

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
        """What a running server asks: its caches of external ids and defaults are filled by the first call."""
        start = datetime(2026, 3, 2, 8)
        self.punch("7", "2026-03-01T08:00:00")
        made = []
        for count in (10, 500, 499):
            batch = [
                event("BRU1", "7", (start + timedelta(minutes=7 * number, days=count)).isoformat(), state=0)
                for number in range(count)
            ]
            # Sent before, with another state: the longest way a batch can take.
            batch += [{**sent, "state": 1} for sent in made[: 500 - count]]
            made = batch
            self.env.flush_all()
            self.env.invalidate_all()
            with self.subTest(count=count), self.assertQueryCount(15):
                self.ingest(*batch, batch_uuid=str(uuid.uuid4()))

    def test_five_thousand_punches_take_ten_times_the_queries_of_five_hundred(self):
        """What an edge brings after days without a line, in the largest batches that it may send."""
        start = datetime(2026, 3, 2, 8)
        self.punch("7", "2026-03-01T08:00:00")
        made = [
            event("BRU1", "7", (start + timedelta(minutes=7 * number)).isoformat(), state=0) for number in range(5000)
        ]
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(10 * 15):
            for begin in range(0, 5000, 500):
                outcomes = self.ingest(*made[begin : begin + 500], batch_uuid=str(uuid.uuid4()))
                self.assertEqual({outcome["outcome"] for outcome in outcomes}, {"accepted"})
                self.env.invalidate_all()
        self.assertEqual(self.env["punchclock.event"].search_count([("employee_id", "=", self.anna.id)]), 5001)

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

    def test_a_batch_sent_again_is_answered_as_the_first_time(self):
        batch = [event("BRU1", "7", "2026-03-02T08:00:00"), {}, event("BRU1", "99", "2026-03-02T08:00:00")]
        name = str(uuid.uuid4())
        first = self.ingest(*batch, batch_uuid=name)
        self.assertEqual([o["outcome"] for o in first], ["accepted", "rejected", "review"])
        stored = self.env["punchclock.batch"].search([("uuid", "=", name)])
        self.assertEqual(
            (stored.event_count, stored.accepted_count, stored.review_count, stored.rejected_count), (3, 1, 1, 1)
        )
        self.assertEqual(stored.event_ids.ids, [first[2]["id"], first[0]["id"]])
        self.assertEqual(self.ingest(*batch, batch_uuid=name), first)
        # Another spelling of the same JSON is the same content.
        self.assertEqual(self.ingest(*[dict(reversed(row.items())) for row in batch], batch_uuid=name), first)
        # Long after, without the stored answer, the fingerprints answer.
        stored.answer = False
        late = self.ingest(*batch, batch_uuid=name)
        self.assertEqual([o["outcome"] for o in late], ["duplicate", "rejected", "duplicate"])
        self.assertEqual([o["id"] for o in late], [o["id"] for o in first])
        self.assertEqual(self.env["punchclock.batch"].search_count([("uuid", "=", name)]), 1)

    def test_the_name_of_a_batch_on_other_events_is_a_conflict(self):
        name = str(uuid.uuid4())
        batch = [event("BRU1", "7", "2026-03-02T08:00:00")]
        self.ingest(*batch, batch_uuid=name)
        with self.assertRaises(Conflict):
            self.ingest(event("BRU1", "7", "2026-03-02T09:00:00"), batch_uuid=name)
        _gateway, other, _key = self.make_gateway("Other")
        with self.assertRaises(Conflict):
            self.ingest(*batch, batch_uuid=name, user=other)
        for nonsense in ("", "x", name.upper(), 7, ["x"]):
            with self.subTest(nonsense=nonsense), self.assertRaises(ValidationError):
                self.ingest(*batch, batch_uuid=nonsense)

    def test_a_batch_is_kept_as_it_arrived(self):
        self.ingest(event("BRU1", "7", "2026-03-02T08:00:00"))
        batch = self.env["punchclock.batch"].search([("gateway_id", "=", self.gateway.id)], limit=1)
        with self.assertRaises(UserError):
            batch.sudo().write({"payload_sha256": "0" * 64})
        with self.assertRaises(UserError):
            batch.sudo().unlink()
        self.env.cr.execute("ALTER TABLE punchclock_batch DISABLE TRIGGER USER")
        self.env.cr.execute("UPDATE punchclock_batch SET received_at = '2020-01-01' WHERE id = %s", [batch.id])
        self.env.cr.execute("ALTER TABLE punchclock_batch ENABLE TRIGGER USER")
        batch.invalidate_recordset()
        batch._forget_answers()
        self.assertFalse(batch.answer)
        self.assertTrue(batch.payload_sha256)

    def test_too_much_at_once(self):
        self.gateway.events_per_minute = 500
        start = datetime(2026, 3, 2, 8)
        batch = [event("BRU1", "7", (start + timedelta(minutes=number)).isoformat()) for number in range(400)]
        name = str(uuid.uuid4())
        first = self.ingest(*batch, batch_uuid=name)
        with self.assertRaises(TooManyRequests) as caught:
            self.ingest(*batch[:101], batch_uuid=str(uuid.uuid4()))
        self.assertIn("Retry-After", dict(caught.exception.get_headers()))
        self.assertEqual({o["outcome"] for o in self.ingest(*batch[:100])}, {"duplicate"})
        # An answer that was lost is not refused.
        self.assertEqual(self.ingest(*batch, batch_uuid=name), first)
        # Another gateway has its own measure.
        _gateway, other, _key = self.make_gateway("Other")
        self.assertEqual(len(self.ingest(*batch[:200], user=other)), 200)
        with self.assertRaises(ValidationError):
            self.gateway.events_per_minute = 10

    def test_too_many_batches(self):
        self.gateway.calls_per_minute = 60
        good = event("BRU1", "7", "2026-03-02T08:00:00")
        name = str(uuid.uuid4())
        first = self.ingest(good, batch_uuid=name)
        # A batch without a punch is a batch.
        for _number in range(59):
            self.ingest()
        with self.assertRaises(TooManyRequests) as caught:
            self.ingest()
        self.assertIn("Retry-After", dict(caught.exception.get_headers()))
        with self.assertRaises(TooManyRequests):
            self.ingest(event("BRU1", "7", "2026-03-02T09:00:00"))
        self.assertEqual(self.ingest(good, batch_uuid=name), first, "an answer that was lost is not refused")
        self.assertEqual(self.env["punchclock.batch"].search_count([("gateway_id", "=", self.gateway.id)]), 60)
        _gateway, other, _key = self.make_gateway("Other")
        self.assertEqual(self.ingest(user=other), [])

    def test_too_large(self):
        batch = [event("BRU1", "7", "2026-03-02T08:00:00", note="x" * 1100) for _number in range(480)]
        with self.assertRaises(RequestEntityTooLarge):
            self.ingest(*batch)
        self.assertEqual(len(self.ingest(*batch[:400])), 400)

    def test_another_schema(self):
        with self.assertRaises(ValidationError):
            self.ingest(event("BRU1", "7", "2026-03-02T08:00:00"), schema=2)

    def test_a_copy_of_the_database_takes_nothing(self):
        path = Path(__file__).parent.parent / "data" / "neutralize.sql"
        good = event("BRU1", "7", "2026-03-02T08:00:00")
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        with self.assertRaisesRegex(AccessError, "neutralized"):
            self.ingest(good)
        self.env["ir.config_parameter"].set_param("database.is_neutralized", False)
        self.env.flush_all()
        self.env.cr.execute(path.read_text())
        self.env.invalidate_all()
        self.assertEqual(self.gateway.state, "suspended")
        with self.assertRaisesRegex(AccessError, "suspended"):
            self.ingest(good)
        self.assertFalse(self.env["res.users.apikeys"].sudo().search([("user_id", "=", self.bot.id)]))
        self.assertFalse(self.env["punchclock.event"].search([("serial_key", "=", "BRU1")]))

    def test_a_clock_that_runs_ahead_and_a_punch_from_long_ago(self):
        self.gateway.stale_days = 30
        now = datetime.now(pytz.timezone("Europe/Brussels")).replace(tzinfo=None, microsecond=0)
        times = [
            now + timedelta(hours=2),
            now + timedelta(minutes=1),
            now - timedelta(days=29),
            now - timedelta(days=32),
        ]
        outcomes = self.ingest(*[event("BRU1", "7", time.isoformat()) for time in times])
        self.assertEqual(
            self.codes(outcomes),
            [("review", "time_future"), ("accepted", None), ("accepted", None), ("review", "time_stale")],
        )
        events = self.env["punchclock.event"].browse([o["id"] for o in outcomes])
        self.assertEqual(events.employee_id, self.anna)
        # Mapping again does not forget why; a person who looked at them lets them count without the mark.
        self.env["punchclock.event"]._match({(self.space.id, "7")})
        self.assertEqual(events.mapped("review_code"), ["time_future", False, False, "time_stale"])
        events.with_user(self.officer).action_accept()
        self.assertEqual(events.mapped("status"), ["ok"] * 4)
        self.env["punchclock.event"]._match({(self.space.id, "7")})
        self.assertEqual(events.mapped("status"), ["ok"] * 4)
        with self.assertRaises(AccessError):
            events.with_user(self.bot).action_accept()

    def test_a_voided_punch_stays_voided(self):
        first, second = self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 8 * 3600)
        second._void()
        late = self.env["punchclock.event"]._add_manual(
            self.anna, datetime(2026, 3, 2, 18), "Europe/Brussels", state="1"
        )
        self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 9 * 3600)
        self.env["punchclock.event"]._match({(self.space.id, "7")})
        self.assertEqual((first + second + late).mapped("status"), ["ok", "voided", "ok"])
        # The same punch sent again is a duplicate, and no way around the voiding.
        self.assertEqual(self.ingest(event("BRU1", "7", "2026-03-02T17:00:00"))[0]["outcome"], "duplicate")
        self.assertEqual(second.status, "voided")
        late._void()
        second._unvoid()
        self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 8 * 3600)

    def test_the_direction_of_a_terminal(self):
        self.brussels.direction_policy = "in_only"
        self.new_york.direction_policy = "out_only"
        self.new_york.tz = "Europe/Brussels"
        self.punch("7", "2026-03-02T08:00:00")
        self.punch("7", "2026-03-02T17:00:00", serial="NYC1")
        self.drain()
        self.assertEqual(self.summary(self.anna, "2026-03-02")[0], 8 * 3600)
        self.brussels.direction_policy = "state"
        self.assertIn(date(2026, 3, 2), self.env["punchclock.dirty.day"].search([]).mapped("date"))

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
