//! The terminal's own wall clock in text: `YYYY-MM-DD hh:mm:ss`, strict.

use chrono::{NaiveDate, NaiveDateTime};
use nom::branch::alt;
use nom::bytes::complete::take_while_m_n;
use nom::character::complete::char;
use nom::combinator::{all_consuming, map_opt};
use nom::{IResult, Parser};

/// Reads a local time. A date that the calendar does not have is refused, never rolled over into another day.
pub(crate) fn parse(text: &[u8]) -> Option<NaiveDateTime> {
    let (_, (year, _, month, _, day, _, hour, _, minute, _, second)) = all_consuming((
        digits(4),
        char('-'),
        digits(2),
        char('-'),
        digits(2),
        alt((char(' '), char('T'))),
        digits(2),
        char(':'),
        digits(2),
        char(':'),
        digits(2),
    ))
    .parse(text)
    .ok()?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?.and_hms_opt(hour, minute, second)
}

fn digits<'a>(count: usize) -> impl Parser<&'a [u8], Output = u32, Error = nom::error::Error<&'a [u8]>> {
    move |input: &'a [u8]| -> IResult<&'a [u8], u32> {
        map_opt(
            take_while_m_n(count, count, |byte: u8| byte.is_ascii_digit()),
            number,
        )
        .parse(input)
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, &digit| {
        number
            .checked_mul(10)?
            .checked_add(u32::from(digit.checked_sub(b'0')?))
    })
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
            "1706500000",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
