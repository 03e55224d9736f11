//! The pipeline: each stage in its order (DESIGN.md gives the reasons).

use chrono::NaiveDate;

use crate::anomaly::{Anomaly, AnomalyCode};
use crate::approval::Approvals;
use crate::carry::Carry;
use crate::correction::Correction;
use crate::day_kind::DayFacts;
use crate::error::{Error, Fault, FaultKind};
use crate::limits::MAX_SPAN_S;
use crate::policy::{Policies, Policy, PolicyFields};
use crate::punch::Punch;
use crate::result::{DayStatus, Evaluation};
use crate::rule::Rule;
use crate::schedule;
use crate::shift::ShiftInstance;
use crate::site_day::SiteDays;
use crate::stage::assemble::{self, Bench, Draft, Scene};
use crate::stage::tiers::Walk;
use crate::stage::{approve, comply, credit, dedup, group, limits, normalise, overlays, totals};
use crate::trace::{Step, Subject};
use crate::zone::Zones;

/// Everything that is known of one person for a stretch of days. Only the punches and the shifts are usual.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Input<'a> {
    /// What was asked for.
    pub shifts: &'a [ShiftInstance],
    /// What terminals recorded.
    pub punches: &'a [Punch],
    /// What people corrected.
    pub corrections: &'a [Correction],
    /// What the calendar says; a date without facts is a workday.
    pub facts: &'a [DayFacts],
    /// What was approved.
    pub approvals: Approvals,
    /// What came before.
    pub carry: Carry,
    /// Punches outside `[from, to)`, unix seconds, are left out; `None`: none are.
    pub horizon: Option<(i64, i64)>,
    /// The moment of the evaluation, unix seconds: a later punch is raised as `future_punch`. `None`: none is.
    pub as_of: Option<i64>,
}

impl<'a> Input<'a> {
    /// Shifts and punches, nothing else.
    #[must_use]
    pub fn new(shifts: &'a [ShiftInstance], punches: &'a [Punch]) -> Self {
        Self {
            shifts,
            punches,
            ..Self::default()
        }
    }
}

/// Computes the days of one person by one policy.
///
/// The order of `shifts` and `punches` does not matter. Punches that belong to no shift form groups of their own. Nothing is read but the
/// arguments: the same arguments give the same answer everywhere.
///
/// # Errors
/// Every fault of the input, see [`Error`]: ids that repeat, ends before starts, unknown zones, values outside [`limits`](crate::limits).
pub fn evaluate(
    policy: &Policy,
    shifts: &[ShiftInstance],
    punches: &[Punch],
    zones: &Zones,
) -> Result<Evaluation, Error> {
    Evaluator::new(policy.clone().into(), zones.clone()).evaluate(&Input::new(shifts, punches))
}

/// Computes days of many people of one site: it keeps what they share, such as the resolved premium windows.
#[derive(Debug, Clone)]
pub struct Evaluator {
    policies: Policies,
    zones: Zones,
    site: SiteDays,
}

impl Evaluator {
    /// An evaluator by a policy, or by versions of one.
    #[must_use]
    pub fn new(policies: Policies, zones: Zones) -> Self {
        Self {
            policies,
            zones,
            site: SiteDays::default(),
        }
    }

    /// The zones it knows.
    #[must_use]
    pub const fn zones(&self) -> &Zones {
        &self.zones
    }

    /// Computes the days of one person.
    ///
    /// # Errors
    /// Every fault of the input, see [`Error`]: ids that repeat, ends before starts, unknown zones, values outside [`limits`](crate::limits).
    pub fn evaluate(&mut self, input: &Input<'_>) -> Result<Evaluation, Error> {
        let Self {
            policies,
            zones,
            site,
        } = self;
        let mut faults = Vec::new();
        let facts = Calendar::new(input.facts, &mut faults);
        let slots = schedule::resolve(input.shifts, policies, zones, &mut faults);
        let late_upload_s = policies.versions().find_map(|p| p.fields().late_upload_s);
        let normalised = normalise::normalise(
            input.punches,
            input.corrections,
            zones,
            input.horizon,
            late_upload_s,
            &mut faults,
        );
        if !faults.is_empty() {
            return Err(Error::new(faults));
        }
        let marks = &normalised.marks;
        let default = zones.default_zone();
        let policy_at = |at: i64| match policies.only() {
            Some(policy) => policy,
            None => policies.on(assemble::local_date(default, at, 0)),
        };
        let (kept, dropped) = dedup::dedup(marks, |at| {
            let fields = policy_at(at).fields();
            (fields.dedup_window_s, fields.dedup_scope)
        });
        let grouping = group::group(&slots, marks, &kept, policy_at);
        let approved = input.approvals.joined();
        let scene = Scene {
            slots: &slots,
            marks,
            kept: &kept,
            dropped: &dropped,
            grouping: &grouping,
            zones,
            approved: &approved,
            as_of: input.as_of,
        };
        let first_of = |group: &group::Group| grouping.marks(group).first().copied();
        let mut order: Vec<&group::Group> = grouping.groups.iter().collect();
        order.sort_by_key(|group| first_of(group));
        let mut drafts: Vec<Draft<'_>> = Vec::with_capacity(order.len());
        let mut bench = Bench::default();
        for group in order {
            let slot = group.slot.and_then(|i| slots.get(i));
            let first = first_of(group).and_then(|i| marks.get(i));
            let policy = match (slot, first) {
                (Some(slot), _) => policies.on(slot.date),
                (None, first) => policy_at(first.map_or(0, |m| m.at)),
            };
            assemble::draft(&scene, group, policy, &mut bench, &mut drafts);
        }
        drafts.sort_by(|a, b| {
            (a.day.date, a.start, &a.day.shift_id, a.day.part).cmp(&(
                b.day.date,
                b.start,
                &b.day.shift_id,
                b.day.part,
            ))
        });

        let mut walk = Walk::new(default, &input.carry);
        for day in drafts.chunk_by_mut(|a, b| a.day.date == b.day.date) {
            let Some(date) = day.first().map(|draft| draft.day.date) else {
                continue;
            };
            let stages = DateStages {
                policy: policies.on(date),
                facts: &facts,
                approvals: &input.approvals,
                approved: &approved,
                date,
            };
            stages.run(day, &mut walk, site);
        }
        comply::check(&mut drafts, policies, default, input.carry.last_out);
        place_voided(&normalised.voided, &slots, &mut drafts);
        let mut carry = walk.into_carry();
        carry.last_out = drafts
            .iter()
            .filter_map(|d| d.day.last_out)
            .max()
            .or(carry.last_out);
        Ok(Evaluation {
            days: drafts.into_iter().map(finish).collect(),
            carry,
            anomalies: normalised.unplaced,
            tzdb_version: zones.shared_tzdb_version().cloned(),
        })
    }
}

/// The facts by date.
struct Calendar<'a>(Vec<&'a DayFacts>);

impl<'a> Calendar<'a> {
    fn new(facts: &'a [DayFacts], faults: &mut Vec<Fault>) -> Self {
        let mut by_date: Vec<&DayFacts> = facts.iter().collect();
        by_date.sort_by_key(|f| f.date);
        for two in by_date.windows(2) {
            if let [a, b] = two
                && a.date == b.date
            {
                faults.push(Fault::new(
                    "days",
                    FaultKind::Duplicate,
                    format!("{} has two entries", a.date),
                ));
            }
        }
        for day in facts {
            if let Some(norm) = day.norm_s.filter(|norm| !(0..=MAX_SPAN_S).contains(norm)) {
                let message = format!("{}: must be from 0 to {MAX_SPAN_S} seconds, not {norm}", day.date);
                faults.push(Fault::new("days.norm_s", FaultKind::OutOfRange, message));
            }
        }
        Self(by_date)
    }

    fn on(&self, date: NaiveDate) -> Option<&'a DayFacts> {
        self.0
            .binary_search_by_key(&date, |f| f.date)
            .ok()
            .and_then(|i| self.0.get(i).copied())
    }
}

/// The stages that need all shifts and groups of a date.
struct DateStages<'a, 'i> {
    policy: &'a Policy,
    facts: &'i Calendar<'i>,
    approvals: &'i Approvals,
    approved: &'i [(i64, i64)],
    date: NaiveDate,
}

impl<'a> DateStages<'a, '_> {
    fn run(&self, day: &mut [Draft<'a>], walk: &mut Walk<'a>, site: &mut SiteDays) {
        let fields = self.policy.fields();
        let rules = &fields.overtime;
        let facts = self.facts.on(self.date);
        let workday = facts.is_none_or(DayFacts::is_workday);
        self.norms(day, workday);
        let row = facts.and_then(|f| {
            fields
                .day_kinds
                .iter()
                .find(|row| row.kinds.iter().all(|kind| f.has(kind)))
        });
        for draft in day.iter_mut() {
            digest_date(draft, facts, walk.carry(), rules, self.approvals, self.approved);
        }
        walk.date(day, rules, facts, row.and_then(|row| row.overtime_bp));
        for draft in day.iter_mut() {
            draft.digest.maybe(draft.day.overtime_after_s);
            draft.digest.number(draft.day.regular_before_s);
        }
        let week = walk.week_of(self.date, rules);
        let used = Carry::of(&walk.carry().week_overtime, week);
        let (spans, capped) = limits::apply(day, rules, used);
        walk.made_regular(&spans, rules, self.date, facts);
        approve::apply(day, rules, self.approvals, self.approved);
        let mut overtime_s = 0;
        for draft in day.iter_mut() {
            let zone = draft.zone;
            totals::sum(draft, rules, fields);
            overlays::apply(draft, &fields.overlays, zone, site, |date| self.facts.on(date));
            if let Some(facts) = facts {
                draft.day.kinds.clone_from(&facts.kinds);
            }
            draft.day.day_rate_bp = row.map_or(crate::rate::WHOLE_BP, |row| row.rate_bp);
            overtime_s += draft.day.by_tier.iter().map(|t| t.seconds).sum::<i64>();
        }
        if rules.max_week_s.is_some() {
            Carry::add(&mut walk.carry().week_overtime, week, overtime_s);
        }
        credit::apply(day, &fields.credit, facts);
        if capped > 0
            && let Some(draft) = day.last_mut()
        {
            draft
                .day
                .anomalies
                .push(Anomaly::new(AnomalyCode::CapReached, Vec::new(), Some(capped)));
        }
        for draft in day {
            judge(draft, self.policy, fields, workday);
        }
    }

    /// The norm of each entry: nothing on a date that asks for no work, what the facts say where they say it, else the shift's.
    fn norms(&self, day: &mut [Draft<'_>], workday: bool) {
        let said = self.facts.on(self.date).and_then(|f| f.norm_s);
        for (index, draft) in day.iter_mut().enumerate() {
            match said {
                Some(norm_s) => draft.day.scheduled_s = if index == 0 { norm_s } else { 0 },
                None if !workday => draft.day.scheduled_s = 0,
                None => {}
            }
        }
    }
}

/// What the day's digest takes from its date and from what came before.
fn digest_date(
    draft: &mut Draft<'_>,
    facts: Option<&DayFacts>,
    carry: &Carry,
    rules: &crate::policy::Overtime,
    approvals: &Approvals,
    approved: &[(i64, i64)],
) {
    let digest = &mut draft.digest;
    digest.text(&draft.day.zone);
    digest.number(i64::from(draft.day.date.to_epoch_days()));
    digest.number(draft.day.scheduled_s);
    if let Some(facts) = facts {
        facts.kinds.iter().for_each(|kind| digest.text(kind.as_str()));
    }
    if !rules.tiers.is_empty() {
        carry.weeks.iter().chain(&carry.week_overtime).for_each(|week| {
            digest.number(week.period);
            digest.number(week.seconds);
        });
        carry.cycles.iter().for_each(|cycle| digest.number(cycle.seconds));
        digest.number(carry.run.map_or(0, |run| i64::from(run.length)));
    }
    digest.number(i64::from(approvals.days.contains(&draft.day.date)));
    if let (Some(from), Some(to)) = (draft.day.first_in, draft.day.last_out) {
        let near = approved.iter().filter(|(begin, end)| *begin < to && from < *end);
        near.for_each(|(begin, end)| {
            digest.number(*begin);
            digest.number(*end);
        });
    }
}

/// What there is to say of a day once its figures are known.
fn judge(draft: &mut Draft<'_>, policy: &Policy, fields: &PolicyFields, workday: bool) {
    let norm_s = draft.day.scheduled_s;
    let status = assemble::status(draft, policy, workday);
    draft.day.status = status;
    let day = &mut draft.day;
    let whole_shift_missing = day.punches.is_empty() && day.segments.is_empty() && day.part == 0;
    if status == Some(DayStatus::Absent) {
        day.anomalies
            .push(Anomaly::new(AnomalyCode::Absent, Vec::new(), Some(norm_s)));
    }
    let missing = day.anomalies.iter().any(|a| a.code.makes_provisional());
    let (over, under) = (day.worked_s - norm_s, norm_s - day.worked_s);
    if under > fields.overtime.undertime_tolerance_s && !missing && draft.has_shift {
        day.undertime_s = under;
    }
    if fields.over_norm_s.is_some_and(|most| over > most) && draft.has_shift {
        day.anomalies
            .push(Anomaly::new(AnomalyCode::OverNorm, Vec::new(), Some(over)));
    }
    if fields.under_norm_s.is_some_and(|most| under > most)
        && draft.has_shift
        && !missing
        && !whole_shift_missing
    {
        day.anomalies
            .push(Anomaly::new(AnomalyCode::UnderNorm, Vec::new(), Some(under)));
    }
    if draft.traced {
        let begin = day.scheduled_start.unwrap_or(0);
        if norm_s != 0 {
            day.trace.push(Step::new(Rule::Norm, Subject::Day, 0, norm_s));
        }
        if day.late_s > 0 {
            day.trace
                .push(Step::new(Rule::Late, Subject::Day, begin, begin + day.late_s));
        }
        if day.early_out_s > 0 {
            let end = day.scheduled_end.unwrap_or(0);
            day.trace.push(Step::new(
                Rule::EarlyOut,
                Subject::Day,
                end - day.early_out_s,
                end,
            ));
        }
        for (position, overlay) in (0_u16..).zip(&day.overlays) {
            if overlay.seconds == 0 {
                continue;
            }
            for segment in day
                .segments
                .iter()
                .filter(|s| s.overlays.contains(usize::from(position)))
            {
                day.trace.push(Step::new(
                    Rule::Overlay,
                    Subject::Overlay(position),
                    segment.from,
                    segment.to,
                ));
            }
        }
    }
}

/// Tells the voiding of a punch on the day it would have belonged to: that whose window holds it, else that of its moment.
fn place_voided(voided: &[normalise::Mark<'_>], slots: &[schedule::Slot], drafts: &mut [Draft<'_>]) {
    for mark in voided {
        let slot = slots.iter().find(|s| (s.open..=s.close).contains(&mark.at));
        let of_slot = slot.and_then(|slot| {
            drafts
                .iter()
                .position(|d| d.day.part == 0 && d.day.shift_id.as_ref() == Some(&slot.id))
        });
        let nearest = || {
            let distance = |d: &Draft<'_>| (d.start - mark.at).abs();
            (0..drafts.len()).min_by_key(|&i| drafts.get(i).map(|d| (distance(d), i)))
        };
        if let Some(draft) = of_slot.or_else(nearest).and_then(|i| drafts.get_mut(i)) {
            draft.digest.punch(mark);
            draft.day.anomalies.push(Anomaly::new(
                AnomalyCode::CorrectionApplied,
                vec![mark.id.clone()],
                None,
            ));
        }
    }
}

fn finish(draft: Draft<'_>) -> crate::result::DayResult {
    let Draft { digest, mut day, .. } = draft;
    day.provisional = day.anomalies.iter().any(|a| a.code.makes_provisional());
    day.input_hash = digest.finish();
    day
}
