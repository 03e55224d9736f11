//! Rounding: of punches, or of totals, never of both.

/// All rounding rules. The default rounds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Rounding {
    /// The ins.
    #[cfg_attr(feature = "serde", serde(rename = "in"))]
    pub come: Option<RoundRule>,
    /// The outs.
    #[cfg_attr(feature = "serde", serde(rename = "out"))]
    pub go: Option<RoundRule>,
    /// `true` (the default): only the first in and the last out are rounded, breaks stay as punched. (California forbids rounding meals:
    /// Donohue v. AMN Services, 2021; from memory.)
    #[cfg_attr(feature = "serde", serde(default = "yes"))]
    pub meal_exempt: MealExempt,
    /// The totals of a day, each tier for itself. Excludes the two above.
    pub totals: Option<RoundTotals>,
}

#[cfg(feature = "serde")]
const fn yes() -> MealExempt {
    MealExempt(true)
}

/// Whether meal punches are exempt from rounding; `true` unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(clippy::exhaustive_structs, reason = "a yes or no with another default")]
pub struct MealExempt(pub bool);

impl Default for MealExempt {
    fn default() -> Self {
        Self(true)
    }
}

/// How one kind of punch is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RoundRule {
    /// The unit in seconds; it divides an hour.
    pub unit_s: i64,
    /// Which way.
    pub mode: RoundMode,
    /// `down`: this close before the next unit goes up; `up`: this close after the last unit goes down. The other modes do not use it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub grace_s: i64,
}

impl RoundRule {
    /// A rule without grace.
    #[must_use]
    pub const fn new(unit_s: i64, mode: RoundMode) -> Self {
        Self {
            unit_s,
            mode,
            grace_s: 0,
        }
    }

    /// Sets the grace.
    #[must_use]
    pub const fn with_grace(mut self, grace_s: i64) -> Self {
        self.grace_s = grace_s;
        self
    }
}

/// Which way a time is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum RoundMode {
    /// To the unit before.
    Down,
    /// To the next unit.
    Up,
    /// To the nearest unit; an exact half goes up. (TimeTrex.)
    NearestHalfUp,
    /// To the nearest unit; an exact half goes down. (Kimai "closest".)
    NearestHalfDown,
    /// Seconds are cut off, then to the nearest: the seven-minute rule of DOL Fact Sheet 53.
    NearestPartialMinDown,
}

/// How the totals of a day are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RoundTotals {
    /// The unit in seconds; it divides an hour.
    pub unit_s: i64,
    /// Which way.
    pub mode: RoundMode,
}

impl RoundTotals {
    /// A rule for totals.
    #[must_use]
    pub const fn new(unit_s: i64, mode: RoundMode) -> Self {
        Self { unit_s, mode }
    }
}
