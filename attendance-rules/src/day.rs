//! Stage 14: one group becomes one day, all but the overtime tiers, which need every group of the date.

use std::collections::BTreeSet;

use crate::anomaly::{Anomaly, AnomalyCode};
use crate::cut;
use crate::group::Group;
use crate::normalise::Mark;
use crate::pair::{self, Pair};
use crate::policy::PolicyFields;
use crate::punch::PunchId;
use crate::punctuality;
use crate::result::{DayResult, Label, PunchTrace, Resolution, Segment, Session};
use crate::schedule::Slot;
use crate::zone::Zones;

/// A day under construction, with what the later stages need.
#[derive(Debug)]
pub(crate) struct Draft {
    /// Start of the shift, or the first punch: the order of days of one date.
    pub(crate) start: i64,
    pub(crate) slot: Option<usize>,
    /// Indices of all marks of the day, kept and dropped, in time order.
    pub(crate) marks: Vec<usize>,
    pub(crate) day: DayResult,
}

/// Builds the day of a group. `repeats` gives the dropped marks that repeat a kept one.
pub(crate) fn draft(
    group: &Group,
    slots: &[Slot],
    marks: &[Mark],
    repeats: impl Fn(usize) -> Vec<usize>,
    policy: &PolicyFields,
    zones: &Zones,
) -> Draft {
    let slot = group.slot.and_then(|i| slots.get(i));
    let kept: Vec<&Mark> = group.marks.iter().filter_map(|&i| marks.get(i)).collect();
    let mut anomalies = Vec::new();
    let mut all: Vec<usize> = Vec::with_capacity(kept.len());
    for &index in &group.marks {
        let Some(mark) = marks.get(index) else { continue };
        all.push(index);
        anomalies.extend(civil(mark));
        for repeat in repeats(index) {
            all.push(repeat);
            anomalies.extend(marks.get(repeat).map(|dropped| {
                let ids = vec![dropped.id.clone(), mark.id.clone()];
                Anomaly::new(AnomalyCode::DuplicateDropped, ids, Some(dropped.at - mark.at))
            }));
        }
    }
    if slot.is_some_and(|s| s.overlaps) {
        anomalies.push(Anomaly::new(AnomalyCode::OverlappingShifts, Vec::new(), None));
    }
    let pairs = pair::pair(&kept, policy, &mut anomalies);
    let segments = cut::cut(&pairs, slot, policy);
    let sessions: Vec<Session> = pairs.iter().filter(|p| p.accepted).map(session).collect();

    let sum = |which: fn(Label) -> bool| -> i64 {
        segments
            .iter()
            .filter(|s| which(s.label))
            .map(Segment::seconds)
            .sum()
    };
    let mut late_and_early = (0, 0);
    match slot {
        Some(slot) if kept.is_empty() => {
            anomalies.push(Anomaly::new(AnomalyCode::Absent, Vec::new(), Some(slot.norm_s)));
        }
        Some(slot) => late_and_early = punctuality::measure(slot, &sessions, policy, &mut anomalies),
        None => {
            let worked = sum(Label::is_worked);
            let ids = kept.iter().map(|m| m.id.clone()).collect();
            anomalies.push(Anomaly::new(AnomalyCode::UnscheduledWork, ids, Some(worked)));
        }
    }
    for (label, code) in [
        (Label::IgnoredBeforeShift, AnomalyCode::InEarly),
        (Label::IgnoredAfterShift, AnomalyCode::OutLate),
    ] {
        let of_label: Vec<&Segment> = segments.iter().filter(|s| s.label == label).collect();
        if !of_label.is_empty() {
            let seconds = of_label.iter().map(|s| s.seconds()).sum();
            let ids = of_label
                .iter()
                .flat_map(|s| s.punch_ids.iter().cloned())
                .collect();
            anomalies.push(Anomaly::new(code, ids, Some(seconds)));
        }
    }

    let first = kept.first().map_or(0, |m| m.at);
    let ends: BTreeSet<&PunchId> = sessions.iter().flat_map(|s| [&s.in_id, &s.out_id]).collect();
    let trace = |&index: &usize| {
        let mark = marks.get(index)?;
        let used = ends.contains(&mark.id);
        Some(PunchTrace {
            id: mark.id.clone(),
            at: mark.at,
            resolution: mark.resolution,
            used,
        })
    };
    let zone = zones.default_zone();
    let punches = all.iter().filter_map(trace).collect();
    let day = DayResult {
        // Instants are checked to lie in the range every table can show, so the default is never taken.
        date: slot.map_or_else(|| zone.to_local(first).unwrap_or_default().date(), |s| s.date),
        shift_id: slot.map(|s| s.id.clone()),
        zone: slot.map_or_else(|| zone.name().to_owned(), |s| s.zone.clone()),
        scheduled_start: slot.map(|s| s.start),
        scheduled_end: slot.map(|s| s.end),
        first_in: sessions.first().map(|s| s.from),
        last_out: sessions.last().map(|s| s.to),
        scheduled_s: slot.map_or(0, |s| s.norm_s),
        worked_s: 0,
        regular_s: 0,
        overtime_s: 0,
        break_s: sum(Label::is_unpaid_break),
        late_s: late_and_early.0,
        early_out_s: late_and_early.1,
        overtime_after_s: None,
        regular_before_s: 0,
        provisional: anomalies.iter().any(|a| a.code.makes_provisional()),
        anomalies,
        sessions,
        segments,
        punches,
        policy_version: policy.version.clone(),
        input_hash: String::new(),
    };
    Draft {
        start: slot.map_or(first, |s| s.start),
        slot: group.slot,
        marks: all,
        day,
    }
}

fn session(pair: &Pair<'_>) -> Session {
    Session {
        in_id: pair.come.id.clone(),
        out_id: pair.go.id.clone(),
        from: pair.come.at,
        to: pair.go.at,
    }
}

fn civil(mark: &Mark) -> Option<Anomaly> {
    let code = match mark.resolution {
        Resolution::Gap => AnomalyCode::CivilGap,
        Resolution::Fold if mark.assumed => AnomalyCode::CivilFold,
        _ => return None,
    };
    Some(Anomaly::new(code, vec![mark.id.clone()], None))
}
