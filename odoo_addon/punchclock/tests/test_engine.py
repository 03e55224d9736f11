# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import itertools
import random
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.punchclock import engine

from .common import PunchclockCase, lines

HOUR = 3600
FIELDS = ("worked_seconds", "regular_seconds", "overtime_seconds", "break_seconds", "late_seconds", "early_seconds")


@tagged("post_install", "-at_install")
class TestEngine(PunchclockCase):
    """Whatever people punch: the laws of a day hold on the rows that Odoo stores."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nights = cls.calendar(
            "Night",
            "Europe/Brussels",
            lines(range(4), (22, 24)) + lines(range(1, 5), (0, 2), (2, 2.5, "lunch"), (2.5, 6)),
        )

    def random_taps(self, seed):
        """Two weeks of taps around the clock change of 29 March, near the edges of shifts and of each other."""
        luck = random.Random(seed)
        taps = set()
        for number in range(14):
            day = datetime.combine(date(2026, 3, 20) + timedelta(days=number), datetime.min.time())
            for _tap in range(luck.randint(0, 6)):
                hour = luck.choice([0, 2, 3, 6, 8, 12, 13, 17, 22, 23, luck.random() * 24])
                taps.add(day + timedelta(hours=hour, seconds=luck.choice([0, 1, 59, 60, luck.randint(-900, 900)])))
        return sorted(tap.isoformat(timespec="seconds") for tap in taps)

    def snapshot(self, employee):
        days = self.env["punchclock.day"].search([("employee_id", "=", employee.id)], order="date")
        return [
            (
                *(day.date, day.status, day.anomalies),
                *(day[field] for field in FIELDS),
                *((line.label, line.start, line.stop, line.tier) for line in day.line_ids),
            )
            for day in days
        ]

    def mark_march(self):
        self.env["punchclock.dirty.day"].with_user(self.officer).mark(self.anna.ids, "2026-03-15", "2026-04-10")

    def test_laws_of_a_day(self):
        for seed in range(12):
            calendar = self.nights if seed % 2 else self.office
            employee = self.employee(f"Random {seed}", calendar)
            self.give_pin(employee, str(7000 + seed))
            taps = self.random_taps(seed)
            self.punch(str(7000 + seed), *taps)
            self.assertEqual(self.drain()["failed"], 0)
            for day in self.env["punchclock.day"].search([("employee_id", "=", employee.id)]):
                with self.subTest(seed=seed, day=day.date):
                    self.assertTrue(all(day[field] >= 0 for field in FIELDS))
                    self.assertEqual(day.regular_seconds + day.overtime_seconds, day.worked_seconds)
                    clock = day.line_ids.filtered(lambda line: line.kind in ("work", "ot", "break", "ignored"))
                    self.assertEqual(
                        sum(clock.filtered(lambda line: line.kind in ("work", "ot")).mapped("seconds")),
                        day.worked_seconds,
                    )
                    if not day.first_in:
                        continue
                    # Work, breaks and what is not counted: the whole span, without a hole and nothing twice.
                    span = (day.last_out - day.first_in).total_seconds()
                    ordered = clock.sorted("start")
                    gaps = [(b.start - a.stop).total_seconds() for a, b in itertools.pairwise(ordered)]
                    self.assertTrue(all(gap >= 0 for gap in gaps))
                    self.assertEqual(sum(clock.mapped("seconds")) + sum(gaps), span)

    def test_the_order_of_arrival_and_the_slices_do_not_matter(self):
        for seed in range(3):
            taps = self.random_taps(100 + seed)
            one, other = self.employee(f"A{seed}", self.nights), self.employee(f"B{seed}", self.nights)
            self.give_pin(one, str(7100 + seed))
            self.give_pin(other, str(7200 + seed))
            self.punch(str(7100 + seed), *taps)
            self.drain()
            shuffled = random.Random(seed).sample(taps, len(taps))
            for start in range(0, len(shuffled), 5):
                self.punch(str(7200 + seed), *shuffled[start : start + 5])
                self.drain()
            self.assertEqual(self.snapshot(one), self.snapshot(other))

    def test_computing_again_changes_nothing(self):
        self.punch("7", *self.random_taps(200))
        self.mark_march()
        self.drain()
        before = self.snapshot(self.anna)
        ids = self.env["punchclock.day"].search([("employee_id", "=", self.anna.id)]).line_ids.ids
        # Forced: without the digests nothing is known to be unchanged.
        self.env.cr.execute("UPDATE punchclock_day SET input_digest = NULL WHERE employee_id = %s", [self.anna.id])
        self.mark_march()
        self.drain()
        self.assertEqual(self.snapshot(self.anna), before)
        rewritten = self.env["punchclock.day"].search([("employee_id", "=", self.anna.id)]).line_ids.ids
        self.assertFalse(set(ids) & set(rewritten))

    def test_an_unchanged_day_costs_no_write(self):
        self.punch("7", *self.random_taps(201))
        self.mark_march()
        self.drain()
        days = self.env["punchclock.day"]
        self.mark_march()
        real = type(days)._write_days
        with patch.object(type(days), "_write_days", autospec=True, side_effect=real) as written:
            self.drain()
        self.assertTrue(written.call_args_list)
        self.assertTrue(all(not call.args[1] for call in written.call_args_list))

    def test_a_locked_day_raises_an_exception_instead_of_changing(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        day.with_user(self.officer).action_approve()
        day._lock()
        self.punch("7", "2026-03-02T19:00:00", "2026-03-02T20:00:00")
        for _run in range(2):
            self.drain()
            day.with_user(self.officer).action_recompute()
        self.assertEqual((day.state, day.worked_seconds, day.punch_count), ("locked", 8 * HOUR, 2))
        found = day.exception_ids.filtered(lambda each: each.type == "locked_day_changed")
        self.assertEqual((len(found), found.state, found.severity), (1, "open", "error"))
        self.assertIn("28800 → 32400", found.note)
        # Nor does a digest that differs without a figure that does.
        self.env.cr.execute("UPDATE punchclock_day SET input_digest = 'other' WHERE id = %s", [day.id])
        day._unlock()
        self.assertEqual(day.state, "approved")
        self.drain()
        self.assertEqual((day.state, day.worked_seconds), ("review", 9 * HOUR))
        self.assertIn("changed_after_approval", day.exception_ids.mapped("type"))

    def test_an_approved_day_that_stays_the_same_stays_approved(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        day.with_user(self.officer).action_approve()
        # Inside the lunch break: another input, the same figures.
        self.punch("7", "2026-03-02T12:10:00", "2026-03-02T12:20:00")
        self.drain()
        self.assertEqual((day.state, day.punch_count), ("approved", 4))

    def void(self, *punches):
        """Leave punches out, as an applied correction does."""
        for punch in punches:
            punch.status = "voided"
        self.env["punchclock.dirty.day"].with_user(self.officer).mark(self.anna.ids, "2026-03-01", "2026-03-03")
        self.drain()

    def test_an_approved_day_that_loses_all_its_reasons_waits_for_a_person(self):
        self.punch("7", "2026-02-27T08:00:00", "2026-02-27T17:00:00")
        # Sunday: no shift either.
        punches = self.punch("7", "2026-03-01T08:00:00", "2026-03-01T12:00:00")
        self.drain()
        self.assertTrue(self.day(self.anna, "2026-03-01").attendance_ids)
        for decide in ("action_confirm", "action_approve"):
            with self.subTest(decide=decide):
                punches.status = "ok"
                self.void()
                day = self.day(self.anna, "2026-03-01").with_user(self.officer)
                getattr(day, decide)()
                self.void(*punches)
                told = day.exception_ids.filtered(lambda each: each.type == "changed_after_approval")
                self.assertEqual((len(told), told.state, day.state), (1, "open", "review"))
                self.assertIn("14400 → 0", told.note)
                self.assertEqual((day.worked_seconds, day.punch_count, day.status), (0, 0, "rest"))
                self.assertFalse(day.line_ids or day.attendance_ids)

    def test_what_vanished_stays_until_it_is_seen(self):
        punches = self.punch("7", "2026-03-01T08:00:00", "2026-03-01T12:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-01").with_user(self.officer)
        day.action_approve()
        # Changed first, then gone: the answer to the first is no answer to the second.
        self.punch("7", "2026-03-01T13:00:00", "2026-03-01T15:00:00")
        self.drain()
        self.assertEqual((day.state, day.worked_seconds), ("review", 6 * HOUR))
        everything = self.env["punchclock.event"].search([("employee_id", "=", self.anna.id)])
        self.assertLess(punches, everything)
        self.void(*everything)
        for _run in range(2):
            self.assertEqual((day.state, day.worked_seconds), ("review", 0))
            self.void()
        found = day.exception_ids.filtered(lambda each: each.state == "open")
        found.resolution = "Seen."
        found.action_resolve()
        self.assertEqual(day.state, "computed")
        # Seen, and nobody approved that there is nothing: nothing is left to tell.
        self.void()
        self.assertFalse(self.day(self.anna, "2026-03-01"))

    def test_a_change_after_a_second_approval_is_told_again(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02").with_user(self.officer)
        for hour in (18, 20):
            day.action_approve()
            self.punch("7", f"2026-03-02T{hour}:00:00", f"2026-03-02T{hour + 1}:00:00")
            self.drain()
            told = day.exception_ids.filtered(lambda each: each.type == "changed_after_approval")
            self.assertEqual((len(told), told.state, told.resolved_by.id, day.state), (1, "open", False, "review"))
            told.resolution = "Seen."
            told.action_resolve()

    def test_a_locked_day_that_would_vanish_stays_and_is_told(self):
        punches = self.punch("7", "2026-03-01T08:00:00", "2026-03-01T12:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-01")
        day._lock()
        self.void(*punches)
        found = day.exception_ids.filtered(lambda each: each.type == "locked_day_changed")
        self.assertIn("14400 → 0", found.note)
        self.assertEqual((day.state, day.worked_seconds), ("locked", 4 * HOUR))

    def test_a_wheel_that_is_too_old_is_said_clearly(self):
        def unknown(_request):
            raise engine.punchclock_rules.PunchclockRulesError("policy: unknown field `overlays`")

        old = SimpleNamespace(
            __version__="0.0.9",
            compute_days=unknown,
            PunchclockRulesError=engine.punchclock_rules.PunchclockRulesError,
        )
        # A namespace is not hashable, and the answer is remembered for each module.
        with (
            patch.object(engine, "_is_new_enough", engine._is_new_enough.__wrapped__),
            patch.object(engine, "punchclock_rules", old),
            self.assertRaisesRegex(engine.EngineTooOld, r"0\.0\.9, is too old.*pip install --upgrade"),
        ):
            engine.compute_days([], engine.POLICY)
