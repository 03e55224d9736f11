//! The small tables: failures inside the terminal, identity cards, work codes.

use super::bad::BadLineReason;
use super::pairs::Pairs;
use super::pin;
use crate::text::Text;

/// A failure inside the terminal (`ERRORLOG`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ErrorEntry<'a> {
    /// The terminal's number for it.
    pub code: Option<Text<'a>>,
    /// Its words.
    pub message: Option<Text<'a>>,
    /// `cmd` for a command, `dev` for the terminal itself.
    pub origin: Option<Text<'a>>,
    /// The command, if one was the cause.
    pub command_id: Option<Text<'a>>,
    /// All pairs, unknown ones included.
    pub pairs: Pairs<'a>,
}

impl<'a> ErrorEntry<'a> {
    pub(super) fn read(pairs: Pairs<'a>) -> Result<Self, BadLineReason> {
        // A line without any pair says nothing that could be typed.
        pairs.iter().next().ok_or(BadLineReason::NoPairs)?;
        Ok(Self {
            code: pairs.get("ErrCode"),
            message: pairs.get("ErrMsg"),
            origin: pairs.get("DataOrigin"),
            command_id: pairs.get("CmdId"),
            pairs,
        })
    }
}

/// Data of a national identity card (`IDCARD`). All of it is kept out of `Debug`, serde and what may be stored: names,
/// numbers and birthdays of people who only held their card to a reader.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdCard<'a> {
    /// Whose it is at the terminal, if they are enrolled.
    pub pin: Option<&'a str>,
    /// All pairs.
    pub pairs: Pairs<'a>,
}

impl<'a> IdCard<'a> {
    pub(super) fn read(pairs: Pairs<'a>) -> Result<Self, BadLineReason> {
        pairs.iter().next().ok_or(BadLineReason::NoPairs)?;
        let pin = match pairs.bytes("PIN") {
            None | Some([]) => None,
            Some(pin) => Some(pin::read(pin)?),
        };
        Ok(Self { pin, pairs })
    }
}

impl std::fmt::Debug for IdCard<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("IdCard")
            .field("pin", &self.pin)
            .field("bytes", &self.pairs.as_bytes().len())
            .finish()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for IdCard<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("pin", self.pin)])
    }
}

/// A work code and its name (`WORKCODE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct WorkCode<'a> {
    /// The terminal's own number of the entry.
    pub pin: Option<&'a str>,
    /// The code that people enter and that a punch carries.
    pub code: &'a str,
    /// Its name.
    pub name: Option<Text<'a>>,
    /// All pairs, unknown ones included.
    pub pairs: Pairs<'a>,
}

impl<'a> WorkCode<'a> {
    pub(super) fn read(pairs: Pairs<'a>) -> Result<Self, BadLineReason> {
        Ok(Self {
            pin: pairs.str("PIN"),
            code: pairs.str("CODE").ok_or(BadLineReason::NoPairs)?,
            name: pairs.get("NAME"),
            pairs,
        })
    }
}
