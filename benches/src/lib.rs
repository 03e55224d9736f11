//! What the benchmarks share: input that looks like a branch's, the clock, and the lines they print.
//!
//! A benchmark compares our code with a yardstick (summing the bytes, one flush of the disk) on the same input, in the same
//! process, in turns, and prints the ratio: times depend on the machine, ratios much less.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    reason = "unpublished; a benchmark that cannot set up its input must stop"
)]

pub mod floor;
pub mod input;
pub mod run;

pub use run::Run;
