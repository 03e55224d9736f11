//! Rest between work.

use core::ops::Range;

use super::work::{gaps, in_order, seconds};

/// Rests between intervals of work.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Rests {
    /// Seconds of each rest, in order.
    pub rests_s: Vec<i64>,
    /// Places of those that are too short.
    pub violations: Vec<usize>,
}

/// The rests between shifts, and those shorter than `min_rest_s`. Give one interval a shift: a break inside one is no daily rest.
///
/// ```
/// use punchclock_rules::compliance::daily_rest;
/// let found = daily_rest(&[0..28_800, 64_800..93_600], 39_600);
/// assert_eq!((found.rests_s, found.violations), (vec![36_000], vec![0]));
/// ```
#[must_use]
pub fn daily_rest(shifts: &[Range<i64>], min_rest_s: i64) -> Rests {
    let rests_s = gaps(&in_order(shifts));
    let short = rests_s.iter().enumerate().filter(|(_, rest)| **rest < min_rest_s);
    let violations = short.map(|(place, _)| place).collect();
    Rests { rests_s, violations }
}

/// The longest stretch without work inside a window, in seconds; 0 for an empty window.
#[must_use]
pub fn longest_rest(work: &[Range<i64>], within: &Range<i64>) -> i64 {
    let mut longest = 0;
    let mut free_from = within.start;
    for interval in in_order(work) {
        if interval.end <= within.start || interval.start >= within.end {
            continue;
        }
        longest = longest.max(interval.start.saturating_sub(free_from));
        free_from = free_from.max(interval.end);
    }
    longest.max(seconds(&(free_from..within.end.max(free_from))))
}

/// The windows (weeks, say) that hold no stretch of `min_rest_s` without work, by their place.
///
/// ```
/// use punchclock_rules::compliance::weekly_rest;
/// let day = 86_400;
/// let every_day: Vec<_> = (0..7).map(|d| d * day..d * day + 36_000).collect();
/// assert_eq!(weekly_rest(&every_day, &[0..7 * day], 35 * 3_600), [0]);
/// assert!(weekly_rest(&every_day[..5], &[0..7 * day], 35 * 3_600).is_empty());
/// ```
#[must_use]
pub fn weekly_rest(work: &[Range<i64>], windows: &[Range<i64>], min_rest_s: i64) -> Vec<usize> {
    let short = windows
        .iter()
        .enumerate()
        .filter(|(_, window)| longest_rest(work, window) < min_rest_s);
    short.map(|(place, _)| place).collect()
}
