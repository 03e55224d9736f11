# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import guard


def uninstall_hook(env):
    """Nothing of ours stays in the database: functions belong to no table."""
    guard.drop(env.cr)
