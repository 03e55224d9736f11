//! Which punches are one, which belong together, and which date they count for.

/// Among which punches a repeated tap is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum DedupScope {
    /// Among all punches of the person.
    #[default]
    All,
    /// Among the punches at terminals of one site: terminals of one zone.
    Site,
    /// Among the punches at one terminal.
    Device,
}

/// Which date the work of a shift, or of a group without a shift, counts for. TimeTrex knows the same four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum DayMode {
    /// The date the shift carries (normally that of its start); without a shift, the date of the first punch.
    #[default]
    ShiftStart,
    /// The date on which the shift ends; without a shift, that of the last punch that ends a session.
    ShiftEnd,
    /// The date on which most of it was worked; a tie goes to the earlier date.
    MostWorked,
    /// Each date gets what was worked on it: a night becomes two entries.
    SplitMidnight,
}

/// Which shift a punch belongs to when the hours of two shifts overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum OverlapRule {
    /// The one with an open session, then the one with the nearest start, then the earlier start, then the lower id.
    #[default]
    OpenSession,
    /// The one with the nearest start, then the earlier start, then the lower id.
    NearestStart,
    /// The one that starts earlier, then the lower id.
    EarlierStart,
}
