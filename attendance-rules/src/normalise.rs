//! Stage 1: every punch becomes an instant; exact repetitions of an id are dropped; the rest is sorted by `(instant, id)`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::error::{Fault, FaultKind};
use crate::fold_order;
use crate::limits::{MAX_AT, MAX_NAME_BYTES, MAX_PUNCHES, MIN_AT};
use crate::punch::{Claim, Punch, PunchId, PunchTime};
use crate::result::Resolution;
use crate::zone::{Local, Zones};

/// A punch on the time line.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub(crate) id: PunchId,
    pub(crate) at: i64,
    pub(crate) claimed: Option<Claim>,
    pub(crate) resolution: Resolution,
    /// The local time occurred twice and nothing told which it was.
    pub(crate) assumed: bool,
}

pub(crate) fn normalise(punches: &[Punch], zones: &Zones, faults: &mut Vec<Fault>) -> Vec<Mark> {
    if punches.len() > MAX_PUNCHES {
        faults.push(Fault::new(
            "punches",
            FaultKind::TooMany,
            format!("at most {MAX_PUNCHES} punches in one evaluation"),
        ));
        return Vec::new();
    }
    let mut seen: BTreeMap<&PunchId, &Punch> = BTreeMap::new();
    let mut located: Vec<(&Punch, Local)> = Vec::with_capacity(punches.len());
    for (index, punch) in punches.iter().enumerate() {
        match seen.entry(&punch.id) {
            Entry::Occupied(first) => {
                if *first.get() != punch {
                    let message = format!("the id {:?} stands for two different punches", punch.id.as_str());
                    faults.push(Fault::new(
                        format!("punches[{index}].id"),
                        FaultKind::Duplicate,
                        message,
                    ));
                }
                continue;
            }
            Entry::Vacant(place) => place.insert(punch),
        };
        match locate(punch, zones) {
            Ok(local) => located.push((punch, local)),
            Err((field, kind, message)) => {
                faults.push(Fault::new(format!("punches[{index}].{field}"), kind, message))
            }
        }
    }
    let told = fold_order::decide(&located);
    let mut marks: Vec<Mark> = located
        .iter()
        .zip(told)
        .map(|((punch, local), told)| {
            let resolution = match local {
                Local::Unique(_) => Resolution::Unique,
                Local::Gap { .. } => Resolution::Gap,
                Local::Fold { .. } => Resolution::Fold,
            };
            Mark {
                id: punch.id.clone(),
                at: told.unwrap_or_else(|| local.as_punch()),
                claimed: punch.claimed,
                resolution,
                assumed: resolution == Resolution::Fold && told.is_none(),
            }
        })
        .collect();
    marks.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.id.cmp(&b.id)));
    marks
}

fn locate(punch: &Punch, zones: &Zones) -> Result<Local, (&'static str, FaultKind, String)> {
    if punch.id.as_str().is_empty() || punch.id.as_str().len() > MAX_NAME_BYTES {
        return Err((
            "id",
            FaultKind::OutOfRange,
            format!("an id has 1 to {MAX_NAME_BYTES} bytes"),
        ));
    }
    let Some(zone) = zones.named(punch.zone.as_deref()) else {
        let name = punch.zone.as_deref().unwrap_or_default();
        return Err((
            "zone",
            FaultKind::UnknownZone,
            format!("no table was supplied for zone {name:?}"),
        ));
    };
    let (field, local) = match punch.time {
        PunchTime::At(at) => ("at", Some(Local::Unique(at))),
        PunchTime::Local(local) => ("local", zone.resolve(local)),
    };
    local
        .filter(|l| (MIN_AT..MAX_AT).contains(&l.as_punch()))
        .ok_or_else(|| {
            (
                field,
                FaultKind::OutOfRange,
                "must lie from 1970 to 2099".to_owned(),
            )
        })
}
