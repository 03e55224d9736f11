//! Requests and answers of bulk reads.
//!
//! Modern terminals copy a table into a read buffer ([`Command::PREPARE_BUFFER`]), tell its size, and hand it out piece by piece
//! ([`Command::READ_BUFFER`]). A body starts with the byte count of the records that follow.

use bytes::{BufMut, Bytes, BytesMut};
use nom::number::complete::{le_u16, le_u32, u8 as byte};
use nom::{IResult, Parser};

use super::command::Command;

/// The biggest piece a terminal can answer over TCP with a 16-bit length: what every known implementation accepts.
pub const MAX_CHUNK: u32 = 0xFFC0;

/// Table id of the users.
const TABLE_USERS: u32 = 5;

/// What to put into the read buffer: the 11 bytes of a [`Command::PREPARE_BUFFER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BufferedRead {
    /// The read command the terminal runs inside.
    pub command: Command,
    /// Its first argument: a table id, or the start of a window.
    pub arg1: u32,
    /// Its second argument.
    pub arg2: u32,
}

impl BufferedRead {
    /// All users.
    pub const USERS: Self = Self::new(Command::READ_USERS, TABLE_USERS, 0);
    /// The whole attendance log.
    pub const ATTENDANCE: Self = Self::new(Command::ATTLOG_RRQ, 0, 0);

    /// A read of any table.
    #[must_use]
    pub const fn new(command: Command, arg1: u32, arg2: u32) -> Self {
        Self { command, arg1, arg2 }
    }

    /// The data of the request.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(11);
        out.put_u8(1);
        out.put_u16_le(self.command.code());
        out.put_u32_le(self.arg1);
        out.put_u32_le(self.arg2);
        out.freeze()
    }

    /// Reads the data of a request; `None` when it is not one.
    #[must_use]
    pub fn decode(data: &[u8]) -> Option<Self> {
        let parsed: IResult<&[u8], (u8, u16, u32, u32)> = (byte, le_u16, le_u32, le_u32).parse(data);
        let (_, (_, command, arg1, arg2)) = parsed.ok()?;
        Some(Self::new(Command::new(command), arg1, arg2))
    }
}

/// Which piece of the read buffer to send: the data of a [`Command::READ_BUFFER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ChunkRequest {
    /// First byte.
    pub offset: u32,
    /// Number of bytes.
    pub length: u32,
}

impl ChunkRequest {
    /// A piece.
    #[must_use]
    pub const fn new(offset: u32, length: u32) -> Self {
        Self { offset, length }
    }

    /// The data of the request.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(8);
        out.put_u32_le(self.offset);
        out.put_u32_le(self.length);
        out.freeze()
    }

    /// Reads the data of a request; `None` when it is not one.
    #[must_use]
    pub fn decode(data: &[u8]) -> Option<Self> {
        let (_, (offset, length)) = two_words(data).ok()?;
        Some(Self { offset, length })
    }
}

/// The announcement before data packets: the data of a [`Command::PREPARE_DATA`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Prepare {
    /// Bytes that follow in all packets together.
    pub size: u32,
    /// Bytes a packet will hold, where the terminal says so.
    pub frame_size: Option<u32>,
}

impl Prepare {
    /// Reads an announcement; `None` when it is too short to hold a size.
    #[must_use]
    pub fn decode(data: &[u8]) -> Option<Self> {
        match two_words(data) {
            Ok((_, (size, frame_size))) => Some(Self {
                size,
                frame_size: Some(frame_size),
            }),
            Err(_) => Some(Self {
                size: word(data)?,
                frame_size: None,
            }),
        }
    }

    /// The data of an announcement.
    #[must_use]
    pub fn encode(size: u32, frame_size: u32) -> Bytes {
        ChunkRequest::new(size, frame_size).encode()
    }
}

/// The size of the read buffer from the data of the `ACK_OK` that answers a [`Command::PREPARE_BUFFER`]: a flag byte and the size,
/// twice. A bare four-byte size is understood too. `None` when there is none.
#[must_use]
pub fn buffer_size(data: &[u8]) -> Option<u32> {
    if data.len() == 4 {
        word(data)
    } else {
        data.get(1..).and_then(word)
    }
}

/// Splits a body into the byte count it starts with and the records.
#[must_use]
pub fn split_body(body: &[u8]) -> Option<(u32, &[u8])> {
    let parsed: IResult<&[u8], u32> = le_u32.parse(body);
    parsed.ok().map(|(records, count)| (count, records))
}

fn word(data: &[u8]) -> Option<u32> {
    split_body(data).map(|(value, _)| value)
}

fn two_words(data: &[u8]) -> IResult<&[u8], (u32, u32)> {
    (le_u32, le_u32).parse(data)
}
