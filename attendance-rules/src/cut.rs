//! Stages 7 and 8: the time from first in to last out is cut at punches, shift edges and break windows; each piece gets one label and its rule.

use crate::pair::Pair;
use crate::policy::{CountOutside, PolicyFields};
use crate::punch::PunchId;
use crate::result::{Label, Rule, Segment};
use crate::schedule::Slot;

/// How a stretch between two neighbouring punches came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stretch {
    /// An accepted session: on the clock.
    Session,
    /// Between two sessions: off the clock.
    Between,
    /// A pair that was not accepted.
    Rejected,
}

/// The segments from the first accepted in to the last accepted out: ascending, touching, none empty.
pub(crate) fn cut(pairs: &[Pair<'_>], slot: Option<&Slot>, policy: &PolicyFields) -> Vec<Segment> {
    let mut segments = Vec::new();
    let Some(first) = pairs.iter().position(|p| p.accepted) else {
        return segments;
    };
    let Some(last) = pairs.iter().rposition(|p| p.accepted) else {
        return segments;
    };
    let mut previous: Option<&Pair<'_>> = None;
    for pair in pairs.get(first..=last).unwrap_or_default() {
        if let Some(previous) = previous {
            let ids = [&previous.go.id, &pair.come.id];
            pieces(
                Stretch::Between,
                previous.go.at,
                pair.come.at,
                ids,
                slot,
                policy,
                &mut segments,
            );
        }
        let kind = if pair.accepted {
            Stretch::Session
        } else {
            Stretch::Rejected
        };
        pieces(
            kind,
            pair.come.at,
            pair.go.at,
            [&pair.come.id, &pair.go.id],
            slot,
            policy,
            &mut segments,
        );
        previous = Some(pair);
    }
    segments
}

/// Cuts one stretch where the label can change, and labels each piece.
fn pieces(
    stretch: Stretch,
    from: i64,
    to: i64,
    ids: [&PunchId; 2],
    slot: Option<&Slot>,
    policy: &PolicyFields,
    segments: &mut Vec<Segment>,
) {
    let mut push = |from: i64, to: i64| {
        if from < to {
            let (label, rule) = label(stretch, from, slot, policy);
            let punch_ids = ids.into_iter().cloned().collect();
            segments.push(Segment {
                from,
                to,
                label,
                tier: None,
                rule,
                punch_ids,
            });
        }
    };
    let mut begin = from;
    if let (Some(slot), true) = (slot, stretch != Stretch::Rejected) {
        // Breaks are sorted and lie inside the shift, so this list ascends.
        let edges = core::iter::once(slot.start)
            .chain(slot.breaks.iter().flat_map(|b| [b.from, b.to]))
            .chain(core::iter::once(slot.end));
        for edge in edges.filter(|&edge| from < edge && edge < to) {
            push(begin, edge);
            begin = edge;
        }
    }
    push(begin, to);
}

/// The label of the piece that begins at `at` and reaches over no edge.
fn label(stretch: Stretch, at: i64, slot: Option<&Slot>, policy: &PolicyFields) -> (Label, Rule) {
    if stretch == Stretch::Rejected {
        return (Label::IgnoredOverMaxShift, Rule::MaxShift);
    }
    let on_clock = stretch == Stretch::Session;
    let Some(slot) = slot else {
        return if on_clock {
            (Label::Work, Rule::PairUnscheduled)
        } else {
            (Label::BreakPunched, Rule::BreakPunched)
        };
    };
    let inside = (slot.start..slot.end).contains(&at);
    if !on_clock && !inside {
        return (Label::OffClock, Rule::BetweenSessions);
    }
    if at < slot.start {
        return match policy.count_before {
            CountOutside::Always => (Label::Work, Rule::CountBeforeAlways),
            CountOutside::Never => (Label::IgnoredBeforeShift, Rule::CountBeforeNever),
        };
    }
    if at >= slot.end {
        return match policy.count_after {
            CountOutside::Always => (Label::Work, Rule::CountAfterAlways),
            CountOutside::Never => (Label::IgnoredAfterShift, Rule::CountAfterNever),
        };
    }
    match slot.breaks.iter().find(|b| (b.from..b.to).contains(&at)) {
        Some(pause) if pause.paid => (Label::BreakPaid, Rule::BreakPaidWindow),
        // A break that was punched is one, whether or not it was planned; nothing is taken off twice.
        _ if !on_clock => (Label::BreakPunched, Rule::BreakPunched),
        Some(_) => (Label::BreakUnpaidWindow, Rule::BreakUnpaidWindow),
        None => (Label::Work, Rule::PairAlternate),
    }
}
