//! The terminal's own wall clock: in text `YYYY-MM-DD hh:mm:ss`, strict, and packed into a number.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};

/// Seconds of a day.
const DAY: u32 = 86_400;

/// Reads a local time. A date that the calendar does not have is refused, never rolled over into another day.
pub(crate) fn parse(text: &[u8]) -> Option<NaiveDateTime> {
    Days::default().parse(text.try_into().ok()?)
}

/// Reads times that mostly have the day of the one before, as those of a log do.
///
/// Written out by hand: it is the most expensive column of the hottest table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Days {
    last: Option<([u8; 10], NaiveDate)>,
}

impl Days {
    #[inline]
    pub(crate) fn parse(&mut self, text: &[u8; 19]) -> Option<NaiveDateTime> {
        let (day, &[b' ' | b'T', h1, h2, b':', n1, n2, b':', s1, s2]) = text.split_first_chunk::<10>()?
        else {
            return None;
        };
        let date = match self.last {
            Some((last, date)) if last == *day => date,
            _ => {
                let date = date(*day)?;
                self.last = Some((*day, date));
                date
            }
        };
        date.and_hms_opt(two(h1, h2)?, two(n1, n2)?, two(s1, s2)?)
    }
}

fn date(text: [u8; 10]) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return None;
    };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, two(m1, m2)?, two(d1, d2)?)
}

/// The number of two digits.
#[inline]
fn two(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// The time that a terminal packs into a number: every month has 31 days, every year twelve of them, from 2000 on.
///
/// It is the stamp of older firmware and `time_second` of the dialect "acc". `None` for a number that is no day of the
/// calendar.
///
/// ```
/// let time = punchclock_adms::unpack_time(583_080_894).map(|time| time.to_string());
/// assert_eq!(time.as_deref(), Some("2018-02-22 14:54:54"));
/// assert_eq!(punchclock_adms::unpack_time(60 * 86_400), None, "30 February");
/// ```
#[must_use]
pub fn unpack_time(packed: u32) -> Option<NaiveDateTime> {
    let (days, seconds) = (packed / DAY, packed % DAY);
    let (months, day) = (days / 31, days % 31 + 1);
    let (years, month) = (months / 12, months % 12 + 1);
    let year = i32::try_from(years).ok()?.checked_add(2000)?;
    NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The inverse of [`unpack_time`]; `None` before 2000 and after 2133.
#[must_use]
pub fn pack_time(time: NaiveDateTime) -> Option<u32> {
    let years = u32::try_from(time.year().checked_sub(2000)?).ok()?;
    years
        .checked_mul(12)?
        .checked_add(time.month0())?
        .checked_mul(31)?
        .checked_add(time.day0())?
        .checked_mul(DAY)?
        .checked_add(time.num_seconds_from_midnight())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_calendar() {
        for good in [
            "2024-02-29 23:59:59",
            "2025-01-29T06:58:48",
            "2131-05-16 00:00:00",
            "1999-12-31 00:00:00",
        ] {
            assert!(parse(good.as_bytes()).is_some(), "{good}");
        }
        for bad in [
            "",
            "2023-02-29 00:00:00",
            "2024-02-30 08:00:00",
            "2024-13-01 00:00:00",
            "2024-00-01 00:00:00",
            "0000-00-00 00:00:00",
            "2024-01-01 24:00:00",
            "2024-01-01 23:60:00",
            "2024-01-01 23:59:60",
            "2024-1-1 1:1:1",
            "2024-01-01",
            "2024-01-01 00:00:00 ",
            "2024/01/01 00:00:00",
            "2024-01-0: 00:00:00",
            "/024-01-01 00:00:00",
            "1706500000",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn packed_times_end_where_the_number_does() {
        let last = unpack_time(u32::MAX);
        assert!(last.is_none_or(|last| pack_time(last) == Some(u32::MAX)));
        assert_eq!(pack_time(parse(b"1999-12-31 23:59:59").unwrap()), None);
        assert_eq!(pack_time(parse(b"2200-01-01 00:00:00").unwrap()), None);
        assert_eq!(unpack_time(0), parse(b"2000-01-01 00:00:00"));
    }
}
