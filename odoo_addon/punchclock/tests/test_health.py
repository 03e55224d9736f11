# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import PunchclockCase


@tagged("post_install", "-at_install")
class TestHealth(PunchclockCase):
    """What will stop punches from coming is somebody's task before anybody misses them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.punchclock_review_user_id = cls.officer
        cls.now = fields.Datetime.now()
        cls.gateway.write({"state": "active", "last_seen": cls.now})

    def look(self):
        self.env["punchclock.gateway"]._cron_health()
        return {
            (activity.res_model, activity.res_id): activity.summary
            for activity in self.env["mail.activity"].search([("user_id", "=", self.officer.id)])
        }

    def test_a_terminal_falls_silent_and_is_heard_again(self):
        self.punch("7", "2026-03-02T08:00:00")
        self.env.flush_all()
        key = ("punchclock.terminal", self.brussels.id)
        self.assertNotIn(key, self.look())
        self.env.cr.execute("UPDATE punchclock_event SET create_date = create_date - interval '2 days'")
        self.assertIn("silent", self.look()[key])
        # A quiet weekend: nobody punches, and its edge reaches it all the same.
        self.brussels.reported_at = self.now
        self.assertNotIn(key, self.look())
        self.brussels.problem = "no route to host"
        self.assertIn("silent", self.look()[key])
        # Looking again makes no second task.
        self.look()
        self.assertEqual(len(self.brussels.activity_ids), 1)
        self.brussels.state = "retired"
        self.env["mail.activity"].search([]).unlink()
        self.assertNotIn(key, self.look())

    def test_a_silent_edge_is_one_task(self):
        self.gateway.last_seen = self.now - timedelta(hours=25)
        found = self.look()
        self.assertIn("edge is silent", found["punchclock.gateway", self.gateway.id])
        self.assertNotIn(("punchclock.terminal", self.brussels.id), found)
        self.gateway.last_seen = self.now
        self.assertNotIn(("punchclock.gateway", self.gateway.id), self.look())

    def test_a_key_expires(self):
        key = ("punchclock.gateway", self.gateway.id)
        apikeys = self.env["res.users.apikeys"].sudo().search([("user_id", "=", self.gateway.user_id.id)])
        self.assertTrue(apikeys)
        for days, text in ((60, None), (29, "30 days"), (6, "7 days"), (0.5, "within a day"), (-1, "has expired")):
            with self.subTest(days=days):
                self.env.cr.execute(
                    "UPDATE res_users_apikeys SET expiration_date = %s WHERE id = ANY(%s)",
                    [self.now + timedelta(days=days), apikeys.ids],
                )
                self.env.invalidate_all()
                found = self.look().get(key)
                self.assertEqual(found and text in found, text and True)
                self.assertLessEqual(len(self.gateway.activity_ids), 1)

    def test_without_a_named_person_the_administrators_get_it(self):
        self.company.punchclock_review_user_id = False
        self.gateway.last_seen = False
        self.env["punchclock.gateway"]._cron_health()
        self.assertIn(self.admin, self.gateway.activity_ids.user_id)
