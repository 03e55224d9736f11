# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

OVERBANKED = "overbanked"


class PunchclockDay(models.Model):
    """Overtime that is in the bank must still be overtime of its day, however often that is computed."""

    _inherit = "punchclock.day"

    @api.model
    def _store(self, plan, results):
        result = super()._store(plan, results)
        self._check_banked(
            [employee.id for employee in results],
            list({day for by_date in results.values() for day in by_date}),
        )
        return result

    @api.model
    def _check_banked(self, employee_ids, dates):
        """Have exactly those of these days wait for a person that have more in the bank than overtime."""
        exceptions = self.env["punchclock.exception"].sudo()
        span = [("employee_id", "in", employee_ids), ("date", "in", dates)]
        banked = self.env["punchclock.adjustment"]._read_group(
            [*span, ("kind", "=", "ot_to_cto"), ("state", "=", "applied")], ["employee_id", "date:day"], ["minutes:sum"]
        )
        told = exceptions.search([*span, ("type", "=", OVERBANKED), ("state", "=", "open")])
        if not banked and not told:
            return
        days = {(day.employee_id, day.date): day for day in self.search(span)}
        known = {(one.employee_id, one.date): one for one in told}
        found, wanted = [], set()
        for employee, day_date, minutes in banked:
            day = days.get((employee, day_date), self.browse())
            over = minutes * 60 - day.overtime_seconds
            if over <= 0:
                continue
            wanted.add((employee, day_date))
            # A day that has gone has none of the keys by which a second one is not added.
            if not day and (employee, day_date) in known:
                continue
            found.append(
                {
                    "type": OVERBANKED,
                    "employee_id": employee.id,
                    "date": day_date,
                    "company_id": (day or employee).company_id.id,
                    "day_id": day.id or None,
                    "seconds": over,
                    "note": self.env._("Take the credit back, or correct the day."),
                }
            )
        exceptions._raise(found)
        gone = told.filtered(lambda one: (one.employee_id, one.date) not in wanted)
        gone.write({"state": "resolved", "closed_by_rerun": True, "resolved_at": fields.Datetime.now()})
        self.browse([day.id for key, day in days.items() if key in wanted or key in known])._sync_review()
