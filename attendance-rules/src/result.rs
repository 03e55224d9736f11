//! What the engine answers: days, each second of them labelled.

use chrono::NaiveDate;

use crate::anomaly::Anomaly;
use crate::punch::PunchId;

/// What a second between the first in and the last out was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Label {
    /// Worked.
    #[cfg_attr(feature = "serde", serde(rename = "work"))]
    Work,
    /// In a paid break of the shift; it counts as worked.
    #[cfg_attr(feature = "serde", serde(rename = "break:paid"))]
    BreakPaid,
    /// On the clock during an unpaid break of the shift.
    #[cfg_attr(feature = "serde", serde(rename = "break:unpaid_window"))]
    BreakUnpaidWindow,
    /// Punched out, and in again later.
    #[cfg_attr(feature = "serde", serde(rename = "break:punched"))]
    BreakPunched,
    /// On the clock before the shift; not counted.
    #[cfg_attr(feature = "serde", serde(rename = "ignored:before_shift"))]
    IgnoredBeforeShift,
    /// On the clock after the shift; not counted.
    #[cfg_attr(feature = "serde", serde(rename = "ignored:after_shift"))]
    IgnoredAfterShift,
    /// Between two punches too far apart to be one session; not counted.
    #[cfg_attr(feature = "serde", serde(rename = "ignored:over_max_shift"))]
    IgnoredOverMaxShift,
    /// Off the clock between two sessions, outside the hours of the shift: neither work nor a break.
    #[cfg_attr(feature = "serde", serde(rename = "off_clock"))]
    OffClock,
}

impl Label {
    /// The stable name, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::BreakPaid => "break:paid",
            Self::BreakUnpaidWindow => "break:unpaid_window",
            Self::BreakPunched => "break:punched",
            Self::IgnoredBeforeShift => "ignored:before_shift",
            Self::IgnoredAfterShift => "ignored:after_shift",
            Self::IgnoredOverMaxShift => "ignored:over_max_shift",
            Self::OffClock => "off_clock",
        }
    }

    /// Whether its seconds are part of worked time.
    #[must_use]
    pub const fn is_worked(self) -> bool {
        matches!(self, Self::Work | Self::BreakPaid)
    }

    /// Whether its seconds are break time that is not worked.
    #[must_use]
    pub const fn is_unpaid_break(self) -> bool {
        matches!(self, Self::BreakUnpaidWindow | Self::BreakPunched)
    }
}

/// What a worked second is paid as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Tier {
    /// Within the daily threshold.
    Regular,
    /// Over the daily threshold.
    OvertimeDaily,
}

impl Tier {
    /// The stable name, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::OvertimeDaily => "overtime_daily",
        }
    }
}

/// The rule that gave a segment its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Rule {
    /// Between two paired punches, within the shift.
    #[cfg_attr(feature = "serde", serde(rename = "pair.alternate"))]
    PairAlternate,
    /// Between two paired punches of a group without a shift.
    #[cfg_attr(feature = "serde", serde(rename = "pair.unscheduled"))]
    PairUnscheduled,
    /// Between two paired punches, before the shift, and the policy counts it.
    #[cfg_attr(feature = "serde", serde(rename = "count_before.always"))]
    CountBeforeAlways,
    /// Between two paired punches, before the shift, and the policy does not count it.
    #[cfg_attr(feature = "serde", serde(rename = "count_before.never"))]
    CountBeforeNever,
    /// Between two paired punches, after the shift, and the policy counts it.
    #[cfg_attr(feature = "serde", serde(rename = "count_after.always"))]
    CountAfterAlways,
    /// Between two paired punches, after the shift, and the policy does not count it.
    #[cfg_attr(feature = "serde", serde(rename = "count_after.never"))]
    CountAfterNever,
    /// Inside an unpaid break of the shift.
    #[cfg_attr(feature = "serde", serde(rename = "break.unpaid_window"))]
    BreakUnpaidWindow,
    /// Inside a paid break of the shift.
    #[cfg_attr(feature = "serde", serde(rename = "break.paid_window"))]
    BreakPaidWindow,
    /// Between two sessions.
    #[cfg_attr(feature = "serde", serde(rename = "break.punched"))]
    BreakPunched,
    /// Between two sessions, outside the shift.
    #[cfg_attr(feature = "serde", serde(rename = "pair.between_sessions"))]
    BetweenSessions,
    /// The pair is longer than the policy's longest session.
    #[cfg_attr(feature = "serde", serde(rename = "pair.max_shift"))]
    MaxShift,
}

impl Rule {
    /// The stable name, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PairAlternate => "pair.alternate",
            Self::PairUnscheduled => "pair.unscheduled",
            Self::CountBeforeAlways => "count_before.always",
            Self::CountBeforeNever => "count_before.never",
            Self::CountAfterAlways => "count_after.always",
            Self::CountAfterNever => "count_after.never",
            Self::BreakUnpaidWindow => "break.unpaid_window",
            Self::BreakPaidWindow => "break.paid_window",
            Self::BreakPunched => "break.punched",
            Self::BetweenSessions => "pair.between_sessions",
            Self::MaxShift => "pair.max_shift",
        }
    }
}

/// A run of seconds `[from, to)` with one label, one tier and one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Segment {
    /// First second, unix time.
    pub from: i64,
    /// First second after the segment, unix time.
    pub to: i64,
    /// What the seconds were.
    pub label: Label,
    /// What they are paid as; `None` when they are not worked.
    pub tier: Option<Tier>,
    /// The rule that gave the label.
    pub rule: Rule,
    /// The two punches between which the segment lies.
    pub punch_ids: Vec<PunchId>,
}

impl Segment {
    /// Length in seconds.
    #[must_use]
    pub const fn seconds(&self) -> i64 {
        self.to - self.from
    }
}

/// How a punch's moment was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Resolution {
    /// It was an instant, or a local time that occurred once.
    Unique,
    /// The local time did not exist; the offset before the gap was taken.
    Gap,
    /// The local time occurred twice.
    Fold,
}

impl Resolution {
    /// The stable name, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unique => "unique",
            Self::Gap => "gap",
            Self::Fold => "fold",
        }
    }
}

/// What became of a punch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PunchTrace {
    /// The punch.
    pub id: PunchId,
    /// Its instant, unix time.
    pub at: i64,
    /// How the instant was found.
    pub resolution: Resolution,
    /// Whether it begins or ends an accepted session. An unused punch is named in an anomaly.
    pub used: bool,
}

/// An in and its out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Session {
    /// The punch that began it.
    pub in_id: PunchId,
    /// The punch that ended it.
    pub out_id: PunchId,
    /// First second, unix time.
    pub from: i64,
    /// First second after, unix time.
    pub to: i64,
}

/// One shift, or one group of work without a shift, counted for one date.
///
/// Conservation: the segments cover `[first_in, last_out)` without overlap; `worked_s = regular_s + overtime_s`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DayResult {
    /// The date the work counts for.
    pub date: NaiveDate,
    /// The shift; `None` for work without one.
    pub shift_id: Option<String>,
    /// Zone of the civil times.
    pub zone: String,
    /// Scheduled start, unix time.
    pub scheduled_start: Option<i64>,
    /// Scheduled end, unix time.
    pub scheduled_end: Option<i64>,
    /// Start of the first accepted session, unix time.
    pub first_in: Option<i64>,
    /// End of the last accepted session, unix time.
    pub last_out: Option<i64>,
    /// The norm: seconds of work asked for; 0 without a shift.
    pub scheduled_s: i64,
    /// Seconds worked.
    pub worked_s: i64,
    /// Of these, within the daily threshold.
    pub regular_s: i64,
    /// Of these, over the daily threshold.
    pub overtime_s: i64,
    /// Unpaid break seconds: punched breaks, and unpaid windows spent on the clock.
    pub break_s: i64,
    /// Seconds from the scheduled start to the first in, whatever the grace.
    pub late_s: i64,
    /// Seconds from the last out to the scheduled end, whatever the grace.
    pub early_out_s: i64,
    /// Worked seconds of this date after which daily overtime begins; `None` when the policy has no daily overtime.
    pub overtime_after_s: Option<i64>,
    /// Regular seconds that earlier entries of the same date have used up of that threshold.
    pub regular_before_s: i64,
    /// Something is unknown or was assumed; the figures may still change.
    pub provisional: bool,
    /// What a person should look at, in a fixed order.
    pub anomalies: Vec<Anomaly>,
    /// Accepted sessions in time order.
    pub sessions: Vec<Session>,
    /// Every second from first in to last out.
    pub segments: Vec<Segment>,
    /// Every punch of this day, kept or not, in time order.
    pub punches: Vec<PunchTrace>,
    /// The policy's version.
    pub policy_version: String,
    /// Digest of everything this day was computed from: 32 hex digits.
    pub input_hash: String,
}

impl DayResult {
    /// The segment that holds an instant; `None` outside first in and last out.
    #[must_use]
    pub fn explain(&self, at: i64) -> Option<&Segment> {
        let after = self.segments.partition_point(|s| s.from <= at);
        let segment = self.segments.get(after.checked_sub(1)?)?;
        (at < segment.to).then_some(segment)
    }
}

/// The answer for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evaluation {
    /// One entry for each shift, also without punches, and for each group of work without a shift; by date, then start.
    pub days: Vec<DayResult>,
    /// Release of the zone data that was used; `None` when only fixed offsets were.
    pub tzdb_version: Option<String>,
}

impl Evaluation {
    /// The day and the segment that hold an instant.
    #[must_use]
    pub fn explain(&self, at: i64) -> Option<(&DayResult, &Segment)> {
        self.days.iter().find_map(|day| Some((day, day.explain(at)?)))
    }
}
