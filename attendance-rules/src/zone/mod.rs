//! Time zones as data: tables supplied by the caller, and the one place where a local time becomes an instant.

#[cfg(feature = "jiff-tz")]
mod bundled;
mod resolve;
mod table;
mod tzif;
mod zones;

#[cfg(feature = "jiff-tz")]
pub use bundled::{bundled_tzdb_version, bundled_zone_names};
pub use resolve::Local;
pub use table::ZoneTable;
pub use zones::Zones;
