# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common import PageCase

# Of the names of the files' folders, as Odoo's test runner calls its suites.
SUITES = ("@punchclock/unit",)


@tagged("post_install", "-at_install")
class TestUnitJs(PageCase):
    """The components by themselves, in Odoo's own runner in a browser, against a server that is made up."""

    def test_components(self):
        wanted = "".join(f"&id={_id(suite)}" for suite in SUITES)
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000{wanted}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )


def _id(name):
    """The number by which the runner knows a suite: the hash of Java's strings."""
    number = 0
    for char in name:
        number = (31 * number + ord(char)) & 0xFFFFFFFF
    return f"{number:08x}"
