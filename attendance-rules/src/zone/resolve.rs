//! Local civil time to instant: a three-way answer.

use chrono::NaiveDateTime;

use super::table::{MAX_OFFSET_S, ZoneTable};
use crate::limits::{MAX_AT, MIN_AT};

/// What a local civil time means in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a civil time occurs never, once or more than once"
)]
pub enum Local {
    /// It occurred once.
    Unique(i64),
    /// It was skipped: clocks were set forward over it.
    Gap {
        /// Read with the offset after the gap: an instant before the transition.
        earlier: i64,
        /// Read with the offset before the gap: an instant after the transition.
        later: i64,
        /// The instant at which clocks were set.
        transition: i64,
    },
    /// It occurred twice: clocks were set back over it.
    Fold {
        /// The first time.
        earlier: i64,
        /// The second time.
        later: i64,
    },
}

impl Local {
    /// The instant for a boundary that begins something: the first of a fold, the transition of a gap.
    #[must_use]
    pub const fn as_start(self) -> i64 {
        match self {
            Self::Unique(at) | Self::Fold { earlier: at, .. } | Self::Gap { transition: at, .. } => at,
        }
    }

    /// The instant for a boundary that ends something: the second of a fold, the transition of a gap.
    #[must_use]
    pub const fn as_end(self) -> i64 {
        match self {
            Self::Unique(at) | Self::Fold { later: at, .. } | Self::Gap { transition: at, .. } => at,
        }
    }

    /// The instant for a punch when nothing else tells: the first of a fold, the offset before a gap.
    #[must_use]
    pub const fn as_punch(self) -> i64 {
        match self {
            Self::Unique(at) | Self::Fold { earlier: at, .. } | Self::Gap { later: at, .. } => at,
        }
    }
}

impl ZoneTable {
    /// The instants a local civil time can mean; fractions of a second are floored. `None` outside 1970 to 2100, where the table knows nothing.
    ///
    /// ```
    /// # #[cfg(feature = "jiff-tz")] {
    /// use chrono::NaiveDate;
    /// use punchclock_rules::{Local, ZoneTable};
    ///
    /// let brussels = ZoneTable::bundled("Europe/Brussels").unwrap();
    /// let in_the_fold = NaiveDate::from_ymd_opt(2025, 10, 26).unwrap().and_hms_opt(2, 30, 0).unwrap();
    /// assert_eq!(
    ///     brussels.resolve(in_the_fold),
    ///     Some(Local::Fold { earlier: 1_761_438_600, later: 1_761_442_200 })
    /// );
    /// # }
    /// ```
    #[must_use]
    pub fn resolve(&self, local: NaiveDateTime) -> Option<Local> {
        let wall = local.and_utc().timestamp();
        if !(MIN_AT..MAX_AT).contains(&wall) {
            return None;
        }
        let reach = i64::from(MAX_OFFSET_S);
        let transitions = self.transitions();
        let first = transitions.partition_point(|t| t.0 <= wall - reach);
        let last = transitions.partition_point(|t| t.0 <= wall + reach);

        // Each stretch of constant offset that can hold the wall time contributes at most one instant, in ascending order.
        let (mut earliest, mut latest) = (None, None);
        for passed in first..=last {
            let begins = passed
                .checked_sub(1)
                .and_then(|i| transitions.get(i))
                .map_or(i64::MIN, |t| t.0);
            let ends = transitions.get(passed).map_or(i64::MAX, |t| t.0);
            let at = wall - i64::from(self.offset_after(passed));
            if (begins..ends).contains(&at) {
                earliest = earliest.or(Some(at));
                latest = Some(at);
            }
        }
        match (earliest, latest) {
            (Some(one), Some(other)) if one == other => Some(Local::Unique(one)),
            (Some(earlier), Some(later)) => Some(Local::Fold { earlier, later }),
            _ => self.gap(wall, first, last),
        }
    }

    /// The transition that skipped the wall time. There is one: the wall clock passes the time nowhere, so a jump went over it.
    fn gap(&self, wall: i64, first: usize, last: usize) -> Option<Local> {
        (first..last).find_map(|passed| {
            let &(transition, offset_after) = self.transitions().get(passed)?;
            let later = wall - i64::from(self.offset_after(passed));
            let earlier = wall - i64::from(offset_after);
            (earlier < transition && transition <= later).then_some(Local::Gap {
                earlier,
                later,
                transition,
            })
        })
    }
}
