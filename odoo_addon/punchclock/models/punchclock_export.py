# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import hashlib
import json
from collections import defaultdict

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import canonical, guard, payroll_file, payroll_rows

FACTS = (
    "period_id",
    "company_id",
    "profile_id",
    "revision",
    "previous_id",
    "filename",
    "sha256",
    "row_count",
    "employee_count",
    "total_seconds",
    "totals",
    "printed",
    "basis",
    "diff_filename",
    "diff_sha256",
    "chain_seq",
    "chain_hash",
    "exported_by",
    "exported_at",
)
CONTENTS = {"content": "sha256", "diff_content": "diff_sha256"}


class PunchclockExport(models.Model):
    """A payroll file as it went out: it stays as it is, and a second one is a revision of it."""

    _name = "punchclock.export"
    _description = "Payroll Export"
    _order = "id desc"
    _rec_name = "filename"

    period_id = fields.Many2one("punchclock.period", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    profile_id = fields.Many2one(
        "punchclock.export.profile", string="Format", required=True, readonly=True, ondelete="restrict"
    )
    revision = fields.Integer(required=True, readonly=True, aggregator=None)
    previous_id = fields.Many2one("punchclock.export", string="Revision of", readonly=True, ondelete="restrict")
    filename = fields.Char(required=True, readonly=True)
    # In the table and not in the file store, so that the same triggers stand in front of it.
    content = fields.Binary(string="File", required=True, readonly=True, attachment=False)
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    employee_count = fields.Integer(string="Employees", readonly=True)
    total_seconds = fields.Integer(readonly=True)
    total_hours = fields.Float(compute="_compute_total_hours")
    totals = fields.Json(readonly=True, help="Pay code → whole seconds.")
    printed = fields.Json(readonly=True, help="Column → sum of what stands in the file.")
    basis = fields.Text(readonly=True, help="What the file was made from, as canonical JSON.")
    diff_filename = fields.Char(readonly=True)
    diff_content = fields.Binary(string="Difference to the Revision Before", readonly=True, attachment=False)
    diff_sha256 = fields.Char(readonly=True)
    difference_count = fields.Integer(string="Differences", readonly=True)
    chain_seq = fields.Integer(string="Audit Entry", readonly=True, aggregator=None)
    chain_hash = fields.Char(string="Head of the Audit Chain", readonly=True)
    exported_by = fields.Many2one("res.users", required=True, readonly=True, ondelete="restrict")
    exported_at = fields.Datetime(required=True, readonly=True)
    control_text = fields.Text(string="Control Totals", compute="_compute_control")
    control_content = fields.Binary(string="Control File", compute="_compute_control")
    control_filename = fields.Char(compute="_compute_control")

    _revision_unique = models.UniqueIndex("(period_id, profile_id, revision)")

    def init(self):
        result = super().init()
        guard.protect(self.env.cr, self._table, (*FACTS, *CONTENTS, "difference_count"))
        return result

    @api.depends("total_seconds")
    def _compute_total_hours(self):
        for export in self:
            export.total_hours = export.total_seconds / 3600

    def _compute_control(self):
        for export in self:
            export.control_text = "\r\n".join(export._control_lines())
            export.control_filename = f"{export.filename}.control.txt"
            export.control_content = base64.b64encode(export.control_text.encode() + b"\r\n")

    def _control_lines(self):
        """What the receiver compares: counts, sums, digest, and the head of the audit chain at that moment."""
        export = self.sudo()
        lines = [
            f"file: {export.filename}",
            f"sha256: {export.sha256}",
            f"company: {export.company_id.name}",
            f"period: {export.period_id.date_from} to {export.period_id.date_to}",
            f"format: {export.profile_id.code}",
            f"revision: {export.revision}",
            f"rows: {export.row_count}",
            f"employees: {export.employee_count}",
            f"exported: {export.exported_at.isoformat()}Z by {export.exported_by.login}",
        ]
        lines += [f"seconds {code}: {seconds}" for code, seconds in sorted(export.totals.items())]
        lines += [f"sum of {header}: {total}" for header, total in export.printed.items()]
        return [*lines, f"audit chain: {export.chain_seq} {export.chain_hash}"]

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("An export stays as it went out; make a revision."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An export is never deleted."))

    def copy_data(self, default=None):
        raise UserError(self.env._("An export cannot be copied; make a revision."))

    @api.model
    def _audit_digests(self, ids):
        """Also of the bytes: a file that no longer has its own digest is told as a changed record."""
        digests = guard.digests(self.env.cr, self._table, FACTS, ids)
        for export in self.browse(digests).with_context(bin_size=False):
            for content, digest in CONTENTS.items():
                if export[content] and _sha256(export[content]) != export[digest]:
                    digests[export.id] = None
        return digests

    # -- making one ------------------------------------------------------------------------------------------

    @api.model
    def _make(self, period, profile):
        """Export a closed period, as a first file or as a revision."""
        period._need_payroll()
        period._lock_row()
        if period.state not in ("frozen", "exported"):
            raise UserError(self.env._("Only a closed period is exported: freeze it first."))
        profile.check_access("read")
        export, closed, profile = self.sudo(), period.sudo(), profile.sudo()
        entries = export._entries(closed)
        if not entries:
            raise UserError(self.env._("There is no day in that period."))
        if export._paid_digest(closed, entries) != closed.paid_digest:
            # Closed days do not change by themselves: a setting was changed, or the database.
            raise UserError(
                self.env._("What is paid is not what was frozen. Reopen the period, look, and freeze again.")
            )
        previous = export.search([("period_id", "=", period.id), ("profile_id", "=", profile.id)], limit=1)
        revision = previous.revision + 1
        rows, printed = export._cells(entries, closed, profile, revision)
        content = payroll_file.write(rows, profile.delimiter)
        skipped = {code for code, (_name, skip) in profile._external().items() if skip}
        totals = defaultdict(int)
        for (code, _rate), seconds in payroll_rows.paid(entries, skipped).items():
            totals[code] += seconds
        seq, head = self.env["punchclock.audit"]._head_of(closed.company_id)
        values = {
            "period_id": period.id,
            "company_id": closed.company_id.id,
            "profile_id": profile.id,
            "revision": revision,
            "previous_id": previous.id,
            "filename": profile._filename(closed, revision),
            "content": base64.b64encode(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "row_count": len(rows) - bool(profile.header),
            "employee_count": len({entry["employee_id"] for entry in entries}),
            "total_seconds": sum(totals.values()),
            "totals": dict(totals),
            "printed": printed,
            "basis": canonical.canonical(entries),
            "chain_seq": seq,
            "chain_hash": head,
            "exported_by": self.env.uid,
            "exported_at": fields.Datetime.now(),
        }
        if previous:
            changes = _changes(json.loads(previous.basis), json.loads(values["basis"]))
            diff = payroll_file.write(changes)
            values.update(
                diff_filename=f"{values['filename']}.changes.csv",
                diff_content=base64.b64encode(diff),
                diff_sha256=hashlib.sha256(diff).hexdigest(),
                difference_count=len(changes) - 1,
            )
        made = export.create(values)
        made.flush_recordset()
        payload = {
            "file": made.filename,
            "sha256": made.sha256,
            "revision": revision,
            "rows": made.row_count,
            "totals": dict(totals),
            "profile": canonical.digest(canonical.canonical(profile._what_it_is())),
            "differences": made.difference_count,
            "digest": export._audit_digests(made.ids)[made.id],
        }
        self.env["punchclock.audit"]._append(closed.company_id, "export.made", made, payload)
        self.env["punchclock.audit.anchor"].sudo()._hand_out(closed.company_id, f"export {made.id}")
        if period.state == "frozen":
            period._move("exported", {"export": made.id})
        return self.browse(made.id)

    @api.model
    def _paid_digest(self, period, entries=None):
        """Digest of what is paid in a period: who, when, what and how long."""
        entries = self._entries(period) if entries is None else entries
        paid = [[entry["employee_id"], entry["date"], entry["codes"], entry["measures"]] for entry in entries]
        return canonical.digest(canonical.canonical(sorted(paid, key=lambda row: row[:2])))

    @api.model
    def _entries(self, period):
        """What is paid, one entry for each employee and date, in the order of the file."""
        first, last = period.date_from, period.date_to
        people = self.env["punchclock.day"]._paid_people(period)
        pays = self.env["punchclock.day"]._pay_of(people, first, last)
        entries = []
        for (employee_id, day_date), pay in pays.items():
            if (pay.day.company_id or pay.company) != period.company_id:
                continue
            employee = people.browse(employee_id)
            entries.append(
                {
                    "employee_id": employee_id,
                    "payroll_id": employee.punchclock_payroll_id or "",
                    "employee": employee.name or "",
                    "cost_center": employee.punchclock_cost_center or pay.day.department_id.name or "",
                    "date": day_date,
                    "codes": [[code, rate, seconds] for (code, rate), seconds in sorted(pay.codes.items())],
                    "measures": {
                        "scheduled": pay.day.scheduled_seconds,
                        "worked": pay.day.worked_seconds,
                        "late": pay.late,
                        "early": pay.early,
                        "absence_days": int(pay.absent),
                        "cto_earned": pay.to_cto,
                        "unapproved": pay.unapproved,
                    },
                    "texts": {
                        "first_in": _iso(pay.day.first_in, pay.day.tz),
                        "last_out": _iso(pay.day.last_out, pay.day.tz),
                        "utc_offset": _iso(pay.day.first_in, pay.day.tz)[19:],
                        "status": pay.day.status or "",
                        "source_state": "corrected" if pay.adjusted else "computed",
                    },
                }
            )
        return sorted(entries, key=lambda e: (e["payroll_id"], e["employee_id"], e["date"]))

    @api.model
    def _cells(self, entries, period, profile, revision):
        """(rows of cells, sums of the amount columns as printed)."""
        self._check_entries(entries, profile)
        columns = [Column(column) for column in profile.column_ids]
        external = profile._external()
        skipped = {code for code, (_name, skip) in external.items() if skip}
        try:
            rows = payroll_rows.rows_of(entries, profile.grain, columns, skipped)
        except payroll_rows.Uncovered as missing:
            raise UserError(
                self.env._(
                    "%(profile)s has no place for: %(codes)s. Add a column, or say that they are left out.",
                    profile=profile.name,
                    codes=", ".join(missing.codes),
                )
            ) from missing
        if any(column.source == "external_code" for column in columns):
            unknown = sorted({row.code for row in rows if row.code} - external.keys())
            if unknown:
                raise UserError(
                    self.env._(
                        "%(profile)s does not say what it calls: %(codes)s",
                        profile=profile.name,
                        codes=", ".join(unknown),
                    )
                )
        named = {code for column in columns if column.source == "codes" for code in column.code_list}
        context = {"period": period, "revision": revision, "profile": profile, "external": external}
        table, printed = [], {}
        for column in columns:
            if column.amount:
                numbers = payroll_rows.amounts(column, rows, named)
                table.append(
                    [column.cell(row, whole, profile.blank_zero) for row, whole in zip(rows, numbers, strict=True)]
                )
                printed[column.header] = column.shown(sum(numbers))
            else:
                table.append([column.text(row, context) for row in rows])
        body = [list(cells) for cells in zip(*table, strict=True)]
        return ([[column.header for column in columns]] if profile.header else []) + body, printed

    @api.model
    def _check_entries(self, entries, profile):
        if not profile.column_ids:
            raise UserError(self.env._("%s has no columns.", profile.name))
        nameless = sorted({entry["employee"] for entry in entries if not entry["payroll_id"]})
        if profile.needs_payroll_id and nameless:
            raise UserError(self.env._("Without a payroll ID: %s", ", ".join(nameless)))
        owners = defaultdict(set)
        for entry in entries:
            if entry["payroll_id"]:
                owners[entry["payroll_id"]].add(entry["employee"])
        twice = sorted(payroll_id for payroll_id, people in owners.items() if len(people) > 1)
        if twice:
            raise UserError(self.env._("Two people have the same payroll ID: %s", ", ".join(twice)))


def _sha256(encoded):
    try:
        return hashlib.sha256(base64.b64decode(encoded, validate=True)).hexdigest()
    except ValueError:
        # Somebody wrote something else into the column.
        return None


class Column:
    """A column of a profile, as the rows need it."""

    def __init__(self, record):
        self.header, self.source, self.unit, self.fixed = record.header, record.source, record.unit, record.fixed
        self.digits = 0 if record.source == "absence_days" or record.unit == "count" else record.digits
        self.code_list = record._codes()
        self.amount = record._is_amount()

    def shown(self, whole):
        return payroll_file.clock(whole) if self.unit == "clock" else payroll_file.number(whole, self.digits)

    def cell(self, row, whole, blank_zero):
        # A row without a code has no amount, which is something else than an amount of nothing.
        if (self.source == "amount" and not row.code) or (not whole and blank_zero):
            return ""
        # Further rows of one person repeat nothing of the first.
        if self.source != "amount" and not row.codes and not row.measures:
            return ""
        return self.shown(whole)

    def text(self, row, context):
        period, profile = context["period"], context["profile"]
        if self.source == "rate":
            return payroll_file.number(row.rate, 4) if row.code else ""
        if self.source == "external_code":
            return context["external"].get(row.code, ("", False))[0] if row.code else ""
        if self.source in ("date", "period_from", "period_to"):
            shown = {"date": row.date, "period_from": period.date_from, "period_to": period.date_to}[self.source]
            return payroll_file.Number(shown.strftime(profile.date_format)) if shown else ""
        plain = {
            "fixed": self.fixed or "",
            "period": period.name,
            "company": period.company_id.name,
            "company_code": period.company_id.punchclock_payroll_code or "",
            "payroll_id": row.entry["payroll_id"],
            "employee": row.entry["employee"],
            "cost_center": row.entry["cost_center"],
            "pay_code": row.code,
            "revision": payroll_file.Number(context["revision"]),
        }
        if self.source in plain:
            return plain[self.source]
        value = row.texts.get(self.source, "")
        # "+01:00" is an offset of ours and no formula.
        return payroll_file.Number(value) if self.source in ("utc_offset", "first_in", "last_out") else value


def _iso(moment, tz):
    if not moment or not tz:
        return ""
    return pytz.utc.localize(moment).astimezone(pytz.timezone(tz)).isoformat(timespec="seconds")


def _changes(before, now):
    """Rows of the difference file: every amount that is not what it was in the revision before."""
    old, new = _by_line(before), _by_line(now)
    rows = [["change", "payroll_id", "employee", "date", "pay_code", "rate", "seconds_before", "seconds_now", "hours"]]
    for key in sorted(old.keys() | new.keys()):
        was, is_now = old.get(key, (0, None)), new.get(key, (0, None))
        if was[0] == is_now[0]:
            continue
        entry = is_now[1] or was[1]
        what = "added" if key not in old else "removed" if key not in new else "changed"
        _employee_id, day_date, code, rate = key
        rows.append(
            [
                what,
                entry["payroll_id"],
                entry["employee"],
                payroll_file.Number(day_date),
                code,
                payroll_file.number(rate, 4),
                payroll_file.Number(was[0]),
                payroll_file.Number(is_now[0]),
                _signed_hours(is_now[0] - was[0]),
            ]
        )
    return rows


def _by_line(entries):
    return {
        (entry["employee_id"], entry["date"], code, rate): (seconds, entry)
        for entry in entries
        for code, rate, seconds in entry["codes"]
    }


def _signed_hours(seconds):
    whole = payroll_file.apportion([abs(seconds)], "hours", 4)[0]
    return payroll_file.number(-whole if seconds < 0 else whole, 4)
