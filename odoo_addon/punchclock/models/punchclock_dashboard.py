# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter
from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models

from .plan import Plan
from .punchclock_health import SILENT_AFTER

SHOWN = 50
# So far back a day without its punch out is shown.
INCOMPLETE_DAYS = 7
GROUPS = ("present", "left", "late", "absent", "away", "incomplete")


class PunchclockDashboard(models.AbstractModel):
    """What HR looks at in the morning; nothing is stored."""

    _name = "punchclock.dashboard"
    _description = "Attendance Dashboard"

    @api.model
    def data(self):
        """Who is here, who is late or missing, and what hinders the way of a punch, for the active companies."""
        self.env["punchclock.day"]._need_officer()
        return {
            "people": self._people(),
            "review": self._review(),
            "machinery": self._machinery(),
        }

    @api.model
    def _people(self):
        now = datetime.now(pytz.utc)
        pins = self.env["punchclock.pin"].search(
            [("employee_id.active", "=", True), ("employee_id.company_id", "in", self.env.companies.ids)]
        )
        employees = pins.employee_id.sudo()
        people = {group: [] for group in GROUPS}
        if not employees:
            return people
        here = {employee.id: now.astimezone(pytz.timezone(employee._get_tz())) for employee in employees}
        dates = {local.date() for local in here.values()}
        plan = Plan(employees, min(dates) - timedelta(days=1), max(dates))
        days = self.env["punchclock.day"].search(
            [("employee_id", "in", employees.ids), ("date", ">=", min(dates) - timedelta(days=INCOMPLETE_DAYS))]
        )
        by_key = {(day.employee_id.id, day.date): day for day in days}
        for employee in employees.sorted("name"):
            local = here[employee.id]
            day = by_key.get((employee.id, local.date()))
            night = by_key.get((employee.id, local.date() - timedelta(days=1)))
            if not (day and day.punch_count) and night and night.due_at:
                # Came yesterday evening, and the night is not over.
                day = night
            planned = plan.planned(employee)
            shifts = planned.shifts.get(local.date(), ())
            entry = {"id": employee.id, "name": employee.name, "day_id": day.id if day else False}
            if day and day.punch_count:
                entry["since"] = day.first_in_local or ""
                people["present" if day.due_at else "left"].append(entry)
                late = day.late_seconds
                if day.due_at and day.planned_in:
                    # The engine tells lateness once it knows a session; by then the morning is over.
                    late = int((day.first_in - day.planned_in).total_seconds())
                if late > (day.policy_version_id.grace_in_s if day.policy_version_id else 0):
                    people["late"].append({**entry, "seconds": late})
            elif shifts:
                start = pytz.timezone(shifts[0]["zone"]).localize(datetime.fromisoformat(shifts[0]["start"]))
                if start <= now:
                    people["absent"].append({**entry, "since": shifts[0]["start"][11:16]})
            elif planned.away.get(local.date()):
                people["away"].append({**entry, "since": planned.away[local.date()][0][3].name or ""})
        people["incomplete"] = [
            {"id": day.employee_id.id, "name": day.employee_id.name, "day_id": day.id, "since": str(day.date)}
            for day in days.sorted("date", reverse=True)
            if day.status == "incomplete" and day.state != "locked"
        ][:SHOWN]
        return people

    @api.model
    def _review(self):
        exceptions = self.env["punchclock.exception"]
        kinds = exceptions._read_group(
            [("state", "=", "open"), ("severity", "!=", "info"), ("company_id", "in", self.env.companies.ids)],
            ["type"],
            ["__count"],
        )
        labels = dict(exceptions._fields["type"]._description_selection(self.env))
        return [
            {"type": kind, "label": labels[kind], "count": count}
            for kind, count in sorted(kinds, key=lambda pair: -pair[1])
        ]

    @api.model
    def _machinery(self):
        companies = [("company_id", "in", self.env.companies.ids)]
        unmapped = self.env["punchclock.event"]._read_group(
            [*companies, ("review_code", "=", "unknown_pin")], ["terminal_id", "pin_key"], ["__count"], limit=SHOWN
        )
        terminals = self.env["punchclock.terminal"].search([*companies, ("state", "=", "active")])
        heard = terminals._heard()
        gateways = self.env["punchclock.gateway"].search([*companies, ("state", "!=", "draft")])
        dirty = self.env["punchclock.dirty.day"]
        waiting = dirty.search([*companies, ("error", "=", False)], order="write_date", limit=1)
        failed = Counter(dirty.search([*companies, ("error", "!=", False)], limit=1000).mapped("error"))
        return {
            "unmapped": [{"terminal": terminal.name, "pin": pin, "count": count} for terminal, pin, count in unmapped],
            "silent": [
                {"id": terminal.id, "name": terminal.name, "last": _text(heard[terminal])}
                for terminal in terminals._silent()
            ],
            "edges": [self._edge(gateway) for gateway in gateways],
            "terminals": len(terminals),
            "waiting": dirty.search_count([*companies, ("error", "=", False)]),
            "oldest": _text(waiting.write_date),
            "failed": [{"error": error, "count": count} for error, count in failed.most_common(5)],
        }

    @api.model
    def _edge(self, gateway):
        """An edge: what waits in it at the branch, and what it says is wrong."""
        return {
            "id": gateway.id,
            "name": gateway.name,
            "suspended": gateway.state == "suspended",
            "seen": _text(gateway.last_seen),
            "silent": not gateway.last_seen or gateway.last_seen < fields.Datetime.now() - SILENT_AFTER,
            "depth": gateway.queue_depth,
            "oldest": _text(gateway.oldest_pending),
            "dead": gateway.dead_count,
            "problem": gateway.problem or "",
        }


def _text(moment):
    return fields.Datetime.to_string(moment) if moment else False
