//! What comes out of the queue, and what is said about it.

use crate::{Fingerprint, Seq};

/// Names one lease of this process. A new process knows none of the old ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeaseId(pub(crate) u64);

/// An event out for delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its place in the queue.
    pub seq: Seq,
    /// What makes it the same event.
    pub fingerprint: Fingerprint,
    /// Where it came from.
    pub source: String,
    /// When it was received, in Unix milliseconds.
    pub received_ms: i64,
    /// How often delivery was tried and failed.
    pub attempts: u32,
    /// The event itself.
    pub body: Vec<u8>,
}

/// Events given to one deliverer, oldest first. Until it expires no other lease holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// Names the lease in [`nack`](crate::Queue::nack).
    pub id: LeaseId,
    /// The events, in order of arrival. Empty when nothing is pending.
    pub events: Vec<Event>,
}

impl Lease {
    /// The numbers of all events.
    #[must_use]
    pub fn seqs(&self) -> Vec<Seq> {
        self.events.iter().map(|event| event.seq).collect()
    }
}

/// What a settlement did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settled {
    /// Events this call settled.
    pub settled: usize,
    /// Events it left alone, because they were settled before or, for a nack, because another lease holds them by now.
    /// Not an error: settling twice is harmless.
    pub ignored: usize,
}

/// The verdict that an event will never be taken by the sink.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Which event.
    pub seq: Seq,
    /// The sink's code, short and stable.
    pub code: String,
    /// The sink's words.
    pub reason: String,
}

impl DeadLetter {
    /// A verdict.
    #[must_use]
    pub fn new(seq: Seq, code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            seq,
            code: code.into(),
            reason: reason.into(),
        }
    }
}

/// An event that the sink refused: kept, marked and listed, never deleted by the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dead {
    /// The number it had in the queue, and keeps.
    pub seq: Seq,
    /// What makes it the same event. It stays known: its copies are duplicates.
    pub fingerprint: Fingerprint,
    /// Where it came from.
    pub source: String,
    /// The sink's code.
    pub code: String,
    /// The sink's words.
    pub reason: String,
    /// How often delivery had been tried before.
    pub attempts: u32,
    /// When it was received, in Unix milliseconds.
    pub received_ms: i64,
    /// When it was refused, in Unix milliseconds.
    pub dead_ms: i64,
    /// The event itself.
    pub body: Vec<u8>,
}

/// Input kept because it could not be read, or a row of the queue that was damaged on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quarantined {
    /// Its number, increasing.
    pub id: i64,
    /// Where it came from.
    pub source: String,
    /// When it was received, in Unix milliseconds.
    pub received_ms: i64,
    /// Why it is here.
    pub reason: String,
    /// How many bytes were kept in all.
    pub length: u64,
    /// The first [`Quarantined::PREVIEW_BYTES`] of them; the rest comes with
    /// [`quarantine_raw`](crate::Queue::quarantine_raw).
    pub preview: Vec<u8>,
}

impl Quarantined {
    /// How many bytes a listing shows of each piece.
    pub const PREVIEW_BYTES: usize = 4 << 10;
}
