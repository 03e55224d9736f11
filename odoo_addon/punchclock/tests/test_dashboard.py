# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import PageCase, PunchclockCase, lines


@tagged("post_install", "-at_install")
class TestDashboard(PunchclockCase):
    def test_who_is_where(self):
        people = {}
        for number, name in enumerate(("Here", "Late", "Gone", "Missing", "Away")):
            people[name] = self.employee(name, self.office)
            self.give_pin(people[name], str(900 + number))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Ill",
                "resource_id": people["Away"].resource_id.id,
                "calendar_id": self.office.id,
                "company_id": self.company.id,
                "date_from": "2026-03-02 07:00:00",
                "date_to": "2026-03-02 16:00:00",
            }
        )
        with freeze_time("2026-03-02 10:00:00"):
            # Ten o'clock in UTC is eleven in Brussels.
            self.punch("900", "2026-03-02T08:00:00")
            self.punch("901", "2026-03-02T08:30:00")
            self.punch("902", "2026-03-02T08:00:00", "2026-03-02T10:30:00")
            self.punch("4040", "2026-03-02T08:00:00")
            self.drain()
            self.env["punchclock.exception"]._sync_events()
            dashboard = self.env["punchclock.dashboard"].with_user(self.officer)
            data = dashboard.with_context(allowed_company_ids=self.company.ids).data()
        found = {key: [person["name"] for person in group] for key, group in data["people"].items()}
        self.assertEqual(found["present"], ["Here", "Late"])
        self.assertEqual(found["late"], ["Late"])
        self.assertEqual(found["left"], ["Gone"])
        self.assertEqual(found["absent"], ["Anna", "Missing"])
        self.assertEqual(found["away"], ["Away"])
        self.assertEqual([pin["pin"] for pin in data["machinery"]["unmapped"]], ["4040"])
        self.assertIn("unknown_pin", [kind["type"] for kind in data["review"]])
        self.assertEqual((data["machinery"]["terminals"], data["machinery"]["waiting"]), (2, 0))
        self.assertIn("NYC1", [terminal["name"] for terminal in data["machinery"]["silent"]])
        (edge,) = data["machinery"]["edges"]
        self.assertEqual((edge["name"], edge["depth"], edge["problem"]), (self.gateway.name, 0, ""))
        with self.assertRaises(AccessError):
            dashboard.with_user(self.bot).data()

    def test_the_night_shift_is_at_work_after_midnight(self):
        nights = self.calendar("Nights", "Europe/Brussels", lines(range(5), (22, 24)) + lines(range(1, 6), (0, 6)))
        nora = self.employee("Nora", nights)
        self.give_pin(nora, "900")
        dashboard = self.env["punchclock.dashboard"].with_user(self.officer)
        dashboard = dashboard.with_context(allowed_company_ids=self.company.ids)
        with freeze_time("2026-03-03 02:00:00"):
            self.punch("900", "2026-03-02T21:58:00")
            self.drain()
            self.assertEqual([person["name"] for person in dashboard.data()["people"]["present"]], ["Nora"])
        with freeze_time("2026-03-03 12:00:00"):
            self.env["punchclock.dirty.day"]._mark_due()
            self.drain()
            people = dashboard.data()["people"]
            self.assertEqual(people["present"], [])
            self.assertEqual([(one["name"], one["since"]) for one in people["incomplete"]], [("Nora", "2026-03-02")])

    def test_an_edge_that_needs_somebody(self):
        self.gateway.sudo().write({"queue_depth": 812, "dead_count": 2, "problem": "no route to Odoo"})
        data = self.env["punchclock.dashboard"].with_context(allowed_company_ids=self.company.ids).data()
        (edge,) = data["machinery"]["edges"]
        self.assertEqual((edge["depth"], edge["dead"], edge["problem"]), (812, 2, "no route to Odoo"))


@tagged("post_install", "-at_install")
class TestDashboardPage(PageCase):
    def test_the_page_opens_in_a_browser(self):
        self.browser_js(
            "/odoo/action-punchclock.action_dashboard",
            """
            const cards = document.querySelectorAll(".o_punchclock_dashboard .card[data-group]");
            if (cards.length === 9) { console.log("test successful"); } else { throw new Error(cards.length); }
            """,
            "!!document.querySelector('.o_punchclock_dashboard .card')",
            login="admin",
        )
