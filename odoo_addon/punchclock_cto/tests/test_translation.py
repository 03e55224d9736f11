# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re
from pathlib import Path

import polib
from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import convert_file

from .common import CtoCase

FOLDER = Path(__file__).resolve().parents[1] / "i18n"
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-z]|<[^>]*>")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestTranslation(CtoCase):
    def test_french_is_complete(self):
        template, french = polib.pofile(FOLDER / "punchclock_cto.pot"), polib.pofile(FOLDER / "fr.po")
        self.assertEqual({entry.msgid for entry in template}, {entry.msgid for entry in french})
        for entry in french:
            self.assertTrue(entry.msgstr, entry.msgid)
            self.assertEqual(
                sorted(PLACEHOLDER.findall(entry.msgid)), sorted(PLACEHOLDER.findall(entry.msgstr)), entry.msgid
            )

    def test_it_speaks_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["punchclock_cto"], ["fr_FR"])
        self.publish(date_from="2026-01-01", use_block=4)
        self.earn("2026-06-01", 8)
        self.worker.lang = "fr_FR"
        with self.assertRaisesRegex(ValidationError, "blocs entiers"), self.env.cr.savepoint():
            self.env["hr.leave"].with_user(self.worker).with_context(lang="fr_FR").create(
                {
                    "employee_id": self.anna.id,
                    "holiday_status_id": self.leave_type.id,
                    "request_date_from": "2026-06-22",
                    "request_date_to": "2026-06-22",
                    "request_unit_hours": True,
                    "request_hour_from": 8,
                    "request_hour_to": 11,
                }
            )
        self.assertEqual(self.leave_type.with_context(lang="fr_FR").name, "Congé de récupération")

    def test_the_demo_is_a_plan_that_holds(self):
        convert_file(self.env, "punchclock_cto", "demo/punchclock_cto_demo.xml", {}, mode="init", noupdate=True)
        plan = self.env.ref("punchclock_cto.plan_demo")
        self.assertEqual(plan.version_ids.state, "published")
        self.assertEqual(plan._engine_policies()[0]["month_cap_s"], 40 * 3600)
