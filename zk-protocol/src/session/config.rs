//! What a session needs to know before it starts.

use std::time::Duration;

use crate::frame::FrameDecoder;
use crate::wire::{ChecksumPolicy, CommKey, bulk};

/// Silence after which a request is given up.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time after which a request is given up even if bytes keep coming: a full log over a slow link takes minutes.
const DEFAULT_TOTAL_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Most bytes of one table: 1.6 million 40-byte records, far above what terminals hold.
const DEFAULT_MAX_TRANSFER: u32 = 64 << 20;

/// Settings of a [`Session`](super::Session).
#[derive(Debug, Clone)]
pub struct SessionConfig {
    pub(super) comm_key: Option<CommKey>,
    pub(super) timeout: Duration,
    pub(super) total_timeout: Duration,
    pub(super) checksum: ChecksumPolicy,
    pub(super) chunk_size: u32,
    pub(super) max_transfer: u32,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            comm_key: None,
            timeout: DEFAULT_TIMEOUT,
            total_timeout: DEFAULT_TOTAL_TIMEOUT,
            checksum: ChecksumPolicy::Strict,
            chunk_size: bulk::MAX_CHUNK,
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

    /// How many bytes to ask for at once, at most [`bulk::MAX_CHUNK`]; 16 384 is what the vendor uses, kinder to slow links.
    #[must_use]
    pub fn chunk_size(mut self, bytes: u32) -> Self {
        self.chunk_size = bytes.clamp(1, bulk::MAX_CHUNK);
        self
    }

    /// The most bytes of one table; a bigger announcement is refused before anything is read.
    #[must_use]
    pub fn max_transfer(mut self, bytes: u32) -> Self {
        self.max_transfer = bytes;
        self
    }

    pub(super) fn decoder(&self) -> FrameDecoder {
        FrameDecoder::new(self.checksum)
    }
}
