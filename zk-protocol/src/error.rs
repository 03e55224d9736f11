//! What can go wrong in a conversation with a terminal, and what to do about it.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::wire::{AttendanceLayout, Command, TimeError, UserError};

/// A failed conversation. Messages name the thing and, where a person can act, what to do. No secret is in them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The TCP connection could not be made.
    #[error("cannot connect to {addr}: check the address, the cable and that the terminal is on")]
    Connect {
        /// The address as given.
        addr: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Something at the address refused the connection.
    #[error(
        "{addr} refused the connection: the terminal's port is another one (menu: Comm., Ethernet), it is switched off there, or another client holds its only connection"
    )]
    ConnectRefused {
        /// The address as given.
        addr: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The connection was made, and not one packet came.
    #[error(
        "nothing answered within {after:?}: it may be no terminal, serve another client, or speak over HTTP (ADMS) alone; over UDP also switched off"
    )]
    Silent {
        /// How long was waited.
        after: Duration,
    },
    /// The terminal closed the connection, or it broke. Terminals serve one client at a time: another may have taken over.
    #[error("the terminal closed the connection while {during} was under way")]
    ConnectionClosed {
        /// The request that was not answered.
        during: Command,
    },
    /// Nothing came for too long.
    #[error("the terminal did not answer {waiting_for} within {after:?}")]
    Timeout {
        /// The request that was not answered.
        waiting_for: Command,
        /// How long was waited.
        after: Duration,
    },
    /// The terminal wants a comm key and none was given.
    #[error("the terminal needs a comm key: give the number set in its menu (Comm., PC connection)")]
    AuthRequired,
    /// The terminal refused the comm key.
    #[error(
        "the terminal refused the comm key: compare it with the number set in its menu (Comm., PC connection)"
    )]
    AuthFailed,
    /// Firmware that only speaks the vendor's encrypted variant.
    #[error(
        "the terminal runs secure firmware and refuses this protocol: let it push over HTTP (ADMS) instead"
    )]
    SecureFirmware,
    /// What answered is not a terminal of this protocol.
    #[error("not this protocol: the first bytes were {}; {}", Hex(first), stranger(first))]
    WrongProtocol {
        /// The first bytes that came, at most 16.
        first: Vec<u8>,
    },
    /// The terminal said no.
    #[error("the terminal refused {command} with {reply}")]
    Refused {
        /// The request.
        command: Command,
        /// The answer.
        reply: Command,
    },
    /// The terminal is busy with something else; try again later.
    #[error("the terminal is busy and did not do {command}: try again later")]
    Busy {
        /// The request.
        command: Command,
    },
    /// The terminal could not build its read buffer.
    #[error(
        "the terminal could not prepare the table: in access-control mode it has no attendance log to read, set it to T&A"
    )]
    BufferUnavailable,
    /// A reply that does not belong to the request.
    #[error("the terminal answered {command} with {reply}, which is no answer to it")]
    UnexpectedReply {
        /// The request.
        command: Command,
        /// The answer.
        reply: Command,
    },
    /// A reply too short to hold what it must.
    #[error("the answer to {command} holds {got} bytes, at least {needed} are needed")]
    ShortReply {
        /// The request.
        command: Command,
        /// Bytes needed.
        needed: usize,
        /// Bytes that came.
        got: usize,
    },
    /// The clock the terminal told does not exist.
    #[error("the terminal's clock is wrong: {0}")]
    Clock(#[from] TimeError),
    /// Fewer bytes arrived than were announced. Nothing of the transfer is given out as if it were all.
    #[error("the transfer ended after {got} of {expected} bytes: {cause}")]
    ShortTransfer {
        /// Bytes announced.
        expected: u64,
        /// Bytes that arrived.
        got: u64,
        /// What ended it.
        cause: Interruption,
    },
    /// More bytes arrived than were announced.
    #[error("the terminal announced {expected} bytes and sent {got}")]
    LongTransfer {
        /// Bytes announced.
        expected: u64,
        /// Bytes that arrived.
        got: u64,
    },
    /// The announced size is above the limit.
    #[error("the terminal announced {announced} bytes, more than the limit of {limit}")]
    TransferTooLarge {
        /// Bytes announced.
        announced: u64,
        /// The limit.
        limit: u64,
    },
    /// A packet's checksum is wrong.
    #[error(
        "a packet of {command} has checksum {found:#06x} instead of {expected:#06x}: if this terminal always does, read it leniently"
    )]
    BadChecksum {
        /// The packet's code.
        command: Command,
        /// The checksum its bytes have.
        expected: u16,
        /// The checksum it carries.
        found: u16,
    },
    /// A packet longer than the limit.
    #[error("a packet of {announced} bytes was announced, the limit is {limit}")]
    FrameTooLong {
        /// Bytes announced.
        announced: u32,
        /// The limit.
        limit: u32,
    },
    /// So many packets of a connection were broken that it was given up.
    #[error(
        "{packets} broken packets came on this connection, which was given up: something on the way may alter the data"
    )]
    BrokenStream {
        /// How many.
        packets: u32,
    },
    /// Attendance records of a width nobody has described.
    #[error(
        "the attendance log has records of {width} bytes, which nobody has described ({total} bytes, {count} records)"
    )]
    UnsupportedRecordWidth {
        /// Bytes of a record.
        width: u32,
        /// Bytes of all records.
        total: usize,
        /// Records the terminal says it holds.
        count: u32,
    },
    /// The width of the records can neither be computed from the count nor recognised.
    #[error("cannot tell the record width of the {table}: {total} bytes, and the terminal says {} records", Count(*count))]
    UnknownRecordWidth {
        /// The table.
        table: &'static str,
        /// Bytes of all records.
        total: usize,
        /// Records the terminal says it holds.
        count: Option<u32>,
    },
    /// The content allows for several record widths and the terminal's count tells none of them: choose one
    /// ([`ConnectOptions::quirks`](crate::ConnectOptions)).
    #[error(
        "the attendance log of {total} bytes can be read with several record widths ({}): name the right one",
        Layouts(candidates)
    )]
    AmbiguousRecordWidth {
        /// Bytes of all records.
        total: usize,
        /// The layouts it could be.
        candidates: Vec<AttendanceLayout>,
    },
    /// A user that cannot be written as asked; nothing was sent.
    #[error(transparent)]
    User(#[from] UserError),
    /// The terminal said yes to a write and did not do it.
    #[error("the terminal accepted {command} and did not do it")]
    NotWritten {
        /// The request.
        command: Command,
    },
    /// A command that destroys data or stops the terminal; nothing was sent.
    #[error("{command} can destroy what the terminal holds and is only sent by the methods of Dangerous")]
    Guarded {
        /// The command.
        command: Command,
    },
    /// The terminal is not the one that was named; nothing was done.
    #[error("this is terminal {found:?}, not {expected:?}: nothing was done")]
    OtherTerminal {
        /// The serial number that was named.
        expected: String,
        /// The one the terminal tells.
        found: Option<String>,
    },
    /// A request before the session was opened, or after it was closed.
    #[error("not connected")]
    NotConnected,
    /// A second request while one is under way.
    #[error("another request is still under way")]
    InProgress,
}

/// What ended a transfer early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interruption {
    /// The connection closed.
    Closed,
    /// Nothing came for too long.
    Timeout,
    /// The terminal said it was done.
    EndedEarly,
    /// The terminal refused to go on, with this code.
    Refused(Command),
}

impl Error {
    /// Whether waiting ran out, inside a transfer or outside.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(
            self,
            Self::Timeout { .. }
                | Self::Silent { .. }
                | Self::ShortTransfer {
                    cause: Interruption::Timeout,
                    ..
                }
        )
    }

    /// Whether the connection is gone, so that only a new one helps.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::ConnectRefused { .. }
                | Self::Silent { .. }
                | Self::ConnectionClosed { .. }
                | Self::BrokenStream { .. }
                | Self::NotConnected
                | Self::ShortTransfer {
                    cause: Interruption::Closed,
                    ..
                }
        )
    }

    /// Whether a person has to change something before trying again makes sense.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        matches!(
            self,
            Self::AuthRequired
                | Self::AuthFailed
                | Self::SecureFirmware
                | Self::WrongProtocol { .. }
                | Self::BufferUnavailable
                | Self::UnsupportedRecordWidth { .. }
                | Self::AmbiguousRecordWidth { .. }
                | Self::OtherTerminal { .. }
        )
    }
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the connection closed"),
            Self::Timeout => f.write_str("nothing came for too long"),
            Self::EndedEarly => f.write_str("the terminal said it was done"),
            Self::Refused(reply) => write!(f, "the terminal answered {reply}"),
        }
    }
}

/// What answers with such bytes, as far as it is known.
fn stranger(first: &[u8]) -> &'static str {
    match first {
        [0xAA, ..] => "an access controller (C3, inBio, F16) begins like this; it has a protocol of its own",
        [b'H', b'T', b'T', b'P', ..] => "a web server begins like this",
        [b'S', b'S', b'H', ..] => "an SSH server begins like this",
        _ => "access controllers and other services speak differently",
    }
}

struct Layouts<'a>(&'a [AttendanceLayout]);

impl fmt::Display for Layouts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, layout) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{layout}")?;
        }
        Ok(())
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{byte:02x}")?;
        }
        Ok(())
    }
}

struct Count(Option<u32>);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(count) => count.fmt(f),
            None => f.write_str("not how many"),
        }
    }
}
