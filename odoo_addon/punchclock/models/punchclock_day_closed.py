# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class PunchclockDay(models.Model):
    """A closed period gets no new day: what would have made one is told, once for each punch."""

    _inherit = "punchclock.day"

    @api.model
    def _store(self, plan, results):
        closed = self.env["punchclock.period"]._closed_dates(
            {(employee.company_id.id, day) for employee, by_date in results.items() for day in by_date}
        )
        if closed:
            known = self._known(results)
            results = {
                employee: self._without_closed(employee, by_date, closed, known)
                for employee, by_date in results.items()
            }
        return super()._store(plan, results)

    @api.model
    def _without_closed(self, employee, by_date, closed, known):
        kept, found = {}, []
        for day, answers in by_date.items():
            if (employee.company_id.id, day) not in closed or (employee.id, day) in known:
                kept[day] = answers
                continue
            punches = [punch["id"] for answer in answers for punch in answer["punches"]]
            if punches:
                found.append(
                    {
                        "type": "locked_day_changed",
                        "company_id": employee.company_id.id,
                        "employee_id": employee.id,
                        "date": day,
                        "event_id": int(punches[0]),
                        "note": self.env._("it would be a new day in a closed period"),
                    }
                )
        if found:
            self.env["punchclock.exception"]._raise(found)
        return kept


class PunchclockEvent(models.Model):
    """A punch for a closed day is stored and shown for review, like any other that a person must look at."""

    _inherit = "punchclock.event"

    def _locked(self, places):
        return super()._locked(places) | self.env["punchclock.period"]._closed_dates(places)
