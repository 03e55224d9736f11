//! Runs every vector file below a folder: one line for each failure, with what was expected and what was found, then the counts.
//!
//! ```console
//! $ cargo run -p punchclock-rules --example vectors -- attendance-rules/tests/vectors
//! 155 passed, 0 failed
//! ```

#[path = "../tests/support/vectors.rs"]
mod vectors;

use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let (Some(folder), None) = (args.next(), args.next()) else {
        eprintln!("usage: vectors DIR");
        return ExitCode::from(2);
    };
    let files = match vectors::files_below(Path::new(&folder)) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let (mut passed, mut failed) = (0_usize, 0_usize);
    let mut out = stdout().lock();
    for path in files {
        let written = match vectors::run_file(&path) {
            Ok(_) => {
                passed += 1;
                Ok(())
            }
            Err(line) => {
                failed += 1;
                writeln!(out, "{line}")
            }
        };
        if written.is_err() {
            return ExitCode::FAILURE;
        }
    }
    if passed + failed == 0 {
        eprintln!("no vector below {}", Path::new(&folder).display());
    }
    let told = writeln!(out, "{passed} passed, {failed} failed");
    if failed == 0 && passed > 0 && told.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
