//! A durable, deduplicating outbox for punches.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "tokio")]
mod async_queue;
mod clock;
mod config;
mod delivery;
mod engine;
mod error;
mod event;
mod fingerprint;
mod handle;
mod health;
mod inbox;
mod job;
mod lease;
mod lock;
mod queue;
mod read;
mod reader;
mod retry;
mod row;
mod schema;
mod stats;
mod writer;

#[cfg(feature = "tokio")]
pub use async_queue::AsyncQueue;
pub use clock::{ManualClock, MonotonicClock, SystemClock};
pub use config::{Config, Recovery};
pub use delivery::{Dead, DeadLetter, Event, Lease, LeaseId, Quarantined, Settled};
pub use error::Error;
pub use event::{
    Batch, CursorUpdate, MAX_BODY_BYTES, MAX_CURSOR_BYTES, MAX_NAME_BYTES, MAX_RAW_BYTES, MAX_REASON_BYTES,
    NewEvent, NewQuarantine, Outcome, Seq,
};
pub use fingerprint::{Fingerprint, ParseFingerprintError, normalise_pin, normalise_serial};
pub use queue::Queue;
pub use reader::Reader;
pub use retry::RetrySchedule;
pub use stats::{Health, Stats};
