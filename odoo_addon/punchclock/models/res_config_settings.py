# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from .. import engine

# Addons that write attendances from terminals as well: each of the two would undo the other's work.
RIVALS = {
    "hr_zk_attendance",
    "hr_biometric_attendance",
    "hr_biometric_attendance_live",
    "to_attendance_device",
    "hr_attendance_rfid",
    "hr_attendance_zkteco",
    "biotime_server_integration",
    "connector_biotime",
}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    punchclock_policy_id = fields.Many2one(related="company_id.punchclock_policy_id", readonly=False)
    punchclock_projection = fields.Selection(related="company_id.punchclock_projection", readonly=False)
    punchclock_warnings = fields.Text(compute="_compute_punchclock_warnings")
    punchclock_engine = fields.Char("Rules Engine", compute="_compute_punchclock_engine")

    @api.depends("company_id", "auto_check_out", "absence_management", "punchclock_projection")
    def _compute_punchclock_warnings(self):
        for settings in self:
            settings.punchclock_warnings = "\n".join(settings._punchclock_warnings()) or False

    @api.depends("company_id")
    def _compute_punchclock_engine(self):
        for settings in self:
            settings.punchclock_engine = engine.versions()

    def _punchclock_warnings(self):
        """What of Odoo's own, or of other addons, would fight the days of terminals."""
        self.ensure_one()
        found = []
        if self.punchclock_projection != "off":
            if self.auto_check_out:
                found.append(
                    self.env._(
                        "Automatic Check-Out is on: Odoo closes attendances at a time nobody punched. Turn it off, "
                        "a missing punch is in the review queue already."
                    )
                )
            if self.absence_management:
                found.append(
                    self.env._(
                        "Absence Management is on: Odoo writes attendances of one second for days without any. "
                        "Turn it off, absences are days of their own here."
                    )
                )
        rivals = self.env["ir.module.module"].sudo().search([("name", "in", list(RIVALS)), ("state", "=", "installed")])
        if rivals:
            found.append(
                self.env._(
                    "Other addons write attendances from terminals too: %s. Uninstall them.",
                    ", ".join(rivals.mapped("shortdesc")),
                )
            )
        return found
