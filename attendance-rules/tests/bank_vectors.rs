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
#[path = "support/law_vectors.rs"]
mod law_vectors;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// What runs a vector: `given` in, `expect` out.
type Op = fn(&Value) -> Result<Value, String>;

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
        let (name, run): (&str, Op) = match vector["op"].as_str().unwrap() {
            "average" => ("average", law_vectors::average),
            "bank" => ("bank", bank_vectors::bank),
            "cycle" => ("cycle", law_vectors::cycle),
            "meal" => ("meal", law_vectors::meal),
            "money" => ("money", law_vectors::money),
            "rest" => ("rest", law_vectors::rest),
            "spread" => ("spread", law_vectors::spread),
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
    let expected = [
        ("average", 1),
        ("bank", 21),
        ("cycle", 2),
        ("meal", 3),
        ("money", 4),
        ("rest", 2),
        ("spread", 1),
    ];
    assert_eq!(ran.into_iter().collect::<Vec<_>>(), expected);
}
