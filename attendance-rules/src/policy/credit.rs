//! Compensatory credit: which approved overtime goes to the time bank, and at what rate.

use std::sync::Arc;

use crate::day_kind::DayKind;
use crate::rate::Ratio;

/// Stage 13: overtime that earns time instead of money.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Credit {
    /// The classes; the first whose kinds the date has takes all its payable overtime. A date that fits none earns no credit. At most 32.
    pub classes: Vec<CreditClass>,
    /// A date with less creditable work than this earns no credit. Default 0.
    pub min_s: i64,
}

/// One class of credit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CreditClass {
    /// Name of the class, as the bank's rules know it.
    pub name: Arc<str>,
    /// Kinds the date must have, all of them; empty: any date.
    #[cfg_attr(feature = "serde", serde(default))]
    pub kinds: Vec<DayKind>,
    /// Seconds credited for a second worked. The bank keeps what does not make a whole second.
    pub rate: Ratio,
}

impl CreditClass {
    /// A class for dates that have all these kinds.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, kinds: impl IntoIterator<Item = DayKind>, rate: Ratio) -> Self {
        Self {
            name: name.into(),
            kinds: kinds.into_iter().collect(),
            rate,
        }
    }
}
