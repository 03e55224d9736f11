//! Late, early, absent: what is measured and what is raised.

/// From which times lateness is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum MeasureFrom {
    /// From the rounded punches, where punches are rounded.
    #[default]
    Rounded,
    /// From the punches as made.
    Raw,
}

/// Whether time on the clock outside the shift is worked time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum CountOutside {
    /// It counts.
    #[default]
    Always,
    /// What was approved counts; the rest is shown as ignored and raised.
    Approved,
    /// It earns nothing; it is shown as ignored and raised as an anomaly.
    Never,
}
