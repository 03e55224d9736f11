# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..identity import normal_pin


class PunchclockTerminalUser(models.Model):
    """A user on one terminal: what its edge says is there, and what HR wants to be there.

    Whose the PIN is is another question, with dates: ``punchclock.pin``.
    """

    _name = "punchclock.terminal.user"
    _description = "User of a Terminal"
    _order = "pin_space_id, pin_key, terminal_id"
    _rec_name = "pin"

    terminal_id = fields.Many2one("punchclock.terminal", required=True, readonly=True, index=True, ondelete="cascade")
    pin_space_id = fields.Many2one(related="terminal_id.pin_space_id", store=True, index=True)
    company_id = fields.Many2one(related="terminal_id.company_id", store=True, index=True)
    pin = fields.Char(string="PIN", required=True, readonly=True, help="As the terminal keeps it.")
    pin_key = fields.Char(string="PIN (normal form)", compute="_compute_pin_key", store=True)

    # What the edge read. Templates stay on the terminal: only how many there are is told.
    present = fields.Boolean(string="On the Terminal", readonly=True)
    name_on_terminal = fields.Char(readonly=True)
    card = fields.Char(string="Card on the Terminal", readonly=True)
    privilege = fields.Integer(readonly=True, help="0 is a plain user, 14 the terminal's administrator.")
    fingerprint_count = fields.Integer(string="Fingerprints", readonly=True)
    face_count = fields.Integer(string="Faces", readonly=True)
    reported_at = fields.Datetime(string="Last Reported", readonly=True)

    # What HR wants.
    wanted = fields.Selection(
        [("present", "On the terminal"), ("absent", "Not on the terminal")],
        readonly=True,
        help="Empty: whatever the terminal has is left alone.",
    )
    wanted_name = fields.Char(string="Name to Write", readonly=True)
    wanted_card = fields.Char(string="Card to Write", readonly=True)

    pin_id = fields.Many2one("punchclock.pin", string="PIN Record", readonly=True, ondelete="set null", index=True)
    employee_id = fields.Many2one(related="pin_id.employee_id", store=True, index=True)
    valid_from = fields.Date(related="pin_id.valid_from")
    valid_to = fields.Date(related="pin_id.valid_to")
    match_method = fields.Selection(related="pin_id.match_method")
    sync_state = fields.Selection(
        [
            ("unmapped", "Unmapped"),
            ("mapped", "Mapped"),
            ("conflict", "Conflict"),
            ("push_pending", "To Be Written"),
            ("pushed", "Written"),
            ("push_failed", "Writing Failed"),
            ("removed", "Not There Any More"),
        ],
        required=True,
        readonly=True,
        default="unmapped",
        index=True,
    )
    sync_error = fields.Char(string="What Is Wrong", readonly=True)

    _terminal_pin_unique = models.UniqueIndex("(terminal_id, pin_key)", "The terminal has this PIN already.")

    @api.depends("pin")
    def _compute_pin_key(self):
        for record in self:
            record.pin_key = normal_pin(record.pin or "")
