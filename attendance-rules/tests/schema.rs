//! The committed schemas are what the types say. `UPDATE_SCHEMA=1 cargo test -p punchclock-rules --features schema --test schema` rewrites them.
#![cfg(feature = "schema")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::fs;
use std::path::Path;

use punchclock_rules::schema;

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    for (name, now) in [
        ("policy", schema::policy()),
        ("request", schema::request()),
        ("answer", schema::answer()),
    ] {
        let path = folder.join(format!("{name}.schema.json"));
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &now).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == now,
            "{} is not what the types say; run with UPDATE_SCHEMA=1",
            path.display()
        );
    }
}
