# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError


class PunchclockCtoPlan(models.Model):
    """Rules of compensatory time for a group of people, and the Time Off in which they request it."""

    _name = "punchclock.cto.plan"
    _description = "Plan of Compensatory Time"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first plan of a company is the one new accounts get.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    leave_type_id = fields.Many2one(
        "hr.leave.type",
        string="Time Off Type",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.ref("punchclock_cto.leave_type_cto", raise_if_not_found=False),
        domain="[('punchclock_cto', '=', True)]",
        help="Employees request their compensatory time as this.",
    )
    version_ids = fields.One2many("punchclock.cto.plan.version", "plan_id", string="Versions")
    account_ids = fields.One2many("punchclock.cto.account", "plan_id", string="Accounts")

    @api.model
    def _of(self, employee):
        """The plan that an account of this employee is opened with."""
        plan = self.search([("company_id", "=", employee.company_id.id)], limit=1)
        if not plan:
            raise UserError(self.env._("%s has no plan of compensatory time yet.", employee.company_id.name))
        return plan

    def _engine_policies(self):
        """The published versions, as the engine's bank wants them."""
        self.ensure_one()
        versions = self.version_ids.filtered(lambda version: version.state == "published").sorted("date_from")
        if not versions:
            raise UserError(self.env._("The plan %s has no published version yet.", self.name))
        policies = [version._engine_policy() for version in versions]
        # Credit from before the first version (opening balances) is judged by that version.
        del policies[0]["effective_from"]
        return policies
