//! The steps of a trace that come from punches and their pairs, and what a punch itself gives to look at.

use super::assemble::Scene;
use super::normalise::Mark;
use super::pair::Pair;
use crate::anomaly::{Anomaly, AnomalyCode};
use crate::policy::PolicyFields;
use crate::result::Resolution;
use crate::rule::Rule;
use crate::schedule::Slot;
use crate::segment::Segment;
use crate::trace::{Step, Subject};
use crate::zone::ZoneTable;

/// What a mark itself gives to look at.
pub(super) fn look(
    mark: &Mark<'_>,
    zone: &ZoneTable,
    scene: &Scene<'_>,
    skew_s: i64,
    anomalies: &mut Vec<Anomaly>,
) {
    let mut raise = |code, seconds| anomalies.push(Anomaly::new(code, vec![mark.id.clone()], seconds));
    match mark.resolution {
        Resolution::Gap => raise(AnomalyCode::CivilGap, None),
        Resolution::Fold if mark.is_assumed() => raise(AnomalyCode::CivilFold, None),
        _ => {}
    }
    if mark.correction.is_some() {
        raise(AnomalyCode::CorrectionApplied, None);
    }
    if let Some(ahead) = mark
        .punch
        .received_at
        .map(|received| mark.at - received)
        .filter(|ahead| *ahead > skew_s)
    {
        raise(AnomalyCode::ClockSkew, Some(ahead));
    }
    if let Some(late) = mark.late_by {
        raise(AnomalyCode::OutOfOrderUpload, Some(late));
    }
    if let Some(ahead) = scene
        .as_of
        .map(|now| mark.at.saturating_sub(now))
        .filter(|ahead| *ahead > 0)
    {
        raise(AnomalyCode::FuturePunch, Some(ahead));
    }
    let own = mark.punch.zone.as_deref().and_then(|name| scene.zones.get(name));
    if own.is_some_and(|own| own.offset_at(mark.at) != zone.offset_at(mark.at)) {
        raise(AnomalyCode::ZoneMismatch, None);
    }
}

/// The step that says how a mark's instant was found, where that is not plain.
pub(super) fn told(mark: &Mark<'_>) -> Option<Rule> {
    mark.correction.or(match mark.resolution {
        Resolution::Gap => Some(Rule::CivilGap),
        Resolution::Fold if mark.told => Some(Rule::CivilFoldTold),
        Resolution::Fold => Some(Rule::CivilFold),
        Resolution::Unique => None,
    })
}

/// A rejected pair is told by its punches, so that it is not taken for the pairing step.
pub(super) const fn cut_subject(segment: &Segment) -> Subject {
    match segment.rule {
        Rule::MaxShift => Subject::Punches(0, 0),
        _ => Subject::Day,
    }
}

/// The steps of pairing, of assumed ends and of rounding.
#[expect(clippy::too_many_arguments, reason = "one caller; the parts of one group")]
pub(super) fn pair_steps(
    (inner, pairs): (&[&Mark<'_>], &[Pair<'_>]),
    rule: Rule,
    assumed: Option<Rule>,
    fields: &PolicyFields,
    all: &[usize],
    marks: &[Mark<'_>],
    slot: Option<&Slot>,
    trace: &mut Vec<Step>,
) {
    let place = |mark: &Mark<'_>| {
        let found = all.binary_search_by(|&i| {
            marks.get(i).map_or(core::cmp::Ordering::Less, |m| {
                (m.at, m.id).cmp(&(mark.at, mark.id))
            })
        });
        u16::try_from(found.unwrap_or_else(|i| i)).unwrap_or(u16::MAX)
    };
    for mark in inner {
        trace.push(Step::new(
            Rule::PairInner,
            Subject::Punch(place(mark)),
            mark.at,
            mark.at,
        ));
    }
    for pair in pairs {
        let come = place(pair.come);
        let rule = match (pair.accepted, pair.go) {
            (false, _) => Rule::MaxShift,
            (true, None) => assumed.unwrap_or(rule),
            (true, Some(_)) => rule,
        };
        let subject = match pair.go {
            // A rejected pair is counted by its segment.
            Some(go) if pair.accepted => Subject::Punches(come, place(go)),
            _ => Subject::Punch(come),
        };
        trace.push(Step::new(rule, subject, pair.raw.0, pair.raw.1));
        if !pair.accepted {
            continue;
        }
        let go = pair.go.map_or(come, place);
        let (begin, end) = slot.map_or((i64::MIN, i64::MAX), Slot::punctual);
        if pair.from != pair.raw.0 {
            let forgiven = pair.from == begin && pair.raw.0 > begin && fields.forgive_in_s > 0;
            let rule = if forgiven { Rule::ForgiveIn } else { Rule::RoundIn };
            trace.push(Step::new(rule, Subject::Punch(come), pair.raw.0, pair.from));
        }
        if pair.to != pair.raw.1 {
            let forgiven = pair.to == end && pair.raw.1 < end && fields.forgive_out_s > 0;
            let rule = if forgiven {
                Rule::ForgiveOut
            } else {
                Rule::RoundOut
            };
            trace.push(Step::new(rule, Subject::Punch(go), pair.raw.1, pair.to));
        }
    }
}
