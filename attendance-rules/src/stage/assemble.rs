//! One group becomes one day (or, split at midnight, several), all but the tiers, which need every group of the date.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cut::{self, Around};
use super::dating::{local_date, most_worked, split};
use super::dedup::{self, Dropped};
use super::group::{Group, Grouping};
use super::normalise::Mark;
use super::odd_end::{self, Circumstances};
use super::pair::{self, Pair, Paired};
use super::steps::{cut_subject, look, pair_steps, told};
use super::totals::seconds;
use super::{breaks, punctuality, round};
use crate::anomaly::{Anomaly, AnomalyCode};
use crate::digest::DayDigest;
use crate::label::Label;
use crate::policy::{DayMode, Policy};
use crate::punch::PunchId;
use crate::rate::WHOLE_BP;
use crate::result::{DayResult, DayStatus, InputHash, PunchTrace, Session};
use crate::rule::Rule;
use crate::schedule::{Pause, Slot, add_windows};
use crate::segment::Segment;
use crate::trace::{Step, Subject};
use crate::zone::{ZoneTable, Zones};

/// A day under construction, with what the later stages need.
pub(crate) struct Draft<'a> {
    /// Start of the shift, or the first punch: the order of days of one date.
    pub(crate) start: i64,
    pub(crate) zone: &'a ZoneTable,
    pub(crate) traced: bool,
    /// A shift was to be worked, and the date may say so or not.
    pub(crate) has_shift: bool,
    pub(crate) digest: DayDigest,
    pub(crate) day: DayResult,
}

/// What all groups of an evaluation share.
pub(crate) struct Scene<'a> {
    pub(crate) slots: &'a [Slot],
    pub(crate) marks: &'a [Mark<'a>],
    pub(crate) kept: &'a [usize],
    pub(crate) dropped: &'a [Dropped],
    pub(crate) grouping: &'a Grouping,
    pub(crate) zones: &'a Zones,
    pub(crate) approved: &'a [(i64, i64)],
    pub(crate) as_of: Option<i64>,
}

/// Buffers that one group hands to the next.
#[derive(Default)]
pub(crate) struct Bench<'a> {
    paired: Paired<'a>,
    /// Indices of all marks of the group, kept and dropped.
    all: Vec<usize>,
    raw: Vec<Segment>,
    unpaid: Vec<(i64, i64)>,
    /// The last out of the groups before, after rounding.
    floor: i64,
}

/// Builds the days of a group, to the end of `drafts`. Groups come in the order of their first punches.
pub(crate) fn draft<'a>(
    scene: &Scene<'a>,
    group: &Group,
    policy: &'a Policy,
    bench: &mut Bench<'a>,
    drafts: &mut Vec<Draft<'a>>,
) {
    let fields = policy.fields();
    let slot = group.slot.and_then(|i| scene.slots.get(i));
    let zone = slot
        .and_then(|s| scene.zones.get(&s.zone))
        .unwrap_or_else(|| scene.zones.default_zone());
    let indices = scene.grouping.marks(group);
    let kept = indices.iter().filter_map(|&i| scene.marks.get(i));
    let mut anomalies = Vec::new();
    let mut trace = Vec::with_capacity(if fields.trace { 8 + indices.len() * 6 } else { 0 });

    bench.all.clear();
    for &index in indices {
        bench.all.push(index);
        bench.all.extend(dedup::repeats_of(scene.dropped, index));
    }
    bench.all.sort_unstable();
    let place = |index: usize| u16::try_from(bench.all.partition_point(|&i| i < index)).unwrap_or(u16::MAX);
    for &index in indices {
        let Some(mark) = scene.marks.get(index) else {
            continue;
        };
        look(mark, zone, scene, fields.clock_skew_s, &mut anomalies);
        if fields.trace {
            trace.extend(
                told(mark)
                    .map(|rule| Step::new(rule, Subject::Punch(place(index)), mark.punch_at(), mark.at)),
            );
        }
        for repeat in dedup::repeats_of(scene.dropped, index) {
            let Some(dropped) = scene.marks.get(repeat) else {
                continue;
            };
            let ids = vec![dropped.id.clone(), mark.id.clone()];
            anomalies.push(Anomaly::new(
                AnomalyCode::DuplicateDropped,
                ids,
                Some(dropped.at - mark.at),
            ));
            if fields.trace {
                let both = Subject::Punches(place(repeat), place(index));
                trace.push(Step::new(Rule::DedupWindow, both, mark.at, dropped.at));
            }
        }
    }
    if slot.is_some_and(|s| s.overlaps) {
        anomalies.push(Anomaly::new(AnomalyCode::OverlappingShifts, Vec::new(), None));
    }
    let (first, last) = (
        kept.clone().next().map(|m| m.at),
        kept.clone().next_back().map(|m| m.at),
    );
    if fields.trace {
        let (rule, from, to) = match slot {
            Some(slot) => (Rule::GroupWindow, slot.open, slot.close),
            None => (Rule::GroupUnscheduled, first.unwrap_or(0), last.unwrap_or(0)),
        };
        trace.push(Step::new(rule, Subject::Day, from, to));
    }

    pair::pair(kept.clone(), policy, &mut bench.paired, &mut anomalies);
    let own_pauses: Vec<Pause>;
    let pauses: &[Pause] = match slot {
        Some(slot) => &slot.breaks,
        None => {
            own_pauses = windows_of(policy, zone, first, last);
            &own_pauses
        }
    };
    let around = Around {
        slot,
        pauses,
        approved: scene.approved,
        policy: fields,
        pair_rule: pair::rule_of(fields.pairing, policy.trust()),
    };
    let next = indices.last().and_then(|&last| {
        let after = scene.kept.partition_point(|&i| i <= last);
        scene
            .kept
            .get(after)
            .and_then(|&i| scene.marks.get(i))
            .map(|m| m.at)
    });
    let assumed = bench.paired.open.and_then(|_| {
        bench.unpaid.clear();
        bench
            .unpaid
            .extend(pauses.iter().filter(|p| !p.paid).map(|p| (p.from, p.to)));
        bench.raw.clear();
        cut::cut(&bench.paired.pairs, around, true, &mut bench.raw);
        let worked_s = seconds(&bench.raw, |s| s.label.is_worked());
        let day = Circumstances {
            slot,
            worked_s,
            unpaid: &bench.unpaid,
            next,
        };
        odd_end::close(&mut bench.paired, policy, &day, &mut anomalies)
    });

    let pairs = &mut bench.paired.pairs;
    let limits = (bench.floor, next.unwrap_or(i64::MAX));
    round::round(pairs, fields, zone, limits, &mut anomalies);
    let mut late_and_early = (0, 0);
    if let Some(slot) = slot {
        late_and_early = punctuality::measure(slot, pairs, fields, &mut anomalies);
        round::forgive(pairs, slot, fields, limits);
    }
    if let Some(last) = pairs.iter().rev().find(|p| p.accepted) {
        bench.floor = bench.floor.max(last.to);
    }
    if fields.trace {
        pair_steps(
            (&bench.paired.inner, pairs),
            around.pair_rule,
            assumed,
            fields,
            &bench.all,
            scene.marks,
            slot,
            &mut trace,
        );
    }

    let mut segments = Vec::with_capacity(pairs.len() * 4 + 6);
    cut::cut(pairs, around, false, &mut segments);
    let capped = breaks::apply(&fields.breaks, &mut segments);
    breaks::check(&fields.breaks, pairs, pauses, &mut anomalies);
    if capped > 0 {
        anomalies.push(Anomaly::new(AnomalyCode::CapReached, Vec::new(), Some(capped)));
    }
    bench.raw.clear();
    let rounded = pairs.iter().any(|p| p.accepted && (p.from, p.to) != p.raw);
    if rounded {
        cut::cut(pairs, around, true, &mut bench.raw);
        breaks::apply(&fields.breaks, &mut bench.raw);
    }

    let used = |mark: &Mark<'_>| pairs.iter().any(|p| p.accepted && p.ids().contains(&mark.id));
    let few = pairs.len() <= 16;
    let ends: BTreeSet<&PunchId> = if few {
        BTreeSet::new()
    } else {
        pairs.iter().filter(|p| p.accepted).flat_map(Pair::ids).collect()
    };
    let mut punches = Vec::with_capacity(bench.all.len());
    punches.extend(
        bench
            .all
            .iter()
            .filter_map(|&i| scene.marks.get(i))
            .map(|mark| PunchTrace {
                id: mark.id.clone(),
                at: mark.at,
                resolution: mark.resolution,
                used: if few { used(mark) } else { ends.contains(mark.id) },
            }),
    );
    let mut sessions = Vec::with_capacity(pairs.iter().filter(|p| p.accepted).count());
    sessions.extend(pairs.iter().filter(|p| p.accepted).map(|pair| Session {
        in_id: pair.come.id.clone(),
        out_id: pair.go.map(|go| go.id.clone()),
        from: pair.from,
        to: pair.to,
        raw_from: pair.raw.0,
        raw_to: pair.raw.1,
    }));

    if let Some(pair) = bench.paired.pairs.iter().find(|p| p.accepted && p.go.is_none()) {
        let earned = seconds(&segments, |s| s.assumed);
        anomalies.push(Anomaly::new(
            AnomalyCode::AssumedTime,
            vec![pair.come.id.clone()],
            Some(earned),
        ));
    }
    if slot.is_none() {
        let worked = seconds(&segments, |s| s.label.is_worked());
        let ids = kept.clone().map(|m| m.id.clone()).collect();
        anomalies.push(Anomaly::new(AnomalyCode::UnscheduledWork, ids, Some(worked)));
    }
    for (label, code) in [
        (Label::IgnoredBeforeShift, AnomalyCode::InEarly),
        (Label::IgnoredAfterShift, AnomalyCode::OutLate),
    ] {
        if segments.iter().any(|s| s.label == label) {
            let of_label = segments.iter().filter(|s| s.label == label);
            let ids = of_label
                .clone()
                .flat_map(|s| s.punch_ids.iter().cloned())
                .collect();
            anomalies.push(Anomaly::new(
                code,
                ids,
                Some(of_label.map(Segment::seconds).sum()),
            ));
        }
    }

    let default = scene.zones.default_zone();
    let day_starts = i64::from(fields.day_starts_at.seconds());
    let own_zone = if slot.is_some() { zone } else { default };
    let date_at = |at: i64| local_date(own_zone, at, day_starts);
    let begins = slot.map_or_else(|| date_at(first.unwrap_or(0)), |s| s.date);
    let date = match fields.day_mode {
        DayMode::ShiftStart | DayMode::SplitMidnight => begins,
        DayMode::ShiftEnd => {
            let end = slot.map_or_else(
                || sessions.last().map(|s: &Session| s.to).or(last),
                |s| Some(s.end),
            );
            date_at(end.unwrap_or(1) - 1)
        }
        DayMode::MostWorked => most_worked(&segments, own_zone, day_starts).unwrap_or(begins),
    };
    if fields.trace {
        for segment in &segments {
            trace.push(Step::new(
                segment.rule,
                cut_subject(segment),
                segment.from,
                segment.to,
            ));
        }
    }
    let mut digest = DayDigest::new(policy, scene.zones.tzdb_version(), slot);
    for mark in bench.all.iter().filter_map(|&i| scene.marks.get(i)) {
        digest.punch(mark);
    }
    let day = DayResult {
        date,
        shift_id: slot.map(|s| Arc::clone(&s.id)),
        part: 0,
        zone: Arc::clone(own_zone.shared_name()),
        kinds: BTreeSet::new(),
        day_rate_bp: WHOLE_BP,
        status: None,
        scheduled_start: slot.map(|s| s.start),
        scheduled_end: slot.map(|s| s.end),
        first_in: segments
            .first()
            .map(|s| s.from)
            .or_else(|| sessions.first().map(|s| s.from)),
        last_out: segments
            .last()
            .map(|s| s.to)
            .or_else(|| sessions.last().map(|s| s.to)),
        scheduled_s: slot.map_or(0, |s| s.norm_s),
        worked_s: 0,
        regular_s: 0,
        overtime_s: 0,
        by_tier: Vec::new(),
        approved_s: 0,
        unapproved_s: 0,
        payable_s: 0,
        overlays: Vec::new(),
        credits: Vec::new(),
        assumed_s: 0,
        raw_worked_s: seconds(if rounded { &bench.raw } else { &segments }, |s| {
            s.label.is_worked()
        }),
        rounding_delta_s: 0,
        break_s: seconds(&segments, |s| s.label.is_unpaid_break()),
        ignored_s: seconds(&segments, |s| s.label.is_ignored()),
        late_s: late_and_early.0,
        early_out_s: late_and_early.1,
        undertime_s: 0,
        overtime_after_s: None,
        regular_before_s: 0,
        provisional: false,
        anomalies,
        sessions,
        segments,
        punches,
        trace,
        policy_version: Arc::clone(&fields.version),
        input_hash: InputHash::default(),
    };
    let draft = Draft {
        start: slot.map_or_else(|| first.unwrap_or(0), |s| s.start),
        zone: own_zone,
        traced: fields.trace,
        has_shift: slot.is_some(),
        digest,
        day,
    };
    if fields.day_mode == DayMode::SplitMidnight {
        let raw = if rounded {
            bench.raw.clone()
        } else {
            draft.day.segments.clone()
        };
        split(draft, raw, slot, day_starts, drafts);
    } else {
        drafts.push(draft);
    }
}

/// The breaks that the policy lays over work without a shift.
fn windows_of(policy: &Policy, zone: &ZoneTable, first: Option<i64>, last: Option<i64>) -> Vec<Pause> {
    let windows = &policy.fields().breaks.windows;
    let mut pauses = Vec::new();
    if let (false, Some(first), Some(last)) = (windows.is_empty(), first, last) {
        add_windows(
            &mut pauses,
            windows,
            zone,
            local_date(zone, first, 0),
            local_date(zone, last, 0),
        );
    }
    pauses
}

/// Whether a person was there, once the figures of the day are known.
pub(crate) fn status(draft: &Draft<'_>, policy: &Policy, asked_for_work: bool) -> Option<DayStatus> {
    if !draft.has_shift || !asked_for_work {
        return None;
    }
    let fields = policy.fields();
    if draft.day.punches.is_empty() && draft.day.part == 0 && draft.day.segments.is_empty() {
        return Some(DayStatus::Absent);
    }
    let status = DayStatus::of(draft.day.worked_s, fields.absent_below_s, fields.half_day_below_s);
    let missing = draft.day.anomalies.iter().any(|a| {
        matches!(
            a.code,
            AnomalyCode::OddPunch
                | AnomalyCode::MissingOut
                | AnomalyCode::MissingIn
                | AnomalyCode::OrphanOut
                | AnomalyCode::OverMaxShift
        )
    });
    // A missing punch is unknown, not absent.
    Some(if missing && status != DayStatus::Present {
        DayStatus::Unknown
    } else {
        status
    })
}
