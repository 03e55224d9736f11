//! Stage 9: each worked second gets one tier.
//!
//! The counter runs over the date, not over one shift: two half shifts of four hours are one day of eight. Seconds are walked in time order;
//! those up to the threshold are regular, the rest is overtime.

use crate::policy::{DailyOvertime, Over, PolicyFields};
use crate::result::{DayResult, Segment, Tier};

/// Gives every worked segment its tier and fills the totals. `days` is sorted by `(date, start)`.
pub(crate) fn assign(days: &mut [DayResult], policy: &PolicyFields) {
    for date in days.chunk_by_mut(|a, b| a.date == b.date) {
        let threshold = match policy.overtime.daily {
            None => None,
            Some(DailyOvertime {
                over: Over::Seconds(seconds),
            }) => Some(seconds),
            Some(DailyOvertime { over: Over::Norm }) => Some(date.iter().map(|d| d.scheduled_s).sum()),
        };
        let mut left = threshold.unwrap_or(i64::MAX);
        for day in date {
            day.overtime_after_s = threshold;
            day.regular_before_s = threshold.map_or(0, |t| t - left);
            tiers(day, &mut left);
        }
    }
}

fn tiers(day: &mut DayResult, left: &mut i64) {
    let mut tiered: Vec<Segment> = Vec::with_capacity(day.segments.len() + 1);
    for mut segment in day.segments.drain(..) {
        if !segment.label.is_worked() {
            tiered.push(segment);
            continue;
        }
        let regular = segment.seconds().min(*left);
        *left -= regular;
        day.regular_s += regular;
        day.overtime_s += segment.seconds() - regular;
        let turn = segment.from + regular;
        if segment.from < turn && turn < segment.to {
            let rest = Segment {
                from: turn,
                tier: Some(Tier::OvertimeDaily),
                ..segment.clone()
            };
            segment.to = turn;
            segment.tier = Some(Tier::Regular);
            tiered.push(segment);
            tiered.push(rest);
        } else {
            segment.tier = Some(if regular > 0 {
                Tier::Regular
            } else {
                Tier::OvertimeDaily
            });
            tiered.push(segment);
        }
    }
    day.segments = tiered;
    day.worked_s = day.regular_s + day.overtime_s;
}
