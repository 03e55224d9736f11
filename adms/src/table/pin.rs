//! The number under which a person is enrolled.

use super::bad::BadLineReason;

/// Longest PIN in characters: the width of the terminals' own column (`User_PIN varchar(24)`).
pub(crate) const MAX_PIN: usize = 24;

/// A PIN as sent: text of 1 to 24 characters, leading zeros included.
#[inline]
pub(super) fn read(column: &[u8]) -> Result<&str, BadLineReason> {
    // The usual PIN: the fewer looks at each byte, the better.
    if column.len() <= MAX_PIN
        && !column.is_empty()
        && column
            .iter()
            .fold(true, |usual, byte| usual & byte.is_ascii_graphic())
        && let Ok(text) = std::str::from_utf8(column)
    {
        return Ok(text);
    }
    read_unusual(std::str::from_utf8(column).map_err(|_| BadLineReason::PinEncoding)?)
}

#[cold]
fn read_unusual(text: &str) -> Result<&str, BadLineReason> {
    if text.trim().is_empty() {
        return Err(BadLineReason::NoPin);
    }
    if text.chars().any(char::is_control) {
        return Err(BadLineReason::PinControl);
    }
    if text.chars().count() > MAX_PIN {
        return Err(BadLineReason::PinTooLong);
    }
    Ok(text)
}
