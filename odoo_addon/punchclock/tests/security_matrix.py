# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who may do what, written out; whatever is not named here is forbidden. A model without a line fails the test.

A letter is an operation (create, read, write, delete). A rung of the ladder holds what the rungs before it hold, so
only what it adds is written.
"""

OPERATIONS = {"c": "create", "r": "read", "w": "write", "d": "unlink"}
LADDER = ("user", "line_manager", "officer", "manager")
ALONE = ("payroll", "auditor", "gateway", "portal", "public")
# Every internal user is an employee of the first rung as well.
INTERNAL = (*LADDER, "payroll", "auditor")

MATRIX = {
    "punchclock.day": {"user": "r", "payroll": "r", "auditor": "r"},
    "punchclock.day.line": {"user": "r", "payroll": "r", "auditor": "r"},
    "punchclock.event": {"user": "r", "payroll": "r", "auditor": "r"},
    "punchclock.batch": {"officer": "r", "auditor": "r"},
    "punchclock.pin": {"officer": "crwd", "auditor": "r"},
    "punchclock.pin.space": {"officer": "r", "manager": "cwd", "auditor": "r"},
    "punchclock.terminal": {"officer": "r", "manager": "cwd", "auditor": "r"},
    "punchclock.terminal.user": {"officer": "r", "auditor": "r"},
    "punchclock.terminal.pending": {"officer": "r", "manager": "d", "auditor": "r"},
    "punchclock.gateway": {"officer": "r", "manager": "cwd", "auditor": "r"},
    "punchclock.dirty.day": {"officer": "r", "auditor": "r"},
    "punchclock.map.pins": {"officer": "crwd"},
    "punchclock.map.pins.line": {"officer": "crwd"},
    "punchclock.import.attlog": {"officer": "crwd"},
    "punchclock.rotate.key": {"manager": "crwd"},
    "punchclock.exception": {"user": "r", "officer": "w", "payroll": "r", "auditor": "r"},
    "punchclock.policy": {"officer": "r", "manager": "cwd", "auditor": "r"},
    "punchclock.policy.version": {"officer": "r", "manager": "cwd", "auditor": "r"},
    "punchclock.policy.tier": {"officer": "r", "manager": "cwd", "auditor": "r"},
    "punchclock.policy.overlay": {"officer": "r", "manager": "cwd", "auditor": "r"},
    "punchclock.shift.template": {"officer": "crwd", "auditor": "r"},
    "punchclock.shift.break": {"officer": "crwd", "auditor": "r"},
    "punchclock.shift.assignment": {"officer": "crwd", "auditor": "r"},
    "punchclock.audit": {"auditor": "r"},
    "punchclock.audit.head": {"auditor": "r"},
    "punchclock.audit.anchor": {"auditor": "r"},
    "punchclock.audit.check": {"auditor": "r"},
    "punchclock.audit.compare": {"auditor": "crw"},
    "punchclock.reason": {"user": "r", "manager": "cwd", "auditor": "r"},
    "punchclock.pay.code": {"user": "r", "payroll": "cwd", "auditor": "r"},
    "punchclock.adjustment": {"user": "crwd", "payroll": "r", "auditor": "r"},
    "punchclock.event.fact": {"user": "r", "payroll": "r", "auditor": "r"},
    "punchclock.period": {"officer": "r", "payroll": "crwd", "auditor": "r"},
    "punchclock.export": {"payroll": "r", "auditor": "r"},
    "punchclock.export.profile": {"payroll": "crwd", "auditor": "r"},
    "punchclock.export.column": {"payroll": "crwd", "auditor": "r"},
    "punchclock.export.code": {"payroll": "crwd", "auditor": "r"},
    "punchclock.adjustment.why": {"line_manager": "crw"},
    "punchclock.adjustment.approve": {"line_manager": "crw"},
    "punchclock.period.freeze": {"payroll": "crw"},
    "punchclock.period.reopen": {"payroll": "crw"},
    "punchclock.period.export": {"payroll": "crw"},
    "punchclock.recompute": {"officer": "crw"},
    "punchclock.retime": {"manager": "crw"},
    "punchclock.review.bulk": {"officer": "crw"},
}

# Of whose records: Anna is the employee of the rung "user", her manager is the one of "line_manager"; Ben is a
# colleague with neither. What is not named here belongs to no person: who may read it reads all of the company's.
PERSONAL = frozenset(
    {
        "punchclock.day",
        "punchclock.day.line",
        "punchclock.event",
        "punchclock.exception",
        "punchclock.adjustment",
        "punchclock.event.fact",
    }
)
# They read everybody's, and what they may do beyond that as employees reaches their own only.
READ_ALL = frozenset({"payroll", "auditor"})
# Rungs that see only some people's records of these models.
OWN_ONLY = {"user": {"Anna"}, "line_manager": {"Anna"}}

# Windows, which belong to whoever opened them: only who may use them is tested.
COMPANYLESS = frozenset(
    {
        "punchclock.map.pins",
        "punchclock.map.pins.line",
        "punchclock.import.attlog",
        "punchclock.rotate.key",
        "punchclock.audit.compare",
        "punchclock.adjustment.why",
        "punchclock.adjustment.approve",
        "punchclock.period.freeze",
        "punchclock.period.reopen",
        "punchclock.period.export",
        "punchclock.recompute",
        "punchclock.retime",
        "punchclock.review.bulk",
        # Of all companies, or of their format's company.
        "punchclock.pay.code",
        "punchclock.export.column",
        "punchclock.export.code",
    }
)


def allowed(role, model):
    """The operations of a role on a model, as letters."""
    lines = MATRIX[model]
    rungs = LADDER[: LADDER.index(role) + 1] if role in LADDER else (role,)
    if role in INTERNAL and "user" not in rungs:
        rungs = ("user", *rungs)
    return set("".join(lines.get(rung, "") for rung in rungs))
