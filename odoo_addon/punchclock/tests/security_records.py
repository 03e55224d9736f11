# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A record of each model of rules, review, payroll and audit in a company, for the matrix of rights."""

from odoo import fields
from odoo.fields import Command

DAY = "2026-03-02"


def fill(env, company):
    _policies(env, company)
    reason = env["punchclock.reason"].create({"name": "Test", "code": f"T{company.id}", "company_id": company.id})
    days = env["punchclock.day"].search([("company_id", "=", company.id), ("date", "=", DAY)])
    for day in days:
        env["punchclock.exception"]._raise(
            [
                {
                    "type": "other",
                    "company_id": company.id,
                    "employee_id": day.employee_id.id,
                    "date": DAY,
                    "day_id": day.id,
                }
            ]
        )
        adjustment = env["punchclock.adjustment"].create(
            {
                "employee_id": day.employee_id.id,
                "date": DAY,
                "kind": "excuse",
                "excuse": "late",
                "reason_id": reason.id,
                "note": "Test.",
            }
        )
        event = env["punchclock.event"].search([("employee_id", "=", day.employee_id.id)], limit=1)
        env["punchclock.event.fact"].create(
            {"event_id": event.id, "adjustment_id": adjustment.id, "company_id": company.id, "kind": "voided"}
        )
    _payroll(env, company)
    env["punchclock.audit"]._append(company, "test.done")
    env["punchclock.audit.anchor"]._hand_out(company, "test")
    env["punchclock.audit.check"]._run(company)


def _policies(env, company):
    policy = env["punchclock.policy"].create({"name": "Test", "company_id": company.id})
    version = env["punchclock.policy.version"].create({"policy_id": policy.id, "date_from": "2026-01-01"})
    env["punchclock.policy.tier"].create({"version_id": version.id, "name": "test_50"})
    env["punchclock.policy.overlay"].create({"version_id": version.id})
    template = env["punchclock.shift.template"].create(
        {"name": "Test", "company_id": company.id, "break_ids": [Command.create({"after_s": 4 * 3600})]}
    )
    employee = env["hr.employee"].search([("company_id", "=", company.id)], limit=1)
    env["punchclock.shift.assignment"].create(
        {"employee_id": employee.id, "template_id": template.id, "date_from": "2030-01-01", "date_to": "2030-01-02"}
    )


def _payroll(env, company):
    period = env["punchclock.period"].create(
        {"name": "Test", "company_id": company.id, "date_from": "2026-01-01", "date_to": "2026-01-31"}
    )
    profile = env["punchclock.export.profile"].create(
        {"name": "Test", "code": f"test{company.id}", "company_id": company.id}
    )
    env["punchclock.export"].create(
        {
            "period_id": period.id,
            "company_id": company.id,
            "profile_id": profile.id,
            "revision": 1,
            "filename": "test.csv",
            "content": b"eA==",
            "sha256": "0" * 64,
            "exported_by": env.uid,
            "exported_at": fields.Datetime.now(),
        }
    )
