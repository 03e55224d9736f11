# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A payroll file: whole seconds in, RFC 4180 out. No ORM here.

Every number comes from whole seconds and whole-number arithmetic. Where rows are rounded, they are rounded so that they
still add up to the rounded total (largest remainder): twelve times twenty minutes are 4.00 hours and not 3.96.
"""

import csv
import io
from decimal import Decimal

# Seconds in one of it, and the digits behind the point.
UNITS = {"hours": 3600, "minutes": 60, "seconds": 1, "count": 1}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Number(str):
    """A cell that is a number of ours: a minus in front of it is no formula."""

    __slots__ = ()


def neutral(cell):
    """A cell that no spreadsheet takes for a formula; our own numbers stay as they are."""
    if isinstance(cell, Number):
        return str(cell)
    text = "" if cell is None or cell is False else str(cell)
    # A blank in front does not keep a spreadsheet from it.
    if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA):
        return "'" + text
    return text


def write(rows, delimiter=","):
    """Rows of cells as the bytes of a file: CRLF, quotes where they are needed, UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def apportion(seconds, unit, digits):
    """Round amounts so that they add up to the rounded sum.

    :param list seconds: whole numbers; one that makes up for something paid before is negative
    :return: whole numbers of the last digit, one for each
    """
    scale, per = 10**digits, UNITS[unit]
    floors = [amount * scale // per for amount in seconds]
    total = (2 * sum(seconds) * scale + per) // (2 * per)
    missing = total - sum(floors)
    by_remainder = sorted(range(len(seconds)), key=lambda i: (-(seconds[i] * scale % per), i))
    for index in by_remainder[:missing]:
        floors[index] += 1
    return floors


def number(whole, digits):
    """A whole number of the last digit, with a point."""
    return Number(Decimal(whole).scaleb(-digits) if digits else whole)


def clock(seconds):
    """Hours and minutes as a clock shows them; seconds below a minute are cut."""
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    return Number(f"{sign}{seconds // 3600}:{seconds % 3600 // 60:02}")
