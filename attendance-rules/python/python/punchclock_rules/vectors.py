"""Runs test vectors through the wheel: ``python -m punchclock_rules.vectors DIR``.

The format is described in the crate's ``tests/vectors/README.md``. One line is printed for each failure, then one that names the ops this
runner does not offer (the Rust example ``vectors`` runs them all), then ``N passed, N failed``.
"""

import json
import sys
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from . import PunchclockRulesError, compute_bank, compute_days, resolve

HOURS_48 = 172_800
EDGES = {"duplicate_dropped", "absent", "late", "early_out", "in_early", "out_late"}
WORKED = {"work", "break:paid"}


class NotRead(ValueError):
    """The vector gives something that nobody would read."""


def known(given, *fields):
    unknown = set(given) - set(fields)
    if unknown:
        raise NotRead(f"given has the unknown fields {sorted(unknown)}")


def instant(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def written(at):
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def compute(policy, item):
    answer = json.loads(compute_days(json.dumps({"policy": policy, "items": [{"key": "vector", **item}], "explain": False})))
    return answer["items"][0]["days"]


def punches(given):
    for punch in given["punches"]:
        known(punch, "id", "at", "type", "device", "zone")
    return [{"id": p["id"], "at": instant(p["at"]), "claimed": p.get("type")} for p in given["punches"]]


def ends(intervals):
    spans = sorted((start, end) for start, end in intervals if start < end)
    return [
        {"id": str(2 * number + side), "at": span[side], "claimed": ("in", "out")[side]}
        for number, span in enumerate(spans)
        for side in (0, 1)
    ]


def windows(entries):
    """Windows of the wall clock; a whole day that does not begin at midnight is its two parts."""
    for entry in entries or []:
        known(entry, "start", "end")
        start, end = entry["start"], entry["end"]
        if start != end:
            yield start, end
        elif start == "00:00":
            yield start, "24:00"
        else:
            yield start, "24:00"
            yield "00:00", end


def civil(day, start, end):
    last = date.fromisoformat(day) + timedelta(days=0 if end > start else 1)
    return f"{day}T{start}:00", f"{last}T{end}:00"


def seconds(segments, which):
    return sum(s["to"] - s["from"] for s in segments if which(s))


def run_day(given):
    known(
        given, "tz", "mode", "trust", "shift", "punches", "unpaid_windows", "dedup_window_s", "max_shift_s", "ignore_before_shift",
        "ignore_after_shift", "night", "coc_rates", "day_kind", "rounding", "grace_in_s", "grace_out_s",
    )  # fmt: skip
    shift = given["shift"]
    known(shift, "date", "start", "end", "expected_s")
    kind = given.get("day_kind", "weekday")
    policy = {
        "pairing": given.get("mode", "alternate"),
        "trust": given.get("trust"),
        "dedup_window_s": given.get("dedup_window_s", 0),
        "max_shift_s": given.get("max_shift_s", 57_600),
        "grace_in_s": given.get("grace_in_s", 0),
        "grace_out_s": given.get("grace_out_s", 0),
        "count_before": "never" if given.get("ignore_before_shift") else "always",
        "count_after": "never" if given.get("ignore_after_shift") else "always",
        "breaks": {"windows": [{"from": a, "to": b} for a, b in windows(given.get("unpaid_windows"))]},
        "overlays": [{"name": f"night {n}", "from": a, "to": b} for n, (a, b) in enumerate(windows(given.get("night")))],
        "rounding": given.get("rounding", {}),
        "credit": {
            "classes": [
                {"name": name, "kinds": ["workday" if name == "weekday" else name], "rate": rate}
                for name, rate in given.get("coc_rates", {}).items()
            ]
        },
    }
    start, end = civil(shift["date"], shift["start"], shift["end"])
    days = compute(
        policy,
        {
            "zone": given["tz"],
            "shifts": [
                {
                    "id": "s", "date": shift["date"], "start": start, "end": end, "norm_s": shift.get("expected_s"),
                    "open_before_s": 14_400, "close_after_s": 36_000,
                }
            ],
            "days": [] if kind == "weekday" else [{"date": shift["date"], "kinds": [kind]}],
            "punches": punches(given),
        },
    )  # fmt: skip
    (day,) = [day for day in days if day["shift_id"]]
    place = {punch["id"]: number for number, punch in enumerate(day["punches"])}
    told = [(place[a["punch_ids"][0]], a["code"], a["punch_ids"][0]) for a in day["anomalies"] if a["punch_ids"] and a["code"] not in EDGES]
    timeline = []
    for segment in day["segments"]:
        label = segment["label"]
        if label == "work":
            label = "work:regular" if segment["tier"] == "regular" else "work:overtime"
        if segment["overlays"]:
            label += "+night"
        if timeline and timeline[-1][1] == segment["from"] and timeline[-1][2] == label:
            timeline[-1][1] = segment["to"]
        else:
            timeline.append([segment["from"], segment["to"], label])
    segments = day["segments"]
    return {
        **{name: day[name] for name in ("worked_s", "regular_s", "overtime_s", "late_s", "early_out_s")},
        "night_s": seconds(segments, lambda s: s["overlays"]),
        "unpaid_window_s": seconds(segments, lambda s: s["label"] == "break:unpaid_window"),
        "ignored_s": seconds(segments, lambda s: s["label"] in ("ignored:before_shift", "ignored:after_shift")),
        "coc_credit_s": sum(credit["credit_s"] for credit in day["credits"]),
        "anomalies": [{"code": code, "id": punch} for _place, code, punch in sorted(told)],
        "ignored_punches": [a["punch_ids"][0] for a in day["anomalies"] if a["code"] == "duplicate_dropped"],
        "timeline": [[written(start), written(end), label] for start, end, label in timeline],
    }


def run_overtime(given):
    known(given, "days", "rules", "week_starts", "weekly_counts")
    tiers, kinds = [], {}
    for rule in given["rules"]:
        known(rule, "name", "scope", "over_s", "over", "bp", "dates")
        if rule.get("over") not in (None, "expected"):
            raise NotRead(f"over {rule['over']!r}")
        scope = rule["scope"]
        if scope == "seventh_day":
            scope = {"consecutive_day": {"day": 7}}
        elif scope == "dates":
            kind = f"dates of {rule['name']}"
            for day in rule["dates"]:
                kinds.setdefault(day, ["workday"]).append(kind)
            scope = {"day_kind": {"kind": kind}}
        over = "norm" if rule.get("over") == "expected" else rule.get("over_s", 0)
        tiers.append({"name": rule["name"], "scope": scope, "over": over, "rate_bp": rule.get("bp", 15_000)})
    policy = {
        "pairing": "typed", "dedup_window_s": 0, "max_shift_s": HOURS_48,
        "overtime": {
            "tiers": tiers, "counts": given.get("weekly_counts", "straight_only"), "week_starts": given.get("week_starts", "monday")
        },
    }  # fmt: skip
    shifts, work = [], []
    for day in given["days"]:
        known(day, "date", "worked_s", "expected_s")
        begin = instant(f"{day['date']}T00:00:00+00:00")
        worked = day.get("worked_s", 0)
        end = datetime.fromtimestamp(begin + max(worked, 1), timezone.utc).replace(tzinfo=None)
        shifts.append(
            {
                "id": day["date"], "date": day["date"], "start": f"{day['date']}T00:00:00", "end": end.isoformat(),
                "norm_s": day.get("expected_s", 0), "open_before_s": 0, "close_after_s": 0,
            }
        )  # fmt: skip
        work.append((begin, begin + worked))
    facts = [{"date": day, "kinds": names} for day, names in kinds.items()]
    answer, totals = [], Counter()
    for day in compute(policy, {"zone": "UTC", "shifts": shifts, "punches": ends(work), "days": facts}):
        named = {"regular": day["regular_s"], **{tier["name"]: tier["seconds"] for tier in day["by_tier"]}}
        named = {name: spent for name, spent in named.items() if spent}
        totals.update(named)
        answer.append({"date": day["date"], **named})
    return {"days": answer, "totals": dict(totals)}


def run_bank(given):
    answer = json.loads(compute_bank(json.dumps({"items": [{**given, "key": "vector"}]})))
    (item,) = answer["items"]
    # Which cap bound is told by the engine and not asked by vectors.
    ledger = [{name: value for name, value in line.items() if name != "limit"} for line in item["ledger"]]
    totals = {name: item["totals"][name] for name in ("credited_s", "used_s", "forfeited_s")}
    return {"ledger": ledger, "balance_s": item["balance_s"], "totals": totals}


def run_overlay(given):
    known(given, "tz", "windows", "intervals")
    overlays = [{"name": f"window {n}", "from": a, "to": b} for n, (a, b) in enumerate(windows(given["windows"]))]
    policy = {
        "pairing": "typed", "dedup_window_s": 0, "max_shift_s": HOURS_48, "new_shift_after_s": HOURS_48, "overlays": overlays
    }  # fmt: skip
    spans = [(instant(start), instant(end)) for start, end in given["intervals"]]
    days = compute(policy, {"zone": given["tz"], "punches": ends(spans)})
    segments = [segment for day in days for segment in day["segments"] if segment["label"] in WORKED]
    worked, inside = seconds(segments, lambda s: True), seconds(segments, lambda s: s["overlays"])
    return {"worked_s": worked, "in_window_s": inside, "outside_s": worked - inside}


def run_resolve_local(given):
    known(given, "tz", "local", "gap", "fold", "tzdb_min")
    (found,) = resolve(given["tz"], [given["local"]])
    which = {"unique": "earlier", "gap": given.get("gap", "compatible"), "fold": given.get("fold", "earlier")}[found["kind"]]
    compatible = "later" if found["kind"] == "gap" else "earlier"
    return {"kind": found["kind"], "instant": written(found[compatible if which == "compatible" else which])}


OPS = {
    "bank": run_bank,
    "day": run_day,
    "overlay": run_overlay,
    "overtime": run_overtime,
    "resolve_local": run_resolve_local,
}


def agrees(expect, found):
    """Whether all that is expected was found; instants are compared as instants, however they are written."""
    if isinstance(expect, dict) and isinstance(found, dict):
        return all(name in found and agrees(value, found[name]) for name, value in expect.items())
    if isinstance(expect, list) and isinstance(found, list):
        return len(expect) == len(found) and all(map(agrees, expect, found))
    if isinstance(expect, str) and isinstance(found, str) and expect != found:
        try:
            return instant(expect) == instant(found)
        except ValueError:
            return False
    return expect == found and isinstance(expect, bool) == isinstance(found, bool)


def run_file(path):
    """None when the vector holds, else one line: what was expected and what was found."""
    name = path.name
    try:
        vector = json.loads(path.read_bytes())
        name = vector.get("id", name)
        found = OPS[vector["op"]](vector["given"])
    except PunchclockRulesError as error:
        return f"{name}: expected {json.dumps(vector['expect'])}, found the error {error}"
    except (ValueError, KeyError, TypeError) as error:
        return f"{name}: cannot be run: {error!r}"
    if agrees(vector["expect"], found):
        return None
    return f"{name}: expected {json.dumps(vector['expect'])}, found {json.dumps(found)}"


def main(arguments):
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m punchclock_rules.vectors DIR", file=sys.stderr)
        return 2
    passed, failed, left_out = 0, 0, Counter()
    for path in sorted(Path(arguments[0]).rglob("*.json")):
        try:
            op = json.loads(path.read_bytes())["op"]
        except (ValueError, KeyError, TypeError):
            op = None
        if op is not None and op not in OPS:
            left_out[op] += 1
            continue
        line = run_file(path)
        if line is None:
            passed += 1
        else:
            failed += 1
            print(line)
    if left_out:
        print("not offered through the wheel: " + ", ".join(f"{op} ({count})" for op, count in sorted(left_out.items())))
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
