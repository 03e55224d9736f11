//! The layouts of attendance records and how one record is read in each of them.

use std::fmt;
use std::str::FromStr;

use nom::bytes::complete::take;
use nom::number::complete::{le_u16, le_u32, u8 as byte};
use nom::{IResult, Parser};

use super::record::{RecordRef, UserIdRef};
use crate::wire::datetime::PackedTime;

/// A layout of attendance records. Sources: protocol notes §1.9, which names the dump or report behind each.
///
/// | layout | bytes | fields | seen on |
/// |---|---|---|---|
/// | `W40` | 40 | u16 uid · 24 user id · u8 verify · u32 time · u8 punch · 8 tail | TFT, iFace, K, MB, F |
/// | `W48`, `W49` | 48, 49 | as `W40`, longer tail (mask and temperature) | `SpeedFace`, Mini-TA |
/// | `W36` | 36 | as `W40`, tail of 4 | rare |
/// | `W22` | 22 | u16 uid · 6 user id · 4 zero · u8 flag · u32 time · u8 punch · 4 zero | WL10, WL20, AK3750 |
/// | `W16` | 16 | u32 user id · u32 time · u8 punch · u8 verify · 2 · u32 work code | UDP, extended format |
/// | `W8A` | 8 | u16 uid · u8 verify · u32 time · u8 punch | older |
/// | `W8B` | 8 or 4 | u16 uid · u8 flags · u8 · u32 time | ZEM500, MA300 |
/// | `Long` | 50 to 255 | as `W40`, longer tail | none yet; only with a count that says so |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum AttendanceLayout {
    /// 40 bytes.
    W40,
    /// 49 bytes.
    W49,
    /// 48 bytes.
    W48,
    /// 36 bytes.
    W36,
    /// 22 bytes.
    W22,
    /// 16 bytes. The state comes before the verify mode, as the vendor writes it; some clients swap them.
    W16,
    /// 8 bytes with the time at offset 3.
    W8A,
    /// 8 bytes with the time at offset 4, mixed with short records of 4 bytes that tell the seconds since the last long one.
    W8B,
    /// A 40-byte record with a tail of another length: this many bytes in all.
    Long(u8),
}

/// Bytes of the user id inside the long layouts.
pub(crate) const USER_ID_LEN: usize = 24;

/// Bytes of a short record of the layout [`AttendanceLayout::W8B`].
pub(crate) const SHORT_LEN: usize = 4;

/// The flag of a short record.
const SHORT_FLAG: u8 = 0b100;

impl AttendanceLayout {
    /// Every layout with a width of its own, the most common first.
    pub const ALL: [Self; 8] = [
        Self::W40,
        Self::W49,
        Self::W48,
        Self::W16,
        Self::W22,
        Self::W36,
        Self::W8A,
        Self::W8B,
    ];

    /// Bytes of a (long) record.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::W40 => 40,
            Self::W49 => 49,
            Self::W48 => 48,
            Self::W36 => 36,
            Self::W22 => 22,
            Self::W16 => 16,
            Self::W8A | Self::W8B => 8,
            Self::Long(bytes) => bytes as usize,
        }
    }

    /// Whether records name the person by the terminal's internal number alone, so that only the user table tells who it was.
    #[must_use]
    pub const fn is_by_uid(self) -> bool {
        matches!(self, Self::W8A | Self::W8B)
    }

    /// Bytes of the record that `bytes` begin with.
    pub(crate) fn length_at(self, bytes: &[u8]) -> usize {
        let short = self == Self::W8B && bytes.get(2).is_some_and(|flags| flags & SHORT_FLAG != 0);
        if short { SHORT_LEN } else { self.bytes() }
    }

    /// The fields of one record, without allocation; `None` when it is not exactly as long as the layout. A short record of
    /// [`AttendanceLayout::W8B`] has no time of its own: [`RecordDecoder`](super::RecordDecoder) gives it one.
    #[must_use]
    pub fn read(self, raw: &[u8]) -> Option<RecordRef<'_>> {
        if raw.len() != self.length_at(raw) {
            return None;
        }
        let parsed = match self {
            Self::W40 | Self::W49 | Self::W48 | Self::W36 | Self::Long(_) => long(raw),
            Self::W22 => w22(raw),
            Self::W16 => w16(raw),
            Self::W8A => w8a(raw),
            Self::W8B => w8b(raw),
        };
        let (rest, fields) = parsed.ok()?;
        Some(RecordRef {
            layout: self,
            raw,
            uid: fields.uid,
            user_id: fields.user_id,
            time: PackedTime::new(fields.time),
            verify: fields.verify,
            punch: fields.punch,
            work_code: fields.work_code,
            tail: rest,
        })
    }
}

impl fmt::Display for AttendanceLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::W8A => f.write_str("8a"),
            Self::W8B => f.write_str("8b"),
            other => write!(f, "{}", other.bytes()),
        }
    }
}

/// A text that names no layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no record width: 40, 49, 48, 36, 22, 16, 8a or 8b")]
#[non_exhaustive]
pub struct ParseLayoutError {
    text: String,
}

impl FromStr for AttendanceLayout {
    type Err = ParseLayoutError;

    /// The width in bytes; `8a` and `8b` for the two dialects of eight (`8` is `8a`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "40" => Self::W40,
            "49" => Self::W49,
            "48" => Self::W48,
            "36" => Self::W36,
            "22" => Self::W22,
            "16" => Self::W16,
            "8" | "8a" => Self::W8A,
            "8b" => Self::W8B,
            _ => {
                return Err(ParseLayoutError {
                    text: text.to_owned(),
                });
            }
        })
    }
}

struct Fields<'a> {
    uid: Option<u16>,
    user_id: UserIdRef<'a>,
    time: u32,
    verify: u8,
    punch: u8,
    work_code: Option<u32>,
}

fn long(raw: &[u8]) -> IResult<&[u8], Fields<'_>> {
    let (rest, (uid, id, verify, time, punch)) =
        (le_u16, take(USER_ID_LEN), byte, le_u32, byte).parse(raw)?;
    let fields = Fields {
        uid: Some(uid),
        user_id: UserIdRef::Text(id),
        time,
        verify,
        punch,
        work_code: None,
    };
    Ok((rest, fields))
}

fn w22(raw: &[u8]) -> IResult<&[u8], Fields<'_>> {
    let (rest, (uid, id, _, verify, time, punch)) =
        (le_u16, take(6_usize), take(4_usize), byte, le_u32, byte).parse(raw)?;
    let fields = Fields {
        uid: Some(uid),
        user_id: UserIdRef::Text(id),
        time,
        // Always 1 where it was seen: the terminals know fingers only.
        verify,
        punch,
        work_code: None,
    };
    Ok((rest, fields))
}

fn w16(raw: &[u8]) -> IResult<&[u8], Fields<'_>> {
    let (rest, (id, time, punch, verify, _, work_code)) =
        (le_u32, le_u32, byte, byte, le_u16, le_u32).parse(raw)?;
    let fields = Fields {
        uid: None,
        user_id: UserIdRef::Number(id),
        time,
        verify,
        punch,
        work_code: Some(work_code),
    };
    Ok((rest, fields))
}

fn w8a(raw: &[u8]) -> IResult<&[u8], Fields<'_>> {
    let (rest, (uid, verify, time, punch)) = (le_u16, byte, le_u32, byte).parse(raw)?;
    Ok((rest, by_uid(uid, verify, time, punch)))
}

/// The flags: bits 7–5 the state, 4–3 the verify mode, 2 a short record (vendor manual 2006, dumps of pyzk #99).
fn w8b(raw: &[u8]) -> IResult<&[u8], Fields<'_>> {
    let (rest, (uid, flags, _)) = (le_u16, byte, byte).parse(raw)?;
    let (rest, time) = if flags & SHORT_FLAG == 0 {
        le_u32.parse(rest)?
    } else {
        (rest, 0)
    };
    Ok((rest, by_uid(uid, flags >> 3 & 0b11, time, flags >> 5)))
}

fn by_uid<'a>(uid: u16, verify: u8, time: u32, punch: u8) -> Fields<'a> {
    Fields {
        uid: Some(uid),
        user_id: UserIdRef::Uid(uid),
        time,
        verify,
        punch,
        work_code: None,
    }
}

/// Seconds since the last long record, of a short one: bits 1–0 of the flags and the byte after them.
pub(crate) fn short_offset(raw: &[u8]) -> Option<u16> {
    match raw {
        [_, _, flags, low] if flags & SHORT_FLAG != 0 => Some(u16::from_be_bytes([flags & 0b11, *low])),
        _ => None,
    }
}
