//! Premiums that do not depend on how much was worked: windows of the day, kinds of the day.

use std::sync::Arc;

use crate::day_kind::DayKind;
use crate::rate::WHOLE_BP;
use crate::time_of_day::TimeOfDay;

/// A window of the wall clock whose worked seconds are told apart, such as the night. It is independent of tiers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Overlay {
    /// Name, as it stands in results; unique in the policy.
    pub name: Arc<str>,
    /// First second, in the zone of the shift or the person.
    pub from: TimeOfDay,
    /// First second after the window; one that is not after `from` is on the next date.
    pub to: TimeOfDay,
    /// Only windows that begin on a date of one of these kinds; empty: every date.
    #[cfg_attr(feature = "serde", serde(default))]
    pub days: Vec<DayKind>,
    /// A shift or group with less than this inside the window has nothing inside it. Default 0.
    #[cfg_attr(feature = "serde", serde(default))]
    pub min_s: i64,
    /// Rate in basis points of the rate of that hour: 11000 is ten per cent more. Default 10000.
    #[cfg_attr(feature = "serde", serde(default = "plain"))]
    pub rate_bp: u32,
}

#[cfg(feature = "serde")]
const fn plain() -> u32 {
    WHOLE_BP
}

impl Overlay {
    /// A window on every date.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, from: TimeOfDay, to: TimeOfDay) -> Self {
        Self {
            name: name.into(),
            from,
            to,
            days: Vec::new(),
            min_s: 0,
            rate_bp: WHOLE_BP,
        }
    }
}

/// What the work of dates of some kinds is paid: one row of the stacking table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DayKindRate {
    /// Kinds the date must have, all of them. The first row that fits holds, so the more special ones come first.
    pub kinds: Vec<DayKind>,
    /// Rate of all its seconds, in basis points.
    pub rate_bp: u32,
    /// Rate of its overtime on top of that, instead of the tier's; `None`: the tier's.
    #[cfg_attr(feature = "serde", serde(default))]
    pub overtime_bp: Option<u32>,
}

impl DayKindRate {
    /// A row.
    #[must_use]
    pub fn new(
        kinds: impl IntoIterator<Item = &'static str>,
        rate_bp: u32,
        overtime_bp: Option<u32>,
    ) -> Self {
        Self {
            kinds: kinds.into_iter().map(DayKind::from).collect(),
            rate_bp,
            overtime_bp,
        }
    }
}
