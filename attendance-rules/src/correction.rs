//! Corrections of punches: events beside them, never edits.

use crate::punch::{Punch, PunchId, PunchTime};

/// What a person changed about the punches, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Correction {
    /// Unique name among the corrections; they are applied in the order of their ids.
    pub id: PunchId,
    /// What is changed.
    pub change: Change,
    /// Why; it is for people and changes no figure.
    pub reason: String,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The punch does not count.
    Void(PunchId),
    /// The punch was made at another time.
    Replace(PunchId, PunchTime),
    /// A punch that no terminal has.
    Add(Punch),
}

impl Correction {
    /// A correction.
    #[must_use]
    pub fn new(id: impl Into<PunchId>, change: Change, reason: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            change,
            reason: reason.into(),
        }
    }
}
