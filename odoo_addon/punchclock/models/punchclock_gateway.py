# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command

# An edge that is off for a season must not find its key expired on the first day back.
KEY_DAYS = 365
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
    last_seen = fields.Datetime(readonly=True, copy=False)
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

    def rotate_key(self):
        """Replace the API key; the new one is in the answer, the old one opens nothing any more.

        :return: ``{"key", "expires"}``
        """
        self.ensure_one()
        self._need_administrator()
        self.check_access("write")
        keys = self.env["res.users.apikeys"].sudo().search([("user_id", "=", self.sudo().user_id.id)])
        keys._remove()
        return self._new_key()

    def action_make_user(self):
        """Create the technical user and show its key once."""
        return self._show_key(self._make_user())

    def action_rotate_key(self):
        """Replace the key and show the new one once."""
        return self._show_key(self.rotate_key())

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
        return {
            "server_time": fields.Datetime.now().isoformat() + "Z",
            "schema": 1,
            "terminals": [
                {"serial": terminal.serial, "name": terminal.name, "tz": terminal.tz}
                for terminal in gateway.terminal_ids.sorted("id")
            ],
        }

    @api.model
    def _calling_gateway(self):
        """The active gateway whose technical user calls, with rights of its own (sudo).

        This is the one check between a key and the data: the group opens no model.
        """
        if self.env.user.has_group("punchclock.group_punchclock_gateway"):
            gateway = self.sudo().search([("user_id", "=", self.env.uid)])
            if gateway and gateway.state == "active":
                gateway._touch()
                return gateway
            if gateway:
                raise AccessError(self.env._("Gateway %s is suspended.", gateway.name))
        raise AccessError(self.env._("This user is not the technical user of a gateway."))

    def _touch(self):
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

    def _new_key(self):
        expires = fields.Datetime.now() + timedelta(days=KEY_DAYS)
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
