# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
import logging
from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .. import guard
from .punchclock_audit import GENESIS, HASHED, entry_hash

_logger = logging.getLogger(__name__)

# Enough to see the pattern of a rewrite; every further one says the same.
SHOWN = 100
FETCH = 5000
# Batches bring up to 500 punches each.
CHUNK = 200


class PunchclockAuditCheck(models.Model):
    """What a verification of a company's audit trail found."""

    _name = "punchclock.audit.check"
    _description = "Verification of the Audit Trail"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "create_date"
    # Auditors change nothing, and still must be able to answer.
    _mail_post_access = "read"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    create_date = fields.Datetime(string="Verified On")
    create_uid = fields.Many2one("res.users", string="Verified By")
    state = fields.Selection(
        [("sound", "Sound"), ("broken", "Broken")], compute="_compute_state", store=True, string="Result"
    )
    entries = fields.Integer(readonly=True)
    records = fields.Integer(string="Records Compared", readonly=True)
    anchors = fields.Integer(string="Anchors Compared", readonly=True)
    head_seq = fields.Integer(string="Last Entry", readonly=True, aggregator=None)
    head_hash = fields.Char(string="Hash of the Last Entry", readonly=True)
    problem_count = fields.Integer(string="Problems", readonly=True)
    problems = fields.Text(string="What Is Wrong", readonly=True, help="The first of them; each line is one.")

    @api.depends("problem_count")
    def _compute_state(self):
        for check in self:
            check.state = "broken" if check.problem_count else "sound"

    @api.model
    def _cron_verify(self):
        """Verify every chain; a broken one becomes a task of each auditor of that company."""
        heads = self.env["punchclock.audit.head"].search([("seq", ">", 0)])
        for check in self._run(heads.company_id).filtered(lambda check: check.state == "broken"):
            _logger.error("the audit trail of company %s is broken:\n%s", check.company_id.display_name, check.problems)
            check._alarm()

    def _alarm(self):
        self.ensure_one()
        auditors = self.env.ref("punchclock.group_punchclock_auditor").all_user_ids
        for user in auditors.filtered(lambda user: self.company_id in user.company_ids):
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._("The audit trail of %s is broken", self.company_id.name),
                user_id=user.id,
            )

    @api.model
    def _run(self, companies, outside=()):
        """Verify the chains of companies.

        :param outside: (company id, number, hash) of heads that were kept outside the database
        """
        rows = []
        for company in companies:
            finding = Finding(self.env, company)
            finding.entries_of_chain()
            finding.compare_anchors([(seq, value) for company_id, seq, value in outside if company_id == company.id])
            finding.compare_records()
            finding.ask_records()
            finding.look_at_guards()
            rows.append(finding.values())
        return self.sudo().create(rows)

    @api.model
    def _verify_against(self, company, seq, outside_hash):
        """Verify a chain, and compare it with a head that somebody wrote down outside the database."""
        if not self.env.user.has_group("punchclock.group_punchclock_auditor"):
            raise AccessError(self.env._("Only an auditor may verify the audit trail."))
        if company not in self.env.user.company_ids:
            raise AccessError(self.env._("You do not work for that company."))
        if seq < 1:
            raise UserError(self.env._("Give the number and the hash of an entry."))
        return self._run(company, [(company.id, seq, outside_hash)])


class Step(NamedTuple):
    """An entry about a record."""

    seq: int
    name: str  # "applied" of the action "adjustment.applied"
    uid: int
    note: str | None  # digest of the record's free text


class Trail(NamedTuple):
    """What a chain says of the records of one model."""

    steps: dict  # id → its steps, in their order
    sealed: dict  # id → (number of the entry, digest)
    since: object  # when the chain begins, if what was before is purged

    def unsealed(self, model, company):
        """Of the records of a model whose every one is sealed when it is made: those without an entry."""
        model.env.cr.execute(
            SQL(
                "SELECT id FROM %s WHERE company_id = %s AND (%s::timestamp IS NULL OR create_date >= %s) ORDER BY id",
                SQL.identifier(model._table),
                company.id,
                self.since,
                self.since,
            )
        )
        found = [record_id for (record_id,) in model.env.cr.fetchall() if record_id not in self.sealed]
        return [f"{model._name} {record_id} has no entry" for record_id in found]


class Finding:
    """One walk over one chain, and what it found."""

    def __init__(self, env, company):
        self.env, self.company = env, company
        self.count = self.compared = self.anchored = self.problem_count = 0
        self.problems = []
        self.sealed = defaultdict(dict)  # model → id → (number of the last entry that carries its digest, digest)
        # Model → id → its steps, of the models that compare them with their records.
        self.steps = {name: defaultdict(list) for name, model in env.items() if hasattr(model, "_audit_problems")}
        self.tombstones = {}  # last number removed → its hash
        self.first = None
        self.last = (0, GENESIS)
        head = env["punchclock.audit.head"].sudo().search([("company_id", "=", company.id)])
        self.head = (head.seq, head.hash) if head else (0, GENESIS)

    def problem(self, text):
        self.problem_count += 1
        if len(self.problems) < SHOWN:
            self.problems.append(text)

    def entries_of_chain(self):
        """Every entry: its own hash, the one before, and no number missing."""
        after = 0
        while True:
            # By number and not with a cursor of the server: it can be killed and begun again, and blocks nobody.
            self.env.cr.execute(
                f"SELECT {', '.join(HASHED)} FROM punchclock_audit WHERE company_id = %s AND seq > %s "  # pylint: disable=sql-injection
                "ORDER BY seq LIMIT %s",
                [self.company.id, after, FETCH],
            )
            rows = self.env.cr.dictfetchall()
            if not rows:
                break
            for row in rows:
                self._entry(row)
            after = rows[-1]["seq"]
        if self.first and self.first["seq"] > 1:
            removed = self.tombstones.get(self.first["seq"] - 1)
            if removed != self.first["prev_hash"]:
                self.problem(f"entries 1 to {self.first['seq'] - 1} are missing")
        if self.last != self.head:
            self.problem(
                f"the chain ends with entry {self.last[0]}, its head says {self.head[0]}"
                if self.last[0] != self.head[0]
                else f"the head of the chain has another hash than entry {self.last[0]}"
            )

    def _entry(self, row):
        self.count += 1
        seq = row["seq"]
        if self.first is None:
            self.first = row
            if seq == 1 and row["prev_hash"] != GENESIS:
                self.problem("entry 1 does not begin the chain")
        elif seq != self.last[0] + 1:
            gap = f"{self.last[0] + 1} to {seq - 1}" if seq - self.last[0] > 2 else f"{seq - 1}"
            self.problem(f"missing before entry {seq}: {gap}")
        elif row["prev_hash"] != self.last[1]:
            self.problem(f"entry {seq} does not follow entry {seq - 1}")
        try:
            computed = entry_hash(row)
            payload = json.loads(row["payload"])
        except ValueError:
            computed, payload = None, {}
        if computed != row["hash"]:
            self.problem(f"entry {seq} ({row['action']}) was changed")
        self.last = (seq, row["hash"])
        if row["action"] == "audit.purged":
            self.tombstones[payload.get("last")] = payload.get("last_hash")
        if isinstance(payload, dict):
            if row["model"] in self.steps:
                step = Step(seq, row["action"].rpartition(".")[2], row["uid"], payload.get("note"))
                self.steps[row["model"]][row["res_id"]].append(step)
            if row["model"] and payload.get("digest"):
                self.sealed[row["model"]][row["res_id"]] = (seq, payload["digest"])
            for model, digests in (payload.get("digests") or {}).items():
                for res_id, value in digests.items():
                    self.sealed[model][int(res_id)] = (seq, value)

    def compare_anchors(self, outside):
        """Heads that left the database must still be in the chain."""
        self.env.cr.execute(
            "SELECT DISTINCT seq, hash FROM punchclock_audit_anchor WHERE company_id = %s ORDER BY seq",
            [self.company.id],
        )
        anchors = [(seq, value, "an anchor") for seq, value in self.env.cr.fetchall()]
        anchors += [(seq, value, "the copy from outside") for seq, value in outside]
        first = self.first["seq"] if self.first else 1
        self.env.cr.execute(
            "SELECT seq, hash FROM punchclock_audit WHERE company_id = %s AND seq = ANY(%s)",
            [self.company.id, [seq for seq, _value, _what in anchors]],
        )
        chain = dict(self.env.cr.fetchall())
        for seq, value, what in anchors:
            if seq < first and self.tombstones:
                continue
            self.anchored += 1
            if seq > self.last[0]:
                self.problem(f"{what} knows entry {seq}, the chain ends with entry {self.last[0]}")
            elif chain.get(seq) != value:
                self.problem(f"{what} knows entry {seq} with another hash")

    def compare_records(self):
        """What the chain sealed must still read the same in its own table."""
        for model, wanted in sorted(self.sealed.items()):
            # A bridge that was uninstalled took its records along.
            if model not in self.env or not hasattr(self.env[model], "_audit_digests"):
                continue
            digests = {}
            ids = list(wanted)
            for start in range(0, len(ids), CHUNK):
                digests.update(self.env[model].sudo()._audit_digests(ids[start : start + CHUNK]))
            for res_id, (seq, value) in sorted(wanted.items()):
                self.compared += 1
                if res_id not in digests:
                    self.problem(f"{model} {res_id}, sealed by entry {seq}, is gone")
                elif digests[res_id] != value:
                    self.problem(f"{model} {res_id} is not what entry {seq} sealed")

    def ask_records(self):
        """What is in the tables of decisions and facts must be in the chain."""
        since = self.first["at"] if self.first and self.tombstones else None
        for name, steps in sorted(self.steps.items()):
            trail = Trail(steps, self.sealed.get(name, {}), since)
            for text in self.env[name].sudo()._audit_problems(self.company, trail):
                self.problem(text)

    def look_at_guards(self):
        for table, wrong in guard.disarmed(self.env.cr, self.env["punchclock.audit"]._guarded_tables()):
            self.problem(f"table {table} is not protected: {wrong}")

    def values(self):
        return {
            "company_id": self.company.id,
            "entries": self.count,
            "records": self.compared,
            "anchors": self.anchored,
            "head_seq": self.head[0],
            "head_hash": self.head[1],
            "problem_count": self.problem_count,
            "problems": "\n".join(self.problems),
        }
