//! Numbers for health pages and metrics.

use std::time::Duration;

use crate::Error;

/// What is in the queue, and what happened since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Stats {
    /// Events waiting for delivery, leased ones included.
    pub pending: u64,
    /// Events out on a lease that has not expired. Always 0 from a [`Reader`](crate::Reader): leases live in the writer.
    pub leased: u64,
    /// Events the sink refused.
    pub dead: u64,
    /// Fingerprints known.
    pub seen: u64,
    /// Pieces of input in quarantine.
    pub quarantined: u64,
    /// When the oldest pending event was received, in Unix milliseconds.
    pub oldest_received_ms: Option<i64>,
    /// Size of the database, in bytes.
    pub db_bytes: u64,
    /// Size of the write-ahead log, in bytes.
    pub wal_bytes: u64,
    /// Bytes inside the database that are free for new rows.
    pub free_bytes: u64,
    /// Events accepted since the queue was opened.
    pub accepted: u64,
    /// Duplicates refused since the queue was opened.
    pub duplicates: u64,
    /// Duplicates with a differing mark since the queue was opened.
    pub conflicts: u64,
    /// Rows found damaged and moved to quarantine since the queue was opened.
    pub damaged: u64,
    /// Transactions that wrote, since the queue was opened: with `accepted`, how many events shared one fsync.
    pub commits: u64,
}

/// Whether the queue can commit. Read from memory, never waits for the disk.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Health {
    /// Why the last transaction that had something to write failed; `None` if it was committed.
    pub last_error: Option<Error>,
    /// No call will succeed until the queue is opened again.
    pub poisoned: bool,
    /// The queue was closed, or its thread has ended.
    pub closed: bool,
    /// For how long the writer has been at the work it is doing; zero when idle. A watchdog stops believing in a disk
    /// that takes longer than ten seconds.
    pub busy_for: Duration,
}

impl Health {
    /// Whether an event given to the queue now would probably be committed.
    #[must_use]
    pub const fn can_commit(&self) -> bool {
        self.last_error.is_none() && !self.poisoned && !self.closed
    }
}
