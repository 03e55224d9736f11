# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError


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

    @api.model
    def _punchclock_project(self, employee, days, sessions, gone):
        """Make the attendances of these days equal to their closed sessions, touching only what differs.

        A session that Odoo's own constraints refuse (it overlaps a row made by hand) is shown on its day; nothing else
        is lost for it.

        :param days: the days whose sessions changed
        :param dict sessions: date → list of (check in, check out)
        :param gone: days that are about to be deleted
        """
        quiet = self.with_context(tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True)
        stale = quiet.search([("punchclock_day_id", "in", gone.ids)])
        missing = []
        present = quiet.search([("punchclock_day_id", "in", days.ids)]).grouped("punchclock_day_id")
        for day in days:
            wanted = set(sessions[day.date])
            for attendance in present.get(day, ()):
                span = (attendance.check_in, attendance.check_out)
                if span in wanted:
                    wanted.discard(span)
                else:
                    stale |= attendance
            missing += [(day, *span) for span in sorted(wanted)]
        # Everything that goes, goes first: a session may have moved from one day to another.
        stale.unlink()
        if not missing:
            return
        rows = [
            {
                "employee_id": employee.id,
                "check_in": check_in,
                "check_out": check_out,
                "in_mode": "punchclock",
                "out_mode": "punchclock",
                "punchclock_day_id": day.id,
            }
            for day, check_in, check_out in missing
        ]
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
                    self.env["punchclock.day"].browse(row["punchclock_day_id"])._note_refused(row, error)
