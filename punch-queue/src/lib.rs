//! A durable, deduplicating outbox on SQLite: acknowledged means committed, every event has an outcome, duplicates are
//! refused by fingerprint.
//!
//! It stands between a source that repeats itself (a terminal that sends until it hears `OK`, by two protocols at once) and a
//! sink that is often away. Delivery is at least once; with a unique key over the fingerprint at the sink the effect is
//! exactly once.
//!
//! [`Queue`] is the handle for threads, `AsyncQueue` (feature `tokio`) the one for tasks, [`Reader`] looks at a queue from
//! outside. Time is a parameter everywhere: the queue reads no wall clock, so a host that wakes up in the wrong year does it
//! no harm.
//!
//! # Guarantees
//!
//! | | promise | held by |
//! |---|---|---|
//! | G1 | What `enqueue` answered `Ok` for is on the disk and is never deleted before it was acknowledged | `tests/crash_kill9.rs`; the settings it rests on are asserted after every opening, `schema::pragmas` |
//! | G2 | One row for one fingerprint: the first is [accepted](Outcome::Accepted), every other a [duplicate](Outcome::Duplicate) or, if its mark differs, a [conflict](Outcome::Conflict); after delivery, after refusal and after a restart too | `tests/enqueue.rs`, `tests/model.rs` |
//! | G3 | A batch is committed as a whole, with its cursor and its quarantined input, or not at all | `tests/crash_kill9.rs`, `tests/disk_full.rs` |
//! | G4 | Numbers only go up, over restarts too, and none is given twice | `tests/delivery.rs`, `tests/model.rs` |
//! | G5 | Events go out in the order they came; an event goes out again only after a nack, an expired lease or a restart | `tests/delivery.rs`, `tests/model.rs` |
//! | G6 | Settling is idempotent: an acknowledgement that comes late or twice is success | `tests/delivery.rs`, `tests/model.rs` |
//! | G7 | What the sink refused is kept with its code and reason, and stays known | `tests/delivery.rs`, `tests/crash_kill9.rs` |
//! | G8 | A batch that brings nothing new writes nothing, not one page | `tests/enqueue.rs` |
//! | G9 | A file that is no queue, or one of a newer version, is refused and left as it is, byte for byte | `tests/open.rs` |
//! | G10 | One process at a time | `tests/open.rs` |
//! | G11 | A full disk or quota refuses new events, loses nothing, and passes | `tests/disk_full.rs` |
//! | G12 | A row whose bytes changed on the disk is never delivered, nor sent out again | `tests/delivery.rs`, `tests/dead_letters.rs` |
//! | G13 | A full disk does not keep the queue from draining, and nobody has to do anything to it afterwards | `tests/disk_full.rs` |
//! | G14 | A damaged queue is set aside unchanged, what can be read of it goes on under its old numbers, and what was lost is said and accepted again; a power cut on the way is taken up | `tests/salvage.rs` |
//! | G15 | A fingerprint is forgotten only when its punch and its delivery are both older than 400 days by a clock the caller vouches for, never while its event is pending or refused | `tests/upkeep.rs` |
//! | G16 | Refused events and quarantined input are deleted only by an explicit call | `tests/dead_letters.rs` |
//! | G17 | A backup is a whole, checked queue of one moment, or it does not have its name | `tests/upkeep.rs` |
//!
//! G1 holds against the death of the process and, because the log is synced at every commit, against power loss, on a disk that
//! does not lie about flushing.
//!
//! # One writer
//!
//! One thread owns the one connection that writes. Calls wait for it in a bounded inbox (1,024 requests, 8 MiB of batches, some
//! room kept for acknowledgements); it takes what is there, up to 512 events or 256 KiB, commits all of it with one sync, and
//! answers. There is no delay to gather more: while one commit is synced the next one gathers by itself. If a group fails, its
//! calls are tried one by one, so that no call fails for another's sake. Leases live in memory on a monotonic clock
//! ([`Config::clock`]): there is one process, so they need no disk.
//!
//! # The file
//!
//! | path | what |
//! |---|---|
//! | `<file>`, `<file>-wal`, `<file>-shm` | the database and its log |
//! | `<file>.lock` | held by the process that has the queue open |
//! | `<file>.ballast` | 16 MiB ([`Config::ballast_bytes`]) that are given up when the disk is full |
//! | `<file>.quarantine/<n>/` | damaged files as they were found, with `report.txt`; the operator's to keep or delete |
//! | `<file>.damaged` | a process met damage: the next opening looks at everything |
//!
//! An SQLite database with the application id `0x50515545`
//! (`PQUE`) and the schema number in `user_version`; migrations only go forward.
//!
//! | table | holds |
//! |---|---|
//! | `event` | pending events by number; deleted when acknowledged. A crc32c over fingerprint, time, source and body, because SQLite does not check its database pages |
//! | `seen` | every fingerprint with its mark and the day of its delivery; without a rowid, in the order of the fingerprint, which is the order of time, so that new rows are written side by side |
//! | `dead` | refused events with code and reason |
//! | `quarantine` | input that could not be read, and damaged rows, byte for byte; the same bytes of one source once |
//! | `cursor` | how far each source has been read |
//! | `meta` | the highest number reserved (in blocks, so that numbering costs no page a commit), whether the file was closed in order, and with how many rows |
//!
//! Open it with nothing but this crate while a service runs: a second program that writes, or moves the log, is outside every
//! promise above.
//!
//! # Failures
//!
//! | what happens | what the queue does | what the caller does |
//! |---|---|---|
//! | the process dies | the next opening finds everything committed ([`Recovery::Unclean`]); leases are gone | nothing; events are delivered again |
//! | disk or quota full, or less free than [`Config::reserve_bytes`] | new events are refused with [`Error::Full`]; acknowledgements go on, on a full disk by giving up the ballast, which comes back when there is room | no `OK` to the source; try again |
//! | too much at once | [`Error::Busy`] from `AsyncQueue`; `Queue` waits | 503 to the source |
//! | reading, writing or syncing fails | [`Error::Io`], then [`Error::Poisoned`] for everything: the system may have dropped what was being written, so the commit is not tried again | open the queue again, send again |
//! | SQLite finds the file damaged while it works | [`Error::Corrupt`], then [`Error::Poisoned`] | open the queue again |
//! | the file is damaged at opening (SQLite says so, a check after an unclean end fails, or rows are missing) | the files move to `<file>.quarantine/<n>/`, a new file takes what can be read, by ranges of the keys from both ends; [`Recovery::Quarantined`] and [`Config::on_damage`] say what was lost | read every source from its beginning: the cursors are empty, known punches are duplicates, lost ones are accepted |
//! | a row fails its checksum | it goes to quarantine, its fingerprint is forgotten, the rest goes on; [`Config::on_damage`] is told | read that source again: its copy is accepted |
//! | not a queue, a newer one, a read-only one, one in use | a typed error that names the file and what to do | as it says |
//! | the writer's thread dies | every call, waiting ones too, answers [`Error::Closed`]; [`Health::closed`] is set | end the process |
//!
//! Whether a file is a queue is decided by its header: the first sixteen bytes of an SQLite database and the application id. What
//! does not carry both never was one, or no longer shows it, and is refused and left alone ([`Error::NotADatabase`],
//! [`Error::ForeignDatabase`]); a queue that lost just these bytes is for the operator to restore. Damage in the middle of
//! a write-ahead log that a crash left cannot be told from a write that was cut short: SQLite ends the log there.
//!
//! # Maintenance
//!
//! [`Queue::maintain`] works in slices: it forgets what cannot come back, gives free pages back and moves the log into the file.
//! [`Queue::backup`] and [`Queue::verify`] run on the caller's thread beside the writer. [`Outbox`] is all that a deliverer needs, for
//! the day when another store stands behind it.
//!
//! # Features
//!
//! - `bundled` (default): compiles SQLite in. Without it the linked library must be 3.51.3 or newer; older ones can corrupt a
//!   write-ahead log and are refused.
//! - `tokio`: `AsyncQueue`.
//! - `serde`: serde for the plain data types.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "tokio")]
mod async_queue;
mod backup;
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
mod outbox;
mod queue;
mod read;
mod reader;
mod retry;
mod row;
mod salvage;
mod schema;
mod space;
mod stats;
mod upkeep;
mod verify;
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
#[cfg(feature = "tokio")]
pub use outbox::AsyncOutbox;
pub use outbox::Outbox;
pub use queue::Queue;
pub use reader::Reader;
pub use retry::RetrySchedule;
pub use salvage::{Damage, Salvage};
pub use stats::{Health, Stats};
pub use upkeep::{Budget, MIN_RETENTION_DAYS, Maintained};
pub use verify::{Check, Problem, Verified};

/// The README's example, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
