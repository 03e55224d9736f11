//! Shows what is in a queue as JSON lines: `inspect FILE [--pending|--dead|--quarantine|--stats|--verify]`.
//!
//! Reads only, and may run beside the service.

use std::io::{BufWriter, ErrorKind, Write, stdout};
use std::process::ExitCode;

use punchclock_queue::{Check, Problem, Reader, Seq};
use serde_json::{Value, json};

const USAGE: &str = "usage: inspect FILE [--pending|--dead|--quarantine|--stats|--verify]";

/// Rows asked for at once, so that a million pending events are never in memory together.
const PAGE: usize = 500;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (file, what) = match arguments
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [file] if !file.starts_with('-') => ((*file).to_owned(), "--stats"),
        [
            file,
            what @ ("--pending" | "--dead" | "--quarantine" | "--stats" | "--verify"),
        ] => ((*file).to_owned(), *what),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match inspect(&file, what) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("inspect: {error}");
            ExitCode::FAILURE
        }
    }
}

fn inspect(file: &str, what: &str) -> Result<(), Box<dyn std::error::Error>> {
    let reader = Reader::open(file)?;
    let mut out = BufWriter::new(stdout().lock());
    let mut print = |line: Value| match writeln!(out, "{line}") {
        // `inspect … | head` has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        other => other,
    };
    match what {
        "--pending" => page(
            |after| reader.pending(after.map(Seq::new), PAGE),
            |event| event.seq.get(),
            |event| {
                print(json!({
                    "seq": event.seq.get(), "fingerprint": event.fingerprint.to_string(), "source": event.source,
                    "received_ms": event.received_ms, "attempts": event.attempts, "body": text(&event.body),
                }))
            },
        )?,
        "--dead" => page(
            |after| reader.dead_list(after.map(Seq::new), PAGE),
            |dead| dead.seq.get(),
            |dead| {
                print(json!({
                    "seq": dead.seq.get(), "fingerprint": dead.fingerprint.to_string(), "source": dead.source,
                    "code": dead.code, "reason": dead.reason, "attempts": dead.attempts,
                    "received_ms": dead.received_ms, "dead_ms": dead.dead_ms, "body": text(&dead.body),
                }))
            },
        )?,
        "--quarantine" => page(
            |after| reader.quarantine_list(after, PAGE),
            |piece| piece.id,
            |piece| {
                print(json!({
                    "id": piece.id, "source": piece.source, "received_ms": piece.received_ms, "reason": piece.reason,
                    "length": piece.length, "preview": text(&piece.preview),
                }))
            },
        )?,
        "--verify" => {
            let verified = reader.verify(Check::Full)?;
            for problem in &verified.problems {
                print(describe(problem))?;
            }
            print(json!({ "sound": verified.is_sound(), "events": verified.events }))?;
            if !verified.is_sound() {
                out.flush()?;
                return Err("the queue is not sound".into());
            }
        }
        _ => {
            let stats = reader.stats()?;
            print(json!({
                "pending": stats.pending, "dead": stats.dead, "seen": stats.seen, "quarantined": stats.quarantined,
                "oldest_received_ms": stats.oldest_received_ms, "db_bytes": stats.db_bytes,
                "wal_bytes": stats.wal_bytes, "free_bytes": stats.free_bytes,
            }))?;
        }
    }
    Ok(out.flush()?)
}

/// A problem as one line.
fn describe(problem: &Problem) -> Value {
    match problem {
        Problem::File { detail, .. } => json!({ "problem": "file", "detail": detail }),
        Problem::Checksum { seq, table, .. } => {
            json!({ "problem": "checksum", "seq": seq.get(), "table": table })
        }
        Problem::Unknown { seq, fingerprint, .. } => {
            json!({ "problem": "unknown", "seq": seq.get(), "fingerprint": fingerprint.to_string() })
        }
        other => json!({ "problem": format!("{other:?}") }),
    }
}

/// Goes through a listing page by page.
fn page<T>(
    ask: impl Fn(Option<i64>) -> Result<Vec<T>, punchclock_queue::Error>,
    key: impl Fn(&T) -> i64,
    mut show: impl FnMut(&T) -> std::io::Result<()>,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut after = None;
    loop {
        let rows = ask(after)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(key(last));
        rows.iter().try_for_each(&mut show)?;
    }
}

/// Bytes as text where they are text, else as hexadecimal digits.
fn text(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({ "hex": bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() }),
    }
}
