# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter
from datetime import datetime, timedelta

import pytz

from odoo import api, fields, models

from .plan import Plan

# A terminal that has said nothing for this long is shown as silent.
SILENT_AFTER = timedelta(hours=24)
SHOWN = 50


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
        if not employees:
            return {"present": [], "left": [], "late": [], "absent": [], "away": []}
        here = {employee.id: now.astimezone(pytz.timezone(employee._get_tz())) for employee in employees}
        dates = {local.date() for local in here.values()}
        plan = Plan(employees, min(dates) - timedelta(days=1), max(dates))
        days = self.env["punchclock.day"].search([("employee_id", "in", employees.ids), ("date", "in", list(dates))])
        by_key = {(day.employee_id.id, day.date): day for day in days}
        people = {"present": [], "left": [], "late": [], "absent": [], "away": []}
        for employee in employees.sorted("name"):
            local = here[employee.id]
            day = by_key.get((employee.id, local.date()))
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
        heard = dict(
            self.env["punchclock.event"]._read_group(
                [("terminal_id", "in", terminals.ids)], ["terminal_id"], ["create_date:max"]
            )
        )
        limit = fields.Datetime.now() - SILENT_AFTER
        dirty = self.env["punchclock.dirty.day"]
        waiting = dirty.search([*companies, ("error", "=", False)], order="write_date", limit=1)
        failed = Counter(dirty.search([*companies, ("error", "!=", False)], limit=1000).mapped("error"))
        return {
            "unmapped": [{"terminal": terminal.name, "pin": pin, "count": count} for terminal, pin, count in unmapped],
            "silent": [
                {
                    "id": terminal.id,
                    "name": terminal.name,
                    "last": fields.Datetime.to_string(heard[terminal]) if terminal in heard else False,
                }
                for terminal in terminals
                if terminal not in heard or heard[terminal] < limit
            ],
            "terminals": len(terminals),
            "waiting": dirty.search_count([*companies, ("error", "=", False)]),
            "oldest": fields.Datetime.to_string(waiting.write_date) if waiting else False,
            "failed": [{"error": error, "count": count} for error, count in failed.most_common(5)],
        }
