# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import TransactionCase, freeze_time, tagged

from odoo.addons.punchclock.models.punchclock_exception import TYPES


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    @freeze_time("2026-04-15 12:00:00")
    def test_a_month_with_whatever_goes_wrong(self):
        self.env["punchclock.demo"]._load()
        terminals = self.env["punchclock.terminal"].search([("serial", "in", ("CQZ7223460123", "BJC2190760007"))])
        self.assertEqual(len(terminals.company_id), 2)
        self.assertEqual(len(set(terminals.mapped("tz"))), 2)
        companies = terminals.company_id
        days = self.env["punchclock.day"].search([("company_id", "in", companies.ids)])
        self.assertGreater(len(days), 150)
        self.assertEqual(set(days.mapped("status")), {"present", "partial", "absent", "holiday", "rest", "incomplete"})
        night = days.filtered(lambda day: day.employee_id.name == "Nadia Peeters" and day.worked_seconds)
        self.assertTrue(any("(+1)" in (day.last_out_local or "") for day in night))
        found = set(self.env["punchclock.exception"].search([("company_id", "in", companies.ids)]).mapped("type"))
        # Odoo corrects by new punches, so the engine never sees one that was corrected; a day that cannot be computed
        # stays on the list of days to compute; "other" is for engines newer than the addon.
        # And the database's clock, by which a punch is of the future, is not the frozen one.
        # Overtime that is in a bank needs the addon that has one.
        wanted = set(TYPES) - {"correction_applied", "not_computed", "other", "overbanked", "time_future"}
        self.assertEqual(wanted - found, set())
        # A second time is no second company.
        count = self.env["punchclock.event"].search_count([])
        self.env["punchclock.demo"]._load()
        self.assertEqual(self.env["punchclock.event"].search_count([]), count)
