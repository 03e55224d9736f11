# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo.tests import tagged

from .test_adjustment import MONDAY, ReviewCase


@tagged("post_install", "-at_install")
class TestDecisions(ReviewCase):
    """Whatever changes what somebody is paid leaves an entry with its author."""

    def payload(self, action):
        entry = self.entries(action)[:1]
        return entry.login, json.loads(entry.payload)

    def test_days(self):
        day = self.worked()
        found = day.exception_ids.filtered(lambda found: found.state == "open").with_user(self.officer)
        found.resolution = "Looked at."
        found.action_resolve()
        for action, what, state in (
            ("action_confirm", "confirmed", "confirmed"),
            ("action_approve", "approved", "approved"),
            ("action_reset", "reset", "computed"),
        ):
            getattr(day.with_user(self.officer), action)()
            login, payload = self.payload(f"day.{what}")
            self.assertEqual(login, "punchclock_officer")
            self.assertEqual((payload["days"][0][1:3], payload["days"][0][4]), ([self.anna.id, str(MONDAY)], state))
        # What changes nothing is no decision.
        count = len(self.entries("day.reset"))
        day.with_user(self.officer).action_reset()
        self.assertEqual(len(self.entries("day.reset")), count)

    def test_pins(self):
        ben = self.employee("Ben", self.office)
        pin = (
            self.env["punchclock.pin"]
            .with_user(self.officer)
            .create({"pin_space_id": self.space.id, "pin": "8", "employee_id": ben.id})
        )
        login, payload = self.payload("pin.created")
        self.assertEqual((login, payload["pins"][0]["after"]["employee_id"]), ("punchclock_officer", ben.id))
        pin.valid_to = MONDAY
        changed = self.payload("pin.changed")[1]["pins"][0]
        self.assertEqual((changed["before"]["valid_to"], changed["after"]["valid_to"]), (None, str(MONDAY)))
        pin.unlink()
        self.assertEqual(self.payload("pin.removed")[1]["pins"][0]["before"]["pin"], "8")

    def test_terminals_gateways_and_policies(self):
        self.brussels.with_user(self.admin).tz = "Europe/Lisbon"
        login, payload = self.payload("terminal.changed")
        self.assertEqual(
            (login, payload["before"]["tz"], payload["after"]["tz"]),
            ("punchclock_admin", "Europe/Brussels", "Europe/Lisbon"),
        )
        count = len(self.entries("terminal.changed"))
        self.brussels.name = "Door"
        self.assertEqual(len(self.entries("terminal.changed")), count)
        gateway = self.gateway.with_user(self.admin)
        answer = gateway.rotate_key()
        login, payload = self.payload("gateway.key")
        self.assertEqual((login, payload["expires"]), ("punchclock_admin", answer["expires"]))
        self.assertNotIn(answer["key"], json.dumps(payload))
        gateway.action_suspend()
        gateway.action_activate()
        self.assertTrue(self.entries("gateway.suspended") and self.entries("gateway.activated"))
        policy = (
            self.env["punchclock.policy"].with_user(self.admin).create({"name": "Ours", "company_id": self.company.id})
        )
        version = policy.version_ids.create({"policy_id": policy.id, "date_from": "2026-01-01"})
        version.with_user(self.admin).action_publish()
        self.assertEqual(self.payload("policy.published")[1], {"policy": "Ours", "from": "2026-01-01"})
        self.assertSound()
