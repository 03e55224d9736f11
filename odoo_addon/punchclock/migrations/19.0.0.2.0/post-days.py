# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
def migrate(cr, version):
    """Days have a status, planned times and exceptions now: each is computed again, in the background."""
    if not version:
        return
    cr.execute(
        """
        UPDATE punchclock_day SET input_digest = NULL;
        INSERT INTO punchclock_dirty_day (employee_id, date, company_id, create_date, write_date)
        SELECT employee_id, date, company_id, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC' FROM punchclock_day
            ON CONFLICT (employee_id, date) DO NOTHING
        """
    )
