# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What records say that the audit trail does not.

The walk over the chain (`punchclock_audit_check.py`) compares what is sealed with its record. Here it goes the other
way: a decision or a fact that was written into its table alone has no entry.
"""

from odoo import api, models

from .. import canonical

# Who the record says took a step, by the name of the step in the trail.
WHO = {
    "approved": "approver_id",
    "applied": "applied_by",
    "refused": "refused_by",
    "reverted": "reverted_by",
}


class PunchclockAdjustment(models.Model):
    _inherit = "punchclock.adjustment"

    @api.model
    def _audit_problems(self, company, trail):
        """Corrections that are not where the trail left them.

        :param trail: the walk over the chain, a `Trail`
        """
        self.env.cr.execute(
            """
            SELECT id, state, note, approver_id, applied_by, refused_by, reverted_by FROM punchclock_adjustment
             WHERE company_id = %s AND (%s::timestamp IS NULL OR submitted_at >= %s) ORDER BY id
            """,
            [company.id, trail.since, trail.since],
        )
        problems = []
        for row in self.env.cr.dictfetchall():
            steps = trail.steps.get(row["id"], [])
            last = steps[-1].name if steps else "draft"
            if last != row["state"]:
                problems.append(f"{self._name} {row['id']} is {row['state']}, the trail leaves it {last}")
                continue
            by_name = {step.name: step for step in steps}
            for name, column in WHO.items():
                if name in by_name and row[column] != by_name[name].uid:
                    problems.append(f"{self._name} {row['id']} was {name} by somebody else")
            # An empty note was erased.
            if row["note"] and "applied" in by_name and by_name["applied"].note != canonical.digest(row["note"]):
                problems.append(f"{self._name} {row['id']} has another note than entry {by_name['applied'].seq} sealed")
        return problems


class PunchclockEventFact(models.Model):
    _inherit = "punchclock.event.fact"

    @api.model
    def _audit_problems(self, company, trail):
        """Facts that no entry seals, and punches that count, or do not, without one."""
        problems = trail.unsealed(self, company)
        self.env.cr.execute(
            """
            SELECT e.id, e.status, e.channel, f.kind
              FROM punchclock_event e
              LEFT JOIN LATERAL (SELECT kind FROM punchclock_event_fact
                                  WHERE event_id = e.id ORDER BY id DESC LIMIT 1) f ON TRUE
             WHERE e.company_id = %s
               AND (e.status = 'voided' AND COALESCE(f.kind, '') NOT IN ('voided', 'withdrawn')
                    OR e.status != 'voided' AND f.kind IN ('voided', 'withdrawn')
                    OR e.channel = 'manual' AND f.kind IS NULL)
             ORDER BY e.id
            """,
            [company.id],
        )
        for event_id, status, channel, kind in self.env.cr.fetchall():
            said = kind or ("entered by nobody" if channel == "manual" else "never touched")
            problems.append(f"punchclock.event {event_id} is {status}, by its corrections it is {said}")
        return problems
