# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime

from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, new_test_user
from odoo.tools import SQL

from odoo.addons.punchclock.identity import fingerprint


def event(serial, pin, local, state=None, channel="push", **fields):
    """One event as an edge sends it."""
    values = {
        "fingerprint": fingerprint(serial, pin, datetime.fromisoformat(local)),
        "serial": serial,
        "pin": pin,
        "local_time": local,
        "state": state,
        "verify": 1,
        "work_code": None,
        "channel": channel,
        "received_at": None,
    }
    values.update(fields)
    return values


def lines(days, *spans):
    """Lines of working hours: (from, to) or (from, to, "lunch") on each of the weekdays."""
    return [
        Command.create(
            {
                "name": f"{day} {span[0]}",
                "dayofweek": str(day),
                "hour_from": span[0],
                "hour_to": span[1],
                "day_period": span[2] if len(span) > 2 else ("morning" if span[0] < 12 else "afternoon"),
            }
        )
        for day in days
        for span in spans
    ]


def unguarded(cr, table, where, *params):
    """Delete what a test committed, past the triggers that refuse it to everybody else."""
    name = SQL.identifier(table)
    cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", name))
    cr.execute(SQL("DELETE FROM %s WHERE %s", name, SQL(where, *params)))
    cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", name))


class PageCase(HttpCase):
    """Pages in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Debian ships this one file of `discuss` stripped; a bundle that names it is an error in every page.
        cls.env["ir.asset"].create(
            {
                "name": "stripped by Debian",
                "bundle": "web.assets_backend",
                "directive": "remove",
                "path": "mail/static/lib/selfie_segmentation/selfie_segmentation.js",
            }
        )
        # Odoo's own onboarding loads its scripts whenever it comes to that: at times when the browser is being closed.
        cls.env.ref("base.user_admin").tour_enabled = False


class PunchclockCase(TransactionCase):
    """A company with an edge in Brussels and one in New York. 2 March 2026 is a Monday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.company = cls.env["res.company"].create({"name": "Punchclock Test"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.office = cls.calendar("Office", "Europe/Brussels", lines(range(5), (8, 12), (12, 13, "lunch"), (13, 17)))
        cls.company.resource_calendar_id = cls.office
        cls.admin = cls.make_user("punchclock_admin", "punchclock.group_punchclock_manager")
        cls.officer = cls.make_user("punchclock_officer", "punchclock.group_punchclock_officer")
        cls.gateway, cls.bot, cls.key = cls.make_gateway("Brussels")
        cls.space = cls.env["punchclock.pin.space"].create({"name": "Main", "company_id": cls.company.id})
        cls.brussels = cls.make_terminal("BRU1", "Europe/Brussels")
        cls.new_york = cls.make_terminal("NYC1", "America/New_York")
        cls.anna = cls.employee("Anna", cls.office)
        cls.give_pin(cls.anna, "7")

    @classmethod
    def make_user(cls, login, groups):
        """A user of the company alone."""
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def calendar(cls, name, tz, attendance_lines, **fields):
        values = {"name": name, "tz": tz, "company_id": cls.company.id, "attendance_ids": attendance_lines}
        values.update(fields)
        return cls.env["resource.calendar"].create(values)

    @classmethod
    def make_gateway(cls, name, company=None):
        company = company or cls.company
        env = cls.env(user=cls.admin, context={"allowed_company_ids": company.ids})
        answer = env["punchclock.gateway"].create_with_user(name, company.id)
        gateway = cls.env["punchclock.gateway"].browse(answer["gateway_id"])
        return gateway, cls.env["res.users"].browse(answer["user_id"]), answer["key"]

    @classmethod
    def make_terminal(cls, serial, tz, **fields):
        values = {
            "name": serial,
            "serial": serial,
            "tz": tz,
            "company_id": cls.company.id,
            "gateway_id": cls.gateway.id,
            "pin_space_id": cls.space.id,
        }
        values.update(fields)
        return cls.env["punchclock.terminal"].create(values)

    @classmethod
    def employee(cls, name, calendar):
        return cls.env["hr.employee"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "resource_calendar_id": calendar.id if calendar else False,
                "date_version": "2025-01-01",
                "tz": "Europe/Brussels",
            }
        )

    @classmethod
    def give_pin(cls, employee, pin, space=None, **fields):
        values = {"pin_space_id": (space or cls.space).id, "pin": pin, "employee_id": employee.id}
        values.update(fields)
        return cls.env["punchclock.pin"].create(values)

    def ingest(self, *events, user=None, **arguments):
        """Post a batch as the gateway's technical user does; returns the outcomes."""
        model = self.env["punchclock.event"].with_user(user or self.bot).with_context(allowed_company_ids=[])
        return model.with_context(tracking_disable=False).ingest(list(events), **arguments)["outcomes"]

    def punch(self, pin, *locals_, serial="BRU1"):
        """Post punches that must be stored; returns their records in the order given."""
        outcomes = self.ingest(*[event(serial, pin, local) for local in locals_])
        self.assertNotIn("rejected", [outcome["outcome"] for outcome in outcomes])
        return self.env["punchclock.event"].browse([outcome["id"] for outcome in outcomes])

    def drain(self):
        """Compute what is marked, as the scheduled job does."""
        answer = self.env["punchclock.dirty.day"].with_user(self.officer).drain()
        self.env.invalidate_all()
        return answer

    def settle(self):
        """Whatever the rules found is looked at."""
        self.drain()
        found = self.env["punchclock.exception"].search([("company_id", "=", self.company.id), ("state", "=", "open")])
        found = found.with_user(self.officer)
        found.resolution = "Looked at."
        found.action_resolve()
        self.env.invalidate_all()

    def open_types(self, employee, date):
        """What is open to look at on a day, once all that is marked is computed."""
        self.drain()
        found = self.day(employee, date).exception_ids
        return found.filtered(lambda one: one.state == "open").mapped("type")

    def day(self, employee, date):
        return self.env["punchclock.day"].search([("employee_id", "=", employee.id), ("date", "=", date)])

    def summary(self, employee, date):
        """(worked, overtime, first in, last out) of a day."""
        day = self.day(employee, date)
        return day.worked_seconds, day.overtime_seconds, day.first_in_local, day.last_out_local
