# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class PunchclockPeriodExport(models.TransientModel):
    """Choose the formats of an export."""

    _name = "punchclock.period.export"
    _description = "Export a Period"

    period_id = fields.Many2one("punchclock.period", required=True, readonly=True)
    company_id = fields.Many2one(related="period_id.company_id")
    profile_ids = fields.Many2many(
        "punchclock.export.profile",
        string="Formats",
        required=True,
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
        default=lambda self: self.env["punchclock.export.profile"].search([], limit=1),
    )

    def action_export(self):
        self.ensure_one()
        exports = self.env["punchclock.export"]
        for profile in self.profile_ids:
            exports |= exports._make(self.period_id, profile)
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_export")
        if len(exports) == 1:
            return {**action, "res_id": exports.id, "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", exports.ids)]}
