//! What a session needs to know before it starts.

use std::time::Duration;

use crate::frame::FrameDecoder;
use crate::wire::{ChecksumPolicy, CommKey, bulk, commkey};

/// Silence after which a request is given up.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time after which a request is given up even if bytes keep coming: a full log over a slow link takes minutes.
const DEFAULT_TOTAL_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Most bytes of one table: 1.6 million 40-byte records, far above what terminals hold.
const DEFAULT_MAX_TRANSFER: u32 = 64 << 20;

/// Bytes to ask for at once over UDP: what the vendor uses.
const UDP_CHUNK: u32 = 16_384;

/// How often a read is asked again over UDP before it is given up.
const UDP_RETRIES: u32 = 4;

/// What carries the packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Transport {
    /// A stream: packets have a start mark and a length.
    #[default]
    Tcp,
    /// Datagrams: a packet each, which may be lost, doubled or overtaken.
    Udp,
}

/// Settings of a [`Session`](super::Session).
#[derive(Debug, Clone)]
pub struct SessionConfig {
    pub(super) comm_key: Option<CommKey>,
    pub(super) timeout: Duration,
    pub(super) total_timeout: Duration,
    pub(super) checksum: ChecksumPolicy,
    pub(super) chunk_size: Option<u32>,
    pub(super) transport: Transport,
    pub(super) retries: Option<u32>,
    pub(super) auth_ticks: u8,
    pub(super) max_transfer: u32,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            comm_key: None,
            timeout: DEFAULT_TIMEOUT,
            total_timeout: DEFAULT_TOTAL_TIMEOUT,
            checksum: ChecksumPolicy::Strict,
            chunk_size: None,
            transport: Transport::Tcp,
            retries: None,
            auth_ticks: commkey::DEFAULT_TICKS,
            max_transfer: DEFAULT_MAX_TRANSFER,
        }
    }
}

impl SessionConfig {
    /// No comm key, 10 s of silence, 15 minutes in total, strict checksums.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The comm key, sent only if the terminal asks for it.
    #[must_use]
    pub fn comm_key(mut self, key: CommKey) -> Self {
        self.comm_key = Some(key);
        self
    }

    /// How long a terminal may be silent inside a request. A read may see it twice: after a piece that came short the rest is asked for
    /// again.
    #[must_use]
    pub fn timeout(mut self, silence: Duration) -> Self {
        self.timeout = silence;
        self
    }

    /// How long a request may take in total.
    #[must_use]
    pub fn total_timeout(mut self, total: Duration) -> Self {
        self.total_timeout = total;
        self
    }

    /// What to do with packets whose checksum is wrong.
    #[must_use]
    pub fn checksum(mut self, policy: ChecksumPolicy) -> Self {
        self.checksum = policy;
        self
    }

    /// How many bytes to ask for at once, at most [`bulk::MAX_CHUNK`], which is also the default over TCP; 16 384 is what the vendor uses
    /// and the default over UDP, kinder to slow links.
    #[must_use]
    pub fn chunk_size(mut self, bytes: u32) -> Self {
        self.chunk_size = Some(bytes.clamp(1, bulk::MAX_CHUNK));
        self
    }

    /// What carries the packets.
    #[must_use]
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// How often a read is asked again before it is given up; by default 4 times over UDP and never over TCP, which loses nothing. The
    /// attempts share the time of [`SessionConfig::timeout`]. Writes are never sent twice.
    #[must_use]
    pub fn retries(mut self, times: u32) -> Self {
        self.retries = Some(times.min(16));
        self
    }

    /// The ticks mixed into the comm key; some terminals take 0 after they refused the usual 50.
    #[must_use]
    pub fn auth_ticks(mut self, ticks: u8) -> Self {
        self.auth_ticks = ticks;
        self
    }

    /// The most bytes of one table; a bigger announcement is refused before anything is read.
    #[must_use]
    pub fn max_transfer(mut self, bytes: u32) -> Self {
        self.max_transfer = bytes;
        self
    }

    pub(super) fn times(&self) -> u32 {
        self.retries.unwrap_or(match self.transport {
            Transport::Tcp => 0,
            Transport::Udp => UDP_RETRIES,
        })
    }

    pub(super) fn piece_size(&self) -> u32 {
        self.chunk_size.unwrap_or(match self.transport {
            Transport::Tcp => bulk::MAX_CHUNK,
            Transport::Udp => UDP_CHUNK,
        })
    }

    pub(super) fn decoder(&self) -> FrameDecoder {
        FrameDecoder::new(self.checksum)
    }
}
