//! The only place where the edge reads a clock.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

/// The host's clocks: monotonic time since the start for every schedule, wall time for what people read.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
}

impl Clock {
    /// A clock whose monotonic time is zero now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// Monotonic time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The wall clock. A Raspberry Pi without a battery may be years off until it is synchronised.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Whether a time service says that the host clock is synchronised. systemd-timesyncd leaves a mark file
/// (systemd-timesyncd.service(8), "Files"); chrony has none, so its users set `push.clock = "trust_host"`.
#[must_use]
pub fn host_is_synchronised() -> bool {
    Path::new("/run/systemd/timesync/synchronized").exists()
}
