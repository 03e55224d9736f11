//! Text fields of fixed width, in whatever encoding the terminal was set to.

use std::borrow::Cow;
use std::fmt;

use bytes::{BufMut, BytesMut};

/// Text as the terminal keeps it: raw bytes, without the NUL that ends them.
///
/// Terminals write UTF-8, GBK or a Windows code page and do not say which, so the bytes are kept; [`TextEncoding`] reads them.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct DeviceText(Vec<u8>);

impl DeviceText {
    /// The bytes of a field up to its first NUL; the rest of the field is left-over memory.
    #[must_use]
    pub fn until_nul(field: &[u8]) -> Self {
        Self(until_nul(field).to_vec())
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

/// The encoding of the texts of a terminal.
///
/// Reading tries strict UTF-8 first, whatever is set: no other encoding in use is likely to look like it by chance. Writing uses what is
/// set. Without the feature `encoding` there is UTF-8 alone.
///
/// ```
/// use punchclock_zk::wire::{DeviceText, TextEncoding};
/// let name = DeviceText::until_nul(b"\xD5\xC5\xC8\xFD\0left over");
/// assert!(TextEncoding::Utf8.decode(&name).lossy);
/// # #[cfg(feature = "encoding")]
/// assert_eq!(TextEncoding::for_label("gbk").ok_or("label")?.decode(&name).text, "张三");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TextEncoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// One of the encodings of the web, by its label: GBK, the Windows code pages and others.
    #[cfg(feature = "encoding")]
    Other(OtherEncoding),
}

/// An encoding that is not UTF-8.
#[cfg(feature = "encoding")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OtherEncoding(&'static encoding_rs::Encoding);

#[cfg(feature = "encoding")]
impl fmt::Debug for OtherEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

/// A text that was read, and whether something in it could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// Whether bytes were replaced because they are nothing in this encoding.
    pub lossy: bool,
}

/// A character the terminal's encoding does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the terminal's encoding cannot write {text:?}")]
#[non_exhaustive]
pub struct Unencodable {
    /// The text.
    pub text: String,
}

impl TextEncoding {
    /// The encoding with this label, as in the encoding standard of the web: `utf-8`, `gbk`, `windows-1251`, `windows-1256`…
    #[must_use]
    pub fn for_label(label: &str) -> Option<Self> {
        let label = label.trim();
        if label.eq_ignore_ascii_case("utf-8") || label.eq_ignore_ascii_case("utf8") {
            return Some(Self::Utf8);
        }
        #[cfg(feature = "encoding")]
        {
            let found = encoding_rs::Encoding::for_label(label.as_bytes())?;
            Some(Self::Other(OtherEncoding(found)))
        }
        #[cfg(not(feature = "encoding"))]
        None
    }

    /// Reads a text: as UTF-8 if it is that, else in this encoding.
    #[must_use]
    pub fn decode(self, text: &DeviceText) -> Decoded {
        if let Some(text) = text.as_str() {
            return Decoded {
                text: text.to_owned(),
                lossy: false,
            };
        }
        match self {
            Self::Utf8 => Decoded {
                text: text.to_string_lossy().into_owned(),
                lossy: true,
            },
            #[cfg(feature = "encoding")]
            Self::Other(OtherEncoding(encoding)) => {
                let (text, lossy) = encoding.decode_without_bom_handling(text.as_bytes());
                Decoded {
                    text: text.into_owned(),
                    lossy,
                }
            }
        }
    }

    /// Writes a text in this encoding.
    ///
    /// # Errors
    /// [`Unencodable`] when it has a character the encoding does not know: a replacement would be another name.
    pub fn encode(self, text: &str) -> Result<DeviceText, Unencodable> {
        match self {
            Self::Utf8 => Ok(DeviceText::from(text)),
            #[cfg(feature = "encoding")]
            Self::Other(OtherEncoding(encoding)) => match encoding.encode(text) {
                (_, _, true) => Err(Unencodable {
                    text: text.to_owned(),
                }),
                (bytes, ..) => Ok(DeviceText::until_nul(&bytes)),
            },
        }
    }

    /// Writes as much of a text as fits into `room` bytes, whole characters only: a character cut in half is what makes names
    /// unreadable on terminals.
    ///
    /// # Errors
    /// As [`TextEncoding::encode`].
    pub fn encode_within(self, text: &str, room: usize) -> Result<DeviceText, Unencodable> {
        let whole = self.encode(text)?;
        if whole.0.len() <= room {
            return Ok(whole);
        }
        let mut fitting = DeviceText::default();
        for (at, character) in text.char_indices() {
            let upto = text.get(..at + character.len_utf8()).unwrap_or(text);
            let longer = self.encode(upto)?;
            if longer.0.len() > room {
                break;
            }
            fitting = longer;
        }
        Ok(fitting)
    }
}

/// The bytes of a field up to its first NUL.
pub(crate) fn until_nul(field: &[u8]) -> &[u8] {
    field
        .iter()
        .position(|byte| *byte == 0)
        .and_then(|end| field.get(..end))
        .unwrap_or(field)
}

/// A text in a field of this width: what does not fit is cut, what is left is zero.
pub(crate) fn put(out: &mut BytesMut, text: &[u8], width: usize) {
    let fitting = text.get(..width).unwrap_or(text);
    out.put_slice(fitting);
    out.put_bytes(0, width - fitting.len());
}
