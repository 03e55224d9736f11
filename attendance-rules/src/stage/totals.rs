//! Stage 10: the numbers of a day, and their rounding.

use super::assemble::Draft;
use super::round::round_seconds;
use crate::label::Tier;
use crate::policy::{Overtime, PolicyFields, RoundRule};
use crate::result::TierSeconds;
use crate::rule::Rule;
use crate::segment::Segment;
use crate::trace::{Step, Subject};

/// Sums the segments up, by tier, and writes the steps behind the sums.
pub(crate) fn sum(draft: &mut Draft<'_>, rules: &Overtime, policy: &PolicyFields) {
    let Draft { day, traced, .. } = draft;
    day.by_tier = Vec::with_capacity(rules.tiers.len());
    for tier in &rules.tiers {
        day.by_tier.push(TierSeconds {
            name: tier.name.clone(),
            seconds: 0,
            rate_bp: tier.rate_bp,
        });
    }
    (day.regular_s, day.overtime_s, day.assumed_s) = (0, 0, 0);
    let mut previous: Option<(Option<usize>, i64)> = None;
    for segment in &day.segments {
        let seconds = segment.seconds();
        let position = match &segment.tier {
            None => continue,
            Some(Tier::Regular) => None,
            Some(Tier::Over(name)) => rules.tiers.iter().position(|t| t.name == *name),
        };
        match position.and_then(|p| day.by_tier.get_mut(p)) {
            Some(tier) => {
                tier.seconds += seconds;
                day.overtime_s += seconds;
            }
            None => day.regular_s += seconds,
        }
        if segment.assumed {
            day.assumed_s += seconds;
        }
        if !*traced {
            continue;
        }
        // One step for a run of one tier, however it was cut.
        let joined = previous == Some((position, segment.from));
        previous = Some((position, segment.to));
        if joined && let Some(last) = day.trace.last_mut() {
            last.to = segment.to;
            continue;
        }
        let (rule, subject) = match position {
            None => (Rule::TierRegular, Subject::Day),
            Some(tier) => (Rule::TierOver, Subject::Tier(index(tier))),
        };
        day.trace.push(Step::new(rule, subject, segment.from, segment.to));
    }
    day.worked_s = day.regular_s + day.overtime_s;
    day.rounding_delta_s = day.worked_s - day.raw_worked_s;
    if *traced {
        steps(day);
    }
    round(draft, policy);
}

fn index(position: usize) -> u16 {
    u16::try_from(position).unwrap_or(u16::MAX)
}

fn steps(day: &mut crate::result::DayResult) {
    if day.rounding_delta_s != 0 {
        day.trace.push(Step::new(
            Rule::RoundDelta,
            Subject::Day,
            day.raw_worked_s,
            day.worked_s,
        ));
    }
    let below = day.payable_s < day.approved_s;
    let mut runs: Option<(Rule, i64, i64)> = None;
    for segment in &day.segments {
        if segment.assumed && segment.tier.is_some() {
            day.trace
                .push(Step::new(Rule::Assumed, Subject::Day, segment.from, segment.to));
        }
        let rule = match segment.approved {
            None => continue,
            Some(true) => Rule::Approved,
            Some(false) => Rule::Unapproved,
        };
        match &mut runs {
            Some((last, _, to)) if *last == rule && *to == segment.from => *to = segment.to,
            runs => {
                if let Some((rule, from, to)) = runs.take() {
                    approval(&mut day.trace, rule, from, to, below);
                }
                *runs = Some((rule, segment.from, segment.to));
            }
        }
    }
    if let Some((rule, from, to)) = runs {
        approval(&mut day.trace, rule, from, to, below);
    }
}

fn approval(trace: &mut Vec<Step>, rule: Rule, from: i64, to: i64, below_minimum: bool) {
    trace.push(Step::new(rule, Subject::Day, from, to));
    if below_minimum && rule == Rule::Approved {
        trace.push(Step::new(Rule::BelowMinimum, Subject::Day, from, to));
    }
}

/// Rounds the totals, each tier for itself; what it adds or takes is kept.
fn round(draft: &mut Draft<'_>, policy: &PolicyFields) {
    let Some(rule) = policy.rounding.totals else {
        return;
    };
    let rule = RoundRule::new(rule.unit_s, rule.mode);
    let Draft { day, traced, .. } = draft;
    let mut step = |subject, before: i64, after: i64| {
        if *traced && before != after {
            day.trace
                .push(Step::new(Rule::RoundTotals, subject, before, after));
        }
    };
    let regular = round_seconds(day.regular_s, rule);
    step(Subject::Day, day.regular_s, regular);
    let mut overtime = 0;
    for (position, tier) in day.by_tier.iter_mut().enumerate() {
        let rounded = round_seconds(tier.seconds, rule);
        step(Subject::Tier(index(position)), tier.seconds, rounded);
        tier.seconds = rounded;
        overtime += rounded;
    }
    let (worked, delta) = (regular + overtime, overtime - day.overtime_s);
    (day.regular_s, day.overtime_s) = (regular, overtime);
    day.rounding_delta_s += worked - day.worked_s;
    day.worked_s = worked;
    // What rounding adds or takes goes to what is approved, if anything is, so that the parts still make the whole.
    let approved = if day.approved_s > 0 {
        (day.approved_s + delta).clamp(0, overtime)
    } else {
        0
    };
    let unapproved = overtime - approved;
    if *traced {
        for (rule, before, after) in [
            (Rule::Approved, day.approved_s, approved),
            (Rule::Unapproved, day.unapproved_s, unapproved),
        ] {
            if before != after {
                day.trace.push(Step::new(rule, Subject::Day, before, after));
            }
        }
    }
    let below = day.payable_s < day.approved_s;
    if below && *traced && approved != day.approved_s {
        day.trace.push(Step::new(
            Rule::BelowMinimum,
            Subject::Day,
            day.approved_s,
            approved,
        ));
    }
    (day.approved_s, day.unapproved_s) = (approved, unapproved);
    day.payable_s = if below { 0 } else { approved };
}

/// Seconds of the segments with a property.
pub(crate) fn seconds(segments: &[Segment], which: impl Fn(&Segment) -> bool) -> i64 {
    segments.iter().filter(|s| which(s)).map(Segment::seconds).sum()
}
