#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets into corpus/<target>/seed-*, from the vectors of the crates and by hand.

Run it after a change of the vectors or of how a target reads its bytes, and commit what it writes. Files whose names do not
begin with "seed-" came from the fuzzer and are left alone. How each target reads its bytes is documented at its function.
"""

import datetime
import json
import pathlib
import random
import struct

HERE = pathlib.Path(__file__).resolve().parent
ZK = HERE.parent / "zk-protocol/tests/vectors"
ADMS = HERE.parent / "adms/tests/vectors"
ODOO = HERE.parent / "odoo-client/tests/fixtures"
RULES = HERE.parent / "attendance-rules/tests/vectors"

# Longer seeds slow the fuzzer down and teach it nothing more.
LONGEST = 6_000


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def write(target, seeds):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seed-*"):
        old.unlink()
    for name, data in seeds.items():
        assert len(data) <= LONGEST, (target, name, len(data))
        (folder / f"seed-{name}").write_bytes(data)
    print(f"{target}: {len(seeds)}")


# --- the binary protocol ---------------------------------------------------------------------------------------


def u16(*values):
    return struct.pack(f"<{len(values)}H", *values)


def u32(*values):
    return struct.pack(f"<{len(values)}I", *values)


def scenario(name):
    """The segments of a conversation; where it is long, its beginning and its end."""
    return [bytes.fromhex(segment) for segment in load(ZK / f"scenario_{name}.json")["segments"]]


def published_frames():
    for file in ("frames_pyzk_tests", "frames_zkprotocol"):
        for vector in load(ZK / f"{file}.json")["vectors"]:
            if vector["hex"].startswith("5050827d"):
                yield vector["id"], bytes.fromhex(vector["hex"])


def zk_frame():
    def seed(stream, cuts=(), lenient=0):
        return bytes([lenient, len(cuts), *cuts]) + stream

    frames = dict(published_frames())
    seeds = {name: seed(frames[name], (7, 1, 30)) for name in ("pt-connect", "pt-sizes-92", "zkp-platform-rep", "pt-users-small")}
    seeds["many-in-one"] = seed(b"".join(frames.values())[:3_000], (1, 64, 255, 3))
    seeds["split-frame"] = seed(b"".join(scenario("k20_split_frame")), (128,))
    seeds["coalesced"] = seed(b"".join(scenario("coalesced_one_segment"))[:2_500], (200, 8))
    connect = frames["pt-connect"]
    seeds["garbage-between"] = seed(b"PP\x82noise" + connect + b"\x50\x50" + connect, (2,))
    seeds["secure"] = seed(bytes.fromhex("5050837c0800000000000000") + connect, (3, 1))
    seeds["length-too-long"] = seed(bytes.fromhex("5050827dffffffff") + connect, (5,))
    seeds["length-too-short"] = seed(bytes.fromhex("5050827d07000000") + connect, (5,))
    wrong = connect[:10] + b"\x00\x00" + connect[12:]
    seeds["checksum-strict"] = seed(wrong + connect, (4,))
    seeds["checksum-lenient"] = seed(wrong + connect, (4,), lenient=1)
    return seeds


ACK_OK, ACK_ERROR, ACK_DATA, ACK_RETRY, ACK_UNAUTH = 2000, 2001, 2002, 2003, 2005
PREPARE_DATA, DATA, EVENT = 1500, 1501, 500


def start(kind):
    return bytes([0, kind])


def answer(code, data=b"", session=0x1F2E, tag=2):
    return bytes([tag]) + u16(code, session, len(data)) + data


def zk_session():
    att40 = next(v for v in load(ZK / "records.json")["vectors"] if v["layout"] == "att40")
    record = bytes.fromhex(att40["hex"])
    body = u32(len(record) * 2) + record * 2
    connect, option, users, log, direct, leave = range(6)
    timeout, closed, abandoned = bytes([4, 11]), bytes([6]), bytes([5])
    serial = answer(ACK_OK, b"~SerialNumber=CQZ7223460123\x00")
    sized = answer(ACK_OK, b"\x00" + u32(len(body), len(body)))
    announced = answer(PREPARE_DATA, u32(len(body), 0x400))
    strict, lenient, keyed, keyless = b"\x00", b"\x01", b"\x06", b"\x04"
    raw = b"".join(scenario("event_between_data_frames"))[:1_500]
    return {
        "option": strict + start(option) + serial + start(leave) + answer(ACK_OK),
        "log-at-once": strict + start(log) + answer(DATA, body) + answer(ACK_OK),
        "log-announced": strict + start(log) + announced + answer(DATA, body[:30]) + answer(DATA, body[30:]) + answer(ACK_OK),
        "log-buffered": strict + start(log) + sized + answer(DATA, body) + answer(ACK_OK),
        "log-buffered-announced": strict + start(log) + sized + announced + answer(DATA, body) + answer(ACK_OK) + answer(ACK_OK),
        "log-with-event-between": strict + start(log) + announced + answer(DATA, body, tag=7) + answer(ACK_OK),
        "log-short": strict + start(log) + announced + answer(DATA, body[:30]) + timeout + timeout,
        "log-empty": strict + start(log) + answer(ACK_OK),
        "log-too-big": strict + start(log) + answer(ACK_OK, b"\x00" + u32(0xFFFFFFFF, 0)),
        "direct-refused": strict + start(direct) + answer(ACK_ERROR) + start(users) + answer(ACK_RETRY),
        "abandoned": strict + start(log) + announced + abandoned + answer(DATA, body) + start(option) + serial,
        "closed": strict + start(users) + closed + start(connect) + timeout,
        "asks-for-the-key": keyed + start(option) + serial,
        "asks-for-a-key-we-lack": keyless + start(option) + start(connect) + answer(ACK_OK),
        "late-packet": strict + start(option) + bytes([3]) + u16(ACK_OK, 0, 65_000, 2) + b"no" + serial,
        "raw-frames": lenient + start(log) + bytes([1]) + u16(len(raw)) + raw,
    }


def zk_records():
    kinds = {"att40": 0, "user72": 1, "user28": 2, "free_sizes_92": 3}
    vectors = load(ZK / "records.json")["vectors"]
    seeds = {
        v["id"]: bytes([kinds[v["layout"]]]) + bytes.fromhex(v["hex"]) for v in vectors if v["layout"] in kinds
    }
    att40 = bytes.fromhex(next(v["hex"] for v in vectors if v["layout"] == "att40"))
    clock_unset = att40[:27] + bytes(4) + att40[31:]
    impossible = att40[:27] + u32(808_780_340) + att40[31:]
    not_text = att40[:2] + b"\xd5\xc5" + bytes(22) + att40[26:]
    nobody = att40[:2] + bytes(24) + att40[26:]
    seeds["log-good-and-bad"] = b"\x00" + att40 + clock_unset + impossible + not_text + nobody + att40[:13]
    user72 = bytes.fromhex(next(v["hex"] for v in vectors if v["layout"] == "user72"))
    seeds["users-72"] = b"\x01" + user72 * 3
    user28 = u16(7) + b"\x0e" + b"444\x00\x00" + b"Ann\x00left" + u32(222) + b"\x00\x01" + u16(1) + u32(1001)
    assert len(user28) == 28
    seeds["users-28"] = b"\x02" + user28 * 3
    seeds["option"] = b"\x03~Platform=ZEM760_TFT\x00left over"
    times = [v["u32"] for v in load(ZK / "time.json")["vectors"]]
    seeds["times"] = b"\x03" + u32(*times)
    seeds["prepare"] = b"\x03" + u32(1_244, 1_008)
    return seeds


# --- the push protocol -----------------------------------------------------------------------------------------


def adms_vectors(kind=""):
    for path in sorted(ADMS.glob(f"{kind}*.json")):
        vector = load(path)
        if "request" in vector:
            yield path.stem, vector["request"]


def adms_request():
    seeds = {}
    for name, request in adms_vectors():
        body = request.get("body_text", "").encode()
        seeds[name] = f"{request['method']} {request['target']}\n".encode() + body
    for number, target in enumerate(load(ADMS / "urls-01-variants.json")["expect_parsed"]):
        seeds[f"url-{number}"] = f"GET {target}\n".encode()
    seeds["name-that-says-passwd"] = b"POST /iclock/cdata?SN=A1&table=OPERLOG\nUSER PIN=7\tName=Passwd=1\tPasswd=2\n"
    return {name: data for name, data in seeds.items() if len(data) <= LONGEST}


def adms_attlog():
    return {name: request.get("body_text", "").encode() for name, request in adms_vectors("attlog")}


# --- the rules -------------------------------------------------------------------------------------------------


def unix(text):
    return int(datetime.datetime.fromisoformat(text).timestamp())


def shift(given, name="s1"):
    date = datetime.date.fromisoformat(given["date"])
    start = datetime.datetime.fromisoformat(f"{date}T{given['start']}")
    end = datetime.datetime.fromisoformat(f"{date}T{given['end']}")
    if end <= start:
        end += datetime.timedelta(days=1)
    return {"id": name, "date": str(date), "start": start.isoformat(), "end": end.isoformat()}


def rules_requests():
    """The vectors that give punches or civil times, as requests; what a vector expects is tested in the crate."""
    for path in sorted(RULES.glob("*.json")):
        given = load(path)["given"]
        policy = {k: given[k] for k in ("dedup_window_s", "max_shift_s", "grace_in_s", "grace_out_s", "new_shift_after_s") if k in given}
        item = {"key": path.stem, "zone": given.get("tz", "UTC"), "shifts": [], "punches": []}
        if "punches" in given:
            item["punches"] = [{"id": p["id"], "at": unix(p["at"])} for p in given["punches"]]
        elif "intervals" in given:
            ends = [end for interval in given["intervals"] for end in interval]
            item["punches"] = [{"id": str(n), "at": unix(end)} for n, end in enumerate(ends)]
        elif "local" in given:
            item["punches"] = [{"id": "1", "local": given["local"]}]
        else:
            continue
        if "shift" in given:
            item["shifts"] = [shift(given["shift"])]
            if "unpaid_windows" in given:
                date = given["shift"]["date"]
                item["shifts"][0]["breaks"] = [
                    {"from": f"{date}T{w['start']}:00", "to": f"{date}T{w['end']}:00"} for w in given["unpaid_windows"]
                ]
        for row in given.get("shifts", []):
            for date in row["dates"]:
                one = shift({**row, "date": date}, f"{row['id']}@{date}")
                item["shifts"].append({**one, "open_before_s": row["before_s"], "close_after_s": row["after_s"]})
        yield path.stem, {"policy": policy, "items": [item]}


def rules_compute_days():
    seeds = {name: json.dumps(request).encode() for name, request in rules_requests()}
    everything = {
        "policy": {
            "version": "v1", "open_before_s": 14400, "close_after_s": 14400, "dedup_window_s": 60, "grace_in_s": 300,
            "grace_out_s": 300, "pairing": "alternate", "count_before": "never", "count_after": "never",
            "overtime": {"daily": {"over": 28800}}, "max_shift_s": 57600, "new_shift_after_s": 14400,
        },
        "items": [
            {
                "key": "emp7", "zone": "Europe/Brussels",
                "shifts": [{
                    "id": "2026-03-28#1", "date": "2026-03-28", "start": "2026-03-28T22:00:00", "end": "2026-03-29T06:00:00",
                    "zone": "Europe/Brussels", "norm_s": 27000, "open_before_s": 3600, "close_after_s": 3600,
                    "breaks": [{"from": "2026-03-29T03:10:00", "to": "2026-03-29T03:40:00", "paid": True}],
                }],
                "punches": [
                    {"id": "1", "local": "2026-03-28T21:58:03", "claimed": "in", "device": "T1", "seq": 1},
                    {"id": "2", "local": "2026-03-29T02:30:00", "claimed": "out", "device": "T1", "seq": 2},
                    {"id": "3", "at": 1774752000, "zone": "Asia/Manila", "claimed": None},
                ],
            },
            {"key": "emp8", "zone": "UTC", "shifts": [], "punches": []},
        ],
    }
    seeds["every-field"] = json.dumps(everything).encode()
    seeds["no-json"] = b"{\"policy\": {}, \"items\": ["
    seeds["faults"] = json.dumps({"policy": {"max_shift_s": 0}, "items": [{"key": "", "zone": "Nowhere/Land"}]}).encode()
    return seeds


def rules_evaluate():
    def seed(zone, moment, flags, taps, shifts, dedup=60, longest=64, pause=16, margins=(16, 16)):
        hour = unix(moment) // 3_600
        head = bytes([zone]) + u32(hour) + bytes([flags, dedup, longest, pause, *margins, len(shifts)])
        rows = b"".join(u16(after) + bytes([length, rest]) for after, length, rest in shifts)
        return head + rows + b"".join(u16(after) + bytes([claim]) for after, claim in taps)

    hour = 3_600 // 7
    day = [(0, 1), (4 * hour, 2), (hour // 2, 1), (4 * hour, 2)]
    return {
        "day": seed(0, "2026-03-02T07:00:00+00:00", 4, day, [(0, 50, 3)]),
        "night-into-summer": seed(0, "2026-03-28T21:00:00+00:00", 8, [(0, 1), (8 * hour, 2)], [(0, 47, 0)]),
        "night-into-winter": seed(1, "2025-11-01T22:00:00+00:00", 4, [(0, 1), (4 * hour, 0), (1, 0), (4 * hour, 2)], [(0, 47, 3)]),
        "half-hour-change": seed(2, "2025-10-04T22:00:00+00:00", 12, [(0, 0), (5 * hour, 0)], [(0, 47, 0)]),
        "missing-day": seed(3, "2011-12-29T22:00:00+00:00", 7, [(0, 0), (9 * hour, 0), (9 * hour, 4)], [(0, 47, 0), (600, 47, 0)]),
        "repeated-taps": seed(6, "2025-06-02T00:00:00+00:00", 4, [(0, 1), (1, 1), (8, 1), (4 * hour, 2), (8, 2)], []),
        "odd": seed(6, "2025-06-02T00:00:00+00:00", 3, [(0, 1), (4 * hour, 2), (hour, 1)], [(0, 50, 6)]),
        "too-long": seed(4, "2025-04-24T18:00:00+00:00", 4, [(0, 1), (9_000, 2)], []),
        "touching-shifts": seed(5, "2025-06-02T00:00:00+00:00", 4, day * 2, [(0, 20, 0), (0, 20, 0), (30, 20, 2)]),
        "no-punches": seed(7, "2026-02-20T00:00:00+00:00", 4, [], [(0, 50, 3), (900, 50, 3)]),
    }


def rules_policy():
    """Any bytes are a policy and a week of punches; these are many different ones, and the same every time."""
    source = random.Random(20261125)
    seeds = {f"mixed-{number:02}": source.randbytes(420) for number in range(24)}
    seeds["zeros"] = bytes(400)
    seeds["everyday"] = bytes(source.choices((0, 0, 0, 1, 2, 4, 14, 56), k=480))
    return seeds


# --- answers of Odoo -------------------------------------------------------------------------------------------


def odoo_decode():
    statuses = [200, 200, 200, 200, 204, 302, 400, 401, 403, 404, 409, 413, 422, 429, 500, 502]

    def seed(transport, status, body, html=False):
        place = statuses.index(status) if status in statuses else 14
        return bytes([(transport == "jsonrpc") | place << 1 | (2 if html else 0) << 5]) + body

    seeds = {}
    for path in sorted(ODOO.glob("odoo*/*.json")):
        reply = load(path)
        body, html = reply["body"], isinstance(reply["body"], str)
        body = body.encode() if html else json.dumps(body, ensure_ascii=False).encode()
        if len(body) < LONGEST:
            seeds[f"{path.parent.name}-{path.stem}"] = seed(reply["transport"], reply["status"], body, html)
    for name, text in {
        "time": "2026-03-02 08:00:03", "pair": '[7, "A"]', "pair-nameless": "[7, false]", "binary": '"aGVs\\nbG8="',
        "cut": '[{"id": 7, "name": "A', "more": "[7] [8]", "quoted": '{"a\\"b": 1}', "deep": "[" * 200,
        "attendance": '[{"id": 7, "employee_id": [1, "A"], "check_in": "2026-03-02 08:00:03", "check_out": false, "worked_hours": 0.5}]',
        "messages": '[{"type": "error", "message": "no", "rows": {"from": 1, "to": 3}, "field": "x", "record": 1}]',
    }.items():
        seeds[name] = seed("json2", 200, text.encode())
    for name, text in {
        "rpc-nothing": '{"jsonrpc": "2.0", "id": 1}', "rpc-null": '{"result": null}', "rpc-both": '{"result": [1], "error": {}}',
        "rpc-bare": '{"error": {"code": 100, "message": "said so"}}',
    }.items():
        seeds[name] = seed("jsonrpc", 200, text.encode())
    return seeds


# --- the queue -------------------------------------------------------------------------------------------------


def queue_ops():
    def enqueue(*events):
        return bytes([0, len(events), *events])

    def lease(count):
        return bytes([2, count])

    ack, nack, dead = bytes([3]), bytes([4]), bytes([5])
    later, again = bytes([6, 0]), bytes([6, 1])
    return {
        "deliver": enqueue(1, 2, 3) + lease(7) + ack + lease(7),
        "twice": enqueue(1, 1, 2) + enqueue(2, 1) + lease(7) + ack + enqueue(1, 2),
        "conflict": enqueue(1) + enqueue(1 | 3 << 5),
        "expired": enqueue(1, 2) + lease(1) + later + later + lease(7) + ack + ack,
        "given-back": enqueue(1, 2, 3) + lease(2) + nack + lease(3) + ack,
        "refused": enqueue(1, 2) + lease(2) + dead + ack + enqueue(1),
        "reopened": enqueue(1, 2) + lease(1) + again + lease(2) + ack + again + enqueue(1, 3),
        "two-holders": enqueue(1, 2, 3, 4) + lease(2) + lease(2) + nack + lease(1) + ack + ack + lease(7),
    }


if __name__ == "__main__":
    for seeds in (adms_attlog, adms_request, odoo_decode, queue_ops, rules_compute_days, rules_evaluate, rules_policy, zk_frame, zk_records, zk_session):
        write(seeds.__name__, seeds())
