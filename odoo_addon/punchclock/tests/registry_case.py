# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from .common import PunchclockCase


class RegistryCase(PunchclockCase):
    """What an edge reports of its terminals' users, and what became of it."""

    def gateway_of(self, user=None):
        return self.env["punchclock.gateway"].with_user(user or self.bot).with_context(allowed_company_ids=[])

    def report_users(self, *users, serial="BRU1", read_at="2026-03-02 08:00:00", last=True, user=None):
        answer = self.gateway_of(user).report_users(serial, read_at, list(users), last)
        self.env.invalidate_all()
        return answer

    def users(self, terminal=None):
        return self.env["punchclock.terminal.user"].search([("terminal_id", "=", (terminal or self.brussels).id)])

    def states(self, terminal=None):
        return {user.pin: user.sync_state for user in self.users(terminal)}
