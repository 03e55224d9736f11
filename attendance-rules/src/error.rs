//! What can be wrong with an input, told all at once.

use core::fmt;

/// Which kind of mistake a [`Fault`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FaultKind {
    /// The request is not the JSON that was expected: wrong syntax, type, or an unknown field.
    Schema,
    /// A number, date or text is outside its documented limits.
    OutOfRange,
    /// More shifts, punches, breaks, items or bytes than the documented limit.
    TooMany,
    /// An id stands for two different things.
    Duplicate,
    /// An end does not come after its start, or two breaks overlap.
    Order,
    /// A zone name for which no table was supplied.
    UnknownZone,
    /// Zone data that cannot be used.
    ZoneData,
    /// Two fields of a policy cannot both be meant.
    Contradiction,
}

impl FaultKind {
    /// The stable name, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::OutOfRange => "out_of_range",
            Self::TooMany => "too_many",
            Self::Duplicate => "duplicate",
            Self::Order => "order",
            Self::UnknownZone => "unknown_zone",
            Self::ZoneData => "zone_data",
            Self::Contradiction => "contradiction",
        }
    }
}

/// One mistake: where it is and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Fault {
    /// Key of the batch item the fault belongs to; `None` for the policy, the request as a whole, or a call of the typed API.
    pub item: Option<String>,
    /// Path of the field, such as `shifts[2].end` or `policy.max_shift_s`.
    pub field: String,
    /// The kind of mistake.
    #[cfg_attr(feature = "serde", serde(rename = "code"))]
    pub kind: FaultKind,
    /// What is wrong and what is allowed, in one sentence.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(field: impl Into<String>, kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            item: None,
            field: field.into(),
            kind,
            message: message.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(item) = &self.item {
            write!(f, "item {item:?}: ")?;
        }
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// The input was refused. It lists every fault that was found, not only the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    faults: Vec<Fault>,
}

impl Error {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self { faults }
    }

    pub(crate) fn one(field: impl Into<String>, kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            faults: vec![Fault::new(field, kind, message)],
        }
    }

    /// Every fault found, in the order of the input.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The faults by value.
    #[must_use]
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.as_slice() {
            [] => f.write_str("the input was refused"),
            [only] => write!(f, "{only}"),
            [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
        }
    }
}

impl core::error::Error for Error {}
