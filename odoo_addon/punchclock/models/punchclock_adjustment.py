# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import guard

PUNCH_KINDS = ("void_punch", "retime", "set_direction")
TIMED_KINDS = ("add_punch", "retime")
MINUTE_KINDS = ("set_minutes", "approve_ot", "ot_to_cto")
OFFICER_KINDS = ("set_minutes", "reopen")
# What a person says in it; the rest is what happened to it.
CONTENT = (
    "employee_id",
    "date",
    "kind",
    "event_id",
    "punch_date",
    "punch_time",
    "tz",
    "direction",
    "excuse",
    "pay_code_id",
    "minutes",
    "reason_id",
    "note",
)
# As PostgreSQL keeps them once it is applied.
FACTS = (
    *CONTENT,
    "company_id",
    "requester_id",
    "subject_user_id",
    "submitted_at",
    "approver_id",
    "approved_at",
    "applied_by",
    "applied_at",
    "before",
    "after",
)
# What the chain holds a digest of. The note has one of its own there, so that it can be erased (a law may ask for it).
SEALED = tuple(name for name in FACTS if name != "note")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


class PunchclockAdjustment(models.Model):
    """A correction: asked for by one person, approved by another, applied as new facts, never as a changed punch."""

    _name = "punchclock.adjustment"
    _description = "Correction"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True
    # Another addon adds here what a person says in its kinds.
    _content = CONTENT

    employee_id = fields.Many2one(
        "hr.employee",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user.employee_id,
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company",
        store=True,
        precompute=True,
        required=True,
        index=True,
        ondelete="restrict",
    )
    date = fields.Date(required=True, index=True, help="The day it is about; a night shift counts where it starts.")
    kind = fields.Selection(
        [
            ("add_punch", "Add a punch"),
            ("void_punch", "Leave a punch out"),
            ("retime", "Correct the time of a punch"),
            ("set_direction", "Correct in or out of a punch"),
            ("set_minutes", "Set minutes for payroll"),
            ("excuse", "Excuse"),
            ("approve_ot", "Approve overtime"),
            ("ot_to_cto", "Overtime to time off"),
            ("reopen", "Reopen a locked day"),
        ],
        required=True,
        default="add_punch",
        tracking=True,
    )
    day_id = fields.Many2one("punchclock.day", compute="_compute_day")
    event_id = fields.Many2one(
        "punchclock.event",
        string="Punch",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('employee_id', '=', employee_id), ('status', '!=', 'voided')]",
    )
    punch_date = fields.Date(string="On", help="By the clock on the wall; the day after for the end of a night shift.")
    punch_time = fields.Char(string="At", help="By the clock on the wall: 8:05 or 08:05:30.")
    tz = fields.Selection(
        lambda self: [(name, name) for name in sorted(pytz.all_timezones_set)], string="Time Zone of the Clock"
    )
    direction = fields.Selection([("0", "In"), ("1", "Out")], help="Empty: the rules tell.")
    excuse = fields.Selection(
        [("late", "Coming late"), ("early", "Leaving early"), ("absence", "Absence"), ("all", "All of the day")]
    )
    pay_code_id = fields.Many2one(
        "punchclock.pay.code",
        ondelete="restrict",
        help="Which minutes are set; for an excused absence: what the planned hours are paid as, if at all.",
    )
    minutes = fields.Integer()
    reason_id = fields.Many2one("punchclock.reason", required=True, ondelete="restrict", check_company=True)
    note = fields.Text(required=True, help="What happened, in a sentence.")
    exception_ids = fields.Many2many(
        "punchclock.exception", "punchclock_adjustment_exception_rel", string="Because Of", copy=False
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("applied", "Applied"),
            ("refused", "Refused"),
            ("reverted", "Taken Back"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    requester_id = fields.Many2one(
        "res.users",
        string="Asked By",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
        ondelete="restrict",
    )
    # Whoever the employee's user is later, this is who must not approve it.
    subject_user_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    submitted_at = fields.Datetime(readonly=True, copy=False)
    approver_id = fields.Many2one("res.users", string="Approved By", readonly=True, copy=False, ondelete="restrict")
    approved_at = fields.Datetime(readonly=True, copy=False)
    applied_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    applied_at = fields.Datetime(readonly=True, copy=False)
    refused_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    refusal = fields.Text(string="Why Not", readonly=True, copy=False)
    reverted_by = fields.Many2one("res.users", string="Taken Back By", readonly=True, copy=False, ondelete="restrict")
    reverted_at = fields.Datetime(readonly=True, copy=False)
    revert_note = fields.Text(string="Why Taken Back", readonly=True, copy=False)
    before = fields.Json(string="Before (data)", readonly=True, copy=False)
    after = fields.Json(string="After (data)", readonly=True, copy=False)
    before_text = fields.Text(string="Before", compute="_compute_texts")
    after_text = fields.Text(string="After", compute="_compute_texts")
    fact_ids = fields.One2many("punchclock.event.fact", "adjustment_id", string="What It Did", readonly=True)
    may_decide = fields.Boolean(compute="_compute_may")
    may_apply = fields.Boolean(compute="_compute_may")
    may_revert = fields.Boolean(compute="_compute_may")
    may_edit = fields.Boolean(compute="_compute_may")

    _four_eyes = models.Constraint(
        "CHECK (approver_id IS NULL OR (approver_id <> requester_id AND approver_id IS DISTINCT FROM subject_user_id))",
        "A correction is approved by somebody who neither asked for it nor is the person it is about.",
    )
    _approved_by_somebody = models.Constraint(
        "CHECK (state NOT IN ('approved', 'applied', 'reverted') OR approver_id IS NOT NULL)",
        "Nothing is applied that nobody approved.",
    )
    _employee_date = models.Index("(employee_id, date)")

    def init(self):
        result = super().init()
        guard.protect(
            self.env.cr,
            self._table,
            FACTS,
            when="OLD.state IN ('applied', 'reverted')",
            also="OLD.state = 'reverted' AND NEW.state <> 'reverted'"
            " OR OLD.state = 'applied' AND NEW.state NOT IN ('applied', 'reverted')",
        )
        return result

    # -- computed --------------------------------------------------------------------------------------------

    @api.depends("employee_id")
    def _compute_company(self):
        for adjustment in self:
            adjustment.company_id = adjustment.employee_id.sudo().company_id or self.env.company

    @api.depends("employee_id", "date")
    def _compute_day(self):
        for adjustment in self:
            adjustment.day_id = self.env["punchclock.day"].search(
                [("employee_id", "=", adjustment.employee_id.id), ("date", "=", adjustment.date)], limit=1
            )

    @api.depends("kind", "employee_id", "date")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for adjustment in self:
            parts = [kinds.get(adjustment.kind), adjustment.employee_id.name, str(adjustment.date or "")]
            adjustment.display_name = " - ".join(filter(None, parts))

    @api.depends("before", "after")
    def _compute_texts(self):
        for adjustment in self:
            adjustment.before_text = _as_text(adjustment.before)
            adjustment.after_text = _as_text(adjustment.after)

    @api.depends_context("uid")
    @api.depends("state", "employee_id", "requester_id")
    def _compute_may(self):
        officer = self.env.user.has_group("punchclock.group_punchclock_officer")
        for adjustment in self:
            subject = adjustment.employee_id.sudo().user_id
            stranger = self.env.user not in (adjustment.requester_id | subject)
            adjustment.may_decide = stranger and (officer or adjustment._is_manager())
            adjustment.may_apply = officer and self.env.user != subject
            # What two people decided, the one who wanted it does not undo alone either.
            adjustment.may_revert = officer and stranger
            # Whoever else wrote into it would then approve what is his own, under another's name.
            adjustment.may_edit = adjustment.state == "draft" and adjustment.requester_id == self.env.user

    def _is_manager(self):
        employee = self.employee_id.sudo()
        return self.env.user.has_group("punchclock.group_punchclock_line_manager") and self.env.user in (
            employee.parent_id.user_id | employee.attendance_manager_id
        )

    # -- what is asked ---------------------------------------------------------------------------------------

    @api.onchange("kind", "event_id", "date")
    def _onchange_defaults(self):
        if self.event_id and self.kind in PUNCH_KINDS:
            self.tz = self.event_id.tz_name
            if self.kind == "retime" and not self.punch_time:
                self.punch_date, self.punch_time = self.event_id.local_date, self.event_id.local_time[11:]
        if self.kind in TIMED_KINDS and not self.punch_date:
            self.punch_date = self.date
        if self.kind in ("approve_ot", "ot_to_cto") and not self.minutes and self.day_id:
            self.minutes = self.day_id.overtime_seconds // 60

    @api.constrains(
        "kind",
        "event_id",
        "date",
        "punch_date",
        "punch_time",
        "excuse",
        "minutes",
        "pay_code_id",
        "employee_id",
        "exception_ids",
    )
    def _check_content(self):
        for adjustment in self:
            missing = adjustment._missing()
            if missing:
                raise ValidationError(
                    self.env._("%(what)s needs: %(missing)s", what=adjustment.display_name, missing=", ".join(missing))
                )
            if adjustment.event_id and adjustment.event_id.sudo().employee_id != adjustment.employee_id:
                raise ValidationError(self.env._("That punch is somebody else's."))
            # A day is at most a night longer than its date, and begins at most an evening before it.
            dates = [adjustment.event_id.sudo().local_date] if adjustment.kind in PUNCH_KINDS else []
            dates += [adjustment.punch_date] if adjustment.kind in TIMED_KINDS else []
            if any(abs((day - adjustment.date).days) > 1 for day in dates):
                raise ValidationError(self.env._("The punch is too far from the day it is for."))
            if adjustment.exception_ids.sudo().employee_id - adjustment.employee_id:
                raise ValidationError(self.env._("An exception it is because of is somebody else's."))

    def _missing(self):
        missing = []
        if self.kind in PUNCH_KINDS and not self.event_id:
            missing.append(self.env._("the punch"))
        if self.kind in TIMED_KINDS and not (self.punch_date and _TIME.fullmatch(self.punch_time or "")):
            missing.append(self.env._("date and time of the punch (8:05 or 08:05:30)"))
        if self.kind == "set_direction" and not self.direction:
            missing.append(self.env._("in or out"))
        if self.kind == "excuse" and not self.excuse:
            missing.append(self.env._("what is excused"))
        if self.kind == "set_minutes" and not self.pay_code_id:
            missing.append(self.env._("the pay code"))
        most = 24 * 60
        if self.kind in MINUTE_KINDS and not (0 if self.kind == "set_minutes" else 1) <= self.minutes <= most:
            missing.append(self.env._("minutes of one day"))
        return missing

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                vals.pop("state", None)
                if vals.keys() - {*self._content, "exception_ids", *_MAIL}:
                    raise AccessError(self.env._("A correction begins as a draft."))
                vals["requester_id"] = self.env.uid
        if any(vals.get("state", "draft") != "draft" for vals in vals_list):
            raise UserError(self.env._("A correction begins as a draft."))
        adjustments = super().create(vals_list)
        adjustments._check_may_ask()
        for adjustment in adjustments.sudo():
            adjustment.subject_user_id = adjustment.employee_id.user_id
        return adjustments

    def write(self, vals):
        content = vals.keys() & {*self._content, "exception_ids"}
        if content and any(adjustment.state != "draft" for adjustment in self):
            raise UserError(self.env._("What was submitted is not rewritten: refuse it, and make another one."))
        if not self.env.su and vals.keys() - {*self._content, "exception_ids", *_MAIL}:
            raise AccessError(self.env._("The way of a correction goes over its buttons."))
        if content and not self.env.su and not all(adjustment.may_edit for adjustment in self):
            raise AccessError(self.env._("Only who asks for a correction writes it: make one of your own."))
        result = super().write(vals)
        if content:
            self._check_may_ask()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_drafts_only(self):
        if any(adjustment.state != "draft" for adjustment in self):
            raise UserError(self.env._("Only a draft can be deleted."))

    def _check_may_ask(self):
        """Who may ask for what, for whom. Everybody for themselves; managers and officers for their people."""
        if self.env.su:
            return
        officer = self.env.user.has_group("punchclock.group_punchclock_officer")
        for adjustment in self:
            own = adjustment.employee_id.sudo().user_id == self.env.user
            if not (officer or own or adjustment._is_manager()):
                raise AccessError(self.env._("You may ask for corrections for yourself and your people only."))
            if not officer and adjustment.kind in OFFICER_KINDS:
                raise AccessError(self.env._("Only a Punchclock officer may ask for that."))
            if not officer and not adjustment._is_manager() and not adjustment.reason_id.self_service:
                raise AccessError(self.env._("That reason is for officers."))

    @api.model
    def _paid_domain(self):
        """Those that change what a day is paid."""
        return [("state", "=", "applied")]

    @api.model
    def _audit_digests(self, ids):
        return guard.digests(self.env.cr, self._table, SEALED, ids)


# Fields of the chatter, which Odoo writes itself.
_MAIL = frozenset({"message_main_attachment_id", "message_follower_ids", "message_ids", "activity_ids"})


def _as_text(snapshot, indent=""):
    if not snapshot:
        return False
    lines = []
    for key, value in snapshot.items():
        text = str(value or "")
        if isinstance(value, dict) and any(isinstance(part, dict) for part in value.values()):
            text = "\n" + _as_text(value, indent + "    ")
        elif isinstance(value, dict):
            text = ", ".join(f"{name}: {amount}" for name, amount in value.items())
        elif isinstance(value, list):
            text = f"\n{indent}    ".join(["", *(" ".join(str(part) for part in row) for row in value)])
        lines.append(f"{indent}{key}: {text}")
    return "\n".join(lines)
