//! Commands to a terminal. A terminal fetches them with its heartbeat, never otherwise.
//!
//! Only verbs that change nothing at the terminal exist so far.

use std::fmt;
use std::str::FromStr;

use crate::error::CommandIdError;

/// Longest id in bytes; firmware of 2008 keeps it in a small buffer.
const MAX_ID: usize = 16;

/// The id of a command: 1 to 16 ASCII letters or digits, unique for the terminal.
///
/// ```
/// use punchclock_adms::CommandId;
/// assert_eq!(CommandId::from(255).as_str(), "FF");
/// assert!("a:b".parse::<CommandId>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CommandId(String);

impl CommandId {
    /// The id as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommandId {
    type Err = CommandIdError;

    fn from_str(text: &str) -> Result<Self, CommandIdError> {
        let fits =
            (1..=MAX_ID).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(CommandIdError)
        }
    }
}

/// In base 16, so that every number fits the 16 characters.
impl From<u64> for CommandId {
    fn from(number: u64) -> Self {
        Self(format!("{number:X}"))
    }
}

/// What a terminal can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verb {
    /// Send the records that were not sent yet, now.
    Log,
    /// Shake hands again, then send what is new. With an attendance stamp of 0 many terminals send everything again.
    Check,
}

impl Verb {
    /// The verb on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "LOG",
            Self::Check => "CHECK",
        }
    }
}

/// A command with its id. Its `Display` is the wire form without the line's end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Command {
    /// What the result will name.
    pub id: CommandId,
    /// What to do.
    pub verb: Verb,
}

impl Command {
    /// A command.
    ///
    /// ```
    /// use punchclock_adms::{Command, Verb};
    /// assert_eq!(Command::new(7, Verb::Log).to_string(), "C:7:LOG");
    /// ```
    #[must_use]
    pub fn new(id: impl Into<CommandId>, verb: Verb) -> Self {
        Self { id: id.into(), verb }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "C:{}:{}", self.id.as_str(), self.verb.name())
    }
}
