# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import datetime, timedelta

import pytz

from odoo import fields, models
from odoo.fields import Command

from .punchclock_demo import (
    BRUSSELS,
    DAY,
    DAYS,
    DESK_TERMINAL,
    DOOR,
    SEASONAL,
    WAREHOUSE,
    around,
    holiday_before,
    until_now,
    weekday_before,
)

KEYPAD, LONDON = "CQZ7223460125", "CQZ7223460126"
BELIEVED, HINTED, CANTEEN, ASSUMED = "1005", "1006", "1007", "1008"
IN, OUT = {"state": 0}, {"state": 1}
HOUR = 3600
MEALS = {
    "breaks": {
        "windows": [{"from": "12:00", "to": "13:00", "min_s": HOUR // 2, "max_s": HOUR + HOUR // 2}],
        "long_break_s": HOUR // 2,
    },
    "under_norm_s": HOUR,
}
# PIN → name, and a policy of their own.
PEOPLE = {
    BELIEVED: ("Pia Wouters", "The keys of the terminal are believed", {"pairing": "typed"}),
    HINTED: (
        "Emil Lambert",
        "The keys of the terminal are a hint",
        {"trust": "hint", "round_in_s": 900, "round_in_mode": "up", "round_out_s": 900, "round_out_mode": "down"},
    ),
    CANTEEN: (
        "Rosa Willems",
        "Meals and rest",
        {
            "close_after_s": 7 * HOUR,
            "daily_rest_s": 11 * HOUR,
            "spread_over_s": 12 * HOUR,
            "day_limit_s": 11 * HOUR,
            "max_day_s": HOUR,
            "advanced": json.dumps(MEALS),
        },
    ),
    ASSUMED: ("Jonas Maes", "A forgotten punch out is assumed", {"odd_end": "shift_end"}),
}
MONDAY, TUESDAY, THURSDAY, FRIDAY = 0, 1, 3, 4
# (PIN, weekday, weeks ago) → what was punched, in hours and keys, instead of a plain day.
ODD_DAYS = {
    # Came back from lunch and never left; a key pressed for the other; pressed in twice.
    (BELIEVED, MONDAY, 1): [(8, IN), (12, OUT), (13, IN)],
    (BELIEVED, TUESDAY, 1): [(7.9, OUT), (8, IN), (17, OUT)],
    (BELIEVED, THURSDAY, 1): [(8, IN), (8.5, IN), (17, OUT)],
    # The key says otherwise than the order; no punch in; a few minutes that rounding takes away.
    (HINTED, MONDAY, 1): [(8, IN), (12, IN), (13, IN), (17, OUT)],
    (HINTED, TUESDAY, 1): [(12, OUT), (13, IN), (17, OUT)],
    (HINTED, THURSDAY, 1): [(8.1, {}), (8.2, {}), (9, {}), (17, {})],
    # No lunch, ten minutes of it, two hours of it; a day without end and a short night; half a day.
    (CANTEEN, MONDAY, 1): [(8, {}), (17, {})],
    (CANTEEN, TUESDAY, 1): [(8, {}), (12.3, {}), (12.5, {}), (17, {})],
    (CANTEEN, THURSDAY, 1): [(8, {}), (12, {}), (14, {}), (17, {})],
    (CANTEEN, MONDAY, 2): [(8, {}), (12, {}), (13, {}), (15, {}), (15.8, {}), (23.4, {})],
    (CANTEEN, TUESDAY, 2): [(7.2, {}), (12, {}), (13, {}), (17, {})],
    (CANTEEN, THURSDAY, 2): [(8, {}), (12, {}), (13, {}), (14.5, {})],
    (ASSUMED, THURSDAY, 1): [(8, {})],
}


class PunchclockDemo(models.AbstractModel):
    """The workshop of the demo company: what only special rules and odd terminals find, and what people decided."""

    _inherit = "punchclock.demo"

    def _staff_workshop(self, company, _bot, space):
        env = self._in(company)
        gateway = env["punchclock.gateway"].search([("company_id", "=", company.id)], limit=1)
        gateway.stale_days = 60
        for name, serial, tz in (("Workshop", KEYPAD, BRUSSELS), ("London depot", LONDON, "Europe/London")):
            env["punchclock.terminal"].create(
                {
                    "name": name,
                    "serial": serial,
                    "tz": tz,
                    "company_id": company.id,
                    "gateway_id": gateway.id,
                    "pin_space_id": space.id,
                }
            )
        spans = [(8, 12, "morning"), (12, 17, "afternoon")]
        hours = self._calendar(company, "Workshop 8 to 5", BRUSSELS, dict.fromkeys(range(5), spans))
        department = env["hr.department"].create({"name": "Workshop", "company_id": company.id})
        for pin, (name, policy_name, values) in PEOPLE.items():
            policy = env["punchclock.policy"].create({"name": policy_name, "company_id": company.id})
            since = fields.Date.today() - timedelta(days=400)
            version = env["punchclock.policy.version"].create({"policy_id": policy.id, "date_from": since, **values})
            version.action_publish()
            employee = self._employee(company, space, BRUSSELS, pin, name, hours, department)
            employee.punchclock_policy_id = policy

    def _workshop_month(self):
        today = fields.Date.today()
        odd = {(pin, weekday_before(today, *when)): punched for (pin, *when), punched in ODD_DAYS.items()}
        plain = [(8, {}), (12, {}), (13, {}), (17, {})]
        taps = []
        for number in range(DAYS, -1, -1):
            day = today - DAY * number
            if day.weekday() < 5 and day != holiday_before(today):
                for pin in PEOPLE:
                    taps += [
                        (KEYPAD, pin, around(day, hour, spread=2), more) for hour, more in odd.get((pin, day), plain)
                    ]
        return [*until_now(taps, BRUSSELS), *self._odd_clocks(today)]

    def _odd_clocks(self, today):
        """What terminals, not people, do wrong."""
        monday, tuesday, friday = (weekday_before(today, day, weeks=2) for day in (MONDAY, TUESDAY, FRIDAY))
        at = datetime.combine(monday, datetime.min.time())
        # Received half an hour before it was made; received after the evening's; made by London's clock.
        ahead, late, evening = at + timedelta(hours=7.5), at + DAY + timedelta(hours=7), at + DAY + timedelta(hours=19)
        return [
            (DOOR, ASSUMED, ahead, {"received_at": _utc_text(ahead - timedelta(minutes=30))}),
            (DOOR, ASSUMED, late, {"received_at": _utc_text(evening + DAY)}),
            (DOOR, ASSUMED, evening, {"received_at": _utc_text(evening)}),
            (LONDON, ASSUMED, around(friday, 7)),
            (LONDON, ASSUMED, around(friday, 17)),
            # Tomorrow; a season ago; and a clock that lost its mind.
            (DOOR, "1002", around(today + DAY, 8)),
            (WAREHOUSE, SEASONAL, around(tuesday - 12 * 7 * DAY, 22)),
            (WAREHOUSE, SEASONAL, around(tuesday - 12 * 7 * DAY, 30)),
            (DOOR, "1002", datetime(2155, 1, 1, 0, 0, 17)),
        ]

    # -- what people did with it -------------------------------------------------------------------------------------

    def _decide(self, brussels, new_york):
        """A closed period, an approved day, corrections, an attendance by hand; and what came after each of them."""
        today = fields.Date.today()
        company, bot, _space = brussels
        env = self._in(company)
        officer = env["res.users"].create(
            {
                "name": "Hilde Personnel",
                "login": "punchclock_demo_officer",
                "company_id": company.id,
                "company_ids": [Command.set([company.id, new_york[0].id])],
                "group_ids": [Command.set(self.env.ref("punchclock.group_punchclock_officer").ids)],
            }
        )
        # The weeks before the month: closed, and a punch that a terminal still had.
        # The administrator of the demo need not be of payroll.
        period = (
            env["punchclock.period"]
            .sudo()
            .create(
                {
                    "name": "Before the demo",
                    "company_id": company.id,
                    "date_from": today - DAY * (DAYS + 10),
                    "date_to": today - DAY * (DAYS + 1),
                }
            )
        )
        period._freeze(override="From before the terminals hung there.")
        closed = weekday_before(today - DAY * (DAYS + 1), TUESDAY)
        late = [(DOOR, "1001", around(closed, hour)) for hour in (8, 17)]
        # An approved day, and a punch of it that came by another terminal later.
        thursday = weekday_before(today, THURSDAY)
        carol = self.env["hr.employee"].search([("company_id", "=", new_york[0].id)], order="id", limit=1)
        day = self.env["punchclock.day"].search([("employee_id", "=", carol.id), ("date", "=", thursday)])
        found = day.exception_ids.filtered(lambda one: one.state == "open")
        found.resolution = "Seen."
        found.action_resolve()
        day.action_approve()
        self._post(new_york[1], [(DESK_TERMINAL, "1001", around(thursday, 10.5, 2))])
        self._post(bot, late)
        # Another gateway of the company brings punches under this one's serial.
        other = env["punchclock.gateway"].create_with_user("Spare edge", company.id)
        self._post(other["user_id"], [(DOOR, "1002", around(thursday, 11))])
        self._correct(env, officer, thursday)

    def _correct(self, env, officer, thursday):
        staff = env["hr.employee"].search([("company_id", "=", env.company.id)]).grouped("name")
        anna, bart, omar = staff["Anna Claes"], staff["Bart Dubois"], staff["Omar Janssens"]
        # Entered in Odoo by hand, where the terminal tells otherwise: Odoo refuses the second of them.
        moment = pytz.timezone(BRUSSELS).localize(datetime.combine(thursday, datetime.min.time()) + timedelta(hours=13))
        start = moment.astimezone(pytz.utc).replace(tzinfo=None)
        env["hr.attendance"].search([("employee_id", "=", omar.id), ("check_out", ">", start - DAY / 2)]).unlink()
        env["hr.attendance"].create(
            {"employee_id": omar.id, "check_in": start, "check_out": start + timedelta(minutes=30)}
        )
        env["punchclock.dirty.day"].sudo()._mark({(omar.id, thursday)})
        env["punchclock.day"].sudo().search(
            [("employee_id", "=", omar.id), ("date", "=", thursday)]
        ).input_digest = False
        tuesday, monday = (weekday_before(fields.Date.today(), day) for day in (TUESDAY, MONDAY))
        asked = env["punchclock.adjustment"].create(
            [
                {
                    "employee_id": anna.id,
                    "date": tuesday,
                    "kind": "excuse",
                    "excuse": "late",
                    "reason_id": self.env.ref("punchclock.reason_excused").id,
                    "note": "The train stood for an hour; she showed the ticket.",
                },
                {
                    "employee_id": bart.id,
                    "date": monday,
                    "kind": "add_punch",
                    "punch_date": monday,
                    "punch_time": "18:00",
                    "direction": "1",
                    "reason_id": self.env.ref("punchclock.reason_forgot").id,
                    "note": "Says he left at six.",
                },
            ]
        )
        asked.action_submit()
        asked[0].with_user(officer).action_approve_and_apply()


def _utc_text(local):
    """A time of the clock in Brussels as an edge tells when it received something."""
    utc = pytz.timezone(BRUSSELS).localize(local).astimezone(pytz.utc)
    return utc.strftime("%Y-%m-%d %H:%M:%S")
