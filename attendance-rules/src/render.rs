//! Results as sentences for a person. Nothing here decides anything; the rules never depend on this module.

use crate::anomaly::{Anomaly, AnomalyCode};
use crate::label::{Label, Tier};
use crate::policy::DAILY;
use crate::punch::PunchId;
use crate::result::DayResult;
use crate::rule::Rule;
use crate::segment::Segment;
use crate::trace::{Step, Subject};
use crate::zone::ZoneTable;

/// A day as sentences, in the order a person would tell it: what was asked for, what was done and why it counts so, the sum, what to look at.
///
/// `zone` should be the table of [`DayResult::zone`]; local times are shown in it.
#[must_use]
pub fn explain_day(day: &DayResult, zone: &ZoneTable) -> Vec<String> {
    let mut lines = Vec::with_capacity(day.segments.len() + day.anomalies.len() + 2);
    lines.push(asked(day, zone));
    lines.extend(day.segments.iter().map(|segment| explain_segment(segment, zone)));
    if !day.sessions.is_empty() {
        lines.push(sum(day));
    }
    lines.extend(day.anomalies.iter().map(explain_anomaly));
    if day.provisional {
        lines.push("The day is provisional: its figures may change once this is settled.".to_owned());
    }
    lines
}

/// One segment as a sentence: when, how long, what, why.
#[must_use]
pub fn explain_segment(segment: &Segment, zone: &ZoneTable) -> String {
    let mut what = match segment.label {
        Label::Work => "worked",
        Label::BreakPaid => "paid break",
        Label::BreakUnpaidWindow | Label::BreakAutoDeduct => "unpaid break",
        Label::BreakPunched => "punched break",
        Label::IgnoredBeforeShift | Label::IgnoredAfterShift | Label::IgnoredOverMaxShift => "not counted",
        Label::OffClock => "off the clock",
    }
    .to_owned();
    match &segment.tier {
        Some(Tier::Over(name)) if &**name == DAILY => what.push_str(", overtime"),
        Some(Tier::Over(name)) => what.push_str(&format!(", overtime {name}")),
        Some(Tier::Regular) | None => {}
    }
    if segment.approved == Some(false) {
        what.push_str(", not approved");
    }
    if segment.assumed {
        what.push_str(", assumed");
    }
    format!(
        "{} to {}: {} {what} ({}; punches {}).",
        clock(segment.from, zone),
        clock(segment.to, zone),
        duration(segment.seconds()),
        why(segment.rule),
        ids(&segment.punch_ids),
    )
}

/// The reason that a rule gives, in words.
#[must_use]
pub const fn why(rule: Rule) -> &'static str {
    match rule {
        Rule::CorrectionVoid => "a person voided the punch",
        Rule::CorrectionReplace => "a person moved the punch",
        Rule::CorrectionAdd => "a person added the punch",
        Rule::CivilGap => {
            "the terminal showed a time that clocks skipped; read with the offset before the change"
        }
        Rule::CivilFold => "the terminal showed a time that occurred twice; the first was taken",
        Rule::CivilFoldTold => {
            "the terminal showed a time that occurred twice; the order of its log told which"
        }
        Rule::DedupWindow => "a repeated tap, left out",
        Rule::GroupWindow => "its punches lie in the window of the shift",
        Rule::GroupUnscheduled => "its punches belong to no shift",
        Rule::PairAlternate | Rule::PairTyped | Rule::PairFirstLast => "on the clock during the shift",
        Rule::PairUnscheduled => "on the clock without a shift",
        Rule::PairInner => "between the first and the last punch, which alone count",
        Rule::MaxShift => "these two punches are further apart than one session may be",
        Rule::OddEndShiftEnd => "no out; the scheduled end was assumed",
        Rule::OddEndByNorm => "no out; one was assumed when the norm and its tolerance were worked",
        Rule::OddEndFixed => "no out; one was assumed after a fixed time",
        Rule::Assumed => "worked up to an assumed out",
        Rule::RoundIn => "the in was rounded",
        Rule::RoundOut => "the out was rounded",
        Rule::ForgiveIn => "late within the grace that is paid",
        Rule::ForgiveOut => "early within the grace that is paid",
        Rule::RoundDelta => "what rounding changed of the work",
        Rule::CountBeforeAlways => "on the clock before the shift, which this policy counts",
        Rule::CountBeforeApproved => "on the clock before the shift, which was approved",
        Rule::CountBeforeNever => "on the clock before the shift, which this policy does not count",
        Rule::CountAfterAlways => "on the clock after the shift, which this policy counts",
        Rule::CountAfterApproved => "on the clock after the shift, which was approved",
        Rule::CountAfterNever => "on the clock after the shift, which this policy does not count",
        Rule::BetweenSessions => "between two sessions, outside the shift",
        Rule::BreakUnpaidWindow => "on the clock during an unpaid break of the shift",
        Rule::BreakPaidWindow => "a paid break of the shift",
        Rule::BreakPunched => "between punching out and in again",
        Rule::BreakAutoDeduct => "taken off as a break, because it was worked for long enough",
        Rule::BreakAutoAdd => "a punched break that is paid, because it was worked for long enough",
        Rule::BreakOverCap => "a paid break beyond what is paid of breaks",
        Rule::TierRegular => "below every threshold",
        Rule::TierOver => "past the threshold, and no other tier pays more",
        Rule::Tolerance => "overtime within the tolerance",
        Rule::Quantum => "overtime that makes no whole block",
        Rule::MaxDay => "overtime beyond the limit of a date",
        Rule::MaxWeek => "overtime beyond the limit of a workweek",
        Rule::Approved => "approved, or in no need of it",
        Rule::Unapproved => "not approved",
        Rule::BelowMinimum => "the approved overtime of the date is below the minimum",
        Rule::RoundTotals => "the total was rounded",
        Rule::Overlay => "worked inside the window of the premium",
        Rule::Late => "from the scheduled start to the first in",
        Rule::EarlyOut => "from the last out to the scheduled end",
        Rule::Norm => "asked for",
        Rule::Credit => "payable overtime that earns credit",
    }
}

/// The trace of a day as sentences, stage by stage.
#[must_use]
pub fn trace(day: &DayResult, zone: &ZoneTable) -> Vec<String> {
    day.trace
        .iter()
        .map(|step| explain_step(step, day, zone))
        .collect()
}

/// One step of a trace as a sentence.
#[must_use]
pub fn explain_step(step: &Step, day: &DayResult, zone: &ZoneTable) -> String {
    let punch = |position: u16| {
        day.punches
            .get(usize::from(position))
            .map_or("?", |p| p.id.as_str())
    };
    let subject = match step.subject {
        Subject::Day => String::new(),
        Subject::Punch(one) => format!(" punch {}", punch(one)),
        Subject::Punches(one, other) if step.rule != Rule::MaxShift => {
            format!(" punches {}, {}", punch(one), punch(other))
        }
        Subject::Punches(..) => String::new(),
        Subject::Tier(tier) => format!(" {}", day.by_tier.get(usize::from(tier)).map_or("?", |t| &t.name)),
        Subject::Overlay(overlay) => format!(
            " {}",
            day.overlays.get(usize::from(overlay)).map_or("?", |o| &o.name)
        ),
        Subject::Credit(credit) => format!(
            " {}",
            day.credits.get(usize::from(credit)).map_or("?", |c| &c.class)
        ),
    };
    let span = match step.rule {
        Rule::RoundTotals | Rule::RoundDelta | Rule::Norm | Rule::Credit => {
            format!("{} to {}", duration(step.from), duration(step.to))
        }
        _ if step.from == step.to => clock(step.from, zone),
        _ => format!("{} to {}", clock(step.from, zone), clock(step.to, zone)),
    };
    format!("{}{subject}: {span}: {}.", step.rule.as_str(), why(step.rule))
}

/// One anomaly as a sentence.
#[must_use]
pub fn explain_anomaly(anomaly: &Anomaly) -> String {
    let time = duration(anomaly.seconds.unwrap_or(0));
    let punches = ids(&anomaly.punch_ids);
    match anomaly.code {
        AnomalyCode::DuplicateDropped => {
            format!("A repeated tap {time} after a kept one was left out (punches {punches}).")
        }
        AnomalyCode::CivilGap => format!(
            "Punch {punches} shows a time that clocks skipped that day; it was read with the offset before the change."
        ),
        AnomalyCode::CivilFold => format!(
            "Punch {punches} shows a time that occurred twice that day and nothing tells which; the first was taken."
        ),
        AnomalyCode::MissingIn => format!("Punch {punches} claims to be an out and no in came before it."),
        AnomalyCode::MissingOut => {
            format!("No out followed punch {punches}: the time after it is unknown and earns nothing.")
        }
        AnomalyCode::OddPunch => {
            format!("Punch {punches} has no partner: the time around it is unknown and earns nothing.")
        }
        AnomalyCode::OrphanOut => format!("Punch {punches} claims to be an out, and there was no in."),
        AnomalyCode::RepeatedIn => {
            format!("Punch {punches} claims to be an in while already in; the first one holds.")
        }
        AnomalyCode::TypeDisagrees => format!("Punch {punches} claims otherwise than its place in the day."),
        AnomalyCode::OverMaxShift => {
            format!("Punches {punches} are {time} apart, longer than one session may be; not accepted.")
        }
        AnomalyCode::OverlappingShifts => "The hours of this shift overlap those of another one.".to_owned(),
        AnomalyCode::UnscheduledWork => format!("{time} worked without a shift (punches {punches})."),
        AnomalyCode::Absent => format!("Absent: no punch belongs to this shift of {time}."),
        AnomalyCode::Late => format!("Late by {time} (punch {punches})."),
        AnomalyCode::EarlyOut => format!("Left {time} early (punch {punches})."),
        AnomalyCode::InEarly => {
            format!("{time} on the clock before the shift were not counted (punches {punches}).")
        }
        AnomalyCode::OutLate => {
            format!("{time} on the clock after the shift were not counted (punches {punches}).")
        }
        AnomalyCode::OverNorm => format!("{time} more than asked for."),
        AnomalyCode::UnderNorm => format!("{time} less than asked for."),
        AnomalyCode::MissingMeal => format!("No meal was punched (punches {punches})."),
        AnomalyCode::ShortMeal => format!("A meal of {time} is too short (punches {punches})."),
        AnomalyCode::LongMeal => format!("A meal of {time} is too long (punches {punches})."),
        AnomalyCode::LongBreak => format!("A break of {time} is too long (punches {punches})."),
        AnomalyCode::RestViolation => format!("Only {time} of rest."),
        AnomalyCode::SpreadOver => format!("{time} from first in to last out, longer than allowed."),
        AnomalyCode::ClockSkew => {
            format!("Punch {punches} was received {time} before it was made: the terminal's clock is ahead.")
        }
        AnomalyCode::FuturePunch => format!("Punch {punches} lies {time} in the future."),
        AnomalyCode::OutOfOrderUpload => {
            format!("Punch {punches} was received {time} after it was made, out of order.")
        }
        AnomalyCode::ZoneMismatch => format!("Punch {punches} was made at a clock of another zone."),
        AnomalyCode::CorrectionApplied => format!("A person corrected punch {punches}."),
        AnomalyCode::AssumedTime => format!("No out followed punch {punches}; {time} were assumed."),
        AnomalyCode::RoundedAway => format!("Rounding left nothing of {time} (punches {punches})."),
        AnomalyCode::CapReached => format!("A cap cut {time} off."),
    }
}

/// Seconds as minutes that add up: each part is rounded down, then the parts with the greatest remainders get the minutes that are missing to
/// the rounded-down minutes of the sum; among equals the first.
///
/// ```
/// use punchclock_rules::render::minutes;
/// assert_eq!(minutes(&[90, 90, 60]), [2, 1, 1]); // four minutes in all
/// ```
#[must_use]
pub fn minutes(parts: &[i64]) -> Vec<i64> {
    let mut out: Vec<i64> = parts.iter().map(|s| s.div_euclid(60)).collect();
    let whole = parts.iter().sum::<i64>().div_euclid(60);
    let missing = usize::try_from(whole - out.iter().sum::<i64>()).unwrap_or(0);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&i| core::cmp::Reverse(parts.get(i).map(|s| s.rem_euclid(60))));
    for index in order.into_iter().take(missing) {
        if let Some(part) = out.get_mut(index) {
            *part += 1;
        }
    }
    out
}

fn asked(day: &DayResult, zone: &ZoneTable) -> String {
    match (&day.shift_id, day.scheduled_start, day.scheduled_end) {
        (Some(id), Some(start), Some(end)) => format!(
            "{}: shift {id}, {} to {} {}, {} asked for.",
            day.date,
            clock(start, zone),
            clock(end, zone),
            day.zone,
            duration(day.scheduled_s),
        ),
        _ => format!("{}: no shift ({}).", day.date, day.zone),
    }
}

fn sum(day: &DayResult) -> String {
    let mut line = format!(
        "Worked {}: {} regular",
        duration(day.worked_s),
        duration(day.regular_s)
    );
    if day.overtime_s > 0 {
        line.push_str(&format!(", {} overtime", duration(day.overtime_s)));
    }
    let named = day.by_tier.iter().filter(|t| t.seconds != 0 && &*t.name != DAILY);
    let named: Vec<String> = named
        .map(|t| format!("{} {}", duration(t.seconds), t.name))
        .collect();
    if !named.is_empty() {
        line.push_str(&format!(" [{}]", named.join(", ")));
    }
    if let Some(after) = day.overtime_after_s {
        line.push_str(&format!(
            " (overtime begins after {} on this date",
            duration(after)
        ));
        if day.regular_before_s > 0 {
            line.push_str(&format!(
                ", {} of them earlier that day",
                duration(day.regular_before_s)
            ));
        }
        line.push(')');
    }
    if day.unapproved_s > 0 {
        line.push_str(&format!(
            "; {} of the overtime not approved",
            duration(day.unapproved_s)
        ));
    }
    for overlay in day.overlays.iter().filter(|o| o.seconds > 0) {
        line.push_str(&format!("; {} {}", duration(overlay.seconds), overlay.name));
    }
    for credit in &day.credits {
        line.push_str(&format!(
            "; {} credited as {}",
            duration(credit.credit_s),
            credit.class
        ));
    }
    if day.rounding_delta_s != 0 {
        line.push_str(&format!(
            "; rounding changed the work by {}",
            duration(day.rounding_delta_s)
        ));
    }
    if day.break_s > 0 {
        line.push_str(&format!("; {} unpaid break", duration(day.break_s)));
    }
    line.push('.');
    line
}

/// Local date and time with its offset, which tells the two passes of a repeated hour apart.
fn clock(at: i64, zone: &ZoneTable) -> String {
    let offset = zone.offset_at(at);
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs() / 60);
    zone.to_local(at).map_or_else(
        || format!("unix {at}"),
        |local| {
            format!(
                "{} ({sign}{:02}:{:02})",
                local.format("%a %H:%M:%S"),
                minutes / 60,
                minutes % 60
            )
        },
    )
}

fn duration(seconds: i64) -> String {
    if seconds < 0 {
        return format!("-{}", duration(-seconds));
    }
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, 0) => format!("{h} h {m:02} min"),
        (h, m, s) => format!("{h} h {m:02} min {s:02} s"),
    }
}

/// The ids, at most eight of them: a sentence stays a sentence.
fn ids(ids: &[PunchId]) -> String {
    let mut shown: Vec<&str> = ids.iter().take(8).map(PunchId::as_str).collect();
    shown.dedup();
    let ids = ids
        .get(..if ids.len() > 8 { ids.len() } else { shown.len() })
        .unwrap_or_default();
    let mut text = shown.join(", ");
    if ids.len() > shown.len() {
        text.push_str(&format!(" and {} more", ids.len() - shown.len()));
    }
    text
}
