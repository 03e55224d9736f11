//! Work as intervals in order.

use core::ops::Range;

/// The intervals that are not empty, in order, those that overlap joined. Intervals that only touch stay apart.
pub(super) fn in_order(intervals: &[Range<i64>]) -> Vec<Range<i64>> {
    let mut ordered: Vec<Range<i64>> = intervals.iter().filter(|i| !i.is_empty()).cloned().collect();
    ordered.sort_by_key(|i| (i.start, i.end));
    let mut joined: Vec<Range<i64>> = Vec::with_capacity(ordered.len());
    for next in ordered {
        match joined.last_mut() {
            Some(last) if next.start < last.end => last.end = last.end.max(next.end),
            _ => joined.push(next),
        }
    }
    joined
}

/// Seconds of an interval that is not empty.
pub(super) const fn seconds(interval: &Range<i64>) -> i64 {
    interval.end.saturating_sub(interval.start)
}

/// Seconds from one interval's end to the next one's start.
pub(super) fn gaps(ordered: &[Range<i64>]) -> Vec<i64> {
    ordered
        .windows(2)
        .map(|pair| match pair {
            [one, next] => next.start.saturating_sub(one.end),
            _ => 0,
        })
        .collect()
}
