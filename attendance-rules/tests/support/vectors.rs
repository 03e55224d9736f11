//! Runs vector files of every op: the format is `tests/vectors/README.md`. Shared by the test and by the example `vectors`.

#[path = "bank_vectors.rs"]
mod bank_vectors;
#[path = "day_vectors.rs"]
mod day_vectors;
#[path = "given.rs"]
mod given;
#[path = "law_vectors.rs"]
mod law_vectors;
#[path = "time_vectors.rs"]
mod time_vectors;

use std::fs;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use serde_json::Value;

/// What runs a vector: `given` in, `expect` out.
type Op = fn(&Value) -> Result<Value, String>;

/// Every op of the format.
pub(crate) const OPS: [(&str, Op); 23] = [
    ("approve", day_vectors::approve),
    ("attribute", day_vectors::attribute),
    ("auto_close", time_vectors::auto_close),
    ("average", law_vectors::average),
    ("bank", bank_vectors::bank),
    ("breaks", day_vectors::breaks),
    ("cycle", law_vectors::cycle),
    ("day", day_vectors::day),
    ("day_assign", day_vectors::day_assign),
    ("duration", day_vectors::duration),
    ("meal", law_vectors::meal),
    ("money", law_vectors::money),
    ("overlay", day_vectors::overlay),
    ("overtime", day_vectors::overtime),
    ("pair", day_vectors::pair),
    ("premium_rate", time_vectors::premium_rate),
    ("punctuality", day_vectors::punctuality),
    ("resolve_local", time_vectors::resolve_local),
    ("rest", law_vectors::rest),
    ("round_table", time_vectors::round_table),
    ("spread", law_vectors::spread),
    ("status", time_vectors::status),
    ("threshold", time_vectors::threshold),
];

/// Runs one vector file. `Err` is one line: what was expected and what was found.
pub(crate) fn run_file(path: &Path) -> Result<&'static str, String> {
    let name = path.file_name().map_or_else(
        || path.display().to_string(),
        |n| n.to_string_lossy().into_owned(),
    );
    let bytes = fs::read(path).map_err(|e| format!("{name}: cannot be read: {e}"))?;
    let vector: Value = serde_json::from_slice(&bytes).map_err(|e| format!("{name}: is not JSON: {e}"))?;
    let id = vector.get("id").and_then(Value::as_str).unwrap_or(&name);
    let op = vector
        .get("op")
        .and_then(Value::as_str)
        .ok_or_else(|| format!("{id}: names no op"))?;
    let expect = vector
        .get("expect")
        .ok_or_else(|| format!("{id}: expects nothing"))?;
    let given = vector
        .get("given")
        .ok_or_else(|| format!("{id}: gives nothing"))?;
    let (op, run) = OPS
        .iter()
        .find(|(known, _)| *known == op)
        .ok_or_else(|| format!("{id}: the op {op:?} is not known"))?;
    let found = run(given).map_err(|e| format!("{id}: expected {expect}, found the error {e}"))?;
    if agrees(expect, &found) {
        Ok(op)
    } else {
        Err(format!("{id}: expected {expect}, found {found}"))
    }
}

/// Every `.json` file below a folder, sorted by path.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|e| e.to_string())?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "json") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Whether all that is expected was found. Instants are compared as instants, however they are written.
fn agrees(expect: &Value, found: &Value) -> bool {
    match (expect, found) {
        (Value::Object(expect), Value::Object(found)) => expect
            .iter()
            .all(|(name, value)| found.get(name).is_some_and(|found| agrees(value, found))),
        (Value::Array(expect), Value::Array(found)) => {
            expect.len() == found.len() && expect.iter().zip(found).all(|(a, b)| agrees(a, b))
        }
        (Value::String(a), Value::String(b)) if a != b => {
            let instant = |text: &str| DateTime::parse_from_rfc3339(text).map(|at| at.timestamp()).ok();
            instant(a).is_some() && instant(a) == instant(b)
        }
        (a, b) => a == b,
    }
}
