# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import BaseCase, tagged

from odoo.addons.punchclock import wire

from .common import event


@tagged("post_install", "-at_install")
class TestWire(BaseCase):
    def refused(self, raw):
        with self.assertRaises(wire.Rejected) as caught:
            wire.parse(raw)
        return caught.exception.code

    def test_plain(self):
        punch = wire.parse(event(" bru1\0", "007", "2026-03-02T08:00:00", state=0, received_at="2026-03-02 07:00:01"))
        self.assertEqual(punch.serial, " bru1")
        self.assertEqual(punch.serial_key, "BRU1")
        self.assertEqual(punch.pin, "007")
        self.assertEqual(punch.pin_key, "7")
        self.assertEqual(punch.state, "0")
        self.assertIsNone(punch.work_code)

    def test_what_is_refused(self):
        good = event("BRU1", "7", "2026-03-02T08:00:00")
        for change, code in [
            ({"serial": None}, "bad_serial"),
            ({"serial": " \t\0"}, "bad_serial"),
            ({"serial": "A" * 65}, "bad_serial"),
            ({"serial": "A\0B"}, "bad_serial"),
            ({"serial": "\ud800"}, "bad_serial"),
            ({"serial": 12}, "bad_serial"),
            ({"pin": ""}, "bad_pin"),
            ({"pin": 7}, "bad_pin"),
            ({"pin": "7\0007"}, "bad_pin"),
            ({"local_time": "2026-03-02 08:00:00"}, "bad_time"),
            ({"local_time": "2026-02-30T08:00:00"}, "bad_time"),
            ({"local_time": "2026-03-02T08:00:60"}, "bad_time"),
            ({"local_time": "0000-00-00T00:00:00"}, "bad_time"),
            ({"local_time": 1772438400}, "bad_time"),
            ({"local_time": None}, "bad_time"),
            ({"received_at": "yesterday"}, "bad_time"),
            ({"fingerprint": "0" * 32}, "bad_fingerprint"),
            ({"fingerprint": good["fingerprint"].upper()}, "bad_fingerprint"),
            ({"fingerprint": None}, "bad_fingerprint"),
            ({"fingerprint": ["x"]}, "bad_fingerprint"),
            ({"pin": "8"}, "bad_fingerprint"),
            ({"state": 256}, "schema"),
            ({"state": -1}, "schema"),
            ({"state": True}, "schema"),
            ({"state": "0"}, "schema"),
            ({"verify": 1.5}, "schema"),
            ({"work_code": 5}, "schema"),
            ({"work_code": "x" * 65}, "schema"),
            ({"channel": "carrier pigeon"}, "schema"),
            ({"channel": []}, "schema"),
        ]:
            with self.subTest(change=change):
                self.assertEqual(self.refused({**good, **change}), code)
        for nonsense in (None, [], "event", 7, {}):
            with self.subTest(nonsense=nonsense):
                self.assertIn(self.refused(nonsense), ("schema", "bad_serial"))

    def test_zero_is_not_missing(self):
        self.assertEqual(wire.parse(event("S", "1", "2026-03-02T08:00:00", state=0)).state, "0")
        self.assertIsNone(wire.parse(event("S", "1", "2026-03-02T08:00:00", state=None)).state)
        self.assertEqual(wire.parse(event("S", "1", "2026-03-02T08:00:00", state=255)).state, "255")
