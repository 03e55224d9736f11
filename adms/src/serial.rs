//! The serial number, which is all the identity a pushing terminal has.

use std::fmt;
use std::str::FromStr;

use crate::error::SerialError;

/// Longest serial number in bytes.
const MAX_LEN: usize = 64;

/// The serial number of a terminal, as it sent it: 1 to 64 ASCII letters, digits, `_` and `-`.
///
/// ```
/// # fn main() -> Result<(), punchclock_adms::SerialError> {
/// let serial: punchclock_adms::Serial = "CQZ7231360296".parse()?;
/// assert_eq!(serial.as_str(), "CQZ7231360296");
/// assert!("../../etc".parse::<punchclock_adms::Serial>().is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct Serial(String);

impl Serial {
    /// The serial number as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Serial {
    type Err = SerialError;

    fn from_str(text: &str) -> Result<Self, SerialError> {
        if text.is_empty() {
            return Err(SerialError::Empty);
        }
        if text.len() > MAX_LEN {
            return Err(SerialError::TooLong(text.len()));
        }
        // The serial ends up in paths, logs and replies: nothing that could leave its place there.
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        {
            return Err(SerialError::Character);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Serial {
    type Error = SerialError;

    fn try_from(text: String) -> Result<Self, SerialError> {
        text.parse()
    }
}

impl From<Serial> for String {
    fn from(serial: Serial) -> Self {
        serial.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_limits() {
        assert!("A".repeat(64).parse::<Serial>().is_ok());
        assert_eq!("A".repeat(65).parse::<Serial>(), Err(SerialError::TooLong(65)));
        assert_eq!("".parse::<Serial>(), Err(SerialError::Empty));
    }
}
