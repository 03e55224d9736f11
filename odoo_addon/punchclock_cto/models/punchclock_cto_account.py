# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.punchclock import canonical, engine

# Lots whose last day is this near are shown as ending soon.
SOON = timedelta(days=60)
# Kinds of the engine that end credit; without an event behind them they are lapses.
ENDS = {"forfeit": "expire", "pay_out": "payout"}
# Overtime above a limit that is due in cash: it is of no lot.
CASH = "cash"


class PunchclockCtoAccount(models.Model):
    """An employee's bank of compensatory time.

    Nothing is decided here: entries go to the rules engine, and what it says becomes lots and movements. The row of the
    account is the lock: whoever changes anything holds it until the end of the transaction.
    """

    _name = "punchclock.cto.account"
    _description = "Account of Compensatory Time"
    _order = "employee_id"
    _rec_name = "employee_id"
    _check_company_auto = True

    employee_id = fields.Many2one("hr.employee", required=True, readonly=True, ondelete="restrict")
    department_id = fields.Many2one(related="employee_id.department_id", store=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    plan_id = fields.Many2one("punchclock.cto.plan", required=True, index=True, ondelete="restrict", check_company=True)
    balance_seconds = fields.Integer(readonly=True, help="What can be used, less what is approved for later.")
    overdrawn_seconds = fields.Integer(
        readonly=True, help="Used, but not covered any more after a correction of the past. Made good by an adjustment."
    )
    uncredited_seconds = fields.Integer(readonly=True, help="Credit above a limit, which is not given.")
    cash_seconds = fields.Integer(readonly=True, help="Overtime above a limit, which is due in cash.")
    revision = fields.Integer(readonly=True, help="How often it was settled.")
    settled_on = fields.Date(readonly=True)
    balance_hours = fields.Float("Balance", compute="_compute_hours", store=True)
    overdrawn_hours = fields.Float("Overdrawn", compute="_compute_hours", store=True)
    uncredited_hours = fields.Float("Not Credited", compute="_compute_hours", store=True)
    cash_hours = fields.Float("Due in Cash", compute="_compute_hours", store=True)
    expiring_hours = fields.Float("Ending Soon", compute="_compute_expiring")
    next_expiry = fields.Date("Next Ends On", compute="_compute_expiring")
    lot_ids = fields.One2many("punchclock.cto.lot", "account_id", "Lots", readonly=True)
    entry_ids = fields.One2many("punchclock.cto.entry", "account_id", "Entries", readonly=True)
    move_ids = fields.One2many("punchclock.cto.move", "account_id", "Movements", readonly=True)

    _employee_unique = models.UniqueIndex("(employee_id)", "The employee has an account already.")
    _never_below_zero = models.Constraint(
        "CHECK (balance_seconds >= 0 AND overdrawn_seconds >= 0)", "A balance cannot fall below zero."
    )

    @api.depends("balance_seconds", "overdrawn_seconds", "uncredited_seconds", "cash_seconds")
    def _compute_hours(self):
        for account in self:
            for name in ("balance", "overdrawn", "uncredited", "cash"):
                account[f"{name}_hours"] = account[f"{name}_seconds"] / 3600

    @api.depends("lot_ids.left_seconds", "lot_ids.expires_on")
    def _compute_expiring(self):
        soon = fields.Date.today() + SOON
        for account in self:
            ending = account.lot_ids.filtered(lambda lot: lot.left_seconds and lot.expires_on)
            account.expiring_hours = sum(lot.left_hours for lot in ending if lot.expires_on <= soon)
            account.next_expiry = min(ending.mapped("expires_on"), default=False)

    def write(self, vals):
        result = super().write(vals)
        if "plan_id" in vals:
            self.sudo()._settle()
        return result

    @api.model
    def _of(self, employee):
        """The account of an employee, opened when it is first needed."""
        employee.ensure_one()
        account = self.search([("employee_id", "=", employee.id)])
        if not account:
            plan = self.env["punchclock.cto.plan"]._of(employee)
            account = self.create(
                {"employee_id": employee.id, "company_id": employee.company_id.id, "plan_id": plan.id}
            )
        return account

    def _lock(self):
        """Hold the account until the end of the transaction.

        Of two that change it the second waits here, finds the row changed, fails on that and is run again by Odoo.
        (``lock_for_update`` does not wait: it would tell the person who was a moment late to try again.)
        """
        self.flush_recordset()
        self.env.cr.execute(
            "SELECT id FROM punchclock_cto_account WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [self.ids]
        )
        self.invalidate_recordset()
        return self

    # -- asking the engine -----------------------------------------------------------------------------------

    def _events(self, without=None):
        """What is played: all entries but the voided ones and those that a later word on the same time off replaced."""
        entries = self.entry_ids.sorted("id")
        left_out = entries.filtered(lambda entry: entry.kind == "void").target_id | self._replaced(entries)
        if without:
            left_out |= without
        return [entry._engine_event() for entry in entries - left_out if entry.kind != "void"]

    def _replaced(self, entries):
        """Uses that were booked anew, with what took them back.

        A use that is only taken back stays: until that day its time was taken, and a lot that ended meanwhile gets
        back what the plan says. Booked anew, the time off is what it is now, and was never what it was: the past has
        room for the new use only without the old one.
        """
        last = {}
        for entry in entries.filtered(lambda entry: entry.kind == "use" and entry.leave_id):
            last[entry.leave_id] = entry
        uses = entries.filtered(lambda entry: entry.kind == "use" and last.get(entry.leave_id, entry) != entry)
        return uses | entries.filtered(lambda entry: entry.kind == "cancel" and entry.target_id in uses)

    def _ask(self, *more, without=None, as_of=None):
        """What the engine makes of the account's entries as of today: with some only asked for, or without one."""
        self.ensure_one()
        events = [*self._events(without), *more]
        as_of = as_of or fields.Date.today()
        events.append({"id": "~~today", "date": as_of.isoformat(), "type": "as_of"})
        item = {"key": str(self.id), "policies": self.plan_id._engine_policies(), "events": events}
        (answer,) = engine.compute_bank([item])
        return answer

    def _entries_of(self, leave_id):
        return self.entry_ids.filtered(lambda entry: leave_id and entry.leave_id.id == leave_id).sorted("id")

    def _is_granted(self, vals):
        """Whether it is no more than what was granted as the same time off before.

        What a public holiday leaves of it need not be whole blocks, nor long enough; only the credit must be there.
        """
        uses = self._entries_of(vals.get("leave_id")).filtered(lambda entry: entry.kind == "use")
        return any(vals["seconds"] <= use.seconds and vals["date"] >= use.date for use in uses[-1:])

    def _why_not(self, vals, granted=False):
        """Why a use that is asked for cannot be granted; nothing if it can.

        :param bool granted: the rules of the plan were asked before, and are not asked again
        """
        self.ensure_one()
        event = self.env["punchclock.cto.entry"]._engine_request(vals)
        if granted:
            event["settled"] = True
        answer = self._ask(event, without=self._entries_of(vals.get("leave_id")))
        (line,) = [line for line in answer["ledger"] if line.get("event") == "~new"]
        if line.get("rejected"):
            return self._refusal(line["rejected"])
        if answer["totals"]["overdrawn_s"] > self.overdrawn_seconds:
            return self.env._("it would take what is approved for a later day")
        return None

    def _refusal(self, code):
        reasons = {
            "insufficient": self.env._("there is not as much compensatory time on that day"),
            "not_a_block": self.env._("it can only be taken in whole blocks"),
            "under_min_per_use": self.env._("it is shorter than the least that can be taken"),
            "over_max_per_use": self.env._("it is longer than what can be taken at once"),
            "forbidden_purpose": self.env._("the plan does not allow that"),
            "short_notice": self.env._("it was asked for too late"),
        }
        return reasons.get(code, code)

    # -- changing --------------------------------------------------------------------------------------------

    def _post(self, vals):
        """Write an entry and settle the account. A use is judged by the engine first.

        :param dict vals: of ``punchclock.cto.entry``, without what the account knows
        :return: the entry
        """
        self.ensure_one()
        self._lock()
        if vals["kind"] not in ("use", "payout") and vals["date"] > fields.Date.today():
            raise UserError(self.env._("Only time off can be entered for a later day."))
        if vals["kind"] in ("use", "payout"):
            why = self._why_not(vals, granted=self._is_granted(vals))
            if why:
                raise ValidationError(
                    self.env._(
                        "%(employee)s cannot have %(hours)g h of compensatory time on %(date)s: %(why)s.",
                        employee=self.employee_id.name,
                        hours=vals["seconds"] / 3600,
                        date=vals["date"],
                        why=why,
                    )
                )
        before = self.balance_seconds
        entry = self.env["punchclock.cto.entry"].create(
            {
                "account_id": self.id,
                "employee_id": self.employee_id.id,
                "company_id": self.company_id.id,
                "user_id": self.env.uid,
                **vals,
            }
        )
        self._settle()
        self._note(entry, before)
        return entry

    def _note(self, entry, before):
        """Write an entry into the audit trail: what it did to the balance, and who wanted and who approved it."""
        entry.flush_recordset()
        correction = entry.adjustment_id.sudo()
        payload = {
            "employee": self.employee_id.id,
            "date": entry.date,
            "seconds": entry.seconds or entry.work_seconds,
            "before": before,
            "after": self.balance_seconds,
            "digest": entry._audit_digests(entry.ids)[entry.id],
        }
        if correction:
            payload |= {
                "adjustment": correction.id,
                "reason": correction.reason_id.code,
                "note": canonical.digest(correction.note),
                "requester": correction.requester_id.login,
                "approver": correction.approver_id.login,
            }
        self.env["punchclock.audit"]._append(self.company_id, f"cto.{entry.kind}", entry, payload)

    def _take_back(self, entry):
        """Take a use back from today on: seconds return to the lots they came from."""
        return self._post(
            {
                "kind": "cancel",
                "date": fields.Date.today(),
                "target_id": entry.id,
                "leave_id": entry.leave_id.id,
            }
        )

    def _void(self, entry):
        """Have an entry count as if it had never been, unless what it gave is used."""
        self._lock()
        if self._ask(without=entry)["totals"]["overdrawn_s"] > self.overdrawn_seconds:
            raise UserError(self.env._("That compensatory time has been used already: take the time off back first."))
        return self._post(
            {
                "kind": "void",
                "date": fields.Date.today(),
                "target_id": entry.id,
                "adjustment_id": entry.adjustment_id.id,
            }
        )

    def _settle(self):
        """Bring lots, movements, balance and Time Off to what the engine says. Movements are only ever added."""
        for account in self:
            account._lock()
            answer = account._ask()
            lots = account._settle_lots(answer["lots"])
            account._settle_moves(answer["moves"], lots)
            left = account._settle_left()
            totals = answer["totals"]
            account.write(
                {
                    "balance_seconds": left,
                    "overdrawn_seconds": totals["overdrawn_s"],
                    "uncredited_seconds": totals["uncredited_s"],
                    "cash_seconds": totals["cash_work_s"],
                    "settled_on": fields.Date.today(),
                    # Written always, so that a transaction that has read the old state fails and is run again.
                    "revision": account.revision + 1,
                }
            )
            # The database's own checks speak now, not at the end.
            account.flush_recordset()
            account._settle_mirror()

    def _settle_lots(self, wanted):
        """Engine's id of a lot → lot."""
        lots = {lot.entry_id._engine_id(): lot for lot in self.lot_ids}
        for name in lots.keys() - {row["id"] for row in wanted}:
            # Its entry was voided.
            lots[name].write({"granted_seconds": 0, "left_seconds": 0})
        for row in wanted:
            vals = {"expires_on": row["expires_on"], "granted_seconds": row["granted_s"]}
            lot = lots.get(row["id"])
            if lot:
                changed = {name: value for name, value in vals.items() if _plain(lot[name]) != value}
                if changed:
                    # Never below what is left, for the moment that takes until the movements are there.
                    changed["left_seconds"] = min(lot.left_seconds, row["granted_s"])
                    lot.write(changed)
            else:
                lots[row["id"]] = self.env["punchclock.cto.lot"].create(
                    {
                        **vals,
                        "account_id": self.id,
                        "entry_id": int(row["id"]),
                        "employee_id": self.employee_id.id,
                        "company_id": self.company_id.id,
                        "earned_on": row["earned_on"],
                    }
                )
        return lots

    def _settle_moves(self, rows, lots):
        """Add the movements that are missing between what is written and what the engine says."""
        today = fields.Date.today()
        written = self._written_moves()
        sums = self._wanted_moves(rows, today)
        for key, seconds in written.items():
            sums[key] = sums.get(key, 0) - seconds
        by_entry = {lot.entry_id.id: lot.id for lot in lots.values()}
        self.env["punchclock.cto.move"].create(
            [
                {
                    "account_id": self.id,
                    "lot_id": by_entry.get(lot_entry_id, False),
                    "entry_id": entry_id or False,
                    "employee_id": self.employee_id.id,
                    "company_id": self.company_id.id,
                    "date": day,
                    "booked_on": today,
                    "kind": kind,
                    "seconds": 0 if kind == CASH else seconds,
                    "cash_seconds": seconds if kind == CASH else 0,
                    "reversal": (lot_entry_id, entry_id, day, kind) in written,
                }
                for (lot_entry_id, entry_id, day, kind), seconds in sorted(sums.items())
                if seconds
            ]
        )

    def _wanted_moves(self, rows, today):
        """(entry of the lot, entry, day, kind) → seconds, of the engine's movements as of a day."""
        sums = defaultdict(int)
        for row in rows:
            kind = CASH if row["kind"] == "cash_work" else row["lot"] and self._move_kind(row)
            if not kind:
                continue
            day = date.fromisoformat(row["date"])
            # What is approved for a later day is reserved now; what only would lapse until then has not lapsed.
            if row["event"] is None and day > today:
                continue
            sums[int(row["lot"] or 0), int(row["event"] or 0), day, kind] += row["s"]
        return dict(sums)

    def _written_moves(self):
        """The same of the movements that are written."""
        groups = self.env["punchclock.cto.move"]._read_group(
            [("account_id", "=", self.id)],
            ["lot_id", "entry_id", "date:day", "kind"],
            ["seconds:sum", "cash_seconds:sum"],
        )
        return {
            (lot.entry_id.id or 0, entry.id or 0, day, kind): seconds + cash
            for lot, entry, day, kind, seconds, cash in groups
        }

    def _move_kind(self, row):
        """The engine's kind, in the words of the bank's people."""
        kind = row["kind"]
        if row["event"] is None:
            return ENDS[kind]
        entry = self.env["punchclock.cto.entry"].browse(int(row["event"]))
        if kind in ("use", "adjust") and entry.kind in ("payout", "opening"):
            return entry.kind
        return "payout" if kind == "pay_out" else kind

    def _settle_left(self):
        sums = dict(
            self.env["punchclock.cto.move"]._read_group([("account_id", "=", self.id)], ["lot_id"], ["seconds:sum"])
        )
        for lot in self.lot_ids:
            left = sums.get(lot, 0)
            if lot.left_seconds != left:
                lot.left_seconds = left
        return sum(sums.values())

    # -- buttons ---------------------------------------------------------------------------------------------

    def action_by_hand(self):
        """Ask for an opening balance, an adjustment, a payout or the end of the account."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter into the Bank"),
            "res_model": "punchclock.adjustment",
            "views": [(False, "form")],
            "context": {
                "default_employee_id": self.employee_id.id,
                "default_kind": "cto_adjust",
                "default_date": fields.Date.to_string(fields.Date.context_today(self)),
            },
        }

    def _open(self, xmlid, **context):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(xmlid)
        return {**action, "domain": [("account_id", "=", self.id)], "context": context}

    def action_lots(self):
        return self._open("punchclock_cto.action_cto_lot")

    def action_moves(self):
        return self._open("punchclock_cto.action_cto_move")

    def action_entries(self):
        return self._open("punchclock_cto.action_cto_entry")


def _plain(value):
    """A field's value as the engine writes it."""
    return value.isoformat() if isinstance(value, date) else (value if value is not False else None)
