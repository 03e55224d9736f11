# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path
from odoo.tools.translate import TranslationModuleReader

# What of a term has to be in its translation too.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")


def entries(name):
    return {entry.msgid: entry for entry in polib.pofile(file_path(f"punchclock/i18n/{name}")) if not entry.obsolete}


@tagged("post_install", "-at_install")
class TestTerms(TransactionCase):
    def test_the_template_holds_every_term(self):
        """Written again with `odoo_addon/dev/odoo pot`."""
        reader = TranslationModuleReader(self.env.cr, modules=["punchclock"], lang=None)
        said = {row[4] for row in reader}
        known = set(entries("punchclock.pot"))
        self.assertEqual(said - known, set(), "terms that the template lacks")
        self.assertEqual(known - said, set(), "terms that nobody says any more")

    def test_the_french_translation_is_complete(self):
        template, french = entries("punchclock.pot"), entries("fr.po")
        self.assertEqual(set(template), set(french))
        for term, entry in french.items():
            with self.subTest(term=term):
                self.assertTrue(entry.msgstr)
                self.assertFalse(entry.fuzzy)
                self.assertEqual(sorted(PLACEHOLDER.findall(term)), sorted(PLACEHOLDER.findall(entry.msgstr)))

    def test_a_french_officer_reads_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["punchclock"], ["fr_FR"])
        lines = self.env["punchclock.day.line"].with_context(lang="fr_FR")
        self.assertEqual(lines._kinds()["break:unpaid_window"], "Pause non payée")
        label = dict(
            self.env["punchclock.day"].with_context(lang="fr_FR").fields_get(["status"])["status"]["selection"]
        )
        self.assertEqual(label["holiday"], "Jour férié")
