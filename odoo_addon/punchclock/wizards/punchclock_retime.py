# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import canonical


class PunchclockRetime(models.TransientModel):
    """Correct the zone of a terminal, and with it the instant of every punch it made.

    The terminal's own clock reading stays as it was; no punch is a new one after it. Locked days do not change: what
    would have changed is an exception of that day.
    """

    _name = "punchclock.retime"
    _description = "Correct the Time Zone of a Terminal"

    terminal_id = fields.Many2one("punchclock.terminal", required=True)
    old_tz = fields.Selection(string="Zone until Now", related="terminal_id.tz")
    tz = fields.Selection(
        lambda self: [(n, n) for n in sorted(pytz.all_timezones_set)], string="Right Zone", required=True
    )
    why = fields.Char(required=True)
    event_count = fields.Integer(string="Punches", compute="_compute_counts")
    locked_count = fields.Integer(string="Locked Days Concerned", compute="_compute_counts")

    @api.depends("terminal_id")
    def _compute_counts(self):
        for wizard in self:
            events = [("terminal_id", "=", wizard.terminal_id.id)]
            wizard.event_count = self.env["punchclock.event"].search_count(events)
            self.env.cr.execute(
                """
                SELECT count(DISTINCT d.id) FROM punchclock_day d
                  JOIN punchclock_event e ON e.employee_id = d.employee_id AND e.local_date = d.date
                 WHERE d.state = 'locked' AND e.terminal_id = %s
                """,
                [wizard.terminal_id.id or None],
            )
            wizard.locked_count = self.env.cr.fetchone()[0]

    def action_retime(self):
        self.ensure_one()
        if not self.env.user.has_group("punchclock.group_punchclock_manager"):
            raise AccessError(self.env._("Only a Punchclock administrator may do this."))
        terminal = self.terminal_id
        old = terminal.tz
        if old == self.tz:
            raise UserError(self.env._("That is the zone it has already."))
        terminal.tz = self.tz
        self.env["punchclock.audit"]._append(
            terminal.company_id,
            "terminal.retimed",
            terminal,
            {
                "serial": terminal.serial,
                "before": old,
                "after": self.tz,
                "punches": self.event_count,
                "locked_days": self.locked_count,
                "why": canonical.digest(self.why),
            },
        )
        return {"type": "ir.actions.act_window_close"}
