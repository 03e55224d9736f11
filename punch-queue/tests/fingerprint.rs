//! The fingerprint against vectors computed by another program in another language.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

use std::path::Path;

use chrono::NaiveDateTime;
use punchclock_queue::Fingerprint;
use serde::Deserialize;

const VECTORS: &str = include_str!("data/fingerprint.json");

#[derive(Deserialize)]
struct Document {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    serial: String,
    pin: String,
    local: String,
    fingerprint: String,
    why: String,
}

#[test]
fn every_vector_holds() {
    let document: Document = serde_json::from_str(VECTORS).unwrap();
    assert!(document.vectors.len() >= 25, "{} vectors", document.vectors.len());
    for Vector {
        serial,
        pin,
        local,
        fingerprint,
        why,
    } in document.vectors
    {
        let local = NaiveDateTime::parse_from_str(&local, "%Y-%m-%dT%H:%M:%S").unwrap();
        assert_eq!(
            Fingerprint::of(&serial, &pin, local).to_string(),
            fingerprint,
            "{why}"
        );
        assert_eq!(
            fingerprint.parse::<Fingerprint>().unwrap().to_string(),
            fingerprint,
            "{why}"
        );
    }
}

/// The workspace's vectors are what Odoo's tests read. A crate unpacked by itself has no workspace around it.
#[test]
fn the_copy_of_the_vectors_is_the_workspaces() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if std::fs::read_to_string(workspace.join("Cargo.toml"))
        .is_ok_and(|manifest| manifest.contains("\"punch-queue\""))
    {
        let original = std::fs::read_to_string(workspace.join("testdata/fingerprint.json")).unwrap();
        assert!(original == VECTORS, "run python3 testdata/make_fingerprints.py");
    }
}
