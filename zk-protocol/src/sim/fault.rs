//! How a simulated terminal cuts its answers, and how it misbehaves.

use std::fmt;
use std::str::FromStr;

/// How an answer of several packets goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameLayout {
    /// All data of a piece in one packet, every packet in its own write, as newer terminals do.
    One,
    /// Data in packets of this many bytes, every packet in its own write. K20 and its kin use 1008.
    Frames(usize),
    /// Data in packets of 1008 bytes, the whole answer in one write.
    Coalesced,
    /// Data in packets of 1008 bytes, and a write every so many bytes, wherever that cuts.
    Split(usize),
    /// One packet alone answers a request for a piece: no announcement, no closing acknowledgement.
    Bare,
    /// The request to build the read buffer is answered with all data at once, announced, in packets of 1008 bytes.
    Immediate,
}

/// Data bytes of a packet on terminals that cut their answers.
const USUAL_FRAME: usize = 1008;

impl FrameLayout {
    /// Data bytes of a packet, for an answer of `total` bytes.
    pub(super) fn frame_size(self, total: usize) -> usize {
        match self {
            Self::One | Self::Bare => total,
            Self::Frames(size) => size,
            Self::Coalesced | Self::Split(_) | Self::Immediate => USUAL_FRAME,
        }
        .max(1)
    }
}

/// A layout that is not one of the known words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseLayoutError {
    text: String,
}

impl fmt::Display for ParseLayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not one of: one, a number of bytes, coalesced, split:N, bare, immediate",
            self.text
        )
    }
}

impl std::error::Error for ParseLayoutError {}

impl FromStr for FrameLayout {
    type Err = ParseLayoutError;

    /// `one`, a number of bytes such as `1008`, `coalesced`, `split:N`, `bare`, `immediate`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let positive = |digits: &str| digits.parse().ok().filter(|size| *size > 0);
        let layout = match text {
            "one" => Some(Self::One),
            "coalesced" => Some(Self::Coalesced),
            "bare" => Some(Self::Bare),
            "immediate" => Some(Self::Immediate),
            other => match other.strip_prefix("split:") {
                Some(size) => positive(size).map(Self::Split),
                None => positive(other).map(Self::Frames),
            },
        };
        layout.ok_or_else(|| ParseLayoutError {
            text: text.to_owned(),
        })
    }
}

/// A way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Closes the connection after sending this many more bytes; once.
    HangUpAfter(usize),
    /// Closes the connection when the next request arrives, without an answer; once.
    HangUpAtNextRequest,
    /// Reads requests and answers none.
    Silent,
    /// Sends wrong checksums.
    WrongChecksum,
    /// Tells this count of records instead of the true one.
    RecordCount(u32),
}

/// The faults in force.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) hang_up_after: Option<usize>,
    pub(super) hang_up_at_next_request: bool,
    pub(super) silent: bool,
    pub(super) wrong_checksum: bool,
    pub(super) record_count: Option<u32>,
}

impl Faults {
    pub(super) fn inject(&mut self, fault: Fault) {
        match fault {
            Fault::HangUpAfter(bytes) => self.hang_up_after = Some(bytes),
            Fault::HangUpAtNextRequest => self.hang_up_at_next_request = true,
            Fault::Silent => self.silent = true,
            Fault::WrongChecksum => self.wrong_checksum = true,
            Fault::RecordCount(count) => self.record_count = Some(count),
        }
    }
}
