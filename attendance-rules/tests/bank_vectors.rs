//! Runs the vectors of the bank, of pay and of the compliance checks.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

#[path = "support/bank_vectors.rs"]
mod bank_vectors;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

#[test]
fn every_vector_of_bank_pay_and_compliance() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut ran: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failed = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let vector: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let (name, run): (&str, fn(&Value) -> Result<Value, String>) = match vector["op"].as_str().unwrap() {
            "bank" => ("bank", bank_vectors::bank),
            _ => continue,
        };
        *ran.entry(name).or_default() += 1;
        let found = run(&vector["given"]);
        if found.as_ref() != Ok(&vector["expect"]) {
            failed.push(format!(
                "{}: expected {}, found {found:?}",
                vector["id"], vector["expect"]
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let expected = [("bank", 21)];
    assert_eq!(ran.into_iter().collect::<Vec<_>>(), expected);
}
