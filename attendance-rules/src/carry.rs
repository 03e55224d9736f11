//! What one stretch of days hands to the next, so that a month folded day by day gives the answer of the month at once.

use chrono::NaiveDate;

/// Counters that run on past the end of an evaluation. Give the one an evaluation returned to the evaluation of what follows.
///
/// It is complete when every evaluation holds whole dates and the windows of the shifts on either side do not meet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Carry {
    /// Counted seconds of workweeks, ascending by week.
    pub weeks: Vec<PeriodSeconds>,
    /// Overtime seconds of workweeks, for the limit of a week.
    pub week_overtime: Vec<PeriodSeconds>,
    /// Counted seconds of work periods of other lengths.
    pub cycles: Vec<CycleSeconds>,
    /// The run of worked dates that may go on.
    pub run: Option<Run>,
    /// The last out, for the daily rest.
    pub last_out: Option<i64>,
}

/// Seconds of one workweek.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PeriodSeconds {
    /// Number of the week.
    pub period: i64,
    /// Its seconds.
    pub seconds: i64,
}

/// Seconds of one work period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CycleSeconds {
    /// Length of the period in days.
    pub days: u32,
    /// The anchor of its tier.
    pub anchor: NaiveDate,
    /// Number of the period from the anchor.
    pub period: i64,
    /// Its seconds.
    pub seconds: i64,
}

/// Worked dates in a row, within one workweek.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Run {
    /// The last worked date.
    pub last: NaiveDate,
    /// How many in a row.
    pub length: u32,
    /// Number of their workweek.
    pub week: i64,
}

/// Weeks and periods kept in a carry: shifts that overlap may reach back, but not far.
pub(crate) const KEPT: usize = 4;

/// Entries that are read of a carry: it may come from anywhere.
const READ: usize = 16;

impl Carry {
    /// The last entries of each list, as many as an evaluation can need.
    pub(crate) fn bounded(&self) -> Self {
        let tail = |list: &[PeriodSeconds]| {
            list.get(list.len().saturating_sub(READ)..)
                .unwrap_or_default()
                .to_vec()
        };
        Self {
            weeks: tail(&self.weeks),
            week_overtime: tail(&self.week_overtime),
            cycles: self.cycles.iter().take(4 * READ).copied().collect(),
            run: self.run,
            last_out: self.last_out,
        }
    }

    /// Adds to a week's counter and forgets weeks long past.
    pub(crate) fn add(list: &mut Vec<PeriodSeconds>, period: i64, seconds: i64) {
        if seconds == 0 {
            return;
        }
        match list.iter_mut().find(|p| p.period == period) {
            Some(found) => found.seconds = found.seconds.saturating_add(seconds),
            None => {
                list.push(PeriodSeconds { period, seconds });
                list.sort_by_key(|p| p.period);
                if list.len() > KEPT {
                    list.remove(0);
                }
            }
        }
    }

    pub(crate) fn of(list: &[PeriodSeconds], period: i64) -> i64 {
        list.iter().find(|p| p.period == period).map_or(0, |p| p.seconds)
    }
}
