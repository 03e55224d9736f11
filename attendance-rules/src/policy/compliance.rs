//! Checks of the law that change no minute: they only raise `rest_violation`, `missing_meal` and the like.

use crate::anomaly::Severity;

/// One check and how grave its violation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ComplianceRule {
    /// What is checked.
    pub check: ComplianceCheck,
    /// How grave a violation is. Default: a warning.
    #[cfg_attr(feature = "serde", serde(default))]
    pub severity: Severity,
}

impl ComplianceRule {
    /// A check whose violation is a warning.
    #[must_use]
    pub fn new(check: ComplianceCheck) -> Self {
        Self {
            check,
            severity: Severity::default(),
        }
    }
}

/// What is checked. All times in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum ComplianceCheck {
    /// Rest between the last out of one day's work and the first in of the next: `rest_violation`. (Directive 2003/88/EC art. 3: 11 hours.)
    DailyRest {
        /// Least rest.
        min_s: i64,
    },
    /// One uninterrupted rest in every workweek: `rest_violation`. (Art. 5: 24 + 11 hours.)
    WeeklyRest {
        /// Least longest rest.
        min_s: i64,
    },
    /// From first in to last out of a day: `spread_over`. (India, Factories Act s. 56: 10.5 hours.)
    SpreadOver {
        /// Longest spread.
        max_s: i64,
    },
    /// Work of a date, overtime included: `over_norm`. For minors and for absolute daily limits.
    DayLimit {
        /// Most work of a date.
        max_s: i64,
    },
    /// A meal of `min_break_s`, begun before `by_s` of work, when more than `required_over_s` is worked: `missing_meal`. (California 512.)
    Meal {
        /// Required when more than this is worked.
        required_over_s: i64,
        /// It must begin before this much work is done.
        by_s: i64,
        /// Least length of the break.
        min_break_s: i64,
    },
}
