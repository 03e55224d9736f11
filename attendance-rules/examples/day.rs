//! A batch request on stdin; the explanation of each day, then the result as JSON, on stdout.
//!
//! ```console
//! $ cargo run -p punchclock-rules --features jiff-tz --example day < attendance-rules/examples/night.json
//! ```

use std::error::Error;
use std::io::{Read, Write, stdin, stdout};
use std::process::ExitCode;

use punchclock_rules::batch::MAX_REQUEST_BYTES;
use punchclock_rules::compute_days;
use serde_json::Value;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut request = Vec::new();
    let limit = u64::try_from(MAX_REQUEST_BYTES)? + 1;
    stdin().take(limit).read_to_end(&mut request)?;
    let answer = compute_days(&request).map_err(|error| {
        let faults: Vec<String> = error.faults().iter().map(ToString::to_string).collect();
        faults.join("\n")
    })?;
    let answer: Value = serde_json::from_slice(&answer)?;

    let mut out = stdout().lock();
    let list = |value: &Value, field: &str| {
        value
            .get(field)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    for item in list(&answer, "items") {
        for day in list(&item, "days") {
            for line in list(&day, "explanation") {
                writeln!(out, "{}", line.as_str().unwrap_or_default())?;
            }
            writeln!(out)?;
        }
    }
    serde_json::to_writer_pretty(&mut out, &answer)?;
    writeln!(out)?;
    Ok(())
}
