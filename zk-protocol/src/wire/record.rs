//! Records that arrived whole but do not say something usable.

use std::fmt;

use super::datetime::TimeError;

/// A record of a table that was read completely but cannot be used as it is; its bytes are kept.
///
/// It never hides the records around it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {index}: {reason}")]
#[non_exhaustive]
pub struct BadRecord {
    /// Its place in the table, from 0.
    pub index: usize,
    /// Its bytes.
    pub raw: Vec<u8>,
    /// What is wrong.
    pub reason: BadRecordReason,
}

impl BadRecord {
    pub(crate) fn new(index: usize, raw: &[u8], reason: BadRecordReason) -> Self {
        Self {
            index,
            raw: raw.to_vec(),
            reason,
        }
    }
}

/// Why a record cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadRecordReason {
    /// The day is not in the calendar.
    Time(TimeError),
    /// The clock stood at its very start: the terminal did not know the time.
    ClockNotSet,
    /// There is no user id.
    NoUserId,
    /// The user id is not UTF-8. Guessing it could name another person.
    UserIdNotText,
    /// The bytes are fewer than the layout needs.
    Truncated,
}

impl fmt::Display for BadRecordReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(error) => error.fmt(f),
            Self::ClockNotSet => f.write_str("the terminal's clock was not set"),
            Self::NoUserId => f.write_str("no user id"),
            Self::UserIdNotText => f.write_str("the user id is not text"),
            Self::Truncated => f.write_str("fewer bytes than the layout needs"),
        }
    }
}
