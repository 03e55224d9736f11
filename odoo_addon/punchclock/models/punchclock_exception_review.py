# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.exceptions import UserError

from .. import canonical

# What is usually the answer to it.
ANSWERS = {
    "missing_in": {"kind": "add_punch", "direction": "0"},
    "missing_out": {"kind": "add_punch", "direction": "1"},
    "odd_punch": {"kind": "add_punch"},
    "orphan_out": {"kind": "add_punch", "direction": "0"},
    "repeated_in": {"kind": "set_direction", "direction": "1"},
    "type_disagrees": {"kind": "set_direction"},
    "over_max_shift": {"kind": "add_punch"},
    "absent": {"kind": "excuse", "excuse": "absence"},
    "late": {"kind": "excuse", "excuse": "late"},
    "early_out": {"kind": "excuse", "excuse": "early"},
    "over_norm": {"kind": "approve_ot"},
    "unscheduled_work": {"kind": "approve_ot"},
    "future_punch": {"kind": "void_punch"},
    "civil_gap": {"kind": "retime"},
    "locked_day_changed": {"kind": "reopen"},
}


class PunchclockException(models.Model):
    """The review queue: what a person decides is written down, and the usual answer is one button away."""

    _inherit = "punchclock.exception"

    adjustment_ids = fields.Many2many(
        "punchclock.adjustment", "punchclock_adjustment_exception_rel", string="Corrections", readonly=True
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("user_id") and vals["user_id"] != self.env.uid:
            for found in self.filtered(lambda found: found.state == "open" and found.day_id):
                found.day_id.sudo().activity_schedule(
                    "punchclock.activity_review", summary=found.display_name, user_id=vals["user_id"]
                )
        return result

    def action_adjust(self):
        """Begin the correction that usually answers this."""
        self.ensure_one()
        answer = ANSWERS.get(self.type, {"kind": "add_punch"})
        context = {f"default_{name}": value for name, value in answer.items()}
        context.update(
            default_employee_id=self.employee_id.id,
            default_date=fields.Date.to_string(self.date),
            default_punch_date=fields.Date.to_string(self.date),
            default_tz=self.day_id.tz,
            default_exception_ids=self.ids,
        )
        if answer["kind"] in ("void_punch", "retime", "set_direction"):
            context["default_event_id"] = self.event_id.id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correction"),
            "res_model": "punchclock.adjustment",
            "views": [(False, "form")],
            "context": context,
        }

    def action_resolve(self):
        return self._ask_why("resolve") or super().action_resolve()

    def action_ignore(self):
        return self._ask_why("ignore") or super().action_ignore()

    def _ask_why(self, what):
        """Nothing is closed without a word about it: ask for it, unless it is written there already."""
        if all(found.resolution for found in self if found.state == "open"):
            return None
        action = self.action_bulk()
        action["context"]["default_what"] = what
        return action

    def action_reopen(self):
        closed = self.filtered(lambda found: found.state != "open")
        result = super().action_reopen()
        closed._trail("reopened")
        return result

    def action_bulk(self):
        """Resolve, ignore or correct many at once, with one reason."""
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_review_bulk")
        return {**action, "context": {"default_exception_ids": self.ids}}

    def _resolve_by(self, adjustment):
        self.write({"resolution": self.env._("Corrected: %s", adjustment.display_name)})
        self._close("resolved")

    def _close(self, state):
        open_ones = self.filtered(lambda found: found.state == "open")
        open_ones.check_access("write")
        # A correction that others decided closes what it was for, whoever is the subject.
        if not self.env.su and self.env.user in open_ones.sudo().employee_id.user_id:
            raise UserError(self.env._("Nobody decides about their own days."))
        result = super()._close(state)
        open_ones._trail(state)
        review = self.env.ref("punchclock.activity_review")
        for day in open_ones.day_id.sudo():
            waiting = day.exception_ids.filtered(lambda found: found.state == "open").user_id
            tasks = day.activity_ids.filtered(lambda task: task.activity_type_id == review)
            tasks.filtered(lambda task, waiting=waiting: task.user_id not in waiting).unlink()
        return result

    def _trail(self, what):
        for company, found in self.sudo().grouped("company_id").items():
            # One entry for a hand full, with each of them named.
            self.env["punchclock.audit"]._append(
                company,
                f"exception.{what}",
                found if len(found) == 1 else None,
                {
                    "exceptions": [
                        {
                            "id": one.id,
                            "type": one.type,
                            "employee": one.employee_id.id or None,
                            "date": one.date or None,
                        }
                        for one in found
                    ],
                    "resolution": canonical.digest("\n".join(one.resolution or "" for one in found)),
                },
            )
