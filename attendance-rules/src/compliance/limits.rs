//! Limits on hours, as for the young: so much a day and a week, and hours in which nobody of their age may work.

use core::ops::Range;

use super::work::{in_order, seconds};

/// The limits of a person. `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "two figures, written out by callers")]
pub struct Limits {
    /// Most seconds of work in a day.
    pub day_s: Option<i64>,
    /// Most seconds of work in a week.
    pub week_s: Option<i64>,
}

/// What a week was found to break.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LimitsFound {
    /// Places of the days with too much work.
    pub days: Vec<usize>,
    /// Seconds of the week above its limit.
    pub week_over_s: i64,
    /// Seconds worked in forbidden hours.
    pub forbidden_s: i64,
}

/// Checks a week: its days' work as intervals, and the hours in which no work is allowed.
///
/// ```
/// use punchclock_rules::compliance::{Limits, limits};
/// let days = [vec![0..30_000], vec![86_400..100_800]];
/// let found = limits(&days, &[99_000..120_000], Limits { day_s: Some(28_800), week_s: Some(40_000) });
/// assert_eq!((found.days, found.week_over_s, found.forbidden_s), (vec![0], 4_400, 1_800));
/// ```
#[must_use]
pub fn limits(days: &[Vec<Range<i64>>], forbidden: &[Range<i64>], limits: Limits) -> LimitsFound {
    let mut found = LimitsFound::default();
    let mut week_s = 0_i64;
    for (place, day) in days.iter().enumerate() {
        let work = in_order(day);
        let day_s = work.iter().map(seconds).fold(0_i64, i64::saturating_add);
        week_s = week_s.saturating_add(day_s);
        if limits.day_s.is_some_and(|most| day_s > most) {
            found.days.push(place);
        }
        found.forbidden_s = found
            .forbidden_s
            .saturating_add(common(&work, &in_order(forbidden)));
    }
    found.week_over_s = limits.week_s.map_or(0, |most| week_s.saturating_sub(most).max(0));
    found
}

/// Seconds that two lists of intervals have in common.
fn common(a: &[Range<i64>], b: &[Range<i64>]) -> i64 {
    let pairs = a.iter().flat_map(|one| b.iter().map(move |other| (one, other)));
    let both = pairs.map(|(one, other)| one.end.min(other.end).saturating_sub(one.start.max(other.start)));
    both.fold(0, |sum, s| sum.saturating_add(s.max(0)))
}

/// Whether a shift makes a night worker: three hours of it or more lie in the night time (Directive 2003/88/EC art. 2(4), from memory).
#[must_use]
pub const fn is_night_worker(in_night_s: i64) -> bool {
    in_night_s >= 3 * 3_600
}
