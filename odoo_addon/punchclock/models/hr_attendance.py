# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

# Any number that nobody else locks with: "punch" in hexadecimal.
LOCK_SPACE = 0x70756E63
# In the context of what the projection itself writes.
PROJECTING = "punchclock_projecting"


class HrAttendance(models.Model):
    _inherit = "hr.attendance"

    punchclock_day_id = fields.Many2one(
        "punchclock.day",
        string="Computed Day",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Set on attendances that come from terminals. They follow their day; all others are left alone.",
    )
    in_mode = fields.Selection(selection_add=[("punchclock", "Terminal")], ondelete={"punchclock": "set default"})
    out_mode = fields.Selection(selection_add=[("punchclock", "Terminal")], ondelete={"punchclock": "set default"})

    def action_punchclock_day(self):
        """The computed day that this attendance follows."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "punchclock.day",
            "res_id": self.punchclock_day_id.id,
            "view_mode": "form",
        }

    def action_punchclock_punches(self):
        """The punches it comes from: of the stretches of its day that lie in it; of all of them while it is open."""
        self.ensure_one()
        day = self.punchclock_day_id
        lines = day.line_ids.filtered(
            lambda line: self.check_out and self.check_in < line.stop and line.start < self.check_out
        )
        return day._open_punches(sorted({punch for line in lines for punch in line.punches or ()}) or day.punches)

    def write(self, vals):
        result = super().write(vals)
        if {"check_in", "check_out", "employee_id"} & vals.keys():
            self._punchclock_touched()
        return result

    def unlink(self):
        self._punchclock_touched()
        return super().unlink()

    def _punchclock_touched(self):
        """Somebody else (a person, Odoo's automatic check-out) changes an attendance that follows a day: compute the
        day again, so that it follows again."""
        if self.env.context.get(PROJECTING):
            return
        days = self.sudo().punchclock_day_id.filtered(lambda day: day.state != "locked")
        if days:
            days.write({"input_digest": False})
            self.env["punchclock.dirty.day"].sudo()._mark({(day.employee_id.id, day.date) for day in days})

    @api.model
    def _punchclock_project(self, employee, spans, gone):
        """Make the attendances of these days of one person equal to their sessions, touching only what differs.

        A session that Odoo's own constraints refuse (it overlaps a row made by hand) is told; nothing else is lost
        for it.

        :param dict spans: day id → list of (check in, check out); check out is ``False`` while somebody is at work
        :param list gone: ids of days that are about to be deleted
        :return: day id → list of (check in, check out, reason), for those that were refused
        """
        # Odoo's constraints are Python's: two transactions could each find no overlap and write one.
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, employee.id])
        quiet = self.with_context(
            tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True, **{PROJECTING: True}
        )
        stale = quiet.search([("punchclock_day_id", "in", gone)]) if gone else quiet.browse()
        missing, moved = [], []
        present = quiet.search([("punchclock_day_id", "in", list(spans))]).grouped("punchclock_day_id")
        present = {day.id: attendances for day, attendances in present.items()}
        for day_id, wanted in spans.items():
            left = dict(wanted)
            for attendance in present.get(day_id, ()):
                check_out = left.pop(attendance.check_in, None)
                if check_out is None:
                    stale |= attendance
                elif attendance.check_out != check_out:
                    moved.append((attendance, day_id, check_out))
            missing += [(day_id, check_in, check_out) for check_in, check_out in sorted(left.items())]
        # Everything that goes, goes first: a session may have moved from one day to another.
        stale.unlink()
        refused = defaultdict(list)
        for attendance, day_id, check_out in moved:
            values = {"check_out": check_out, "out_mode": "punchclock" if check_out else "manual"}
            try:
                with self.env.cr.savepoint():
                    attendance.write(values)
            except UserError as error:
                refused[day_id].append((attendance.check_in, check_out, str(error)))
        rows = [
            {
                "employee_id": employee.id,
                "check_in": check_in,
                "check_out": check_out,
                "in_mode": "punchclock",
                "out_mode": "punchclock" if check_out else "manual",
                "punchclock_day_id": day_id,
            }
            for day_id, check_in, check_out in missing
        ]
        if not rows:
            return refused
        try:
            with self.env.cr.savepoint():
                quiet.create(rows)
        except UserError:
            # One of them; only now is each tried alone, because that costs much more.
            for row in rows:
                try:
                    with self.env.cr.savepoint():
                        quiet.create(row)
                except UserError as error:
                    refused[row["punchclock_day_id"]].append((row["check_in"], row["check_out"], str(error)))
        return refused
