# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..matching import card_key


class PunchclockTerminalUser(models.Model):
    """What HR wants to be on a terminal.

    It is wanted for the person whose the PIN is at that time, and given up when that is somebody else.
    """

    _inherit = "punchclock.terminal.user"

    wanted = fields.Selection(
        [("present", "On the terminal"), ("absent", "Not on the terminal")],
        readonly=True,
        help="Empty: whatever the terminal has is left alone.",
    )
    wanted_name = fields.Char(string="Name to Write", readonly=True)
    wanted_card = fields.Char(string="Card to Write", readonly=True)
    wanted_employee_id = fields.Many2one(
        "hr.employee", string="Wanted For", readonly=True, ondelete="set null", help="Whose the PIN was at that time."
    )
    # Told to the edge and back: an answer to what HR wanted before is no answer to what it wants now.
    wish_revision = fields.Integer(readonly=True)
    wish_done = fields.Boolean(string="Was Written", readonly=True)

    def action_write(self):
        """Have the employee's name and badge written to the terminal, under this PIN."""
        self._need_officer()
        users = self.sudo()
        users._refresh(users._places())
        for user in users.filtered("employee_id.active"):
            employee = user.employee_id
            user._wish("present", wanted_name=employee.name, wanted_card=employee._punchclock_card())

    def action_remove(self):
        """Have the user removed from the terminal. Punches that it made are not touched by that."""
        self._need_officer()
        # One that is still to be written may be on the terminal by now: it counts as there until the next word of it.
        for user in self.sudo().filtered(lambda user: user.present or user.wanted == "present"):
            user._wish("absent", present=True, wanted_name=False, wanted_card=False)

    def _wish(self, wanted, **values):
        self.ensure_one()
        self.write(
            {
                "wanted": wanted,
                "wanted_employee_id": self.employee_id.id,
                "wish_revision": self.wish_revision + 1,
                "wish_done": False,
                "sync_state": "push_pending",
                "sync_error": False,
                **values,
            }
        )

    @api.model
    def _open_wishes(self, terminals, most):
        """What is to be written to these terminals, at most so many for each: one that is off must not keep the others
        waiting. A wish that is not meant any more, because the PIN is somebody else's since, is not among them."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT id FROM (
                SELECT id, row_number() OVER (PARTITION BY terminal_id ORDER BY id) AS place
                  FROM punchclock_terminal_user
                 WHERE terminal_id = ANY(%s) AND sync_state = 'push_pending') ranked
             WHERE place <= %s ORDER BY id
            """,
            [terminals.ids, most],
        )
        users = self.browse([row[0] for row in self.env.cr.fetchall()])
        users._refresh(users._places())
        return users.filtered(lambda user: user.sync_state == "push_pending")

    def action_leave(self):
        """Leave alone what is on the terminal, whatever was wanted before."""
        self._need_officer()
        users = self.sudo()
        users.write(
            {
                "wanted": False,
                "wanted_name": False,
                "wanted_card": False,
                "wanted_employee_id": False,
                "sync_error": False,
            }
        )
        users._refresh(users._places())

    def _written(self, ok, error):
        """An edge has tried to write this user, or to remove it."""
        self.ensure_one()
        if not ok:
            self.write({"sync_state": "push_failed", "sync_error": error or self.env._("The terminal refused it.")})
        elif self.wanted == "absent":
            self.write({"present": False, "sync_state": "removed", "sync_error": False})
        else:
            self.write(
                {
                    "present": True,
                    "name_on_terminal": self.wanted_name,
                    "card": self.wanted_card,
                    "sync_state": "pushed",
                    "sync_error": False,
                    "wish_done": True,
                }
            )

    def _verdict_of_wish(self):
        outdated = self._outdated()
        if outdated and (self.present or (self.wanted == "present" and self.employee_id)):
            return "conflict", outdated
        if self.wanted == "present" and not outdated:
            return self._verdict_of_written()
        return self._open_wish() if self.present else ("removed", None)

    def _outdated(self):
        """Why what was wanted is not meant any more: for a PIN it was wanted, and it is a person's for a time only."""
        employee = self.employee_id
        if self.wanted == "absent" and employee and employee != self.wanted_employee_id:
            return self.env._("It was to be removed before the PIN was given to %s", employee.name)
        if self.wanted != "present":
            return None
        if not employee.active:
            return self.env._("It was to be written for %s, whose PIN it is no more", self.wanted_name)
        if employee != self.wanted_employee_id:
            return self.env._(
                "It was to be written for %(before)s, and the PIN is that of %(now)s now",
                before=self.wanted_name,
                now=employee.name,
            )
        if (self.wanted_name, card_key(self.wanted_card)) != (employee.name, employee._punchclock_card() or ""):
            return self.env._("Name or badge of %s have changed since they were to be written", employee.name)
        return None

    def _open_wish(self):
        return ("push_failed", self.sync_error or None) if self.sync_state == "push_failed" else ("push_pending", None)

    def _verdict_of_written(self):
        # A terminal cuts long names.
        agrees = (
            self.present
            and (self.wanted_name or "").startswith(self.name_on_terminal or "")
            and bool(self.name_on_terminal) == bool(self.wanted_name)
            and card_key(self.card) == card_key(self.wanted_card)
        )
        if agrees:
            return "pushed", None
        if not self.wish_done:
            return self._open_wish()
        if not self.present:
            return "conflict", self.env._("It was written, and somebody removed it at the terminal")
        return "conflict", self.env._("It was written, and somebody changed it at the terminal")
