"""Where Debian's mirror is found."""

import tempfile
import unittest
from pathlib import Path

from odoo_dev.base import Failure
from odoo_dev.debian import mirror
from odoo_dev.series import ODOO_19


class TestMirror(unittest.TestCase):
    def etc(self, files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in files.items():
            path = Path(folder.name) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Path(folder.name)

    def test_one_line_sources(self):
        etc = self.etc(
            {
                "apt/sources.list": "# deb http://old/debian x main\n"
                "deb [arch=amd64 trusted=yes] http://security.example/debian-security stable main\n"
                "deb [arch=amd64] http://one.example/debian/ stable main\n"
            }
        )
        self.assertEqual(mirror(ODOO_19, etc), "http://one.example/debian/")

    def test_deb822_sources(self):
        text = "Types: deb\nURIs: http://two.example/debian-security http://two.example/debian\nSuites: stable\n"
        self.assertEqual(
            mirror(ODOO_19, self.etc({"apt/sources.list.d/debian.sources": text})), "http://two.example/debian"
        )

    def test_the_list_of_mirrors_of_a_cloud_image(self):
        files = {
            "apt/sources.list": "# See /etc/apt/sources.list.d/debian.sources\n",
            "apt/sources.list.d/debian.sources": "Types: deb deb-src\n"
            "URIs: mirror+file:///etc/apt/mirrors/debian-security.list\n\n"
            "Types: deb deb-src\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: trixie\n",
            "apt/mirrors/debian.list": "# nearest first\nhttps://three.example/debian\tpriority:1\nhttps://x/debian\n",
            "apt/mirrors/debian-security.list": "https://three.example/debian-security\n",
        }
        self.assertEqual(mirror(ODOO_19, self.etc(files)), "https://three.example/debian")
        files["apt/sources.list"] = "deb mirror+file:/etc/apt/mirrors/debian.list trixie main\n"
        del files["apt/sources.list.d/debian.sources"]
        self.assertEqual(mirror(ODOO_19, self.etc(files)), "https://three.example/debian")

    def test_nothing_found_says_what_to_do(self):
        sources = {"apt/sources.list.d/debian.sources": "URIs: mirror+file:///etc/apt/mirrors/gone.list\n"}
        debian = self.etc({**sources, "os-release": 'NAME="Debian GNU/Linux"\nID=debian\n'})
        with self.assertRaisesRegex(Failure, "this is Debian, .* add a source such as"):
            mirror(ODOO_19, debian)
        other = self.etc(
            {"apt/sources.list": "deb http://four.example/ubuntu noble main\n", "os-release": "ID=ubuntu\n"}
        )
        with self.assertRaisesRegex(Failure, "on another system set ODOO_HOME"):
            mirror(ODOO_19, other)
