//! A time of the wall clock, from 00:00 to 24:00.

use core::fmt;
use core::str::FromStr;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};

/// A wall-clock time of a policy; in JSON `"HH:MM"` or `"HH:MM:SS"`. `24:00` is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TimeOfDay(u32);

impl TimeOfDay {
    /// Midnight at the beginning of the day.
    pub const START: Self = Self(0);
    /// Midnight at the end of the day.
    pub const END: Self = Self(86_400);

    /// A time from seconds since midnight; `None` past 86,400.
    #[must_use]
    pub const fn from_seconds(seconds: u32) -> Option<Self> {
        if seconds <= 86_400 {
            Some(Self(seconds))
        } else {
            None
        }
    }

    /// Hours and minutes; `None` past 24:00.
    #[must_use]
    pub const fn hm(hour: u32, minute: u32) -> Option<Self> {
        if minute < 60 && hour <= 24 {
            Self::from_seconds(hour * 3_600 + minute * 60)
        } else {
            None
        }
    }

    /// Seconds since midnight, 0 to 86,400.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// The civil moment on a date; `24:00` is the next date's midnight. `None` at the end of the calendar.
    #[must_use]
    pub fn on(self, date: NaiveDate) -> Option<NaiveDateTime> {
        let days = u64::from(self.0 / 86_400);
        let time = NaiveTime::from_num_seconds_from_midnight_opt(self.0 % 86_400, 0)?;
        Some(date.checked_add_days(Days::new(days))?.and_time(time))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 3_600, self.0 / 60 % 60)?;
        match self.0 % 60 {
            0 => Ok(()),
            seconds => write!(f, ":{seconds:02}"),
        }
    }
}

/// The text is not a time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotATime;

impl fmt::Display for NotATime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time HH:MM or HH:MM:SS from 00:00 to 24:00")
    }
}

impl core::error::Error for NotATime {}

impl FromStr for TimeOfDay {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let mut parts = text.split(':').map(|part| {
            let plain = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u32>().ok().filter(|_| plain).ok_or(NotATime)
        });
        let (hour, minute) = (parts.next().ok_or(NotATime)??, parts.next().ok_or(NotATime)??);
        let second = parts.next().transpose()?.unwrap_or(0);
        if parts.next().is_some() || minute > 59 || second > 59 || hour > 24 {
            return Err(NotATime);
        }
        Self::from_seconds(hour * 3_600 + minute * 60 + second).ok_or(NotATime)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for TimeOfDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for TimeOfDay {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TimeOfDay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?$",
            "description": "wall-clock time, 00:00 to 24:00"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_24_and_not_later() {
        assert_eq!("24:00".parse(), Ok(TimeOfDay::END));
        assert_eq!(
            "08:30:05".parse::<TimeOfDay>().map(|t| t.to_string()),
            Ok("08:30:05".to_owned())
        );
        for bad in ["24:01", "8:00", "08:60", "08", "08:00:00:00", "+8:00", ""] {
            assert_eq!(bad.parse::<TimeOfDay>(), Err(NotATime), "{bad}");
        }
    }
}
