//! `rejected` and `quarantine`: what stayed here, read beside a running edge.

use std::io::Write as _;
use std::path::Path;

use punchclock_edge::config::Config;
use punchclock_edge::error::EdgeError;
use punchclock_queue::Reader;
use serde_json::json;

/// Rows fetched at once.
const PAGE: usize = 500;

pub(crate) fn rejected(path: &Path) -> Result<(), EdgeError> {
    let reader = Reader::open(&Config::load(path)?.storage.path)?;
    let mut after = None;
    loop {
        let page = reader.dead_list(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.seq);
        for dead in &page {
            line(&json!({
                "seq": dead.seq.get(),
                "fingerprint": dead.fingerprint.to_string(),
                "code": dead.code,
                "reason": dead.reason,
                "rejected_ms": dead.dead_ms,
                "punch": serde_json::from_slice::<serde_json::Value>(&dead.body).ok(),
            }))?;
        }
    }
}

pub(crate) fn quarantine(path: &Path) -> Result<(), EdgeError> {
    let reader = Reader::open(&Config::load(path)?.storage.path)?;
    let mut after = None;
    loop {
        let page = reader.quarantine_list(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        for row in &page {
            line(&json!({
                "id": row.id,
                "source": row.source,
                "received_ms": row.received_ms,
                "reason": row.reason,
                "length": row.length,
                "begins": String::from_utf8_lossy(&row.preview),
            }))?;
        }
    }
}

fn line(value: &serde_json::Value) -> Result<(), EdgeError> {
    writeln!(std::io::stdout(), "{value}").map_err(|error| EdgeError::io("cannot write the list", error))
}
