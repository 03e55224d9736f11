//! The packed clock: a local civil second in 32 bits, without a zone.
//!
//! `((year − 2000) · 12 + month − 1) · 31 + day − 1` days of 86 400 seconds. Every month has 31 slots, so dates that do not exist
//! (30 February) can be written, and terminals with a failing clock do write them.

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

/// The clock as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackedTime(u32);

/// A civil time that has no packed form, or a packed form that is no civil time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The packed number names a day that does not exist.
    #[error("{raw} stands for {year}-{month:02}-{day:02}, which is not in the calendar")]
    Impossible {
        /// The number on the wire.
        raw: u32,
        /// Its year.
        year: i32,
        /// Its month, 1 to 12.
        month: u32,
        /// Its day, 1 to 31.
        day: u32,
    },
    /// The year is outside 2000 to 2099, the range terminals can show.
    #[error("year {year} is outside 2000 to 2099")]
    YearOutOfRange {
        /// The year asked for.
        year: i32,
    },
}

impl PackedTime {
    /// The last second terminals can show: 2099-12-31 23:59:59.
    pub const LAST: Self = Self(3_214_079_999);

    /// The number on the wire.
    #[must_use]
    pub const fn new(raw: u32) -> Self {
        Self(raw)
    }

    /// The number on the wire.
    #[must_use]
    pub const fn raw(self) -> u32 {
        self.0
    }

    /// Whether the clock stands at its very start: a terminal without a set clock, not a time.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The local civil time.
    ///
    /// ```
    /// use punchclock_zk::wire::PackedTime;
    /// assert_eq!(PackedTime::new(782_550_489).decode()?.to_string(), "2024-05-06 07:08:09");
    /// assert!(PackedTime::new(808_780_340).decode().is_err()); // 30 February
    /// # Ok::<(), punchclock_zk::wire::TimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`TimeError::Impossible`] for a day that is not in the calendar.
    pub fn decode(self) -> Result<NaiveDateTime, TimeError> {
        let raw = self.0;
        let (second, minute, hour) = (raw % 60, raw / 60 % 60, raw / 3600 % 24);
        let days = raw / 86_400;
        let (day, month) = (days % 31 + 1, days / 31 % 12 + 1);
        // At most 133 years in 32 bits, so the conversion cannot fail.
        let year = 2000 + i32::try_from(days / 372).unwrap_or(i32::MAX - 2000);
        NaiveDate::from_ymd_opt(year, month, day)
            .and_then(|date| date.and_hms_opt(hour, minute, second))
            .ok_or(TimeError::Impossible {
                raw,
                year,
                month,
                day,
            })
    }

    /// Packs a local civil time; fractions of a second are dropped.
    ///
    /// # Errors
    /// [`TimeError::YearOutOfRange`] outside 2000 to 2099.
    pub fn encode(time: NaiveDateTime) -> Result<Self, TimeError> {
        let year = time.year();
        let years = u32::try_from(year - 2000)
            .ok()
            .filter(|years| *years < 100)
            .ok_or(TimeError::YearOutOfRange { year })?;
        let days = (years * 12 + time.month0()) * 31 + time.day0();
        Ok(Self(days * 86_400 + time.num_seconds_from_midnight()))
    }
}

impl fmt::Display for PackedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decode() {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "impossible time {}", self.0),
        }
    }
}
