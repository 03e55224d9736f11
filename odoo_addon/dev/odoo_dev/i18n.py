"""The English terms of the addon, for translators."""

from .base import ADDONS, run, say
from .databases import fresh_copy
from .instance import ADDON, Instance


def export():
    """Write i18n/<addon>.pot again, out of a database with the addon as it is now."""
    instance = Instance("i18n")
    fresh_copy(instance, "punchclock_i18n", with_addon=True)
    try:
        target = ADDONS / ADDON / "i18n" / f"{ADDON}.pot"
        run(
            instance.command(
                "i18n", "export", "-c", instance.conf, "-d", "punchclock_i18n", "-l", "pot", "-o", target, ADDON
            ),
            what="exporting the terms",
            env=instance.environment(),
            cwd=instance.folder,
        )
        say(f"written: {target}")
    finally:
        instance.drop_database()
