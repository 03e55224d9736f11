//! `ATTLOG`: punches, one a line, columns by position.
//!
//! Terminals send 2 to 16 columns, often with a TAB after the last. The first five are the same everywhere:
//! PIN, local time, status, verify mode, work code; what follows depends on the model and is kept as it is.

use std::fmt;

use chrono::NaiveDateTime;

use super::lines;
use crate::time;

/// Longest line that is read, in bytes. The longest known carries some hundred bytes of base64 in its 12th column.
const MAX_LINE: usize = 4096;

/// Longest PIN in characters: the width of the terminals' own column.
const MAX_PIN: usize = 24;

/// Columns before [`AttLogLine::extra`].
const NAMED_COLUMNS: usize = 5;

/// The lines of an `ATTLOG` body: one item for each line that is not empty, in order.
///
/// A line that is no punch is a [`BadLine`] with its bytes and never costs its neighbours. The number of items is what
/// [`Reply::ok_count`](crate::Reply::ok_count) must report once all of them, bad ones too, are stored.
///
/// ```
/// let body = b"100\t2024-01-01 08:00:00\t0\t1\t0\njunk\n300\t2024-01-01 09:00:00";
/// let (good, bad): (Vec<_>, Vec<_>) = punchclock_adms::attlog::lines(body).partition(Result::is_ok);
/// assert_eq!((good.len(), bad.len()), (2, 1));
/// ```
pub fn lines(body: &[u8]) -> impl Iterator<Item = Result<AttLogLine<'_>, BadLine<'_>>> {
    lines::lines(body).map(|raw| AttLogLine::read(raw).map_err(|reason| BadLine { raw, reason }))
}

/// A punch, borrowed from the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AttLogLine<'a> {
    /// The person's number at the terminal, as sent: text of up to 24 characters, leading zeros included.
    pub pin: &'a str,
    /// The terminal's wall clock at the punch.
    pub time: NaiveDateTime,
    /// 0 in, 1 out, 2 break out, 3 break in, 4 overtime in, 5 overtime out, 255 none; `None` when missing or no number.
    pub status: Option<u8>,
    /// How the person was recognised. The numbers differ between dialects. `None` when missing or no number.
    pub verify: Option<u8>,
    /// The work code, possibly empty; `None` when missing or not UTF-8.
    pub work_code: Option<&'a str>,
    /// The columns after the work code.
    pub extra: Extra<'a>,
    /// The whole line without its end.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serde_text::lossy"))]
    pub raw: &'a [u8],
}

impl<'a> AttLogLine<'a> {
    fn read(raw: &'a [u8]) -> Result<Self, BadLineReason> {
        if raw.len() > MAX_LINE {
            return Err(BadLineReason::TooLong);
        }
        let mut columns = raw.splitn(NAMED_COLUMNS + 1, |&byte| byte == b'\t');
        let pin = pin(columns.next().unwrap_or_default())?;
        let time = columns.next().ok_or(BadLineReason::NoTime)?;
        let time = time::parse(time.trim_ascii()).ok_or(BadLineReason::Time)?;
        let mut text = || columns.next().and_then(|column| std::str::from_utf8(column).ok());
        // PIN and time make a punch. A strange status is no reason to hold it back; it stays readable in `raw`.
        let status = text().and_then(|status| status.trim().parse().ok());
        let verify = text().and_then(|verify| verify.trim().parse().ok());
        let work_code = text();
        Ok(Self {
            pin,
            time,
            status,
            verify,
            work_code,
            extra: Extra(columns.next()),
            raw,
        })
    }

    /// All columns as sent. A TAB at the end of the line makes an empty last column.
    pub fn columns(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.raw.split(|&byte| byte == b'\t')
    }
}

fn pin(column: &[u8]) -> Result<&str, BadLineReason> {
    let pin = std::str::from_utf8(column).map_err(|_| BadLineReason::PinEncoding)?;
    if pin.trim().is_empty() {
        return Err(BadLineReason::NoPin);
    }
    if pin.chars().any(char::is_control) {
        return Err(BadLineReason::PinControl);
    }
    if pin.chars().count() > MAX_PIN {
        return Err(BadLineReason::PinTooLong);
    }
    Ok(pin)
}

/// The columns of a line after the work code, kept as sent.
///
/// Their meaning depends on the model: mask, temperature, a running record number, an offset in seconds, job codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extra<'a>(Option<&'a [u8]>);

impl<'a> Extra<'a> {
    /// The columns, first the sixth of the line.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.0
            .into_iter()
            .flat_map(|rest| rest.split(|&byte| byte == b'\t'))
    }

    /// Whether the line ends before the sixth column.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Extra<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(String::from_utf8_lossy))
    }
}

/// A line that is no punch: to be kept as it is, with the reason, and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BadLine<'a> {
    /// The line without its end.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serde_text::lossy"))]
    pub raw: &'a [u8],
    /// Why it is no punch.
    pub reason: BadLineReason,
}

/// Why a line is no punch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum BadLineReason {
    /// The PIN is empty.
    NoPin,
    /// The PIN is not UTF-8.
    PinEncoding,
    /// The PIN holds a control character.
    PinControl,
    /// The PIN has more than 24 characters.
    PinTooLong,
    /// There is no second column.
    NoTime,
    /// The second column is no time, or a day that the calendar does not have.
    Time,
    /// The line has more than 4096 bytes.
    TooLong,
}

impl fmt::Display for BadLineReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoPin => "the PIN is empty",
            Self::PinEncoding => "the PIN is not UTF-8",
            Self::PinControl => "the PIN holds a control character",
            Self::PinTooLong => "the PIN has more than 24 characters",
            Self::NoTime => "there is no time",
            Self::Time => "the time is not YYYY-MM-DD hh:mm:ss or not in the calendar",
            Self::TooLong => "the line has more than 4096 bytes",
        })
    }
}
