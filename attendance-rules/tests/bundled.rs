//! The zone data compiled into the crate.
#![cfg(feature = "jiff-tz")]

use punchclock_rules::{FaultKind, ZoneTable, bundled_tzdb_version, bundled_zone_names};

#[test]
fn every_bundled_zone_has_a_table() {
    let names = bundled_zone_names();
    assert!(names.len() > 400, "{} zones", names.len());
    for name in names {
        let table = ZoneTable::bundled(name).unwrap();
        assert_eq!(
            (table.name(), table.tzdb_version()),
            (name, Some(bundled_tzdb_version()))
        );
    }
    assert!(bundled_tzdb_version() >= "2026e");
    for unknown in ["", "Mars/Olympus", "europe/brussels", "../etc/passwd"] {
        assert_eq!(
            ZoneTable::bundled(unknown).unwrap_err().faults()[0].kind,
            FaultKind::UnknownZone
        );
    }
}
