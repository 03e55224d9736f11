from . import punchclock_audit_compare
