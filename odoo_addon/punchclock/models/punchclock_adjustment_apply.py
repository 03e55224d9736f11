# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime, time

from odoo import fields, models
from odoo.exceptions import UserError

from .punchclock_adjustment import PUNCH_KINDS, TIMED_KINDS
from .punchclock_event import touched_dates


class PunchclockAdjustment(models.Model):
    """How a correction becomes true, and how it is taken back: one pair of methods for each kind."""

    _inherit = "punchclock.adjustment"

    def _apply(self, user):
        self.ensure_one()
        if self.kind != "reopen":
            self._need_unlocked()
        before, closed = self._snapshot(), self._closed_changes()
        getattr(self, f"_apply_{self.kind}")()
        self._compute_now(closed)
        after = self._snapshot()
        self.write(
            {
                "state": "applied",
                "applied_by": user.id,
                "applied_at": fields.Datetime.now(),
                "before": before,
                "after": after,
            }
        )
        self.flush_recordset()
        digest = self._audit_digests(self.ids)[self.id]
        self.with_user(user)._note(
            "applied", before=before, after=after, digest=digest, digests=self._digests_of_facts(self.fact_ids)
        )
        self.exception_ids.filtered(lambda found: found.state == "open").with_user(user).sudo()._resolve_by(self)
        self._tell_day(self.env._("Applied: %s", self.display_name))
        self._tell()

    def _take_back(self, user, why):
        self.ensure_one()
        self._need_unlocked()
        before, closed, facts = self._snapshot(), self._closed_changes(), self.fact_ids
        getattr(self, f"_revert_{self.kind}")()
        self.write(
            {
                "state": "reverted",
                "reverted_by": user.id,
                "reverted_at": fields.Datetime.now(),
                "revert_note": why,
            }
        )
        self._compute_now(closed)
        after = self._snapshot()
        digests = self._digests_of_facts(self.fact_ids - facts)
        self.with_user(user)._note("reverted", why=why, before=before, after=after, digests=digests)
        self.exception_ids.filtered(lambda found: found.state == "resolved").with_user(user).sudo().action_reopen()
        self._tell_day(self.env._("Taken back: %s", self.display_name))
        self._tell()

    def _need_unlocked(self):
        days = self.day_id
        if days.state == "locked" or self.env["punchclock.period"]._locks(self.company_id, self.date):
            raise UserError(self.env._("%s lies in a closed period: it must be reopened first.", self.date))

    def _touched(self):
        """The dates that this may change: a punch at night is two days' business."""
        dates = {self.date}
        if self.kind in PUNCH_KINDS:
            dates.update(touched_dates(datetime.fromisoformat(self.event_id.local_time)))
        if self.kind in TIMED_KINDS:
            dates.update(touched_dates(self._moment()))
        return dates

    def _compute_now(self, closed):
        """The days as they are with the new facts, in this transaction: who approved sees what it did.

        :param dict closed: what was told before of closed days that would change
        """
        self.flush_model()
        failures = self.env["punchclock.day"]._compute({self.employee_id.id: self._touched()})
        if failures:
            raise UserError(self.env._("The day cannot be computed: %s", "; ".join(set(failures.values()))))
        self.invalidate_recordset(["day_id"])
        changed = self._closed_changes()
        for key, note in changed.items():
            if closed.get(key) != note:
                raise UserError(
                    self.env._(
                        "It would change %(date)s too, which is closed: %(note)s", date=key[0], note=note or self.date
                    )
                )

    def _closed_changes(self):
        """(date, punch) → note, of what is open about closed days of this person around here."""
        found = self.env["punchclock.exception"].search(
            [
                ("type", "=", "locked_day_changed"),
                ("state", "=", "open"),
                ("employee_id", "=", self.employee_id.id),
                ("date", "in", list(self._touched())),
            ]
        )
        return {(one.date, one.event_id.id): one.note for one in found}

    def _digests_of_facts(self, facts):
        """What the chain holds of what a correction did: the facts, and the punches it made."""
        added = facts.filtered(lambda fact: fact.kind == "added").event_id
        self.env.flush_all()
        return {records._name: records._audit_digests(records.ids) for records in (facts, added) if records}

    def _tell_day(self, text):
        if self.day_id:
            self.day_id.message_post(body=text)

    def _snapshot(self):
        """What the day is now: figures in whole seconds, the punches that count, and what is paid.

        And the figures of the days beside it that a punch at night belongs to as well.
        """
        self.env.flush_all()
        day = self.day_id
        events = self.env["punchclock.event"].search(
            [("employee_id", "=", self.employee_id.id), ("local_date", "in", self._dates_shown())], order="utc_time, id"
        )
        snapshot = {
            "state": day.state or None,
            **self._figures(day, self.date),
            "punches": [
                [event.id, event.local_time, {"0": "in", "1": "out"}.get(event.state_raw) or "", event.status]
                for event in events
            ],
        }
        others = self.env["punchclock.day"].search(
            [("employee_id", "=", self.employee_id.id), ("date", "in", list(self._touched() - {self.date}))],
            order="date",
        )
        if others:
            snapshot["beside"] = {str(other.date): self._figures(other, other.date) for other in others}
        return snapshot

    def _figures(self, day, day_date):
        names = ("worked", "regular", "overtime", "break", "late", "early")
        pay = self.env["punchclock.day"]._pay_of(self.employee_id, day_date, day_date)
        pay = pay.get((self.employee_id.id, day_date))
        return {
            "seconds": {name: day[f"{name}_seconds"] for name in names} if day else {},
            "paid": {code: seconds for (code, _rate), seconds in sorted(pay.codes.items())} if pay else {},
        }

    def _dates_shown(self):
        return list({self.date, self.punch_date or self.date, self.event_id.local_date or self.date})

    # -- facts -----------------------------------------------------------------------------------------------

    def _moment(self):
        parts = [int(part) for part in self.punch_time.split(":")]
        return datetime.combine(self.punch_date, time(*parts))

    def _zone(self):
        return self.tz or self.event_id.tz_name or self.day_id.tz or self.employee_id._get_tz()

    def _add(self, moment, state):
        event = self.env["punchclock.event"]._add_manual(self.employee_id, moment, self._zone(), state or None)
        self._fact(event, "added")

    def _leave_out(self, event):
        if event.status == "voided":
            raise UserError(self.env._("The punch is left out already."))
        event._void()
        self._fact(event, "voided")

    def _fact(self, event, kind):
        self.env["punchclock.event.fact"].create(
            {"event_id": event.id, "adjustment_id": self.id, "company_id": self.company_id.id, "kind": kind}
        )

    def _undo_facts(self):
        for fact in self.fact_ids:
            event = fact.event_id
            if fact.kind == "added":
                if event.status == "voided":
                    raise UserError(
                        self.env._("A later correction left out the punch of this one: take that back first.")
                    )
                event._void()
                self._fact(event, "withdrawn")
            elif fact.kind == "voided":
                event._unvoid()
                self._fact(event, "restored")

    # -- kinds -----------------------------------------------------------------------------------------------

    def _apply_add_punch(self):
        self._add(self._moment(), self.direction)

    def _apply_void_punch(self):
        self._leave_out(self.event_id)

    def _apply_retime(self):
        self._leave_out(self.event_id)
        self._add(self._moment(), self.direction or self.event_id.state_raw)

    def _apply_set_direction(self):
        self._leave_out(self.event_id)
        self._add(datetime.fromisoformat(self.event_id.local_time), self.direction)

    def _apply_set_minutes(self):
        """The correction is the fact: `punchclock.day._pay_of` reads it."""

    _apply_excuse = _apply_approve_ot = _apply_set_minutes

    def _apply_ot_to_cto(self):
        self._credit_cto()

    def _apply_reopen(self):
        self.env["punchclock.period"]._reopen_day(self)

    _revert_add_punch = _revert_void_punch = _revert_retime = _revert_set_direction = _undo_facts
    _revert_set_minutes = _revert_excuse = _revert_approve_ot = _apply_set_minutes

    def _revert_ot_to_cto(self):
        self._uncredit_cto()

    def _revert_reopen(self):
        raise UserError(self.env._("A reopened day is closed again with its period."))

    # -- hooks of the bank -----------------------------------------------------------------------------------

    def _credit_cto(self):
        """Put these minutes into the employee's bank. The addon punchclock_cto does."""
        raise UserError(self.env._("There is no bank of compensatory time: install Punchclock CTO."))

    def _uncredit_cto(self):
        """Take these minutes out of the bank again, or refuse if they are used. The addon punchclock_cto does."""
        raise UserError(self.env._("There is no bank of compensatory time: install Punchclock CTO."))
