//! What a session can be asked, and what comes out of it.

use std::time::Duration;

use bytes::Bytes;

use crate::error::Error;
use crate::wire::{BufferedRead, Command};

/// Something to do in a session, one at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// Open the session, with the comm key if the terminal asks for it.
    Connect,
    /// One command and its one reply.
    Exchange {
        /// The command.
        command: Command,
        /// Its data.
        data: Bytes,
    },
    /// Read a table through the terminal's read buffer.
    Read(BufferedRead),
    /// Read a table or an item with a command that answers with data at once, as older terminals do.
    ReadDirect {
        /// The command.
        command: Command,
        /// Its data.
        data: Bytes,
    },
    /// Close the session.
    Exit,
}

/// What happened outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input<'a> {
    /// Bytes came: cut anywhere from a stream, or one whole datagram.
    Bytes(&'a [u8]),
    /// The deadline passed. Harmless if it did not.
    Timeout,
    /// The terminal closed the connection, or it broke.
    Closed,
}

/// What the session wants done.
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// Send these bytes; over UDP as one datagram.
    Transmit(Bytes),
    /// Something to know.
    Event(Event),
    /// Nothing more for now: call again after new input, or with [`Input::Timeout`] at this time; `None` while idle.
    Deadline(Option<Duration>),
}

/// Something to know. Every request ends with exactly one of `Connected`, `Reply`, `Transferred`, `Exited` or `Failed`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// The session is open.
    Connected {
        /// The id the terminal gave it.
        session: u16,
    },
    /// The reply to an exchange.
    Reply(Reply),
    /// The terminal announced a body of this length; its pieces follow. Over UDP it may say so again when it has to be asked again.
    Announced {
        /// Bytes of the body.
        bytes: u64,
    },
    /// A piece of the body being read, in order.
    Data(Bytes),
    /// The whole body arrived: all pieces together are exactly this long.
    Transferred {
        /// Bytes of the body.
        bytes: u64,
    },
    /// The session is closed.
    Exited,
    /// The request failed. The session can go on unless the error says the connection is gone.
    Failed(Error),
    /// The terminal reported something by itself; it has been acknowledged.
    Terminal(TerminalEvent),
    /// Bytes that belong to no packet were skipped.
    Noise {
        /// How many.
        skipped: usize,
    },
}

/// The reply to an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The reply code: `ACK_OK`, or a code that carries data.
    pub code: Command,
    /// The session field: a value in some replies.
    pub session: u16,
    /// The data.
    pub data: Bytes,
}

/// A packet a terminal sends by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TerminalEvent {
    /// Its kind, as sent.
    pub code: u16,
    /// Its data, undecoded.
    pub data: Bytes,
}
