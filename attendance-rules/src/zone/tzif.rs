//! Adapter: the bytes of a TZif file (RFC 9636) to a table.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::table::ZoneTable;
use crate::error::{Error, FaultKind};
use crate::limits::{MAX_AT, MAX_TRANSITIONS, MAX_TZIF_BYTES, MIN_AT};

/// The table reaches this far past either limit, so that a wall time at the limit still sees the transitions around it.
const MARGIN_S: i64 = 30 * 86_400;

impl ZoneTable {
    /// A table from the bytes of a TZif file, such as one from a `zoneinfo` folder of the operator's choice.
    ///
    /// `tzdb_version` is the release the file comes from (`2026e`); TZif does not carry it. The rule at the end of the file (the POSIX string)
    /// is written out up to 2100.
    ///
    /// # Errors
    /// When the bytes are not TZif, too many, or hold more transitions than a zone can have.
    pub fn from_tzif(
        name: impl Into<String>,
        tzdb_version: impl Into<String>,
        bytes: &[u8],
    ) -> Result<Self, Error> {
        let name = name.into();
        let bad = |message: String| Error::one(format!("zone {name}"), FaultKind::ZoneData, message);
        if bytes.len() > MAX_TZIF_BYTES {
            return Err(bad(format!("a TZif file has at most {MAX_TZIF_BYTES} bytes")));
        }
        let zone = TimeZone::tzif(&name, bytes).map_err(|e| bad(format!("not a usable TZif file: {e}")))?;
        let begin = Timestamp::from_second(MIN_AT - MARGIN_S).map_err(|e| bad(e.to_string()))?;
        let initial = zone.to_offset(begin).seconds();
        let mut transitions = Vec::new();
        let mut offset = initial;
        let mut last = MIN_AT - MARGIN_S;
        // A damaged rule can make the parser stand still: so many transitions and no more, each after the last.
        for transition in zone.following(begin).take(4 * MAX_TRANSITIONS) {
            let at = transition.timestamp().as_second();
            if at >= MAX_AT + MARGIN_S {
                break;
            }
            if at < last {
                return Err(bad("its transitions run backwards".to_owned()));
            }
            last = at;
            let next = transition.offset().seconds();
            // A change of name or of the daylight flag alone moves no clock.
            if next != offset {
                transitions.push((at, next));
                offset = next;
            }
            if transitions.len() > MAX_TRANSITIONS {
                break;
            }
        }
        Self::new(name.as_str(), Some(tzdb_version.into()), initial, transitions)
    }
}
