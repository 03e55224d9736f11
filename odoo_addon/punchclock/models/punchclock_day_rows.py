# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo import api, models

from .punchclock_day_values import SUMS

# Seconds since 1970 in what is written, a timestamp in the table.
INSTANT = "bigint"
# Column → its type, of what is written to a day.
DAY_COLUMNS = {
    "employee_id": "int",
    "date": "date",
    "company_id": "int",
    "department_id": "int",
    "version_id": "int",
    "policy_version_id": "int",
    "status": "text",
    "state": "text",
    "tz": "text",
    **dict.fromkeys(("planned_in", "planned_out", "first_in", "last_out", "due_at"), INSTANT),
    **dict.fromkeys((*SUMS, "scheduled_seconds", "night_seconds", "leave_seconds", "assumed_seconds"), "int"),
    "punch_count": "int",
    "provisional": "bool",
    "anomaly_count": "int",
    "explanation": "text",
    "engine_version": "text",
    "tzdb_version": "text",
    "policy_version": "text",
    "input_digest": "text",
    "punches": "jsonb",
}
# The same figures in hours, for people: column → the column of seconds.
HOURS = {
    f"{name}_hours": f"{name}_seconds"
    for name in ("scheduled", "worked", "overtime", "break", "late", "early", "night", "leave")
}
LINE_COLUMNS = {
    "day_id": "int",
    "kind": "text",
    "label": "text",
    "start": INSTANT,
    "stop": INSTANT,
    "seconds": "int",
    "tier": "text",
    "rate_bp": "int",
    "pay_code": "text",
    "rule": "text",
    "leave_id": "int",
    "punches": "jsonb",
}


class PunchclockDay(models.Model):
    """How the rows of days and their lines are written: in one statement each, past the ORM."""

    _inherit = "punchclock.day"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _write_days(self, changed, known):
        """Insert or update the rows of days, one statement each; (employee id, date) → id."""
        new = [vals for key, vals in changed.items() if key not in known]
        old = [{"id": known[key]["id"], **vals} for key, vals in changed.items() if key in known]
        ids = {key: known[key]["id"] for key in changed if key in known}
        # The names are constants of this file, the values are one JSON document: reading it is PostgreSQL's quickest
        # way to take many rows of many columns.
        names = [*DAY_COLUMNS, *HOURS]
        values = f"{_selected(DAY_COLUMNS)}, " + ", ".join(f"v.{seconds} / 3600.0" for seconds in HOURS.values())
        if new:
            self.env.cr.execute(
                f"""
                INSERT INTO punchclock_day ({", ".join(names)}, create_uid, write_uid, create_date, write_date)
                SELECT {values}, %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM json_to_recordset(%(rows)s) AS v ({_typed(DAY_COLUMNS)})
                RETURNING id, employee_id, date
                """,  # pylint: disable=sql-injection
                {"uid": self.env.uid, "rows": _rows(new, DAY_COLUMNS)},
            )
            ids.update({(employee_id, day): day_id for day_id, employee_id, day in self.env.cr.fetchall()})
        if old:
            columns = {"id": "int", **DAY_COLUMNS}
            self.env.cr.execute(
                f"""
                UPDATE punchclock_day d
                   SET ({", ".join(names)}, write_uid, write_date) = ({values}, %(uid)s, now() AT TIME ZONE 'UTC')
                  FROM json_to_recordset(%(rows)s) AS v ({_typed(columns)})
                 WHERE d.id = v.id
                """,  # pylint: disable=sql-injection
                {"uid": self.env.uid, "rows": _rows(old, columns)},
            )
        self.invalidate_model(flush=False)
        return ids

    @api.model
    def _write_lines(self, changed, ids):
        if not changed:
            return
        rows = [{"day_id": ids[key], **line} for key, vals in changed.items() for line in vals["lines"]]
        self.env.cr.execute("DELETE FROM punchclock_day_line WHERE day_id = ANY(%s)", [list(ids.values())])
        self.env.cr.execute(
            f"""
            INSERT INTO punchclock_day_line ({", ".join(LINE_COLUMNS)})
            SELECT {_selected(LINE_COLUMNS)} FROM json_to_recordset(%s) AS v ({_typed(LINE_COLUMNS)})
            """,  # pylint: disable=sql-injection
            [json.dumps(rows)],
        )
        self.env["punchclock.day.line"].invalidate_model(flush=False)


def _rows(values, columns):
    return json.dumps([{name: vals[name] for name in columns} for vals in values])


def _typed(columns):
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


def _selected(columns):
    return ", ".join(
        f"to_timestamp(v.{name}) AT TIME ZONE 'UTC'" if kind == INSTANT else f"v.{name}"
        for name, kind in columns.items()
    )
