"""The browser that Odoo's own browser tests drive."""

import shutil

from .base import need_debian

# As Odoo's tests look for it.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def ensure():
    """Chromium, installed when there is none: without it Odoo would skip those tests and say nothing loud."""
    if not any(shutil.which(name) for name in NAMES):
        need_debian(["chromium"], "the browser tests need Chromium")
