# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

INFO, WARNING, ERROR = "info", "warning", "error"
# What a person may have to look at, with how bad it is. The first block are the engine's anomaly codes (its names are
# the vocabulary), then what only Odoo can see.
TYPES = {
    "missing_in": ("Missing punch in", ERROR),
    "missing_out": ("Missing punch out", ERROR),
    "odd_punch": ("Punch without a partner", ERROR),
    "orphan_out": ("Punch out without a punch in", ERROR),
    "repeated_in": ("Punched in twice", WARNING),
    "type_disagrees": ("The terminal called it something else", INFO),
    "duplicate_dropped": ("Repeated tap left out", INFO),
    "over_max_shift": ("Session too long to be one", ERROR),
    "overlapping_shifts": ("Shifts overlap", WARNING),
    "unscheduled_work": ("Work without a shift", WARNING),
    "absent": ("Absent", WARNING),
    "late": ("Late", INFO),
    "early_out": ("Left early", INFO),
    "in_early": ("In early, not counted", INFO),
    "out_late": ("Out late, not counted", INFO),
    "over_norm": ("More than the norm", INFO),
    "under_norm": ("Less than the norm", INFO),
    "missing_meal": ("Meal break missing", WARNING),
    "short_meal": ("Meal break too short", WARNING),
    "long_meal": ("Meal break too long", INFO),
    "long_break": ("Break too long", INFO),
    "rest_violation": ("Rest too short", WARNING),
    "clock_skew": ("Terminal's clock is wrong", WARNING),
    "future_punch": ("Punch in the future", ERROR),
    "out_of_order_upload": ("Uploaded out of order", INFO),
    "civil_gap": ("Time skipped by the clock change", WARNING),
    "civil_fold": ("Time that occurred twice", WARNING),
    "zone_mismatch": ("Time zone differs", WARNING),
    "correction_applied": ("Corrected by hand", INFO),
    "assumed_time": ("Time was assumed", WARNING),
    "spread_over": ("Too long from first in to last out", WARNING),
    "rounded_away": ("Rounded away", INFO),
    "cap_reached": ("Cap reached", INFO),
    "projection_refused": ("Refused by Odoo's attendances", WARNING),
    "locked_day_changed": ("A locked day would change", ERROR),
    "changed_after_approval": ("Changed after it was approved", WARNING),
    "overbanked": ("More overtime in the bank than the day has", ERROR),
    "not_computed": ("Could not be computed", ERROR),
    "unknown_terminal": ("Unknown terminal", WARNING),
    "foreign_terminal": ("Terminal of another gateway", WARNING),
    "unknown_pin": ("Unknown PIN", WARNING),
    "time_unplaced": ("Time outside every calendar", ERROR),
    "time_future": ("Time that has not come yet", WARNING),
    "time_stale": ("Time long past", WARNING),
    "locked_period": ("Punch of a closed period", ERROR),
    "time_gap": ("Punch at a skipped time", WARNING),
    "time_fold": ("Punch at a time that occurred twice", WARNING),
    "other": ("Something else", WARNING),
}
# What each of them is about: a punch of a day, or the day as a whole.
RAISED_COLUMNS = ("type", "severity", "employee_id", "date", "company_id", "day_id", "event_id", "seconds", "note")


class PunchclockException(models.Model):
    """Something about a day or a punch that a person should look at, once, however often the day is computed."""

    _name = "punchclock.exception"
    _description = "Attendance Exception"
    _order = "date desc, id desc"
    _rec_name = "type"

    type = fields.Selection([(code, label) for code, (label, _severity) in TYPES.items()], required=True, readonly=True)
    severity = fields.Selection(
        [("info", "For Information"), ("warning", "Warning"), ("error", "Needs a Decision")],
        required=True,
        readonly=True,
        default="warning",
        index=True,
    )
    day_id = fields.Many2one("punchclock.day", readonly=True, index="btree_not_null", ondelete="cascade")
    event_id = fields.Many2one("punchclock.event", "Punch", readonly=True, index="btree_not_null", ondelete="cascade")
    employee_id = fields.Many2one("hr.employee", readonly=True, index="btree_not_null", ondelete="cascade")
    date = fields.Date(readonly=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Assigned To", ondelete="set null", index="btree_not_null")
    state = fields.Selection(
        [("open", "Open"), ("resolved", "Resolved"), ("ignored", "Ignored")],
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    resolution = fields.Text(help="What was done about it, or why nothing has to be.")
    resolved_by = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    resolved_at = fields.Datetime(readonly=True)
    seconds = fields.Integer(readonly=True, help="How much time it is about, where that makes sense.")
    note = fields.Text(readonly=True)
    closed_by_rerun = fields.Boolean(readonly=True, help="It went away by itself when the day was computed again.")

    # One of a type for each punch of a day, and one of a type for the day itself: a re-run never adds a second one.
    _day_event_unique = models.UniqueIndex("(type, day_id, COALESCE(event_id, 0)) WHERE day_id IS NOT NULL")
    _event_unique = models.UniqueIndex("(type, event_id) WHERE day_id IS NULL")
    _open_by_day = models.Index("(day_id) WHERE state = 'open'")

    @api.depends("type", "employee_id", "date")
    def _compute_display_name(self):
        labels = dict(self._fields["type"]._description_selection(self.env))
        for record in self:
            parts = [labels.get(record.type), record.employee_id.name, record.date and str(record.date)]
            record.display_name = " ".join(filter(None, parts))

    def _in_a_line(self, label):
        """The exception as a line of its day: "Late (0:07:30)"."""
        text = label
        if self.seconds:
            text += f" ({timedelta(seconds=self.seconds)})"
        return f"{text}: {self.note}" if self.note else text

    # -- what a person does --------------------------------------------------------------------------------------

    def action_resolve(self):
        self._close("resolved")

    def action_ignore(self):
        self._close("ignored")

    def action_reopen(self):
        self.check_access("write")
        self.sudo().write({"state": "open", "resolved_by": False, "resolved_at": False, "closed_by_rerun": False})
        self.day_id._sync_review()

    def action_assign_to_me(self):
        self.write({"user_id": self.env.uid})

    def action_open_subject(self):
        """The day, or the punch, that it is about."""
        self.ensure_one()
        record = self.day_id or self.event_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }

    def _close(self, state):
        open_ones = self.filtered(lambda record: record.state == "open")
        open_ones.check_access("write")
        open_ones.sudo().write({"state": state, "resolved_by": self.env.uid, "resolved_at": fields.Datetime.now()})
        open_ones.day_id._sync_review()

    def write(self, vals):
        # The state goes through the buttons alone: they tell the day, and the audit trail.
        if not self.env.su and vals.keys() - {"user_id", "resolution"}:
            raise UserError(self.env._("What an exception is about cannot be changed."))
        return super().write(vals)

    # -- what the engine does ------------------------------------------------------------------------------------

    @api.model
    def _raise(self, found, days=()):
        """Have exactly these exceptions open on these days.

        New ones are added, known ones get their present figures, and open ones of the days that are not among them
        any more are closed. What a person has resolved or ignored stays so, unless it has happened again.

        :param list found: dicts of `RAISED_COLUMNS`; ``type`` and ``company_id`` are required
        :param days: ids of the days whose other open exceptions have gone
        """
        self.flush_model()
        now = fields.Datetime.now()
        rows = {}
        for vals in found:
            kind = vals["type"] if vals["type"] in TYPES else "other"
            note = vals.get("note") or (None if kind == vals["type"] else vals["type"])
            row = {**vals, "type": kind, "severity": TYPES[kind][1], "note": note}
            key = (kind, row.get("day_id"), row.get("event_id"))
            if key in rows:
                rows[key]["seconds"] = (rows[key].get("seconds") or 0) + (row.get("seconds") or 0)
            else:
                rows[key] = row
        for with_day, target in ((True, _DAY_TARGET), (False, _EVENT_TARGET)):
            values = [
                tuple(row.get(column) for column in RAISED_COLUMNS)
                for row in rows.values()
                if bool(row.get("day_id")) is with_day
            ]
            if values:
                self.env.cr.execute_values(_UPSERT % target, values, template=_TEMPLATE, page_size=len(values))
        if days:
            self._close_gone(list(days), rows, now)
        self.invalidate_model(flush=False)

    @api.model
    def _sync_events(self):
        """Have one exception for each punch that waits for a person, and none for those that do not wait any more."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO punchclock_exception AS x
                       (type, severity, employee_id, date, company_id, event_id, state, create_date, write_date)
                SELECT k.type, k.severity, e.employee_id, e.local_date, e.company_id, e.id, 'open',
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM punchclock_event e
                  JOIN (VALUES %(kinds)s) AS k (code, type, severity) ON k.code = e.review_code
                 WHERE e.status = 'review'
                   AND NOT EXISTS (SELECT FROM punchclock_exception o
                                    WHERE o.event_id = e.id AND o.day_id IS NULL AND o.type = k.type
                                      AND o.closed_by_rerun IS NOT TRUE)
                ON CONFLICT (type, event_id) WHERE day_id IS NULL DO UPDATE
                   SET state = 'open', resolved_at = NULL, closed_by_rerun = FALSE
                """,
                kinds=SQL(", ").join(
                    SQL("%s", (code, code if code in TYPES else "other", TYPES.get(code, TYPES["other"])[1]))
                    for code, _label in self.env["punchclock.event"]._fields["review_code"].selection
                ),
            )
        )
        self.env.cr.execute(
            """
            UPDATE punchclock_exception x
               SET state = 'resolved', closed_by_rerun = TRUE, resolved_at = now() AT TIME ZONE 'UTC'
              FROM punchclock_event e
             WHERE e.id = x.event_id AND x.day_id IS NULL AND x.state = 'open'
               AND (e.status != 'review' OR e.review_code IS DISTINCT FROM x.type AND x.type != 'other')
            """
        )
        self.invalidate_model(flush=False)

    @api.model
    def _close_gone(self, day_ids, rows, now):
        kept = [(kind, day_id, event_id or 0) for kind, day_id, event_id in rows if day_id] or [("", 0, 0)]
        self.env.cr.execute(
            SQL(
                """
                UPDATE punchclock_exception x
                   SET state = 'resolved', closed_by_rerun = TRUE, resolved_at = %(now)s, write_date = %(now)s
                 WHERE x.day_id = ANY(%(days)s) AND x.state = 'open' AND x.type != ALL(%(held)s)
                   AND NOT EXISTS (
                       SELECT FROM (VALUES %(kept)s) AS k (type, day_id, event_id)
                        WHERE k.type = x.type AND k.day_id = x.day_id AND k.event_id = COALESCE(x.event_id, 0))
                """,
                now=now,
                days=day_ids,
                held=list(HELD),
                kept=SQL(", ").join(SQL("%s", row) for row in kept),
            )
        )


# Closed by a person only: a later run that finds nothing new is no answer to it. Found again, it has happened again.
HELD = ("changed_after_approval",)
_DAY_TARGET = "(type, day_id, COALESCE(event_id, 0)) WHERE day_id IS NOT NULL"
_EVENT_TARGET = "(type, event_id) WHERE day_id IS NULL"
_TEMPLATE = (
    "(%s, %s, %s::int, %s::date, %s::int, %s::int, %s::int, %s::int, %s, 'open', "
    "now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')"
)
# A decision about one change is none about the next one of the same day.
_AGAIN = f"""(x.closed_by_rerun OR x.type IN ({", ".join(map(repr, HELD))}) AND x.state != 'open'
              OR x.type = 'locked_day_changed' AND x.note IS DISTINCT FROM EXCLUDED.note)"""
_UPSERT = f"""
    INSERT INTO punchclock_exception AS x ({", ".join(RAISED_COLUMNS)}, state, create_date, write_date)
    VALUES %%s
    ON CONFLICT %s DO UPDATE SET
        seconds = EXCLUDED.seconds, note = EXCLUDED.note,
        state = CASE WHEN {_AGAIN} THEN 'open' ELSE x.state END,
        resolved_at = CASE WHEN {_AGAIN} THEN NULL ELSE x.resolved_at END,
        resolved_by = CASE WHEN {_AGAIN} THEN NULL ELSE x.resolved_by END,
        resolution = CASE WHEN {_AGAIN} THEN NULL ELSE x.resolution END,
        closed_by_rerun = FALSE
"""
