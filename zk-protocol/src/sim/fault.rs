//! How a simulated terminal cuts its answers, and how it misbehaves.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

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

/// Data bytes of a datagram.
const DATAGRAM: usize = 1024;

impl FrameLayout {
    /// Data bytes of a packet, for an answer of `total` bytes.
    pub(super) fn frame_size(self, total: usize, datagrams: bool) -> usize {
        let size = match self {
            Self::One | Self::Bare => total,
            Self::Frames(size) => size,
            Self::Coalesced | Self::Split(_) | Self::Immediate => USUAL_FRAME,
        };
        let most = if datagrams { DATAGRAM } else { usize::MAX };
        size.clamp(1, most)
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

/// The data an attendance event has on this terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum EventForm {
    /// 32 bytes with the user id as text, as on most.
    #[default]
    Text32,
    /// 36 bytes: as 32 with four more.
    Text36,
    /// 12 bytes with the user id as a number.
    Number12,
    /// 10 bytes with the terminal's internal number alone.
    Uid10,
}

/// What happens to datagrams on their way from the terminal: each with a chance in percent. The same seed makes the same mischief.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Network {
    /// Datagrams lost.
    pub loss: u8,
    /// Datagrams that come twice.
    pub duplicates: u8,
    /// Datagrams overtaken by the next one.
    pub reordered: u8,
    /// Where the dice start.
    pub seed: u64,
}

impl Network {
    /// A network that loses, doubles and reorders.
    #[must_use]
    pub const fn new(loss: u8, duplicates: u8, reordered: u8, seed: u64) -> Self {
        Self {
            loss,
            duplicates,
            reordered,
            seed,
        }
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
    /// Resets the connection when the next request arrives; once.
    ResetAtNextRequest,
    /// Reads requests and answers none.
    Silent,
    /// Waits before every answer.
    Delay(Duration),
    /// Says it is busy, this many times.
    Busy(u32),
    /// Sends wrong checksums.
    WrongChecksum,
    /// Tells this count of records instead of the true one.
    RecordCount(u32),
    /// Answers the question for its counters with four zero bytes, as WL20.
    NoCounters,
    /// Announces this many bytes more than it sends.
    SizeLies(u32),
    /// Cannot build a read buffer, as in access-control mode.
    NoReadBuffer,
    /// Reads no windows, as nearly all terminals.
    NoWindows,
    /// Asks for the vendor's encrypted variant, as secure firmware does.
    SecureFirmware,
    /// Answers with the first bytes of an access controller's protocol.
    OtherProtocol,
    /// Does not send this many events; their punches are in the log all the same.
    LoseEvents(u32),
    /// Says yes to writes and does nothing.
    ForgetWrites,
    /// The log is full: punches are not stored.
    LogFull,
    /// The clock jumps by this many seconds.
    ClockJump(i64),
    /// What the network does to datagrams.
    Network(Network),
}

/// The faults in force.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) hang_up_after: Option<usize>,
    pub(super) hang_up_at_next_request: bool,
    pub(super) reset_at_next_request: bool,
    pub(super) silent: bool,
    pub(super) delay: Duration,
    pub(super) busy: u32,
    pub(super) wrong_checksum: bool,
    pub(super) record_count: Option<u32>,
    pub(super) no_counters: bool,
    pub(super) size_lies: u32,
    pub(super) no_read_buffer: bool,
    pub(super) no_windows: bool,
    pub(super) secure: bool,
    pub(super) other_protocol: bool,
    pub(super) lose_events: u32,
    pub(super) forget_writes: bool,
    pub(super) log_full: bool,
    pub(super) network: Option<Dice>,
}

impl Faults {
    pub(super) fn inject(&mut self, fault: Fault) {
        match fault {
            Fault::HangUpAfter(bytes) => self.hang_up_after = Some(bytes),
            Fault::HangUpAtNextRequest => self.hang_up_at_next_request = true,
            Fault::ResetAtNextRequest => self.reset_at_next_request = true,
            Fault::Silent => self.silent = true,
            Fault::Delay(time) => self.delay = time,
            Fault::Busy(times) => self.busy = times,
            Fault::WrongChecksum => self.wrong_checksum = true,
            Fault::RecordCount(count) => self.record_count = Some(count),
            Fault::NoCounters => self.no_counters = true,
            Fault::SizeLies(bytes) => self.size_lies = bytes,
            Fault::NoReadBuffer => self.no_read_buffer = true,
            Fault::NoWindows => self.no_windows = true,
            Fault::SecureFirmware => self.secure = true,
            Fault::OtherProtocol => self.other_protocol = true,
            Fault::LoseEvents(count) => self.lose_events = count,
            Fault::ForgetWrites => self.forget_writes = true,
            Fault::LogFull => self.log_full = true,
            // The clock is the terminal's, not a fault in force.
            Fault::ClockJump(_) => {}
            Fault::Network(network) => self.network = Some(Dice::new(network)),
        }
    }
}

/// Dice that fall the same way for the same seed (xorshift).
#[derive(Debug)]
pub(super) struct Dice {
    network: Network,
    state: u64,
}

impl Dice {
    pub(super) fn new(network: Network) -> Self {
        Self {
            network,
            state: network.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
        }
    }

    fn throw(&mut self, percent: u8) -> bool {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % 100 < u64::from(percent)
    }

    /// What arrives of some datagrams.
    pub(super) fn carry<T: Clone>(&mut self, sent: Vec<T>) -> Vec<T> {
        let mut arrived: Vec<T> = Vec::with_capacity(sent.len());
        for datagram in sent {
            if self.throw(self.network.loss) {
                continue;
            }
            if self.throw(self.network.duplicates) {
                arrived.push(datagram.clone());
            }
            let overtakes = self.throw(self.network.reordered);
            let at = if overtakes {
                arrived.len().saturating_sub(1)
            } else {
                arrived.len()
            };
            arrived.insert(at, datagram);
        }
        arrived
    }
}
