//! A cache of resolved windows: all people of a site share the same nights, so each is resolved once.

use chrono::{Days, NaiveDate};

use crate::schedule::window_on;
use crate::time_of_day::TimeOfDay;
use crate::zone::ZoneTable;

/// Slots of the cache; a power of two. Constant, whatever the span of the input.
const SLOTS: usize = 256;

/// One resolved window: the question and its answer.
#[derive(Debug, Clone, Copy)]
struct Entry {
    zone: usize,
    edges: (TimeOfDay, TimeOfDay),
    date: NaiveDate,
    window: Option<(i64, i64)>,
}

/// Resolved windows by zone, edges and date.
#[derive(Debug, Clone, Default)]
pub(crate) struct SiteDays {
    slots: Vec<Option<Entry>>,
}

impl SiteDays {
    /// Calls `each` with every window between two times of the wall clock that touches `[from, to)`, and the date it begins on.
    pub(crate) fn windows(
        &mut self,
        zone: &ZoneTable,
        edges: (TimeOfDay, TimeOfDay),
        from: i64,
        to: i64,
        mut each: impl FnMut((i64, i64), NaiveDate),
    ) {
        let (Some(first), Some(last)) = (zone.to_local(from), zone.to_local(to)) else {
            return;
        };
        let first = first
            .date()
            .checked_sub_days(Days::new(1))
            .unwrap_or_else(|| first.date());
        // `iter_days` stops at the last date of the calendar.
        let mut end = i64::MIN;
        for date in first.iter_days().take_while(|date| *date <= last.date()) {
            if let Some((begin, until)) = self.window(zone, edges, date) {
                // Where clocks went back over an edge two windows of neighbouring dates may touch the same hour.
                let begin = begin.max(end);
                end = end.max(until);
                if begin < to && from < until && begin < until {
                    each((begin.max(from), until.min(to)), date);
                }
            }
        }
    }

    fn window(
        &mut self,
        zone: &ZoneTable,
        edges: (TimeOfDay, TimeOfDay),
        date: NaiveDate,
    ) -> Option<(i64, i64)> {
        let minute = |time: TimeOfDay| usize::try_from(time.seconds() / 60).unwrap_or(0);
        // A table does not move while an evaluation holds it; names could be equal in two sets of zones.
        let key = core::ptr::from_ref(zone).addr();
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        let day = usize::try_from(date.to_epoch_days()).unwrap_or(0);
        let index = (day.wrapping_mul(4) ^ minute(edges.0) ^ (minute(edges.1) << 2) ^ (key >> 4)) % SLOTS;
        let slot = self.slots.get_mut(index)?;
        if let Some(entry) = slot
            && (entry.zone, entry.edges, entry.date) == (key, edges, date)
        {
            return entry.window;
        }
        let window = window_on(zone, edges.0, edges.1, date);
        *slot = Some(Entry {
            zone: key,
            edges,
            date,
            window,
        });
        window
    }
}
