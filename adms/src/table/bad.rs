//! Lines that could not be read.

use std::fmt;

/// A line that is no record: to be kept as it is, with the reason, and counted.
///
/// `Debug` shows only its length: in most tables it may hold a password or a template. What may be stored of it is
/// told by [`keep`](crate::semantics::keep).
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BadLine<'a> {
    /// The line without its end.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::text::lossy"))]
    pub raw: &'a [u8],
    /// Why it is no record.
    pub reason: BadLineReason,
}

impl<'a> BadLine<'a> {
    pub(crate) const fn new(raw: &'a [u8], reason: BadLineReason) -> Self {
        Self { raw, reason }
    }
}

impl fmt::Debug for BadLine<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BadLine")
            .field("raw_bytes", &self.raw.len())
            .field("reason", &self.reason)
            .finish()
    }
}

/// Why a line is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum BadLineReason {
    /// The PIN is missing or empty.
    NoPin,
    /// The PIN is not UTF-8.
    PinEncoding,
    /// The PIN holds a control character.
    PinControl,
    /// The PIN has more than 24 characters.
    PinTooLong,
    /// There is no time.
    NoTime,
    /// The time cannot be read, or is a day that the calendar does not have.
    Time,
    /// The line has more bytes than the table allows.
    TooLong,
    /// An operation has no number.
    Code,
    /// There is no `key=value` where there must be one.
    NoPairs,
    /// A door event has no number.
    Event,
    /// The lines in front of a picture do not end, or name no file.
    PhotoHeader,
}

impl fmt::Display for BadLineReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoPin => "the PIN is missing or empty",
            Self::PinEncoding => "the PIN is not UTF-8",
            Self::PinControl => "the PIN holds a control character",
            Self::PinTooLong => "the PIN has more than 24 characters",
            Self::NoTime => "there is no time",
            Self::Time => "the time is not YYYY-MM-DD hh:mm:ss or not in the calendar",
            Self::TooLong => "the line is too long",
            Self::Code => "the operation has no number",
            Self::NoPairs => "there is no key=value",
            Self::Event => "the event has no number",
            Self::PhotoHeader => "the lines in front of the picture do not end or name no file",
        })
    }
}
