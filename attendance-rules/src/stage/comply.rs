//! Stage 12: the checks of the law. They raise what they find and change no second.

use core::ops::Range;

use super::assemble::Draft;
use super::week::Periods;
use crate::anomaly::{Anomaly, AnomalyCode, Severity};
use crate::compliance::{self, MealRule};
use crate::policy::{ComplianceCheck, Policies};
use crate::zone::ZoneTable;

/// Checks days in the order of their dates. `last_out` is the last out before them.
pub(crate) fn check(drafts: &mut [Draft<'_>], policies: &Policies, zone: &ZoneTable, last_out: Option<i64>) {
    if policies.versions().all(|p| p.fields().compliance.is_empty()) {
        return;
    }
    let span = drafts
        .first()
        .map(|d| d.start)
        .zip(drafts.iter().filter_map(|d| d.day.last_out).max());
    let all_work: Vec<Range<i64>> = drafts.iter().flat_map(|d| work(d)).collect();
    let mut before = last_out;
    for day in drafts.chunk_by_mut(|a, b| a.day.date == b.day.date) {
        let Some(date) = day.first().map(|d| d.day.date) else {
            continue;
        };
        let rules = &policies.on(date).fields().compliance;
        let on_date: Vec<Range<i64>> = day.iter().flat_map(|d| work(d)).collect();
        let (first, last) = (
            on_date.iter().map(|r| r.start).min(),
            on_date.iter().map(|r| r.end).max(),
        );
        let worked: i64 = day.iter().map(|d| d.day.worked_s).sum();
        let mut found: Vec<Anomaly> = Vec::new();
        let mut raise = |code, seconds, severity: Severity| {
            found.push(Anomaly::new(code, Vec::new(), Some(seconds)).graded(severity));
        };
        let mut meals: Vec<(MealRule, i64, Severity)> = Vec::new();
        for rule in rules {
            match rule.check {
                ComplianceCheck::DailyRest { min_s } => {
                    if let (Some(before), Some(first), Some(last)) = (before, first, last) {
                        let rests = compliance::daily_rest(&[before - 1..before, first..last], min_s);
                        if let (false, Some(&rest)) = (rests.violations.is_empty(), rests.rests_s.first()) {
                            raise(AnomalyCode::RestViolation, rest, rule.severity);
                        }
                    }
                }
                // Judged once, on the last worked date of the week, and only of a week that is known whole.
                ComplianceCheck::WeeklyRest { min_s } => {
                    let overtime = &policies.on(date).fields().overtime;
                    let mut weeks = Periods::weeks(overtime.week_starts, overtime.week_starts_at);
                    if let (Some(last), Some((begin, end))) = (last, span) {
                        let window = weeks.window(last - 1, zone);
                        let is_last = all_work.iter().all(|r| !(last..window.end).contains(&r.start));
                        if is_last && begin <= window.start + 86_400 && (end >= window.end || end == last) {
                            let rest = compliance::longest_rest(&all_work, &window);
                            if !compliance::weekly_rest(&all_work, core::slice::from_ref(&window), min_s)
                                .is_empty()
                            {
                                raise(AnomalyCode::RestViolation, rest, rule.severity);
                            }
                        }
                    }
                }
                ComplianceCheck::SpreadOver { max_s } => {
                    let spread = compliance::spread(&on_date, max_s);
                    if spread.violation {
                        raise(AnomalyCode::SpreadOver, spread.spread_s, rule.severity);
                    }
                }
                ComplianceCheck::DayLimit { max_s } => {
                    if worked > max_s {
                        raise(AnomalyCode::OverNorm, worked - max_s, rule.severity);
                    }
                }
                ComplianceCheck::Meal {
                    required_over_s,
                    by_s,
                    min_break_s,
                } => {
                    let meal = MealRule {
                        required_over_s,
                        by_s,
                        waivable_up_to_s: 0,
                        waived: false,
                    };
                    meals.push((meal, min_break_s, rule.severity));
                }
            }
        }
        if let Some(&(_, min_break_s, severity)) = meals.first() {
            let rules: Vec<MealRule> = meals.iter().map(|(rule, ..)| *rule).collect();
            for missed in compliance::meals(&on_date, &rules, min_break_s, 0).missed {
                let severity = meals.get(missed).map_or(severity, |(.., severity)| *severity);
                raise(AnomalyCode::MissingMeal, min_break_s, severity);
            }
        }
        before = last.or(before);
        if let Some(draft) = day.first_mut() {
            draft.day.anomalies.append(&mut found);
        }
    }
}

/// Runs of worked seconds, joined where they touch.
fn work(draft: &Draft<'_>) -> Vec<Range<i64>> {
    let mut runs: Vec<Range<i64>> = Vec::new();
    for segment in draft.day.segments.iter().filter(|s| s.label.is_worked()) {
        match runs.last_mut() {
            Some(last) if last.end == segment.from => last.end = segment.to,
            _ => runs.push(segment.from..segment.to),
        }
    }
    runs
}
