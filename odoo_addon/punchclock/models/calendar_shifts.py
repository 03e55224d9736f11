# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The shifts of a person, out of Odoo's working hours.

Odoo's calendar knows lines within one calendar day and no shift: a night from 22:00 to 06:00 is a line that ends
at 24:00 and a line of the next weekday that begins at 00:00. Here they become one shift again, owned by the date it
starts on. All times are civil times of the calendar's zone; what an instant is, the engine decides.
"""

from datetime import datetime, time, timedelta

# A pause this long within one day makes two shifts; the engine starts a new group after the same time.
SPLIT = timedelta(hours=4)
DAY = timedelta(days=1)
# Work around the clock (00:00 to 24:00 every day) must not become one endless shift.
LONGEST = DAY


def has_hours(calendar):
    """Whether a calendar says from when to when somebody works.

    Flexible hours do not; nor do hours by duration, which Odoo merely draws around noon.
    """
    return bool(calendar) and not calendar.flexible_hours and not calendar.duration_based


def naive(moment, zone):
    """An aware moment as the wall clock of a zone shows it."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    # 24:00 is the last second of the day to Odoo.
    if local.time() >= time(23, 59):
        return datetime.combine(local.date() + DAY, time.min)
    return local


def spans_of(calendar, dates):
    """(work, work and breaks) of a calendar on these dates, as (start, stop) by the wall clock.

    Read from the lines themselves: Odoo's own `_attendance_intervals_batch` makes instants of them first, which costs
    twenty times as much and has to be undone again. This and `has_hours` are all that knows how a calendar is kept.
    """
    by_day = {}
    for line in calendar.attendance_ids:
        if line.display_type or not line.dayofweek:
            continue
        weeks = (line.week_type,) if calendar.two_weeks_calendar else ("0", "1")
        span = (_time_of(line.hour_from), _time_of(line.hour_to))
        for week in weeks:
            lines, breaks = by_day.setdefault((week, int(line.dayofweek)), ([], []))
            if span[0] < span[1]:
                (breaks if line.day_period == "lunch" else lines).append(span)
    # Lines do not leave their day, so the breaks of a weekday are cut out once, and not of each date.
    patterns = {
        key: (sorted(without(lines, breaks)), sorted([*lines, *breaks])) for key, (lines, breaks) in by_day.items()
    }
    week_type = calendar.env["resource.calendar.attendance"].get_week_type
    work, within = [], []
    for day in dates:
        week = str(week_type(day)) if calendar.two_weeks_calendar else "0"
        midnight = datetime.combine(day, time.min)
        of_day, all_of_day = patterns.get((week, day.weekday()), ((), ()))
        work += [(midnight + start, midnight + stop) for start, stop in of_day]
        within += [(midnight + start, midnight + stop) for start, stop in all_of_day]
    return work, within


def _time_of(hours):
    """Hours after midnight to the minute; nobody means a shift to end a minute before midnight."""
    minutes = round(hours * 60)
    return DAY if minutes >= 24 * 60 - 1 else timedelta(minutes=minutes)


def without(spans, holes):
    """What of the spans lies outside all holes."""
    left = spans
    for hole_start, hole_stop in holes:
        pieces = []
        for start, stop in left:
            pieces += [(start, min(stop, hole_start)), (max(start, hole_stop), stop)]
        left = [(start, stop) for start, stop in pieces if start < stop]
    return left


def filled(runs, work):
    """The work in each group; a group of breaks alone is no shift."""
    for group in runs:
        begin, end, zone = group[0][0], group[-1][1], group[0][2]
        blocks = [block for block in work if begin <= block[0] < end and block[2] == zone]
        if blocks:
            yield blocks


def groups(present):
    """Runs of time that are one shift: short pauses within a day, and no pause at all over midnight."""
    found = []
    for block in present:
        if found:
            before = found[-1][-1]
            pause = block[0] - before[1]
            midnight = block[0].time() == time.min
            same_day = before[1].date() == block[0].date() and before[1].time() != time.min
            fits = before[2] == block[2] and block[1] - found[-1][0][0] <= LONGEST
            if fits and ((midnight and not pause) or (same_day and pause < SPLIT)):
                found[-1].append(block)
                continue
        found.append([block])
    return found
