# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import ipaddress
import secrets
from datetime import timedelta

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
        help="One address or network a line, such as 203.0.113.7 or 10.1.0.0/16. Empty: from anywhere.",
    )
    events_per_minute = fields.Integer(
        required=True, default=60000, help="More than this is refused with the advice to come back later."
    )
    stale_days = fields.Integer(
        string="Review Punches Older Than (days)",
        help="A punch that arrives later than this is stored and placed, and shown for review. 0: however late.",
    )
    last_seen = fields.Datetime(readonly=True, copy=False)
    key_expires = fields.Datetime(
        compute="_compute_key_expires", compute_sudo=True, help="After this the edge is refused."
    )
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

    @api.constrains("events_per_minute", "stale_days")
    def _check_limits(self):
        for gateway in self:
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
        return self._calling_gateway()._hello()

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
            fields_ = ["name", "state", "company_id", "ip_allow", "events_per_minute", "stale_days", "last_seen"]
            gateway = self.sudo().search_fetch([("user_id", "=", self.env.uid)], fields_)
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
        if self.ip_allow and request:
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


def networks(text):
    """The networks of a text with one a line; ``ValueError`` names a line that is none."""
    return [ipaddress.ip_network(line.strip(), strict=False) for line in text.splitlines() if line.strip()]
