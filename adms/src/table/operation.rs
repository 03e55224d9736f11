//! `OPLOG`: what was done at the terminal.

use chrono::NaiveDateTime;

use super::bad::BadLineReason;
#[cfg(feature = "serde")]
use crate::text::Text;
use crate::time;

/// Longest `OPLOG` line that is an operation, in bytes; real ones have about 40.
pub(super) const MAX_OPLOG: usize = 256;

/// An operation at the terminal: an `OPLOG` line of `OPERLOG`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Operation<'a> {
    /// What was done.
    pub code: u16,
    /// The administrator's PIN; `0` for nobody.
    pub admin: &'a str,
    /// The terminal's wall clock.
    pub time: NaiveDateTime,
    values: Values<'a>,
    #[cfg_attr(feature = "serde", serde(skip))]
    raw: &'a [u8],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Values<'a>(&'a [u8]);

#[cfg(feature = "serde")]
impl serde::Serialize for Values<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.split(|&byte| byte == b'\t').map(Text::new))
    }
}

impl<'a> Operation<'a> {
    pub(super) fn read(raw: &'a [u8], rest: &'a [u8]) -> Result<Self, BadLineReason> {
        if raw.len() > MAX_OPLOG {
            return Err(BadLineReason::TooLong);
        }
        let mut columns = rest.splitn(4, |&byte| byte == b'\t');
        let mut text = || columns.next().and_then(|column| std::str::from_utf8(column).ok());
        let code = text().and_then(|code| code.trim().parse().ok());
        let code = code.ok_or(BadLineReason::Code)?;
        let admin = text().ok_or(BadLineReason::NoTime)?;
        if admin.chars().any(char::is_control) {
            return Err(BadLineReason::PinControl);
        }
        let time = text().ok_or(BadLineReason::NoTime)?;
        let time = time::parse(time.trim().as_bytes()).ok_or(BadLineReason::Time)?;
        Ok(Self {
            code,
            admin,
            time,
            values: Values(columns.next().unwrap_or_default()),
            raw,
        })
    }

    /// The values of the operation, usually four; their meaning depends on the code.
    pub fn values(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.values.0.split(|&byte| byte == b'\t')
    }

    /// The whole line without its end.
    #[must_use]
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Whether it explains gaps in the log or jumps of the clock, and so is worth an alarm: data cleared, time set,
    /// factory settings, records deleted.
    #[must_use]
    pub const fn is_alarming(&self) -> bool {
        matches!(self.code, 13 | 21 | 22 | 23)
    }

    /// What was done, in words, as far as all documents agree on the code.
    #[must_use]
    pub const fn meaning(&self) -> Option<&'static str> {
        Some(match self.code {
            0 => "power on",
            1 => "power off",
            2 => "verification failed",
            3 => "alarm",
            4 => "menu entered",
            5 => "setting changed",
            6 => "fingerprint enrolled",
            7 => "password enrolled",
            8 => "card enrolled",
            9 => "user deleted",
            10 => "fingerprint deleted",
            11 => "password deleted",
            12 => "card deleted",
            13 => "data cleared",
            21 => "time set",
            22 => "factory settings restored",
            23 => "records deleted",
            24 => "administrators dropped",
            29 => "door opened",
            30 => "user enrolled",
            32 => "duress",
            _ => return None,
        })
    }
}
