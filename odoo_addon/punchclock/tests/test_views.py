# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import Form, new_test_user, tagged

from .common import PunchclockCase

MODELS = (
    "punchclock.pin.space",
    "punchclock.gateway",
    "punchclock.terminal",
    "punchclock.terminal.user",
    "punchclock.terminal.pending",
    "punchclock.pin",
    "punchclock.batch",
    "punchclock.event",
    "punchclock.dirty.day",
    "punchclock.day",
    "punchclock.exception",
    "punchclock.policy",
    "punchclock.policy.version",
    "punchclock.shift.template",
    "punchclock.shift.assignment",
)


@tagged("post_install", "-at_install")
class TestViews(PunchclockCase):
    def test_every_model_has_its_own_list_form_and_search(self):
        for model in MODELS:
            for kind in (
                "list",
                "form",
                "search",
                *(("calendar", "pivot", "graph") if model == "punchclock.day" else ()),
            ):
                with self.subTest(model=model, kind=kind):
                    views = self.env["ir.ui.view"].search([("model", "=", model), ("type", "=", kind)])
                    self.assertTrue(views)
                    arch = self.env[model].with_user(self.admin).get_view(view_type=kind)["arch"]
                    self.assertIn("<field", arch)

    def test_every_menu_opens(self):
        root = self.env.ref("punchclock.menu_root")
        menus = self.env["ir.ui.menu"].search([("id", "child_of", root.id), ("action", "!=", False)])
        self.assertGreaterEqual(len(menus), 13)
        groups = ",".join(f"punchclock.group_punchclock_{role}" for role in ("manager", "payroll", "auditor"))
        everything = new_test_user(self.env, "punchclock_everything", groups=groups)
        for menu in menus:
            action = menu.action
            if action._name == "ir.actions.client":
                self.assertEqual(action.tag, "punchclock_dashboard")
                continue
            if action._name == "ir.actions.server":
                action = self.env[action._name].with_user(self.admin).browse(action.id).run()
                self.env[action["res_model"]].with_user(self.admin).get_views([(False, "form")])
                continue
            # Settings are for whoever keeps the whole of Odoo.
            user = self.env.ref("base.user_admin") if action.res_model == "res.config.settings" else everything
            self.env[action.res_model].with_user(user).get_views(
                [(False, mode) for mode in action.view_mode.split(",")] + [(False, "search")]
            )

    def test_a_person_registers_a_terminal_and_a_pin(self):
        with Form(self.env["punchclock.terminal"].with_user(self.admin)) as form:
            form.name = "Warehouse"
            form.serial = " wh1 "
            form.tz = "Europe/Brussels"
            form.gateway_id = self.gateway
        terminal = form.record
        self.assertEqual(terminal.serial, "WH1")
        self.assertTrue(terminal.pin_space_id)
        with Form(self.env["punchclock.pin"].with_user(self.officer)) as form:
            form.pin_space_id = terminal.pin_space_id
            form.pin = "7"
            form.employee_id = self.anna
        self.assertEqual(form.record.pin_key, "7")

    def test_the_form_of_a_day_shows_why(self):
        self.punch("7", "2026-03-02T08:00:00", "2026-03-02T18:00:00")
        self.drain()
        form = Form(self.day(self.anna, "2026-03-02").with_user(self.officer))
        self.assertTrue(form.line_ids)
        self.assertTrue(form.explanation)

    def test_a_gateway_gets_its_user_by_a_button(self):
        gateway = self.env["punchclock.gateway"].with_user(self.admin).create({"name": "By hand"})
        action = gateway.action_make_user()
        self.assertEqual(action["res_model"], "res.users.apikeys.show")
        self.assertTrue(gateway.user_id)
        uid = self.env["res.users.apikeys"]._check_credentials(scope="rpc", key=action["context"]["default_key"])
        self.assertEqual(uid, gateway.user_id.id)
        action_ = gateway.action_rotate_key()
        wizard = self.env[action_["res_model"]].with_user(self.admin).with_context(**action_["context"])
        again = Form(wizard).save().action_rotate()
        self.assertNotEqual(again["context"]["default_key"], action["context"]["default_key"])
        gateway.action_suspend()
        self.assertEqual(gateway.state, "suspended")
        gateway.action_activate()
        self.assertEqual(gateway.state, "active")
