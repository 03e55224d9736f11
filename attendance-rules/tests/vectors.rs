//! Runs every vector of `tests/vectors` through the public API.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

#[path = "support/vectors.rs"]
mod vectors;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// How many vectors of each op there are: one that was lost must not be missed.
const COUNTS: [(&str, usize); 23] = [
    ("approve", 2),
    ("attribute", 5),
    ("auto_close", 4),
    ("average", 1),
    ("bank", 21),
    ("breaks", 7),
    ("cycle", 2),
    ("day", 8),
    ("day_assign", 6),
    ("duration", 5),
    ("meal", 3),
    ("money", 4),
    ("overlay", 15),
    ("overtime", 25),
    ("pair", 11),
    ("premium_rate", 7),
    ("punctuality", 3),
    ("resolve_local", 7),
    ("rest", 2),
    ("round_table", 9),
    ("spread", 1),
    ("status", 3),
    ("threshold", 4),
];

#[test]
fn every_vector() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let files = vectors::files_below(&folder).unwrap();
    let mut ran: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failed = Vec::new();
    for path in &files {
        match vectors::run_file(path) {
            Ok(op) => *ran.entry(op).or_default() += 1,
            Err(line) => failed.push(line),
        }
        let vector: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert!(
            vector["source"]["cite"].is_string(),
            "{}: a vector names its source",
            path.display()
        );
    }
    assert!(
        failed.is_empty(),
        "{} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
    assert_eq!(ran.into_iter().collect::<Vec<_>>(), COUNTS);
}

/// A vector whose expectation is changed in any number fails: the comparison looks.
#[test]
fn a_wrong_expectation_fails() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong-vectors");
    fs::create_dir_all(&scratch).unwrap();
    for path in vectors::files_below(&folder).unwrap() {
        let mut vector: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for (name, value) in vector["expect"].as_object_mut().unwrap() {
            *value = Value::from(format!("not {name}"));
        }
        let wrong = scratch.join(path.file_name().unwrap());
        fs::write(&wrong, vector.to_string()).unwrap();
        assert!(vectors::run_file(&wrong).is_err(), "{}", path.display());
    }
    let unknown = scratch.join("unknown.json");
    fs::write(
        &unknown,
        r#"{"id": "x", "op": "guess", "given": {}, "expect": {}}"#,
    )
    .unwrap();
    assert!(vectors::run_file(&unknown).unwrap_err().contains("not known"));
}
