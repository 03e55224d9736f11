//! The request: JSON to the engine's own types, all faults at once.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{MAX_FAULTS, MAX_ITEMS, MAX_REQUEST_BYTES};
use crate::error::{Error, Fault, FaultKind};
use crate::limits::MAX_NAME_BYTES;
use crate::policy::{Policy, PolicyFields};
use crate::punch::{Claim, Punch};
use crate::shift::{BreakWindow, ShiftInstance};

/// A request that could be read.
pub(super) struct Request {
    pub(super) policy: Policy,
    pub(super) items: Vec<Item>,
}

/// One person.
pub(super) struct Item {
    pub(super) key: String,
    pub(super) zone: String,
    pub(super) shifts: Vec<ShiftInstance>,
    pub(super) punches: Vec<Punch>,
}

/// The outer shape; the items are read one by one, so that a fault in one does not hide those of the others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRequest<'a> {
    #[serde(borrow, default)]
    policy: Option<&'a RawValue>,
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

/// Just the key, to name an item that cannot be read as a whole.
#[derive(Deserialize)]
struct KeyOnly {
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawItem {
    key: String,
    zone: String,
    #[serde(default)]
    shifts: Vec<RawShift>,
    #[serde(default)]
    punches: Vec<RawPunch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShift {
    id: String,
    date: NaiveDate,
    start: NaiveDateTime,
    end: NaiveDateTime,
    zone: Option<String>,
    #[serde(default)]
    breaks: Vec<RawBreak>,
    norm_s: Option<i64>,
    open_before_s: Option<i64>,
    close_after_s: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBreak {
    from: NaiveDateTime,
    to: NaiveDateTime,
    #[serde(default)]
    paid: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPunch {
    id: String,
    local: Option<NaiveDateTime>,
    at: Option<i64>,
    zone: Option<String>,
    claimed: Option<Claim>,
    device: Option<String>,
    seq: Option<i64>,
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
    let mut policy = Policy::default();
    if let Some(raw) = raw.policy {
        match read::<PolicyFields>(raw.get(), "policy") {
            Err(fault) => faults.push(fault),
            Ok(fields) => match Policy::new(fields) {
                Err(error) => faults.extend(error.into_faults()),
                Ok(checked) => policy = checked,
            },
        }
    }
    let mut items = Vec::with_capacity(raw.items.len());
    for (index, raw) in raw.items.iter().enumerate() {
        if faults.len() >= MAX_FAULTS {
            break;
        }
        match item(raw.get(), index) {
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
    if faults.is_empty() {
        return Ok(Request { policy, items });
    }
    faults.truncate(MAX_FAULTS);
    Err(Error::new(faults))
}

fn item(json: &str, index: usize) -> Result<Item, Fault> {
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
        let mut read = match (punch.local, punch.at) {
            (Some(local), None) => Punch::local(punch.id, local),
            (None, Some(at)) => Punch::at(punch.id, at),
            _ => {
                return Err(fault(
                    format!("punches[{index}]"),
                    FaultKind::Schema,
                    "give either \"local\" or \"at\", not both",
                ));
            }
        };
        read.zone = punch.zone;
        read.claimed = punch.claimed;
        read.device = punch.device;
        read.seq = punch.seq;
        punches.push(read);
    }
    let shifts = raw.shifts.into_iter().map(shift).collect();
    Ok(Item {
        key: raw.key,
        zone: raw.zone,
        shifts,
        punches,
    })
}

fn shift(raw: RawShift) -> ShiftInstance {
    let mut shift = ShiftInstance::new(raw.id, raw.start, raw.end);
    shift.date = raw.date;
    shift.zone = raw.zone;
    shift.norm_s = raw.norm_s;
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
