"""Fills the demo company, inside `odoo shell`, which gives `env`: two branches in two zones, and two weeks of punches.

The punches go through the addon's own door, as the technical users of two gateways; nothing is written past it.
"""

import json
import random
from datetime import date, datetime, timedelta

from odoo.fields import Command

from odoo.addons.punchclock.identity import fingerprint

random.seed(19)
admin = env.ref("base.user_admin")  # noqa: F821 - given by `odoo shell`
env = admin.env(user=admin, context={"tracking_disable": True, "lang": "en_US", "tz": "Europe/Brussels"})
OFFICE = [(8, 12, "morning"), (12, 13, "lunch"), (13, 17, "afternoon")]
DAY_SHIFT = [(9, 13, "morning"), (13, 13.5, "lunch"), (13.5, 17.5, "afternoon")]


def company_of(name, parent=None):
    record = env["res.company"].create({"name": name, "parent_id": parent.id if parent else False})
    admin.company_ids |= record
    return record


def in_company(company):
    return env(context=dict(env.context, allowed_company_ids=company.ids))


def calendar_of(company, name, tz, weekdays):
    attendance = [
        Command.create(
            {"name": f"{name} {day}", "dayofweek": str(day), "hour_from": start, "hour_to": stop, "day_period": period}
        )
        for day, spans in weekdays.items()
        for start, stop, period in spans
    ]
    values = {"name": name, "tz": tz, "company_id": company.id, "attendance_ids": attendance}
    return in_company(company)["resource.calendar"].create(values)


def employees_of(company, tz, people, space):
    for pin, (name, calendar) in people.items():
        employee = in_company(company)["hr.employee"].create(
            {
                "name": name,
                "company_id": company.id,
                "resource_calendar_id": calendar.id,
                "tz": tz,
                "date_version": date.today() - timedelta(days=365),
            }
        )
        in_company(company)["punchclock.pin"].create({"pin_space_id": space.id, "pin": pin, "employee_id": employee.id})


def branch(parent, name, tz, serials):
    company = company_of(name, parent)
    gateway = in_company(company)["punchclock.gateway"].create_with_user(f"{name} edge", company.id)
    space = in_company(company)["punchclock.pin.space"].create({"name": name, "company_id": company.id})
    for label, serial in serials.items():
        in_company(company)["punchclock.terminal"].create(
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


def post(user_id, taps):
    events = [
        {
            "fingerprint": fingerprint(serial, pin, local),
            "serial": serial,
            "pin": pin,
            "local_time": local.isoformat(),
            "state": None,
            "verify": 1,
            "work_code": None,
            "channel": random.choice(["push", "poll"]),
            "received_at": None,
        }
        for serial, pin, local in taps
    ]
    ingest = env["punchclock.event"].with_user(user_id).ingest
    for start in range(0, len(events), 500):
        ingest(events[start : start + 500])


def around(day, hour, spread=8):
    begin = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour)
    return begin + timedelta(minutes=random.randint(-spread, spread), seconds=random.randint(0, 59))


group = company_of("Punchclock Demo")
brussels, brussels_bot, brussels_space = branch(
    group, "Brussels branch", "Europe/Brussels", {"Main entrance": "CQZ7223460123", "Warehouse": "CQZ7223460124"}
)
new_york, new_york_bot, new_york_space = branch(
    group, "New York branch", "America/New_York", {"Front desk": "BJC2190760007"}
)
office = calendar_of(brussels, "Office hours", "Europe/Brussels", dict.fromkeys(range(5), OFFICE))
night_days = {day: [] for day in range(7)}
for night in range(4):
    night_days[night].append((22, 24, "afternoon"))
    night_days[night + 1] += [(0, 2, "morning"), (2, 2.5, "lunch"), (2.5, 6, "morning")]
nights = calendar_of(brussels, "Night shift 22:00-06:00", "Europe/Brussels", night_days)
desk = calendar_of(new_york, "Desk 9 to 5:30", "America/New_York", dict.fromkeys(range(5), DAY_SHIFT))
employees_of(
    brussels,
    "Europe/Brussels",
    {"1001": ("Anna Claes", office), "1002": ("Bart Dubois", office), "1003": ("Nadia Peeters", nights)},
    brussels_space,
)
employees_of(
    new_york,
    "America/New_York",
    {"1001": ("Carol Smith", desk), "1002": ("Daniel Reyes", desk)},
    new_york_space,
)
env.cr.flush()

monday = date.today() - timedelta(days=date.today().weekday() + 7)
here, there = [], []
for offset in range((date.today() - monday).days):
    day = monday + timedelta(days=offset)
    if day.weekday() > 4:
        continue
    for pin in ("1001", "1002"):
        hours = (8, 12, 13, 17 if pin == "1001" else 18)
        here += [("CQZ7223460123", pin, around(day, hour)) for hour in hours]
        there += [("BJC2190760007", pin, around(day, hour)) for hour in (9, 13, 13.5, 17.5)]
    if day.weekday() < 4:
        here += [("CQZ7223460124", "1003", around(day, hour)) for hour in (22, 30)]
# What a real week holds as well: a forgotten tap, a stranger's PIN, a terminal that nobody has registered.
here.remove(next(tap for tap in here if tap[1] == "1002" and tap[2].date() == monday and tap[2].hour >= 16))
here.append(("CQZ7223460123", "1044", around(monday, 9)))
here.append(("CQZ7223469999", "1001", around(monday, 10)))
post(brussels_bot, here)
post(new_york_bot, there)
# The same history once more, as a terminal sends it after a long outage: nothing may change.
post(brussels_bot, here)
env["punchclock.dirty.day"].drain()
admin.company_id = brussels
env.cr.commit()
print("RESULT " + json.dumps(env["punchclock.day"].sudo().search_count([])))
