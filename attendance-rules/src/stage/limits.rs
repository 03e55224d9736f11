//! The rest of stage 9: tolerance, blocks and limits make overtime of a date regular again.

use super::assemble::Draft;
use crate::label::Tier;
use crate::policy::{Overtime, Threshold};
use crate::rate::WHOLE_BP;
use crate::rule::Rule;
use crate::segment::{Segment, cut_at};
use crate::trace::{Step, Subject};

/// What of `overtime_s` counts under a tolerance.
///
/// ```
/// use punchclock_rules::{Threshold, tolerated};
/// assert_eq!(tolerated(600, 600, Threshold::Strict), 0); // Odoo: more than the tolerance, or nothing
/// assert_eq!(tolerated(601, 600, Threshold::Strict), 601);
/// ```
#[must_use]
pub const fn tolerated(overtime_s: i64, tolerance_s: i64, threshold: Threshold) -> i64 {
    let counts = match threshold {
        Threshold::Excess => {
            return if overtime_s > tolerance_s {
                overtime_s - tolerance_s
            } else {
                0
            };
        }
        Threshold::Strict => overtime_s > tolerance_s,
        Threshold::AtLeast => overtime_s >= tolerance_s,
    };
    if counts { overtime_s } else { 0 }
}

/// Makes overtime of a date regular, as the rules say. Returns the spans, and the seconds that the limits cut off.
pub(crate) fn apply(day: &mut [Draft<'_>], rules: &Overtime, week_used_s: i64) -> (Vec<(i64, i64)>, i64) {
    let mut spans = Vec::new();
    let overtime = |day: &[Draft<'_>]| -> i64 {
        let all = day.iter().flat_map(|draft| &draft.day.segments);
        all.filter(|s| s.tier.as_ref().is_some_and(Tier::is_overtime))
            .map(|s| s.seconds())
            .sum()
    };
    let plain = rules.tolerance_s == 0
        && rules.quantum_s == 0
        && rules.max_day_s.is_none()
        && rules.max_week_s.is_none();
    if plain {
        return (spans, 0);
    }
    let total = overtime(day);
    let lost = total - tolerated(total, rules.tolerance_s, rules.threshold);
    demote(day, lost, true, Rule::Tolerance, &mut spans);
    if rules.quantum_s > 0 {
        let rest = overtime(day) % rules.quantum_s;
        demote(day, rest, false, Rule::Quantum, &mut spans);
    }
    let mut capped = 0;
    let week_left = rules.max_week_s.map(|max| max.saturating_sub(week_used_s).max(0));
    for (limit, rule) in [(rules.max_day_s, Rule::MaxDay), (week_left, Rule::MaxWeek)] {
        let Some(limit) = limit else { continue };
        let over = (overtime(day) - limit).max(0);
        capped += over;
        demote(day, over, false, rule, &mut spans);
    }
    (spans, capped)
}

/// Makes `seconds` of the date's overtime regular, the first of it or the last.
fn demote(day: &mut [Draft<'_>], seconds: i64, first: bool, rule: Rule, spans: &mut Vec<(i64, i64)>) {
    let mut left = seconds;
    let count = day.len();
    for index in 0..count {
        if left <= 0 {
            return;
        }
        let Some(draft) = day.get_mut(if first { index } else { count - 1 - index }) else {
            return;
        };
        let of_day = |s: &Segment| s.tier.as_ref().is_some_and(Tier::is_overtime);
        // Where the last second to be made regular lies.
        let mut edge = None;
        let mut rest = left;
        let walk = |s: &Segment| {
            if rest > 0 && of_day(s) {
                if s.seconds() > rest {
                    edge = Some(if first { s.from + rest } else { s.to - rest });
                }
                rest -= s.seconds();
            }
        };
        if first {
            draft.day.segments.iter().for_each(walk)
        } else {
            draft.day.segments.iter().rev().for_each(walk)
        }
        cut_at(&mut draft.day.segments, edge);
        let mut make = |s: &mut Segment| {
            if left > 0 && of_day(s) {
                left -= s.seconds();
                (s.tier, s.rate_bp) = (Some(Tier::Regular), WHOLE_BP);
                spans.push((s.from, s.to));
                if draft.traced {
                    draft.day.trace.push(Step::new(rule, Subject::Day, s.from, s.to));
                }
            }
        };
        if first {
            draft.day.segments.iter_mut().for_each(&mut make);
        } else {
            draft.day.segments.iter_mut().rev().for_each(&mut make);
        }
    }
}
