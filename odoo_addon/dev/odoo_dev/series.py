"""The releases of Odoo that can be started here, and what differs between them."""

from dataclasses import dataclass, field
from pathlib import Path

from .base import DEV, REPO


@dataclass(frozen=True)
class Series:
    """One release series: where it comes from and what it runs on."""

    number: int
    suite: str
    packages: tuple
    # Python versions it runs on, the one it is mostly run on first.
    pythons: tuple
    python_variable: str
    checkout_variable: str
    requirements: Path
    # A request that a server answers as soon as it is up, without a database: (path, body or None).
    alive: tuple
    # Lines of its configuration file that other series do not know.
    settings: tuple = field(default=())
    # Whether its command line manages databases (`odoo db`).
    db_command: bool = True

    @property
    def home(self):
        """Where everything of this series lies."""
        return REPO / "target" / f"odoo{self.number}"

    def __str__(self):
        return f"Odoo {self.number}"


ODOO_19 = Series(
    number=19,
    suite="sid",
    # The package's own links into the others are relative, so they are unpacked into the same root;
    # without them the web client cannot build its assets.
    packages=(
        "odoo-19",
        "libjs-jquery",
        "libjs-jquery-form",
        "libjs-underscore",
        "fonts-font-awesome",
        "fonts-roboto-unhinted",
        "fonts-montserrat",
        "fonts-inconsolata",
        "fonts-ocr-b",
    ),
    pythons=("3.12", "3.13", "3.11", "3.10"),
    python_variable="PUNCHCLOCK_PYTHON",
    checkout_variable="ODOO_HOME",
    requirements=DEV / "requirements.txt",
    alive=("/web/health", None),
)

# For the legacy protocol alone (`/jsonrpc`): its web client is never opened, so the package is enough.
ODOO_14 = Series(
    number=14,
    suite="bullseye",
    packages=("odoo-14",),
    pythons=("3.8",),
    python_variable="PUNCHCLOCK_PYTHON38",
    checkout_variable="ODOO14_HOME",
    requirements=DEV / "requirements-14.txt",
    alive=("/jsonrpc", {"jsonrpc": "2.0", "params": {"service": "common", "method": "version", "args": []}}),
    # 19 has demo data only when asked, 14 unless told otherwise.
    settings=("without_demo = all",),
    db_command=False,
)

ALL = {series.number: series for series in (ODOO_19, ODOO_14)}
