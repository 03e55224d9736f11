# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
GONE = ("company_id", "create_uid", "create_date", "write_uid", "write_date")


def migrate(cr, version):
    """Lines of days say what they are for payroll beside the engine's word, and nothing that their day says."""
    if not version:
        return
    cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'punchclock_day_line'")
    columns = {name for (name,) in cr.fetchall()}
    if not columns or "label" in columns:
        return
    for name in GONE:
        cr.execute(f"ALTER TABLE punchclock_day_line DROP COLUMN IF EXISTS {name}")  # pylint: disable=sql-injection
    cr.execute(
        """
        ALTER TABLE punchclock_day_line RENAME COLUMN kind TO label;
        ALTER TABLE punchclock_day_line ADD COLUMN kind varchar;
        UPDATE punchclock_day_line
           SET kind = CASE WHEN tier = 'regular' THEN 'work' WHEN tier IS NOT NULL THEN 'ot'
                           WHEN label LIKE 'break:%' THEN 'break' ELSE 'ignored' END
        """
    )
