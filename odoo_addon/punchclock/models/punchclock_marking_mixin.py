# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class PunchclockMarkingMixin(models.AbstractModel):
    """What decides days: entered, changed or taken back, it marks the days that it decided and those it decides now."""

    _name = "punchclock.marking.mixin"
    _description = "What Decides Days"

    # Names of the fields that decide; empty: all of them.
    _punchclock_deciding = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._punchclock_mark()
        return records

    def write(self, vals):
        decides = not self._punchclock_deciding or bool(self._punchclock_deciding & vals.keys())
        if decides:
            self._punchclock_mark()
        result = super().write(vals)
        if decides:
            self._punchclock_mark()
        return result

    def unlink(self):
        self._punchclock_mark()
        return super().unlink()

    def _punchclock_mark(self):
        raise NotImplementedError
