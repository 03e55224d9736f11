# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .. import canonical


class PunchclockAdjustment(models.Model):
    """The way of a correction: submitted, approved or refused, applied, taken back; each step an entry of the trail."""

    _inherit = "punchclock.adjustment"

    def action_submit(self):
        """Ask for it: from now on its content stays as it is."""
        for adjustment in self._in_state("draft"):
            if not self.env.su and not adjustment.may_edit:
                raise AccessError(self.env._("Only who asks for it may submit it."))
            subject = adjustment.employee_id.sudo().user_id
            adjustment.sudo().write(
                {"state": "submitted", "submitted_at": fields.Datetime.now(), "subject_user_id": subject.id}
            )
            adjustment._note("submitted")
            adjustment.sudo()._ask_approver()

    def action_approve(self):
        """Approve it; who also is an officer applies it with the next button, or at once where the company says so."""
        for adjustment in self._in_state("submitted"):
            adjustment._need(adjustment.may_decide)
            adjustment.sudo().write(
                {"state": "approved", "approver_id": self.env.uid, "approved_at": fields.Datetime.now()}
            )
            adjustment._note("approved")
            adjustment.sudo()._done_asking()
            if adjustment.company_id.sudo().punchclock_apply_on_approval:
                adjustment.sudo()._apply(self.env.user)
            else:
                adjustment.sudo()._tell()

    def action_apply(self):
        """Make it true: new facts, and the day computed again."""
        for adjustment in self._in_state("approved"):
            adjustment._need(adjustment.may_apply)
            adjustment.sudo()._apply(self.env.user)

    def action_approve_and_apply(self):
        self.action_approve()
        self.filtered(lambda adjustment: adjustment.state == "approved").action_apply()

    def action_bulk_approve(self):
        """Show which of the selected ones the user may approve, and approve those."""
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_adjustment_approve")
        return {**action, "context": {"default_adjustment_ids": self.ids}}

    def action_refuse(self):
        """Ask for the reason first."""
        return self._ask_why("refuse")

    def action_revert(self):
        """Ask for the reason first."""
        return self._ask_why("revert")

    def _ask_why(self, what):
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_adjustment_why")
        return {**action, "context": {"default_what": what, "default_adjustment_ids": self.ids}}

    def _refuse(self, why):
        for adjustment in self._in_state("submitted", "approved"):
            adjustment._need(adjustment.may_decide)
            adjustment.sudo().write({"state": "refused", "refused_by": self.env.uid, "refusal": why})
            adjustment._note("refused", why=why)
            adjustment.sudo()._done_asking()
            adjustment.sudo()._tell()

    def _revert(self, why):
        """Take back what was applied, by further facts; the correction stays, and shows it."""
        for adjustment in self._in_state("applied"):
            adjustment._need(adjustment.may_revert)
            adjustment.sudo()._take_back(self.env.user, why)

    def _in_state(self, *states):
        # Two clicks, or two people: the lock fails for the second, and Odoo asks it to try again.
        self.check_access("read")
        self.sudo().lock_for_update()
        self.invalidate_recordset(["state"])
        for adjustment in self:
            if adjustment.state not in states:
                raise UserError(
                    self.env._(
                        "%(what)s is already at another step: %(state)s",
                        what=adjustment.display_name,
                        state=dict(self._fields["state"]._description_selection(self.env))[adjustment.state],
                    )
                )
        return self

    def _need(self, allowed):
        if not allowed:
            raise AccessError(
                self.env._(
                    "%s is decided by the manager or an officer, and by nobody for themselves or for what they asked.",
                    self.display_name,
                )
            )

    def _note(self, step, why=None, **more):
        """Write a step into the audit trail. Free text goes in as its digest, so that it can be erased one day."""
        self.ensure_one()
        record = self.sudo()
        payload = {
            "employee": record.employee_id.id,
            "date": record.date,
            "kind": record.kind,
            "reason": record.reason_id.code,
            "note": canonical.digest(record.note or ""),
            "requester": record.requester_id.login,
            "approver": record.approver_id.login or None,
            **more,
        }
        if why:
            payload["why"] = canonical.digest(why)
        self.env["punchclock.audit"]._append(record.company_id, f"adjustment.{step}", record, payload)

    # -- telling people --------------------------------------------------------------------------------------

    def _approvers(self):
        employee = self.employee_id
        users = employee.attendance_manager_id or employee.parent_id.user_id
        return users.filtered(lambda user: user.active and user not in (self.requester_id | employee.user_id))

    def _ask_approver(self):
        """A task for the manager; without one, for whoever the company names for it."""
        user = self._approvers()[:1] or self.company_id.punchclock_review_user_id
        if user and user not in (self.requester_id | self.employee_id.user_id):
            self.activity_schedule(
                "punchclock.activity_approve", summary=self.display_name, user_id=user.id, note=self.reason_id.name
            )

    def _done_asking(self):
        self.activity_unlink(["punchclock.activity_approve"])

    def _tell(self):
        """By mail too, if the company wants that (it is off until somebody turns it on)."""
        if not self.company_id.punchclock_mail_corrections:
            return
        template = self.env.ref("punchclock.mail_template_adjustment", raise_if_not_found=False)
        if template and self.employee_id.work_email:
            template.send_mail(self.id)
