//! Every way in which this crate says no.
//!
//! A line of a table that cannot be read is no error: it is a quarantined line, see [`BadLine`](crate::BadLine).

/// A request that no terminal sends. Answer it with [`RequestError::reply`](crate::RequestError::reply).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The request target is longer than [`MAX_TARGET`](crate::MAX_TARGET) bytes.
    #[error("the request target has {length} bytes, more than the {limit} that are read")]
    TargetTooLong {
        /// Length of the target in bytes.
        length: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Only GET and POST are used by terminals.
    #[error("the method is neither GET nor POST")]
    Method,
    /// The path holds no `/iclock/<endpoint>`.
    #[error("the path is not below /iclock")]
    NotIclock,
    /// No `SN` parameter.
    #[error("the serial number (parameter SN) is missing")]
    MissingSerial,
    /// The `SN` parameter is not a serial number.
    #[error("the serial number (parameter SN) is not usable: {0}")]
    InvalidSerial(#[source] SerialError),
    /// The body is not whole or cannot be read.
    #[error("{0}")]
    Body(#[source] BodyError),
}

/// A body that is not whole, or that cannot be read. Nothing of it may be acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// `Content-Length` is not a number.
    #[error("the Content-Length is not a number")]
    Length,
    /// The connection ended before the announced end.
    #[error("the body was cut off after {received} of {announced} bytes")]
    Short {
        /// The `Content-Length`.
        announced: usize,
        /// Bytes that arrived.
        received: usize,
    },
    /// A chunked body whose chunks do not fit or do not end.
    #[error("the chunks of the body do not fit or do not end")]
    Chunk,
    /// It begins like gzip and is none, or is cut off.
    #[error("the body begins like gzip and cannot be inflated")]
    Gzip,
    /// It inflates to more than is taken.
    #[error("the body inflates to more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

/// A text that names no dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("a dialect is one of old, att, acc, us")]
pub struct DialectError;

/// A photograph that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhotoError {
    /// There is no NUL within 4096 bytes, which ends the lines in front of the picture.
    #[error("no NUL ends the lines in front of the picture")]
    NoEnd,
    /// The lines in front of the picture name no file (`PIN=`).
    #[error("the lines in front of the picture name no file")]
    NoFile,
}

/// A packet of a query's answer that cannot be joined. The command may be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// The request does not say which of how many packets it is, or says something impossible.
    #[error("the packet does not say which of how many it is")]
    Position,
    /// The packets of one answer disagree on how many there are.
    #[error("the packets disagree on how many there are")]
    Disagree,
    /// More packets, bytes or answers at once than are kept.
    #[error("more packets, bytes or answers at once than are kept")]
    TooMuch,
}

/// A command that cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// A value holds CR, LF, TAB, NUL or another control character, which could end it and begin another command.
    #[error("a value holds a control character")]
    Control,
    /// A value is longer than terminals take.
    #[error("a value has {length} bytes, more than {limit}")]
    TooLong {
        /// Its bytes.
        length: usize,
        /// The most bytes.
        limit: usize,
    },
    /// A value that must not be empty is.
    #[error("a value is empty")]
    Empty,
    /// A value holds a character that separates values in this place.
    #[error("a value holds a separator")]
    Separator,
    /// An option that is not on the list of harmless ones.
    #[error("this option is not among those that may be set")]
    OptionKey,
    /// A number outside of what the command allows.
    #[error("a number is out of range")]
    Range,
    /// The dialect of the terminal has no such command.
    #[error("the dialect of the terminal has no such command")]
    Dialect,
    /// The queue is full.
    #[error("the queue holds as many commands as it may")]
    Full,
}

/// A text that is not the serial number of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SerialError {
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// More than 64 characters.
    #[error("it has {0} bytes, more than 64")]
    TooLong(usize),
    /// Something besides ASCII letters, digits, `_` and `-`.
    #[error("it holds other characters than letters, digits, '_' and '-'")]
    Character,
}

/// A text that cannot be the id of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("a command id is 1 to 16 ASCII letters or digits")]
pub struct CommandIdError;

/// A handshake option that cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionError {
    /// A stamp that is empty, longer than 32 bytes, or holds a character that could end its line.
    #[error("a stamp is 1 to 32 ASCII letters, digits or any of '-', ':', '.', '+'")]
    Stamp,
    /// More transfer times than a terminal holds.
    #[error("a terminal holds at most 10 transfer times")]
    TransTimes,
    /// A registration code that is empty, longer than 32 characters, or not of ASCII letters and digits.
    #[error("a registration code is 1 to 32 ASCII letters or digits")]
    RegistryCode,
    /// A value that is empty, longer than 64 bytes, or holds a control character.
    #[error("a value is 1 to 64 characters without control characters")]
    Value,
}
