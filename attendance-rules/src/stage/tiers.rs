//! Stage 9: each worked second gets one tier.
//!
//! The counter of a date runs over all its shifts and groups: two half shifts of four hours are one day of eight. Seconds are walked in time
//! order; each goes to the tier with the highest rate among those whose threshold is passed, then to the lowest rank, then to the first listed.

use chrono::NaiveDate;

use super::assemble::Draft;
use super::week::Periods;
use crate::carry::{Carry, CycleSeconds, KEPT, Run};
use crate::day_kind::DayFacts;
use crate::label::Tier;
use crate::policy::{Conflict, Counts, Over, Overtime, Scope, TierRule, WeekCut};
use crate::rate::WHOLE_BP;
use crate::segment::Segment;
use crate::zone::ZoneTable;

/// A threshold that is never reached.
const NEVER: i64 = i64::MAX;

/// The counters of one person, over dates.
pub(crate) struct Walk<'a> {
    zone: &'a ZoneTable,
    carry: Carry,
    weeks: Periods,
    cycles: Vec<Periods>,
    /// The rules the periods above were made of.
    of: Option<&'a Overtime>,
    pieces: Vec<Segment>,
}

/// What is the same for all seconds of a date.
struct Date<'d> {
    rules: &'d Overtime,
    facts: Option<&'d DayFacts>,
    date: NaiveDate,
    /// The norm of the date.
    norm_s: i64,
    /// Rate of overtime by the table of day kinds.
    overtime_bp: Option<u32>,
    /// Worked so far.
    worked_s: i64,
    /// Which worked date in a row it is.
    run: u32,
    counted: bool,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(zone: &'a ZoneTable, carry: &Carry) -> Self {
        let rules = Overtime::none();
        Self {
            zone,
            carry: carry.bounded(),
            weeks: Periods::weeks(rules.week_starts, rules.week_starts_at),
            cycles: Vec::new(),
            of: None,
            pieces: Vec::new(),
        }
    }

    pub(crate) fn into_carry(self) -> Carry {
        self.carry
    }

    pub(crate) const fn carry(&mut self) -> &mut Carry {
        &mut self.carry
    }

    /// The number of a date's workweek.
    pub(crate) fn week_of(&self, date: NaiveDate, rules: &Overtime) -> i64 {
        self.weeks.of_date(date, rules.week_starts_at)
    }

    /// Gives every worked segment of a date its tier. `day` holds all drafts of the date, by start.
    pub(crate) fn date(
        &mut self,
        day: &mut [Draft<'_>],
        rules: &'a Overtime,
        facts: Option<&DayFacts>,
        overtime_bp: Option<u32>,
    ) {
        if !self.of.is_some_and(|of| core::ptr::eq(of, rules)) {
            self.of = Some(rules);
            self.weeks = Periods::weeks(rules.week_starts, rules.week_starts_at);
            self.cycles = rules
                .tiers
                .iter()
                .map(|tier| match tier.scope {
                    Scope::Cycle { days, anchor } => Periods::cycles(days, anchor, rules.week_starts_at),
                    _ => self.weeks,
                })
                .collect();
        }
        let Some(date) = day.first().map(|draft| draft.day.date) else {
            return;
        };
        let norm_s = day.iter().map(|draft| draft.day.scheduled_s).sum();
        let mut at = Date {
            rules,
            facts,
            date,
            norm_s,
            overtime_bp,
            worked_s: 0,
            run: 0,
            counted: counts(rules, facts),
        };
        at.run = self.run_on(date, rules).length;
        let daily = rules.tiers.iter().filter(|t| t.scope == Scope::Day);
        let after = daily.map(|t| threshold(t, norm_s)).min();
        let mut regular_s = 0;
        for draft in day {
            draft.day.overtime_after_s = after;
            draft.day.regular_before_s = after.map_or(0, |_| regular_s);
            self.draft(draft, &mut at);
            regular_s += draft
                .day
                .segments
                .iter()
                .filter(|s| s.tier == Some(Tier::Regular))
                .map(Segment::seconds)
                .sum::<i64>();
        }
        if at.worked_s > 0 {
            self.carry.run = Some(self.run_on(date, rules));
        }
    }

    /// The run of worked dates if this date is worked.
    fn run_on(&self, date: NaiveDate, rules: &Overtime) -> Run {
        let week = self.week_of(date, rules);
        let goes_on = self
            .carry
            .run
            .filter(|run| run.week == week && run.last.succ_opt() == Some(date));
        let same = self.carry.run.filter(|run| run.last == date);
        let length = same.map_or_else(
            || goes_on.map_or(1, |run| run.length.saturating_add(1)),
            |run| run.length,
        );
        Run {
            last: date,
            length,
            week,
        }
    }

    fn draft(&mut self, draft: &mut Draft<'_>, at: &mut Date<'_>) {
        let mut pieces = core::mem::take(&mut self.pieces);
        pieces.clear();
        for mut segment in draft.day.segments.drain(..) {
            if !segment.label.is_worked() {
                pieces.push(segment);
                continue;
            }
            while segment.from < segment.to {
                let (tier, length) = self.next(segment.from, segment.to, at);
                let (name, rate_bp) = match tier {
                    Some((tier, rate_bp)) => (Tier::Over(tier.name.clone()), rate_bp),
                    None => (Tier::Regular, WHOLE_BP),
                };
                let to = segment.from + length;
                match pieces.last_mut() {
                    // Only what this segment was cut into is joined again.
                    Some(last)
                        if last.to == segment.from
                            && last.rate_bp == rate_bp
                            && last.rule == segment.rule
                            && last.label == segment.label
                            && last.assumed == segment.assumed
                            && last.punch_ids == segment.punch_ids
                            && last.tier.as_ref() == Some(&name) =>
                    {
                        last.to = to
                    }
                    _ => pieces.push(Segment {
                        to,
                        tier: Some(name),
                        rate_bp,
                        ..segment.clone()
                    }),
                }
                segment.from = to;
            }
        }
        draft.day.segments.append(&mut pieces);
        self.pieces = pieces;
    }

    /// The tier of the second at `from`, and for how long it holds, at most to `to`. The counters are moved on.
    fn next<'d>(&mut self, from: i64, to: i64, at: &mut Date<'d>) -> (Option<(&'d TierRule, u32)>, i64) {
        let rules = at.rules;
        let mut length = to - from;
        if rules.tiers.is_empty() {
            at.worked_s += length;
            return (None, length);
        }
        let (week, ends) = match rules.week_cut {
            WeekCut::Exact => self.weeks.at(from, self.zone),
            WeekCut::WithShift => (self.week_of(at.date, rules), NEVER),
        };
        length = length.min(ends - from);
        let mut best: Option<&TierRule> = None;
        // Seconds to the next threshold of a counter that always grows, and of one that only straight seconds fill.
        let (mut always, mut straight) = (NEVER, NEVER);
        let mut stacked = i64::from(WHOLE_BP);
        let straight_only = rules.counts == Counts::StraightOnly && rules.conflict != Conflict::Union;
        for (index, tier) in rules.tiers.iter().enumerate() {
            let left = match &tier.scope {
                Scope::Day => threshold(tier, at.norm_s) - at.worked_s,
                Scope::Week => threshold(tier, 0).saturating_sub(Carry::of(&self.carry.weeks, week)),
                Scope::Cycle { days, anchor } => {
                    let (period, ends) = match self.cycles.get_mut(index) {
                        Some(cycle) => cycle.at(from, self.zone),
                        None => continue,
                    };
                    length = length.min(ends - from);
                    threshold(tier, 0).saturating_sub(self.cycle(*days, *anchor, period))
                }
                Scope::ConsecutiveDay { day } if *day == at.run => threshold(tier, 0) - at.worked_s,
                Scope::DayKind { kind } if DayFacts::known_as(at.facts, kind) => {
                    threshold(tier, 0) - at.worked_s
                }
                _ => continue,
            };
            if left > 0 {
                let grows = !matches!(tier.scope, Scope::Week | Scope::Cycle { .. });
                let bound = if grows || !straight_only {
                    &mut always
                } else {
                    &mut straight
                };
                *bound = left.min(*bound);
                continue;
            }
            stacked += i64::from(tier.rate_bp) - i64::from(WHOLE_BP);
            let better = best.is_none_or(|best| {
                tier.rate_bp > best.rate_bp || (tier.rate_bp == best.rate_bp && tier.rank < best.rank)
            });
            if better {
                best = Some(tier);
            }
        }
        length = length.min(always);
        if best.is_none() {
            length = length.min(straight);
        }
        // Every bound above lies past `from`; a walk that stood still would never end.
        let length = length.max(1);
        at.worked_s += length;
        if at.counted && (best.is_none() || !straight_only) {
            Carry::add(&mut self.carry.weeks, week, length);
            self.count_cycles(from, length, rules);
        }
        let tier = best.map(|tier| {
            let rate = match (at.overtime_bp, rules.conflict) {
                (Some(of_kind), _) => of_kind,
                (None, Conflict::Stack) => u32::try_from(stacked.max(0)).unwrap_or(u32::MAX),
                (None, Conflict::Highest | Conflict::Union) => tier.rate_bp,
            };
            (tier, rate)
        });
        (tier, length)
    }

    /// Seconds that a later rule made regular fill the counters of straight time after all.
    pub(crate) fn made_regular(
        &mut self,
        spans: &[(i64, i64)],
        rules: &Overtime,
        date: NaiveDate,
        facts: Option<&DayFacts>,
    ) {
        let straight_only = rules.counts == Counts::StraightOnly && rules.conflict != Conflict::Union;
        if !straight_only || !counts(rules, facts) {
            return;
        }
        for &(from, to) in spans {
            let week = match rules.week_cut {
                WeekCut::Exact => self.weeks.at(from, self.zone).0,
                WeekCut::WithShift => self.week_of(date, rules),
            };
            Carry::add(&mut self.carry.weeks, week, to - from);
            self.count_cycles(from, to - from, rules);
        }
    }

    fn cycle(&self, days: u32, anchor: NaiveDate, period: i64) -> i64 {
        let mut all = self.carry.cycles.iter();
        all.find(|c| (c.days, c.anchor, c.period) == (days, anchor, period))
            .map_or(0, |c| c.seconds)
    }

    fn count_cycles(&mut self, from: i64, seconds: i64, rules: &Overtime) {
        for (index, tier) in rules.tiers.iter().enumerate() {
            let Scope::Cycle { days, anchor } = tier.scope else {
                continue;
            };
            // Two tiers over one cycle share its counter.
            let first = rules.tiers.iter().position(|t| t.scope == tier.scope) == Some(index);
            let Some(cycle) = self.cycles.get_mut(index).filter(|_| first) else {
                continue;
            };
            let (period, _) = cycle.at(from, self.zone);
            let list = &mut self.carry.cycles;
            match list
                .iter_mut()
                .find(|c| (c.days, c.anchor, c.period) == (days, anchor, period))
            {
                Some(found) => found.seconds = found.seconds.saturating_add(seconds),
                None => {
                    list.push(CycleSeconds {
                        days,
                        anchor,
                        period,
                        seconds,
                    });
                    list.sort_by_key(|c| (c.days, c.anchor, c.period));
                    let alike = list
                        .iter()
                        .filter(|c| (c.days, c.anchor) == (days, anchor))
                        .count();
                    if alike > KEPT
                        && let Some(oldest) = list.iter().position(|c| (c.days, c.anchor) == (days, anchor))
                    {
                        list.remove(oldest);
                    }
                }
            }
        }
    }
}

fn threshold(tier: &TierRule, norm_s: i64) -> i64 {
    match tier.over {
        Over::Norm => norm_s,
        Over::Seconds(seconds) => seconds,
    }
}

/// Whether seconds of the date fill week and cycle counters.
fn counts(rules: &Overtime, facts: Option<&DayFacts>) -> bool {
    match &rules.counts {
        Counts::StraightOnly | Counts::All => true,
        Counts::Kinds(_) if rules.conflict == Conflict::Union => true,
        Counts::Kinds(kinds) => kinds.iter().any(|kind| DayFacts::known_as(facts, kind)),
    }
}
