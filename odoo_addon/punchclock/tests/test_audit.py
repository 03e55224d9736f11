# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib
import json
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.punchclock import canonical, guard
from odoo.addons.punchclock.models.punchclock_audit import GENESIS

from .common import PunchclockCase


@tagged("post_install", "-at_install")
class TestAudit(PunchclockCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.audit = cls.env["punchclock.audit"]
        cls.auditor = new_test_user(
            cls.env,
            "punchclock_auditor",
            groups="punchclock.group_punchclock_auditor",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def setUp(self):
        super().setUp()
        # Only what a test appends is in its chain.
        self.chain = self.env["res.company"].create({"name": "Chain"})
        self.env.user.company_ids |= self.chain
        self.auditor.company_ids |= self.chain

    def fill(self, count=5):
        return [self.audit._append(self.chain, "test.done", payload={"n": number}) for number in range(count)]

    def check(self, *outside):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["punchclock.audit.check"]._run(self.chain, [(self.chain.id, *head) for head in outside])

    def sound(self):
        check = self.check()
        self.assertEqual(check.state, "sound", check.problems)
        return check

    def broken(self, text):
        check = self.check()
        self.assertEqual(check.state, "broken")
        self.assertIn(text, check.problems)
        return check

    def disarm(self, table="punchclock_audit"):
        """What the owner of the database can do, and nobody can prevent."""
        self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")

    def arm(self, table="punchclock_audit"):
        self.env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    def refused(self, query, *params):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute(query, params)

    # -- what an entry is ------------------------------------------------------------------------------------

    def test_entries_follow_each_other(self):
        entries = self.fill(3)
        self.assertEqual([entry.seq for entry in entries], [1, 2, 3])
        self.assertEqual(entries[0].prev_hash, GENESIS)
        self.assertEqual([entry.prev_hash for entry in entries[1:]], [entry.hash for entry in entries[:2]])
        self.assertEqual(self.audit._head_of(self.chain), (3, entries[2].hash))
        check = self.sound()
        self.assertEqual((check.entries, check.head_seq, check.head_hash), (3, 3, entries[2].hash))

    def test_the_hash_can_be_computed_by_anybody(self):
        """By the description in the readme and without any of our code."""
        entry = (
            self.audit.with_user(self.officer)
            .sudo()
            ._append(self.chain, "test.done", self.anna, {"b": [1, "é"], "a": None})
        )
        facts = {
            "action": "test.done",
            "at": entry.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "company_id": self.chain.id,
            "ip": None,
            "login": "punchclock_officer",
            "model": "hr.employee",
            "payload": '{"a":null,"b":[1,"é"]}',
            "res_id": self.anna.id,
            "seq": 1,
            "uid": self.officer.id,
        }
        text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        sha = hashlib.sha256()
        for part in ("punchclock-audit/1", "$1$" + "0" * 64, text):
            raw = part.encode()
            sha.update(len(raw).to_bytes(8, "big") + raw)
        self.assertEqual(entry.hash, "$1$" + sha.hexdigest())
        self.assertEqual((entry.uid, entry.login), (self.officer.id, "punchclock_officer"))

    def test_what_has_no_canonical_form_is_refused(self):
        for value in (1.5, {1, 2}, self.anna, float("nan")):
            with self.assertRaises(TypeError):
                canonical.canonical({"value": value})

    def test_each_company_has_its_own_chain(self):
        other = self.env["res.company"].create({"name": "Other chain"})
        self.fill(2)
        self.assertEqual(self.audit._append(other, "test.done").seq, 1)

    # -- refused by the ORM, whoever asks --------------------------------------------------------------------

    def test_the_orm_refuses(self):
        entry = self.fill(1)[0]
        anchor = self.env["punchclock.audit.anchor"]
        anchor._hand_out(self.chain, "test")
        anchor = anchor.search([("given_to", "=", "test")])
        head = self.env["punchclock.audit.head"].search([("company_id", "=", self.chain.id)])
        for record in (entry, anchor, head):
            for who in (record, record.sudo(), record.with_user(SUPERUSER_ID), record.with_user(self.admin).sudo()):
                with self.subTest(model=record._name, su=who.env.su, uid=who.env.uid):
                    with self.assertRaises(UserError):
                        who.write({"hash": "x"})
                    with self.assertRaises(UserError):
                        who.unlink()
                    with self.assertRaises(UserError):
                        who.create({"company_id": self.chain.id})
        with self.assertRaises(UserError):
            entry.sudo().copy()
        for user in (self.admin, self.auditor, self.officer):
            for operation in ("create", "write", "unlink"):
                self.assertFalse(self.audit.with_user(user).has_access(operation))

    # -- refused by the database -----------------------------------------------------------------------------

    def test_sql_is_refused(self):
        entries = self.fill(3)
        self.refused("UPDATE punchclock_audit SET payload = '{}' WHERE id = %s", entries[0].id)
        self.refused("UPDATE punchclock_audit SET login = 'somebody' WHERE id = %s", entries[0].id)
        self.refused("DELETE FROM punchclock_audit WHERE id = %s", entries[2].id)
        self.refused("TRUNCATE punchclock_audit")
        self.refused("TRUNCATE punchclock_audit CASCADE")
        self.refused("DELETE FROM punchclock_audit_head WHERE company_id = %s", self.chain.id)
        self.refused("UPDATE punchclock_audit_head SET seq = 1 WHERE company_id = %s", self.chain.id)
        self.refused("TRUNCATE punchclock_audit_head")
        self.env["punchclock.audit.anchor"]._hand_out(self.chain, "test")
        self.refused("UPDATE punchclock_audit_anchor SET hash = 'x' WHERE company_id = %s", self.chain.id)
        self.refused("DELETE FROM punchclock_audit_anchor WHERE company_id = %s", self.chain.id)
        self.refused("TRUNCATE punchclock_audit_anchor")
        self.sound()

    def test_an_entry_beside_the_chain_is_refused(self):
        entry = self.fill(2)[-1]
        columns = "company_id, seq, at, uid, login, action, payload, prev_hash, hash"
        values = f"{self.chain.id}, %s, now(), 1, 'x', 'x', '{{}}', %s, 'x'"
        for seq, previous in ((2, entry.hash), (4, entry.hash), (3, "$1$other")):
            self.refused(f"INSERT INTO punchclock_audit ({columns}) VALUES ({values})", seq, previous)

    def test_punches_are_refused_too(self):
        event = self.punch("7", "2026-03-02T08:00:00")
        self.env.flush_all()
        self.refused("UPDATE punchclock_event SET local_time = '2026-03-02 07:00:00' WHERE id = %s", event.id)
        self.refused("UPDATE punchclock_event SET pin = '8' WHERE id = %s", event.id)
        self.refused("DELETE FROM punchclock_event WHERE id = %s", event.id)
        self.refused("TRUNCATE punchclock_event CASCADE")
        # What Odoo concludes from it may change.
        self.env.cr.execute("UPDATE punchclock_event SET status = 'review' WHERE id = %s", [event.id])

    # -- found all the same ----------------------------------------------------------------------------------

    def test_a_changed_entry_is_found(self):
        entry = self.fill()[2]
        for column, value in (
            ("payload", '{"n":7}'),
            ("login", "x"),
            ("action", "x"),
            ("at", "2020-01-01"),
            ("uid", 99),
        ):
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                self.disarm()
                self.env.cr.execute(f"UPDATE punchclock_audit SET {column} = %s WHERE id = %s", [value, entry.id])
                self.arm()
                self.broken("entry 3")
                savepoint.rollback()
                self.env.invalidate_all()
        self.sound()

    def test_a_changed_entry_with_its_own_new_hash_is_found(self):
        entry = self.fill()[2]
        self.disarm()
        row = entry.read(["company_id", "seq", "at", "uid", "login", "ip", "action", "model", "res_id", "payload"])[0]
        row.update(company_id=self.chain.id, payload='{"n":7}', prev_hash=entry.prev_hash)
        row.update({name: row[name] or None for name in ("ip", "model", "res_id")})
        from odoo.addons.punchclock.models.punchclock_audit import entry_hash  # noqa: PLC0415

        self.env.cr.execute(
            "UPDATE punchclock_audit SET payload = %s, hash = %s WHERE id = %s",
            [row["payload"], entry_hash(row), entry.id],
        )
        self.arm()
        check = self.broken("entry 4 does not follow entry 3")
        self.assertEqual(check.problem_count, 1)

    def test_a_missing_entry_is_found(self):
        entries = self.fill()
        self.disarm()
        self.env.cr.execute("DELETE FROM punchclock_audit WHERE id = %s", [entries[2].id])
        self.arm()
        self.broken("missing before entry 4: 3")

    def test_the_first_entries_are_missed(self):
        entries = self.fill()
        self.disarm()
        self.env.cr.execute("DELETE FROM punchclock_audit WHERE id IN %s", [(entries[0].id, entries[1].id)])
        self.arm()
        self.broken("entries 1 to 2 are missing")

    def test_a_reordered_chain_is_found(self):
        entries = self.fill()
        self.disarm()
        # In three steps, because numbers are unique.
        for seq, entry in ((99, entries[1]), (2, entries[2]), (3, entries[1])):
            self.env.cr.execute("UPDATE punchclock_audit SET seq = %s WHERE id = %s", [seq, entry.id])
        self.arm()
        self.broken("entry 2")

    def test_a_cut_tail_is_found(self):
        entries = self.fill()
        self.disarm()
        self.env.cr.execute("DELETE FROM punchclock_audit WHERE id = %s", [entries[-1].id])
        self.arm()
        self.broken("the chain ends with entry 4, its head says 5")

    def test_a_cut_tail_with_its_head_is_found_by_an_anchor(self):
        entries = self.fill()
        self.env["punchclock.audit.anchor"]._hand_out(self.chain, "gateway 1")
        self.cut(entries, 3)
        self.broken("an anchor knows entry 5, the chain ends with entry 3")

    def test_a_rewritten_database_is_found_from_outside(self):
        entries = self.fill()
        seq, value = self.audit._head_of(self.chain)
        self.cut(entries, 3)
        # Inside everything fits: head, chain, triggers.
        self.sound()
        check = self.check((seq, value))
        self.assertIn("the copy from outside knows entry 5", check.problems)
        # The same number again, of another history.
        self.fill(2)
        self.sound()
        check = self.env["punchclock.audit.check"].with_user(self.auditor)._verify_against(self.chain, seq, value)
        self.assertIn("another hash", check.problems)
        self.assertEqual(check.create_uid, self.auditor)

    def cut(self, entries, kept):
        self.env.flush_all()
        self.disarm()
        self.disarm("punchclock_audit_head")
        self.env.cr.execute("DELETE FROM punchclock_audit WHERE id IN %s", [tuple(e.id for e in entries[kept:])])
        self.env.cr.execute(
            "UPDATE punchclock_audit_head SET seq = %s, hash = %s WHERE company_id = %s",
            [kept, entries[kept - 1].hash, self.chain.id],
        )
        self.arm()
        self.arm("punchclock_audit_head")
        self.env.invalidate_all()

    def test_a_disabled_or_dropped_trigger_is_found(self):
        self.fill(1)
        tables = self.audit._guarded_tables()
        self.assertEqual(guard.disarmed(self.env.cr, tables), [])
        for table in tables:
            with self.subTest(table=table), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER punchclock_guard_delete")
                self.broken(f"table {table} is not protected: 1 of")
                savepoint.rollback()
            with self.subTest(table=table), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(f"DROP TRIGGER punchclock_guard_update ON {table}")
                self.broken(f"table {table} is not protected: 1 of")
                savepoint.rollback()
        self.sound()

    def test_a_replica_role_leaves_its_trace(self):
        """``session_replication_role`` silences triggers without disabling them; what was done is found."""
        entry = self.fill()[1]
        self.disarm()
        self.env.cr.execute("UPDATE punchclock_audit SET ip = '10.0.0.1' WHERE id = %s", [entry.id])
        self.arm()
        self.broken("entry 2 (test.done) was changed")

    # -- sealed punches --------------------------------------------------------------------------------------

    def test_a_changed_punch_of_a_sealed_batch_is_found(self):
        event = self.punch("7", "2026-03-02T08:00:00")
        self.env.flush_all()
        batch = event.batch_id
        if not batch:
            batch = self.env["punchclock.batch"].create(
                {
                    "uuid": "6f1c1a52-0000-4000-8000-000000000001",
                    "gateway_id": self.gateway.id,
                    "company_id": self.company.id,
                    "received_at": fields.Datetime.now(),
                    "payload_sha256": "0" * 64,
                }
            )
            event.batch_id = batch
        self.chain = self.company
        self.assertEqual(self.env["punchclock.batch"]._seal_some(self.company), 1)
        self.assertFalse(self.env["punchclock.batch"]._seal_some(self.company))
        self.assertGreaterEqual(self.sound().records, 1)
        self.disarm("punchclock_event")
        self.env.cr.execute("UPDATE punchclock_event SET local_time = '2026-03-02 07:00:00' WHERE id = %s", [event.id])
        self.arm("punchclock_event")
        self.broken(f"punchclock.batch {batch.id} is not what entry")

    # -- maintenance and retention ---------------------------------------------------------------------------

    def test_maintenance_opens_what_it_names_and_nothing_else_does(self):
        event = self.punch("7", "2026-03-02T08:00:00")
        self.env.flush_all()
        query = "UPDATE punchclock_event SET work_code = '1' WHERE id = %s"
        # The setting alone opens nothing; nor does an entry of another transaction (whose number this cannot be).
        self.env.cr.execute("SELECT set_config('punchclock.maintenance', '1', true)")
        self.refused(query, event.id)
        forged = self.audit._append(self.chain, "maintenance.opened", payload={"reason": "x", "txid": 1})
        self.env.cr.execute("SELECT set_config('punchclock.maintenance', %s, true)", [str(forged.id)])
        self.refused(query, event.id)
        with self.audit._maintenance(self.chain, "upgrade to 19.0.2"):
            self.env.cr.execute(query, [event.id])
        self.refused("UPDATE punchclock_event SET work_code = '2' WHERE id = %s", event.id)
        entry = self.audit.search([("company_id", "=", self.chain.id)], limit=1)
        self.assertEqual(entry.action, "maintenance.opened")
        self.assertIn("upgrade to 19.0.2", entry.payload)

    def test_a_purge_leaves_a_tombstone_that_verifies(self):
        entries = self.fill(4)
        self.disarm()
        old = fields.Datetime.now() - timedelta(days=4000)
        # As if they had been written then: rehashed, because the test cannot wait.
        previous = GENESIS
        from odoo.addons.punchclock.models.punchclock_audit import HASHED, entry_hash  # noqa: PLC0415

        for entry in entries:
            self.env.cr.execute(f"SELECT {', '.join(HASHED)} FROM punchclock_audit WHERE id = %s", [entry.id])
            row = self.env.cr.dictfetchone()
            row.update(at=old if entry.seq < 3 else row["at"], prev_hash=previous)
            previous = entry_hash(row)
            self.env.cr.execute(
                "UPDATE punchclock_audit SET at = %s, prev_hash = %s, hash = %s WHERE id = %s",
                [row["at"], row["prev_hash"], previous, entry.id],
            )
        self.disarm("punchclock_audit_head")
        self.env.cr.execute(
            "UPDATE punchclock_audit_head SET hash = %s WHERE company_id = %s", [previous, self.chain.id]
        )
        self.arm()
        self.arm("punchclock_audit_head")
        self.env.invalidate_all()
        self.sound()
        self.assertEqual(self.audit._purge(self.chain, fields.Datetime.now() - timedelta(days=3650)), 2)
        self.env.invalidate_all()
        kept = self.audit.search([("company_id", "=", self.chain.id)])
        self.assertEqual(kept.mapped("action"), ["maintenance.opened", "audit.purged", "test.done", "test.done"])
        self.sound()
        self.assertEqual(self.audit._purge(self.chain, fields.Datetime.now() - timedelta(days=3650)), 0)

    # -- who verifies ----------------------------------------------------------------------------------------

    def test_the_action_and_the_job_and_the_report(self):
        self.fill(2)
        action = self.audit.with_user(self.auditor).with_context(allowed_company_ids=self.chain.ids).action_verify()
        check = self.env["punchclock.audit.check"].search(action["domain"])
        self.assertEqual((check.company_id, check.state, check.create_uid), (self.chain, "sound", self.auditor))
        for user in (self.admin, self.officer):
            with self.assertRaises(AccessError):
                self.audit.with_user(user).action_verify()
        html = self.env["ir.actions.report"]._render_qweb_html("punchclock.report_audit_check", check.ids)[0].decode()
        self.assertIn(check.head_hash, html)
        # A broken chain becomes a task of the auditor and a line in the server's log.
        self.disarm()
        self.env.cr.execute("UPDATE punchclock_audit SET payload = '{}' WHERE company_id = %s", [self.chain.id])
        self.arm()
        with self.assertLogs("odoo.addons.punchclock.models.punchclock_audit_check", "ERROR") as logged:
            self.env["punchclock.audit.check"]._cron_verify()
        self.assertIn("was changed", logged.output[0])
        activity = self.env["mail.activity"].search([("user_id", "=", self.auditor.id)])
        self.assertIn("Chain", activity.summary)

    def test_the_wizard_compares_with_a_copy(self):
        entry = self.fill(2)[-1]
        wizard = self.env["punchclock.audit.compare"].with_user(self.auditor)
        wizard = wizard.create({"company_id": self.chain.id, "seq": 2, "hash": f" {entry.hash} "})
        check = self.env["punchclock.audit.check"].browse(wizard.action_compare()["res_id"])
        self.assertEqual(check.state, "sound")

    def test_every_heartbeat_carries_the_head(self):
        entry = self.audit._append(self.company, "test.done")
        gateway = self.env["punchclock.gateway"].with_user(self.bot).with_context(allowed_company_ids=[])
        self.assertEqual(gateway.hello()["audit"], {"seq": entry.seq, "hash": entry.hash})
        gateway.report({}, [])
        anchors = self.env["punchclock.audit.anchor"].search([("company_id", "=", self.company.id)])
        self.assertEqual((anchors.seq, anchors.given_to), (entry.seq, f"gateway {self.gateway.id}"))

    def test_a_long_chain_is_walked_in_pieces(self):
        self.fill(30)
        self.assertEqual(self.sound().entries, 30)
