# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Tasks for people before punches stop coming: terminals and edges that fell silent, keys that expire."""

from datetime import timedelta

from odoo import api, fields, models

# Nothing was heard for this long: shown as silent, and a task.
SILENT_AFTER = timedelta(hours=24)
# A task when so many days are left, and a new one at each further step.
KEY_WARNINGS = (1, 7, 30)


class PunchclockTerminal(models.Model):
    _name = "punchclock.terminal"
    _inherit = ["punchclock.terminal", "mail.thread", "mail.activity.mixin"]

    def _heard(self):
        """Terminal → when it last said something: a punch arrived, or its edge reached it and found nothing wrong."""
        self.flush_recordset()
        # One look into the index each, however many punches there are.
        self.env.cr.execute(
            """
            SELECT t.id, GREATEST(CASE WHEN COALESCE(t.problem, '') = '' THEN t.reported_at END,
                                  (SELECT e.create_date FROM punchclock_event e
                                    WHERE e.terminal_id = t.id ORDER BY e.local_time DESC LIMIT 1))
              FROM punchclock_terminal t WHERE t.id = ANY(%s)
            """,
            [self.ids],
        )
        heard = dict(self.env.cr.fetchall())
        return {terminal: heard.get(terminal.id) for terminal in self}

    def _silent(self):
        """Those that said nothing for a day; a quiet weekend is no silence while the edge reaches them."""
        limit = fields.Datetime.now() - SILENT_AFTER
        return self.browse(terminal.id for terminal, last in self._heard().items() if not last or last < limit)


class PunchclockGateway(models.Model):
    _name = "punchclock.gateway"
    _inherit = ["punchclock.gateway", "mail.thread", "mail.activity.mixin"]

    @api.model
    def _cron_health(self):
        """Look at all gateways in use and their terminals; what is well again needs no task any more."""
        gateways = self.search([("state", "=", "active")])
        limit = fields.Datetime.now() - SILENT_AFTER
        silent = gateways.filtered(lambda gateway: not gateway.last_seen or gateway.last_seen < limit)
        for gateway in gateways:
            _warn(gateway, "punchclock.activity_silent", gateway in silent and self.env._("The edge is silent"))
            _warn(gateway, "punchclock.activity_key", gateway._key_warning(), gateway.key_expires)
        terminals = self.env["punchclock.terminal"].search([("state", "=", "active")])
        # Of a silent edge every terminal is: one task says it.
        quiet = terminals.filtered(lambda terminal: terminal.gateway_id not in silent)._silent()
        for terminal in terminals:
            _warn(terminal, "punchclock.activity_silent", terminal in quiet and self.env._("The terminal is silent"))

    def _key_warning(self):
        if not self.key_expires:
            return False
        left = self.key_expires - fields.Datetime.now()
        if left <= timedelta(0):
            return self.env._("The key has expired: the edge is refused until it has a new one")
        for days in KEY_WARNINGS:
            if left <= timedelta(days=days):
                return (
                    self.env._("The key expires within %s days", days)
                    if days > 1
                    else self.env._("The key expires within a day")
                )
        return False


def _warn(record, activity_type, text, deadline=None):
    """Have exactly this task open on a record: a new text is a new task, no text is none."""
    kind = record.env.ref(activity_type)
    open_ones = record.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)
    open_ones.filtered(lambda activity: activity.summary != text).unlink()
    if not text or open_ones.exists():
        return
    for user in record.company_id._punchclock_reviewers("punchclock.group_punchclock_manager"):
        record.activity_schedule(
            activity_type, date_deadline=deadline and deadline.date(), summary=text, user_id=user.id
        )
