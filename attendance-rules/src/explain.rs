//! Results as sentences for a person. Nothing here decides anything; the rules never depend on this module.

use crate::anomaly::{Anomaly, AnomalyCode};
use crate::punch::PunchId;
use crate::result::{DayResult, Label, Rule, Segment, Tier};
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
    let what = match (segment.label, segment.tier) {
        (Label::Work, Some(Tier::OvertimeDaily)) => "worked, overtime",
        (Label::Work, _) => "worked",
        (Label::BreakPaid, Some(Tier::OvertimeDaily)) => "paid break, overtime",
        (Label::BreakPaid, _) => "paid break",
        (Label::BreakUnpaidWindow, _) => "unpaid break",
        (Label::BreakPunched, _) => "punched break",
        (Label::IgnoredBeforeShift | Label::IgnoredAfterShift | Label::IgnoredOverMaxShift, _) => {
            "not counted"
        }
        (Label::OffClock, _) => "off the clock",
    };
    let why = match segment.rule {
        Rule::PairAlternate => "on the clock during the shift",
        Rule::PairUnscheduled => "on the clock without a shift",
        Rule::CountBeforeAlways => "on the clock before the shift, which this policy counts",
        Rule::CountBeforeNever => "on the clock before the shift, which this policy does not count",
        Rule::CountAfterAlways => "on the clock after the shift, which this policy counts",
        Rule::CountAfterNever => "on the clock after the shift, which this policy does not count",
        Rule::BreakUnpaidWindow => "on the clock during an unpaid break of the shift",
        Rule::BreakPaidWindow => "a paid break of the shift",
        Rule::BreakPunched => "between punching out and in again",
        Rule::BetweenSessions => "between two sessions, outside the shift",
        Rule::MaxShift => "these two punches are further apart than one session may be",
    };
    format!(
        "{} to {}: {} {what} ({why}; punches {}).",
        clock(segment.from, zone),
        clock(segment.to, zone),
        duration(segment.seconds()),
        ids(&segment.punch_ids),
    )
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
        AnomalyCode::CivilGap => {
            format!(
                "Punch {punches} shows a time that clocks skipped that day; it was read with the offset before the change."
            )
        }
        AnomalyCode::CivilFold => {
            format!(
                "Punch {punches} shows a time that occurred twice that day and nothing tells which; the first was taken."
            )
        }
        AnomalyCode::OddPunch => {
            format!("Punch {punches} has no partner: the time around it is unknown and earns nothing.")
        }
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
    }
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
    let shown: Vec<&str> = ids.iter().take(8).map(PunchId::as_str).collect();
    let mut text = shown.join(", ");
    if ids.len() > shown.len() {
        text.push_str(&format!(" and {} more", ids.len() - shown.len()));
    }
    text
}
