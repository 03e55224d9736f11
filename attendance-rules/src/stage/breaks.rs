//! Stage 8: breaks beyond the windows: the cap of paid ones, automatic deduction and addition, and what to raise of punched ones.

use super::pair::Pair;
use crate::anomaly::{Anomaly, AnomalyCode};
use crate::label::Label;
use crate::policy::BreakRules;
use crate::punch::PunchId;
use crate::rule::Rule;
use crate::schedule::Pause;
use crate::segment::{Segment, cut_at};

/// Applies the rules to the segments of one shift or group. Returns paid break seconds that the cap cut off.
pub(crate) fn apply(rules: &BreakRules, segments: &mut Vec<Segment>) -> i64 {
    let capped = rules.paid_break_cap_s.map_or(0, |cap| over_cap(cap, segments));
    if rules.auto_deduct.is_empty() && rules.auto_add.is_empty() {
        return capped;
    }
    let net = seconds(segments, Label::is_worked);
    let mut punched = seconds(segments, |label| label == Label::BreakPunched);
    for rule in &rules.auto_add {
        if net > rule.after_s {
            relabel_first(
                segments,
                rule.amount_s,
                Label::BreakPunched,
                Label::BreakPaid,
                Rule::BreakAutoAdd,
            );
        }
    }
    for rule in rules.auto_deduct.iter().filter(|rule| net > rule.after_s) {
        let mut amount = rule.amount_s;
        if !rule.cliff {
            amount = amount.min(net - rule.after_s);
        }
        if rule.count_punched {
            let counted = amount.min(punched);
            punched -= counted;
            amount -= counted;
        }
        deduct(segments, rule.after_s, amount);
    }
    capped
}

fn seconds(segments: &[Segment], which: impl Fn(Label) -> bool) -> i64 {
    segments
        .iter()
        .filter(|s| which(s.label))
        .map(Segment::seconds)
        .sum()
}

/// Paid breaks beyond the cap become unpaid ones; how many seconds did.
fn over_cap(cap: i64, segments: &mut Vec<Segment>) -> i64 {
    let mut left = cap;
    let mut edges = Vec::new();
    for segment in segments.iter().filter(|s| s.label == Label::BreakPaid) {
        if (1..segment.seconds()).contains(&left) {
            edges.push(segment.from + left);
        }
        left -= segment.seconds();
    }
    cut_at(segments, edges);
    let (mut left, mut over) = (cap, 0);
    for segment in segments.iter_mut().filter(|s| s.label == Label::BreakPaid) {
        if left <= 0 {
            over += segment.seconds();
            (segment.label, segment.rule) = (Label::BreakUnpaidWindow, Rule::BreakOverCap);
        }
        left -= segment.seconds();
    }
    over
}

/// Gives the first `amount` seconds of one label another one.
fn relabel_first(segments: &mut Vec<Segment>, amount: i64, of: Label, label: Label, rule: Rule) {
    let mut left = amount;
    let mut index = 0;
    while let Some(segment) = segments.get_mut(index).filter(|_| left > 0) {
        if segment.label == of {
            let edge = segment.from + left;
            if segment.seconds() > left {
                cut_at(segments, [edge]);
                continue;
            }
            left -= segment.seconds();
            (segment.label, segment.rule) = (label, rule);
        }
        index += 1;
    }
}

/// Takes `amount` seconds off: the last part of the earliest uninterrupted run of work in which the trigger is reached, and where that run is
/// too short, the last parts of the runs before it, then the first parts of those after.
fn deduct(segments: &mut Vec<Segment>, after_s: i64, amount: i64) {
    let mut left = amount;
    let Some(end) = run_reaching(segments, after_s) else {
        return;
    };
    // Backwards from the end of the run.
    let mut index = segments.partition_point(|s| s.from < end);
    while left > 0 && index > 0 {
        index -= 1;
        let Some(segment) = segments.get(index) else { break };
        if segment.label != Label::Work {
            continue;
        }
        if segment.seconds() > left {
            let edge = segment.to - left;
            cut_at(segments, [edge]);
            index += 1;
        }
        if let Some(segment) = segments.get_mut(index) {
            left -= segment.seconds();
            (segment.label, segment.rule) = (Label::BreakAutoDeduct, Rule::BreakAutoDeduct);
        }
    }
    relabel_first(
        segments,
        left,
        Label::Work,
        Label::BreakAutoDeduct,
        Rule::BreakAutoDeduct,
    );
}

/// The end of the earliest run of touching worked segments in which more than `after_s` is worked.
fn run_reaching(segments: &[Segment], after_s: i64) -> Option<i64> {
    let mut worked = 0;
    let mut reached: Option<i64> = None;
    for segment in segments {
        if !segment.label.is_worked() {
            if reached.is_some() {
                break;
            }
            continue;
        }
        worked += segment.seconds();
        if worked > after_s || reached.is_some() {
            reached = Some(segment.to);
        }
    }
    reached
}

/// Raises what is odd about punched breaks: meals missing, short or long, other breaks too long.
pub(crate) fn check(rules: &BreakRules, pairs: &[Pair<'_>], pauses: &[Pause], anomalies: &mut Vec<Anomaly>) {
    if rules.windows.is_empty() && rules.long_break_s.is_none() {
        return;
    }
    let accepted: Vec<&Pair<'_>> = pairs.iter().filter(|p| p.accepted).collect();
    let gaps: Vec<(i64, i64, [&PunchId; 2])> = accepted
        .windows(2)
        .filter_map(|two| match two {
            [a, b] if a.to < b.from => Some((a.to, b.from, [a.ids()[1], b.ids()[0]])),
            _ => None,
        })
        .collect();
    let raise =
        |code, ids: [&PunchId; 2], seconds| Anomaly::new(code, ids.map(Clone::clone).to_vec(), Some(seconds));
    for pause in pauses {
        let Some(rule) = pause.rule.and_then(|i| rules.windows.get(usize::from(i))) else {
            continue;
        };
        let meal = gaps
            .iter()
            .find(|(from, to, _)| *from < pause.to && pause.from < *to);
        match (meal, rule.min_s, rule.max_s) {
            (Some(&(from, to, ids)), Some(min), _) if to - from < min => {
                anomalies.push(raise(AnomalyCode::ShortMeal, ids, to - from));
            }
            (Some(&(from, to, ids)), _, Some(max)) if to - from > max => {
                anomalies.push(raise(AnomalyCode::LongMeal, ids, to - from));
            }
            (None, Some(min), _) if min > 0 => {
                // Only who was on the clock all through the window has missed it.
                let through = accepted.iter().find(|p| p.from <= pause.from && pause.to <= p.to);
                anomalies
                    .extend(through.map(|p| raise(AnomalyCode::MissingMeal, p.ids(), pause.to - pause.from)));
            }
            _ => {}
        }
    }
    if let Some(most) = rules.long_break_s {
        for &(from, to, ids) in &gaps {
            let in_window = pauses.iter().any(|p| from < p.to && p.from < to);
            if to - from > most && !in_window {
                anomalies.push(raise(AnomalyCode::LongBreak, ids, to - from));
            }
        }
    }
}
