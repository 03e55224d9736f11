# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import datetime
from pathlib import Path

from odoo.tests import BaseCase, tagged

from odoo.addons.punchclock.identity import fingerprint, normal_pin, normal_serial

# The vectors that the Rust tests read too.
VECTORS = Path(__file__).resolve().parents[3] / "testdata" / "fingerprint.json"


@tagged("post_install", "-at_install")
class TestIdentity(BaseCase):
    def test_shared_vectors(self):
        vectors = json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]
        self.assertGreater(len(vectors), 20)
        for vector in vectors:
            with self.subTest(vector["why"]):
                local = datetime.fromisoformat(vector["local"])
                self.assertEqual(fingerprint(vector["serial"], vector["pin"], local), vector["fingerprint"])

    def test_normal_forms_are_ascii(self):
        self.assertEqual(normal_serial("\t abcé \0"), "ABCé")
        self.assertEqual(normal_pin(" 007 "), "7")
        self.assertEqual(normal_pin("000"), "0")
        self.assertEqual(normal_pin("0A7"), "0A7")
        # Arabic digits are digits to Python, and not to the terminals.
        self.assertEqual(normal_pin("\u0660\u0667"), "\u0660\u0667")
