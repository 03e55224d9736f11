# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..access import need_officer
from ..identity import normal_pin
from ..matching import suggest

# More than a person looks through at once; those with the most punches come first.
LINES = 80


class PunchclockMapPins(models.TransientModel):
    """Say whose the unknown PINs are, with what badge and name suggest."""

    _name = "punchclock.map.pins"
    _description = "Map PINs"

    line_ids = fields.One2many("punchclock.map.pins.line", "wizard_id", string="PINs")
    more = fields.Integer(string="Further PINs", readonly=True)

    @api.model
    def _open(self, places=None):
        """The window with these (PIN space id, PIN) of them that are unknown, or with all."""
        need_officer(self.env)
        unknown = self._unknown(places)
        wizard = self.create(
            {
                "line_ids": [Command.create(line) for line in self._lines(unknown[:LINES])],
                "more": max(len(unknown) - LINES, 0),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": wizard.id,
            "name": self.env._("Map PINs"),
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def action_open(self):
        """The menu: everything that is unknown."""
        return self._open()

    @api.model
    def _unknown(self, places):
        """Unknown PINs of the user's companies: (space, pin, name, card, punches, first day, last day)."""
        spaces = self.env["punchclock.pin.space"].search([("company_id", "in", self.env.companies.ids)])
        if not spaces or (places is not None and not places):
            return []
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH punches AS (
                    SELECT t.pin_space_id, e.pin_key, min(e.pin) AS pin, count(*) AS punches,
                           min(e.local_date) AS first, max(e.local_date) AS last
                      FROM punchclock_event e JOIN punchclock_terminal t ON t.id = e.terminal_id
                     WHERE e.status = 'review' AND e.review_code = 'unknown_pin'
                       AND t.pin_space_id IN %(spaces)s
                     GROUP BY 1, 2
                ), users AS (
                    SELECT u.pin_space_id, u.pin_key, min(u.pin) AS pin, min(u.name_on_terminal) AS name,
                           min(NULLIF(u.card, '0')) AS card
                      FROM punchclock_terminal_user u
                     WHERE u.present AND u.pin_id IS NULL AND u.pin_space_id IN %(spaces)s
                     GROUP BY 1, 2
                )
                SELECT COALESCE(p.pin_space_id, u.pin_space_id), COALESCE(u.pin, p.pin), u.name, u.card,
                       COALESCE(p.punches, 0), p.first, p.last
                  FROM punches p FULL JOIN users u ON u.pin_space_id = p.pin_space_id AND u.pin_key = p.pin_key
                 WHERE %(everything)s
                    OR (COALESCE(p.pin_space_id, u.pin_space_id), COALESCE(p.pin_key, u.pin_key)) IN %(places)s
                 ORDER BY COALESCE(p.punches, 0) DESC, 1, 2
                """,
                spaces=tuple(spaces.ids),
                everything=places is None,
                places=tuple(places or {(0, "")}),
            )
        )
        return self.env.cr.fetchall()

    @api.model
    def _lines(self, unknown):
        people = {}
        lines = []
        for space_id, pin, name, card, punches, first, last in unknown:
            space = self.env["punchclock.pin.space"].browse(space_id)
            root = space.sudo().company_id.root_id
            if root not in people:
                employees = self.env["hr.employee"].search([("company_id", "child_of", root.id)])
                people[root] = [(employee.id, employee.name, employee.barcode) for employee in employees]
            employee_id, method = suggest(pin, name, card, people[root])
            known_before = self.env["punchclock.pin"].search_count(
                [("pin_space_id", "=", space_id), ("pin_key", "=", normal_pin(pin))], limit=1
            )
            lines.append(
                {
                    "pin_space_id": space_id,
                    "pin": pin,
                    "name_on_terminal": name,
                    "card": card,
                    "punch_count": punches,
                    "first_date": first,
                    "last_date": last,
                    "suggested_id": employee_id,
                    "suggested_by": method,
                    "employee_id": employee_id,
                    # Somebody had this PIN before: the new meaning must not reach back to theirs.
                    "valid_from": (first or fields.Date.today()) if known_before else False,
                }
            )
        return lines

    def action_apply(self):
        """Give the PINs that have an employee to them; their punches and days follow."""
        self.ensure_one()
        chosen = self.line_ids.filtered("employee_id")
        if not chosen:
            raise UserError(self.env._("Choose an employee for at least one PIN."))
        pins = self.env["punchclock.pin"].create(
            [
                {
                    "pin_space_id": line.pin_space_id.id,
                    "pin": line.pin,
                    "employee_id": line.employee_id.id,
                    "valid_from": line.valid_from,
                    "match_method": line.suggested_by if line.employee_id == line.suggested_id else "manual",
                }
                for line in chosen
            ]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id("punchclock.action_pin")
        return {**action, "domain": [("id", "in", pins.ids)], "context": {}}


class PunchclockMapPinsLine(models.TransientModel):
    _name = "punchclock.map.pins.line"
    _description = "PIN to Map"
    _order = "id"

    wizard_id = fields.Many2one("punchclock.map.pins", required=True, ondelete="cascade")
    pin_space_id = fields.Many2one("punchclock.pin.space", string="PIN Numbering", required=True, ondelete="cascade")
    pin = fields.Char(string="PIN", required=True)
    name_on_terminal = fields.Char()
    card = fields.Char()
    punch_count = fields.Integer(string="Punches")
    first_date = fields.Date(string="First")
    last_date = fields.Date(string="Last")
    suggested_id = fields.Many2one("hr.employee")
    suggested_by = fields.Selection([("barcode", "Badge"), ("name", "Name")])
    employee_id = fields.Many2one("hr.employee")
    valid_from = fields.Date(help="First day of this meaning. Empty: since ever.")
