"""The addon comes to, and leaves, a database that was there before it."""

from .base import Failure, run, say
from .databases import fresh_copy
from .instance import ADDON, Instance

DATABASE = "punchclock_upgrade"
ATTENDANCES = 100_000

# All in one place: how many rows there are, and what is in them. Modes are left out, they are what uninstalling resets.
FINGERPRINT = """
    SELECT count(*),
           md5(string_agg(concat_ws('|', id, employee_id, check_in, check_out, worked_hours), ',' ORDER BY id))
      FROM hr_attendance
"""
SEED = f"""
employees = env["hr.employee"].create([{{"name": f"Worker {{number}}"}} for number in range(200)])
env.flush_all()
env.cr.execute(
    '''
    INSERT INTO hr_attendance (employee_id, check_in, check_out, date, worked_hours, in_mode, out_mode,
                               create_uid, write_uid, create_date, write_date)
    SELECT e.id, d + interval '8 hours', d + interval '16 hours', d::date, 8, 'manual', 'manual', 1, 1, now(), now()
      FROM unnest(%s) AS e (id),
           generate_series(timestamp '2024-01-01', timestamp '2024-01-01' + interval '1 day' * %s, '1 day') AS d
    ''',
    [employees.ids, {ATTENDANCES} // len(employees) - 1],
)
env.cr.commit()
"""
PRINT = f"""
import json
env.cr.execute('''{FINGERPRINT}''')
print("RESULT " + json.dumps(env.cr.fetchone()))
"""
# A day of terminals, projected, and a row by hand that overlaps nothing.
USE = """
import json
from datetime import datetime
from odoo.addons.punchclock.identity import fingerprint

admin = env.ref("base.user_admin")
env = env(user=admin)
company = env.company
answer = env["punchclock.gateway"].create_with_user("Upgrade", company.id)
terminal = env["punchclock.terminal"].create(
    {"name": "U", "serial": "UPG1", "tz": "UTC", "company_id": company.id, "gateway_id": answer["gateway_id"]}
)
employee = env["hr.employee"].search([("name", "=", "Worker 0")], limit=1)
env["punchclock.pin"].create({"pin_space_id": terminal.pin_space_id.id, "pin": "1", "employee_id": employee.id})
locals_ = [datetime(2026, 3, 2, hour) for hour in (8, 16)]
env["punchclock.event"].with_user(answer["user_id"]).ingest(
    [
        {"fingerprint": fingerprint("UPG1", "1", local), "serial": "UPG1", "pin": "1", "local_time": local.isoformat(),
         "state": None, "verify": 1, "work_code": None, "channel": "push", "received_at": None}
        for local in locals_
    ]
)
env["punchclock.dirty.day"].drain()
made = env["hr.attendance"].search([("punchclock_day_id", "!=", False)])
assert len(made) == 1, made
env.cr.commit()
print("RESULT " + json.dumps(made.ids))
"""
UNINSTALL = """
env["ir.module.module"].search([("name", "=", "punchclock")]).button_immediate_uninstall()
env.cr.execute("SELECT id, in_mode FROM hr_attendance WHERE id = ANY(%s)", [VALUES["made"]])
left = env.cr.fetchall()
env.cr.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'punchclock%%' AND relkind IN ('r', 'v', 'm')")
tables = env.cr.fetchone()[0]
print("RESULT " + json.dumps([left, tables]))
"""


def check():
    """Install over 100,000 attendances, upgrade twice, use, uninstall: what was there before is as it was."""
    instance = Instance("upgrade")
    fresh_copy(instance, DATABASE, with_addon=False)
    try:
        _check(instance)
    finally:
        instance.drop_database()


def _check(instance):
    say(f"seeding {ATTENDANCES} attendances")
    before = instance.shell(SEED + PRINT, what="seeding attendances")
    if before[0] < ATTENDANCES:
        raise Failure(f"only {before[0]} attendances were seeded")
    for what, option in (("installing", "-i"), ("upgrading", "-u"), ("upgrading again", "-u")):
        say(f"{what} {ADDON} over them")
        _quiet(instance, option, what)
        _same(instance, before, what)
    made = instance.shell(USE, what="using the addon")
    used = instance.shell(PRINT, what="reading attendances")
    say("uninstalling it")
    script = "import json, os\nVALUES = json.loads(os.environ['PUNCHCLOCK_VALUES'])\n" + UNINSTALL
    left, tables = instance.shell(script, what="uninstalling the addon", values={"made": made})
    if len(left) != len(made) or any(mode == "punchclock" for _id, mode in left):
        raise Failure(f"attendances made from terminals did not survive the uninstallation: {left}")
    if tables:
        raise Failure(f"{tables} tables of the addon are left after uninstalling it")
    _same(instance, used, "uninstalling")
    say("installed over 100,000 attendances, upgraded twice, uninstalled: they are as they were")


def _same(instance, before, what):
    after = instance.shell(PRINT, what="reading attendances")
    if after != before:
        raise Failure(f"{what} {ADDON} changed hr.attendance: {before} became {after}")


def _quiet(instance, option, what):
    """Run Odoo with -i or -u; a warning in its log is a failure."""
    log = instance.folder / "upgrade.log"
    log.unlink(missing_ok=True)
    run(
        instance.command(
            *("-c", instance.conf, option, ADDON, "--no-http", "--stop-after-init", "--log-level=warn"),
            f"--logfile={log}",
        ),
        what=f"{what} {ADDON}",
        env=instance.environment(),
        cwd=instance.folder,
    )
    said = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    lines = [line for line in said.splitlines() if " WARNING " in line or " ERROR " in line]
    if lines:
        raise Failure(f"{what} {ADDON} said:\n" + "\n".join(lines[:20]))
