//! Binary fields.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

/// The content of a binary field, which Odoo writes as base64. An empty field is `false`: read it with
/// [`false_is_none`](crate::false_is_none).
///
/// With `bin_size` in the context Odoo sends a size such as `"12 Kb"` instead, which is not read as content.
///
/// ```
/// use punchclock_odoo::{ApiKey, Binary, Reply, Transport};
///
/// let reply = Reply::new(200, [("Content-Type", "application/json")], br#""aGVs\nbG8=""#.to_vec());
/// let content: Binary = reply.decode(Transport::Json2)?;
/// assert_eq!(content.as_bytes(), b"hello");
/// # Ok::<(), punchclock_odoo::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Binary(Vec<u8>);

impl Binary {
    /// A field with this content.
    pub fn new(content: impl Into<Vec<u8>>) -> Self {
        Self(content.into())
    }

    /// The content.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The content.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A picture of a person has no place in a log.
        write!(f, "Binary({} bytes)", self.0.len())
    }
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut text = String::deserialize(deserializer)?;
        // Python's encoders break lines.
        text.retain(|c| !matches!(c, '\r' | '\n'));
        STANDARD
            .decode(text)
            .map(Self)
            .map_err(|_| de::Error::custom("the content of a binary field is not base64"))
    }
}
