# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import hashlib
from datetime import datetime

from odoo import fields, models
from odoo.exceptions import UserError

from .. import attlog, wire
from ..access import need_officer
from ..identity import fingerprint

MOST_BYTES = 16 * 1024 * 1024
SHOWN = 50


class PunchclockImportAttlog(models.TransientModel):
    """Bring the punches of a terminal that no network reaches, from the file it wrote onto a USB stick."""

    _name = "punchclock.import.attlog"
    _description = "Import Punches from a File"

    terminal_id = fields.Many2one("punchclock.terminal", required=True, ondelete="cascade")
    file = fields.Binary(string="File (attlog.dat)")
    file_name = fields.Char()
    layout = fields.Selection(
        [("device", "Terminal number, state, verify mode, work code"), ("plain", "State, verify mode, work code")],
        string="Columns After the Time",
        required=True,
        default="device",
        help="A wrong choice makes no duplicate: none of these is part of what makes a punch the same punch.",
    )
    done = fields.Boolean(readonly=True)
    accepted_count = fields.Integer(string="New", readonly=True)
    duplicate_count = fields.Integer(string="Stored Before", readonly=True)
    review_count = fields.Integer(string="New, To Review", readonly=True)
    rejected_count = fields.Integer(string="Not Readable", readonly=True)
    unreadable = fields.Text(string="Lines That Cannot Be Read", readonly=True)

    def action_import(self):
        """Store the file's punches through the same way as an edge's, any number of times."""
        self.ensure_one()
        need_officer(self.env)
        self.terminal_id.check_access("read")
        raw = base64.b64decode(self.file or b"")
        if not raw:
            raise UserError(self.env._("Choose the file of the terminal."))
        if len(raw) > MOST_BYTES:
            raise UserError(self.env._("The file is larger than any terminal's log."))
        punches, unreadable = attlog.read(raw, self.layout)
        terminal = self.terminal_id.sudo()
        faults = [f"{number}: {text}" for number, text in unreadable]
        counts = dict.fromkeys(("accepted", "duplicate", "review", "rejected"), 0)
        events = [self._event(terminal.serial, punch) for punch in punches]
        for start in range(0, len(events), wire.MAX_EVENTS):
            part = events[start : start + wire.MAX_EVENTS]
            answer = (
                self.env["punchclock.event"]
                .sudo()
                ._take(part, terminal.gateway_id, terminal=terminal, channels=("file",))
            )
            for event, outcome in zip(part, answer["outcomes"], strict=True):
                counts[outcome["outcome"]] += 1
                if outcome["outcome"] == "rejected":
                    faults.append(f"{event['pin']} {event['local_time']}: {outcome['message']}")
        # The file is from a hand, not from a terminal: whose, and which file, is written down.
        payload = {"terminal": terminal.serial, "sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw), **counts}
        self.env["punchclock.audit"]._append(terminal.company_id, "punches.imported", terminal, payload)
        self.write(
            {
                "done": True,
                "file": False,
                **{f"{name}_count": count for name, count in counts.items() if name != "rejected"},
                "rejected_count": len(faults),
                "unreadable": "\n".join(faults[:SHOWN]) or False,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "name": self.env._("Import Punches"),
            "views": [(False, "form")],
            "target": "new",
        }

    def _event(self, serial, punch):
        try:
            known = fingerprint(serial, punch["pin"], datetime.fromisoformat(punch["local_time"]))
        except ValueError:
            # A day that no calendar has; the check of events says so.
            known = "0" * 32
        return {**punch, "serial": serial, "channel": "file", "fingerprint": known}
