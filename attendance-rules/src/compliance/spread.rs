//! Spread-over: from the first in to the last out, breaks included.

use core::ops::Range;

/// How far a day's work is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spread {
    /// Seconds from the first start to the last end.
    pub spread_s: i64,
    /// Whether that is more than allowed.
    pub violation: bool,
}

/// The spread of a day's work. Exactly the limit is allowed.
///
/// ```
/// use punchclock_rules::compliance::spread;
/// let found = spread(&[0..14_400, 19_800..39_600], 37_800);
/// assert_eq!((found.spread_s, found.violation), (39_600, true));
/// ```
#[must_use]
pub fn spread(work: &[Range<i64>], max_spread_s: i64) -> Spread {
    let work = work.iter().filter(|i| !i.is_empty());
    let first = work.clone().map(|i| i.start).min().unwrap_or_default();
    let last = work.map(|i| i.end).max().unwrap_or_default();
    let spread_s = last.saturating_sub(first);
    Spread {
        spread_s,
        violation: spread_s > max_spread_s,
    }
}
