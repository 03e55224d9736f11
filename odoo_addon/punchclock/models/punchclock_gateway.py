# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ipaddress
import secrets
from datetime import timedelta

from werkzeug.exceptions import TooManyRequests

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.http import request

from .. import wire

# An edge that is off for a season must not find its key expired on the first day back.
KEY_DAYS = 365
MAX_KEY_DAYS = 730
MAX_KEEP_HOURS = 168
# Writing it with each request would make every two requests of one edge collide.
SEEN_EVERY_S = 60
READ_WITH_EACH_CALL = [
    "name",
    "state",
    "company_id",
    "ip_allow",
    "events_per_minute",
    "calls_per_minute",
    "stale_days",
    "last_seen",
]
# A report takes several calls, and one that is refused midway never ends.
MIN_CALLS = 60


class PunchclockGateway(models.Model):
    """An edge service at a branch, and the technical user it speaks as."""

    _name = "punchclock.gateway"
    _description = "Punchclock Gateway"
    _check_company_auto = True
    _order = "name, id"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Technical User",
        readonly=True,
        index=True,
        ondelete="restrict",
        help="The user whose API key the edge uses. It is in the group Punchclock / Gateway and in no other.",
    )
    state = fields.Selection(
        [("draft", "New"), ("active", "Active"), ("suspended", "Suspended")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        help="A suspended gateway is refused; its edge keeps every punch until it is active again.",
    )
    ip_allow = fields.Text(
        string="Addresses It May Come From",
        help="One address or network a line, such as 203.0.113.7 or 10.1.0.0/16. With one, calls over /jsonrpc and "
        "/xmlrpc are refused: they do not tell their address. Empty: from anywhere.",
    )
    events_per_minute = fields.Integer(
        required=True, default=60000, help="More than this is refused with the advice to come back later."
    )
    calls_per_minute = fields.Integer(
        required=True,
        default=1200,
        help="More batches than this are refused with the advice to come back later, and, counted apart, more reports.",
    )
    stale_days = fields.Integer(
        string="Review Punches Older Than (days)",
        help="A punch that arrives later than this is stored and placed, and shown for review. 0: however late.",
    )
    last_seen = fields.Datetime(readonly=True, copy=False)
    key_expires = fields.Datetime(
        compute="_compute_key_expires", compute_sudo=True, help="After this the edge is refused."
    )
    # The reports of the running minute. Batches are rows of their own and counted as such.
    report_calls = fields.Integer(readonly=True, copy=False)
    report_calls_since = fields.Datetime(readonly=True, copy=False)
    # What the edge reports of itself.
    reported_at = fields.Datetime(string="Last Report", readonly=True, copy=False)
    version = fields.Char(string="Version of the Edge", readonly=True, copy=False)
    queue_depth = fields.Integer(string="Punches Waiting", readonly=True, copy=False)
    oldest_pending = fields.Datetime(string="Oldest Waiting Since", readonly=True, copy=False)
    dead_count = fields.Integer(string="Rejected Punches Kept", readonly=True, copy=False)
    problem = fields.Text(readonly=True, copy=False)
    terminal_ids = fields.One2many("punchclock.terminal", "gateway_id", string="Terminals")
    pending_ids = fields.One2many("punchclock.terminal.pending", "gateway_id", string="Unregistered Terminals")

    _user_unique = models.UniqueIndex("(user_id)", "A technical user belongs to one gateway.")

    @api.depends("user_id")
    def _compute_key_expires(self):
        keys = self.env["res.users.apikeys"].search_fetch([("user_id", "in", self.user_id.ids)], ["user_id"])
        newest = {}
        for key in keys.filtered("expiration_date"):
            newest[key.user_id] = max(newest.get(key.user_id, key.expiration_date), key.expiration_date)
        for gateway in self:
            gateway.key_expires = newest.get(gateway.user_id, False)

    @api.constrains("user_id")
    def _check_user(self):
        gateway_group = self.env.ref("punchclock.group_punchclock_gateway")
        for gateway in self.filtered("user_id"):
            if gateway.user_id.sudo().all_group_ids != gateway_group:
                raise ValidationError(
                    self.env._(
                        "The user of gateway %s may be in the group Punchclock / Gateway only: "
                        "its key lies on a machine at a branch.",
                        gateway.name,
                    )
                )

    @api.constrains("ip_allow")
    def _check_ip_allow(self):
        for gateway in self.filtered("ip_allow"):
            try:
                networks(gateway.ip_allow)
            except ValueError as error:
                raise ValidationError(self.env._("An address or network is not written as one: %s", error)) from error

    @api.constrains("company_id")
    def _check_company_of_terminals(self):
        # Its punches would be refused as those of another company's terminals, and a refused punch is not sent again.
        for gateway in self.sudo():
            if gateway.with_context(active_test=False).terminal_ids.company_id - gateway.company_id:
                raise ValidationError(
                    self.env._("Gateway %s has terminals: it cannot move to another company.", gateway.name)
                )

    @api.constrains("events_per_minute", "calls_per_minute", "stale_days")
    def _check_limits(self):
        for gateway in self:
            if gateway.calls_per_minute < MIN_CALLS:
                raise ValidationError(self.env._("A gateway may call at least %s times a minute.", MIN_CALLS))
            if gateway.events_per_minute < wire.MAX_EVENTS or gateway.stale_days < 0:
                raise ValidationError(
                    self.env._("A gateway may bring at least %s punches a minute, of any age.", wire.MAX_EVENTS)
                )

    @api.model
    def create_with_user(self, name, company_id=None):
        """Create a gateway, its technical user and an API key; the key is in the answer and nowhere else.

        :return: ``{"gateway_id", "user_id", "login", "key", "expires"}``
        """
        self._need_administrator()
        company = self.env["res.company"].browse(company_id) if company_id else self.env.company
        if company not in self.env.user.company_ids:
            raise AccessError(self.env._("You do not work for that company."))
        gateway = self.create({"name": name, "company_id": company.id})
        key = gateway._make_user()
        return {"gateway_id": gateway.id, "user_id": gateway.user_id.id, "login": gateway.user_id.login, **key}

    def _make_user(self):
        """Give the gateway its technical user; returns the first key."""
        self.ensure_one()
        self._need_administrator()
        self.check_access("write")
        # Creating a user needs rights that an HR administrator does not have; what the user may be is fixed here.
        self.state = "active"
        self.user_id = (
            self.env["res.users"]
            .sudo()
            .with_context(no_reset_password=True, mail_create_nolog=True, tracking_disable=True)
            .create(
                {
                    "name": self.env._("Gateway %s", self.name),
                    "login": f"punchclock-gateway-{secrets.token_hex(6)}",
                    "company_id": self.company_id.id,
                    "company_ids": [Command.set(self.company_id.ids)],
                    "group_ids": [Command.set(self.env.ref("punchclock.group_punchclock_gateway").ids)],
                }
            )
        )
        return self._new_key()

    def rotate_key(self, valid_days=KEY_DAYS, keep_hours=0):
        """Replace the API key; the new one is in the answer and nowhere else.

        :param int valid_days: how long the new key opens, 1 to 730 days
        :param int keep_hours: how long the old key still opens, at most a week: until somebody has carried the new one
            to the edge. 0 when the old one may have leaked.
        :return: ``{"key", "expires"}``
        """
        self.ensure_one()
        self._need_administrator()
        self.check_access("write")
        if not 1 <= valid_days <= MAX_KEY_DAYS or not 0 <= keep_hours <= MAX_KEEP_HOURS:
            raise ValidationError(self.env._("A key lasts 1 to 730 days, and the old one at most a week longer."))
        keys = self.env["res.users.apikeys"].sudo().search([("user_id", "=", self.sudo().user_id.id)])
        if keep_hours and keys:
            self.env.cr.execute(
                """
                UPDATE res_users_apikeys SET expiration_date = LEAST(expiration_date, %s) WHERE id IN %s
                """,
                [fields.Datetime.now() + timedelta(hours=keep_hours), tuple(keys.ids)],
            )
            keys.invalidate_recordset()
        else:
            keys._remove()
        return self._new_key(valid_days)

    def action_make_user(self):
        """Create the technical user and show its key once."""
        return self._show_key(self._make_user())

    def action_rotate_key(self):
        """Ask how long the new key and the old one shall open."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "punchclock.rotate.key",
            "name": self.env._("New Key"),
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_gateway_id": self.id},
        }

    def _show_key(self, answer):
        # Core's own window for keys.
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.users.apikeys.show",
            "name": self.env._("API Key Ready"),
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_key": answer["key"]},
        }

    def action_suspend(self):
        self.write({"state": "suspended"})

    def action_activate(self):
        self.write({"state": "active"})

    @api.model
    def hello(self):
        """What the calling edge needs to know: the server's clock and the zones of its own terminals."""
        gateway = self._calling_gateway()
        gateway._count_call()
        return gateway._hello()

    def _hello(self):
        return {
            "server_time": fields.Datetime.now().isoformat() + "Z",
            "schema": wire.SCHEMA,
            "key_expires": fields.Datetime.to_string(self.key_expires) or None,
            "terminals": [
                {"serial": terminal.serial, "name": terminal.name, "tz": terminal.tz}
                for terminal in self.terminal_ids.sorted("id")
            ],
        }

    @api.model
    def _calling_gateway(self):
        """The active gateway whose technical user calls, with rights of its own (sudo).

        This is the one check between a key and the data: the group opens no model.
        """
        if self.env.user.has_group("punchclock.group_punchclock_gateway"):
            gateway = self.sudo().search_fetch([("user_id", "=", self.env.uid)], READ_WITH_EACH_CALL)
            if gateway:
                gateway._refuse_call()
                gateway._touch()
                return gateway
        raise AccessError(self.env._("This user is not the technical user of a gateway."))

    def _refuse_call(self):
        if self.state != "active":
            raise AccessError(self.env._("Gateway %s is suspended.", self.name))
        # Of two copies of one database only one may take an edge's punches: those it is sent are gone from the queue.
        if self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"):
            raise AccessError(self.env._("This database is a neutralized copy: it takes no punches."))
        if self.ip_allow:
            # /jsonrpc and /xmlrpc hide the request from the method they call, and with it where the call comes from.
            if not request:
                raise AccessError(
                    self.env._(
                        "Gateway %s may call from some addresses only, and only over JSON-2 (/json/2): "
                        "a call over /jsonrpc or /xmlrpc does not tell its address.",
                        self.name,
                    )
                )
            address = ipaddress.ip_address(request.httprequest.remote_addr)
            address = getattr(address, "ipv4_mapped", None) or address
            if not any(address in network for network in networks(self.ip_allow)):
                raise AccessError(self.env._("Gateway %s may not call from this address.", self.name))

    def _touch(self):
        if self.last_seen and self.last_seen > fields.Datetime.now() - timedelta(seconds=SEEN_EVERY_S):
            return
        self.env.cr.execute(
            """
            UPDATE punchclock_gateway SET last_seen = now() AT TIME ZONE 'UTC' WHERE id IN (
                SELECT id FROM punchclock_gateway
                 WHERE id = %s
                   AND (last_seen IS NULL OR last_seen < now() AT TIME ZONE 'UTC' - %s * interval '1 second')
                   FOR NO KEY UPDATE SKIP LOCKED)
            """,
            [self.id, SEEN_EVERY_S],
        )
        self.invalidate_recordset(["last_seen"], flush=False)

    def _count_call(self):
        """Refuse (HTTP 429) more reports within a minute than the gateway may make.

        An edge makes one at a time, so that this row is not fought for; its batches, which it sends beside, are
        counted as the rows that they are.
        """
        self.env.cr.execute(
            """
            UPDATE punchclock_gateway g
               SET report_calls = CASE WHEN running THEN g.report_calls + 1 ELSE 1 END,
                   report_calls_since = CASE WHEN running THEN g.report_calls_since ELSE t.now END
              FROM (SELECT id, now() AT TIME ZONE 'UTC' AS now,
                           COALESCE(now() AT TIME ZONE 'UTC' - report_calls_since < '1 minute', FALSE) AS running
                      FROM punchclock_gateway) t
             WHERE g.id = %s AND t.id = g.id
            RETURNING g.report_calls, g.report_calls_since
            """,
            [self.id],
        )
        calls, since = self.env.cr.fetchone()
        self.invalidate_recordset(["report_calls", "report_calls_since"], flush=False)
        if calls > self.calls_per_minute:
            raise too_many("too many calls within a minute", since)

    def _new_key(self, valid_days=KEY_DAYS):
        expires = fields.Datetime.now() + timedelta(days=valid_days)
        # The scope core asks for, and not an empty one: an unscoped key would open whatever asks for another scope.
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.sudo().user_id)
            .sudo()
            ._generate("rpc", self.env._("Punchclock gateway %s", self.name), expires)
        )
        return {"key": key, "expires": fields.Datetime.to_string(expires)}

    @api.model
    def _need_administrator(self):
        if not self.env.user.has_group("punchclock.group_punchclock_manager"):
            raise AccessError(self.env._("Only a Punchclock administrator may do this."))


def too_many(why, since):
    """The refusal (HTTP 429) of what exceeds the measure of the minute that began at `since`."""
    wait = (since + timedelta(minutes=1) - fields.Datetime.now()).total_seconds()
    return TooManyRequests(why, retry_after=max(int(wait), 1))


def networks(text):
    """The networks of a text with one a line; ``ValueError`` names a line that is none."""
    return [ipaddress.ip_network(line.strip(), strict=False) for line in text.splitlines() if line.strip()]
