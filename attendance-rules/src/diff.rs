//! What a recomputation changed: the numbers of each day before and after, such as after a correction in a closed period.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::result::{DayResult, Evaluation};
use crate::trace::Total;

/// The numbers that are compared.
const TOTALS: [Total; 14] = [
    Total::Scheduled,
    Total::Worked,
    Total::Regular,
    Total::Overtime,
    Total::Break,
    Total::Ignored,
    Total::Late,
    Total::EarlyOut,
    Total::Assumed,
    Total::RoundingDelta,
    Total::Approved,
    Total::Unapproved,
    Total::Payable,
    Total::Credit,
];

/// One day that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DayChange {
    /// Its date.
    pub date: NaiveDate,
    /// Its shift.
    pub shift_id: Option<Arc<str>>,
    /// Which part of a shift that was split at midnight.
    pub part: u16,
    /// Whether it is there now and was not, was and is not, or changed.
    pub kind: ChangeKind,
    /// Every number that differs: which, before, after. Tiers and premiums follow the others, by their positions.
    pub totals: Vec<(Total, i64, i64)>,
}

/// How a day differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// There was no such day.
    Appeared,
    /// There is no such day any more.
    Vanished,
    /// It was computed from something else; the numbers may be the same.
    Changed,
}

impl DayChange {
    /// By how much a number grew.
    #[must_use]
    pub fn delta(&self, total: Total) -> i64 {
        self.totals
            .iter()
            .find(|(of, ..)| *of == total)
            .map_or(0, |(_, before, after)| after - before)
    }
}

/// The days that differ between two evaluations of the same stretch, in the order of dates. Days whose input hash is the same are equal.
///
/// ```
/// use punchclock_rules::{Policy, Punch, Total, ZoneTable, Zones, diff, evaluate};
/// let zones = Zones::from(ZoneTable::utc());
/// let mut punches = vec![Punch::at("1", 1_748_851_200), Punch::at("2", 1_748_865_600)];
/// let before = evaluate(&Policy::default(), &[], &punches, &zones)?;
/// punches[1] = Punch::at("2", 1_748_867_400); // half an hour later
/// let after = evaluate(&Policy::default(), &[], &punches, &zones)?;
/// let changes = diff(&before, &after);
/// assert_eq!(changes[0].delta(Total::Worked), 1_800);
/// # Ok::<(), punchclock_rules::Error>(())
/// ```
#[must_use]
pub fn diff(before: &Evaluation, after: &Evaluation) -> Vec<DayChange> {
    let (old, new) = (keyed(before), keyed(after));
    let mut changes = Vec::new();
    let (mut i, mut j) = (0, 0);
    loop {
        let (a, b) = (old.get(i), new.get(j));
        let order = match (a, b) {
            (None, None) => return changes,
            (Some(_), None) => core::cmp::Ordering::Less,
            (None, Some(_)) => core::cmp::Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let (a, b) = (a.filter(|_| order.is_le()), b.filter(|_| order.is_ge()));
        i += usize::from(a.is_some());
        j += usize::from(b.is_some());
        changes.extend(change(a.map(|(_, day)| *day), b.map(|(_, day)| *day)));
    }
}

/// A day's name: date, shift, part, and which of several groups without a shift it is.
type Key<'a> = (NaiveDate, Option<&'a str>, u16, usize);

fn keyed(evaluation: &Evaluation) -> Vec<(Key<'_>, &DayResult)> {
    let mut days: Vec<(Key<'_>, &DayResult)> = Vec::with_capacity(evaluation.days.len());
    for day in &evaluation.days {
        let alike = |key: &Key<'_>| (key.0, key.1, key.2) == (day.date, day.shift_id.as_deref(), day.part);
        let before = days
            .iter()
            .rev()
            .take_while(|(key, _)| key.0 == day.date)
            .filter(|(key, _)| alike(key))
            .count();
        days.push(((day.date, day.shift_id.as_deref(), day.part, before), day));
    }
    days.sort_by(|a, b| a.0.cmp(&b.0));
    days
}

fn change(before: Option<&DayResult>, after: Option<&DayResult>) -> Option<DayChange> {
    let day = after.or(before)?;
    let kind = match (before, after) {
        (Some(before), Some(after)) if before == after => return None,
        (Some(_), Some(_)) => ChangeKind::Changed,
        (None, _) => ChangeKind::Appeared,
        (_, None) => ChangeKind::Vanished,
    };
    let positions = |count: fn(&DayResult) -> usize| {
        let most = before.map_or(0, count).max(after.map_or(0, count));
        0..u16::try_from(most).unwrap_or(u16::MAX)
    };
    let tiers = positions(|d| d.by_tier.len()).map(Total::Tier);
    let overlays = positions(|d| d.overlays.len()).map(Total::Overlay);
    let of = |day: Option<&DayResult>, total| day.map_or(0, |day| day.total(total));
    let totals = TOTALS.into_iter().chain(tiers).chain(overlays);
    let totals = totals
        .map(|total| (total, of(before, total), of(after, total)))
        .filter(|(_, a, b)| a != b)
        .collect();
    Some(DayChange {
        date: day.date,
        shift_id: day.shift_id.clone(),
        part: day.part,
        kind,
        totals,
    })
}
