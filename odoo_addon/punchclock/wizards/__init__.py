from . import punchclock_map_pins
from . import punchclock_import_attlog
from . import punchclock_rotate_key
