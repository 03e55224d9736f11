# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
def migrate(cr, version):
    """Gateways may be new now: one without a technical user was called active, and nobody could call as it."""
    if version:
        cr.execute("UPDATE punchclock_gateway SET state = 'draft' WHERE user_id IS NULL AND state = 'active'")
