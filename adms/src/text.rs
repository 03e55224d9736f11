//! A terminal's text: UTF-8, or GB18030 where its language is Chinese (§1.1 of the protocol notes).

use std::borrow::Cow;
use std::fmt;

use encoding_rs::GB18030;

/// The menu language of a terminal that writes GB2312 or GB18030.
const SIMPLIFIED_CHINESE: u16 = 83;

/// How a terminal writes text, and wants it written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Charset {
    /// All but the next.
    #[default]
    Utf8,
    /// Attendance terminals whose menu language is 83, simplified Chinese.
    Gb18030,
}

impl Charset {
    /// The charset of a terminal with this menu language ([`Handshake::language`](crate::Handshake::language)).
    #[must_use]
    pub const fn of_language(language: Option<u16>) -> Self {
        match language {
            Some(SIMPLIFIED_CHINESE) => Self::Gb18030,
            _ => Self::Utf8,
        }
    }

    /// `text` as the terminal wants it. Every character exists in both charsets.
    #[must_use]
    pub fn encode(self, text: &str) -> Cow<'_, [u8]> {
        match self {
            Self::Utf8 => Cow::Borrowed(text.as_bytes()),
            Self::Gb18030 => GB18030.encode(text).0,
        }
    }
}

/// A text as a terminal sent it: bytes, read as UTF-8 where they are UTF-8 and as GB18030 else.
///
/// ```
/// let body = b"USER PIN=7\tName=\xd5\xc5\xc8\xfd\tPri=0\n";
/// let users: Vec<_> = punchclock_adms::records(&punchclock_adms::Table::OperLog, body).collect();
/// let Ok(punchclock_adms::Record::User(user)) = users[0] else { panic!("a user") };
/// assert_eq!(user.name.unwrap().to_str(), "张三");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes as sent.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The text. Bytes that are neither UTF-8 nor GB18030 become U+FFFD; they stay in [`as_bytes`](Self::as_bytes).
    #[must_use]
    pub fn to_str(&self) -> Cow<'a, str> {
        match std::str::from_utf8(self.0) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => GB18030.decode_without_bom_handling(self.0).0,
        }
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_str(), formatter)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_str(), formatter)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Text<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_str())
    }
}

/// What must not be stored, logged or shown: a password, a card number, a template, a photograph.
///
/// `Debug` and serde show only how many bytes there are; [`expose`](Self::expose) is where a program shows that it means it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret<'a>(&'a [u8]);

impl<'a> Secret<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes as sent.
    #[must_use]
    pub const fn expose(&self) -> &'a [u8] {
        self.0
    }

    /// How many bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret({} bytes)", self.0.len())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Secret<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} bytes", self.0.len()))
    }
}

/// Bytes as text for serde; whoever needs the bytes has the record itself.
#[cfg(feature = "serde")]
pub(crate) fn lossy<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&Text(bytes).to_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_charsets_read_what_they_wrote() {
        for text in ["", "Ann", "张三", "é中€😀"] {
            for charset in [Charset::Utf8, Charset::Gb18030] {
                let bytes = charset.encode(text);
                assert_eq!(Text(&bytes).to_str(), text, "{charset:?}");
            }
        }
    }

    #[test]
    fn bytes_of_no_charset_are_no_panic() {
        let text = Text(b"a\xff\xff");
        assert!(text.to_str().starts_with('a'));
        assert_eq!(text.as_bytes(), b"a\xff\xff");
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret(b"hunter2")), "Secret(7 bytes)");
    }
}
