# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""From what is paid of each day to the rows of a file, as a profile describes them. No ORM here."""

from collections import defaultdict
from dataclasses import dataclass, field

from . import payroll_file

PLAIN_BP = 10000
MEASURES = ("scheduled", "worked", "late", "early", "absence_days", "cto_earned", "unapproved")


@dataclass
class Row:
    """One row: whose, when, and how much of what in seconds."""

    entry: dict
    date: object = None
    code: str = ""
    rate: int = PLAIN_BP
    amount: int = 0
    codes: dict = field(default_factory=dict)
    measures: dict = field(default_factory=dict)
    texts: dict = field(default_factory=dict)


class Uncovered(Exception):
    """Pay codes that were worked and have no place in the file."""

    def __init__(self, codes):
        super().__init__(", ".join(codes))
        self.codes = codes


def paid(entries, skipped):
    """(code, rate) → seconds over all entries; what must come out in the file again."""
    totals = defaultdict(int)
    for entry in entries:
        for code, rate, seconds in entry["codes"]:
            if code not in skipped:
                totals[code, rate] += seconds
    return dict(totals)


def rows_of(entries, grain, columns, skipped):
    """The rows of a file, in the order of the entries.

    :param entries: one for each employee and date, sorted: ``codes`` as (code, rate, seconds)
    :param columns: objects with ``source`` and ``code_list``
    """
    named = {code for column in columns if column.source == "codes" for code in column.code_list}
    sources = {column.source for column in columns}
    rows = _GRAINS[grain](entries, named, skipped)
    if grain in ("day", "employee") and "other_codes" not in sources:
        _all_placed(entries, named | skipped)
    if grain == "employee_extra" and "amount" not in sources:
        _all_placed(entries, named | skipped)
    return rows


def _all_placed(entries, places):
    missing = sorted({code for entry in entries for code, _rate, _seconds in entry["codes"]} - places)
    if missing:
        raise Uncovered(missing)


def _lines(entries, _named, skipped):
    return [
        Row(entry, entry["date"], code, rate, seconds, {code: seconds}, texts=entry["texts"])
        for entry in entries
        for code, rate, seconds in entry["codes"]
        if code not in skipped
    ]


def _days(entries, _named, skipped):
    return [
        Row(entry, entry["date"], codes=_sum([entry], skipped), measures=entry["measures"], texts=entry["texts"])
        for entry in entries
    ]


def _employees(entries, _named, skipped):
    return [
        Row(own[0], codes=_sum(own, skipped), measures=_measures(own), texts=_common(own))
        for own in _by_employee(entries)
    ]


def _employee_codes(entries, _named, skipped):
    return [
        Row(own[0], None, code, rate, seconds, {code: seconds}, texts=_common(own))
        for own in _by_employee(entries)
        for (code, rate), seconds in sorted(paid(own, skipped).items())
    ]


def _employee_extras(entries, named, skipped):
    """The named codes in the first row; every other code in a pair of columns, one of them a row."""
    rows = []
    for own in _by_employee(entries):
        first = Row(own[0], codes=_sum(own, skipped), measures=_measures(own), texts=_common(own))
        rows.append(first)
        target = first
        for (code, rate), seconds in sorted(paid(own, skipped | named).items()):
            if target is None:
                target = Row(own[0], texts=first.texts)
                rows.append(target)
            target.code, target.rate, target.amount = code, rate, seconds
            target = None
    return rows


_GRAINS = {
    "line": _lines,
    "day": _days,
    "employee": _employees,
    "employee_code": _employee_codes,
    "employee_extra": _employee_extras,
}


def _by_employee(entries):
    groups = {}
    for entry in entries:
        groups.setdefault(entry["employee_id"], []).append(entry)
    return list(groups.values())


def _sum(entries, skipped):
    codes = defaultdict(int)
    for (code, _rate), seconds in paid(entries, skipped).items():
        codes[code] += seconds
    return dict(codes)


def _measures(entries):
    return {name: sum(entry["measures"][name] for entry in entries) for name in MEASURES}


def _common(entries):
    """Texts that hold for all days of a row."""
    first = entries[0]["texts"]
    return {
        "source_state": "corrected"
        if any(e["texts"]["source_state"] == "corrected" for e in entries)
        else first["source_state"]
    }


def seconds_of(column, row, named):
    """How much a row has of what a column shows."""
    if column.source == "amount":
        return row.amount
    if column.source == "codes":
        return sum(row.codes.get(code, 0) for code in column.code_list)
    if column.source == "other_codes":
        return sum(seconds for code, seconds in row.codes.items() if code not in named)
    return row.measures.get(column.source, 0)


def amounts(column, rows, named):
    """The whole numbers of an amount column: of each row, so rounded that those of an employee and code add up."""
    unit = "count" if column.source == "absence_days" else column.unit
    if unit == "clock":
        return [seconds_of(column, row, named) for row in rows]
    groups = defaultdict(list)
    for index, row in enumerate(rows):
        groups[row.entry["employee_id"], row.code, row.rate].append(index)
    result = [0] * len(rows)
    digits = 0 if unit == "count" else column.digits
    for indexes in groups.values():
        parts = payroll_file.apportion([seconds_of(column, rows[i], named) for i in indexes], unit, digits)
        for index, part in zip(indexes, parts, strict=True):
            result[index] = part
    return result
