//! `ATTLOG`: punches, one a line, columns by position.
//!
//! Terminals send 2 to 16 columns, often with a TAB after the last. The first seven are the same everywhere: PIN, local
//! time, status, verify mode, work code and two reserved ones; what follows depends on the model and is read by
//! [`AttLogLine::details`]. Two forms that only other servers' tests show are read too: `PIN=…<TAB>Time=…`, and blanks
//! instead of TABs.

use chrono::NaiveDateTime;

use super::bad::{BadLine, BadLineReason};
use super::lines;
use super::pairs::Pairs;
use super::pin;
use crate::text::Text;
use crate::time;

/// Longest line that is read, in bytes. The longest known carries some hundred bytes of base64 in its 12th column.
const MAX_LINE: usize = 4096;

/// The lines of an `ATTLOG` body: one item for each line that is not empty, in order. Nothing is allocated.
///
/// A line that is no punch is a [`BadLine`] with its bytes and never costs its neighbours. The number of items is what
/// [`Receipt::stored`](crate::Receipt::stored) must be given once all of them, bad ones too, are stored.
///
/// ```
/// let body = b"100\t2024-01-01 08:00:00\t0\t1\t0\njunk\n300\t2024-01-01 09:00:00";
/// let (good, bad): (Vec<_>, Vec<_>) = punchclock_adms::attlog::lines(body).partition(Result::is_ok);
/// assert_eq!((good.len(), bad.len()), (2, 1));
/// ```
#[must_use]
pub fn lines(body: &[u8]) -> Lines<'_> {
    Lines(lines::Lines::new(body), time::Days::default())
}

/// The iterator of [`lines`].
#[derive(Debug, Clone)]
pub struct Lines<'a>(lines::Lines<'a>, time::Days);

impl<'a> Iterator for Lines<'a> {
    type Item = Result<AttLogLine<'a>, BadLine<'a>>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let raw = self.0.next()?;
        Some(AttLogLine::read(raw, &mut self.1).map_err(|reason| BadLine::new(raw, reason)))
    }
}

/// A punch, borrowed from the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AttLogLine<'a> {
    /// The person's number at the terminal, as sent: text of up to 24 characters, leading zeros included.
    pub pin: &'a str,
    /// The terminal's wall clock at the punch.
    pub time: NaiveDateTime,
    /// 0 in, 1 out, 2 break out, 3 break in, 4 overtime in, 5 overtime out, 8 meal start, 9 meal end, 255 none; `None`
    /// when missing or no number.
    pub status: Option<u8>,
    /// How the person was recognised. The numbers differ between dialects. `None` when missing or no number.
    pub verify: Option<u8>,
    /// The work code, possibly empty; `None` when missing or not UTF-8.
    pub work_code: Option<&'a str>,
    /// The columns after the work code.
    pub extra: Extra<'a>,
    /// The whole line without its end.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::text::lossy"))]
    pub raw: &'a [u8],
}

impl<'a> AttLogLine<'a> {
    #[inline(always)]
    fn read(raw: &'a [u8], days: &mut time::Days) -> Result<Self, BadLineReason> {
        if raw.len() > MAX_LINE {
            return Err(BadLineReason::TooLong);
        }
        let (pin, Some(rest)) = column(raw) else {
            return Self::read_odd(raw);
        };
        // The time has a fixed width, so its end need not be looked for.
        let (time, mut rest) = match rest.split_first_chunk::<19>() {
            Some((time, [])) => (days.parse(time), None),
            Some((time, [b'\t', rest @ ..])) => (days.parse(time), Some(rest)),
            _ => {
                let (time, rest) = column(rest);
                (time::parse(time.trim_ascii()), rest)
            }
        };
        let Some(time) = time else {
            // A PIN that is none is named before a time that is none.
            return if pin.starts_with(b"PIN=") {
                Self::read_odd(raw)
            } else {
                pin::read(pin).and(Err(BadLineReason::Time))
            };
        };
        let pin = pin::read(pin)?;
        let mut next = || {
            let (column, after) = column(rest?);
            rest = after;
            Some(column)
        };
        // PIN and time make a punch. A strange status is no reason to hold it back; it stays readable in `raw`.
        let status = next().and_then(small);
        let verify = next().and_then(small);
        let work_code = next().and_then(code);
        Ok(Self {
            pin,
            time,
            status,
            verify,
            work_code,
            extra: Extra(rest),
            raw,
        })
    }

    /// A line without TABs, or with keys: not seen from terminals, but in other servers' tests (§1.4).
    #[cold]
    fn read_odd(raw: &'a [u8]) -> Result<Self, BadLineReason> {
        if raw
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"PIN="))
        {
            let pairs = Pairs::new(raw);
            let pin = pin::read(pairs.bytes("PIN").unwrap_or_default())?;
            let time = pairs.bytes("Time").ok_or(BadLineReason::NoTime)?;
            return Ok(Self {
                pin,
                time: time::parse(time.trim_ascii()).ok_or(BadLineReason::Time)?,
                status: pairs.number("Status"),
                verify: pairs.number("Verify").or_else(|| pairs.number("VerifyType")),
                work_code: pairs.str("WorkCode"),
                extra: Extra(None),
                raw,
            });
        }
        let mut words = raw.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
        let pin = pin::read(words.next().unwrap_or_default())?;
        let date = words.next().ok_or(BadLineReason::NoTime)?;
        // Date and time of day are two words; with a `T` between them they are one.
        let time = match time::parse(date) {
            Some(time) => Some(time),
            None => words
                .next()
                .and_then(|clock| time::parse([date, clock].join(&b' ').as_slice())),
        };
        Ok(Self {
            pin,
            time: time.ok_or(BadLineReason::Time)?,
            status: words.next().and_then(small),
            verify: words.next().and_then(small),
            work_code: words.next().and_then(|word| std::str::from_utf8(word).ok()),
            extra: Extra(None),
            raw,
        })
    }

    /// All columns as sent. A TAB at the end of the line makes an empty last column.
    pub fn columns(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.raw.split(|&byte| byte == b'\t')
    }

    /// The columns after the work code, by their meaning.
    ///
    /// Which meaning the ninth and later ones have depends on how many there are: 16 are those of the clocks of the
    /// United States, up to 12 those of terminals that see faces.
    ///
    /// ```
    /// use punchclock_adms::attlog::{self, Eleventh};
    /// let body = b"8\t2025-01-29 12:10:17\t1\t15\t0\t0\t0\t1\t36.5\t97.70\t10902\n";
    /// let Some(Ok(line)) = attlog::lines(body).next() else { panic!("a punch") };
    /// let details = line.details();
    /// assert_eq!((details.mask, details.temperature, details.converted_temperature), (Some(true), Some(3650), Some(9770)));
    /// assert_eq!(details.eleventh, Eleventh::RecordNumber(10_902));
    /// ```
    #[must_use]
    #[inline(always)]
    pub fn details(&self) -> Details<'a> {
        let mut rest = self.extra.0;
        let mut next = || {
            let (column, after) = column(rest?);
            rest = after;
            Some(column)
        };
        let (reserved_1, reserved_2) = (next(), next());
        let (mask, temperature, converted) = (next(), next(), next());
        let (eleventh, location) = (next(), next());
        let codes = rest.and_then(|more| Codes::read(self.extra, more));
        let mut details = Details {
            reserved_1: reserved_1.map(Text::new),
            reserved_2: reserved_2.map(Text::new),
            mask: None,
            temperature: None,
            converted_temperature: None,
            eleventh: Eleventh::Absent,
            location: None,
            codes,
        };
        if codes.is_none() {
            details.mask = mask.and_then(small).map(|mask| mask != 0);
            details.temperature = temperature.and_then(hundredths);
            details.converted_temperature = converted.and_then(hundredths);
            details.eleventh = eleventh.map_or(Eleventh::Absent, Eleventh::read);
            details.location = location.filter(|location| !location.is_empty()).map(Text::new);
        }
        details
    }
}

/// The columns after the work code, by their meaning; see [`AttLogLine::details`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Details<'a> {
    /// Column 6, reserved by the vendor.
    pub reserved_1: Option<Text<'a>>,
    /// Column 7, reserved by the vendor.
    pub reserved_2: Option<Text<'a>>,
    /// Column 8: whether a mask was worn.
    pub mask: Option<bool>,
    /// Column 9: body temperature in hundredths of a degree. 0 and 255, which mean that none was taken, are `None`.
    pub temperature: Option<i32>,
    /// Column 10: the same in the unit that the server asked for (`IRTempUnitTrans`).
    pub converted_temperature: Option<i32>,
    /// Column 11, whose meaning differs between models.
    pub eleventh: Eleventh<'a>,
    /// Column 12: base64 of a JSON text with the place of the punch (mobile devices).
    pub location: Option<Text<'a>>,
    /// Columns 8 to 16 of the clocks of the United States.
    pub codes: Option<Codes<'a>>,
}

/// Columns 8 to 16 of the clocks of the United States: six job codes and three tip codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codes<'a>(Extra<'a>);

impl<'a> Codes<'a> {
    /// The codes of `extra`, if there are 16 columns. `more` are those from the 13th on.
    #[cold]
    fn read(extra: Extra<'a>, more: &'a [u8]) -> Option<Self> {
        // The 13th to the 16th; a TAB at the end makes an empty one more.
        (more.split(|&byte| byte == b'\t').count() >= 4).then_some(Self(extra))
    }

    /// The job codes, columns 8 to 13.
    pub fn jobs(&self) -> impl Iterator<Item = Text<'a>> + use<'a> {
        self.0.iter().skip(2).take(6).map(Text::new)
    }

    /// The tip codes, columns 14 to 16.
    pub fn tips(&self) -> impl Iterator<Item = Text<'a>> + use<'a> {
        self.0.iter().skip(8).take(3).map(Text::new)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Codes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (jobs, tips): (Vec<Text<'_>>, Vec<Text<'_>>) = (self.jobs().collect(), self.tips().collect());
        serializer.collect_map([("jobs", jobs), ("tips", tips)])
    }
}

/// Column 11 of a punch. Keep the line as it was sent: which of the two meanings a model has is only seen over many lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Eleventh<'a> {
    /// There is none.
    Absent,
    /// Empty: the TAB at the end of a line of ten, or no offset.
    Empty,
    /// With a sign: the terminal's offset from UTC in seconds (`+28800`).
    TimeOffset(i32),
    /// Without one: a running number of the record (MB10-VL). It starts over when the terminal's data is reset.
    RecordNumber(u64),
    /// Anything else.
    Other(Text<'a>),
}

impl<'a> Eleventh<'a> {
    #[inline(always)]
    fn read(column: &'a [u8]) -> Self {
        let other = Self::Other(Text::new(column));
        match column {
            [] => Self::Empty,
            [b'+' | b'-', ..] => std::str::from_utf8(column)
                .ok()
                .and_then(|text| text.parse().ok())
                .map_or(other, Self::TimeOffset),
            _ => number(column).map_or(other, Self::RecordNumber),
        }
    }
}

/// The column in front of the first TAB, and what follows it.
#[inline(always)]
fn column(rest: &[u8]) -> (&[u8], Option<&[u8]>) {
    // Most columns are one byte long, the others a few: looking at each is faster than a search made for long distances.
    match rest {
        [one, b'\t', rest @ ..] if *one != b'\t' => return (std::slice::from_ref(one), Some(rest)),
        [b'\t', rest @ ..] => return (&[], Some(rest)),
        _ => {}
    }
    match rest.iter().position(|&byte| byte == b'\t') {
        Some(end) => match rest.split_at_checked(end) {
            Some((column, [_, rest @ ..])) => (column, Some(rest)),
            _ => (rest, None),
        },
        None => (rest, None),
    }
}

/// A work code, nearly always none.
#[inline(always)]
fn code(column: &[u8]) -> Option<&str> {
    match column {
        b"0" => Some("0"),
        b"" => Some(""),
        _ => std::str::from_utf8(column).ok(),
    }
}

/// A number up to 255.
#[inline(always)]
fn small(column: &[u8]) -> Option<u8> {
    match column {
        [digit @ b'0'..=b'9'] => Some(digit - b'0'),
        _ => std::str::from_utf8(column).ok()?.trim().parse().ok(),
    }
}

/// A number of digits alone, up to 19 of them, which always fit.
#[inline(always)]
fn number(column: &[u8]) -> Option<u64> {
    if column.len() > 19 {
        return None;
    }
    let mut number = 0_u64;
    for &byte in column {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(number)
}

/// A temperature in hundredths of a degree; `None` for 0 and 255, which mean that none was taken.
#[inline(always)]
fn hundredths(column: &[u8]) -> Option<i32> {
    if column == b"0" || column.is_empty() {
        return None;
    }
    let text = std::str::from_utf8(column).ok()?.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let cents = match *fraction.as_bytes() {
        [] => 0,
        [tens @ b'0'..=b'9'] => i32::from(tens - b'0') * 10,
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..] => i32::from(tens - b'0') * 10 + i32::from(ones - b'0'),
        _ => return None,
    };
    let whole: i32 = whole.parse().ok()?;
    let value = whole
        .checked_mul(100)?
        .checked_add(if text.starts_with('-') { -cents } else { cents })?;
    (value != 0 && value != 25_500).then_some(value)
}

/// The columns of a line after the work code, kept as sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extra<'a>(Option<&'a [u8]>);

impl<'a> Extra<'a> {
    /// The columns, first the sixth of the line.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.0
            .into_iter()
            .flat_map(|rest| rest.split(|&byte| byte == b'\t'))
    }

    /// Whether the line ends before the sixth column.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Extra<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Text::new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Result<AttLogLine<'_>, BadLine<'_>> {
        lines(line.as_bytes()).next().unwrap()
    }

    #[test]
    fn the_eleventh_column() {
        for (column, expected) in [
            ("\t+28800", Eleventh::TimeOffset(28_800)),
            ("\t-28800", Eleventh::TimeOffset(-28_800)),
            ("\t10902", Eleventh::RecordNumber(10_902)),
            ("\t", Eleventh::Empty),
            ("", Eleventh::Absent),
            ("\tx", Eleventh::Other(Text::new(b"x"))),
            ("\t+x", Eleventh::Other(Text::new(b"+x"))),
            (
                "\t99999999999999999999",
                Eleventh::Other(Text::new(b"99999999999999999999")),
            ),
        ] {
            let line = format!("7\t2024-01-01 08:00:00\t0\t15\t0\t0\t0\t0\t0\t0{column}");
            assert_eq!(one(&line).unwrap().details().eleventh, expected, "{column:?}");
        }
    }

    #[test]
    fn job_codes_need_sixteen_columns() {
        let line = "982\t2016-02-25 12:08:21\t1\t0\t9001\t0\t0\t1\t2\t3\t4\t5\t6\t1.0\t2.0\t3.0";
        let details = one(line).unwrap().details();
        let codes = details.codes.unwrap();
        let text = |codes: Vec<Text<'_>>| {
            codes
                .iter()
                .map(|code| code.to_str().into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(text(codes.jobs().collect()), ["1", "2", "3", "4", "5", "6"]);
        assert_eq!(text(codes.tips().collect()), ["1.0", "2.0", "3.0"]);
        assert_eq!(details.mask, None);
        let with_tab = format!("{line}\t");
        assert!(one(&with_tab).unwrap().details().codes.is_some());
        let fewer = "982\t2016-02-25 12:08:21\t1\t0\t9001\t0\t0\t1\t36.6\t3\t4\teyJ9\t\t";
        let details = one(fewer).unwrap().details();
        assert_eq!(details.codes, None);
        assert_eq!(details.temperature, Some(3_660));
        assert_eq!(details.location.unwrap().to_str(), "eyJ9");
    }

    #[test]
    fn temperatures() {
        for (text, expected) in [
            ("36.5", Some(3_650)),
            ("36", Some(3_600)),
            ("97.76", Some(9_776)),
            ("-0.5", Some(-50)),
            ("0", None),
            ("0.0", None),
            ("255", None),
            ("", None),
            ("x", None),
            ("36.x", None),
            ("99999999999", None),
        ] {
            assert_eq!(hundredths(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn forms_that_only_other_servers_know() {
        let keyed = one("PIN=7\tTime=2024-01-01 08:00:00\tStatus=1\tVerify=15\tWorkCode=3").unwrap();
        assert_eq!(
            (keyed.pin, keyed.status, keyed.verify, keyed.work_code),
            ("7", Some(1), Some(15), Some("3"))
        );
        let blanks = one("7 2024-01-01 08:00:00 1 15").unwrap();
        assert_eq!(
            (blanks.pin, blanks.time, blanks.verify),
            ("7", keyed.time, Some(15))
        );
        assert_eq!(one("7 2024-01-01T08:00:00 1").unwrap().status, Some(1));
        for (line, reason) in [
            ("PIN=7\tStatus=1", BadLineReason::NoTime),
            ("PIN=\tTime=2024-01-01 08:00:00", BadLineReason::NoPin),
            ("7 2024-01-32 08:00:00", BadLineReason::Time),
            ("7 1704096000 1", BadLineReason::Time),
            ("TABLE=ATTLOG", BadLineReason::NoTime),
        ] {
            assert_eq!(one(line).unwrap_err().reason, reason, "{line}");
        }
    }
}
