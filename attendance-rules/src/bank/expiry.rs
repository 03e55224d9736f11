//! The last day a lot can be used.

use chrono::{Datelike, Days, Months, NaiveDate};

/// When credit ends. Each rule names the last usable day of a lot, counted from the day it was earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Expiry {
    /// It does not end.
    #[default]
    Never,
    /// The last day of the year `n` years after the year it was earned in: 0 is the end of the same year, 1 that of the next.
    EndOfYear(u16),
    /// `n` days after the day it was earned.
    Days(u32),
    /// The same day `n` months later, or the last of that month where it is shorter.
    Months(u16),
    /// The last day of the `n`th pay period after the one it was earned in.
    PayPeriods(PayPeriods),
}

/// Pay periods of equal length, and how many of them credit lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a period has a length and a first day and no more"
)]
pub struct PayPeriods {
    /// Whole periods after the one it was earned in.
    pub pay_periods: u16,
    /// Days in a period.
    pub days: u32,
    /// First day of any one period.
    pub anchor: NaiveDate,
}

impl Expiry {
    /// The last day on which a lot earned on `earned_on` can be used; `None` if it never ends.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use punchclock_rules::bank::Expiry;
    /// let earned = NaiveDate::from_ymd_opt(2024, 3, 5).unwrap();
    /// assert_eq!(Expiry::EndOfYear(1).last_day(earned), NaiveDate::from_ymd_opt(2025, 12, 31));
    /// ```
    #[must_use]
    pub fn last_day(self, earned_on: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Never => None,
            Self::EndOfYear(n) => NaiveDate::from_ymd_opt(earned_on.year() + i32::from(n), 12, 31),
            Self::Days(n) => earned_on.checked_add_days(Days::new(n.into())),
            Self::Months(n) => earned_on.checked_add_months(Months::new(n.into())),
            Self::PayPeriods(periods) => {
                let index = periods.index(earned_on)?;
                let end = (index + 1 + i64::from(periods.pay_periods)) * i64::from(periods.days) - 1;
                periods
                    .anchor
                    .checked_add_signed(chrono::TimeDelta::try_days(end)?)
            }
        }
    }
}

impl PayPeriods {
    /// Number of the period `on` lies in, 0 for the anchor's.
    fn index(self, on: NaiveDate) -> Option<i64> {
        period_index(self.anchor, self.days, on)
    }
}

/// Number of the period of `days` days that `on` lies in, 0 for the one that begins on `anchor`; `None` for periods of no days.
pub(super) fn period_index(anchor: NaiveDate, days: u32, on: NaiveDate) -> Option<i64> {
    on.signed_duration_since(anchor)
        .num_days()
        .checked_div_euclid(days.into())
}

#[cfg(feature = "serde")]
mod text {
    //! Written as in the vectors: `"never"`, `"end_of_year"`, `"end_of_next_year"`, `"end_of_year+n"`, `"days:n"`, `"months:n"`, or the
    //! fields of [`PayPeriods`].

    use super::{Expiry, PayPeriods};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Periods(PayPeriods),
    }

    impl<'de> Deserialize<'de> for Expiry {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            match Written::deserialize(deserializer)? {
                Written::Periods(periods) => Ok(Self::PayPeriods(periods)),
                Written::Text(text) => read(&text).ok_or_else(|| {
                    D::Error::custom(format!(
                        "{text:?} is none of never, end_of_year, end_of_next_year, end_of_year+N, days:N, months:N, \
                         {{pay_periods, days, anchor}}"
                    ))
                }),
            }
        }
    }

    fn read(text: &str) -> Option<Expiry> {
        Some(match text {
            "never" => Expiry::Never,
            "end_of_year" => Expiry::EndOfYear(0),
            "end_of_next_year" => Expiry::EndOfYear(1),
            _ => {
                if let Some(n) = text.strip_prefix("end_of_year+") {
                    Expiry::EndOfYear(n.parse().ok()?)
                } else if let Some(n) = text.strip_prefix("days:") {
                    Expiry::Days(n.parse().ok()?)
                } else {
                    Expiry::Months(text.strip_prefix("months:")?.parse().ok()?)
                }
            }
        })
    }

    impl Serialize for Expiry {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Never => serializer.serialize_str("never"),
                Self::EndOfYear(0) => serializer.serialize_str("end_of_year"),
                Self::EndOfYear(1) => serializer.serialize_str("end_of_next_year"),
                Self::EndOfYear(n) => serializer.collect_str(&format_args!("end_of_year+{n}")),
                Self::Days(n) => serializer.collect_str(&format_args!("days:{n}")),
                Self::Months(n) => serializer.collect_str(&format_args!("months:{n}")),
                Self::PayPeriods(periods) => periods.serialize(serializer),
            }
        }
    }
}
