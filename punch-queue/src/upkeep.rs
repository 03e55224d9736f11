//! What one slice of maintenance may do, and what it did.

/// How long a delivered fingerprint is kept at least, in days: longer than any terminal remembers a punch and repeats it.
pub const MIN_RETENTION_DAYS: u32 = 400;

/// One slice of maintenance. The writer does nothing else meanwhile, so keep slices small and call often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// Most fingerprints looked at.
    pub rows: u32,
    /// Most free pages of 4 KiB given back to the file system.
    pub pages: u32,
    /// The wall clock in Unix milliseconds, if the host knows that it is right; see [`forget`](Self::forget).
    pub synced_now_ms: Option<i64>,
    /// Days a fingerprint is kept after both its punch and its delivery, at least [`MIN_RETENTION_DAYS`].
    pub retention_days: u32,
}

impl Budget {
    /// A slice of some milliseconds: 2,000 fingerprints, 256 pages, and nothing is forgotten.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rows: 2_000,
            pages: 256,
            synced_now_ms: None,
            retention_days: MIN_RETENTION_DAYS,
        }
    }

    /// Lets the slice forget fingerprints whose punch and whose delivery are both older than the retention. An event that is
    /// pending or refused is never forgotten, and neither is one that was delivered after `synced_now_ms`.
    ///
    /// Give the wall clock in Unix milliseconds, and only when the host knows that it is right, by a time server for
    /// instance: a clock that stands years ahead would make the queue forget what a terminal may still send. The time of a
    /// punch is read from the first four bytes of its fingerprint ([`Fingerprint`](crate::Fingerprint)); an application that
    /// makes fingerprints of its own without that prefix must never call this.
    #[must_use]
    pub const fn forget(mut self, synced_now_ms: i64) -> Self {
        self.synced_now_ms = Some(synced_now_ms);
        self
    }

    /// Keeps fingerprints for longer than [`MIN_RETENTION_DAYS`]; a shorter time is raised to it.
    #[must_use]
    pub const fn retention_days(mut self, days: u32) -> Self {
        self.retention_days = days;
        self
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

/// What a slice of maintenance did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Maintained {
    /// Fingerprints forgotten.
    pub forgotten: u64,
    /// Bytes of the database given back to the file system.
    pub freed_bytes: u64,
    /// Size of the write-ahead log afterwards, in bytes. It stays when a reader holds it back.
    pub wal_bytes: u64,
    /// Nothing is left to do for now; if not, call again soon.
    pub done: bool,
}
