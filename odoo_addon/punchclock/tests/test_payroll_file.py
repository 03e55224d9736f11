# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import csv
import io
import random
from fractions import Fraction

from odoo.tests import BaseCase, tagged

from odoo.addons.punchclock.payroll_file import UNITS, Number, apportion, clock, neutral, number, write


@tagged("post_install", "-at_install")
class TestPayrollFile(BaseCase):
    """What needs no database: rounding, numbers, cells."""

    def test_rounded_parts_add_up(self):
        # Twelve times twenty minutes are four hours; each alone would be 0.33.
        parts = apportion([1200] * 12, "hours", 2)
        self.assertEqual(sum(parts), 400)
        self.assertEqual(set(parts), {33, 34})
        self.assertEqual(apportion([], "hours", 2), [])
        self.assertEqual(apportion([0, 0], "hours", 4), [0, 0])

    def test_rounding_of_many(self):
        chance = random.Random(19)
        for _round in range(500):
            seconds = [
                chance.choice((0, 1, -59, -5400, 1200, 3599, 28800, chance.randrange(90000)))
                for _i in range(chance.randrange(1, 40))
            ]
            for unit, per in UNITS.items():
                for digits in range(5):
                    parts = apportion(seconds, unit, digits)
                    exact = [Fraction(amount * 10**digits, per) for amount in seconds]
                    self.assertLessEqual(abs(sum(parts) - sum(exact)), Fraction(1, 2))
                    for part, value in zip(parts, exact, strict=True):
                        self.assertLess(abs(part - value), 1)

    def test_numbers(self):
        self.assertEqual(number(15075, 4), "1.5075")
        self.assertEqual(number(-150, 2), "-1.50")
        self.assertEqual(number(0, 2), "0.00")
        self.assertEqual(number(8, 0), "8")
        self.assertEqual(clock(8 * 3600 + 5 * 60 + 59), "8:05")
        self.assertEqual(clock(100 * 3600), "100:00")
        self.assertEqual(clock(-5400), "-1:30")

    def test_no_cell_is_a_formula(self):
        for cell in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "=cmd|'/c calc'!A0"):
            with self.subTest(cell=cell):
                self.assertTrue(neutral(cell).startswith("'"))
        for cell in ("Anna", "O'Neil", "1", "", "a=b", "2026-03-02"):
            self.assertEqual(neutral(cell), cell)
        # Numbers of ours are no text that somebody typed.
        self.assertEqual(neutral(Number("-1.50")), "-1.50")
        self.assertEqual(neutral(None), "")

    def test_what_is_written_is_read_back(self):
        rows = [["a", 'say "x"', "one,two"], ["two\nlines", "é ü 漢", ""]]
        content = write(rows)
        self.assertTrue(content.endswith(b"\r\n"))
        self.assertNotIn(b"\xef\xbb\xbf", content)
        self.assertEqual(list(csv.reader(io.StringIO(content.decode(), newline=""))), rows)
        self.assertEqual(write([["a;b", "c"]], ";"), b'"a;b";c\r\n')
