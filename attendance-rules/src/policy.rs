//! The company's choices, validated once.

use crate::error::{Error, Fault, FaultKind};
use crate::limits::{MAX_DEDUP_S, MAX_NAME_BYTES, MAX_SPAN_S};

/// How punches of one group become sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Pairing {
    /// First in, second out, third in, and so on; what the terminal claims is not trusted.
    #[default]
    Alternate,
}

/// Whether time on the clock outside the shift is worked time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum CountOutside {
    /// It counts.
    #[default]
    Always,
    /// It earns nothing; it is shown as ignored and raised as an anomaly.
    Never,
}

/// Where daily overtime begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Over {
    /// After the norms of all shifts of the date; a date without a shift has the norm 0, so all its work is overtime.
    #[default]
    Norm,
    /// After this many worked seconds of the date.
    Seconds(i64),
}

/// Daily overtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct DailyOvertime {
    /// The threshold. The seconds are taken in time order: the first ones are regular, what comes after is overtime.
    pub over: Over,
}

/// All overtime rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[non_exhaustive]
pub struct Overtime {
    /// Daily overtime; `None` makes every worked second regular.
    pub daily: Option<DailyOvertime>,
}

impl Default for Overtime {
    fn default() -> Self {
        Self {
            daily: Some(DailyOvertime::default()),
        }
    }
}

impl Overtime {
    /// No overtime at all.
    #[must_use]
    pub const fn none() -> Self {
        Self { daily: None }
    }

    /// Daily overtime over a threshold.
    #[must_use]
    pub const fn daily(over: Over) -> Self {
        Self {
            daily: Some(DailyOvertime { over }),
        }
    }
}

/// The fields of a policy before they are checked. Start from [`PolicyFields::default`] and change what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[non_exhaustive]
pub struct PolicyFields {
    /// The caller's name for this set of choices; it is written into every result. Default `"default"`.
    pub version: String,
    /// How long before its start a shift takes punches, in seconds. Default 14400, at most 172800.
    pub open_before_s: i64,
    /// How long after its end a shift takes punches, in seconds. Default 14400, at most 172800.
    pub close_after_s: i64,
    /// A punch this close to the last kept one is a repeated tap, in seconds; 0 drops only punches of the same second. Default 60, at most 3600.
    pub dedup_window_s: i64,
    /// Lateness up to this many seconds raises no anomaly. Default 0.
    pub grace_in_s: i64,
    /// Leaving early by up to this many seconds raises no anomaly. Default 0.
    pub grace_out_s: i64,
    /// How punches become sessions. Default [`Pairing::Alternate`].
    pub pairing: Pairing,
    /// Whether work before the shift counts. Default [`CountOutside::Always`].
    pub count_before: CountOutside,
    /// Whether work after the shift counts. Default [`CountOutside::Always`].
    pub count_after: CountOutside,
    /// Overtime rules. Default: daily, over the norm.
    pub overtime: Overtime,
    /// Longest session, and longest span of a group without a shift, in seconds. Default 57600 (16 h), at most 172800.
    pub max_shift_s: i64,
    /// A pause longer than this starts a new group of work without a shift, in seconds. Default 14400 (4 h), at most 172800.
    pub new_shift_after_s: i64,
}

impl Default for PolicyFields {
    fn default() -> Self {
        Self {
            version: "default".to_owned(),
            open_before_s: 14_400,
            close_after_s: 14_400,
            dedup_window_s: 60,
            grace_in_s: 0,
            grace_out_s: 0,
            pairing: Pairing::default(),
            count_before: CountOutside::default(),
            count_after: CountOutside::default(),
            overtime: Overtime::default(),
            max_shift_s: 57_600,
            new_shift_after_s: 14_400,
        }
    }
}

/// A policy that passed its checks: no punches whatsoever can make it panic.
///
/// ```
/// use punchclock_rules::{Policy, PolicyFields};
///
/// let mut fields = PolicyFields::default();
/// fields.grace_in_s = -5;
/// fields.max_shift_s = 0;
/// let refused = Policy::new(fields).unwrap_err();
/// assert_eq!(refused.faults().len(), 2); // every fault at once
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    fields: PolicyFields,
}

impl Policy {
    /// Checks the fields.
    ///
    /// # Errors
    /// Every field outside its documented limits, in one [`Error`].
    pub fn new(fields: PolicyFields) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let mut within = |name: &str, value: i64, low: i64, high: i64| {
            if !(low..=high).contains(&value) {
                let message = format!("must be from {low} to {high} seconds, not {value}");
                faults.push(Fault::new(
                    format!("policy.{name}"),
                    FaultKind::OutOfRange,
                    message,
                ));
            }
        };
        within("open_before_s", fields.open_before_s, 0, MAX_SPAN_S);
        within("close_after_s", fields.close_after_s, 0, MAX_SPAN_S);
        within("dedup_window_s", fields.dedup_window_s, 0, MAX_DEDUP_S);
        within("grace_in_s", fields.grace_in_s, 0, MAX_SPAN_S);
        within("grace_out_s", fields.grace_out_s, 0, MAX_SPAN_S);
        within("max_shift_s", fields.max_shift_s, 1, MAX_SPAN_S);
        within("new_shift_after_s", fields.new_shift_after_s, 1, MAX_SPAN_S);
        if let Some(DailyOvertime {
            over: Over::Seconds(over),
        }) = fields.overtime.daily
        {
            within("overtime.daily.over", over, 0, MAX_SPAN_S);
        }
        if fields.version.len() > MAX_NAME_BYTES {
            let message = format!("must have at most {MAX_NAME_BYTES} bytes");
            faults.push(Fault::new("policy.version", FaultKind::OutOfRange, message));
        }
        if faults.is_empty() {
            Ok(Self { fields })
        } else {
            Err(Error::new(faults))
        }
    }

    /// The checked fields.
    #[must_use]
    pub const fn fields(&self) -> &PolicyFields {
        &self.fields
    }
}

#[cfg(feature = "serde")]
mod over_serde {
    use serde::de::{Error as _, Unexpected, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Over;

    impl Serialize for Over {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Norm => serializer.serialize_str("norm"),
                Self::Seconds(s) => serializer.serialize_i64(*s),
            }
        }
    }

    impl<'de> Deserialize<'de> for Over {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct OverVisitor;
            impl Visitor<'_> for OverVisitor {
                type Value = Over;
                fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.write_str("\"norm\" or a whole number of seconds")
                }
                fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Over, E> {
                    if v == "norm" {
                        Ok(Over::Norm)
                    } else {
                        Err(E::invalid_value(Unexpected::Str(v), &self))
                    }
                }
                fn visit_i64<E: serde::de::Error>(self, v: i64) -> Result<Over, E> {
                    Ok(Over::Seconds(v))
                }
                fn visit_u64<E: serde::de::Error>(self, v: u64) -> Result<Over, E> {
                    i64::try_from(v)
                        .map(Over::Seconds)
                        .map_err(|_| E::custom("number of seconds too large"))
                }
            }
            deserializer
                .deserialize_any(OverVisitor)
                .map_err(D::Error::custom)
        }
    }
}
