//! All checks of a policy, every fault at once.

use super::{OddEnd, Over, PolicyFields, RoundRule, Scope};
use crate::error::{Fault, FaultKind};
use crate::limits::{MAX_DEDUP_S, MAX_NAME_BYTES, MAX_SPAN_S};
use crate::policy::{ComplianceCheck, Counts};
use crate::rate::MAX_RATE_BP;

/// Longest counter threshold: a year.
const MAX_COUNTER_S: i64 = 371 * 86_400;
const MAX_TIERS: usize = 32;
const MAX_OVERLAYS: usize = 16;

pub(super) struct Found {
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<Fault>,
}

impl Found {
    fn fault(&mut self, field: impl AsRef<str>, kind: FaultKind, message: impl Into<String>) {
        self.faults
            .push(Fault::new(format!("policy.{}", field.as_ref()), kind, message));
    }

    fn warn(&mut self, field: &str, message: impl Into<String>) {
        self.warnings.push(Fault::new(
            format!("policy.{field}"),
            FaultKind::Contradiction,
            message,
        ));
    }

    fn within(&mut self, field: impl AsRef<str>, value: i64, low: i64, high: i64) {
        if !(low..=high).contains(&value) {
            self.fault(
                field,
                FaultKind::OutOfRange,
                format!("must be from {low} to {high} seconds, not {value}"),
            );
        }
    }

    fn maybe_within(&mut self, field: impl AsRef<str>, value: Option<i64>, low: i64, high: i64) {
        if let Some(value) = value {
            self.within(field, value, low, high);
        }
    }

    fn at_most(&mut self, field: &str, count: usize, most: usize) {
        if count > most {
            self.fault(
                field,
                FaultKind::TooMany,
                format!("at most {most} entries, not {count}"),
            );
        }
    }

    fn rate(&mut self, field: impl AsRef<str>, rate_bp: u32) {
        if rate_bp > MAX_RATE_BP {
            self.fault(
                field,
                FaultKind::OutOfRange,
                format!("must be at most {MAX_RATE_BP} basis points, not {rate_bp}"),
            );
        }
    }

    fn name(&mut self, field: impl AsRef<str>, name: &str) {
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            self.fault(
                field,
                FaultKind::OutOfRange,
                format!("a name has 1 to {MAX_NAME_BYTES} bytes"),
            );
        }
    }
}

pub(super) fn check(fields: &PolicyFields) -> Found {
    let mut found = Found {
        faults: Vec::new(),
        warnings: Vec::new(),
    };
    grouping(fields, &mut found);
    punctuality(fields, &mut found);
    breaks(fields, &mut found);
    rounding(fields, &mut found);
    overtime(fields, &mut found);
    premiums(fields, &mut found);
    rest(fields, &mut found);
    found
}

fn grouping(fields: &PolicyFields, found: &mut Found) {
    found.within("open_before_s", fields.open_before_s, 0, MAX_SPAN_S);
    found.within("close_after_s", fields.close_after_s, 0, MAX_SPAN_S);
    found.within("dedup_window_s", fields.dedup_window_s, 0, MAX_DEDUP_S);
    found.within("max_shift_s", fields.max_shift_s, 1, MAX_SPAN_S);
    found.within("new_shift_after_s", fields.new_shift_after_s, 1, MAX_SPAN_S);
    for (field, text) in [("version", &*fields.version), ("id", fields.id.as_str())] {
        if text.len() > MAX_NAME_BYTES {
            found.fault(
                field,
                FaultKind::OutOfRange,
                format!("must have at most {MAX_NAME_BYTES} bytes"),
            );
        }
    }
    if let Some(zone) = &fields.zone_default {
        found.name("zone_default", zone);
    }
    if fields.notes.len() > 16_384 {
        found.fault("notes", FaultKind::OutOfRange, "must have at most 16384 bytes");
    }
    if fields.day_starts_at.seconds() >= 86_400 {
        found.fault("day_starts_at", FaultKind::OutOfRange, "must be before 24:00");
    }
    match fields.odd_end {
        OddEnd::ByNorm { tolerance_s } => {
            found.within("odd_end.by_norm.tolerance_s", tolerance_s, 0, MAX_SPAN_S)
        }
        OddEnd::Fixed { after_s } => found.within("odd_end.fixed.after_s", after_s, 1, MAX_SPAN_S),
        OddEnd::Unknown | OddEnd::ShiftEnd => {}
    }
    found.at_most("transfer_kinds", fields.transfer_kinds.len(), 16);
}

fn punctuality(fields: &PolicyFields, found: &mut Found) {
    for (field, value) in [
        ("grace_in_s", fields.grace_in_s),
        ("grace_out_s", fields.grace_out_s),
        ("forgive_in_s", fields.forgive_in_s),
        ("forgive_out_s", fields.forgive_out_s),
        ("absent_below_s", fields.absent_below_s),
        ("half_day_below_s", fields.half_day_below_s),
        ("clock_skew_s", fields.clock_skew_s),
    ] {
        found.within(field, value, 0, MAX_SPAN_S);
    }
    found.maybe_within("over_norm_s", fields.over_norm_s, 0, MAX_SPAN_S);
    found.maybe_within("under_norm_s", fields.under_norm_s, 0, MAX_SPAN_S);
    found.maybe_within("late_upload_s", fields.late_upload_s, 0, MAX_COUNTER_S);
}

fn breaks(fields: &PolicyFields, found: &mut Found) {
    let rules = &fields.breaks;
    found.at_most("breaks.windows", rules.windows.len(), 16);
    found.at_most("breaks.auto_deduct", rules.auto_deduct.len(), 8);
    found.at_most("breaks.auto_add", rules.auto_add.len(), 8);
    found.maybe_within("breaks.paid_break_cap_s", rules.paid_break_cap_s, 0, MAX_SPAN_S);
    found.maybe_within("breaks.long_break_s", rules.long_break_s, 0, MAX_SPAN_S);
    for (index, window) in rules.windows.iter().enumerate() {
        let field = format!("breaks.windows[{index}]");
        if window.from == window.to {
            found.fault(
                &field,
                FaultKind::Order,
                "a window has a length; 00:00 to 24:00 is the whole day",
            );
        }
        found.maybe_within(format!("{field}.min_s"), window.min_s, 0, MAX_SPAN_S);
        found.maybe_within(format!("{field}.max_s"), window.max_s, 0, MAX_SPAN_S);
        if let (Some(min), Some(max)) = (window.min_s, window.max_s)
            && min > max
        {
            found.fault(&field, FaultKind::Order, "min_s must not be above max_s");
        }
        // A person who taps out and in again for the shortest break asked for would be taken for one repeated tap.
        if window
            .min_s
            .is_some_and(|min| min > 0 && fields.dedup_window_s >= min)
        {
            found.warn(
                "dedup_window_s",
                format!("swallows a punched break of {field}.min_s"),
            );
        }
    }
    for (index, rule) in rules.auto_deduct.iter().enumerate() {
        found.within(
            format!("breaks.auto_deduct[{index}].after_s"),
            rule.after_s,
            0,
            MAX_SPAN_S,
        );
        found.within(
            format!("breaks.auto_deduct[{index}].amount_s"),
            rule.amount_s,
            0,
            MAX_SPAN_S,
        );
    }
    for (index, rule) in rules.auto_add.iter().enumerate() {
        found.within(
            format!("breaks.auto_add[{index}].after_s"),
            rule.after_s,
            0,
            MAX_SPAN_S,
        );
        found.within(
            format!("breaks.auto_add[{index}].amount_s"),
            rule.amount_s,
            0,
            MAX_SPAN_S,
        );
    }
}

fn rounding(fields: &PolicyFields, found: &mut Found) {
    let rounding = &fields.rounding;
    let unit = |found: &mut Found, field: &str, unit_s: i64| {
        if !(1..=3_600).contains(&unit_s) || 3_600 % unit_s != 0 {
            found.fault(
                format!("{field}.unit_s"),
                FaultKind::OutOfRange,
                format!("must divide an hour, which {unit_s} does not"),
            );
        }
    };
    let punch = |found: &mut Found, field: &str, rule: Option<RoundRule>| {
        let Some(rule) = rule else { return };
        unit(found, field, rule.unit_s);
        if rule.grace_s < 0 || rule.grace_s >= rule.unit_s {
            found.fault(
                format!("{field}.grace_s"),
                FaultKind::OutOfRange,
                "must be from 0 to less than the unit",
            );
        }
    };
    punch(found, "rounding.in", rounding.come);
    punch(found, "rounding.out", rounding.go);
    if let Some(totals) = rounding.totals {
        unit(found, "rounding.totals", totals.unit_s);
        if rounding.come.is_some() || rounding.go.is_some() {
            found.fault(
                "rounding",
                FaultKind::Contradiction,
                "rounds punches and totals: one or the other",
            );
        }
    }
}

fn overtime(fields: &PolicyFields, found: &mut Found) {
    let rules = &fields.overtime;
    found.at_most("overtime.tiers", rules.tiers.len(), MAX_TIERS);
    for (field, value) in [
        ("overtime.tolerance_s", rules.tolerance_s),
        ("overtime.undertime_tolerance_s", rules.undertime_tolerance_s),
        ("overtime.min_s", rules.min_s),
        ("overtime.quantum_s", rules.quantum_s),
    ] {
        found.within(field, value, 0, MAX_SPAN_S);
    }
    found.maybe_within("overtime.max_day_s", rules.max_day_s, 0, MAX_SPAN_S);
    found.maybe_within("overtime.max_week_s", rules.max_week_s, 0, MAX_COUNTER_S);
    if rules.week_starts_at.seconds() >= 86_400 {
        found.fault(
            "overtime.week_starts_at",
            FaultKind::OutOfRange,
            "must be before 24:00",
        );
    }
    for (index, tier) in rules.tiers.iter().take(MAX_TIERS).enumerate() {
        let field = format!("overtime.tiers[{index}]");
        found.name(format!("{field}.name"), &tier.name);
        if &*tier.name == "regular" {
            found.fault(
                format!("{field}.name"),
                FaultKind::Duplicate,
                "\"regular\" is the name of what is no overtime",
            );
        }
        found.rate(format!("{field}.rate_bp"), tier.rate_bp);
        let daily = matches!(
            tier.scope,
            Scope::Day | Scope::ConsecutiveDay { .. } | Scope::DayKind { .. }
        );
        match tier.over {
            Over::Norm if tier.scope != Scope::Day => found.fault(
                format!("{field}.over"),
                FaultKind::Contradiction,
                "only a tier of the scope \"day\" begins after the norm; give seconds",
            ),
            Over::Norm => {}
            // A legacy field name, so that callers of the short form find their field.
            Over::Seconds(over) if *tier.name == *super::overtime::DAILY => {
                found.within("overtime.daily.over", over, 0, MAX_SPAN_S);
            }
            Over::Seconds(over) => {
                let most = if daily { MAX_SPAN_S } else { MAX_COUNTER_S };
                found.within(format!("{field}.over"), over, 0, most);
            }
        }
        match tier.scope {
            Scope::Cycle { days, .. } if !(2..=371).contains(&days) => {
                found.fault(
                    format!("{field}.scope"),
                    FaultKind::OutOfRange,
                    "a cycle has 2 to 371 days",
                );
            }
            Scope::ConsecutiveDay { day } if !(2..=7).contains(&day) => {
                found.fault(
                    format!("{field}.scope"),
                    FaultKind::OutOfRange,
                    "a run within a week has its 2nd to 7th day",
                );
            }
            _ => {}
        }
        for other in rules.tiers.iter().take(index) {
            if other.name == tier.name {
                found.fault(
                    format!("{field}.name"),
                    FaultKind::Duplicate,
                    format!("{:?} names two tiers", tier.name),
                );
            } else if other.scope == tier.scope && other.over == tier.over {
                let message = format!(
                    "begins exactly where {:?} does; only one of them could ever name a second",
                    other.name
                );
                found.fault(&field, FaultKind::Contradiction, message);
            }
        }
    }
    let lowest_daily = rules
        .tiers
        .iter()
        .filter(|t| t.scope == Scope::Day)
        .map(|t| t.rate_bp)
        .min();
    let weekly = rules
        .tiers
        .iter()
        .filter(|t| t.scope == Scope::Week)
        .map(|t| t.rate_bp)
        .max();
    if let (Some(daily), Some(weekly), Counts::StraightOnly) = (lowest_daily, weekly, &rules.counts)
        && daily < weekly
    {
        found.warn(
            "overtime.counts",
            "straight_only with a daily rate below the weekly one pays less than counting all hours would (FLSA counts all)",
        );
    }
}

fn premiums(fields: &PolicyFields, found: &mut Found) {
    found.at_most("overlays", fields.overlays.len(), MAX_OVERLAYS);
    for (index, overlay) in fields.overlays.iter().take(MAX_OVERLAYS).enumerate() {
        let field = format!("overlays[{index}]");
        found.name(format!("{field}.name"), &overlay.name);
        if overlay.from == overlay.to {
            found.fault(
                &field,
                FaultKind::Order,
                "a window has a length; 00:00 to 24:00 is the whole day",
            );
        }
        found.within(format!("{field}.min_s"), overlay.min_s, 0, MAX_SPAN_S);
        found.rate(format!("{field}.rate_bp"), overlay.rate_bp);
        if fields
            .overlays
            .iter()
            .take(index)
            .any(|other| other.name == overlay.name)
        {
            found.fault(
                format!("{field}.name"),
                FaultKind::Duplicate,
                format!("{:?} names two overlays", overlay.name),
            );
        }
    }
    found.at_most("day_kinds", fields.day_kinds.len(), 64);
    for (index, row) in fields.day_kinds.iter().enumerate() {
        found.rate(format!("day_kinds[{index}].rate_bp"), row.rate_bp);
        found.rate(
            format!("day_kinds[{index}].overtime_bp"),
            row.overtime_bp.unwrap_or(0),
        );
        if row.kinds.is_empty() {
            found.fault(
                format!("day_kinds[{index}].kinds"),
                FaultKind::OutOfRange,
                "names at least one kind",
            );
        }
    }
}

fn rest(fields: &PolicyFields, found: &mut Found) {
    found.at_most("compliance", fields.compliance.len(), 32);
    for (index, rule) in fields.compliance.iter().enumerate() {
        let field = format!("compliance[{index}].check");
        match rule.check {
            ComplianceCheck::DailyRest { min_s } | ComplianceCheck::WeeklyRest { min_s } => {
                found.within(field, min_s, 1, 7 * 86_400);
            }
            ComplianceCheck::SpreadOver { max_s } | ComplianceCheck::DayLimit { max_s } => {
                found.within(field, max_s, 1, MAX_SPAN_S);
            }
            ComplianceCheck::Meal {
                required_over_s,
                by_s,
                min_break_s,
            } => {
                for value in [required_over_s, by_s, min_break_s] {
                    found.within(&field, value, 0, MAX_SPAN_S);
                }
            }
        }
    }
    found.at_most("credit.classes", fields.credit.classes.len(), 32);
    found.within("credit.min_s", fields.credit.min_s, 0, MAX_SPAN_S);
    for (index, class) in fields.credit.classes.iter().enumerate() {
        found.name(format!("credit.classes[{index}].name"), &class.name);
        if class.rate.den == 0 || class.rate.num > 1_000_000 || class.rate.den > 1_000_000 {
            found.fault(
                format!("credit.classes[{index}].rate"),
                FaultKind::OutOfRange,
                "is a ratio of numbers up to 1000000, the second not 0",
            );
        }
    }
}
