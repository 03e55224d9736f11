# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from freezegun import freeze_time

from odoo.tests import Form, tagged

from .common import CtoCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestViews(CtoCase):
    def test_every_action_opens_for_those_who_see_its_menu(self):
        actions = self.env["ir.actions.act_window"].search([("res_model", "=like", "punchclock.cto.%")])
        self.assertGreater(len(actions), 6)
        for action in actions:
            for mode in action.view_mode.split(","):
                with self.subTest(f"{action.name} {mode}"):
                    self.env[action.res_model].with_user(self.admin).get_views([(False, mode)])

    def test_the_smart_button(self):
        self.earn("2026-06-01", 2)
        self.assertEqual(self.anna.punchclock_cto_hours, 2)
        action = self.anna.with_user(self.officer).action_punchclock_cto()
        self.assertEqual(action["res_id"], self.account.id)
        for method in ("action_lots", "action_moves", "action_entries"):
            action = getattr(self.account.with_user(self.officer), method)()
            self.assertTrue(self.env[action["res_model"]].search(action["domain"]))

    def test_the_form_of_what_is_entered_by_hand(self):
        self.earn("2026-06-01", 2)
        context = self.account.action_by_hand()["context"]
        form = Form(self.env["punchclock.adjustment"].with_user(self.officer).with_context(**context))
        form.kind, form.cto_hours, form.note = "cto_payout", 1.5, "Asked for"
        form.reason_id = self.env.ref("punchclock_cto.reason_agreed")
        correction = form.save()
        self.assertEqual(correction.minutes, 90)
        correction.action_submit()
        correction.with_user(self.second).action_approve_and_apply()
        self.assertBalance(0.5)

    def test_what_ends_soon(self):
        self.post("opening", "2026-06-01", 2, valid_to="2026-07-15")
        self.earn("2026-06-02", 3)
        self.assertEqual((self.account.expiring_hours, str(self.account.next_expiry)), (2, "2026-07-15"))
        view = self.env.ref("punchclock_cto.view_cto_lot_search")
        self.assertIn("today +60d", view.arch)
        soon = self.env["punchclock.cto.lot"].search(
            [("account_id", "=", self.account.id), ("left_seconds", ">", 0), ("expires_on", "<=", "today +60d")]
        )
        self.assertEqual(soon.left_hours, 2)
