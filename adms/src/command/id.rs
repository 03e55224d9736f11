//! The id by which a result names its command.

use std::str::FromStr;

use crate::error::CommandIdError;

/// Longest id in bytes; firmware of 2008 keeps it in a small buffer.
const MAX_ID: usize = 16;

/// The id of a command: 1 to 16 ASCII letters or digits, unique for the terminal.
///
/// ```
/// use punchclock_adms::command::CommandId;
/// assert_eq!(CommandId::from(255).as_str(), "255");
/// assert!("a:b".parse::<CommandId>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
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

/// In decimal: some servers' and simulators' terminals read an id as a number.
impl From<u32> for CommandId {
    fn from(number: u32) -> Self {
        Self(number.to_string())
    }
}

impl TryFrom<String> for CommandId {
    type Error = CommandIdError;

    fn try_from(text: String) -> Result<Self, CommandIdError> {
        text.parse()
    }
}

impl From<CommandId> for String {
    fn from(id: CommandId) -> Self {
        id.0
    }
}
