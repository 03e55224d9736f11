//! The offsets of one zone, as a sorted list.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime};

use crate::error::{Error, FaultKind};
use crate::limits::{MAX_AT, MAX_NAME_BYTES, MAX_TRANSITIONS, MIN_AT};

/// Offsets from UTC are less than this, in seconds: POSIX allows up to 24:59:59, the world uses 15 h at most.
pub(super) const MAX_OFFSET_S: i32 = 90_000;

/// What one zone's clocks showed, from 1970 to 2100: an offset to begin with and every change of it.
///
/// A table is plain data. It is supplied by the caller and never read from the host, so that the same input gives the same answer everywhere.
/// Build it from the bytes of a TZif file ([`ZoneTable::from_tzif`]), or with feature `jiff-tz` from the data bundled in the crate
/// (`ZoneTable::bundled`), or by hand ([`ZoneTable::new`], [`ZoneTable::fixed`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneTable {
    name: Arc<str>,
    tzdb_version: Option<Arc<str>>,
    initial_offset_s: i32,
    /// `(first unix second of the new offset, offset in seconds east of UTC)`, sorted.
    transitions: Vec<(i64, i32)>,
}

impl ZoneTable {
    /// A table from its parts. `transitions` are `(first unix second of the new offset, seconds east of UTC)`.
    ///
    /// # Errors
    /// When the transitions are not strictly ascending or too many, an offset has 25 hours or more, or a name is empty or too long.
    pub fn new(
        name: impl Into<Arc<str>>,
        tzdb_version: Option<String>,
        initial_offset_s: i32,
        transitions: Vec<(i64, i32)>,
    ) -> Result<Self, Error> {
        let name = name.into();
        let bad = |message: String| Error::one(format!("zone {name}"), FaultKind::ZoneData, message);
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            return Err(bad(format!("a zone name has 1 to {MAX_NAME_BYTES} bytes")));
        }
        if tzdb_version
            .as_ref()
            .is_some_and(|v| v.is_empty() || v.len() > MAX_NAME_BYTES)
        {
            return Err(bad(format!("a data version has 1 to {MAX_NAME_BYTES} bytes")));
        }
        if transitions.len() > MAX_TRANSITIONS {
            return Err(bad(format!("more than {MAX_TRANSITIONS} transitions")));
        }
        let offsets = core::iter::once(initial_offset_s).chain(transitions.iter().map(|t| t.1));
        if offsets
            .into_iter()
            .any(|offset| offset.unsigned_abs() >= MAX_OFFSET_S.unsigned_abs())
        {
            return Err(bad(format!("an offset must be less than {MAX_OFFSET_S} seconds")));
        }
        if !transitions.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(bad("transitions must be in strictly ascending order".to_owned()));
        }
        Ok(Self {
            name,
            tzdb_version: tzdb_version.map(Arc::from),
            initial_offset_s,
            transitions,
        })
    }

    /// A zone that never changes, such as a terminal set to a bare offset.
    ///
    /// # Errors
    /// As [`ZoneTable::new`].
    pub fn fixed(name: impl Into<Arc<str>>, offset_s: i32) -> Result<Self, Error> {
        Self::new(name, None, offset_s, Vec::new())
    }

    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self {
            name: "UTC".into(),
            tzdb_version: None,
            initial_offset_s: 0,
            transitions: Vec::new(),
        }
    }

    /// The zone's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone's name, shared.
    pub(crate) const fn shared_name(&self) -> &Arc<str> {
        &self.name
    }

    /// Release of the IANA data, shared.
    pub(crate) const fn shared_tzdb_version(&self) -> Option<&Arc<str>> {
        self.tzdb_version.as_ref()
    }

    /// Release of the IANA data the table was made from, such as `2026e`; `None` for a fixed offset.
    #[must_use]
    pub fn tzdb_version(&self) -> Option<&str> {
        self.tzdb_version.as_deref()
    }

    /// Every change of the offset: `(first unix second of the new offset, seconds east of UTC)`, ascending.
    #[must_use]
    pub fn transitions(&self) -> &[(i64, i32)] {
        &self.transitions
    }

    /// The offset that holds before the first transition, in seconds east of UTC.
    #[must_use]
    pub const fn initial_offset_s(&self) -> i32 {
        self.initial_offset_s
    }

    /// The offset at an instant, in seconds east of UTC.
    #[must_use]
    pub fn offset_at(&self, at: i64) -> i32 {
        self.offset_after(self.transitions.partition_point(|t| t.0 <= at))
    }

    /// The civil time at an instant; `None` outside 1970 to 2100.
    #[must_use]
    pub fn to_local(&self, at: i64) -> Option<NaiveDateTime> {
        if !(MIN_AT..MAX_AT).contains(&at) {
            return None;
        }
        Some(DateTime::from_timestamp(at + i64::from(self.offset_at(at)), 0)?.naive_utc())
    }

    /// The offset that holds once `count` transitions have passed.
    pub(super) fn offset_after(&self, count: usize) -> i32 {
        count
            .checked_sub(1)
            .and_then(|i| self.transitions.get(i))
            .map_or(self.initial_offset_s, |t| t.1)
    }
}
