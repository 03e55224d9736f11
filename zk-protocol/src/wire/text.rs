//! Text fields of fixed width, in whatever encoding the terminal was set to.

use std::borrow::Cow;
use std::fmt;

/// Text as the terminal keeps it: raw bytes, without the NUL that ends them.
///
/// Terminals write UTF-8, GBK or a Windows code page and do not say which, so the bytes are kept.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct DeviceText(Vec<u8>);

impl DeviceText {
    /// The bytes of a field up to its first NUL; the rest of the field is left-over memory.
    #[must_use]
    pub fn until_nul(field: &[u8]) -> Self {
        Self(field.iter().copied().take_while(|byte| *byte != 0).collect())
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, if it is UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The text with replacement characters where it is not UTF-8.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for DeviceText {
    fn from(text: &str) -> Self {
        Self::until_nul(text.as_bytes())
    }
}

impl fmt::Debug for DeviceText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string_lossy())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for DeviceText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string_lossy())
    }
}
