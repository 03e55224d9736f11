"""The English terms of the addons, for translators."""

from .base import ADDONS, run, say
from .databases import fresh_copy
from .instance import OURS, Instance


def export():
    """Write i18n/<addon>.pot of every addon again, out of a database with the addons as they are now."""
    instance = Instance("i18n")
    fresh_copy(instance, "punchclock_i18n", with_addon=True)
    try:
        for addon in OURS:
            target = ADDONS / addon / "i18n" / f"{addon}.pot"
            run(
                instance.command(
                    "i18n", "export", "-c", instance.conf, "-d", "punchclock_i18n", "-l", "pot", "-o", target, addon
                ),
                what="exporting the terms",
                env=instance.environment(),
                cwd=instance.folder,
            )
            say(f"written: {target}")
    finally:
        instance.drop_database()
