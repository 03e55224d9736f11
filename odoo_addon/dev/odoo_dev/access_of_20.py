"""What the addons allow, in the format of Odoo 20, out of the files of Odoo 19.

Up to 19 an access right (`ir.model.access`) opens a model to a group and record rules (`ir.rule`) narrow it. 20 has
`ir.access` in their place: a row without a group restricts everybody, a row with a group permits, and a permission
that one group gives is never narrowed by another group. So a row of 20 is what a group adds to what the groups that it
implies permit already, and what 19 narrows by a second group cannot be said: that is refused here, in a sentence.
"""

import ast
import csv
import io
import itertools
import re
import xml.etree.ElementTree as ET
from collections import namedtuple

from .base import ADDONS, Failure, say
from .instance import OURS

TARGET = "security/ir.access.csv"
HEADER = ("id", "name", "model_id", "group_id/id", "operation", "domain")
# In the order in which 20 writes them.
LETTERS = {"create": "c", "read": "r", "write": "u", "unlink": "d"}
ACL_COLUMNS = ["id", "name", "model_id:id", "group_id:id", "perm_read", "perm_write", "perm_create", "perm_unlink"]
# What a group may say as well of who holds its rights and which they are.
GROUP_FIELDS_UNREAD = {"implied_by_ids", "model_access", "rule_groups"}
RULE_FIELDS = {"name", "model_id", "domain_force", "groups", *(f"perm_{operation}" for operation in LETTERS)}
LINKS = re.compile(r"\[\s*(?:Command\.link\(ref\('[\w.]+'\)\)\s*,?\s*)*\]")
FLAGS = {"True": True, "1": True, "False": False, "0": False}
# How a domain says that it leaves nothing out, its spaces taken away. 20 leaves the column empty.
EVERYTHING = {"", "[]", "[(1,'=',1)]"}
ALL = frozenset({""})

Acl = namedtuple("Acl", "id name model group operations")
Rule = namedtuple("Rule", "id name model groups operations domain")
Row = namedtuple("Row", "id name model group operation domain")


class Source:
    """The access rights, record rules and groups that one addon's files of 19 declare."""

    def __init__(self, folder):
        self.folder = folder
        self.addon = folder.name
        self.models = self._read_models()
        self.implied = {}
        self.acls = []
        self.rules = []
        for name in ast.literal_eval((folder / "__manifest__.py").read_text(encoding="utf-8"))["data"]:
            if name.endswith("ir.model.access.csv"):
                self._read_acls(folder / name)
            elif name.endswith(".xml"):
                self._read_records(folder / name)
        ids = [line.id for line in (*self.acls, *self.rules)]
        for twice in sorted({name for name in ids if ids.count(name) > 1}):
            raise Failure(f"{self.addon}: {twice} is declared twice")

    def _read_models(self):
        """Names of models by external id: underscores of an id do not tell where a name has dots."""
        models = {}
        for path in sorted(self.folder.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Assign)
                    and isinstance(node.value, ast.Constant)
                    and [getattr(target, "id", None) for target in node.targets] == ["_name"]
                ):
                    models["model_" + node.value.value.replace(".", "_")] = node.value.value
        return models

    def _model(self, reference, what):
        # Another addon's rights on such a model are not in these files, and 20 joins them in another way than 19.
        if reference not in self.models:
            raise Failure(f"{self.addon}: {what} is about {reference}, which is no model of this addon")
        return self.models[reference]

    def _group(self, reference):
        return reference if "." in reference else f"{self.addon}.{reference}"

    def _operations(self, flags, what):
        if not set(flags.values()) <= set(FLAGS):
            raise Failure(f"{self.addon}: {what} has a permission that is neither yes nor no: {flags}")
        return {operation for operation, flag in flags.items() if FLAGS[flag]}

    def _links(self, field, what):
        expression = field.get("eval", "")
        if not LINKS.fullmatch(expression):
            raise Failure(f"{self.addon}: {what} names its groups in a way that is not read here: {expression}")
        return [self._group(name) for name in re.findall(r"ref\('([\w.]+)'\)", expression)]

    def _read_acls(self, path):
        with open(path, encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            if reader.fieldnames != ACL_COLUMNS:
                raise Failure(f"{self.addon}: the columns of {path.name} are not {','.join(ACL_COLUMNS)}")
            for line in reader:
                if not line["group_id:id"]:
                    # To 19 it opens the model to everybody, to 20 it would open it to nobody.
                    raise Failure(f"{self.addon}: {line['id']} has no group: name who may do that")
                self.acls.append(
                    Acl(
                        line["id"],
                        line["name"],
                        self._model(line["model_id:id"], line["id"]),
                        self._group(line["group_id:id"]),
                        self._operations({operation: line[f"perm_{operation}"] for operation in LETTERS}, line["id"]),
                    )
                )

    def _read_records(self, path):
        for node in ET.parse(path).getroot().iter():
            model = node.get("model")
            if model == "ir.model.access" or (model in ("ir.rule", "res.groups") and node.tag != "record"):
                raise Failure(f"{self.addon}: a <{node.tag}> of {model} in {path.name} is not read here")
            if model not in ("ir.rule", "res.groups"):
                continue
            name = node.get("id")
            fields = {field.get("name"): field for field in node.iter("field")}
            if model == "res.groups":
                for unread in sorted(GROUP_FIELDS_UNREAD & set(fields)):
                    raise Failure(f"{self.addon}: {unread} of the group {name} is not read here")
                implied = self._links(fields["implied_ids"], name) if "implied_ids" in fields else []
                self.implied.setdefault(self._group(name), set()).update(implied)
            else:
                self.rules.append(self._rule(name, fields))

    def _rule(self, name, fields):
        unknown = sorted(set(fields) - RULE_FIELDS)
        if unknown or "." in name:
            raise Failure(f"{self.addon}: the record rule {name} is not read here ({', '.join(unknown) or 'its id'})")
        force = fields.get("domain_force")
        if force is None or "eval" in force.attrib:
            raise Failure(f"{self.addon}: the record rule {name} has no text of a domain")
        domain = " ".join((force.text or "").split())
        flags = {
            operation: fields[f"perm_{operation}"].get("eval") if f"perm_{operation}" in fields else "True"
            for operation in LETTERS
        }
        return Rule(
            name,
            fields["name"].text,
            self._model(fields["model_id"].get("ref"), name),
            self._links(fields["groups"], name) if "groups" in fields else [],
            self._operations(flags, name),
            "" if domain.replace(" ", "").replace('"', "'") in EVERYTHING else domain,
        )


class Translation:
    """The rows of 20 for one addon; `implied` are the groups of all addons, whose rights reach who implies them."""

    def __init__(self, source, implied):
        self.source = source
        self.implied = implied
        self.groups = sorted(
            {line.group for line in source.acls} | {group for rule in source.rules for group in rule.groups},
            key=lambda group: (len(self.closure({group})), group),
        )

    def closure(self, groups):
        """These groups and all that they imply."""
        held = set()
        left = list(groups)
        while left:
            group = left.pop()
            if group not in held:
                held.add(group)
                left.extend(self.implied.get(group, ()))
        return held

    def allowed(self, groups, model, operation):
        """The domains one of which a record has to meet in 19, None where the model is closed; global rules aside."""
        held = self.closure(groups)
        if not any(
            acl.group in held and acl.model == model and operation in acl.operations for acl in self.source.acls
        ):
            return None
        domains = {
            rule.domain
            for rule in self.source.rules
            if rule.model == model and operation in rule.operations and held.intersection(rule.groups)
        }
        return widest(domains or ALL)

    def rows(self):
        rows = []
        models = list(dict.fromkeys(line.model for line in (*self.source.acls, *self.source.rules)))
        for model in models:
            permitted = self._permitted(model)
            self._check(model, permitted)
            taken = set()
            for (group, domain), operations in permitted.items():
                name, text = self._named(model, group, domain)
                # One right of 19 may come to several rows, each with a domain of its own.
                number = next(n for n in itertools.count(1) if (name, n) not in taken)
                taken.add((name, number))
                row_id = name if number == 1 else f"{name}_{number}"
                rows.append(Row(row_id, text, model, group, letters(operations), domain))
            rows.extend(
                Row(rule.id, rule.name, model, "", letters(rule.operations), rule.domain)
                for rule in self.source.rules
                if rule.model == model and not rule.groups and rule.domain
            )
        return rows

    def _permitted(self, model):
        """{(group, domain): operations}: what each group adds to what those that it implies permit."""
        permitted = {}
        for group in self.groups:
            below = self.closure({group}) - {group}
            for operation in LETTERS:
                domains = self.allowed({group}, model, operation)
                if domains is None:
                    continue
                given = said(permitted, below, operation)
                for domain in sorted(domains - (given or frozenset())):
                    permitted.setdefault((group, domain), set()).add(operation)
        return permitted

    def _check(self, model, permitted):
        # Pairs are enough: if no second group narrows or widens what a group permits, none of many does.
        for pair in itertools.combinations_with_replacement(self.groups, 2):
            for operation in LETTERS:
                old = self.allowed(pair, model, operation)
                new = said(permitted, self.closure(pair), operation)
                if old != new:
                    raise Failure(
                        f"{self.source.addon}: {operation} on {model} by who has {' and '.join(dict.fromkeys(pair))} "
                        f"cannot be said in Odoo 20: 19 allows {shown(old)}, its rows would allow {shown(new)}. "
                        "Give each of these groups an access right and a record rule of its own."
                    )

    def _named(self, model, group, domain):
        """Id and name of what 19 calls this permission, which 20's own addons keep."""
        for rule in self.source.rules:
            if rule.model == model and rule.groups == [group] and rule.domain == domain:
                return rule.id, rule.name
        for acl in self.source.acls:
            if acl.model == model and acl.group == group:
                return acl.id, acl.name
        short = group.split(".")[1]
        return f"access_{model.replace('.', '_')}_{short}", f"{model} {short}"


def widest(domains):
    return ALL if "" in domains else frozenset(domains)


def said(permitted, held, operation):
    """What these rows of 20 permit who holds these groups, None where that is nothing."""
    domains = {domain for (group, domain), given in permitted.items() if group in held and operation in given}
    return widest(domains) if domains else None


def letters(operations):
    return "".join(letter for operation, letter in LETTERS.items() if operation in operations)


def shown(domains):
    if domains is None:
        return "nothing"
    return " or ".join(domain or "everything" for domain in sorted(domains))


def texts(folders):
    """{path: content} of the files of 20 of these addons."""
    sources = [Source(folder) for folder in folders]
    implied = {}
    for source in sources:
        for group, others in source.implied.items():
            implied.setdefault(group, set()).update(others)
    result = {}
    for source in sources:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(Translation(source, implied).rows())
        result[source.folder / TARGET] = out.getvalue()
    return result


def write():
    """Write the files of 20 again."""
    for path, text in texts([ADDONS / addon for addon in OURS]).items():
        path.write_text(text, encoding="utf-8")
        say(f"written: {path}")
