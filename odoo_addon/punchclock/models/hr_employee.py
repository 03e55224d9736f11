# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import pytz

from odoo import api, fields, models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    punchclock_pin_ids = fields.One2many(
        "punchclock.pin", "employee_id", string="PINs", groups="punchclock.group_punchclock_officer"
    )
    punchclock_pin_count = fields.Integer(
        compute="_compute_punchclock_counts", groups="punchclock.group_punchclock_officer"
    )
    punchclock_event_count = fields.Integer(
        compute="_compute_punchclock_counts", groups="punchclock.group_punchclock_officer"
    )
    punchclock_day_count = fields.Integer(
        compute="_compute_punchclock_counts", groups="punchclock.group_punchclock_officer"
    )

    def write(self, vals):
        result = super().write(vals)
        if {"name", "barcode", "active"} & vals.keys():
            # What terminals were to show of them is not that any more.
            users = self.env["punchclock.terminal.user"].sudo().search([("employee_id", "in", self.ids)])
            users._refresh(users._places())
        return result

    def _compute_punchclock_counts(self):
        for field, model in (
            ("punchclock_pin_count", "punchclock.pin"),
            ("punchclock_event_count", "punchclock.event"),
            ("punchclock_day_count", "punchclock.day"),
        ):
            groups = self.env[model]._read_group([("employee_id", "in", self.ids)], ["employee_id"], ["__count"])
            counts = {employee.id: count for employee, count in groups}
            for employee in self:
                employee[field] = counts.get(employee.id, 0)

    def action_punchclock_pins(self):
        return self._punchclock_action("punchclock.action_pin")

    def action_punchclock_events(self):
        return self._punchclock_action("punchclock.action_event")

    def action_punchclock_days(self):
        return self._punchclock_action("punchclock.action_day")

    def _punchclock_action(self, xmlid):
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return {**action, "domain": [("employee_id", "in", self.ids)], "context": {"default_employee_id": self[:1].id}}

    def _punchclock_card(self):
        """The badge as a terminal can hold it: a number of at most 32 bits, or nothing."""
        badge = (self.barcode or "").strip()
        return badge.lstrip("0") if badge.isascii() and badge.isdigit() and 0 < int(badge) < 2**32 else False

    @api.model
    def _punchclock_zones(self, employee_ids):
        """Employee id → the zones that days of theirs are dated in: of the shifts, now and under earlier contracts, and
        of work outside them (as ``_get_tz`` finds it). One query, because every batch of punches asks it."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT e.id, COALESCE(now_c.tz, r.tz, company_c.tz, 'UTC'), array_agg(DISTINCT c.tz)
              FROM hr_employee e
              JOIN resource_resource r ON r.id = e.resource_id
              LEFT JOIN hr_version now_v ON now_v.id = e.current_version_id
              LEFT JOIN resource_calendar now_c ON now_c.id = now_v.resource_calendar_id
              LEFT JOIN res_company co ON co.id = e.company_id
              LEFT JOIN resource_calendar company_c ON company_c.id = co.resource_calendar_id
              LEFT JOIN hr_version v ON v.employee_id = e.id AND v.active
              LEFT JOIN resource_calendar c ON c.id = v.resource_calendar_id
             WHERE e.id = ANY(%s)
             GROUP BY e.id, 2
            """,
            [list(employee_ids)],
        )
        return {
            employee_id: {pytz.timezone(name) for name in (own, *others) if name}
            for employee_id, own, others in self.env.cr.fetchall()
        }
