//! Every way in which this crate says no.
//!
//! A line of a table that cannot be read is no error: it is a quarantined line, see [`attlog::BadLine`](crate::attlog::BadLine).

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
}
