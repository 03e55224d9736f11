//! What a person should look at.

use crate::punch::PunchId;

/// How grave an anomaly is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Severity {
    /// For the record.
    Notice,
    /// A person should look.
    #[default]
    Warning,
    /// Someone broke the law.
    Violation,
}

/// Kind of an anomaly, with a stable code (rules.md 3.5); more codes may come with more rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum AnomalyCode {
    /// An out without any in before it in its group (TimeTrex M1); the time before it is unknown.
    MissingIn,
    /// The in was never followed by an out (TimeTrex M2): what followed it is unknown and earns nothing.
    MissingOut,
    /// The last punch has no partner: what followed it is unknown and earns nothing.
    OddPunch,
    /// An out that no in precedes, by its claim.
    OrphanOut,
    /// An in while already in, by its claim; the first one holds.
    RepeatedIn,
    /// The claim says otherwise than the order of the punches.
    TypeDisagrees,
    /// A repeated tap was left out; names the dropped punch, then the kept one; seconds: how far apart they are.
    DuplicateDropped,
    /// A session longer than the longest allowed was not accepted; seconds: its length.
    OverMaxShift,
    /// The shift's hours overlap those of another shift of the same person.
    OverlappingShifts,
    /// Work without a shift (TimeTrex S2); seconds: worked.
    UnscheduledWork,
    /// A shift without any punch (TimeTrex S1), or with less work than the policy asks for to be there; seconds: the norm.
    Absent,
    /// In later than the grace allows (TimeTrex S4); seconds: from the scheduled start.
    Late,
    /// Out earlier than the grace allows (TimeTrex S5); seconds: to the scheduled end.
    EarlyOut,
    /// On the clock before the shift, and the policy does not count it (TimeTrex S3); seconds: ignored.
    InEarly,
    /// On the clock after the shift, and the policy does not count it (TimeTrex S6); seconds: ignored.
    OutLate,
    /// More work than the norm, or than a limit of the law (TimeTrex S7); seconds: beyond.
    OverNorm,
    /// Less work than the norm (TimeTrex S8); seconds: missing.
    UnderNorm,
    /// A meal that had to be punched was not (TimeTrex L3).
    MissingMeal,
    /// A meal shorter than the least (TimeTrex L2); seconds: its length.
    ShortMeal,
    /// A meal longer than the most (TimeTrex L1); seconds: its length.
    LongMeal,
    /// A punched break longer than the most (TimeTrex B1); seconds: its length.
    LongBreak,
    /// Less rest than the law asks for; seconds: the rest there was.
    RestViolation,
    /// First in and last out further apart than the law allows; seconds: the spread.
    SpreadOver,
    /// Made after the server received it: the terminal's clock is ahead; seconds: by how much.
    ClockSkew,
    /// Made after the moment of the evaluation; seconds: by how much.
    FuturePunch,
    /// Received long after it was made, or after a later punch of the same terminal; seconds: how late.
    OutOfOrderUpload,
    /// The terminal's clock was at a time that does not exist that day; read with the offset before the gap.
    CivilGap,
    /// The local time occurred twice and nothing tells which; the earlier was taken.
    CivilFold,
    /// The terminal's clock runs in a zone with another offset than the shift's or the person's.
    ZoneMismatch,
    /// A person voided, moved or added this punch.
    CorrectionApplied,
    /// An out was assumed by the policy; seconds: what that earns.
    AssumedTime,
    /// Rounding left nothing of a session.
    RoundedAway,
    /// A cap cut something off; seconds: how much.
    CapReached,
}

impl AnomalyCode {
    /// All codes.
    pub const ALL: [Self; 33] = [
        Self::MissingIn,
        Self::MissingOut,
        Self::OddPunch,
        Self::OrphanOut,
        Self::RepeatedIn,
        Self::TypeDisagrees,
        Self::DuplicateDropped,
        Self::OverMaxShift,
        Self::OverlappingShifts,
        Self::UnscheduledWork,
        Self::Absent,
        Self::Late,
        Self::EarlyOut,
        Self::InEarly,
        Self::OutLate,
        Self::OverNorm,
        Self::UnderNorm,
        Self::MissingMeal,
        Self::ShortMeal,
        Self::LongMeal,
        Self::LongBreak,
        Self::RestViolation,
        Self::SpreadOver,
        Self::ClockSkew,
        Self::FuturePunch,
        Self::OutOfOrderUpload,
        Self::CivilGap,
        Self::CivilFold,
        Self::ZoneMismatch,
        Self::CorrectionApplied,
        Self::AssumedTime,
        Self::RoundedAway,
        Self::CapReached,
    ];

    /// The stable code, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingIn => "missing_in",
            Self::MissingOut => "missing_out",
            Self::OddPunch => "odd_punch",
            Self::OrphanOut => "orphan_out",
            Self::RepeatedIn => "repeated_in",
            Self::TypeDisagrees => "type_disagrees",
            Self::DuplicateDropped => "duplicate_dropped",
            Self::OverMaxShift => "over_max_shift",
            Self::OverlappingShifts => "overlapping_shifts",
            Self::UnscheduledWork => "unscheduled_work",
            Self::Absent => "absent",
            Self::Late => "late",
            Self::EarlyOut => "early_out",
            Self::InEarly => "in_early",
            Self::OutLate => "out_late",
            Self::OverNorm => "over_norm",
            Self::UnderNorm => "under_norm",
            Self::MissingMeal => "missing_meal",
            Self::ShortMeal => "short_meal",
            Self::LongMeal => "long_meal",
            Self::LongBreak => "long_break",
            Self::RestViolation => "rest_violation",
            Self::SpreadOver => "spread_over",
            Self::ClockSkew => "clock_skew",
            Self::FuturePunch => "future_punch",
            Self::OutOfOrderUpload => "out_of_order_upload",
            Self::CivilGap => "civil_gap",
            Self::CivilFold => "civil_fold",
            Self::ZoneMismatch => "zone_mismatch",
            Self::CorrectionApplied => "correction_applied",
            Self::AssumedTime => "assumed_time",
            Self::RoundedAway => "rounded_away",
            Self::CapReached => "cap_reached",
        }
    }

    /// Whether the day's figures may change once a person has looked: something was unknown or had to be assumed.
    #[must_use]
    pub const fn makes_provisional(self) -> bool {
        matches!(
            self,
            Self::MissingIn
                | Self::MissingOut
                | Self::OddPunch
                | Self::OrphanOut
                | Self::OverMaxShift
                | Self::CivilFold
                | Self::AssumedTime
        )
    }

    /// How grave it is, unless the policy says otherwise.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::TypeDisagrees
            | Self::DuplicateDropped
            | Self::OverlappingShifts
            | Self::UnscheduledWork
            | Self::InEarly
            | Self::OutLate
            | Self::OverNorm
            | Self::UnderNorm
            | Self::OutOfOrderUpload
            | Self::ZoneMismatch
            | Self::CorrectionApplied
            | Self::CapReached => Severity::Notice,
            _ => Severity::Warning,
        }
    }
}

/// One thing to look at, on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Anomaly {
    /// What it is.
    pub code: AnomalyCode,
    /// How grave it is.
    pub severity: Severity,
    /// The punches it is about.
    pub punch_ids: Vec<PunchId>,
    /// How much time it is about, where that makes sense.
    pub seconds: Option<i64>,
}

impl Anomaly {
    pub(crate) const fn new(code: AnomalyCode, punch_ids: Vec<PunchId>, seconds: Option<i64>) -> Self {
        Self {
            code,
            severity: code.severity(),
            punch_ids,
            seconds,
        }
    }

    pub(crate) const fn graded(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}
