//! How a queue is opened.

use std::sync::Arc;

use crate::salvage::DamageHook;
use crate::space::BALLAST_BYTES;
use crate::{Damage, MonotonicClock, Salvage, SystemClock};

/// Settings of a queue. The defaults are right for a branch.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    pub(crate) quota_bytes: Option<u64>,
    pub(crate) clock: Arc<dyn MonotonicClock>,
    pub(crate) on_damage: DamageHook,
    pub(crate) reserve_bytes: Option<u64>,
    pub(crate) ballast_bytes: u64,
}

impl Config {
    /// The defaults: no quota, the reserve and the ballast below, the system's monotonic clock.
    #[must_use]
    pub fn new() -> Self {
        Self {
            quota_bytes: None,
            clock: Arc::new(SystemClock::new()),
            on_damage: DamageHook::default(),
            reserve_bytes: None,
            ballast_bytes: BALLAST_BYTES,
        }
    }

    /// Largest size of the database in bytes; the write-ahead log comes on top, some 4 to 8 MiB. Past it new events are
    /// refused with [`Error::Full`](crate::Error::Full), and nothing is ever evicted. Set it below the size of the disk.
    ///
    /// A database that is larger already is not cut; it only stops growing.
    #[must_use]
    pub const fn quota_bytes(mut self, bytes: u64) -> Self {
        self.quota_bytes = Some(bytes);
        self
    }

    /// Runs leases on another clock, for simulated time.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn MonotonicClock>) -> Self {
        self.clock = clock;
        self
    }

    /// Space on the disk that new events must leave free, in bytes: below it they are refused with
    /// [`Error::Full`](crate::Error::Full), while acknowledgements go on. 0 for none.
    ///
    /// If this is not called it is a twentieth of the disk, but 64 MiB at least and 1 GiB at most, and never more than a quarter
    /// of the disk. Where the system does not tell how full a disk is, there is no reserve.
    #[must_use]
    pub const fn reserve_bytes(mut self, bytes: u64) -> Self {
        self.reserve_bytes = Some(bytes);
        self
    }

    /// Size of the file `<queue>.ballast`, in bytes: 16 MiB if this is not called, 0 for none. It is removed when the
    /// disk is full, because SQLite needs space even to delete, and made again once there is room for twice as much
    /// beside the reserve. Less than 8 MiB may be too little to move the log into the file.
    #[must_use]
    pub const fn ballast_bytes(mut self, bytes: u64) -> Self {
        self.ballast_bytes = bytes;
        self
    }

    /// Tells of damage that was found and dealt with, so that the sources can be read again: a row by row from the writer's
    /// thread, which waits meanwhile, or the whole file before [`Queue::open`](crate::Queue::open) returns. `tell` must not
    /// call the queue and must not panic.
    #[must_use]
    pub fn on_damage(mut self, tell: impl Fn(&Damage) + Send + Sync + 'static) -> Self {
        self.on_damage = DamageHook::new(tell);
        self
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

/// What was found when the queue was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovery {
    /// There was no queue: a new one was made.
    Created,
    /// The queue had been closed in order.
    Clean,
    /// The last process ended without closing, by a crash or a power cut. Everything acknowledged is there; what was out
    /// on a lease is pending again.
    Unclean,
    /// The file was damaged. It was moved aside as it was, and what could be read of it is in a new one. Every source must be
    /// read again: the cursors are empty, so an owner that reads from its cursor does so by itself.
    Quarantined(Arc<Salvage>),
}
