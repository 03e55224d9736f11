from . import punchclock_cto_operation
