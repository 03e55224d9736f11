//! What the fuzz targets do, as plain functions from bytes to nothing: they panic when something that must hold does not.
//!
//! The same functions are called by the fuzzer (`fuzz_targets/`) and, over the committed inputs, by `cargo test` (`tests/corpus.rs`).
//! How each function reads its bytes is written at it; numbers are little endian, and where the bytes end, zeros follow.

#![forbid(unsafe_code)]

pub mod adms;
mod feed;
pub mod odoo;
pub mod queue;
pub mod rules;
pub mod zk;

use feed::Feed;

/// A target: it panics when something that must hold does not.
pub type Target = fn(&[u8]);

/// Every target by the name of its folder in `corpus/`.
pub const TARGETS: [(&str, Target); 10] = [
    ("adms_attlog", adms::attlog),
    ("adms_request", adms::request),
    ("odoo_decode", odoo::decode),
    ("queue_ops", queue::operations),
    ("rules_compute_days", rules::compute_days),
    ("rules_evaluate", rules::evaluate),
    ("rules_policy", rules::policy_and_punches),
    ("zk_frame", zk::frame),
    ("zk_records", zk::records),
    ("zk_session", zk::session),
];

/// The program around one function: a fuzzer under cargo-fuzz, otherwise one that runs the files it is given.
#[macro_export]
macro_rules! target {
    ($function:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $function(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            $crate::run_files($function)
        }
    };
}

/// Runs one target over the files named on the command line, to look at a finding with an ordinary debugger.
///
/// # Errors
/// When a file cannot be read.
pub fn run_files(function: Target) -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        function(&std::fs::read(&path)?);
        eprintln!("{}: passed", path.to_string_lossy());
    }
    Ok(())
}
