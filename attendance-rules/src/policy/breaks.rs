//! Breaks: windows, automatic deduction and addition, the cap of paid ones.

use crate::time_of_day::TimeOfDay;

/// All break rules. The default has none beyond what a shift carries itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BreakRules {
    /// Windows on every date, beside those a shift carries; they hold for work without a shift too. At most 16.
    pub windows: Vec<BreakRule>,
    /// Time taken off when it was worked for long enough. At most 8.
    pub auto_deduct: Vec<AutoDeduct>,
    /// Punched breaks that are paid when it was worked for long enough. At most 8.
    pub auto_add: Vec<AutoAdd>,
    /// Paid break seconds of one shift or group beyond this are not paid; `None`: no cap.
    pub paid_break_cap_s: Option<i64>,
    /// A punched break outside all windows longer than this raises `long_break`; `None`: none does.
    pub long_break_s: Option<i64>,
}

/// A break at a fixed time of the wall clock. An end that is not after the start is on the next date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BreakRule {
    /// First second of the window.
    pub from: TimeOfDay,
    /// First second after it.
    pub to: TimeOfDay,
    /// Whether it counts as worked.
    #[cfg_attr(feature = "serde", serde(default))]
    pub paid: bool,
    /// A punched break in this window shorter than this raises `short_meal`; none at all raises `missing_meal`. `None`: it need not be punched.
    #[cfg_attr(feature = "serde", serde(default))]
    pub min_s: Option<i64>,
    /// A punched break that begins in this window and is longer than this raises `long_meal`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub max_s: Option<i64>,
}

impl BreakRule {
    /// An unpaid window that need not be punched.
    #[must_use]
    pub const fn unpaid(from: TimeOfDay, to: TimeOfDay) -> Self {
        Self {
            from,
            to,
            paid: false,
            min_s: None,
            max_s: None,
        }
    }
}

/// Time taken off automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AutoDeduct {
    /// Taken off when more than this was worked.
    pub after_s: i64,
    /// How much.
    pub amount_s: i64,
    /// `true`: the whole amount at once, so that six hours and a minute earn less than six hours; `false`: no more than what lies over
    /// `after_s`. Default `true`, as products do it.
    #[cfg_attr(feature = "serde", serde(default = "yes"))]
    pub cliff: bool,
    /// Whether breaks that were punched count towards the amount. Default `false`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub count_punched: bool,
}

impl AutoDeduct {
    /// The whole amount when more than `after_s` was worked.
    #[must_use]
    pub const fn new(after_s: i64, amount_s: i64) -> Self {
        Self {
            after_s,
            amount_s,
            cliff: true,
            count_punched: false,
        }
    }
}

#[cfg(feature = "serde")]
const fn yes() -> bool {
    true
}

/// Punched breaks paid automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AutoAdd {
    /// Paid when more than this was worked.
    pub after_s: i64,
    /// How many seconds of punched breaks are paid at most, the first ones first.
    pub amount_s: i64,
}

impl AutoAdd {
    /// Up to `amount_s` when more than `after_s` was worked.
    #[must_use]
    pub const fn new(after_s: i64, amount_s: i64) -> Self {
        Self { after_s, amount_s }
    }
}
