//! How far a log was read: what makes the next read small, and every punch new exactly once.
//!
//! Terminals number nothing and their clocks move back, so no single field tells what is new. A [`Watermark`] keeps three things: the
//! newest time, the punches since some while before it, and how long the log was. A punch is new if it was not seen and is recent, or
//! was not seen and lies behind the part of the log that was read. Where the terminal's clock stands before the recent time, or the log
//! grew more than what came explains, only reading everything tells, and [`Watermark::window`] and [`Watermark::is_behind`] say so.
//!
//! A punch is a person and a second: verify mode and state are told differently by events and by the log of some firmware.

use std::collections::BTreeSet;

use chrono::{NaiveDateTime, TimeDelta};

/// How far back punches are remembered, unless told otherwise: a day covers a summer-time change and a clock that was put right.
const DEFAULT_OVERLAP: u32 = 86_400;

/// Punches remembered at most; the oldest go first.
const MOST_SEEN: usize = 100_000;

/// How far a log was read. Keep it (feature `serde`) to go on after a restart.
///
/// ```
/// use punchclock_zk::watermark::Watermark;
/// # use chrono::NaiveDate;
/// # let time = |hour| NaiveDate::from_ymd_opt(2026, 3, 2).unwrap().and_hms_opt(hour, 0, 0).unwrap();
/// let mut watermark = Watermark::new();
/// assert!(watermark.window(Some(time(12))).is_none(), "the first read is of everything");
/// let scan = watermark.scan(2);
/// assert!(watermark.accept_scanned(scan, 0, "1001", time(8)));
/// assert!(watermark.accept_scanned(scan, 1, "1002", time(9)));
/// watermark.finish(2, None);
/// assert!(!watermark.accept_event("1002", time(9)));
/// assert!(watermark.accept_event("1001", time(17)));
/// assert_eq!(watermark.window(Some(time(18))), Some(time(17) - chrono::TimeDelta::days(1)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Watermark {
    overlap_seconds: u32,
    /// Nothing before this is of interest unless it lies behind `position`.
    start: Option<NaiveDateTime>,
    newest: Option<NaiveDateTime>,
    /// The terminal's clock when last told.
    clock: Option<NaiveDateTime>,
    /// Records of the log that were there when it was last read to its end, or when listening began.
    position: Option<u64>,
    /// The position is where listening began: what lies before it was never seen, and is old all the same.
    begun: bool,
    /// Punches accepted since.
    since: u64,
    /// The count the terminal told when its log was last read to the end: if it still says so, it counts differently.
    checked: Option<u32>,
    seen: BTreeSet<(NaiveDateTime, String)>,
}

impl Default for Watermark {
    fn default() -> Self {
        Self::new()
    }
}

impl Watermark {
    /// Nothing was read yet: everything in the log is new.
    #[must_use]
    pub fn new() -> Self {
        Self {
            overlap_seconds: DEFAULT_OVERLAP,
            start: None,
            newest: None,
            clock: None,
            position: None,
            begun: false,
            since: 0,
            checked: None,
            seen: BTreeSet::new(),
        }
    }

    /// What happens from now on is of interest, what is in the log is not: the terminal's clock, and how many records its log holds. Some
    /// terminals say 0 and hold thousands, so a count of 0 needs a look into the log; `None` where it is not known.
    #[must_use]
    pub fn starting_at(clock: NaiveDateTime, records: Option<u64>) -> Self {
        Self {
            start: Some(clock),
            clock: Some(clock),
            position: records,
            begun: records.is_some(),
            ..Self::new()
        }
    }

    /// How far back punches are remembered and read again.
    #[must_use]
    pub fn overlap(mut self, seconds: u32) -> Self {
        self.overlap_seconds = seconds;
        self
    }

    /// The time of the newest punch.
    #[must_use]
    pub fn newest(&self) -> Option<NaiveDateTime> {
        self.newest
    }

    /// From when on a windowed read finds everything new, if the terminal's clock allows it; `None` when the whole log has to be read:
    /// nothing was read yet, the clock is not known, or it was set back.
    pub fn window(&mut self, clock: Option<NaiveDateTime>) -> Option<NaiveDateTime> {
        self.clock = clock.or(self.clock);
        let floor = self.floor()?;
        clock.filter(|clock| *clock >= floor).map(|_| floor)
    }

    /// Whether the terminal holds more records than what was read and reported explains, so that something was missed. A terminal whose
    /// count does not fit its log is asked once for each count.
    #[must_use]
    pub fn is_behind(&self, count: Option<u32>) -> bool {
        match (count, self.position) {
            (Some(told), Some(position)) => {
                u64::from(told) > position + self.since && self.checked != Some(told)
            }
            _ => false,
        }
    }

    /// Whether a punch the terminal reported just now is new; remembers it.
    pub fn accept_event(&mut self, user_id: &str, time: NaiveDateTime) -> bool {
        let new = self.remember(user_id, time);
        self.since += u64::from(new);
        new
    }

    /// Remembers a punch that is known already and is not to be told.
    pub fn skip(&mut self, user_id: &str, time: NaiveDateTime) {
        self.remember(user_id, time);
    }

    /// Whether a punch of a windowed read is new; remembers it.
    pub fn accept_windowed(&mut self, user_id: &str, time: NaiveDateTime) -> bool {
        let recent = self.floor().is_none_or(|floor| time >= floor);
        recent && self.accept_event(user_id, time)
    }

    /// Begins to go through the whole log of at most this many records, in its order; [`Watermark::finish`] when its end was reached.
    #[must_use]
    pub fn scan(&self, records: u64) -> Scan {
        // A log shorter than it was has been cleared: all of it is new.
        let known = self
            .position
            .map(|position| if records < position { 0 } else { position });
        Scan {
            known,
            floor: self.floor().filter(|_| !self.begun),
            everything_recent: self.floor().is_none() && !self.begun,
        }
    }

    /// Whether the punch at this place of the log is new; remembers it.
    pub fn accept_scanned(&mut self, scan: Scan, index: u64, user_id: &str, time: NaiveDateTime) -> bool {
        if self.begun && !scan.is_behind(index) {
            // It was there before: not to be told now nor later.
            self.skip(user_id, time);
            return false;
        }
        let recent = scan.everything_recent || scan.floor.is_some_and(|floor| time >= floor);
        let behind = scan.known.is_some_and(|known| index >= known);
        (recent || behind) && self.remember(user_id, time)
    }

    /// The end of the log was reached, after this many records; the terminal had told this count before.
    pub fn finish(&mut self, records: u64, count: Option<u32>) {
        self.position = Some(records);
        self.begun = false;
        self.since = 0;
        self.checked = count;
        if let Some(floor) = self.floor() {
            self.seen = self.seen.split_off(&(floor, String::new()));
        }
    }

    /// The earliest time that counts as recent.
    fn floor(&self) -> Option<NaiveDateTime> {
        let overlap = TimeDelta::seconds(self.overlap_seconds.into());
        let recent = self.newest.and_then(|newest| newest.checked_sub_signed(overlap));
        match (recent, self.start) {
            (Some(recent), Some(start)) => Some(recent.max(start)),
            (recent, start) => recent.or(start),
        }
    }

    fn remember(&mut self, user_id: &str, time: NaiveDateTime) -> bool {
        // One layout of the log keeps the id as a number, without its leading zeros.
        let id = user_id.trim();
        let id = match id.trim_start_matches('0') {
            "" if !id.is_empty() => "0",
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => number,
            _ => id,
        };
        let new = self.seen.insert((time, id.to_owned()));
        if new && self.can_be(time) {
            self.newest = self.newest.max(Some(time));
        }
        if self.seen.len() > MOST_SEEN {
            self.seen.pop_first();
        }
        new
    }

    /// A time far ahead of the terminal's own clock is a mistake of that clock and must not hide what comes after it.
    fn can_be(&self, time: NaiveDateTime) -> bool {
        let ahead = TimeDelta::seconds(self.overlap_seconds.into());
        self.clock
            .and_then(|clock| clock.checked_add_signed(ahead))
            .is_none_or(|latest| time <= latest)
    }
}

/// A walk through the whole log, see [`Watermark::scan`]. One that does not come to its end changes nothing about how far was read; the
/// punches it accepted stay accepted.
#[derive(Debug, Clone, Copy)]
pub struct Scan {
    known: Option<u64>,
    floor: Option<NaiveDateTime>,
    everything_recent: bool,
}

impl Scan {
    /// Whether this place of the log was not there when it was last read to its end.
    #[must_use]
    pub fn is_behind(&self, index: u64) -> bool {
        self.known.is_none_or(|known| index >= known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(day: u32, hour: u32) -> NaiveDateTime {
        chrono::NaiveDate::from_ymd_opt(2026, 3, day)
            .unwrap()
            .and_hms_opt(hour, 0, 0)
            .unwrap()
    }

    fn scan(watermark: &mut Watermark, log: &[(&str, NaiveDateTime)]) -> Vec<usize> {
        let scan = watermark.scan(log.len() as u64);
        let new = (0_u64..).zip(log).enumerate();
        let new = new
            .filter(|(_, (at, (id, time)))| watermark.accept_scanned(scan, *at, id, *time))
            .map(|(index, _)| index)
            .collect();
        watermark.finish(log.len() as u64, None);
        new
    }

    #[test]
    fn what_was_read_is_not_new_again() {
        let mut log = vec![("1", time(1, 8)), ("2", time(5, 8)), ("1", time(9, 8))];
        let mut watermark = Watermark::new();
        assert_eq!(scan(&mut watermark, &log), [0, 1, 2]);
        assert_eq!(scan(&mut watermark, &log), [0; 0]);
        log.push(("2", time(9, 9)));
        assert!(watermark.is_behind(Some(4)) && !watermark.is_behind(Some(3)));
        assert_eq!(scan(&mut watermark, &log), [3]);
    }

    #[test]
    fn a_clock_that_was_set_back_hides_nothing() {
        let mut log = vec![("1", time(20, 8)), ("2", time(20, 9))];
        let mut watermark = Watermark::new();
        scan(&mut watermark, &log);
        // The clock goes back by a fortnight; a window would miss what comes now.
        assert_eq!(watermark.window(Some(time(6, 8))), None);
        log.extend([("1", time(6, 8)), ("2", time(6, 9))]);
        assert_eq!(scan(&mut watermark, &log), [2, 3]);
        assert_eq!(scan(&mut watermark, &log), [0; 0]);
        // An event from then is new once, also when it is read in the log afterwards.
        assert!(watermark.accept_event("3", time(6, 10)));
        log.push(("3", time(6, 10)));
        assert_eq!(scan(&mut watermark, &log), [0; 0]);
        // Put right again: windows work.
        assert_eq!(watermark.window(Some(time(21, 8))), Some(time(19, 9)));
    }

    #[test]
    fn a_clock_that_jumped_ahead_does_not_hide_what_follows() {
        let mut watermark = Watermark::new();
        watermark.window(Some(time(2, 8)));
        scan(&mut watermark, &[("1", time(2, 7)), ("1", time(30, 7))]);
        assert_eq!(watermark.newest(), Some(time(2, 7)));
        assert!(watermark.window(Some(time(2, 9))).is_some());
        assert!(watermark.accept_windowed("1", time(2, 9)));
    }

    #[test]
    fn a_cleared_log_is_new_from_its_beginning() {
        let mut watermark = Watermark::new();
        scan(
            &mut watermark,
            &[("1", time(1, 8)), ("2", time(9, 8)), ("3", time(9, 9))],
        );
        assert_eq!(scan(&mut watermark, &[("4", time(2, 8))]), [0]);
    }

    #[test]
    fn listening_from_now_on_leaves_the_past_alone() {
        let log = [("1", time(1, 8)), ("2", time(9, 8)), ("1", time(9, 12))];
        for count in [Some(2), None] {
            let mut watermark = Watermark::starting_at(time(9, 10), count);
            assert!(watermark.accept_event("3", time(9, 11)));
            assert_eq!(watermark.window(Some(time(9, 12))), Some(time(9, 10)));
            assert_eq!(scan(&mut watermark, &log), [2], "{count:?}");
        }
    }

    #[test]
    fn ids_that_differ_in_leading_zeros_are_one_person() {
        let mut watermark = Watermark::new();
        assert!(watermark.accept_event("0042", time(1, 8)));
        assert!(!watermark.accept_event("42", time(1, 8)));
        assert!(watermark.accept_event("0A", time(1, 8)) && watermark.accept_event("A", time(1, 8)));
    }

    #[test]
    fn a_count_that_lies_is_believed_once() {
        let mut watermark = Watermark::new();
        watermark.finish(0, Some(7));
        assert!(!watermark.is_behind(Some(7)));
        assert!(watermark.is_behind(Some(8)));
    }
}
