# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import importlib.util

from odoo.tests import tagged
from odoo.tools.misc import file_path

from .common import PunchclockCase


def script(name):
    spec = importlib.util.spec_from_file_location("script", file_path(f"punchclock/migrations/19.0.0.2.0/{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@tagged("post_install", "-at_install")
class TestMigration(PunchclockCase):
    def test_days_of_the_version_before(self):
        """The tables as 19.0.0.1.0 had them, with a day in them; PostgreSQL takes all of it back at the end."""
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T18:00:00")
        self.drain()
        day = self.day(self.anna, "2026-03-02")
        before = sorted((line.label, line.kind) for line in day.line_ids)
        self.env.invalidate_all()
        self.env.cr.execute(
            """
            ALTER TABLE punchclock_day_line DROP COLUMN kind;
            ALTER TABLE punchclock_day_line RENAME COLUMN label TO kind;
            ALTER TABLE punchclock_day_line ADD COLUMN company_id int NOT NULL DEFAULT 1,
                                            ADD COLUMN create_uid int, ADD COLUMN write_date timestamp
            """
        )
        for version in (None, "19.0.0.1.0", "19.0.0.1.0"):
            script("pre-days").migrate(self.env.cr, version)
            script("post-days").migrate(self.env.cr, version)
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'punchclock_day_line'"
        )
        columns = {name for (name,) in self.env.cr.fetchall()}
        self.assertTrue({"kind", "label"} <= columns)
        self.assertFalse({"company_id", "create_uid", "write_date"} & columns)
        self.assertEqual(sorted((line.label, line.kind) for line in day.line_ids), before)
        self.assertEqual(self.env["punchclock.dirty.day"].search([]).mapped("date"), [day.date])
        self.assertEqual(self.drain(), {"computed": 1, "remaining": 0, "failed": 0})
        self.assertEqual(day.status, "present")
