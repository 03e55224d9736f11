//! Requests and answers of bulk reads.
//!
//! Modern terminals copy a table into a read buffer ([`Command::PREPARE_BUFFER`]), tell its size, and hand it out piece by piece
//! ([`Command::READ_BUFFER`]). A body starts with the byte count of the records that follow.

use bytes::{BufMut, Bytes, BytesMut};
use nom::number::complete::{le_u16, le_u32, u8 as byte};
use nom::{IResult, Parser};

use super::command::Command;
use super::datetime::PackedTime;

/// The biggest piece a terminal can answer over TCP with a 16-bit length: what every known implementation accepts.
pub const MAX_CHUNK: u32 = 0xFFC0;

/// Bytes of the count a body starts with.
const COUNT_LEN: u32 = 4;

/// The numbers of the tables (vendor manual 2006).
pub mod table {
    /// Attendance records.
    pub const ATTENDANCE: u32 = 1;
    /// Finger templates.
    pub const TEMPLATES: u32 = 2;
    /// The operation log.
    pub const OP_LOG: u32 = 4;
    /// Users.
    pub const USERS: u32 = 5;
    /// Short messages.
    pub const SMS: u32 = 6;
    /// Which user has which short message.
    pub const USER_SMS: u32 = 7;
    /// Work codes. No client is known to read them and their layout is not public.
    pub const WORK_CODES: u32 = 8;
}

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
    pub const USERS: Self = Self::new(Command::USERTEMP_RRQ, table::USERS, 0);
    /// The whole attendance log.
    pub const ATTENDANCE: Self = Self::new(Command::ATTLOG_RRQ, 0, 0);
    /// All finger templates.
    pub const TEMPLATES: Self = Self::new(Command::DB_RRQ, table::TEMPLATES, 0);
    /// The operation log.
    pub const OP_LOG: Self = Self::new(Command::OPLOG_RRQ, 0, 0);

    /// The attendance log between two local times, both included: what the vendor's SDK calls `ReadTimeGLogData`. Newer firmware alone
    /// knows it (SenseFace 2A, seen by fandbsoft/zkteco4730-java).
    #[must_use]
    pub const fn attendance_window(from: PackedTime, to: PackedTime) -> Self {
        Self::new(Command::ATTLOG_TIME, from.raw(), to.raw())
    }

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

/// The size of the read buffer from the data of the `ACK_OK` that answers a [`Command::PREPARE_BUFFER`], where any size is possible:
/// [`buffer_size_within`] without a limit.
#[must_use]
pub fn buffer_size(data: &[u8]) -> Option<u32> {
    buffer_size_within(data, u32::MAX)
}

/// The size of the read buffer from the data of the `ACK_OK` that answers a [`Command::PREPARE_BUFFER`]; `None` when there is none.
///
/// The usual form is a zero byte, then the size, twice. Some terminals put the size first; that reading is taken when there are just
/// four bytes, or when the size is repeated there and not in its usual place, or when it alone makes sense: the usual place holds
/// more than `limit` or less than the count every body starts with, or the byte before it is not zero. In doubt the usual place
/// counts. A wrong guess cannot pass for a body, which tells its own length.
///
/// ```
/// use punchclock_zk::wire::bulk::buffer_size_within;
/// let usual = [0, 0x64, 9, 0, 0, 0x64, 9, 0, 0, 0xCD, 0xEF, 0x23, 0];
/// assert_eq!(buffer_size_within(&usual, 1 << 20), Some(2404));
/// let size_first = [0x64, 9, 0, 0, 0xCD, 0xEF, 0x23, 0];
/// assert_eq!(buffer_size_within(&size_first, 1 << 20), Some(2404));
/// ```
#[must_use]
pub fn buffer_size_within(data: &[u8], limit: u32) -> Option<u32> {
    let at = |offset| data.get(offset..).and_then(word);
    let first = at(0)?;
    let Some(usual) = at(1) else {
        return Some(first);
    };
    if usual >= COUNT_LEN && at(5) == Some(usual) {
        return Some(usual);
    }
    let makes_sense = |size| (COUNT_LEN..=limit).contains(&size);
    let repeated = at(4) == Some(first);
    let flag_is_zero = data.first() == Some(&0);
    let size_first = makes_sense(first) && (repeated || !makes_sense(usual) || !flag_is_zero);
    Some(if size_first { first } else { usual })
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

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u32 = 64 << 20;

    fn size(words: &[&[u8]]) -> Option<u32> {
        buffer_size_within(&words.concat(), LIMIT)
    }

    #[test]
    fn the_size_is_found_where_it_is() {
        let memory = [0xCD, 0xEF, 0x23, 0];
        for told in [4, 44, 484, 512, 2404, 0x1_0000, 1_603_204, 4_000_004, LIMIT] {
            let le = told.to_le_bytes();
            // As nearly all terminals tell it, also cut short.
            assert_eq!(size(&[&[0], &le, &le, &memory]), Some(told));
            assert_eq!(size(&[&[0], &le, &le]), Some(told));
            assert_eq!(size(&[&[0], &le]), Some(told));
            // Alone, or repeated at the beginning.
            assert_eq!(size(&[&le]), Some(told));
            assert_eq!(size(&[&le, &le, &memory]), Some(told));
        }
        // Once, at the beginning: where the usual place makes no sense or its flag is none.
        for told in [44_u32, 484, 2404, 1_603_204, 4_000_004] {
            assert_eq!(size(&[&told.to_le_bytes(), &memory]), Some(told));
            assert_eq!(size(&[&told.to_le_bytes(), &[0; 9]]), Some(told));
        }
        // Both make sense: the usual place.
        assert_eq!(size(&[&[0], &2404_u32.to_le_bytes(), &memory]), Some(2404));
    }

    #[test]
    fn an_offer_of_nothing_or_too_much_is_told_as_it_is() {
        assert_eq!(size(&[&[0; 13]]), Some(0));
        assert_eq!(size(&[&[0; 9], &[0xCD, 0xEF, 0x23, 0]]), Some(0));
        // Shifted by a byte, 0x0500_0004 looks harmless.
        let huge = 0x0500_0004_u32.to_le_bytes();
        assert_eq!(size(&[&[0], &huge, &huge]), Some(0x0500_0004));
        assert_eq!(size(&[&[0xFF; 13]]), Some(u32::MAX));
        for short in [&[][..], &[0], &[0; 3]] {
            assert_eq!(size(&[short]), None);
        }
    }
}
