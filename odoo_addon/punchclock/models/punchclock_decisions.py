# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Decisions outside of corrections that change what somebody is paid: each leaves its entry in the audit trail."""

from odoo import api, models

from .punchclock_shift_assignment import WEEKDAYS

PIN_FACTS = ("pin_space_id", "pin", "employee_id", "valid_from", "valid_to")
ASSIGNMENT_FACTS = ("employee_id", "template_id", "date_from", "date_to", *WEEKDAYS)
TERMINAL_FACTS = ("serial", "tz", "gateway_id", "pin_space_id", "direction_policy", "company_id")


def facts(record, names):
    """Fields of a record as they stand in a payload."""
    values = {}
    for name in names:
        value = record[name]
        values[name] = value.id or None if isinstance(value, models.BaseModel) else value or None
    return values


def all_facts(records, names):
    """Id → facts of a record."""
    return {record.id: facts(record.sudo(), names) for record in records}


def changed(records, before, names):
    """(record, its facts before, its facts now) of those whose facts are others now."""
    after = all_facts(records, names)
    return [(each, before[each.id], after[each.id]) for each in records if before[each.id] != after[each.id]]


class PunchclockDay(models.Model):
    _inherit = "punchclock.day"

    def action_confirm(self):
        return self._trail("confirmed", super().action_confirm)

    def action_approve(self):
        return self._trail("approved", super().action_approve)

    def action_reset(self):
        return self._trail("reset", super().action_reset)

    def _trail(self, what, act):
        before = {day.id: day.state for day in self}
        result = act()
        changed = self.filtered(lambda day: day.state != before[day.id])
        for company, days in changed.grouped("company_id").items():
            payload = {"days": [[day.id, day.employee_id.id, day.date, before[day.id], day.state] for day in days]}
            self.env["punchclock.audit"]._append(company, f"day.{what}", days if len(days) == 1 else None, payload)
        return result


class PunchclockEvent(models.Model):
    _inherit = "punchclock.event"

    def action_accept(self):
        waiting = self.filtered(lambda event: event.status == "review")
        result = super().action_accept()
        for company, events in waiting.filtered(lambda event: event.status == "ok").grouped("company_id").items():
            payload = {"punches": [[e.id, e.employee_id.id, e.local_time, e.review_code] for e in events.sudo()]}
            record = events if len(events) == 1 else None
            self.env["punchclock.audit"]._append(company, "punch.accepted", record, payload)
        return result


class PunchclockPin(models.Model):
    _inherit = "punchclock.pin"

    @api.model_create_multi
    def create(self, vals_list):
        pins = super().create(vals_list)
        pins._trail("created", {}, pins._facts())
        return pins

    def write(self, vals):
        before = self._facts()
        result = super().write(vals)
        after = self._facts()
        self.filtered(lambda pin: before[pin.id] != after[pin.id])._trail("changed", before, after)
        return result

    def unlink(self):
        before, companies = self._facts(), {pin.id: pin.company_id for pin in self}
        result = super().unlink()
        for company in set(companies.values()):
            gone = [{"id": pin_id, "before": before[pin_id]} for pin_id in before if companies[pin_id] == company]
            self.env["punchclock.audit"]._append(company, "pin.removed", payload={"pins": gone})
        return result

    def _facts(self):
        return all_facts(self, PIN_FACTS)

    def _trail(self, what, before, after):
        for company, pins in self.grouped("company_id").items():
            payload = {"pins": [{"id": pin.id, "before": before.get(pin.id), "after": after[pin.id]} for pin in pins]}
            self.env["punchclock.audit"]._append(company, f"pin.{what}", pins if len(pins) == 1 else None, payload)


class PunchclockShiftAssignment(models.Model):
    """The hours somebody had to work decide what is late and what is overtime."""

    _inherit = "punchclock.shift.assignment"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        for record in records:
            record._trail("assigned", None, facts(record.sudo(), ASSIGNMENT_FACTS))
        return records

    def write(self, vals):
        facts_before = all_facts(self, ASSIGNMENT_FACTS)
        result = super().write(vals)
        for record, before, after in changed(self, facts_before, ASSIGNMENT_FACTS):
            record._trail("changed", before, after)
        return result

    def unlink(self):
        for record in self:
            record._trail("removed", facts(record.sudo(), ASSIGNMENT_FACTS), None)
        return super().unlink()

    def _trail(self, what, before, after):
        payload = {"before": before, "after": after}
        self.env["punchclock.audit"]._append(self.company_id, f"shift.{what}", self, payload)


class PunchclockTerminal(models.Model):
    _inherit = "punchclock.terminal"

    def write(self, vals):
        facts_before = all_facts(self, TERMINAL_FACTS)
        result = super().write(vals)
        for terminal, before, after in changed(self, facts_before, TERMINAL_FACTS):
            payload = {"before": before, "after": after}
            self.env["punchclock.audit"]._append(terminal.company_id, "terminal.changed", terminal, payload)
        return result


class PunchclockGateway(models.Model):
    _inherit = "punchclock.gateway"

    def _new_key(self, *args, **kwargs):
        answer = super()._new_key(*args, **kwargs)
        self.env["punchclock.audit"]._append(self.company_id, "gateway.key", self, {"expires": answer["expires"]})
        return answer

    def action_suspend(self):
        result = super().action_suspend()
        for gateway in self:
            self.env["punchclock.audit"]._append(gateway.company_id, "gateway.suspended", gateway)
        return result

    def action_activate(self):
        result = super().action_activate()
        for gateway in self:
            self.env["punchclock.audit"]._append(gateway.company_id, "gateway.activated", gateway)
        return result


class PunchclockPolicyVersion(models.Model):
    _inherit = "punchclock.policy.version"

    def action_publish(self):
        drafts = self.filtered(lambda version: version.state == "draft")
        result = super().action_publish()
        for version in drafts:
            self.env["punchclock.audit"]._append(
                version.company_id,
                "policy.published",
                version,
                {"policy": version.policy_id.name, "from": version.date_from},
            )
        return result
