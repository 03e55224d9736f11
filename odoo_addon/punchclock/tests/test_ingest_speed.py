# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
import time
from datetime import datetime, timedelta

from odoo.tests import tagged

from .common import PunchclockCase, event

_logger = logging.getLogger(__name__)

PEOPLE, EVENTS, BATCH = 100, 5000, 500
# Attendances created beside each batch: a tenth, because they take so much longer.
BESIDE = 50


@tagged("post_install", "-at_install")
class TestIngestSpeed(PunchclockCase):
    def test_ingesting_is_ten_times_as_fast_as_creating_attendances(self):
        """Both in turn, on one database in one transaction, so that the ratio says something on a busy machine."""
        people = self.env["hr.employee"].create(
            [
                {
                    "name": f"Person {number}",
                    "company_id": self.company.id,
                    "resource_calendar_id": self.office.id,
                    "date_version": "2025-01-01",
                    "tz": "Europe/Brussels",
                }
                for number in range(PEOPLE)
            ]
        )
        self.env["punchclock.pin"].create(
            [
                {"pin_space_id": self.space.id, "pin": str(1000 + number), "employee_id": person.id}
                for number, person in enumerate(people)
            ]
        )
        start = datetime(2026, 3, 2, 8)
        # A punch of everybody, an hour later the next: fifty rounds over a working month.
        events = [
            event("BRU1", str(1000 + number % PEOPLE), (start + timedelta(hours=9 * (number // PEOPLE))).isoformat())
            for number in range(EVENTS)
        ]
        attendances = [
            {
                "employee_id": people[number % PEOPLE].id,
                "check_in": start + timedelta(days=number // PEOPLE),
                "check_out": start + timedelta(days=number // PEOPLE, hours=8),
            }
            for number in range(EVENTS // BATCH * BESIDE)
        ]
        self.ingest(event("BRU1", "1000", "2026-02-01T08:00:00"))
        self.env["hr.attendance"].create(
            {"employee_id": people[0].id, "check_in": "2026-02-01 08:00:00", "check_out": "2026-02-01 16:00:00"}
        )
        self.env.flush_all()
        ours = theirs = 0.0
        for number in range(EVENTS // BATCH):
            batch = events[number * BATCH : (number + 1) * BATCH]
            began = time.perf_counter()
            outcomes = self.ingest(*batch)
            self.env.flush_all()
            ours += time.perf_counter() - began
            self.assertEqual({outcome["outcome"] for outcome in outcomes}, {"accepted"})
            rows = attendances[number * BESIDE : (number + 1) * BESIDE]
            began = time.perf_counter()
            self.env["hr.attendance"].create(rows)
            self.env.flush_all()
            theirs += time.perf_counter() - began
        stored = self.env["punchclock.event"].search_count([("employee_id", "in", people.ids)])
        self.assertEqual(stored, EVENTS + 1)
        our_rate, their_rate = EVENTS / ours, len(attendances) / theirs
        ratio = our_rate / their_rate
        _logger.info(
            "ratio: %s punches ingested in batches of %s: %.0f/s; %s hr.attendance created: %.0f/s; ratio %.1f",
            EVENTS,
            BATCH,
            our_rate,
            len(attendances),
            their_rate,
            ratio,
        )
        self.assertGreaterEqual(ratio, 10)
