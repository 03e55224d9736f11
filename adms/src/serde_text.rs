//! Bytes of a terminal as text, for serde.

use serde::Serializer;

/// As text; bytes that are not UTF-8 become U+FFFD. Whoever needs the bytes has the record itself.
pub(crate) fn lossy<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}
