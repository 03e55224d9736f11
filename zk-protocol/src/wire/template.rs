//! Finger templates: the table, and the batch in which users and templates are uploaded together.
//!
//! Sources: zk-protocol `data-template.md`; a captured upload of pyzk 0.9 (`tests/vectors/requests_pyzk.json`). What is inside a template
//! is the vendor's; it is carried, never looked into, and `Debug` does not show it.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use nom::number::complete::{le_u16, u8 as byte};
use nom::{IResult, Parser};

use super::user::{User, UserWidth};

/// Bytes before the data of an entry.
const ENTRY_HEAD: usize = 6;

/// One finger of one user.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Template {
    /// Whose: the terminal's internal number.
    pub uid: u16,
    /// Which finger, 0 to 9.
    pub finger: u8,
    /// 0 invalid, 1 valid, 3 duress.
    pub flag: u8,
    /// The vendor's data, 500 to 1,700 bytes.
    pub data: Bytes,
}

impl Template {
    /// A valid template.
    #[must_use]
    pub fn new(uid: u16, finger: u8, data: impl Into<Bytes>) -> Self {
        Self {
            uid,
            finger,
            flag: 1,
            data: data.into(),
        }
    }

    /// The template out of the data of a [`GET_USERTEMP`](super::Command::GET_USERTEMP): its last byte is padding, and the six zeros
    /// some terminals put before it are too (pyzk, as observed).
    #[must_use]
    pub fn from_single(uid: u16, finger: u8, data: &Bytes) -> Self {
        let mut length = data.len().saturating_sub(1);
        if let Some(before) = length.checked_sub(6)
            && data
                .get(before..length)
                .is_some_and(|six| six.iter().all(|byte| *byte == 0))
        {
            length = before;
        }
        Self::new(uid, finger, data.slice(..length))
    }

    /// The entries of a table of templates, and the bytes after the last whole one.
    #[must_use]
    pub fn decode_table(records: &Bytes) -> (Vec<Self>, Bytes) {
        let mut rest = records.clone();
        let mut templates = Vec::new();
        while let Some((template, length)) = entry(&rest) {
            templates.push(template);
            rest = rest.slice(length..);
        }
        (templates, rest)
    }

    /// Appends the entry of a table.
    pub fn encode(&self, out: &mut BytesMut) {
        out.put_u16_le(u16::try_from(ENTRY_HEAD + self.data.len()).unwrap_or(u16::MAX));
        out.put_u16_le(self.uid);
        out.put_u8(self.finger);
        out.put_u8(self.flag);
        out.put_slice(&self.data);
    }
}

fn entry(bytes: &Bytes) -> Option<(Template, usize)> {
    let parsed: IResult<&[u8], (u16, u16, u8, u8)> = (le_u16, le_u16, byte, byte).parse(bytes);
    let (_, (size, uid, finger, flag)) = parsed.ok()?;
    let length = usize::from(size);
    if length < ENTRY_HEAD || length > bytes.len() {
        return None;
    }
    let template = Template {
        uid,
        finger,
        flag,
        data: bytes.slice(ENTRY_HEAD..length),
    };
    Some((template, length))
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("uid", &self.uid)
            .field("finger", &self.finger)
            .field("flag", &self.flag)
            .field("bytes", &self.data.len())
            .finish()
    }
}

/// The upload of users and their templates in one go: three sizes, the users with a 2 before each, where each template begins, and the
/// templates.
#[must_use]
pub fn encode_batch(width: UserWidth, users: &[User], templates: &[Template]) -> Bytes {
    let (mut people, mut places, mut fingers) = (BytesMut::new(), BytesMut::new(), BytesMut::new());
    for user in users {
        people.put_u8(2);
        people.put_slice(&user.encode(width));
    }
    for template in templates {
        places.put_u8(2);
        places.put_u16_le(template.uid);
        places.put_u8(0x10 + (template.finger & 0x0F));
        places.put_u32_le(size(fingers.len()));
        fingers.put_u16_le(u16::try_from(template.data.len()).unwrap_or(u16::MAX));
        fingers.put_slice(&template.data);
    }
    let mut out = BytesMut::with_capacity(12 + people.len() + places.len() + fingers.len());
    for part in [&people, &places, &fingers] {
        out.put_u32_le(size(part.len()));
    }
    for part in [people, places, fingers] {
        out.put_slice(&part);
    }
    out.freeze()
}

/// Reads a batch; `None` when it is not one.
#[must_use]
pub fn decode_batch(batch: &Bytes) -> Option<(Vec<User>, Vec<Template>)> {
    let sizes = batch.get(..12)?.as_chunks::<4>().0;
    let mut sizes = sizes
        .iter()
        .map(|size| usize::try_from(u32::from_le_bytes(*size)));
    let mut rest = batch.slice(12..);
    let mut part = || {
        let size = sizes.next()?.ok()?;
        (size <= rest.len()).then(|| rest.split_to(size))
    };
    let (people, places, fingers) = (part()?, part()?, part()?);
    let width = [UserWidth::Long, UserWidth::Short]
        .into_iter()
        .find(|width| people.len().is_multiple_of(width.bytes() + 1))?;
    let users = people
        .chunks_exact(width.bytes() + 1)
        .map(|user| User::decode(width, user.get(1..)?))
        .collect::<Option<Vec<_>>>()?;
    let template = |place: &[u8]| {
        let (_, uid_a, uid_b, finger) = (place.first()?, place.get(1)?, place.get(2)?, place.get(3)?);
        let offset = u32::from_le_bytes(place.get(4..8)?.try_into().ok()?);
        let at = usize::try_from(offset).ok()?;
        let size = u16::from_le_bytes(fingers.get(at..at.checked_add(2)?)?.try_into().ok()?);
        let end = (at + 2).checked_add(size.into())?;
        (end <= fingers.len()).then(|| {
            Template::new(
                u16::from_le_bytes([*uid_a, *uid_b]),
                finger & 0x0F,
                fingers.slice(at + 2..end),
            )
        })
    };
    let templates = places.chunks_exact(8).map(template).collect::<Option<Vec<_>>>()?;
    Some((users, templates))
}

fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The data that commits an uploaded batch ([`SAVE_USERTEMPS`](super::Command::SAVE_USERTEMPS)).
#[must_use]
pub fn save_batch() -> Bytes {
    Bytes::from_static(&[12, 0, 0, 0, 0, 0, 8, 0])
}

/// The data that commits one uploaded template ([`TMP_WRITE`](super::Command::TMP_WRITE)).
#[must_use]
pub fn commit(template: &Template) -> Bytes {
    let mut out = BytesMut::with_capacity(6);
    out.put_u16_le(template.uid);
    out.put_u8(template.finger);
    out.put_u8(template.flag);
    out.put_u16_le(u16::try_from(template.data.len()).unwrap_or(u16::MAX));
    out.freeze()
}

/// The data that names one finger of one user.
#[must_use]
pub fn finger(uid: u16, finger: u8) -> Bytes {
    let [low, high] = uid.to_le_bytes();
    Bytes::copy_from_slice(&[low, high, finger])
}
