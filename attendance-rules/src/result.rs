//! What the engine answers: days, each second of them labelled.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::anomaly::Anomaly;
use crate::carry::Carry;
use crate::day_kind::DayKind;
use crate::punch::PunchId;
use crate::rate::Ratio;
use crate::segment::Segment;
use crate::trace::Step;

/// How a punch's moment was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PunchTrace {
    /// The punch.
    pub id: PunchId,
    /// Its instant, unix time.
    pub at: i64,
    /// How the instant was found.
    pub resolution: Resolution,
    /// Whether it begins or ends an accepted session. An unused punch is named in an anomaly, or lies between the first and the last where
    /// only those count.
    pub used: bool,
}

/// An in and its out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Session {
    /// The punch that began it.
    pub in_id: PunchId,
    /// The punch that ended it; `None` when the out was assumed.
    pub out_id: Option<PunchId>,
    /// First second, unix time, after rounding.
    pub from: i64,
    /// First second after, unix time, after rounding.
    pub to: i64,
    /// The in as punched.
    pub raw_from: i64,
    /// The out as punched, or as assumed.
    pub raw_to: i64,
}

/// Seconds of one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TierSeconds {
    /// The tier.
    pub name: Arc<str>,
    /// Its seconds; after rounding of totals.
    pub seconds: i64,
    /// Its rate in basis points, alone.
    pub rate_bp: u32,
}

/// Worked seconds inside one premium window.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OverlaySeconds {
    /// The premium.
    pub name: Arc<str>,
    /// Worked seconds inside it.
    pub seconds: i64,
    /// Its rate in basis points of the rate of that hour.
    pub rate_bp: u32,
}

/// Payable overtime that earns credit: an event for the time bank.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreditSeconds {
    /// The class of the policy.
    pub class: Arc<str>,
    /// Seconds worked.
    pub work_s: i64,
    /// Seconds credited for a second worked.
    pub rate: Ratio,
    /// `work_s` at that rate, whole seconds; the bank carries the rest.
    pub credit_s: i64,
}

/// Whether a person was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum DayStatus {
    /// There.
    Present,
    /// There for half of it.
    HalfDay,
    /// Not there.
    Absent,
    /// A punch is missing, and what is known would be less than presence: not absent, unknown.
    Unknown,
}

impl DayStatus {
    /// The status of worked seconds by two thresholds: absent below the first, else half a day below the second. (Frappe checks in this order.)
    #[must_use]
    pub const fn of(worked_s: i64, absent_below_s: i64, half_day_below_s: i64) -> Self {
        if worked_s < absent_below_s {
            Self::Absent
        } else if worked_s < half_day_below_s {
            Self::HalfDay
        } else {
            Self::Present
        }
    }

    /// The stable name, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::HalfDay => "half_day",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

/// A digest of 16 bytes, written as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct InputHash(pub(crate) [u8; 16]);

impl InputHash {
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for InputHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for InputHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for InputHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for InputHash {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "InputHash".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[0-9a-f]{32}$"})
    }
}

/// One shift, or one group of work without a shift, counted for one date. With `split_midnight` there is one for each date it touches.
///
/// Conservation, all of it tested: the segments cover `[first_in, last_out)` without overlap; `worked_s = regular_s + overtime_s`;
/// `overtime_s` is the sum of `by_tier` and of `approved_s + unapproved_s`; `raw_worked_s + rounding_delta_s = worked_s`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DayResult {
    /// The date the work counts for.
    pub date: NaiveDate,
    /// The shift; `None` for work without one.
    pub shift_id: Option<Arc<str>>,
    /// Which part of a shift or group that was split at midnight, from 0.
    pub part: u16,
    /// Zone of the civil times.
    pub zone: Arc<str>,
    /// Kinds of the date, as the facts give them; empty is a workday.
    pub kinds: BTreeSet<DayKind>,
    /// Rate of the date in basis points by the policy's table of day kinds; 10000 when it says nothing.
    pub day_rate_bp: u32,
    /// Whether the person was there; `None` without a shift and on dates that ask for no work.
    pub status: Option<DayStatus>,
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
    /// Of these, below every threshold.
    pub regular_s: i64,
    /// Of these, in a tier.
    pub overtime_s: i64,
    /// The overtime by tier, every tier of the policy in its order.
    pub by_tier: Vec<TierSeconds>,
    /// Overtime that is approved, or needs no approval.
    pub approved_s: i64,
    /// Overtime that is not approved.
    pub unapproved_s: i64,
    /// Approved overtime, unless the date's is below the policy's minimum.
    pub payable_s: i64,
    /// Worked seconds by premium window, every one of the policy in its order.
    pub overlays: Vec<OverlaySeconds>,
    /// Payable overtime that earns credit.
    pub credits: Vec<CreditSeconds>,
    /// Worked seconds before an out that was assumed.
    pub assumed_s: i64,
    /// Seconds worked by the punches as made, before any rounding.
    pub raw_worked_s: i64,
    /// What rounding and forgiveness added, or took.
    pub rounding_delta_s: i64,
    /// Unpaid break seconds: punched breaks, unpaid windows spent on the clock, and what was deducted.
    pub break_s: i64,
    /// Seconds between two punches that the policy does not count.
    pub ignored_s: i64,
    /// Seconds from the scheduled start to the first in, whatever the grace.
    pub late_s: i64,
    /// Seconds from the last out to the scheduled end, whatever the grace.
    pub early_out_s: i64,
    /// Norm not worked, beyond the tolerance; 0 while a punch is missing.
    pub undertime_s: i64,
    /// Worked seconds of this date after which the lowest tier of the date begins; `None` when the policy has none.
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
    /// What each rule did, stage by stage; empty when the policy turns the trace off.
    pub trace: Vec<Step>,
    /// The policy's version.
    pub policy_version: Arc<str>,
    /// Digest of everything this day was computed from: 32 hex digits.
    pub input_hash: InputHash,
}

impl DayResult {
    /// The segment that holds an instant; `None` outside first in and last out.
    #[must_use]
    pub fn segment_at(&self, at: i64) -> Option<&Segment> {
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
    /// What the next stretch of days needs to know.
    pub carry: Carry,
    /// What could not be said of any day: a correction of a punch that is not there.
    pub anomalies: Vec<Anomaly>,
    /// Release of the zone data that was used; `None` when only fixed offsets were.
    pub tzdb_version: Option<Arc<str>>,
}

impl Evaluation {
    /// The day and the segment that hold an instant.
    #[must_use]
    pub fn segment_at(&self, at: i64) -> Option<(&DayResult, &Segment)> {
        self.days.iter().find_map(|day| Some((day, day.segment_at(at)?)))
    }
}
