//! Power cuts and failing disks for the tests of `punchclock-queue`.
//!
//! [`shim`] is a file system for SQLite that passes everything through to the real one. For the files of a folder under
//! [`Watch`] it writes down every write, truncation, sync, creation and deletion, in order, and it can be told to fail at the
//! n-th of them ([`Fault`]). It registers itself as SQLite's default, so the queue under test is the one that is published,
//! without a hook in it.
//!
//! [`Disk`] turns the first k entries of such a log into what a power cut after the k-th could have left ([`disk`] says what
//! that is), [`script`] is a day of work for a queue with what must be in it after every step, and [`power_cut`] opens every
//! image and compares.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::exhaustive_structs,
    clippy::exhaustive_enums,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    missing_docs,
    reason = "unpublished test code: what cannot go on must fail the test"
)]

pub mod check;
pub mod disk;
pub mod power_cut;
pub mod script;
pub mod shim;
mod system;
pub mod watch;

pub use disk::{Disk, Image};
pub use power_cut::{Cuts, Report, Verdict};
pub use script::{Holds, Step};
pub use watch::{Calls, Fault, Op, Watch};
