# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

DAY_S = 86400
# What an assignment relies on: changed in place, it would rewrite days that were worked by the old hours.
TIMES = frozenset({"start_s", "duration_s", "norm_s", "company_id"})


class PunchclockShiftTemplate(models.Model):
    """A shift as it is planned over and over: from when on the wall clock, how long, with which breaks."""

    _name = "punchclock.shift.template"
    _description = "Shift Template"
    _order = "start_s, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    start_s = fields.Integer("Start", required=True, default=8 * 3600, help="Seconds after midnight, on the wall.")
    duration_s = fields.Integer("Duration", required=True, default=9 * 3600, help="Breaks included; may pass midnight.")
    norm_s = fields.Integer("Norm", help="Work asked for; 0: the duration less the unpaid breaks.")
    break_ids = fields.One2many("punchclock.shift.break", "template_id", "Breaks", copy=True)
    hours = fields.Char(compute="_compute_hours")
    color = fields.Integer()

    _sane = models.Constraint(
        "CHECK (start_s >= 0 AND start_s < 86400 AND duration_s > 0 AND duration_s <= 86400 AND norm_s >= 0"
        " AND norm_s <= duration_s)",
        "A shift starts within its day, lasts at most a day, and its norm fits into it.",
    )

    def write(self, vals):
        if TIMES & vals.keys():
            self._need_unassigned()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_assigned(self):
        self._need_unassigned()

    def _need_unassigned(self):
        """Nobody may be planned by these templates: their past days would follow what is changed now."""
        assignments = self.env["punchclock.shift.assignment"].sudo()
        used = assignments.search([("template_id", "in", self.ids)]).template_id
        if used:
            raise UserError(
                self.env._(
                    "People are assigned to %s: their past days would follow. Copy it, and assign the copy from the "
                    "date on from which the new times hold.",
                    ", ".join(used.mapped("name")),
                )
            )

    @api.depends("start_s", "duration_s")
    def _compute_hours(self):
        for template in self:
            end = template.start_s + template.duration_s
            template.hours = f"{_clock(template.start_s)}-{_clock(end % DAY_S)}" + (" (+1)" if end > DAY_S else "")

    @api.constrains("break_ids", "duration_s")
    def _check_breaks(self):
        for template in self:
            end = 0
            for pause in template.break_ids.sorted("after_s"):
                if pause.after_s < end or pause.after_s + pause.duration_s > template.duration_s:
                    raise ValidationError(self.env._("A break lies within its shift and after the break before it."))
                end = pause.after_s + pause.duration_s


class PunchclockShiftBreak(models.Model):
    """A break of a shift template."""

    _name = "punchclock.shift.break"
    _description = "Break of a Shift Template"
    _order = "template_id, after_s, id"

    template_id = fields.Many2one("punchclock.shift.template", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="template_id.company_id", store=True, index=True)
    after_s = fields.Integer("After", required=True, help="How long after the start of the shift it begins.")
    duration_s = fields.Integer("Duration", required=True, default=1800)
    paid = fields.Boolean()

    _sane = models.Constraint("CHECK (after_s >= 0 AND duration_s > 0)", "A break has a beginning and a length.")

    @api.model_create_multi
    def create(self, vals_list):
        breaks = super().create(vals_list)
        breaks.template_id._need_unassigned()
        return breaks

    def write(self, vals):
        self.template_id._need_unassigned()
        result = super().write(vals)
        self.template_id._need_unassigned()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_assigned(self):
        self.template_id._need_unassigned()


def _clock(seconds):
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
