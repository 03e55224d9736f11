# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is planned for some people between two dates: contract, policy, shifts, leaves; read once for all of them.

The number of queries depends neither on the people nor on the dates.
"""

import itertools
from bisect import bisect_right
from collections import defaultdict
from datetime import datetime, time, timedelta
from functools import cached_property

import pytz

from odoo.fields import Domain

from .. import engine
from .calendar_shifts import DAY, filled, groups, has_hours, naive, spans_of, without

HALF_DAY = timedelta(hours=12)


class Planned:
    """The shifts of one person, and what leaves and holidays took of them."""

    def __init__(self):
        self.shifts = defaultdict(list)  # date → shifts as the engine wants them
        self.full_s = defaultdict(int)  # date → planned work, leaves not taken into account
        self.left_s = defaultdict(int)  # date → planned work that is left
        self.away = defaultdict(list)  # date → (start, stop, zone, leave), the planned time that leaves took
        self.holidays = set()  # dates that are public holidays, planned work or not

    def between(self, first, last):
        return [
            shift for number in range((last - first).days + 1) for shift in self.shifts.get(first + DAY * number, ())
        ]


class Plan:
    def __init__(self, employees, first, last):
        """
        :param employees: `hr.employee` records
        :param date first: first date that is asked about
        :param date last: last one
        """
        self.employees = employees.sudo()
        self.env = self.employees.env
        # One day more at both ends: the neighbours decide whether a line belongs to a night.
        self.first, self.last = first - DAY, last + DAY
        self.dates = [self.first + DAY * number for number in range((self.last - self.first).days + 1)]
        self._no_template = self.env["punchclock.shift.template"]
        self._no_policy = self.env["punchclock.policy.version"]
        self._calendar_spans = {}
        self._planned = {}
        self._by_employee = {}
        self._versions_by_day = {}
        self._policy_versions = {}
        self._policies_by_day = {}
        self._engine_policies = {}
        self._companies = {}
        self._departments = {}
        self._ends = {}
        self._pay_codes = {}
        self._rules = {}
        self._sources_by_day = {}
        self._with_hours = {}
        self.second_taps = set()  # ids of punches that are told to be repeated taps

    # Reading a field of a record costs more than the arithmetic of a whole day: these are read once.

    def company_id(self, employee):
        if employee.id not in self._companies:
            self._companies[employee.id] = employee.company_id.id
        return self._companies[employee.id]

    def department_id(self, version):
        if version.id not in self._departments:
            self._departments[version.id] = version.department_id.id or None
        return self._departments[version.id]

    # -- contract and policy -----------------------------------------------------------------------------------

    @cached_property
    def _versions(self):
        """Employee id → (dates, versions), both by date."""
        versions = self.env["hr.version"].search([("employee_id", "in", self.employees.ids)], order="date_version, id")
        found = {}
        for employee, own in versions.grouped("employee_id").items():
            found[employee.id] = ([version.date_version for version in own], list(own))
        return found

    def version(self, employee, day):
        """The contract that holds on a date: as in Odoo, the very first one holds before its own date too."""
        key = (employee.id, day)
        if key not in self._versions_by_day:
            dates, versions = self._versions.get(employee.id, ((), (self.env["hr.version"],)))
            self._versions_by_day[key] = versions[max(bisect_right(dates, day) - 1, 0)]
        return self._versions_by_day[key]

    def has_left(self, employee, day):
        """Whether a date is after the contract's end; where no contract has dates, after the departure."""
        version = self.version(employee, day)
        if version.id not in self._ends:
            self._ends[version.id] = version.contract_date_end or version.departure_date
        end = self._ends[version.id]
        return bool(end) and day > end

    def policy_version(self, employee, day):
        """The published version of the policy that was chosen for a person, on a date; may be empty."""
        key = (employee.id, day)
        if key not in self._policies_by_day:
            self._policies_by_day[key] = self._find_policy_version(employee, day)
        return self._policies_by_day[key]

    def _find_policy_version(self, employee, day):
        version = self.version(employee, day)
        key = (version.id, self.company_id(employee))
        if key not in self._policy_versions:
            policy = self.env["punchclock.policy"]._of(version, employee.company_id)
            published = policy.version_ids.filtered(lambda each: each.state == "published").sorted("date_from")
            self._policy_versions[key] = ([each.date_from for each in published], list(published))
        dates, versions = self._policy_versions[key]
        index = bisect_right(dates, day) - 1
        return versions[index] if index >= 0 else self._no_policy

    def policy_key(self, employee, day):
        """(version of the policy or an empty id, whether the date has no norm): dates of one key are one call."""
        return self.policy_version(employee, day).id, not self.has_hours(employee, day)

    def engine_policy(self, version_id, free):
        """The policy as the engine wants it."""
        key = (version_id, free)
        if key not in self._engine_policies:
            version = self.env["punchclock.policy.version"].browse(version_id or ())
            policy = version._engine_policy() if version else dict(engine.POLICY)
            self._engine_policies[key] = engine.without_norm(policy) if free else policy
        return self._engine_policies[key]

    def pay_codes(self, version):
        if version.id not in self._pay_codes:
            self._pay_codes[version.id] = version._pay_codes() if version else {}
        return self._pay_codes[version.id]

    def facts(self, employee, policy_key, first, last):
        """The kinds of dates that the policy has rules for, as the engine wants them."""
        policy = self.engine_policy(*policy_key)
        planned = self.planned(employee)
        dates = [first + DAY * number for number in range((last - first).days + 1)]
        kinds = {}
        if engine.mentions(policy, "holiday"):
            kinds.update({day: "holiday" for day in dates if day in planned.holidays})
        if engine.mentions(policy, "rest_day") and not policy_key[1]:
            kinds.update({day: "rest_day" for day in dates if not planned.full_s.get(day) and day not in kinds})
        return [{"date": day.isoformat(), "kinds": [kind]} for day, kind in sorted(kinds.items())]

    def with_period(self, employee, policy_key, dates):
        """Dates, and those after them whose overtime depends on them (a week's, for instance)."""
        days, anchor = engine.period_of(self.engine_policy(*policy_key))
        if not days:
            return dates
        wider = set(dates)
        for day in dates:
            start = day - DAY * ((day - anchor).days % days)
            wider |= {start + DAY * number for number in range(days)}
        return {day for day in wider if self.policy_key(employee, day) == policy_key}

    # -- where shifts come from ----------------------------------------------------------------------------------

    @cached_property
    def _assignments(self):
        found = self.env["punchclock.shift.assignment"].search(
            [
                ("employee_id", "in", self.employees.ids),
                ("date_from", "<=", self.last),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", self.first),
            ],
            order="date_from, id",
        )
        return found.grouped("employee_id")

    def _source(self, employee, day):
        """(calendar of the contract, templates, assigned): what decides a date; the hours of the calendar hold where
        no template is assigned."""
        key = (employee.id, day)
        if key not in self._sources_by_day:
            self._sources_by_day[key] = self._find_source(employee, day)
        return self._sources_by_day[key]

    def _find_source(self, employee, day):
        version, policy = self.version(employee, day), self.policy_version(employee, day)
        key = (version.id, policy.id)
        if key not in self._rules:
            self._rules[key] = version.resource_calendar_id, policy.shift_source or "assigned"
        calendar, source = self._rules[key]
        if self.has_left(employee, day):
            return calendar.browse(), self._no_template, False
        templates, assigned = self._no_template, False
        if source != "calendar":
            for assignment in self._assignments.get(employee, ()):
                if assignment._covers(day):
                    assigned = True
                    if assignment._works_on(day):
                        templates |= assignment.template_id
        return calendar, templates, assigned or source == "template"

    def has_hours(self, employee, day):
        """Whether somebody said from when to when this person works on such a date, be it "not at all"."""
        calendar, _templates, assigned = self._source(employee, day)
        if calendar.id not in self._with_hours:
            self._with_hours[calendar.id] = has_hours(calendar)
        return assigned or self._with_hours[calendar.id]

    def _sources(self, employee):
        """Runs of dates with one source: a change of contract changes the hours from its day on."""
        runs = []
        for day in self.dates:
            source = self._source(employee, day)
            if runs and runs[-1][0] == source:
                runs[-1][2] = day
            else:
                runs.append([source, day, day])
        return runs

    # -- leaves and public holidays -------------------------------------------------------------------------------

    @cached_property
    def _leaves(self):
        """(resource id or False, company id) → leaves in the stretch, by start."""
        since = datetime.combine(self.first - DAY, time.min)
        until = datetime.combine(self.last + 2 * DAY, time.min)
        found = self.env["resource.calendar.leaves"].search(
            Domain("date_from", "<=", until)
            & Domain("date_to", ">=", since)
            & Domain("time_type", "=", "leave")
            & Domain("resource_id", "in", [False, *self.employees.resource_id.ids]),
            order="date_from, id",
        )
        by_owner = defaultdict(list)
        for leave in found:
            by_owner[leave.resource_id.id, False if leave.resource_id else leave.company_id.id].append(leave)
        return by_owner

    def _leaves_of(self, employee):
        resource = employee.resource_id
        return [*self._leaves.get((resource.id, False), ()), *self._leaves.get((False, resource.company_id.id), ())]

    # -- shifts ----------------------------------------------------------------------------------------------------

    def planned(self, employee):
        """What is planned for a person; people with the same hours and no leave of their own share it."""
        if employee.id not in self._by_employee:
            runs = self._sources(employee)
            leaves = self._leaves_of(employee)
            zone = employee._get_tz()
            key = (
                tuple(
                    (calendar.id, templates._ids, assigned, since, until)
                    for (calendar, templates, assigned), since, until in runs
                ),
                tuple(leave.id for leave in leaves),
                zone,
            )
            if key not in self._planned:
                self._planned[key] = self._make(runs, leaves, zone)
            self._by_employee[employee.id] = self._planned[key]
        return self._by_employee[employee.id]

    def _make(self, runs, leaves, zone):
        planned = Planned()
        cut = self._shifts(runs, leaves, zone)
        for day, shift in cut:
            planned.shifts[day].append(shift)
            planned.left_s[day] += shift.pop("work_s")
        full = self._shifts(runs, [], zone) if leaves else cut
        for day, shift in full:
            planned.full_s[day] += shift.pop("work_s") if leaves else 0
        if not leaves:
            planned.full_s = planned.left_s
        self._tell_away(planned, full, runs, leaves, zone)
        return planned

    def _tell_away(self, planned, full, runs, leaves, zone):
        """What of the planned time is a public holiday, and what of the rest is a leave: no second of it twice."""
        # Nobody uses up days off on a public holiday.
        leaves = sorted(leaves, key=lambda leave: bool(leave.resource_id))
        for (calendar, _templates, _assigned), since, until in runs:
            concerned = [leave for leave in leaves if _concerns(leave, calendar)]
            for leave in concerned:
                if not leave.resource_id:
                    planned.holidays |= {day for day in _days_of(leave, zone) if since <= day <= until}
            for day, shift in full:
                left = shift["blocks"] if since <= day <= until else ()
                for leave in concerned:
                    begin, end = _wall_span(leave, shift["zone"])
                    planned.away[day] += [
                        (max(begin, start), min(end, stop), shift["zone"], leave)
                        for start, stop in left
                        if max(begin, start) < min(end, stop)
                    ]
                    left = without(left, [(begin, end)])
        for shifts in (planned.shifts.values(), [[shift for _day, shift in full]]):
            for shift in itertools.chain.from_iterable(shifts):
                shift.pop("blocks", None)

    def _shifts(self, runs, leaves, zone):
        """(date, shift) of all runs, by start."""
        work, present, made = [], [], []
        for (calendar, templates, assigned), since, until in runs:
            concerned = [leave for leave in leaves if _concerns(leave, calendar)]
            if assigned:
                away = [_wall_span(leave, zone) for leave in concerned]
                made += self._template_shifts(templates, away, zone, since, until)
            elif has_hours(calendar):
                lines, within = self._spans(calendar, since, until)
                away = [_wall_span(leave, calendar.tz) for leave in concerned]
                work += [(start, stop, calendar.tz) for start, stop in without(lines, away)]
                present += [(start, stop, calendar.tz) for start, stop in without(within, away)]
        made += [(blocks, {}) for blocks in filled(groups(sorted(present)), sorted(work))]
        made.sort(key=lambda entry: entry[0])
        seen, shifts = defaultdict(int), []
        for blocks, more in made:
            day = blocks[0][0].date()
            seen[day] += 1
            shifts.append((day, _shift(blocks, seen[day], more)))
        return shifts

    def _spans(self, calendar, since, until):
        """(work, work and breaks) of a calendar that begin on these dates, by the wall clock.

        A break belongs to the shift it lies in, also where it hides midnight: that is what the second one is for.
        """
        if calendar.id not in self._calendar_spans:
            self._calendar_spans[calendar.id] = spans_of(calendar, self.dates)
        return tuple(
            [span for span in spans if since <= span[0].date() <= until] for spans in self._calendar_spans[calendar.id]
        )

    def _template_shifts(self, templates, away, zone, since, until):
        for number in range((until - since).days + 1):
            midnight = datetime.combine(since + DAY * number, time.min)
            for template in templates:
                start = midnight + timedelta(seconds=template.start_s)
                stop = start + timedelta(seconds=template.duration_s)
                pauses = [
                    (start + timedelta(seconds=p.after_s), start + timedelta(seconds=p.after_s + p.duration_s), p.paid)
                    for p in template.break_ids
                ]
                planned = without([(start, stop)], [(begin, end) for begin, end, paid in pauses if not paid])
                blocks = without(planned, away)
                if not blocks:
                    continue
                taken = _seconds(planned) - _seconds(blocks)
                more = {
                    "paid": [
                        (begin, end) for begin, end, paid in pauses if paid and not without([(begin, end)], blocks)
                    ]
                }
                if template.norm_s:
                    more["norm_s"] = max(template.norm_s - taken, 0)
                yield [(begin, end, zone) for begin, end in sorted(blocks)], more


def _concerns(leave, calendar):
    """Whether a leave is one for who has these working hours: their own always is, a public holiday may be of others.

    Odoo copies the company's public holidays into each new calendar, so that there are as many of one as calendars.
    """
    return bool(leave.resource_id) or not leave.calendar_id or leave.calendar_id == calendar


def _wall_span(leave, zone):
    tz = pytz.timezone(zone)
    return naive(pytz.utc.localize(leave.date_from), tz), naive(pytz.utc.localize(leave.date_to), tz)


def _days_of(leave, zone):
    """The dates that a leave takes at least half of."""
    begin, end = _wall_span(leave, zone)
    for number in range((end.date() - begin.date()).days + 1):
        midnight = datetime.combine(begin.date() + DAY * number, time.min)
        if min(end, midnight + DAY) - max(begin, midnight) >= HALF_DAY:
            yield midnight.date()


def _shift(blocks, number, more):
    day, zone = blocks[0][0].date(), blocks[0][2]
    breaks = [(before[1], after[0], False) for before, after in itertools.pairwise(blocks) if before[1] < after[0]] + [
        (begin, end, True) for begin, end in more.get("paid", ())
    ]
    work_s = more.get("norm_s", _seconds(blocks))
    shift = {
        "id": f"{day}#{number}",
        "date": day.isoformat(),
        "start": blocks[0][0].isoformat(),
        "end": blocks[-1][1].isoformat(),
        "zone": zone,
        "breaks": [
            {"from": begin.isoformat(), "to": end.isoformat(), "paid": paid} for begin, end, paid in sorted(breaks)
        ],
        # For the plan itself; taken out before the engine sees it.
        "work_s": work_s,
        "blocks": [(begin, end) for begin, end, _zone in blocks],
    }
    if "norm_s" in more:
        shift["norm_s"] = more["norm_s"]
    return shift


def _seconds(spans):
    return int(sum((span[1] - span[0]).total_seconds() for span in spans))


def shifts_of(employee, first, last):
    """Shifts that start on the dates from ``first`` to ``last``, as the engine wants them.

    A person without hours of their own has none: there are no built-in hours.
    """
    return Plan(employee, first, last).planned(employee.sudo()).between(first, last)
