# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from .. import engine
from ..identity import normal_serial


class PunchclockTerminal(models.Model):
    """An attendance terminal on a wall."""

    _name = "punchclock.terminal"
    _description = "Attendance Terminal"
    _check_company_auto = True
    _order = "name, id"

    name = fields.Char(required=True)
    serial = fields.Char(
        string="Serial Number", required=True, help="As the terminal reports it; stored trimmed and in upper case."
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    gateway_id = fields.Many2one("punchclock.gateway", index="btree_not_null", check_company=True, ondelete="restrict")
    pin_space_id = fields.Many2one(
        "punchclock.pin.space",
        string="PIN Numbering",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        help="Terminals that share one numbering of people. Left empty, the terminal gets one of its own.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        help="A terminal knows only its wall clock; this says where the wall is.",
    )
    direction_policy = fields.Selection(
        [
            ("state", "As the terminal says"),
            ("alternate", "In and out in turn"),
            ("in_only", "Entrance: always in"),
            ("out_only", "Exit: always out"),
        ],
        string="Direction",
        required=True,
        default="state",
        help="What a punch of this terminal claims to be. A claim other than 0 and 1 never decides.",
    )
    work_location_id = fields.Many2one("hr.work.location", check_company=True, ondelete="restrict")
    state = fields.Selection([("active", "Active"), ("retired", "Retired")], required=True, default="active")
    user_ids = fields.One2many("punchclock.terminal.user", "terminal_id", string="Users")

    last_event = fields.Datetime(
        string="Last Punch",
        compute="_compute_last_event",
        help="The latest punch on it that has arrived, by the terminal's clock.",
    )
    # What its edge reports.
    reported_at = fields.Datetime(string="Last Reported", readonly=True, copy=False)
    problem = fields.Char(readonly=True, copy=False, help="What the edge says is wrong with it. Empty: nothing.")
    reported_tz = fields.Char(string="Time Zone at the Edge", readonly=True, copy=False)
    clock_skew_s = fields.Integer(
        string="Clock Ahead (s)",
        readonly=True,
        copy=False,
        help="The terminal's clock minus its zone's, when last read.",
    )
    firmware = fields.Char(readonly=True, copy=False)
    user_count = fields.Integer(string="Users on It", readonly=True, copy=False)
    log_count = fields.Integer(string="Punches on It", readonly=True, copy=False)

    _serial_unique = models.UniqueIndex("(serial)", "A terminal with this serial number exists already.")

    def _compute_last_event(self):
        self.env["punchclock.event"].flush_model(["terminal_id", "local_time", "utc_time"])
        # One look into the index for each: the latest of a group would read all punches.
        self.env.cr.execute(
            """
            SELECT t.id, e.utc_time FROM punchclock_terminal t CROSS JOIN LATERAL (
                SELECT utc_time FROM punchclock_event
                 WHERE terminal_id = t.id AND utc_time IS NOT NULL ORDER BY local_time DESC LIMIT 1) e
             WHERE t.id = ANY(%s)
            """,
            [self.ids],
        )
        latest = dict(self.env.cr.fetchall())
        for terminal in self:
            terminal.last_event = latest.get(terminal.id, False)

    @api.constrains("tz")
    def _check_tz(self):
        known = engine.zones()
        for terminal in self:
            if terminal.tz not in known:
                raise ValidationError(self.env._("The rules engine does not know the time zone %s.", terminal.tz))

    @api.constrains("serial")
    def _check_serial(self):
        for terminal in self:
            if not terminal.serial:
                raise ValidationError(self.env._("A serial number cannot be blank."))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._normalise(vals)
            if not vals.get("pin_space_id"):
                # A shared default would silently credit one branch's PIN 7 with another's punches.
                space = {"name": vals.get("name") or vals.get("serial")}
                if vals.get("company_id"):
                    space["company_id"] = vals["company_id"]
                vals["pin_space_id"] = self.env["punchclock.pin.space"].create(space).id
        terminals = super().create(vals_list)
        terminals._adopt_events()
        return terminals

    def write(self, vals):
        self._normalise(vals)
        if "serial" in vals and any(terminal.serial != vals["serial"] for terminal in self):
            self._check_no_punches()
        result = super().write(vals)
        if {"serial", "tz", "company_id", "gateway_id", "pin_space_id"} & vals.keys():
            self._adopt_events()
        if "pin_space_id" in vals:
            users = self.user_ids.sudo()
            users._refresh({(user.pin_space_id.id, user.pin_key) for user in users})
        if "direction_policy" in vals:
            self._mark_days()
        return result

    @api.model
    def _normalise(self, vals):
        if vals.get("serial"):
            vals["serial"] = normal_serial(vals["serial"])

    def _check_no_punches(self):
        if self.env["punchclock.event"].sudo().search_count([("terminal_id", "in", self.ids)], limit=1):
            raise ValidationError(
                self.env._("Punches are stored under this serial number; register the other terminal as a new one.")
            )

    def _mark_days(self):
        """Have every day computed again that punches of these terminals have a say in."""
        self.env.cr.execute(
            """
            SELECT employee_id, local_time, utc_time FROM punchclock_event
             WHERE terminal_id = ANY(%s) AND employee_id IS NOT NULL
            """,
            [self.ids],
        )
        self.env["punchclock.event"].sudo()._mark_touched(self.env.cr.fetchall())

    def _adopt_events(self):
        """Place the punches that these terminals made before they were known, or before their zone was corrected."""
        self.env["punchclock.event"].sudo()._place(self)
