# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The shifts of a person, out of Odoo's working hours.

Odoo's calendar knows lines within one calendar day and no shift: a night from 22:00 to 06:00 is a line that ends
at 24:00 and a line of the next weekday that begins at 00:00. Here they become one shift again, owned by the date it
starts on. All times are civil times of the calendar's zone; what an instant is, the engine decides.
"""

import itertools
from datetime import datetime, time, timedelta

import pytz

# A pause this long within one day makes two shifts; the engine starts a new group after the same time.
SPLIT = timedelta(hours=4)
DAY = timedelta(days=1)
# Work around the clock (00:00 to 24:00 every day) must not become one endless shift.
LONGEST = DAY


def shifts_of(employee, first, last):
    """Shifts that start on the dates from ``first`` to ``last``, as the engine wants them.

    An employee without hours of their own has none: there are no built-in hours.
    """
    # One day more at both ends: the neighbours decide whether a line belongs to a night.
    work, present = [], []
    for calendar, since, until in _calendars(employee, first - DAY, last + DAY):
        if not has_hours(calendar):
            continue
        zone = pytz.timezone(calendar.tz)
        begin = zone.localize(datetime.combine(since, time.min))
        end = zone.localize(datetime.combine(until + DAY, time.min))
        lines = _civil(calendar._attendance_intervals_batch(begin, end, tz=zone)[False], since, until)
        lunch = calendar._attendance_intervals_batch(begin, end, tz=zone, lunch=True)[False]
        breaks = _civil(lunch, since, until)
        resource = employee.resource_id
        away = calendar._leave_intervals_batch(begin, end, resources=resource, tz=zone)[resource.id]
        away = [(_naive(start, zone), _naive(stop, zone)) for start, stop, _leave in away]
        work += [(start, stop, calendar.tz) for start, stop in _without(lines, [*breaks, *away])]
        # A break belongs to the shift it lies in, also where it hides midnight: the breaks are cut out afterwards.
        present += [(start, stop, calendar.tz) for start, stop in _without([*lines, *breaks], away)]
    return [
        _shift(blocks, number)
        for blocks, number in _numbered(_filled(_groups(sorted(present)), sorted(work)))
        if first <= blocks[0][0].date() <= last
    ]


def has_hours(calendar):
    """Whether a calendar says from when to when somebody works.

    Flexible hours do not; nor do hours by duration, which Odoo merely draws around noon.
    """
    return bool(calendar) and not calendar.flexible_hours and not calendar.duration_based


def _calendars(employee, first, last):
    """(calendar, since, until) for runs of dates: a change of contract changes the hours from its day on."""
    runs = []
    day = first
    while day <= last:
        calendar = employee._get_version(day).resource_calendar_id
        if runs and runs[-1][0] == calendar:
            runs[-1][2] = day
        else:
            runs.append([calendar, day, day])
        day += DAY
    return runs


def _naive(moment, zone):
    civil = moment.astimezone(zone).replace(tzinfo=None)
    # 24:00 is the last microsecond of the day to Odoo; and nobody means a shift to end a minute before midnight.
    if civil.time() >= time(23, 59):
        return datetime.combine(civil.date() + DAY, time.min)
    return civil


def _civil(intervals, since, until):
    """The wall-clock times that the lines were written with."""
    spans = []
    for start, stop, _line in intervals:
        # Not converted: an hour that the clock change skips keeps the reading its line has.
        begin, end = start.replace(tzinfo=None), stop.replace(tzinfo=None)
        if end.time() >= time(23, 59):
            end = datetime.combine(end.date() + DAY, time.min)
        if begin < end and since <= begin.date() <= until:
            spans.append((begin, end))
    return spans


def _without(spans, holes):
    left = spans
    for hole_start, hole_stop in holes:
        pieces = []
        for start, stop in left:
            pieces += [(start, min(stop, hole_start)), (max(start, hole_stop), stop)]
        left = [(start, stop) for start, stop in pieces if start < stop]
    return left


def _filled(groups, work):
    """The work in each group; a group of breaks alone is no shift."""
    for group in groups:
        begin, end, zone = group[0][0], group[-1][1], group[0][2]
        blocks = [block for block in work if begin <= block[0] < end and block[2] == zone]
        if blocks:
            yield blocks


def _groups(present):
    """Runs of time that are one shift: short pauses within a day, and no pause at all over midnight."""
    groups = []
    for block in present:
        if groups:
            before = groups[-1][-1]
            pause = block[0] - before[1]
            midnight = block[0].time() == time.min
            same_day = before[1].date() == block[0].date() and before[1].time() != time.min
            fits = before[2] == block[2] and block[1] - groups[-1][0][0] <= LONGEST
            if fits and ((midnight and not pause) or (same_day and pause < SPLIT)):
                groups[-1].append(block)
                continue
        groups.append([block])
    return groups


def _numbered(groups):
    seen = {}
    for blocks in groups:
        day = blocks[0][0].date()
        seen[day] = seen.get(day, 0) + 1
        yield blocks, seen[day]


def _shift(blocks, number):
    day = blocks[0][0].date()
    return {
        "id": f"{day}#{number}",
        "date": day.isoformat(),
        "start": blocks[0][0].isoformat(),
        "end": blocks[-1][1].isoformat(),
        "zone": blocks[0][2],
        "breaks": [
            {"from": before[1].isoformat(), "to": after[0].isoformat(), "paid": False}
            for before, after in itertools.pairwise(blocks)
            if before[1] < after[0]
        ],
    }
