//! Which date work counts for, and the split of a night at midnight.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::assemble::Draft;
use super::steps::cut_subject;
use super::totals::seconds;
use crate::label::Label;
use crate::result::{DayResult, Session};
use crate::rule::{Rule, Stage};
use crate::schedule::Slot;
use crate::segment::{Segment, cut_at};
use crate::trace::{Step, Subject};
use crate::zone::ZoneTable;

/// The date of an instant when dates begin so many seconds after midnight.
pub(crate) fn local_date(zone: &ZoneTable, at: i64, day_starts: i64) -> NaiveDate {
    // Instants are checked to lie in the range every table can show, so the default is never taken.
    let local = zone.to_local(at).unwrap_or_default();
    (local - chrono::Duration::seconds(day_starts)).date()
}

/// The instant at which a date begins.
fn date_begins(zone: &ZoneTable, date: NaiveDate, day_starts: i64) -> Option<i64> {
    let local = date
        .and_hms_opt(0, 0, 0)?
        .checked_add_signed(chrono::Duration::seconds(day_starts))?;
    zone.resolve(local).map(|local| local.as_start())
}

/// The date on which most was worked; a tie goes to the earlier one.
pub(super) fn most_worked(segments: &[Segment], zone: &ZoneTable, day_starts: i64) -> Option<NaiveDate> {
    let mut by_date: Vec<(NaiveDate, i64)> = Vec::new();
    for segment in segments.iter().filter(|s| s.label.is_worked()) {
        let mut from = segment.from;
        while from < segment.to {
            let date = local_date(zone, from, day_starts);
            let next = date
                .checked_add_days(Days::new(1))
                .and_then(|next| date_begins(zone, next, day_starts));
            let to = next
                .filter(|next| *next > from)
                .unwrap_or(segment.to)
                .min(segment.to);
            match by_date.iter_mut().find(|(of, _)| *of == date) {
                Some((_, seconds)) => *seconds += to - from,
                None => by_date.push((date, to - from)),
            }
            from = to;
        }
    }
    by_date.sort_by_key(|(date, seconds)| (core::cmp::Reverse(*seconds), *date));
    by_date.first().map(|(date, _)| *date)
}

/// Cuts a draft at each beginning of a date. The first part keeps the punches and what is to look at; the norm is shared out by the time that
/// was scheduled on each date.
pub(super) fn split<'a>(
    mut draft: Draft<'a>,
    mut raw: Vec<Segment>,
    slot: Option<&Slot>,
    day_starts: i64,
    drafts: &mut Vec<Draft<'a>>,
) {
    let zone = draft.zone;
    let worked = draft
        .day
        .segments
        .first()
        .map(|s| s.from)
        .zip(draft.day.segments.last().map(|s| s.to));
    let scheduled = slot.map(|s| (s.start, s.end));
    let from = [worked, scheduled]
        .into_iter()
        .flatten()
        .map(|(from, _)| from)
        .min();
    let to = [worked, scheduled].into_iter().flatten().map(|(_, to)| to).max();
    let Some((from, to)) = from.zip(to) else {
        return drafts.push(draft);
    };
    let mut edges = Vec::new();
    let mut date = local_date(zone, from, day_starts);
    let first_date = date;
    while let Some(next) = date.checked_add_days(Days::new(1)) {
        let Some(edge) = date_begins(zone, next, day_starts).filter(|edge| *edge < to) else {
            break;
        };
        if edge > from {
            edges.push((edge, next));
        }
        date = next;
    }
    draft.day.date = first_date;
    if edges.is_empty() {
        return drafts.push(draft);
    }
    cut_at(&mut draft.day.segments, edges.iter().map(|e| e.0));
    cut_at(&mut raw, edges.iter().map(|e| e.0));
    let bounds = |part: usize| {
        let begin = part
            .checked_sub(1)
            .and_then(|i| edges.get(i))
            .map_or(i64::MIN, |e| e.0);
        let end = edges.get(part).map_or(i64::MAX, |e| e.0);
        (begin, end)
    };
    let norms = share_norm(draft.day.scheduled_s, slot, edges.len() + 1, bounds);
    let whole = draft.day;
    let steps: Vec<Step> = whole
        .trace
        .iter()
        .copied()
        .filter(|s| s.rule.stage() < Stage::Cut && !is_of_a_segment(s))
        .collect();
    for part in 0..=edges.len() {
        let (begin, end) = bounds(part);
        let inside = |s: &&Segment| begin <= s.from && s.from < end;
        let segments: Vec<Segment> = whole.segments.iter().filter(inside).cloned().collect();
        let (first, last) = (part == 0, part == edges.len());
        if segments.is_empty() && !first && norms.get(part).is_none_or(|norm| *norm == 0) {
            continue;
        }
        let sum = |which: fn(Label) -> bool| seconds(&segments, |s| which(s.label));
        let mut trace = if first { steps.clone() } else { Vec::new() };
        if draft.traced {
            trace.extend(
                segments
                    .iter()
                    .map(|s| Step::new(s.rule, cut_subject(s), s.from, s.to)),
            );
        }
        let clipped = whole.sessions.iter().filter(|s| s.from < end && begin < s.to);
        let day = DayResult {
            date: if first {
                first_date
            } else {
                edges.get(part - 1).map_or(first_date, |e| e.1)
            },
            part: u16::try_from(part).unwrap_or(u16::MAX),
            first_in: segments.first().map(|s| s.from),
            last_out: segments.last().map(|s| s.to),
            scheduled_s: norms.get(part).copied().unwrap_or(0),
            raw_worked_s: seconds(&raw, |s| inside(&s) && s.label.is_worked()),
            break_s: sum(Label::is_unpaid_break),
            ignored_s: sum(Label::is_ignored),
            late_s: if first { whole.late_s } else { 0 },
            early_out_s: if last { whole.early_out_s } else { 0 },
            anomalies: if first {
                whole.anomalies.clone()
            } else {
                Vec::new()
            },
            sessions: clipped
                .map(|s| Session {
                    from: s.from.max(begin),
                    to: s.to.min(end),
                    raw_from: s.raw_from.max(begin),
                    raw_to: s.raw_to.min(end),
                    ..s.clone()
                })
                .collect(),
            segments,
            punches: if first { whole.punches.clone() } else { Vec::new() },
            trace,
            kinds: BTreeSet::new(),
            by_tier: Vec::new(),
            overlays: Vec::new(),
            credits: Vec::new(),
            ..whole.clone()
        };
        let mut digest = draft.digest.clone();
        digest.number(i64::try_from(part).unwrap_or(i64::MAX));
        drafts.push(Draft {
            start: draft.start,
            zone,
            traced: draft.traced,
            has_shift: draft.has_shift,
            digest,
            day,
        });
    }
}

/// The time of a rejected pair is told by its segments, which are cut anew for each part.
const fn is_of_a_segment(step: &Step) -> bool {
    matches!((step.rule, step.subject), (Rule::MaxShift, Subject::Punches(..)))
}

/// The norm shared out by scheduled working time; what does not divide goes to the last part that has any.
fn share_norm(
    norm_s: i64,
    slot: Option<&Slot>,
    parts: usize,
    bounds: impl Fn(usize) -> (i64, i64),
) -> Vec<i64> {
    let Some(slot) = slot else { return vec![0; parts] };
    let asked: Vec<i64> = (0..parts)
        .map(|part| {
            let (begin, end) = bounds(part);
            let inside = |from: i64, to: i64| (to.min(end) - from.max(begin)).max(0);
            let unpaid = slot.breaks.iter().filter(|b| !b.paid);
            let pauses: i64 = unpaid
                .map(|b| inside(b.from.max(slot.start), b.to.min(slot.end)))
                .sum();
            inside(slot.start, slot.end) - pauses
        })
        .collect();
    let total: i64 = asked.iter().sum();
    let mut shares: Vec<i64> = asked
        .iter()
        .map(|part| {
            if total > 0 {
                norm_s.saturating_mul(*part) / total
            } else {
                0
            }
        })
        .collect();
    let rest = norm_s - shares.iter().sum::<i64>();
    if let Some(last) = asked
        .iter()
        .rposition(|part| *part > 0)
        .or(Some(0))
        .and_then(|i| shares.get_mut(i))
    {
        *last += rest;
    }
    shares
}
