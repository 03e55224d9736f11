# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

BY_TYPE = {"late": "late", "early_out": "early", "absent": "absence"}


class PunchclockReviewBulk(models.TransientModel):
    """One decision for many exceptions."""

    _name = "punchclock.review.bulk"
    _description = "Decide Many Exceptions"

    exception_ids = fields.Many2many("punchclock.exception", string="Exceptions", readonly=True)
    exception_count = fields.Integer(compute="_compute_counts", string="Selected")
    fitting_count = fields.Integer(compute="_compute_counts", string="It Fits")
    what = fields.Selection(
        [
            ("resolve", "Resolve, with a word"),
            ("ignore", "Ignore, with a word"),
            ("excuse", "Ask to excuse lateness, early leaving, absence"),
            ("approve_ot", "Ask to approve the overtime"),
        ],
        required=True,
        default="resolve",
    )
    note = fields.Text(required=True)
    reason_id = fields.Many2one("punchclock.reason")
    submit = fields.Boolean(string="Submit at Once", default=True)

    @api.depends("exception_ids", "what")
    def _compute_counts(self):
        for wizard in self:
            wizard.exception_count = len(wizard.exception_ids)
            wizard.fitting_count = len(wizard._fitting())

    def _fitting(self):
        if self.what == "excuse":
            return self.exception_ids.filtered(lambda found: found.type in BY_TYPE and found.employee_id)
        if self.what == "approve_ot":
            return self.exception_ids.filtered(lambda found: found.day_id.overtime_seconds >= 60)
        return self.exception_ids.filtered(lambda found: found.state == "open")

    def action_do(self):
        self.ensure_one()
        chosen = self._fitting()
        if not chosen:
            raise UserError(self.env._("That fits none of them."))
        if self.what in ("resolve", "ignore"):
            chosen.write({"resolution": self.note})
            return self._closed(chosen)
        if not self.reason_id:
            raise UserError(self.env._("A correction needs a reason."))
        by_day = chosen.grouped(lambda found: (found.employee_id, found.date, BY_TYPE.get(found.type)))
        if self.what == "approve_ot":
            by_day = chosen.grouped(lambda found: (found.employee_id, found.date, None))
        adjustments = self.env["punchclock.adjustment"].create(
            [self._values(*key, found) for key, found in by_day.items()]
        )
        if self.submit:
            adjustments.action_submit()
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_adjustment")
        return {**action, "domain": [("id", "in", adjustments.ids)], "context": {}}

    def _closed(self, chosen):
        if self.what == "resolve":
            chosen.action_resolve()
        else:
            chosen.action_ignore()
        return {"type": "ir.actions.act_window_close"}

    def _values(self, employee, day_date, excuse, found):
        values = {
            "employee_id": employee.id,
            "date": day_date,
            "kind": self.what,
            "reason_id": self.reason_id.id,
            "note": self.note,
            "exception_ids": found.ids,
        }
        if self.what == "excuse":
            values["excuse"] = excuse
        else:
            values["minutes"] = found.day_id.overtime_seconds // 60
        return values
