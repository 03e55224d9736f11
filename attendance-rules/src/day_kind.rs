//! What a date is: a workday, a rest day, a holiday of some kind, or several at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;

/// Name of a kind of day. Five names have a meaning of their own to the presets; any other is the caller's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "String", into = "String")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
pub struct DayKind(Arc<str>);

impl DayKind {
    /// An ordinary working day: the kind of every date for which no facts were given.
    pub const WORKDAY: &'static str = "workday";
    /// The weekly day of rest, whichever weekday it is.
    pub const REST_DAY: &'static str = "rest_day";
    /// A special (non-working) day.
    pub const SPECIAL_DAY: &'static str = "special_day";
    /// A regular holiday.
    pub const HOLIDAY: &'static str = "holiday";
    /// Two regular holidays on one date.
    pub const DOUBLE_HOLIDAY: &'static str = "double_holiday";

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for DayKind {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for DayKind {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl From<DayKind> for String {
    fn from(kind: DayKind) -> Self {
        (*kind.0).to_owned()
    }
}

/// What the calendar says of one date. A date without facts is a workday.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DayFacts {
    /// The date.
    pub date: NaiveDate,
    /// Its kinds. A date that is not a workday asks for no work: whatever is worked is over its norm. Empty means a workday.
    #[cfg_attr(feature = "serde", serde(default))]
    pub kinds: BTreeSet<DayKind>,
    /// Seconds of work asked for on this date whatever the shifts say (Ramadan hours, half holidays); `None`: what the shifts ask for.
    #[cfg_attr(feature = "serde", serde(default))]
    pub norm_s: Option<i64>,
}

impl DayFacts {
    /// Facts of a date with the kinds given.
    #[must_use]
    pub fn new(date: NaiveDate, kinds: impl IntoIterator<Item = DayKind>) -> Self {
        Self {
            date,
            kinds: kinds.into_iter().collect(),
            norm_s: None,
        }
    }

    /// Sets the seconds of work asked for.
    #[must_use]
    pub const fn with_norm(mut self, norm_s: i64) -> Self {
        self.norm_s = Some(norm_s);
        self
    }

    /// Whether work is asked for on this date.
    #[must_use]
    pub fn is_workday(&self) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.as_str() == DayKind::WORKDAY)
    }

    /// Whether the date has a kind; a date without kinds has `workday`.
    #[must_use]
    pub fn has(&self, kind: &DayKind) -> bool {
        self.kinds.contains(kind) || (kind.as_str() == DayKind::WORKDAY && self.is_workday())
    }

    /// Whether a date of which nothing, or this, is known has a kind.
    pub(crate) fn known_as(facts: Option<&Self>, kind: &DayKind) -> bool {
        facts.map_or_else(|| kind.as_str() == DayKind::WORKDAY, |facts| facts.has(kind))
    }
}
