# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Rights that a method asks for itself, because it goes on with more than its caller has."""

from odoo.exceptions import AccessError


def need_officer(env):
    if not env.user.has_group("punchclock.group_punchclock_officer"):
        raise AccessError(env._("Only a Punchclock officer may do this."))
