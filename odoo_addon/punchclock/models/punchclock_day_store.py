# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from datetime import datetime, timedelta

import pytz

from odoo import api, models

from .. import engine
from .punchclock_day_values import FIGURES
from .punchclock_exception import HELD, TYPES


class PunchclockDay(models.Model):
    """How computed days are written: all rows of a slice in one statement each, and only what differs."""

    _inherit = "punchclock.day"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _store(self, plan, results):
        """Write what differs of these days: days, lines, exceptions, attendances.

        The rows are written past the ORM, which would need thrice the time; nothing but this writes them.

        :param dict results: employee → date → results of the engine
        """
        now = datetime.now(pytz.utc)
        since = self._first_punch_dates(plan.employees.browse([employee.id for employee in results]))
        known = self._known(results)
        changed, gone, found = {}, [], []
        for employee, by_date in results.items():
            for day, answers in by_date.items():
                stored = known.get((employee.id, day))
                # What somebody decided does not vanish with its reasons: they see that nothing is left, and decide.
                kept = bool(stored) and (stored["held"] or stored["state"] not in ("computed", "review"))
                vals = self._vals(plan, employee, day, answers, since.get(employee.id), now, kept)
                if vals is None:
                    if stored:
                        gone.append(stored["id"])
                elif not stored or stored["input_digest"] != vals["input_digest"]:
                    told = self._next_state(vals, stored, employee, day)
                    if told and told["type"] == "locked_day_changed":
                        found.append(told)
                    elif not stored or stored["state"] != "locked":
                        changed[employee.id, day] = vals
                        vals["told"] = [told] if told else []
        decided = self._decided(known, changed)
        for key, vals in changed.items():
            stored = known.get(key, {})
            if vals["state"] == "computed" and (
                stored.get("held") or self._is_to_review(vals, stored.get("id"), decided)
            ):
                vals["state"] = "review"
        ids = self._write_days(changed, known)
        self._write_lines(changed, ids)
        for key, vals in changed.items():
            found += [{**exception, "day_id": ids[key]} for exception in vals["exceptions"] + vals["told"]]
        self.env["punchclock.exception"]._raise(found, ids.values())
        self._tell_second_taps(plan, changed)
        self._project(plan, changed, ids, gone)
        self.browse(gone).unlink()

    @api.model
    def _known(self, results):
        """(employee id, date) → the stored row of a day, as far as it matters here; in one query."""
        dates = {day for by_date in results.values() for day in by_date}
        # The names are constants of this file.
        self.env.cr.execute(
            f"""
            SELECT id, employee_id, date, state, input_digest, {", ".join(FIGURES)},
                   EXISTS (SELECT FROM punchclock_exception x
                            WHERE x.day_id = d.id AND x.state = 'open' AND x.type = ANY(%s)) AS held
              FROM punchclock_day d WHERE employee_id = ANY(%s) AND date = ANY(%s)
            """,  # pylint: disable=sql-injection
            [list(HELD), [employee.id for employee in results], list(dates)],
        )
        return {(row["employee_id"], row["date"]): row for row in self.env.cr.dictfetchall()}

    @api.model
    def _next_state(self, vals, stored, employee, day):
        """Give a day its state; returns the exception to raise when that means that a decision was overtaken."""
        if not stored or stored["state"] in ("computed", "review"):
            return None
        differs = [
            f"{self._fields[name].string}: {stored[name]} → {vals[name]}"
            for name in FIGURES
            if stored[name] != vals[name]
        ]
        if stored["state"] == "locked":
            if not differs:
                return None
            about = {**_about(employee, day), "type": "locked_day_changed", "day_id": stored["id"]}
            return {**about, "note": "\n".join(differs)}
        vals["state"] = "review" if differs else stored["state"]
        if not differs:
            return None
        return {**_about(employee, day), "type": "changed_after_approval", "note": "\n".join(differs)}

    @api.model
    def _decided(self, known, changed):
        """(day id, type, punch) of the exceptions of these days that a person has closed: they stay so."""
        ids = [known[key]["id"] for key in changed if key in known]
        if not ids:
            return set()
        self.env["punchclock.exception"].flush_model()
        self.env.cr.execute(
            """
            SELECT day_id, type, event_id FROM punchclock_exception
             WHERE day_id = ANY(%s) AND state != 'open' AND closed_by_rerun IS NOT TRUE
            """,
            [ids],
        )
        return set(self.env.cr.fetchall())

    @api.model
    def _is_to_review(self, vals, day_id, decided):
        """Whether something about a day is open to decide."""
        return any(
            TYPES.get(found["type"], TYPES["other"])[1] != "info"
            and (day_id, found["type"], found.get("event_id")) not in decided
            for found in vals["exceptions"]
        )

    @api.model
    def _tell_second_taps(self, plan, changed):
        """Show on a punch whether the rules left it out as a repeated tap."""
        second = {punch for vals in changed.values() for punch in vals["second_taps"]}
        told = plan.second_taps & {punch for vals in changed.values() for punch in vals["punches"]}
        if second == told:
            return
        self.env.cr.execute(
            """
            UPDATE punchclock_event e SET status = CASE WHEN e.status = 'ok' THEN 'debounced' ELSE 'ok' END
             WHERE e.id = ANY(%s) AND e.status = 'ok' OR e.id = ANY(%s) AND e.status = 'debounced'
            """,
            [list(second - told), list(told - second)],
        )
        self.env["punchclock.event"].invalidate_model(["status"], flush=False)

    @api.model
    def _project(self, plan, changed, ids, gone):
        """Have Odoo's attendances follow, for the people of companies that want it."""
        by_employee = defaultdict(dict)
        for (employee_id, day), vals in changed.items():
            by_employee[employee_id][ids[employee_id, day]] = vals
        leaving = defaultdict(list)
        for day in self.browse(gone):
            leaving[day.employee_id.id].append(day.id)
        for employee in plan.employees.filtered(lambda e: e.id in by_employee or e.id in leaving):
            mode = employee.company_id.punchclock_projection
            spans = {
                day_id: [(_utc(start), _utc(stop)) for start, stop in vals["sessions"]]
                + ([(_utc(vals["open_since"]), False)] if mode == "open" and vals["open_since"] else [])
                for day_id, vals in by_employee[employee.id].items()
                if mode != "off"
            }
            # An attendance never outlives its day: it would look as if it were made by hand.
            if not spans and not leaving[employee.id]:
                continue
            refused = self.env["hr.attendance"]._punchclock_project(employee, spans, leaving[employee.id])
            for day_id, notes in refused.items():
                self.browse(day_id)._note_refused(notes)

    def _note_refused(self, notes):
        """Show on the day that Odoo refused some of its attendances."""
        self.ensure_one()
        texts = [
            self.env._(
                "not in Odoo's attendances: %(start)s to %(stop)s (%(reason)s)",
                start=self._wall_clock(check_in),
                stop=self._wall_clock(check_out) or "",
                reason=reason,
            )
            for check_in, check_out, reason in notes
        ]
        # Tried again with the next computation, even if no punch changes: the other row may be gone by then.
        self.sudo().write(
            {
                "anomaly_count": self.anomaly_count + len(texts),
                "input_digest": False,
            }
        )
        about = {**_about(self.employee_id, self.date), "day_id": self.id}
        self.env["punchclock.exception"]._raise([{**about, "type": "projection_refused", "note": "\n".join(texts)}])
        self._sync_review()


def _about(employee, day):
    return {"employee_id": employee.id, "date": day, "company_id": employee.company_id.id}


def _utc(seconds):
    return engine.UNIX_EPOCH + timedelta(seconds=seconds)
