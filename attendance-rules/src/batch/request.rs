//! The request: JSON to the engine's own types, all faults at once.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{MAX_FAULTS, MAX_ITEMS, MAX_REQUEST_BYTES};
use crate::approval::Approvals;
use crate::carry::Carry;
use crate::correction::{Change, Correction};
use crate::day_kind::DayFacts;
use crate::error::{Error, Fault, FaultKind};
use crate::limits::MAX_NAME_BYTES;
use crate::policy::{Policies, Policy, PolicyFields};
use crate::punch::{Claim, Punch, PunchTime, Source};
use crate::shift::{BreakWindow, ShiftInstance};

/// A request that could be read.
pub(super) struct Request {
    pub(super) policies: Policies,
    pub(super) items: Vec<Item>,
    pub(super) explain: bool,
}

/// One person.
pub(super) struct Item {
    pub(super) key: String,
    pub(super) zone: String,
    pub(super) shifts: Vec<ShiftInstance>,
    pub(super) punches: Vec<Punch>,
    pub(super) corrections: Vec<Correction>,
    pub(super) facts: Vec<DayFacts>,
    pub(super) approvals: Approvals,
    pub(super) carry: Carry,
    pub(super) horizon: Option<(i64, i64)>,
    pub(super) as_of: Option<i64>,
}

/// The outer shape; the items are read one by one, so that a fault in one does not hide those of the others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRequest<'a> {
    #[serde(borrow, default)]
    policy: Option<&'a RawValue>,
    #[serde(borrow, default)]
    policies: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    explain: Option<bool>,
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

/// What `compute_days` takes.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Request")]
#[expect(
    dead_code,
    reason = "the shape of RawRequest with its parts read, for the schema"
)]
pub(super) struct RequestSchema {
    /// The policy of all items; `{}` and nothing at all are the default one.
    policy: Option<PolicyFields>,
    /// Instead of `policy`: versions of it, each from its `effective_from` on.
    policies: Option<Vec<PolicyFields>>,
    /// Whether days carry sentences. Default true.
    explain: Option<bool>,
    /// The people; keys are unique.
    items: Vec<RawItem>,
}

/// Just the key, to name an item that cannot be read as a whole.
#[derive(Deserialize)]
struct KeyOnly {
    key: String,
}

/// One person and a stretch of days.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Item"))]
struct RawItem {
    /// Names the item in the answer and in faults.
    key: String,
    /// IANA name of the person's zone; left out: the policy's `zone_default`.
    zone: Option<String>,
    #[serde(default)]
    shifts: Vec<RawShift>,
    #[serde(default)]
    punches: Vec<RawPunch>,
    #[serde(default)]
    corrections: Vec<RawCorrection>,
    /// What the calendar says of dates; one that is not named is a workday.
    #[serde(default)]
    days: Vec<DayFacts>,
    #[serde(default)]
    approvals: RawApprovals,
    /// What the evaluation of the days before answered.
    #[serde(default)]
    carry: Carry,
    /// `[from, to)` in unix seconds; punches outside are left out.
    horizon: Option<(i64, i64)>,
    /// The moment of the evaluation, unix seconds; a later punch is raised.
    as_of: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Shift"))]
struct RawShift {
    /// Unique within the item.
    id: String,
    /// The date the work counts for.
    date: NaiveDate,
    /// Wall-clock time of its zone.
    start: NaiveDateTime,
    end: NaiveDateTime,
    /// IANA name; left out: the item's.
    zone: Option<String>,
    #[serde(default)]
    breaks: Vec<RawBreak>,
    /// Seconds asked for; left out: its length less its unpaid breaks.
    norm_s: Option<i64>,
    /// Core time of a flexible shift: who is in at its start is not late.
    core: Option<RawCore>,
    open_before_s: Option<i64>,
    close_after_s: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Core"))]
struct RawCore {
    from: NaiveDateTime,
    to: NaiveDateTime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Break"))]
struct RawBreak {
    from: NaiveDateTime,
    to: NaiveDateTime,
    #[serde(default)]
    paid: bool,
}

/// Either `local` or `at`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Punch"))]
struct RawPunch {
    /// Unique within the item.
    id: String,
    /// Wall-clock second of the terminal.
    local: Option<NaiveDateTime>,
    /// Unix seconds.
    at: Option<i64>,
    /// IANA name of the terminal's zone; left out: the item's.
    zone: Option<String>,
    claimed: Option<Claim>,
    device: Option<String>,
    /// Place in the terminal's log.
    seq: Option<i64>,
    /// Unix seconds at which the server received it.
    received_at: Option<i64>,
    #[serde(default)]
    source: Source,
}

/// One of `void`, `replace`, `add`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Correction")
)]
struct RawCorrection {
    /// Unique within the item; corrections are applied in the order of their ids.
    id: String,
    #[serde(default)]
    reason: String,
    /// Id of a punch that does not count.
    void: Option<String>,
    /// Id of a punch that was made at another time: `local` or `at`.
    replace: Option<String>,
    local: Option<NaiveDateTime>,
    at: Option<i64>,
    /// A punch that no terminal has.
    add: Option<RawPunch>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Approvals")
)]
struct RawApprovals {
    /// `[from, to)` in unix seconds.
    intervals: Vec<(i64, i64)>,
    /// Dates all of whose overtime is approved.
    days: BTreeSet<NaiveDate>,
}

pub(super) fn parse(bytes: &[u8]) -> Result<Request, Error> {
    if bytes.len() > MAX_REQUEST_BYTES {
        let message = format!("at most {MAX_REQUEST_BYTES} bytes; send fewer items at once");
        return Err(Error::one("request", FaultKind::TooMany, message));
    }
    let text = core::str::from_utf8(bytes)
        .map_err(|e| Error::one("request", FaultKind::Schema, format!("not UTF-8: {e}")))?;
    let raw: RawRequest<'_> = read(text, "request").map_err(|fault| Error::new(vec![fault]))?;
    if raw.items.len() > MAX_ITEMS {
        return Err(Error::one(
            "items",
            FaultKind::TooMany,
            format!("at most {MAX_ITEMS} items in one request"),
        ));
    }
    let mut faults = Vec::new();
    let policies = policies(&raw, &mut faults);
    let zone_default = policies
        .as_ref()
        .and_then(|p| p.versions().find_map(|p| p.fields().zone_default.clone()));
    let mut items = Vec::with_capacity(raw.items.len());
    for (index, raw) in raw.items.iter().enumerate() {
        if faults.len() >= MAX_FAULTS {
            break;
        }
        match item(raw.get(), index, zone_default.as_deref()) {
            Ok(item) => items.push(item),
            Err(fault) => faults.push(fault),
        }
    }
    let mut keys: Vec<&str> = items.iter().map(|i: &Item| i.key.as_str()).collect();
    keys.sort_unstable();
    for pair in keys.windows(2) {
        if let [one, other] = pair
            && one == other
        {
            let mut fault = Fault::new("key", FaultKind::Duplicate, "the key stands for two items");
            fault.item = Some((*one).to_owned());
            faults.push(fault);
        }
    }
    if let (true, Some(policies)) = (faults.is_empty(), policies) {
        return Ok(Request {
            policies,
            items,
            explain: raw.explain.unwrap_or(true),
        });
    }
    faults.truncate(MAX_FAULTS);
    Err(Error::new(faults))
}

/// The policy, or the versions of it; `None` when one is refused.
fn policies(raw: &RawRequest<'_>, faults: &mut Vec<Fault>) -> Option<Policies> {
    let one = |raw: &RawValue, root: &str, faults: &mut Vec<Fault>| -> Option<Policy> {
        match read::<PolicyFields>(raw.get(), root) {
            Err(fault) => faults.push(fault),
            Ok(fields) => match Policy::new(fields) {
                Err(error) => faults.extend(error.into_faults()),
                Ok(checked) => return Some(checked),
            },
        }
        None
    };
    match (raw.policy, &raw.policies) {
        (Some(_), Some(_)) => {
            faults.push(Fault::new(
                "policies",
                FaultKind::Contradiction,
                "give either \"policy\" or \"policies\", not both",
            ));
            None
        }
        (None, None) => Some(Policy::default().into()),
        (Some(raw), None) => one(raw, "policy", faults).map(Policies::from),
        (None, Some(raw)) => {
            let read: Vec<Option<Policy>> = raw
                .iter()
                .enumerate()
                .map(|(i, raw)| one(raw, &format!("policies[{i}]"), faults))
                .collect();
            let versions: Option<Vec<Policy>> = read.into_iter().collect();
            match Policies::new(versions?) {
                Ok(policies) => Some(policies),
                Err(error) => {
                    faults.extend(error.into_faults());
                    None
                }
            }
        }
    }
}

fn item(json: &str, index: usize, zone_default: Option<&str>) -> Result<Item, Fault> {
    let raw: RawItem = match serde_json::from_str::<KeyOnly>(json) {
        Ok(KeyOnly { key }) => read(json, "").map_err(|fault| Fault {
            item: Some(key),
            ..fault
        })?,
        Err(_) => read(json, &format!("items[{index}]"))?,
    };
    let fault = |field: String, kind: FaultKind, message: &str| Fault {
        item: Some(raw.key.clone()),
        ..Fault::new(field, kind, message)
    };
    if raw.key.is_empty() || raw.key.len() > MAX_NAME_BYTES {
        let message = format!("a key has 1 to {MAX_NAME_BYTES} bytes");
        return Err(Fault::new(
            format!("items[{index}].key"),
            FaultKind::OutOfRange,
            message,
        ));
    }
    let mut punches = Vec::with_capacity(raw.punches.len());
    for (index, punch) in raw.punches.into_iter().enumerate() {
        let read = self::punch(punch)
            .map_err(|message| fault(format!("punches[{index}]"), FaultKind::Schema, message))?;
        punches.push(read);
    }
    let mut corrections = Vec::with_capacity(raw.corrections.len());
    for (index, correction) in raw.corrections.into_iter().enumerate() {
        let read = self::correction(correction)
            .map_err(|message| fault(format!("corrections[{index}]"), FaultKind::Schema, message))?;
        corrections.push(read);
    }
    let Some(zone) = raw.zone.or_else(|| zone_default.map(str::to_owned)) else {
        return Err(fault(
            "zone".to_owned(),
            FaultKind::Schema,
            "is missing, and the policy has no zone_default",
        ));
    };
    let mut approvals = Approvals::intervals(raw.approvals.intervals);
    approvals.days = raw.approvals.days;
    Ok(Item {
        key: raw.key,
        zone,
        shifts: raw.shifts.into_iter().map(shift).collect(),
        punches,
        corrections,
        facts: raw.days,
        approvals,
        carry: raw.carry,
        horizon: raw.horizon,
        as_of: raw.as_of,
    })
}

fn time(local: Option<NaiveDateTime>, at: Option<i64>) -> Result<PunchTime, &'static str> {
    match (local, at) {
        (Some(local), None) => Ok(PunchTime::Local(local)),
        (None, Some(at)) => Ok(PunchTime::At(at)),
        _ => Err("give either \"local\" or \"at\", not both"),
    }
}

fn punch(raw: RawPunch) -> Result<Punch, &'static str> {
    let mut punch = match time(raw.local, raw.at)? {
        PunchTime::Local(local) => Punch::local(raw.id, local),
        PunchTime::At(at) => Punch::at(raw.id, at),
    };
    punch.zone = raw.zone;
    punch.claimed = raw.claimed;
    punch.device = raw.device;
    punch.seq = raw.seq;
    punch.received_at = raw.received_at;
    punch.source = raw.source;
    Ok(punch)
}

fn correction(raw: RawCorrection) -> Result<Correction, &'static str> {
    let timed = raw.local.is_some() || raw.at.is_some();
    let change = match (raw.void, raw.replace, raw.add) {
        (Some(id), None, None) if !timed => Change::Void(id.into()),
        (None, Some(id), None) => Change::Replace(id.into(), time(raw.local, raw.at)?),
        (None, None, Some(added)) if !timed => Change::Add(punch(added)?),
        _ => return Err("give one of \"void\", \"replace\" (with \"local\" or \"at\") and \"add\""),
    };
    Ok(Correction::new(raw.id, change, raw.reason))
}

fn shift(raw: RawShift) -> ShiftInstance {
    let mut shift = ShiftInstance::new(raw.id, raw.start, raw.end);
    shift.date = raw.date;
    shift.zone = raw.zone;
    shift.norm_s = raw.norm_s;
    shift.core = raw.core.map(|core| (core.from, core.to));
    shift.open_before_s = raw.open_before_s;
    shift.close_after_s = raw.close_after_s;
    shift.breaks = raw
        .breaks
        .into_iter()
        .map(|b| {
            if b.paid {
                BreakWindow::paid(b.from, b.to)
            } else {
                BreakWindow::unpaid(b.from, b.to)
            }
        })
        .collect();
    shift
}

/// Reads one JSON text; the fault names the path of the field that could not be read.
fn read<'a, T: Deserialize<'a>>(json: &'a str, root: &str) -> Result<T, Fault> {
    // Derived readers also take a list of the fields' values, in an order nobody promised.
    if !json.trim_ascii_start().starts_with('{') {
        return Err(Fault::new(root, FaultKind::Schema, "expected an object"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|e| {
        let path = e.path().to_string();
        let field = match (root, path.as_str()) {
            ("", path) => path.to_owned(),
            (root, ".") => root.to_owned(),
            (root, path) => format!("{root}.{path}"),
        };
        Fault::new(field, FaultKind::Schema, e.into_inner().to_string())
    })?;
    deserializer
        .end()
        .map_err(|e| Fault::new(root, FaultKind::Schema, e.to_string()))?;
    Ok(value)
}
