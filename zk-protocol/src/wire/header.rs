//! The eight bytes every packet starts with, on TCP and UDP alike.

use bytes::{BufMut, BytesMut};
use nom::number::complete::le_u16;
use nom::{IResult, Parser};

use super::command::Command;

/// Bytes of a header.
pub const HEADER_LEN: usize = 8;

/// Command, checksum, session and reply id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Header {
    /// What the packet asks or answers.
    pub command: Command,
    /// The checksum as received or to be sent.
    pub checksum: u16,
    /// The session. Terminals overload it: a chunk index in data packets, the event code in events, the state in the answer to
    /// [`Command::STATE_RRQ`]; so replies are never matched by it.
    pub session: u16,
    /// Chosen by the client, echoed by the terminal in every packet of its answer; 0 in events.
    pub reply_id: u16,
}

impl Header {
    /// Reads a header from the start of `bytes`; `None` when there are fewer than eight.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (_, (command, checksum, session, reply_id)) = fields(bytes).ok()?;
        Some(Self {
            command: Command::new(command),
            checksum,
            session,
            reply_id,
        })
    }

    /// Appends the eight bytes.
    pub fn encode(&self, out: &mut BytesMut) {
        out.put_u16_le(self.command.code());
        out.put_u16_le(self.checksum);
        out.put_u16_le(self.session);
        out.put_u16_le(self.reply_id);
    }
}

fn fields(bytes: &[u8]) -> IResult<&[u8], (u16, u16, u16, u16)> {
    (le_u16, le_u16, le_u16, le_u16).parse(bytes)
}
