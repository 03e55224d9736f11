# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .. import registry_wire
from ..identity import normal_serial
from ..wire import Rejected

# Users to write, in one answer, of each terminal: an edge writes one at a time and asks again.
WANTED_AT_ONCE = 100
RESULTS_AT_ONCE = 200


class PunchclockGateway(models.Model):
    """What an edge reports, and what it is told in return. All of it is about its own terminals."""

    _inherit = "punchclock.gateway"

    @api.model
    def report(self, health, terminals):
        """Take an edge's word on itself and its terminals.

        :param dict health: version, queue_depth, oldest_pending ("YYYY-MM-DD HH:MM:SS", UTC), dead, problem
        :param list terminals: objects with serial, name, tz, problem, firmware, clock_skew_s, user_count, log_count,
            configured (false for one that only asked to be served); all but the serial may be null
        :return: what ``hello`` returns
        """
        gateway = self._calling_gateway()
        gateway._count_call()
        if not isinstance(health, dict):
            raise ValidationError(self.env._("health is an object."))
        # No `write`: the day that a record was last changed by a person decides what is looked at again each night.
        with self._checked():
            values = {
                "version": registry_wire.text(health, "version"),
                "queue_depth": registry_wire.number(health, "queue_depth"),
                "oldest_pending": registry_wire.time(health, "oldest_pending"),
                "dead_count": registry_wire.number(health, "dead"),
                "problem": registry_wire.text(health, "problem", registry_wire.MAX_PROBLEM),
            }
            reported = {terminal.serial: terminal for terminal in registry_wire.terminals(terminals)}
        now = fields.Datetime.now()
        self.env.cr.execute(
            """
            UPDATE punchclock_gateway SET version = %s, queue_depth = %s, oldest_pending = %s, dead_count = %s,
                                          problem = %s, reported_at = %s WHERE id = %s
            """,
            [*values.values(), now, gateway.id],
        )
        own = {terminal.serial for terminal in gateway.terminal_ids}
        gateway._store_terminals([terminal for serial, terminal in reported.items() if serial in own], now)
        gateway._store_pending([terminal for serial, terminal in reported.items() if serial not in own], now)
        gateway.env.invalidate_all()
        return gateway._hello()

    @api.model
    def report_users(self, serial, read_at, users, last=False):
        """Take the users that an edge read from one of its terminals, in one call or in several.

        :param str read_at: when the reading began, the same in all its calls ("YYYY-MM-DD HH:MM:SS", UTC)
        :param list users: at most 1,000 objects with pin, name, card, privilege, fingerprints, faces; no templates
        :param bool last: nothing follows: who was on the terminal before and is not among these is not there any more
        :return: ``{"users": how many this reading has brought}``
        """
        gateway = self._calling_gateway()
        gateway._count_call()
        terminal = gateway._own_terminal(serial)
        with self._checked():
            read = registry_wire.time({"read_at": read_at}, "read_at")
            if read is None:
                raise Rejected("schema", "read_at is missing")
            entries = registry_wire.users(users)
        count = self.env["punchclock.terminal.user"].sudo()._take_reading(terminal, read, entries, last is True)
        return {"users": count}

    @api.model
    def wanted_users(self):
        """The users that HR wants written to, or removed from, the calling edge's own terminals.

        :return: ``{"users": [{"id", "revision", "serial", "action", "pin", "name", "card"}, …]}``, at most 100 of each
            terminal
        """
        gateway = self._calling_gateway()
        gateway._count_call()
        terminals = gateway.terminal_ids.filtered(lambda terminal: terminal.state == "active")
        rows = gateway.env["punchclock.terminal.user"]._open_wishes(terminals, WANTED_AT_ONCE)
        return {
            "users": [
                {
                    "id": row.id,
                    "revision": row.wish_revision,
                    "serial": row.terminal_id.serial,
                    "action": "write" if row.wanted == "present" else "remove",
                    "pin": row.pin,
                    "name": row.wanted_name or None,
                    "card": row.wanted_card or None,
                }
                for row in rows
            ]
        }

    @api.model
    def report_writes(self, results):
        """Take how the writing of wanted users went.

        :param list results: at most 200 objects with id and revision (of ``wanted_users``), ok, error
        :return: ``{"taken": n}``; what HR has changed its mind about in between is not counted
        """
        gateway = self._calling_gateway()
        gateway._count_call()
        if not isinstance(results, list) or len(results) > RESULTS_AT_ONCE:
            raise ValidationError(self.env._("results is a list of at most %s.", RESULTS_AT_ONCE))
        answers = {}
        with self._checked():
            for result in results:
                answer = registry_wire.write_result(result)
                answers[answer.id, answer.revision] = answer
        rows = gateway.env["punchclock.terminal.user"].search(
            [
                ("id", "in", [row_id for row_id, _revision in answers]),
                ("terminal_id", "in", gateway.terminal_ids.ids),
                ("sync_state", "=", "push_pending"),
            ]
        )
        taken = rows.filtered(lambda row: (row.id, row.wish_revision) in answers)
        for row in taken:
            answer = answers[row.id, row.wish_revision]
            row._written(answer.ok, answer.error)
        return {"taken": len(taken)}

    def _checked(self):
        return _Checked(self.env)

    def _own_terminal(self, serial):
        wanted = normal_serial(serial) if isinstance(serial, str) else ""
        terminal = self.terminal_ids.filtered(lambda terminal: terminal.serial == wanted)
        if not terminal:
            raise AccessError(self.env._("This gateway has no such terminal."))
        return terminal

    def _store_terminals(self, terminals, now):
        if not terminals:
            return
        self.env.cr.execute_values(
            """
            UPDATE punchclock_terminal t
               SET reported_at = v.at, reported_tz = v.tz, problem = v.problem,
                   firmware = COALESCE(v.firmware, t.firmware),
                   clock_skew_s = COALESCE(v.clock_skew_s, t.clock_skew_s),
                   user_count = COALESCE(v.user_count, t.user_count), log_count = COALESCE(v.log_count, t.log_count)
              FROM (VALUES %s) AS v (serial, at, tz, problem, firmware, clock_skew_s, user_count, log_count)
             WHERE t.serial = v.serial
            """,
            [
                (t.serial, now, t.tz, t.problem, t.firmware, t.clock_skew_s, t.user_count, t.log_count)
                for t in terminals
            ],
            template="(%s, %s::timestamp, %s, %s, %s, %s::int, %s::int, %s::int)",
            page_size=registry_wire.MAX_TERMINALS,
        )

    def _store_pending(self, terminals, now):
        """Show what nobody has registered; what the edge does not speak of any more goes."""
        by = (self.env.uid, self.env.uid)
        if terminals:
            self.env.cr.execute_values(
                """
                INSERT INTO punchclock_terminal_pending (gateway_id, company_id, serial, name, tz_name, configured,
                                                         reported_at, create_uid, write_uid, create_date, write_date)
                VALUES %s
                ON CONFLICT (gateway_id, serial) DO UPDATE
                   SET name = EXCLUDED.name, tz_name = EXCLUDED.tz_name, configured = EXCLUDED.configured,
                       reported_at = EXCLUDED.reported_at
                """,
                [
                    (self.id, self.company_id.id, *(t.serial, t.name, t.tz, t.configured, now), *by, now, now)
                    for t in terminals
                ],
                page_size=registry_wire.MAX_TERMINALS,
            )
        self.env.cr.execute(
            "DELETE FROM punchclock_terminal_pending WHERE gateway_id = %s AND serial != ALL(%s)",
            [self.id, [terminal.serial for terminal in terminals]],
        )


class _Checked:
    """Turns a refusal of ``registry_wire`` into one that Odoo answers as 422."""

    def __init__(self, env):
        self.env = env

    def __enter__(self):
        return self

    def __exit__(self, kind, fault, _trace):
        if isinstance(fault, Rejected):
            raise ValidationError(self.env._("The report cannot be read: %s.", fault.message)) from fault
