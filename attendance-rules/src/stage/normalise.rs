//! Stage 1: corrections are applied, every punch becomes an instant, exact repetitions of an id are dropped, what lies outside the horizon is
//! left out; the rest is sorted by `(instant, id)`.

use std::collections::HashMap;

use super::fold_order;
use crate::anomaly::{Anomaly, AnomalyCode};
use crate::correction::{Change, Correction};
use crate::error::{Fault, FaultKind};
use crate::limits::{MAX_AT, MAX_NAME_BYTES, MAX_PUNCHES, MIN_AT};
use crate::punch::{Claim, Punch, PunchId, PunchTime};
use crate::result::Resolution;
use crate::rule::Rule;
use crate::zone::{Local, Zones};

/// A punch on the time line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark<'a> {
    pub(crate) id: &'a PunchId,
    pub(crate) at: i64,
    pub(crate) claimed: Option<Claim>,
    pub(crate) punch: &'a Punch,
    pub(crate) resolution: Resolution,
    /// The order of the terminal's log told which pass of a repeated hour it was.
    pub(crate) told: bool,
    /// What a person did to it.
    pub(crate) correction: Option<Rule>,
    /// Received so many seconds after it was made, and too late.
    pub(crate) late_by: Option<i64>,
}

impl Mark<'_> {
    /// The moment before it was corrected, where that was an instant.
    pub(crate) const fn punch_at(&self) -> i64 {
        match self.punch.time {
            PunchTime::At(at) => at,
            PunchTime::Local(_) => self.at,
        }
    }

    /// The local time occurred twice and nothing told which it was.
    pub(crate) fn is_assumed(&self) -> bool {
        self.resolution == Resolution::Fold && !self.told
    }
}

/// The punches of one person on the time line.
#[derive(Debug, Default)]
pub(crate) struct Normalised<'a> {
    /// Sorted by `(instant, id)`.
    pub(crate) marks: Vec<Mark<'a>>,
    /// Punches that a person voided, in the same order.
    pub(crate) voided: Vec<Mark<'a>>,
    /// Corrections of punches that are not there.
    pub(crate) unplaced: Vec<Anomaly>,
}

/// What the corrections make of one punch.
#[derive(Debug, Clone, Copy)]
struct Fate {
    time: PunchTime,
    void: bool,
    rule: Option<Rule>,
}

pub(crate) fn normalise<'a>(
    punches: &'a [Punch],
    corrections: &'a [Correction],
    zones: &Zones,
    horizon: Option<(i64, i64)>,
    late_upload_s: Option<i64>,
    faults: &mut Vec<Fault>,
) -> Normalised<'a> {
    for (field, count) in [("punches", punches.len()), ("corrections", corrections.len())] {
        if count > MAX_PUNCHES {
            faults.push(Fault::new(
                field,
                FaultKind::TooMany,
                format!("at most {MAX_PUNCHES} {field} in one evaluation"),
            ));
            return Normalised::default();
        }
    }
    let mut by_id: HashMap<&str, usize> = HashMap::with_capacity(punches.len());
    let mut list: Vec<(&Punch, Fate)> = Vec::with_capacity(punches.len());
    for (index, punch) in punches.iter().enumerate() {
        if let Some(first) = by_id.get(punch.id.as_str()).and_then(|&i| list.get(i)) {
            if first.0 != punch {
                let message = format!("the id {:?} stands for two different punches", punch.id.as_str());
                faults.push(Fault::new(
                    format!("punches[{index}].id"),
                    FaultKind::Duplicate,
                    message,
                ));
            }
            continue;
        }
        if let Err((field, kind, message)) = check(punch, zones) {
            faults.push(Fault::new(format!("punches[{index}].{field}"), kind, message));
        }
        by_id.insert(punch.id.as_str(), list.len());
        list.push((
            punch,
            Fate {
                time: punch.time,
                void: false,
                rule: None,
            },
        ));
    }
    let unplaced = correct(corrections, zones, &mut by_id, &mut list, faults);
    if !faults.is_empty() {
        return Normalised::default();
    }

    let mut located: Vec<(&Punch, Local)> = Vec::with_capacity(list.len());
    for (punch, fate) in &list {
        // Checked above, so always found.
        let local = locate(fate.time, punch.zone.as_deref(), zones);
        located.extend(local.map(|local| (*punch, local)));
    }
    let told = fold_order::decide(&located);
    let mut marks: Vec<Mark<'_>> = Vec::with_capacity(located.len());
    let mut voided = Vec::new();
    for (index, ((punch, local), told)) in located.iter().zip(told).enumerate() {
        let resolution = match local {
            Local::Unique(_) => Resolution::Unique,
            Local::Gap { .. } => Resolution::Gap,
            Local::Fold { .. } => Resolution::Fold,
        };
        let fate = list.get(index).map(|(_, fate)| *fate);
        let mark = Mark {
            id: &punch.id,
            at: told.unwrap_or_else(|| local.as_punch()),
            claimed: punch.claimed,
            punch,
            resolution,
            told: told.is_some(),
            correction: fate.and_then(|f| f.rule),
            late_by: None,
        };
        if horizon.is_some_and(|(from, to)| !(from..to).contains(&mark.at)) {
            continue;
        }
        if fate.is_some_and(|f| f.void) {
            voided.push(mark)
        } else {
            marks.push(mark)
        }
    }
    marks.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.id.cmp(b.id)));
    voided.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.id.cmp(b.id)));
    late_uploads(&mut marks, late_upload_s);
    Normalised {
        marks,
        voided,
        unplaced,
    }
}

/// Applies the corrections in the order of their ids.
fn correct<'a>(
    corrections: &'a [Correction],
    zones: &Zones,
    by_id: &mut HashMap<&'a str, usize>,
    list: &mut Vec<(&'a Punch, Fate)>,
    faults: &mut Vec<Fault>,
) -> Vec<Anomaly> {
    let mut unplaced = Vec::new();
    let mut order: Vec<(usize, &Correction)> = corrections.iter().enumerate().collect();
    order.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    for pair in order.windows(2) {
        if let [(_, one), (index, other)] = pair
            && one.id == other.id
        {
            let message = format!("the id {:?} stands for two corrections", one.id.as_str());
            faults.push(Fault::new(
                format!("corrections[{index}].id"),
                FaultKind::Duplicate,
                message,
            ));
        }
    }
    for (index, correction) in order {
        let field = |name: &str| format!("corrections[{index}].{name}");
        let (target, change) = match &correction.change {
            Change::Add(punch) => {
                if let Err((name, kind, message)) = check(punch, zones) {
                    faults.push(Fault::new(field(&format!("add.{name}")), kind, message));
                } else if by_id.contains_key(punch.id.as_str()) {
                    let message = format!("the id {:?} stands for two different punches", punch.id.as_str());
                    faults.push(Fault::new(field("add.id"), FaultKind::Duplicate, message));
                } else {
                    by_id.insert(punch.id.as_str(), list.len());
                    list.push((
                        punch,
                        Fate {
                            time: punch.time,
                            void: false,
                            rule: Some(Rule::CorrectionAdd),
                        },
                    ));
                }
                continue;
            }
            Change::Void(id) => (id, None),
            Change::Replace(id, time) => (id, Some(*time)),
        };
        let Some((punch, fate)) = by_id.get(target.as_str()).and_then(|&i| list.get_mut(i)) else {
            unplaced.push(Anomaly::new(
                AnomalyCode::CorrectionApplied,
                vec![target.clone()],
                None,
            ));
            continue;
        };
        match change {
            None => (fate.void, fate.rule) = (true, Some(Rule::CorrectionVoid)),
            Some(time) => {
                if locate(time, punch.zone.as_deref(), zones).is_none() {
                    faults.push(Fault::new(
                        field("time"),
                        FaultKind::OutOfRange,
                        "must lie from 1970 to 2099",
                    ));
                }
                *fate = Fate {
                    time,
                    void: false,
                    rule: Some(Rule::CorrectionReplace),
                };
            }
        }
    }
    unplaced
}

fn check(punch: &Punch, zones: &Zones) -> Result<(), (&'static str, FaultKind, String)> {
    if punch.id.as_str().is_empty() || punch.id.as_str().len() > MAX_NAME_BYTES {
        return Err((
            "id",
            FaultKind::OutOfRange,
            format!("an id has 1 to {MAX_NAME_BYTES} bytes"),
        ));
    }
    if punch
        .device
        .as_ref()
        .is_some_and(|device| device.len() > MAX_NAME_BYTES)
    {
        return Err((
            "device",
            FaultKind::OutOfRange,
            format!("has at most {MAX_NAME_BYTES} bytes"),
        ));
    }
    if punch
        .received_at
        .is_some_and(|at| !(MIN_AT..MAX_AT).contains(&at))
    {
        return Err((
            "received_at",
            FaultKind::OutOfRange,
            "must lie from 1970 to 2099".to_owned(),
        ));
    }
    if zones.named(punch.zone.as_deref()).is_none() {
        let name = punch.zone.as_deref().unwrap_or_default();
        return Err((
            "zone",
            FaultKind::UnknownZone,
            format!("no table was supplied for zone {name:?}"),
        ));
    }
    let field = match punch.time {
        PunchTime::At(_) => "at",
        PunchTime::Local(_) => "local",
    };
    match locate(punch.time, punch.zone.as_deref(), zones) {
        Some(_) => Ok(()),
        None => Err((
            field,
            FaultKind::OutOfRange,
            "must lie from 1970 to 2099".to_owned(),
        )),
    }
}

fn locate(time: PunchTime, zone: Option<&str>, zones: &Zones) -> Option<Local> {
    let local = match time {
        PunchTime::At(at) => Some(Local::Unique(at)),
        PunchTime::Local(local) => zones.named(zone)?.resolve(local),
    };
    local.filter(|l| (MIN_AT..MAX_AT).contains(&l.as_punch()))
}

/// Marks what the server received after a later punch of the same terminal, or longer after it was made than allowed.
fn late_uploads(marks: &mut [Mark<'_>], late_upload_s: Option<i64>) {
    // The earliest receipt of what each terminal recorded later.
    let mut later: HashMap<&str, i64> = HashMap::new();
    for mark in marks.iter_mut().rev() {
        let Some(received) = mark.punch.received_at else {
            continue;
        };
        let late = late_upload_s.is_some_and(|allowed| received - mark.at > allowed);
        let mut overtaken = false;
        if let Some(device) = mark.punch.device.as_deref() {
            let earliest = later.entry(device).or_insert(received);
            overtaken = received > *earliest;
            *earliest = received.min(*earliest);
        }
        mark.late_by = (late || overtaken).then_some(received - mark.at);
    }
}
