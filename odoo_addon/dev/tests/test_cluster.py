"""What is left of an earlier checkout is not mistaken for something usable."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from odoo_dev import demo, e2e, postgres
from odoo_dev.base import Failure
from odoo_dev.instance import Instance


class TestCluster(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="punchclock-test-")
        self.addCleanup(folder.cleanup)
        top = Path(folder.name)
        # The cluster's account has to get through.
        top.chmod(0o755)
        home, self.cluster = top / "home", top / "cluster"
        home.mkdir()
        for patch in (
            mock.patch("odoo_dev.base.HOME", home),
            mock.patch("odoo_dev.series.Series.home", home),
            mock.patch.object(postgres, "HOME", home),
            mock.patch.object(postgres, "STATE", home / "postgres.json"),
            mock.patch.object(postgres, "cluster_folder", lambda: self.cluster),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            self.enter(patch)
        self.addCleanup(postgres.stop)

    def enter(self, context):
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def remember(self, name, database):
        """An instance that an earlier run left a state of."""
        left = Instance(name)
        left.folder.mkdir(parents=True)
        left.state_file.write_text(json.dumps({"database": database, "port": 1}), encoding="ascii")
        return left

    def test_a_cluster_without_its_passwords_is_made_again(self):
        first = postgres.ensure()
        postgres.query(first, "postgres", "CREATE DATABASE left_over")
        self.assertEqual(postgres.ensure(), first)
        # A fresh checkout at the same path while the old server still runs, then while it does not.
        postgres.STATE.unlink()
        second = postgres.ensure()
        self.assertNotEqual(second["password"], first["password"])
        self.assertEqual(postgres.databases(second), set())
        postgres.stop()
        postgres.STATE.unlink()
        third = postgres.ensure()
        self.assertEqual(postgres.query(third, "postgres", "SELECT 1"), "1")

    def test_an_instance_is_there_when_its_database_is(self):
        cluster = postgres.ensure()
        left = self.remember("e2e", "punchclock_e2e")
        self.assertFalse(left.exists())
        postgres.query(cluster, "postgres", "CREATE DATABASE punchclock_e2e")
        self.assertTrue(left.exists())

    def test_a_lost_database_is_made_again(self):
        postgres.ensure()
        self.remember("e2e", "punchclock_e2e")
        with mock.patch.object(e2e, "up") as up:
            e2e.start("e2e")
        up.assert_called_once_with("e2e")
        with self.assertRaisesRegex(Failure, "bring it up first"):
            e2e.start("other")

        left = self.remember("demo", demo.DATABASE)
        (left.folder / "addon").write_text("digest", encoding="ascii")
        with (
            mock.patch.object(demo, "addon_digest", return_value="digest"),
            mock.patch.object(demo, "fresh_copy") as made,
            mock.patch.object(Instance, "shell") as filled,
            mock.patch.object(Instance, "start"),
        ):
            demo.start()
        made.assert_called_once()
        filled.assert_called_once()
