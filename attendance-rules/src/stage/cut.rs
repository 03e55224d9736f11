//! Stages 7 and 8: the time from first in to last out is cut at punches, shift edges and break windows; each piece gets one label and its rule.

use super::pair::Pair;
use crate::approval::covers;
use crate::label::Label;
use crate::policy::{CountOutside, PolicyFields};
use crate::punch::PunchId;
use crate::rule::Rule;
use crate::schedule::{Pause, Slot};
use crate::segment::{OverlaySet, Segment};

/// How a stretch between two neighbouring punches came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stretch {
    /// An accepted session: on the clock.
    Session,
    /// The same, and its out was assumed.
    Assumed,
    /// Between two sessions: off the clock.
    Between,
    /// A pair that was not accepted.
    Rejected,
}

/// What the labels depend on beside the pairs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) slot: Option<&'a Slot>,
    /// Breaks, ascending and disjoint.
    pub(crate) pauses: &'a [Pause],
    /// Approved intervals, ascending and disjoint.
    pub(crate) approved: &'a [(i64, i64)],
    pub(crate) policy: &'a PolicyFields,
    /// The rule that makes sessions.
    pub(crate) pair_rule: Rule,
}

/// The segments from the first accepted in to the last accepted out: ascending, touching, none empty. `raw` cuts the punches as made.
pub(crate) fn cut(pairs: &[Pair<'_>], around: Around<'_>, raw: bool, segments: &mut Vec<Segment>) {
    let Some(first) = pairs.iter().position(|p| p.accepted) else {
        return;
    };
    let Some(last) = pairs.iter().rposition(|p| p.accepted) else {
        return;
    };
    let mut previous: Option<(i64, &PunchId)> = None;
    for pair in pairs.get(first..=last).unwrap_or_default() {
        let [come, go] = pair.ids();
        let (mut from, mut to) = if raw || !pair.accepted {
            pair.raw
        } else {
            (pair.from, pair.to)
        };
        if let Some((end, id)) = previous {
            from = from.max(end);
            to = to.max(from);
            pieces(Stretch::Between, end, from, [id, come], around, segments);
        }
        let kind = match (pair.accepted, pair.go) {
            (false, _) => Stretch::Rejected,
            (true, None) => Stretch::Assumed,
            (true, Some(_)) => Stretch::Session,
        };
        pieces(kind, from, to, [come, go], around, segments);
        previous = Some((to, go));
    }
}

/// Cuts one stretch where the label can change, and labels each piece.
fn pieces(
    stretch: Stretch,
    from: i64,
    to: i64,
    ids: [&PunchId; 2],
    around: Around<'_>,
    segments: &mut Vec<Segment>,
) {
    let mut push = |from: i64, to: i64| {
        if from < to {
            let (label, rule) = label(stretch, from, around);
            segments.push(Segment {
                from,
                to,
                label,
                tier: None,
                rate_bp: 0,
                approved: None,
                overlays: OverlaySet::default(),
                assumed: stretch == Stretch::Assumed && label.is_worked(),
                rule,
                punch_ids: ids.map(Clone::clone),
            });
        }
    };
    let mut begin = from;
    if stretch != Stretch::Rejected {
        loop {
            let next = next_edge(begin, around).filter(|&edge| edge < to);
            let Some(edge) = next else { break };
            push(begin, edge);
            begin = edge;
        }
    }
    push(begin, to);
}

/// The first instant after `at` at which a label can change.
fn next_edge(at: i64, around: Around<'_>) -> Option<i64> {
    let after = around.pauses.partition_point(|p| p.to <= at);
    let pause = around
        .pauses
        .get(after)
        .map(|p| if p.from > at { p.from } else { p.to });
    let shift = around
        .slot
        .and_then(|s| [s.start, s.end].into_iter().find(|&edge| edge > at));
    let by_approval = around.slot.is_some_and(|s| {
        (at < s.start && around.policy.count_before == CountOutside::Approved)
            || (at >= s.end && around.policy.count_after == CountOutside::Approved)
    });
    let approval = if by_approval {
        let after = around.approved.partition_point(|a| a.1 <= at);
        around
            .approved
            .get(after)
            .map(|a| if a.0 > at { a.0 } else { a.1 })
    } else {
        None
    };
    [pause, shift, approval].into_iter().flatten().min()
}

/// The label of the piece that begins at `at` and reaches over no edge.
fn label(stretch: Stretch, at: i64, around: Around<'_>) -> (Label, Rule) {
    if stretch == Stretch::Rejected {
        return (Label::IgnoredOverMaxShift, Rule::MaxShift);
    }
    let on_clock = stretch != Stretch::Between;
    let after = around.pauses.partition_point(|p| p.to <= at);
    let pause = around.pauses.get(after).filter(|p| p.from <= at);
    let inside = around.slot.is_none_or(|s| (s.start..s.end).contains(&at));
    let work = match around.slot {
        _ if !on_clock && !inside => return (Label::OffClock, Rule::BetweenSessions),
        None => Rule::PairUnscheduled,
        Some(slot) if at < slot.start => match around.policy.count_before {
            CountOutside::Always => Rule::CountBeforeAlways,
            CountOutside::Approved if covers(around.approved, at) => Rule::CountBeforeApproved,
            CountOutside::Approved | CountOutside::Never => {
                return (Label::IgnoredBeforeShift, Rule::CountBeforeNever);
            }
        },
        Some(slot) if at >= slot.end => match around.policy.count_after {
            CountOutside::Always => Rule::CountAfterAlways,
            CountOutside::Approved if covers(around.approved, at) => Rule::CountAfterApproved,
            CountOutside::Approved | CountOutside::Never => {
                return (Label::IgnoredAfterShift, Rule::CountAfterNever);
            }
        },
        Some(_) => around.pair_rule,
    };
    match pause {
        Some(pause) if pause.paid => (Label::BreakPaid, Rule::BreakPaidWindow),
        // A break that was punched is one, whether or not it was planned; nothing is taken off twice.
        _ if !on_clock => (Label::BreakPunched, Rule::BreakPunched),
        Some(_) => (Label::BreakUnpaidWindow, Rule::BreakUnpaidWindow),
        None => (Label::Work, work),
    }
}
