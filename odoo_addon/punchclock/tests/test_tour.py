# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common import PageCase, PunchclockCase


@tagged("post_install", "-at_install")
class TestTour(PunchclockCase, PageCase):
    """In a real browser, as a person does it."""

    browser_size = "1600x900"

    def test_an_unknown_pin_is_mapped_and_its_day_read(self):
        person = self.employee("Tour Dubois", self.office)
        stored = self.punch("4242", "2026-03-02T08:00:00", "2026-03-02T17:00:00")
        self.env["punchclock.gateway"].with_user(self.bot).report_users(
            "BRU1", "2026-03-02 08:00:00", [{"pin": "4242", "name": "DUBOIS TOUR"}], True
        )
        self.env.flush_all()
        # The user of the tour opens what it has the rights for: PINs, the list of marked days, days.
        self.admin.write({"password": "punchclock_admin"})
        self.start_tour("/odoo", "punchclock_map_pin", login=self.admin.login, timeout=180)
        self.env.invalidate_all()
        self.assertEqual(stored.employee_id, person)
        self.assertEqual(stored.pin_id.match_method, "name")
        self.assertEqual(self.summary(person, "2026-03-02")[0], 8 * 3600)
