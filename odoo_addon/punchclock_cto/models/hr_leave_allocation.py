# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError


class HrLeaveAllocation(models.Model):
    _inherit = "hr.leave.allocation"

    punchclock_cto_account_id = fields.Many2one(
        "punchclock.cto.account", "Bank Account", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    punchclock_cto_key = fields.Char(readonly=True, copy=False)

    _punchclock_cto_unique = models.UniqueIndex(
        "(punchclock_cto_account_id, punchclock_cto_key) WHERE punchclock_cto_account_id IS NOT NULL"
    )

    def _cto_mirroring(self):
        # The context alone could come from anybody.
        return self.env.su and self.env.context.get("punchclock_cto_mirror")

    def _cto_refuse(self):
        raise UserError(
            self.env._("Compensatory time is allocated by the bank of Punchclock alone: adjust the account there.")
        )

    @api.model_create_multi
    def create(self, vals_list):
        allocations = super().create(vals_list)
        if not self._cto_mirroring() and any(allocations.holiday_status_id.mapped("punchclock_cto")):
            self._cto_refuse()
        return allocations

    def write(self, vals):
        watched = {"number_of_days", "number_of_days_display", "number_of_hours_display", "state", "employee_id"}
        watched |= {"date_from", "date_to", "holiday_status_id", "active", "punchclock_cto_account_id"}
        if watched & vals.keys() and not self._cto_mirroring():
            types = self.holiday_status_id | self.env["hr.leave.type"].browse(vals.get("holiday_status_id") or [])
            if any(types.mapped("punchclock_cto")):
                self._cto_refuse()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_not_mirrored(self):
        if self.punchclock_cto_account_id and not self._cto_mirroring():
            self._cto_refuse()

    def _cto_hold(self, account, key, first, last, seconds):
        """Have the allocation of a key hold so many seconds; one that holds none is refused, not deleted."""
        if not seconds:
            self.filtered(lambda allocation: allocation.state != "refuse").write({"state": "refuse"})
            return
        hours_per_day = account.employee_id._get_hours_per_day(first)
        vals = {
            "date_from": first,
            "date_to": last,
            "number_of_days": seconds / 3600 / hours_per_day,
        }
        if not self:
            created = self.create(
                {
                    **vals,
                    "name": self.env._("Compensatory time of %s", f"{first:%Y-%m}"),
                    "is_name_custom": True,
                    "employee_id": account.employee_id.id,
                    "holiday_status_id": account.plan_id.leave_type_id.id,
                    "allocation_type": "regular",
                    "punchclock_cto_account_id": account.id,
                    "punchclock_cto_key": key,
                }
            )
            if created.state != "validate":
                created.write({"state": "validate"})
            return
        changed = {name: value for name, value in vals.items() if self[name] != (value or False)}
        if self.state != "validate":
            changed["state"] = "validate"
        if changed:
            self.write(changed)
