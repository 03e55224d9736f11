# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import engine

# One place for what makes a punch need a person; later codes matter only when the earlier ones do not apply.
REVIEW_CODE = """
    CASE WHEN terminal_id IS NULL THEN 'unknown_terminal'
         WHEN employee_id IS NULL THEN 'unknown_pin'
         WHEN utc_time IS NULL THEN 'time_unplaced'
         WHEN resolution = 'gap' THEN 'time_gap'
         WHEN resolution = 'fold' THEN 'time_fold'
         WHEN utc_time > e.create_date + interval '5 minutes' THEN 'time_future'
         WHEN review_code IN ('time_stale', 'locked_period') THEN review_code
    END
"""
PLACE_CHUNK = 5000
# More than a day, because the look back runs once a day.
HEAL_WITHIN = timedelta(days=2)


class PunchclockEvent(models.Model):
    """Whose and whence a punch is, found again whenever a terminal, a zone or a PIN changes."""

    _inherit = "punchclock.event"

    @api.model
    def _place(self, terminals):
        """Give the punches of these terminals their zone, their instant and, by their PIN, their person.

        Only punches that the terminal's own gateway brought: a serial is written on the case for everybody to read, so
        neither another company nor another gateway may make punches under it that count.
        """
        self.env.flush_all()
        places, marks = set(), []
        for terminal in terminals:
            self._tell_foreign(terminal)
            self.env.cr.execute(
                """
                SELECT id, local_time, tz_name, utc_time, terminal_id, company_id, employee_id FROM punchclock_event
                 WHERE terminal_id = %s OR (terminal_id IS NULL AND serial_key = %s AND gateway_id = %s)
                 ORDER BY id
                """,
                [terminal.id, terminal.serial, terminal.gateway_id.id or None],
            )
            rows = self.env.cr.fetchall()
            company_id = terminal.company_id.id
            for start in range(0, len(rows), PLACE_CHUNK):
                chunk = rows[start : start + PLACE_CHUNK]
                answers = engine.resolve(terminal.tz, [datetime.fromisoformat(row[1]) for row in chunk])
                changed = []
                for row, (utc_offset, utc_time, resolution) in zip(chunk, answers, strict=True):
                    event_id, local, old_tz, old_utc, old_terminal_id, old_company_id, employee_id = row
                    moved = (old_tz, old_utc) != (terminal.tz, utc_time)
                    if not moved and (old_terminal_id, old_company_id) == (terminal.id, company_id):
                        continue
                    changed.append((event_id, terminal.id, company_id, terminal.tz, utc_offset, utc_time, resolution))
                    # Whose it was until now; whose it is from now on is told by `_match`.
                    if moved and employee_id:
                        marks += [(employee_id, local, utc) for utc in (old_utc, utc_time)]
                if not changed:
                    continue
                self.env.cr.execute_values(
                    """
                    UPDATE punchclock_event e
                       SET terminal_id = v.terminal_id, company_id = v.company_id, tz_name = v.tz_name,
                           utc_offset = v.utc_offset, utc_time = v.utc_time, resolution = v.resolution,
                           write_date = now() AT TIME ZONE 'UTC'
                      FROM (VALUES %s)
                        AS v (id, terminal_id, company_id, tz_name, utc_offset, utc_time, resolution)
                     WHERE e.id = v.id
                    """,
                    changed,
                    template="(%s, %s, %s, %s, %s::int, %s::timestamp, %s)",
                    page_size=PLACE_CHUNK,
                )
            self.env.cr.execute("SELECT DISTINCT pin_key FROM punchclock_event WHERE terminal_id = %s", [terminal.id])
            places |= {(terminal.pin_space_id.id, key) for (key,) in self.env.cr.fetchall()}
        self.invalidate_model()
        self._mark_touched(marks)
        self._match(places)

    @api.model
    def _tell_foreign(self, terminal):
        """Say of the waiting punches that another gateway of the same company brought that they are not unknown."""
        if not terminal.gateway_id:
            return
        tree = self.env["res.company"].sudo().search([("id", "child_of", terminal.company_id.root_id.id)])
        self.env.cr.execute(
            """
            UPDATE punchclock_event SET review_code = 'foreign_terminal', write_date = now() AT TIME ZONE 'UTC'
             WHERE terminal_id IS NULL AND serial_key = %s AND company_id IN %s AND gateway_id != %s
               AND review_code != 'foreign_terminal'
            """,
            [terminal.serial, tuple(tree.ids), terminal.gateway_id.id],
        )

    @api.model
    def _match(self, places):
        """Say whose the punches of these (PIN space, PIN) are, and mark the days of everybody concerned."""
        if not places:
            return
        self.env.flush_all()
        # `old` is read before the update: who loses a punch needs the day computed again as much as who gets it.
        self.env.cr.execute(
            SQL(
                """
                WITH found AS (
                    SELECT e.id, e.employee_id AS old_employee_id, p.id AS pin_id, p.employee_id
                      FROM punchclock_event e
                      JOIN punchclock_terminal t ON t.id = e.terminal_id
                      LEFT JOIN punchclock_pin p
                             ON p.pin_space_id = t.pin_space_id AND p.pin_key = e.pin_key
                            AND (p.valid_from IS NULL OR p.valid_from <= e.local_date)
                            AND (p.valid_to IS NULL OR p.valid_to >= e.local_date)
                     WHERE (t.pin_space_id, e.pin_key) IN %(places)s
                )
                UPDATE punchclock_event e
                   SET pin_id = found.pin_id, employee_id = found.employee_id,
                       write_date = now() AT TIME ZONE 'UTC', write_uid = %(uid)s
                  FROM found
                 WHERE found.id = e.id
                   AND (e.pin_id IS DISTINCT FROM found.pin_id OR e.employee_id IS DISTINCT FROM found.employee_id)
                RETURNING e.local_time, e.utc_time, found.old_employee_id, e.employee_id
                """,
                places=tuple(places),
                uid=self.env.uid,
            )
        )
        changed = self.env.cr.fetchall()
        self.env.cr.execute(
            SQL(
                """
                UPDATE punchclock_event e
                   SET review_code = %(code)s,
                       status = CASE WHEN e.status = 'voided' THEN 'voided'
                                     WHEN (%(code)s) IS NULL THEN 'ok'
                                     WHEN e.reviewed AND e.employee_id IS NOT NULL AND utc_time IS NOT NULL THEN 'ok'
                                     ELSE 'review' END
                  FROM punchclock_terminal t
                 WHERE t.id = e.terminal_id AND (t.pin_space_id, e.pin_key) IN %(places)s
                   AND e.review_code IS DISTINCT FROM (%(code)s)
                """,
                code=SQL(REVIEW_CODE),
                places=tuple(places),
            )
        )
        self.invalidate_model()
        self._mark_touched(
            (employee_id, local, utc)
            for local, utc, old, new in changed
            if old != new
            for employee_id in (old, new)
            if employee_id
        )

    @api.model
    def _heal(self):
        """Find punches that should have been placed, and place them.

        A batch and a registration that run at the same time do not see each other: the punch is stored as unknown
        although its terminal or PIN exists by the time both have committed.
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT DISTINCT t.id FROM punchclock_terminal t
              JOIN punchclock_event e ON e.serial_key = t.serial AND e.gateway_id = t.gateway_id
             WHERE e.terminal_id IS NULL
            """
        )
        terminals = self.env["punchclock.terminal"].browse([row[0] for row in self.env.cr.fetchall()])
        self.env.cr.execute(
            """
            SELECT DISTINCT p.pin_space_id, p.pin_key FROM punchclock_pin p
              JOIN punchclock_terminal t ON t.pin_space_id = p.pin_space_id
              JOIN punchclock_event e ON e.terminal_id = t.id AND e.pin_key = p.pin_key
             WHERE e.status = 'review' AND e.employee_id IS NULL
               AND (p.valid_from IS NULL OR p.valid_from <= e.local_date)
               AND (p.valid_to IS NULL OR p.valid_to >= e.local_date)
            """
        )
        places = set(self.env.cr.fetchall())
        self._place(terminals)
        self._match(places)

    @api.model
    def _heal_recent(self):
        """The same for what changed lately: the batch may have read the PIN or the zone as it was before."""
        recent = [("write_date", ">=", fields.Datetime.now() - HEAL_WITHIN)]
        self._place(self.env["punchclock.terminal"].search(recent))
        self._match(self.env["punchclock.pin"].search(recent)._places())
        self.env["punchclock.terminal.user"]._refresh_all()
