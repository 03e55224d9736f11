# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Rows that are facts: PostgreSQL itself refuses to change them, whoever asks.

The ORM is one way to a table; ``sudo()``, ``cr.execute`` and psql are others. A trigger stands in all of them. Who owns
the database can still disable it: that is found by the verification of the audit trail, not prevented.

Maintenance (an upgrade script, erasure by law) is a transaction that first appends ``maintenance.opened`` to the audit
trail and then names that entry in ``punchclock.maintenance``; the setting alone opens nothing.
"""

from odoo.tools import SQL

from . import canonical

FUNCTION = "punchclock_refuse"
# Every trigger of this addon begins so; the verification looks for them.
PREFIX = "punchclock_guard"

_REFUSE = """
CREATE OR REPLACE FUNCTION punchclock_refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    opened text := current_setting('punchclock.maintenance', true);
BEGIN
    IF opened ~ '^[0-9]{1,18}$' AND EXISTS (
        SELECT 1 FROM punchclock_audit
         WHERE id = opened::bigint AND action = 'maintenance.opened'
           AND (payload::jsonb ->> 'txid')::bigint = txid_current()
    ) THEN
        IF TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'Punchclock keeps % as it was written: % is refused.', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'See "Maintenance" in the readme of the addon punchclock.';
END
$body$
"""

_APPEND = """
CREATE OR REPLACE FUNCTION punchclock_append() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM punchclock_audit_head
         WHERE company_id = NEW.company_id AND seq = NEW.seq - 1 AND hash = NEW.prev_hash
    ) THEN
        RAISE EXCEPTION 'Entry % is not the next one of its chain.', NEW.seq
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$body$
"""


def protect(cr, table, columns, when=None, also=None):
    """Refuse changes of columns, deletions and truncation of a table.

    :param columns: the immutable ones; a change of any other passes
    :param str when: SQL over ``OLD``, a constant of the code: only such rows are protected
    :param str also: SQL over ``OLD`` and ``NEW``, a constant of the code: such an update is refused too
    """
    cr.execute(_REFUSE)
    changed = SQL(" OR ").join(
        SQL("OLD.%(column)s IS DISTINCT FROM NEW.%(column)s", column=SQL.identifier(column)) for column in columns
    )
    refused = SQL("(%s) AND (%s)", SQL(when), changed) if when else changed
    if also:
        refused = SQL("(%s) OR (%s)", refused, SQL(also))
    on_delete = SQL("WHEN (%s)", SQL(when)) if when else SQL()
    _trigger(cr, table, "update", SQL("BEFORE UPDATE"), SQL("FOR EACH ROW WHEN (%s)", refused))
    _trigger(cr, table, "delete", SQL("BEFORE DELETE"), SQL("FOR EACH ROW %s", on_delete))
    _trigger(cr, table, "truncate", SQL("BEFORE TRUNCATE"), SQL("FOR EACH STATEMENT"))


def chain(cr):
    """Let the database accept only the next entry of a chain, and a head only to move forward by one."""
    cr.execute(_REFUSE)
    cr.execute(_APPEND)
    _trigger(cr, "punchclock_audit", "insert", SQL("BEFORE INSERT"), SQL("FOR EACH ROW"), "punchclock_append")
    backwards = SQL("FOR EACH ROW WHEN (NEW.seq <> OLD.seq + 1 OR NEW.company_id <> OLD.company_id)")
    _trigger(cr, "punchclock_audit_head", "update", SQL("BEFORE UPDATE"), backwards)
    _trigger(cr, "punchclock_audit_head", "delete", SQL("BEFORE DELETE"), SQL("FOR EACH ROW"))
    _trigger(cr, "punchclock_audit_head", "truncate", SQL("BEFORE TRUNCATE"), SQL("FOR EACH STATEMENT"))


def _trigger(cr, table, event, moment, rest, function=FUNCTION):
    name = SQL.identifier(f"{PREFIX}_{event}")
    on = SQL.identifier(table)
    # CREATE OR REPLACE TRIGGER is PostgreSQL 14; Odoo 19 runs on 13 as well.
    cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", name, on))
    cr.execute(
        SQL("CREATE TRIGGER %s %s ON %s %s EXECUTE FUNCTION %s()", name, moment, on, rest, SQL.identifier(function))
    )


def disarmed(cr, tables):
    """(table, what is wrong) for each of these tables whose triggers are not all there and switched on."""
    cr.execute(
        SQL(
            """
            SELECT c.relname, count(*) FILTER (WHERE t.tgenabled IN ('O', 'A')), count(*)
              FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid
             WHERE c.relname IN %s AND t.tgname LIKE %s AND NOT t.tgisinternal
               AND c.relnamespace = current_schema()::regnamespace
             GROUP BY c.relname
            """,
            tuple(tables),
            PREFIX + "\\_%",
        )
    )
    found = {table: (armed, all_) for table, armed, all_ in cr.fetchall()}
    wrong = []
    for table, expected in sorted(tables.items()):
        armed, there = found.get(table, (0, 0))
        if there < expected:
            wrong.append((table, f"{expected - there} of {expected} triggers are gone"))
        elif armed < there:
            wrong.append((table, f"{there - armed} of {there} triggers are disabled"))
    return wrong


def drop(cr):
    """Take the functions along when the addon goes; the triggers go with their tables."""
    cr.execute("DROP FUNCTION IF EXISTS punchclock_refuse() CASCADE")
    cr.execute("DROP FUNCTION IF EXISTS punchclock_append() CASCADE")


def digests(cr, table, columns, ids):
    """id → digest of the immutable columns of a row, as PostgreSQL holds them."""
    cr.execute(
        SQL(
            "SELECT id, %s FROM %s WHERE id = ANY(%s)",
            SQL(", ").join(SQL.identifier(column) for column in columns),
            SQL.identifier(table),
            list(ids),
        )
    )
    return {
        row["id"]: canonical.digest(table, canonical.canonical({column: row[column] for column in columns}))
        for row in cr.dictfetchall()
    }
