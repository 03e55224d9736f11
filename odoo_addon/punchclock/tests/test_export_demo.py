# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import hashlib
from collections import Counter
from datetime import date
from pathlib import Path

from odoo.fields import Command
from odoo.tests import TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import file_path

PROFILES = ("long", "wide", "daily", "adp", "codes")
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
BRANCHES = {"brussels": "CQZ7223460123", "new_york": "BJC2190760007"}


@tagged("post_install", "-at_install")
class TestExportDemo(TransactionCase):
    """A month of the demo company, from its raw punches through the door to every payroll file of both branches."""

    @freeze_time("2026-04-01 12:00:00")
    def test_from_raw_punches_to_every_file(self):
        self.env["punchclock.demo"]._load()
        terminals = self.env["punchclock.terminal"].search([("serial", "in", list(BRANCHES.values()))])
        by_serial = {terminal.serial: terminal.company_id for terminal in terminals}
        companies = {name: by_serial[serial] for name, serial in BRANCHES.items()}
        everywhere = {"company_id": companies["brussels"].id, "company_ids": [Command.set(terminals.company_id.ids)]}
        payroll = new_test_user(self.env, "demo_payroll", "punchclock.group_punchclock_payroll", **everywhere)
        officer = new_test_user(self.env, "demo_second", "punchclock.group_punchclock_officer", **everywhere)
        folder = Path(file_path("punchclock/tests/expected"))
        for name, company in companies.items():
            company.punchclock_payroll_code = name[:2].upper()
            period = self.frozen(company, payroll, officer)
            for code in PROFILES:
                with self.subTest(branch=name, profile=code):
                    export = self.export(period, payroll, code)
                    expected = (folder / f"demo_{name}_{code}.csv").read_bytes()
                    content = base64.b64decode(export.with_context(bin_size=False).content)
                    self.assertEqual(content.decode().split("\r\n"), expected.decode().split("\r\n"))
                    self.assertEqual(export.sha256, hashlib.sha256(expected).hexdigest())
                    self.assertEqual(export.totals, self.paid(company))
            self.assertEqual(period.state, "exported")
            self.env.flush_all()
            check = self.env["punchclock.audit.check"]._run(company)
            self.assertEqual(check.state, "sound", check.problems)

    def frozen(self, company, payroll, officer):
        """What is open is looked at, what is asked is decided, and the month is closed."""
        of_company = [("company_id", "=", company.id)]
        found = self.env["punchclock.exception"].search([*of_company, ("state", "=", "open")]).with_user(officer)
        found.resolution = "Looked at."
        found.action_resolve()
        asked = self.env["punchclock.adjustment"].search([*of_company, ("state", "=", "submitted")])
        asked.with_user(officer).action_approve_and_apply()
        found = self.env["punchclock.exception"].search([*of_company, ("state", "=", "open")]).with_user(officer)
        found.resolution = "Looked at again."
        found.action_resolve()
        while self.env["punchclock.dirty.day"].drain()["remaining"]:
            pass
        self.env.invalidate_all()
        period = self.env["punchclock.period"].with_user(payroll)
        period = period.create({"name": "March 2026", "company_id": company.id, "date_from": FIRST, "date_to": LAST})
        period._freeze(override="What is left are punches of strangers.")
        self.env.invalidate_all()
        return period

    def export(self, period, payroll, code):
        profile = self.env.ref(f"punchclock.profile_{code}").with_user(payroll)
        return self.env["punchclock.export"].with_user(payroll)._make(period, profile)

    def paid(self, company):
        """The sum of the days, by pay code."""
        people = self.env["hr.employee"].search([("company_id", "=", company.id)])
        totals = Counter()
        for pay in self.env["punchclock.day"]._pay_of(people, FIRST, LAST).values():
            for (code, _rate), seconds in pay.codes.items():
                totals[code] += seconds
        return dict(totals)
