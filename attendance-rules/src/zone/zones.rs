//! The tables one evaluation may use.

use std::sync::Arc;

use super::table::ZoneTable;
use crate::error::{Error, FaultKind};

/// A default zone and any others that punches or shifts name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zones {
    default: Arc<ZoneTable>,
    others: Vec<Arc<ZoneTable>>,
}

impl Zones {
    /// Only one zone: that of the employee.
    #[must_use]
    pub fn new(default: impl Into<Arc<ZoneTable>>) -> Self {
        Self {
            default: default.into(),
            others: Vec::new(),
        }
    }

    /// Adds a zone that a punch or a shift names.
    ///
    /// # Errors
    /// When its data comes from another release than that of the zones already here: one evaluation reports one release.
    pub fn with(mut self, table: impl Into<Arc<ZoneTable>>) -> Result<Self, Error> {
        let table = table.into();
        if let (Some(have), Some(new)) = (self.tzdb_version(), table.tzdb_version())
            && have != new
        {
            let message = format!("data of release {new} beside data of release {have}");
            return Err(Error::one(
                format!("zone {}", table.name()),
                FaultKind::ZoneData,
                message,
            ));
        }
        if self.get(table.name()).is_none() {
            self.others.push(table);
        }
        Ok(self)
    }

    /// The zone of everything that names none.
    #[must_use]
    pub fn default_zone(&self) -> &ZoneTable {
        &self.default
    }

    /// The zone of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ZoneTable> {
        core::iter::once(&self.default)
            .chain(&self.others)
            .map(AsRef::as_ref)
            .find(|t| t.name() == name)
    }

    /// Release of the zone data; `None` when all zones are fixed offsets.
    #[must_use]
    pub fn tzdb_version(&self) -> Option<&str> {
        core::iter::once(&self.default)
            .chain(&self.others)
            .find_map(|t| t.tzdb_version())
    }

    /// The same, shared.
    pub(crate) fn shared_tzdb_version(&self) -> Option<&Arc<str>> {
        core::iter::once(&self.default)
            .chain(&self.others)
            .find_map(|t| t.shared_tzdb_version())
    }

    /// The named zone, or the default where no name is given.
    pub(crate) fn named(&self, name: Option<&str>) -> Option<&ZoneTable> {
        name.map_or_else(|| Some(self.default_zone()), |n| self.get(n))
    }
}

impl From<ZoneTable> for Zones {
    fn from(table: ZoneTable) -> Self {
        Self::new(table)
    }
}
