//! The monotonic clock that leases run on.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time that only goes forward, read as the time since some fixed moment of this process.
///
/// Leases expire by it, never by the wall clock: a Raspberry Pi wakes up in the wrong year and jumps once it meets a time
/// server, and no lease may end, or live for ever, because of that.
pub trait MonotonicClock: Debug + Send + Sync {
    /// Time since the fixed moment. Never less than an earlier answer.
    fn now(&self) -> Duration;
}

/// The clock of the operating system.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock that starts at zero now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "a queue that owns a thread needs a monotonic clock; this file is the one place that reads it, and callers can inject their own"
    )]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl MonotonicClock for SystemClock {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A clock that stands still until it is moved: simulated time for tests. Clones share one time.
#[derive(Debug, Clone, Default)]
pub struct ManualClock {
    nanoseconds: Arc<AtomicU64>,
}

impl ManualClock {
    /// A clock at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let step = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let forward = |now: u64| Some(now.saturating_add(step));
        // The closure always answers, so the update cannot fail.
        let _ = self
            .nanoseconds
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, forward);
    }
}

impl MonotonicClock for ManualClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::SeqCst))
    }
}
