//! What a person should look at.

use crate::punch::PunchId;

/// Kind of an anomaly, with a stable code; more codes come with more rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum AnomalyCode {
    /// A repeated tap was left out; names the dropped punch, then the kept one; seconds: how far apart they are.
    DuplicateDropped,
    /// The terminal's clock was at a time that does not exist that day; read with the offset before the gap.
    CivilGap,
    /// The local time occurred twice and nothing tells which; the earlier was taken.
    CivilFold,
    /// The last punch has no partner: what followed it is unknown and earns nothing.
    OddPunch,
    /// A session longer than the longest allowed was not accepted; seconds: its length.
    OverMaxShift,
    /// The shift's hours overlap those of another shift of the same person.
    OverlappingShifts,
    /// Work without a shift; seconds: worked.
    UnscheduledWork,
    /// A shift without any punch; seconds: the norm.
    Absent,
    /// In later than the grace allows; seconds: from the scheduled start.
    Late,
    /// Out earlier than the grace allows; seconds: to the scheduled end.
    EarlyOut,
    /// On the clock before the shift, and the policy does not count it; seconds: ignored.
    InEarly,
    /// On the clock after the shift, and the policy does not count it; seconds: ignored.
    OutLate,
}

impl AnomalyCode {
    /// The stable code, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateDropped => "duplicate_dropped",
            Self::CivilGap => "civil_gap",
            Self::CivilFold => "civil_fold",
            Self::OddPunch => "odd_punch",
            Self::OverMaxShift => "over_max_shift",
            Self::OverlappingShifts => "overlapping_shifts",
            Self::UnscheduledWork => "unscheduled_work",
            Self::Absent => "absent",
            Self::Late => "late",
            Self::EarlyOut => "early_out",
            Self::InEarly => "in_early",
            Self::OutLate => "out_late",
        }
    }

    /// Whether the day's figures may change once a person has looked: something was unknown or had to be assumed.
    #[must_use]
    pub const fn makes_provisional(self) -> bool {
        matches!(self, Self::CivilFold | Self::OddPunch | Self::OverMaxShift)
    }
}

/// One thing to look at, on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Anomaly {
    /// What it is.
    pub code: AnomalyCode,
    /// The punches it is about.
    pub punch_ids: Vec<PunchId>,
    /// How much time it is about, where that makes sense.
    pub seconds: Option<i64>,
}

impl Anomaly {
    pub(crate) fn new(code: AnomalyCode, punch_ids: Vec<PunchId>, seconds: Option<i64>) -> Self {
        Self {
            code,
            punch_ids,
            seconds,
        }
    }
}
