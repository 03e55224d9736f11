//! How to connect.

use std::time::Duration;

use crate::quirks::Quirks;
use crate::session::{SessionConfig, Transport};
use crate::wire::{ChecksumPolicy, CommKey, TextEncoding};

/// Time for the TCP connection.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Settings of a connection. `Debug` does not show the comm key.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    pub(super) connect_timeout: Duration,
    pub(super) session: SessionConfig,
    pub(super) transport: Transport,
    pub(super) encoding: TextEncoding,
    pub(super) quirks: Option<Quirks>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            session: SessionConfig::default(),
            transport: Transport::Tcp,
            encoding: TextEncoding::Utf8,
            quirks: None,
        }
    }
}

impl ConnectOptions {
    /// TCP, no comm key, 5 s to connect, 10 s of silence inside a request, 15 minutes for a request in total.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The comm key; sent only if the terminal asks for one.
    #[must_use]
    pub fn comm_key(mut self, key: CommKey) -> Self {
        self.session = self.session.comm_key(key);
        self
    }

    /// UDP instead of TCP, as older terminals want it.
    #[must_use]
    pub fn udp(mut self) -> Self {
        self.transport = Transport::Udp;
        self.session = self.session.transport(Transport::Udp);
        self
    }

    /// The encoding of names and texts on the terminal.
    #[must_use]
    pub fn encoding(mut self, encoding: TextEncoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// What is special about this terminal. By default nothing is assumed; [`Quirks::for_terminal`] knows some families.
    #[must_use]
    pub fn quirks(mut self, quirks: Quirks) -> Self {
        self.session = self
            .session
            .chunk_size(quirks.chunk_size)
            .auth_ticks(quirks.auth_ticks);
        self.quirks = Some(quirks);
        self
    }

    /// How long the TCP connection may take.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long the terminal may be silent inside a request.
    #[must_use]
    pub fn timeout(mut self, silence: Duration) -> Self {
        self.session = self.session.timeout(silence);
        self
    }

    /// How long one request may take in total.
    #[must_use]
    pub fn total_timeout(mut self, total: Duration) -> Self {
        self.session = self.session.total_timeout(total);
        self
    }

    /// How often a read is asked again; see [`SessionConfig::retries`].
    #[must_use]
    pub fn retries(mut self, times: u32) -> Self {
        self.session = self.session.retries(times);
        self
    }

    /// What to do with packets whose checksum is wrong.
    #[must_use]
    pub fn checksum(mut self, policy: ChecksumPolicy) -> Self {
        self.session = self.session.checksum(policy);
        self
    }

    /// How many bytes to ask for at once; see [`SessionConfig::chunk_size`].
    #[must_use]
    pub fn chunk_size(mut self, bytes: u32) -> Self {
        self.session = self.session.chunk_size(bytes);
        self
    }

    /// The most bytes of one table; see [`SessionConfig::max_transfer`].
    #[must_use]
    pub fn max_transfer(mut self, bytes: u32) -> Self {
        self.session = self.session.max_transfer(bytes);
        self
    }
}
