"""The installed wheel, seen from Python. Run: python -m unittest discover -s tests"""

import json
import threading
import unittest

import punchclock_rules as rules

ITEM = {
    "key": "emp7",
    "zone": "Europe/Brussels",
    "shifts": [
        {
            "id": "2026-03-28#1",
            "date": "2026-03-28",
            "start": "2026-03-28T22:00:00",
            "end": "2026-03-29T06:00:00",
            "zone": None,
            "breaks": [{"from": "2026-03-29T01:00:00", "to": "2026-03-29T01:30:00", "paid": False}],
            "norm_s": None,
            "open_before_s": None,
            "close_after_s": None,
        }
    ],
    "punches": [
        {"id": "1", "local": "2026-03-28T21:58:00", "zone": None, "claimed": "in"},
        {"id": "2", "local": "2026-03-29T07:00:00", "zone": None, "claimed": None},
    ],
}


def compute(items, policy=None):
    return json.loads(rules.compute_days(json.dumps({"policy": policy or {}, "items": items})))


class Bank(unittest.TestCase):
    def test_an_account_is_played(self):
        events = [
            {"id": "sat", "date": "2025-03-08", "type": "earn", "class": "rest_day", "work_s": 8 * 3600},
            {"id": "off", "date": "2025-04-01", "type": "use", "s": 4 * 3600},
        ]
        request = {"items": [{"key": "emp7", "preset": "ph_gov_coc", "events": events}]}
        (item,) = json.loads(rules.compute_bank(json.dumps(request)))["items"]
        self.assertEqual((item["key"], item["balance_s"]), ("emp7", 8 * 3600))
        self.assertEqual(item["ledger"][1], {"event": "off", "from": [["sat", 4 * 3600]]})
        self.assertEqual(item["lots"][0]["expires_on"], "2026-12-31")
        self.assertEqual([(m["kind"], m["lot"], m["s"]) for m in item["moves"]], [("earn", "sat", 43200), ("use", "sat", -14400)])

    def test_every_fault_names_its_account(self):
        events = [{"id": "off", "date": "2025-04-01", "type": "use", "s": 0}]
        with self.assertRaises(rules.PunchclockRulesError) as refused:
            rules.compute_bank(json.dumps({"items": [{"key": "emp7", "preset": "ph_gov_coc", "events": events}]}))
        (fault,) = refused.exception.faults
        self.assertEqual((fault["item"], fault["field"], fault["code"]), ("emp7", "events[0].s", "out_of_range"))


class Compute(unittest.TestCase):
    def test_spring_night_is_an_hour_shorter(self):
        answer = compute([ITEM], {"version": "v1", "count_before": "never"})
        self.assertEqual(answer["engine_version"], rules.__version__)
        self.assertEqual(answer["tzdb_version"], rules.tzdb_version())
        (item,) = answer["items"]
        (day,) = item["days"]
        self.assertEqual((item["key"], day["date"], day["shift_id"]), ("emp7", "2026-03-28", "2026-03-28#1"))
        # 22:00 to 06:00 is 7 h that night, less half an hour of break.
        self.assertEqual(day["scheduled_s"], 6 * 3600 + 1800)
        self.assertEqual(day["regular_s"], 6 * 3600 + 1800)
        self.assertEqual(day["overtime_s"], 3600)
        self.assertEqual(day["worked_s"], day["regular_s"] + day["overtime_s"])
        self.assertEqual(sum(s["to"] - s["from"] for s in day["segments"]), day["last_out"] - day["first_in"])
        self.assertEqual(day["segments"][0]["label"], "ignored:before_shift")
        self.assertEqual(day["policy_version"], "v1")
        self.assertRegex(day["input_hash"], "^[0-9a-f]{32}$")
        self.assertTrue(all(isinstance(line, str) for line in day["explanation"]))

    def test_fields_of_the_answer(self):
        (day,) = compute([ITEM])["items"][0]["days"]
        expected = {
            "date", "shift_id", "zone", "first_in", "last_out", "scheduled_s", "worked_s", "regular_s", "overtime_s",
            "break_s", "late_s", "early_out_s", "provisional", "anomalies", "segments", "punches", "explanation",
            "policy_version", "input_hash",
        }  # fmt: skip
        self.assertLessEqual(expected, set(day))
        self.assertEqual(set(day["segments"][0]), {"from", "to", "label", "tier", "rule", "punch_ids"})
        self.assertEqual(set(day["punches"][0]), {"id", "at", "resolution", "used"})

    def test_bytes_and_text_give_the_same_bytes(self):
        text = json.dumps({"items": [ITEM]})
        self.assertEqual(rules.compute_days(text), rules.compute_days(text.encode()))
        self.assertIsInstance(rules.compute_days(text), bytes)

    def test_all_faults_at_once_with_their_items(self):
        bad = dict(ITEM, key="emp8", zone="Mars/Olympus")
        worse = dict(ITEM, key="emp9", shift_list=[])
        with self.assertRaises(rules.PunchclockRulesError) as caught:
            compute([ITEM, worse], {"grace_in_s": -1, "max_shift_s": 0})
        faults = caught.exception.faults
        self.assertEqual([f["field"] for f in faults[:2]], ["policy.grace_in_s", "policy.max_shift_s"])
        self.assertEqual((faults[2]["item"], faults[2]["code"]), ("emp9", "schema"))
        with self.assertRaises(ValueError) as caught:
            compute([bad])
        self.assertEqual(caught.exception.faults[0]["code"], "unknown_zone")
        self.assertEqual(caught.exception.faults[0]["item"], "emp8")

    def test_anything_but_bytes_or_text_is_a_type_error(self):
        for wrong in (None, 7, {"items": []}):
            with self.assertRaises(TypeError):
                rules.compute_days(wrong)

    def test_threads_agree(self):
        request = json.dumps({"items": [dict(ITEM, key=f"emp{n}") for n in range(200)]})
        alone = rules.compute_days(request)
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(rules.compute_days(request))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [alone] * 4)


class Resolve(unittest.TestCase):
    def test_three_kinds(self):
        unique, gap, fold = rules.resolve(
            "America/New_York", ["2025-06-02T08:00:00", "2025-03-09T02:30:00", "2025-11-02T01:30:00"]
        )
        self.assertEqual((unique["kind"], unique["at"]), ("unique", 1748865600))
        self.assertEqual((gap["kind"], gap["at"]), ("gap", 1741505400))
        self.assertEqual(gap["transition"], 1741503600)
        self.assertEqual(fold["kind"], "fold")
        self.assertEqual(fold["later"] - fold["earlier"], 3600)
        self.assertEqual(fold["at"], fold["earlier"])

    def test_what_cannot_be_resolved(self):
        for zone, local in (("Nowhere", "2025-06-02T08:00:00"), ("UTC", "yesterday"), ("UTC", "1969-12-31T23:59:59")):
            with self.assertRaises(rules.PunchclockRulesError) as caught:
                rules.resolve(zone, [local])
            self.assertEqual(len(caught.exception.faults), 1)

    def test_zones(self):
        self.assertIn("Asia/Manila", rules.zones())
        self.assertEqual(rules.zones(), sorted(rules.zones()))
        self.assertRegex(rules.tzdb_version(), r"^20\d\d[a-z]$")


if __name__ == "__main__":
    unittest.main()
