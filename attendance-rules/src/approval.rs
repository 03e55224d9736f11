//! What was approved: overtime, and work outside the shift.

use std::collections::BTreeSet;

use chrono::NaiveDate;

/// Approved time of one person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Approvals {
    /// Approved intervals `[from, to)`, unix seconds; they may overlap and come in any order.
    pub intervals: Vec<(i64, i64)>,
    /// Dates all of whose overtime is approved.
    pub days: BTreeSet<NaiveDate>,
}

impl Approvals {
    /// Approved intervals, unix seconds.
    #[must_use]
    pub fn intervals(intervals: impl IntoIterator<Item = (i64, i64)>) -> Self {
        Self {
            intervals: intervals.into_iter().collect(),
            days: BTreeSet::new(),
        }
    }

    /// Approved dates.
    #[must_use]
    pub fn days(days: impl IntoIterator<Item = NaiveDate>) -> Self {
        Self {
            intervals: Vec::new(),
            days: days.into_iter().collect(),
        }
    }

    /// The intervals sorted, joined, none empty.
    pub(crate) fn joined(&self) -> Vec<(i64, i64)> {
        let mut all: Vec<(i64, i64)> = self
            .intervals
            .iter()
            .copied()
            .filter(|(from, to)| from < to)
            .collect();
        all.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        joined
    }
}

/// Whether an instant lies in one of the sorted, disjoint intervals.
pub(crate) fn covers(intervals: &[(i64, i64)], at: i64) -> bool {
    let after = intervals.partition_point(|(from, _)| *from <= at);
    after
        .checked_sub(1)
        .and_then(|i| intervals.get(i))
        .is_some_and(|(_, to)| at < *to)
}
