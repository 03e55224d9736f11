# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import canonical

CLOSED = ("frozen", "exported")
# Written by the buttons alone.
WAY = frozenset({"state", "frozen_by", "frozen_at", "override_by", "override_note", "paid_digest"})


class PunchclockPeriod(models.Model):
    """A stretch of days that is paid together: closed as one, and exported as one."""

    _name = "punchclock.period"
    _description = "Payroll Period"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_from desc, id desc"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    date_from = fields.Date(string="First Day", required=True)
    date_to = fields.Date(string="Last Day", required=True)
    state = fields.Selection(
        [("open", "Open"), ("frozen", "Frozen"), ("exported", "Exported"), ("reopened", "Reopened")],
        required=True,
        readonly=True,
        default="open",
        copy=False,
        tracking=True,
    )
    frozen_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    frozen_at = fields.Datetime(readonly=True, copy=False)
    override_by = fields.Many2one(
        "res.users", string="Frozen All the Same By", readonly=True, copy=False, ondelete="restrict"
    )
    override_note = fields.Text(string="Why All the Same", readonly=True, copy=False)
    paid_digest = fields.Char(readonly=True, copy=False, help="Of what is paid, as it was when the period was frozen.")
    export_ids = fields.One2many("punchclock.export", "period_id", string="Exports", readonly=True)
    day_count = fields.Integer(string="Days", compute="_compute_counts")
    open_exception_count = fields.Integer(string="Open Exceptions", compute="_compute_counts")
    pending_adjustment_count = fields.Integer(string="Undecided Corrections", compute="_compute_counts")
    dirty_count = fields.Integer(string="Days to Compute", compute="_compute_counts")
    review_event_count = fields.Integer(string="Punches to Review", compute="_compute_counts")
    unresolved_count = fields.Integer(string="Unresolved", compute="_compute_counts")

    _dates_ordered = models.Constraint("CHECK (date_from <= date_to)", "The last day cannot be before the first day.")
    # Ranges of whole numbers have an index of their own; a plain "=" in it would need the extension btree_gist.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(company_id, company_id, '[]') WITH &&,"
        " daterange(date_from, date_to, '[]') WITH &&)",
        "Two periods of a company cannot share a day.",
    )

    @api.depends("date_from", "date_to", "company_id", "state")
    def _compute_counts(self):
        for period in self:
            counts = {}
            for name, (model, domain) in period._unresolved_domains().items():
                counts[name] = self.env[model].sudo().search_count(domain) if period.date_from and period.date_to else 0
            period.open_exception_count = counts["exceptions"]
            period.pending_adjustment_count = counts["adjustments"]
            period.dirty_count = counts["dirty"]
            period.review_event_count = counts["punches"]
            period.unresolved_count = sum(counts.values())
            period.day_count = self.env["punchclock.day"].sudo().search_count(period._span())

    def _span(self, name="date"):
        return [("company_id", "=", self.company_id.id), (name, ">=", self.date_from), (name, "<=", self.date_to)]

    def _unresolved_domains(self):
        """What must be decided before the period is closed: (model, domain) of each kind."""
        return {
            "exceptions": (
                "punchclock.exception",
                [*self._span(), ("state", "=", "open"), ("severity", "!=", "info")],
            ),
            "adjustments": ("punchclock.adjustment", [*self._span(), ("state", "in", ("submitted", "approved"))]),
            "dirty": ("punchclock.dirty.day", self._span()),
            "punches": (
                "punchclock.event",
                [*self._span("local_date"), ("status", "=", "review"), ("employee_id", "=", False)],
            ),
        }

    # -- what others ask -------------------------------------------------------------------------------------

    @api.model
    def _locks(self, company, day):
        """Whether a date of a company lies in a closed period."""
        return bool(self._locking(company, day))

    @api.model
    def _locking(self, company, day):
        return self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "in", CLOSED),
                ("date_from", "<=", day),
                ("date_to", ">=", day),
            ],
            limit=1,
        )

    @api.model
    def _closed_dates(self, places):
        """Of these (company id, date), those that lie in a closed period; one query for all."""
        if not places:
            return set()
        self.flush_model()
        companies, dates = zip(*places, strict=True)
        self.env.cr.execute(
            """
            SELECT company_id, date_from, date_to FROM punchclock_period
             WHERE state = ANY(%s) AND company_id = ANY(%s) AND date_from <= %s AND date_to >= %s
            """,
            [list(CLOSED), list(set(companies)), max(dates), min(dates)],
        )
        closed = self.env.cr.fetchall()
        return {
            (company_id, day)
            for company_id, day in places
            if any(company_id == owner and first <= day <= last for owner, first, last in closed)
        }

    def _reopen_day(self, adjustment):
        """Open one day of one person, for an approved correction; the others stay closed until the next freeze."""
        period = self._locking(adjustment.company_id, adjustment.date)
        if not period and adjustment.day_id.state != "locked":
            raise UserError(self.env._("That day is not closed."))
        adjustment.day_id._unlock()
        if period:
            period._move("reopened", {"adjustment": adjustment.id})

    # -- the way of a period ---------------------------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_open_only(self):
        if any(period.state != "open" for period in self):
            raise UserError(self.env._("A period that was closed once is not deleted."))

    def write(self, vals):
        if vals.keys() & {"company_id", "date_from", "date_to"} and any(p.state != "open" for p in self):
            raise UserError(self.env._("The days of a period that was closed once do not change."))
        if not self.env.su and vals.keys() & WAY:
            raise AccessError(self.env._("The way of a period goes over its buttons."))
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(vals.get("state", "open") != "open" for vals in vals_list):
            raise AccessError(self.env._("A period begins open."))
        return super().create(vals_list)

    def action_freeze(self):
        """Show what is unresolved, and freeze."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_period_freeze")
        return {**action, "context": {"default_period_id": self.id}}

    def action_reopen(self):
        """Ask why first."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_period_reopen")
        return {**action, "context": {"default_period_id": self.id}}

    def action_export(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_period_export")
        return {**action, "context": {"default_period_id": self.id}}

    def action_unresolved(self):
        """The open exceptions of these days."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_exception")
        _model, domain = self._unresolved_domains()["exceptions"]
        return {**action, "domain": domain, "context": {}}

    def action_days(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("punchclock.action_day")
        return {**action, "domain": self._span(), "context": {}}

    def _freeze(self, override=None):
        """Close the days.

        :param str override: why all the same, when something is unresolved
        """
        self.ensure_one()
        self._need_payroll()
        self._lock_row()
        if self.state not in ("open", "reopened"):
            raise UserError(self.env._("The period is closed already."))
        if self.date_to >= fields.Date.today():
            raise UserError(self.env._("The period is not over yet."))
        self.invalidate_recordset()
        unresolved = {
            "exceptions": self.open_exception_count,
            "adjustments": self.pending_adjustment_count,
            "dirty": self.dirty_count,
            "punches": self.review_event_count,
        }
        if any(unresolved.values()) and not override:
            raise UserError(
                self.env._(
                    "Not everything is resolved: %(exceptions)s exceptions, %(adjustments)s undecided corrections, "
                    "%(dirty)s days to compute, %(punches)s punches to review.",
                    **unresolved,
                )
            )
        period = self.sudo()
        days = self.env["punchclock.day"].sudo().search(period._span())
        days._lock()
        digest = self.env["punchclock.export"].sudo()._paid_digest(period)
        values = {"frozen_by": self.env.uid, "frozen_at": fields.Datetime.now(), "paid_digest": digest}
        more = {"days": len(days), "unresolved": unresolved, "paid": digest}
        if any(unresolved.values()):
            values.update(override_by=self.env.uid, override_note=override)
            more["override"] = canonical.digest(override)
        else:
            values.update(override_by=False, override_note=False)
        period.write(values)
        self._move("frozen", more)

    def _reopen(self, why):
        self.ensure_one()
        self._need_payroll()
        self._lock_row()
        if self.state not in CLOSED:
            raise UserError(self.env._("The period is not closed."))
        days = self.env["punchclock.day"].sudo().search(self.sudo()._span())
        days._unlock()
        self._mark_held_back()
        self._move("reopened", {"why": canonical.digest(why), "days": len(days)})
        self.message_post(body=self.env._("Reopened: %s", why))

    def _mark_held_back(self):
        """Have the days computed that would have been new ones while the period was closed."""
        told = self.env["punchclock.exception"].sudo()
        told = told.search([*self.sudo()._span(), ("type", "=", "locked_day_changed"), ("day_id", "=", False)])
        marks = {(found.employee_id.id, found.date) for found in told if found.employee_id}
        self.env["punchclock.dirty.day"].sudo()._mark(marks)
        told.filtered(lambda found: found.state == "open").write(
            {"state": "resolved", "closed_by_rerun": True, "resolved_at": fields.Datetime.now()}
        )

    def _move(self, state, more):
        period = self.sudo()
        period.state = state
        payload = {"name": period.name, "from": period.date_from, "to": period.date_to, **more}
        self.env["punchclock.audit"]._append(period.company_id, f"period.{state}", period, payload)

    def _lock_row(self):
        self.check_access("read")
        self.sudo().lock_for_update()
        self.invalidate_recordset(["state"])

    @api.model
    def _need_payroll(self):
        if not self.env.su and not self.env.user.has_group("punchclock.group_punchclock_payroll"):
            raise AccessError(self.env._("Only payroll closes, reopens and exports periods."))
