"""What the files of Odoo 20 allow is what those of 19 allow, judged by a second reading of both formats."""

import csv
import itertools
import re
import tempfile
import unittest
import xml.etree.ElementTree as ET
from pathlib import Path

from odoo_dev import access_of_20
from odoo_dev.base import ADDONS, Failure
from odoo_dev.instance import OURS

FOLDERS = [ADDONS / addon for addon in OURS]
OPERATIONS = {"create": "c", "read": "r", "write": "u", "unlink": "d"}
TRUE = "[(1, '=', 1)]"


def qualified(name, addon):
    return name if "." in name else f"{addon}.{name}"


def every(domains):
    """The domains all of which have to hold, without those that always do."""
    return frozenset(domain for domain in domains if domain.replace(" ", "") not in {"", "[]", "[(1,'=',1)]"})


def any_of(domains):
    """The domains one of which has to hold; one that always does makes the others vain."""
    domains = frozenset(domain if every([domain]) else TRUE for domain in domains)
    return frozenset({TRUE}) if TRUE in domains else domains


class Old:
    """19: some access right opens the model, every global rule holds, and one of the rules of the user's groups."""

    def __init__(self, folders):
        self.addons = {folder.name for folder in folders}
        self.rights, self.rules, self.implied = [], [], {}
        for folder in folders:
            with open(folder / "security/ir.model.access.csv", encoding="utf-8", newline="") as lines:
                for line in csv.DictReader(lines):
                    line["group"] = qualified(line["group_id:id"], folder.name)
                    self.rights.append(line)
            for path in sorted(folder.rglob("*.xml")):
                tree = ET.parse(path)
                for record in tree.iterfind(".//record[@model='res.groups']"):
                    group = self.implied.setdefault(qualified(record.get("id"), folder.name), set())
                    group.update(self.refs(record, "implied_ids", folder.name))
                for record in tree.iterfind(".//record[@model='ir.rule']"):
                    self.rules.append(
                        {
                            "model": record.find("field[@name='model_id']").get("ref"),
                            "domain": " ".join(record.find("field[@name='domain_force']").text.split()),
                            "groups": set(self.refs(record, "groups", folder.name)),
                            "denied": {
                                field.get("name")
                                for field in record.iterfind("field")
                                if field.get("name").startswith("perm_") and field.get("eval") in ("False", "0")
                            },
                        }
                    )

    def refs(self, record, name, addon):
        field = record.find(f"field[@name='{name}']")
        found = [] if field is None else re.findall(r"ref\('(.*?)'\)", field.get("eval"))
        return [qualified(reference, addon) for reference in found]

    def models(self):
        return {line["model_id:id"] for line in self.rights} | {rule["model"] for rule in self.rules}

    def holders(self, largest):
        """Every set of so many of our groups, with all that they imply."""
        ours = sorted(group for group in self.implied if group.split(".")[0] in self.addons)
        for size in range(1, largest + 1):
            for chosen in itertools.combinations(ours, size):
                held = set(chosen)
                while True:
                    more = set().union(held, *(self.implied.get(group, ()) for group in held))
                    if more == held:
                        break
                    held = more
                yield held

    def allowed(self, held, model, operation):
        permission = f"perm_{operation}"
        if not any(
            line["group"] in held and line["model_id:id"] == model and line[permission] == "1" for line in self.rights
        ):
            return None
        rules = [rule for rule in self.rules if rule["model"] == model and permission not in rule["denied"]]
        everybody = every(rule["domain"] for rule in rules if not rule["groups"])
        theirs = [rule["domain"] for rule in rules if rule["groups"] & held]
        return everybody, any_of(theirs or [TRUE])


class New:
    """20: every row without a group holds, and one of the rows of the user's groups; without such a row nothing."""

    def __init__(self, rows):
        self.by_model = {}
        for row in rows:
            self.by_model.setdefault("model_" + row["model_id"].replace(".", "_"), []).append(row)

    def allowed(self, held, model, operation):
        rows = [row for row in self.by_model.get(model, ()) if OPERATIONS[operation] in row["operation"]]
        theirs = [row["domain"] for row in rows if row["group_id/id"] in held]
        if not theirs:
            return None
        return every(row["domain"] for row in rows if not row["group_id/id"]), any_of(theirs)


def rows_of(folders):
    rows = []
    for folder in folders:
        with open(folder / "security/ir.access.csv", encoding="utf-8", newline="") as lines:
            rows.extend(csv.DictReader(lines))
    return rows


def differences(old, new, models):
    return [
        (sorted(held), model, operation)
        for held in old.holders(3)
        for model in sorted(models)
        for operation in OPERATIONS
        if old.allowed(held, model, operation) != new.allowed(held, model, operation)
    ]


class TestCommittedFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.old = Old(FOLDERS)
        cls.rows = rows_of(FOLDERS)

    def test_they_are_what_is_written_now(self):
        for path, text in access_of_20.texts(FOLDERS).items():
            self.assertEqual(path.read_text(encoding="utf-8"), text, "run odoo_addon/dev/odoo access and commit")

    def test_they_have_the_form_of_20(self):
        ids = [row["id"] for row in self.rows]
        self.assertEqual(len(ids), len(set(ids)))
        for row in self.rows:
            self.assertEqual(list(row), ["id", "name", "model_id", "group_id/id", "operation", "domain"])
            self.assertRegex(row["operation"], r"^(?=.)c?r?u?d?$")
            self.assertTrue(row["group_id/id"] or row["domain"], row)

    def test_19_does_not_load_them(self):
        for folder in FOLDERS:
            self.assertNotIn("ir.access.csv", (folder / "__manifest__.py").read_text(encoding="utf-8"))

    def test_both_formats_allow_the_same(self):
        # What is compared is there: a reading that found nothing would find no difference either.
        everyone = {"punchclock.group_punchclock_user"}
        self.assertEqual(
            self.old.allowed(everyone, "model_punchclock_day", "read"),
            ({"[('company_id', 'in', company_ids)]"}, {"[('employee_id.user_id', '=', user.id)]"}),
        )
        self.assertIsNone(self.old.allowed(everyone, "model_punchclock_day", "write"))
        self.assertEqual(len(list(self.old.holders(3))), 7 + 21 + 35)
        self.assertEqual(set(New(self.rows).by_model), self.old.models())
        self.assertEqual(differences(self.old, New(self.rows), self.old.models()), [])

    def test_a_wrong_row_is_noticed(self):
        by_model = New(self.rows).by_model
        for number, row in enumerate(self.rows):
            # Every model of ours that is restricted is read by somebody, not every one is written by somebody.
            less = row["operation"].replace("r" if "r" in row["operation"] else row["operation"][0], "")
            wrong = {
                "missing": [],
                "one operation less": [{**row, "operation": less}],
                "of another group": [{**row, "group_id/id": "punchclock.group_punchclock_gateway"}],
                "for some records": [{**row, "domain": "[('id', '=', 1)]"}],
            }
            if row["domain"]:
                wrong["for all records"] = [{**row, "domain": ""}]
            model = "model_" + row["model_id"].replace(".", "_")
            permitted = {letter for other in by_model[model] if other["group_id/id"] for letter in other["operation"]}
            for letter in set("crud") - permitted if row["group_id/id"] else ():
                wrong[f"{letter} as well"] = [{**row, "operation": row["operation"] + letter}]
            for what, instead in wrong.items():
                rows = [*self.rows[:number], *instead, *self.rows[number + 1 :]]
                with self.subTest(row=row["id"], wrong=what):
                    self.assertTrue(differences(self.old, New(rows), {model}))


class TestTranslation(unittest.TestCase):
    """An addon with the groups low, high (which implies low) and other, and the model sample.thing."""

    GROUPS = {"low": [], "high": ["low"], "other": []}

    def addon(self, rights, rules="", more=""):
        folder = tempfile.TemporaryDirectory(prefix="punchclock-test-")
        self.addCleanup(folder.cleanup)
        top = Path(folder.name) / "sample"
        groups = "".join(
            f'<record id="{name}" model="res.groups"><field name="implied_ids" '
            f"""eval="[{", ".join(f"Command.link(ref('{other}'))" for other in implied)}]" /></record>"""
            for name, implied in self.GROUPS.items()
        )
        for name, text in {
            "__manifest__.py": "{'data': ['security/ir.model.access.csv', 'security/rules.xml']}",
            "models/thing.py": "class Thing:\n    _name = 'sample.thing'\n",
            "security/rules.xml": f"<odoo>{groups}{rules}{more}</odoo>",
            "security/ir.model.access.csv": "\n".join([",".join(access_of_20.ACL_COLUMNS), *rights, ""]),
        }.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_text(text, encoding="utf-8")
        return top

    def right(self, group, flags="1,0,0,0", model="model_sample_thing"):
        return f"access_{group},thing {group},{model},{group},{flags}"

    def rule(self, group, domain="[('x', '=', 1)]", more=""):
        link = f"""<field name="groups" eval="[Command.link(ref('{group}'))]" />""" if group else ""
        return (
            f'<record id="rule_{group}" model="ir.rule"><field name="name">{group}</field>'
            f'<field name="model_id" ref="model_sample_thing" /><field name="domain_force">{domain}</field>'
            f"{link}{more}</record>"
        )

    def written(self, *arguments):
        """The rows, which have to say what the files of 19 say; (id, group, operation, domain) of each."""
        folder = self.addon(*arguments)
        for path, text in access_of_20.texts([folder]).items():
            path.write_text(text, encoding="utf-8")
        old, rows = Old([folder]), rows_of([folder])
        self.assertEqual(len(list(old.holders(3))), 7)
        self.assertEqual(differences(old, New(rows), old.models()), [])
        return [(row["id"], row["group_id/id"], row["operation"], row["domain"]) for row in rows]

    def refused(self, sentence, *arguments):
        with self.assertRaisesRegex(Failure, sentence):
            access_of_20.texts([self.addon(*arguments)])

    def test_a_right_reaches_who_implies_its_group(self):
        self.assertEqual(
            self.written([self.right("low")], self.rule("high", "[('y', '=', 2)]") + self.rule("low")),
            [
                ("rule_low", "sample.low", "r", "[('x', '=', 1)]"),
                ("rule_high", "sample.high", "r", "[('y', '=', 2)]"),
            ],
        )

    def test_a_rule_reaches_who_implies_its_group(self):
        self.assertEqual(
            self.written([self.right("low"), self.right("high", "1,1,0,0")], self.rule("low")),
            [
                ("rule_low", "sample.low", "r", "[('x', '=', 1)]"),
                ("access_high", "sample.high", "u", "[('x', '=', 1)]"),
            ],
        )

    def test_one_right_under_two_rules_is_two_rows(self):
        rules = self.rule("low") + self.rule("low", "[('y', '=', 2)]").replace("rule_low", "rule_low_too")
        self.assertEqual(
            self.written([self.right("high")], rules),
            [
                ("access_high", "sample.high", "r", "[('x', '=', 1)]"),
                ("access_high_2", "sample.high", "r", "[('y', '=', 2)]"),
            ],
        )

    def test_a_rule_of_some_operations_leaves_the_others_open(self):
        denied = '<field name="perm_write" eval="False" /><field name="perm_unlink" eval="0" />'
        self.assertEqual(
            self.written([self.right("low", "1,1,1,1")], self.rule("low", more=denied) + self.rule("", more=denied)),
            [
                ("rule_low", "sample.low", "cr", "[('x', '=', 1)]"),
                ("access_low", "sample.low", "ud", ""),
                ("rule_", "", "cr", "[('x', '=', 1)]"),
            ],
        )

    def test_a_rule_for_all_records_is_a_row_without_a_domain(self):
        self.assertEqual(
            self.written(
                [self.right("low")], self.rule("low", "[(1,'=',1)]") + self.rule("high") + self.rule("", "[]")
            ),
            [("rule_low", "sample.low", "r", "")],
        )

    def test_a_group_narrowed_by_another_is_refused(self):
        # In 19 who has low alone reads everything, and who has other or high as well only some.
        sentence = "read on sample.thing by who has .*cannot be said in Odoo 20: 19 allows .*x.*, its rows would allow"
        self.refused(sentence, [self.right("low"), self.right("other")], self.rule("other"))
        self.refused(sentence, [self.right("low")], self.rule("high"))

    def test_a_rule_that_only_widens_another_groups_right_is_refused(self):
        rules = self.rule("low") + self.rule("other", "[('y', '=', 2)]")
        self.refused("sample.low and sample.other cannot be said", [self.right("low")], rules)

    def test_a_right_of_nobody_is_refused(self):
        self.refused("access_ has no group: name who may do that", [self.right("")])

    def test_a_model_of_another_addon_is_refused(self):
        self.refused("no model of this addon", [self.right("low", model="hr.model_hr_employee")])

    def test_what_is_not_read_is_refused(self):
        rule = self.rule("low")
        right = [self.right("low")]
        self.refused("neither yes nor no", right, self.rule("low", more='<field name="perm_read">0</field>'))
        self.refused("neither yes nor no", [self.right("low", "1,0,0,yes")])
        self.refused("rule_low is not read here .active", right, self.rule("low", more='<field name="active" />'))
        self.refused("rule_low has no text of a domain", right, rule.replace('force"', 'force" eval="[]"'))
        self.refused("in a way that is not read here", right, rule.replace("Command.link", "Command.unlink"))
        self.refused("rule_low is declared twice", right, rule, rule)
        self.refused("<delete> of ir.rule", right, rule, '<delete model="ir.rule" id="rule_low" />')
        self.refused("<record> of ir.model.access", right, rule, '<record model="ir.model.access" id="more" />')
        group = '<record model="res.groups" id="more"><field name="implied_by_ids" eval="[]" /></record>'
        self.refused("implied_by_ids of the group more", right, rule, group)
