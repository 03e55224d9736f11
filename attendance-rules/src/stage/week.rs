//! Where workweeks and longer periods begin, in the default zone.

use chrono::{NaiveDate, NaiveDateTime, Weekday};

use crate::time_of_day::TimeOfDay;
use crate::zone::ZoneTable;

const DAY_S: i64 = 86_400;

/// Periods of whole days that begin at one time of the wall clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Periods {
    /// Wall-clock second, as if the wall clock were UTC, at which period 0 begins.
    origin: i64,
    length_s: i64,
    /// The period of the last question, `[from, to)`, for the next one is most often in it.
    last: Option<(i64, i64, i64)>,
}

impl Periods {
    /// Workweeks: 168 hours from a weekday and a time of the day (29 CFR 778.105).
    pub(crate) fn weeks(starts: Weekday, at: TimeOfDay) -> Self {
        // 1970-01-05 was a Monday.
        let days = 4 + i64::from(starts.num_days_from_monday());
        Self {
            origin: days * DAY_S + i64::from(at.seconds()),
            length_s: 7 * DAY_S,
            last: None,
        }
    }

    /// Periods of some days from a date on.
    pub(crate) fn cycles(days: u32, anchor: NaiveDate, at: TimeOfDay) -> Self {
        let origin = wall(anchor.into()) + i64::from(at.seconds());
        Self {
            origin,
            length_s: i64::from(days.max(1)) * DAY_S,
            last: None,
        }
    }

    /// The period of a date: that which holds its first second at or after the time the period begins.
    pub(crate) fn of_date(&self, date: NaiveDate, at: TimeOfDay) -> i64 {
        (wall(date.into()) + i64::from(at.seconds()) - self.origin).div_euclid(self.length_s)
    }

    /// The period that holds an instant, and the instant at which it ends.
    pub(crate) fn at(&mut self, at: i64, zone: &ZoneTable) -> (i64, i64) {
        if let Some((period, from, to)) = self.last
            && (from..to).contains(&at)
        {
            return (period, to);
        }
        let mut period = (at + i64::from(zone.offset_at(at)) - self.origin).div_euclid(self.length_s);
        // Where clocks change at the very beginning of a period, the wall clock can be on its other side.
        if at < self.begins(period, zone) {
            period -= 1;
        } else if at >= self.begins(period + 1, zone) {
            period += 1;
        }
        // Past the end of the table a period still goes on.
        let (from, to) = (
            self.begins(period, zone).min(at),
            self.begins(period + 1, zone).max(at + 1),
        );
        self.last = Some((period, from, to));
        (period, to)
    }

    /// The period that holds an instant, as instants.
    pub(crate) fn window(&mut self, at: i64, zone: &ZoneTable) -> core::ops::Range<i64> {
        let (_, end) = self.at(at, zone);
        self.last.map_or(at..end, |(_, from, to)| from..to)
    }

    fn begins(&self, period: i64, zone: &ZoneTable) -> i64 {
        let second = self.origin + period * self.length_s;
        let resolved = chrono::DateTime::from_timestamp(second, 0).and_then(|t| zone.resolve(t.naive_utc()));
        // Outside the years of the table there are no punches.
        resolved.map_or(second, |local| local.as_start())
    }
}

/// A wall-clock time as if it were UTC.
fn wall(time: NaiveDateTime) -> i64 {
    time.and_utc().timestamp()
}
