# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import calendar
import random
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Command

from ..identity import fingerprint

OFFICE = [(8, 12, "morning"), (12, 13, "lunch"), (13, 17, "afternoon")]
DESK = [(9, 13, "morning"), (13, 13.5, "lunch"), (13.5, 17.5, "afternoon")]
SEASONAL = "1009"
# Of its own, so that nothing else that draws lots changes the month.
luck = random.Random()
DAYS = 31
DAY = timedelta(days=1)
BRUSSELS, NEW_YORK = "Europe/Brussels", "America/New_York"
DOOR, WAREHOUSE, DESK_TERMINAL, STRANGER = "CQZ7223460123", "CQZ7223460124", "BJC2190760007", "CQZ7223469999"


class PunchclockDemo(models.AbstractModel):
    """A demo company: two branches in two zones, a night shift, and a month of punches with whatever goes wrong.

    The punches go through the addon's own door, as the technical users of two gateways; nothing is written past it.
    """

    _name = "punchclock.demo"
    _description = "Demo Data of Punchclock"

    @api.model
    def _load(self):
        # One demo a database: its serial numbers exist once.
        if self.env["punchclock.terminal"].sudo().search_count([("serial", "=", DOOR)], limit=1):
            return
        admin = self.env.ref("base.user_admin")
        context = {"tracking_disable": True, "lang": "en_US", "tz": BRUSSELS}
        demo = self.with_env(self.env(user=admin, context=context))
        luck.seed(19)
        group = demo._company("Punchclock Demo")
        brussels = demo._branch(group, "Brussels branch", BRUSSELS, {"Main entrance": DOOR, "Warehouse": WAREHOUSE})
        new_york = demo._branch(group, "New York branch", NEW_YORK, {"Front desk": DESK_TERMINAL})
        demo._staff_brussels(*brussels)
        demo._staff_new_york(*new_york)
        demo._staff_workshop(*brussels)
        here, there = demo._month()
        here += demo._workshop_month()
        demo._post(brussels[1], here)
        demo._post(new_york[1], there)
        # The same history once more, as a terminal sends it after a long outage: nothing may change.
        demo._post(brussels[1], here)
        demo._compute()
        demo._decide(brussels, new_york)
        demo._compute()
        admin.company_id = brussels[0]

    def _compute(self):
        dirty = self.env["punchclock.dirty.day"]
        dirty.sudo()._cron_mark_recent()
        while dirty.drain()["remaining"]:
            pass
        self.env["punchclock.exception"].sudo()._sync_events()

    def _in(self, company):
        return self.env(context=dict(self.env.context, allowed_company_ids=company.ids))

    def _company(self, name, parent=None):
        record = self.env["res.company"].create({"name": name, "parent_id": parent.id if parent else False})
        self.env.user.company_ids |= record
        return record

    def _branch(self, parent, name, tz, serials):
        company = self._company(name, parent)
        env = self._in(company)
        gateway = env["punchclock.gateway"].create_with_user(f"{name} edge", company.id)
        space = env["punchclock.pin.space"].create({"name": name, "company_id": company.id})
        for label, serial in serials.items():
            env["punchclock.terminal"].create(
                {
                    "name": label,
                    "serial": serial,
                    "tz": tz,
                    "company_id": company.id,
                    "gateway_id": gateway["gateway_id"],
                    "pin_space_id": space.id,
                }
            )
        return company, gateway["user_id"], space

    def _calendar(self, company, name, tz, weekdays):
        lines = [
            Command.create(
                {
                    "name": f"{name} {day}",
                    "dayofweek": str(day),
                    "hour_from": start,
                    "hour_to": stop,
                    "day_period": period,
                }
            )
            for day, spans in weekdays.items()
            for start, stop, period in spans
        ]
        values = {"name": name, "tz": tz, "company_id": company.id, "attendance_ids": lines}
        return self._in(company)["resource.calendar"].create(values)

    def _employee(self, company, space, tz, pin, name, hours, department):
        env = self._in(company)
        employee = env["hr.employee"].create(
            {
                "name": name,
                "company_id": company.id,
                "department_id": department.id,
                "resource_calendar_id": hours.id,
                "tz": tz,
                "date_version": fields.Date.today() - timedelta(days=400),
                "punchclock_payroll_id": pin,
                "punchclock_cost_center": department.name,
            }
        )
        env["punchclock.pin"].create({"pin_space_id": space.id, "pin": pin, "employee_id": employee.id})
        return employee

    def _staff_brussels(self, company, _bot, space):
        env = self._in(company)
        office = self._calendar(company, "Office hours", BRUSSELS, dict.fromkeys(range(5), OFFICE))
        night_days = {day: [] for day in range(7)}
        for night in range(4):
            night_days[night].append((22, 24, "afternoon"))
            night_days[night + 1] += [(0, 2, "morning"), (2, 2.5, "lunch"), (2.5, 6, "morning")]
        nights = self._calendar(company, "Night shift 22:00-06:00", BRUSSELS, night_days)
        administration, warehouse = env["hr.department"].create(
            [{"name": name, "company_id": company.id} for name in ("Administration", "Warehouse")]
        )
        for pin, name, hours, department in (
            ("1001", "Anna Claes", office, administration),
            ("1002", "Bart Dubois", office, administration),
            ("1003", "Nadia Peeters", nights, warehouse),
            # Comes now and then; without hours nobody is absent.
            (SEASONAL, "Vera Stevens", env["resource.calendar"], warehouse),
            ("1004", "Omar Janssens", office, warehouse),
        ):
            employee = self._employee(company, space, BRUSSELS, pin, name, hours, department)
        # The last of them works in shifts; two that overlap on a Friday are a mistake to be found.
        early, late = env["punchclock.shift.template"].create(
            [
                {
                    "name": name,
                    "company_id": company.id,
                    "start_s": start * 3600,
                    "duration_s": 8 * 3600,
                    "break_ids": [Command.create({"after_s": 4 * 3600, "duration_s": 1800})],
                }
                for name, start in (("Early", 6), ("Late", 13))
            ]
        )
        weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
        first = fields.Date.today() - timedelta(days=DAYS)
        env["punchclock.shift.assignment"].create(
            [
                {"employee_id": employee.id, "template_id": early.id, "date_from": first},
                {
                    "employee_id": employee.id,
                    "template_id": late.id,
                    "date_from": first,
                    **{day: day == "friday" for day in weekdays},
                },
            ]
        )
        holiday = holiday_before(fields.Date.today())
        env["resource.calendar.leaves"].create(
            {
                "name": "Public holiday",
                "company_id": company.id,
                "date_from": datetime.combine(holiday - DAY, time(23)),
                "date_to": datetime.combine(holiday, time(22, 59, 59)),
            }
        )

    def _staff_new_york(self, company, _bot, space):
        env = self._in(company)
        desk = self._calendar(company, "Desk 9 to 5:30", NEW_YORK, dict.fromkeys(range(5), DESK))
        sales = env["hr.department"].create({"name": "Sales", "company_id": company.id})
        for pin, name in (("1001", "Carol Smith"), ("1002", "Daniel Reyes")):
            self._employee(company, space, NEW_YORK, pin, name, desk, sales)
        policy = env["punchclock.policy"].create({"name": "Desk hours only", "company_id": company.id})
        version = env["punchclock.policy.version"].create(
            {
                "policy_id": policy.id,
                "date_from": fields.Date.today() - timedelta(days=400),
                "grace_in_s": 300,
                "count_before": "never",
                "count_after": "never",
            }
        )
        version.action_publish()
        company.punchclock_policy_id = policy

    # -- a month of punches ----------------------------------------------------------------------------------------

    def _month(self):
        today = fields.Date.today()
        here, there = [], []
        for number in range(DAYS, -1, -1):
            day = today - DAY * number
            if day.weekday() > 4:
                continue
            for pin in ("1001", "1002"):
                there += [(DESK_TERMINAL, pin, around(day, hour)) for hour in (9, 13, 13.5, 17.5)]
                if day != holiday_before(today):
                    hours = (8, 12, 13, 17 if pin == "1001" else 18)
                    here += [(DOOR, pin, around(day, hour)) for hour in hours]
            if day.weekday() < 4 and day != holiday_before(today):
                here += [(WAREHOUSE, "1003", around(day, hour)) for hour in (22, 30)]
            if day != holiday_before(today):
                here += [(WAREHOUSE, "1004", around(day, hour)) for hour in (6, 14)]
        # Today only what has happened by now.
        return until_now(self._with_mishaps(here, today), BRUSSELS), until_now(there, NEW_YORK)

    def _with_mishaps(self, taps, today):
        """What a real month holds as well."""

        def taps_of(pin, day):
            return sorted(tap for tap in taps if tap[1] == pin and tap[2].date() == day)

        monday, tuesday = (weekday_before(today, number) for number in (0, 1))
        # Forgot to punch out; came late; left early; stayed at home.
        taps.remove(taps_of("1002", monday)[-1])
        for tap, hour in ((taps_of("1001", tuesday)[0], 9.25), (taps_of("1002", tuesday)[-1], 16)):
            taps[taps.index(tap)] = (tap[0], tap[1], around(tuesday, hour))
        stayed = weekday_before(today, 3)
        taps = [tap for tap in taps if not (tap[1] == "1001" and tap[2].date() == stayed)]
        # From before dawn to late at night: too long to be one session.
        wednesday = weekday_before(today, 2)
        taps = [tap for tap in taps if not (tap[1] == "1002" and tap[2].date() == wednesday)]
        taps += [(DOOR, "1002", around(wednesday, hour, spread=2)) for hour in (4.3, 20.7)]
        # A double tap, a Saturday's work, an evening that ended the next morning.
        serial, pin, moment = taps_of("1001", monday)[0]
        taps.append((serial, pin, moment + timedelta(seconds=3)))
        saturday = weekday_before(today, 5)
        taps += [(DOOR, "1001", around(saturday, hour)) for hour in (9, 12)]
        taps += [(DOOR, "1002", around(saturday, hour)) for hour in (15, 33)]
        # The nights of the last clock changes: a time that occurred twice, and one that never was.
        for month in (10, 3):
            sunday = _last_sunday_before(today, month)
            taps += [
                (WAREHOUSE, SEASONAL, datetime.combine(sunday, time(2, 30))),
                (WAREHOUSE, SEASONAL, around(sunday, 6)),
            ]
        # A stranger's PIN, and a terminal that nobody has registered.
        return [*taps, (DOOR, "1044", around(monday, 9)), (STRANGER, "1001", around(monday, 10))]

    def _post(self, user_id, taps):
        """
        :param taps: (serial, PIN, moment by the terminal's clock) and, of some, a dict of what else is known
        """
        events = [
            {
                "fingerprint": fingerprint(serial, pin, local),
                "serial": serial,
                "pin": pin,
                "local_time": local.isoformat(),
                "state": more.get("state"),
                "verify": 1,
                "work_code": None,
                "channel": "push" if index % 2 else "poll",
                "received_at": more.get("received_at"),
            }
            for index, (serial, pin, local, *rest) in enumerate(taps)
            for more in [rest[0] if rest else {}]
        ]
        ingest = self.env["punchclock.event"].with_user(user_id).ingest
        for start in range(0, len(events), 500):
            ingest(events[start : start + 500])


def around(day, hour, spread=8):
    begin = datetime.combine(day, time.min) + timedelta(hours=hour)
    # Demo data, not a secret.
    return begin + timedelta(minutes=luck.randint(-spread, spread), seconds=luck.randint(0, 59))


def until_now(taps, tz):
    now = datetime.now(pytz.timezone(tz)).replace(tzinfo=None)
    return [tap for tap in taps if tap[2] <= now]


def weekday_before(today, weekday, weeks=1):
    """Such a weekday at least so many weeks ago."""
    back = (today.weekday() - weekday) % 7 or 7
    return today - DAY * (back + 7 * (weeks - 1))


def holiday_before(today):
    """A Wednesday the week before last, a public holiday in Brussels."""
    return weekday_before(today, 2, weeks=2)


def _last_sunday_before(today, month):
    year = today.year
    while True:
        last = datetime(year, month, calendar.monthrange(year, month)[1]).date()
        sunday = last - DAY * ((last.weekday() + 1) % 7)
        if sunday < today - DAY:
            return sunday
        year -= 1
