//! Short messages shown on the terminal: packed to the byte, which one client gets wrong (pyzk issue 46).
//!
//! u8 tag · u16 number · u16 minutes · u16 0 · u32 packed start · 60 bytes text and a NUL.

use bytes::{BufMut, Bytes, BytesMut};
use nom::bytes::complete::take;
use nom::number::complete::{le_u16, le_u32, u8 as byte};
use nom::{IResult, Parser};

use super::datetime::PackedTime;
use super::text::{self, DeviceText};

/// Bytes of the text.
const TEXT_LEN: usize = 60;

/// For whom a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Audience {
    /// 253: everybody.
    Public,
    /// 254: the users it is given to.
    Personal,
    /// Any other number.
    Unknown(u8),
}

/// A short message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShortMessage {
    /// For whom.
    pub audience: Audience,
    /// Its number.
    pub number: u16,
    /// How long it is shown; 0 for ever.
    pub minutes: u16,
    /// From when, as packed on the wire.
    pub start: PackedTime,
    /// What it says, in the terminal's encoding.
    pub text: DeviceText,
}

impl ShortMessage {
    /// A message for everybody, for ever.
    #[must_use]
    pub fn new(number: u16, start: PackedTime, text: DeviceText) -> Self {
        Self {
            audience: Audience::Public,
            number,
            minutes: 0,
            start,
            text,
        }
    }

    /// Reads a message; `None` when there are too few bytes. A text cut short is taken as it is.
    #[must_use]
    pub fn decode(data: &[u8]) -> Option<Self> {
        let (text, (tag, number, minutes, start)) = fields(data).ok()?;
        Some(Self {
            audience: match tag {
                253 => Audience::Public,
                254 => Audience::Personal,
                other => Audience::Unknown(other),
            },
            number,
            minutes,
            start: PackedTime::new(start),
            text: DeviceText::until_nul(text.get(..TEXT_LEN).unwrap_or(text)),
        })
    }

    /// The data of a write. A text longer than 60 bytes is cut; [`TextEncoding::encode_within`](super::TextEncoding::encode_within)
    /// cuts between characters.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(11 + TEXT_LEN + 1);
        out.put_u8(match self.audience {
            Audience::Public => 253,
            Audience::Personal => 254,
            Audience::Unknown(other) => other,
        });
        out.put_u16_le(self.number);
        out.put_u16_le(self.minutes);
        out.put_u16_le(0);
        out.put_u32_le(self.start.raw());
        text::put(&mut out, self.text.as_bytes(), TEXT_LEN);
        out.put_u8(0);
        out.freeze()
    }
}

fn fields(data: &[u8]) -> IResult<&[u8], (u8, u16, u16, u32)> {
    let (rest, (tag, number, minutes, _, start)) =
        (byte, le_u16, le_u16, take(2_usize), le_u32).parse(data)?;
    Ok((rest, (tag, number, minutes, start)))
}
