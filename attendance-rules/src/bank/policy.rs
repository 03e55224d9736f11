//! The choices of one bank, before they are checked.

use chrono::{Datelike, NaiveDate};

use super::expiry::{Expiry, period_index};
use super::rate::Rate;

/// What becomes of credit beyond a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum OverCap {
    /// It is written down as uncredited and earns nothing (Philippine government).
    #[default]
    #[cfg_attr(feature = "serde", serde(alias = "forfeit"))]
    Uncredited,
    /// The work behind it is due in cash (29 CFR 553.22).
    Cash,
}

/// What becomes of credit that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum EndOfCredit {
    /// It is lost.
    #[default]
    Forfeit,
    /// It is paid.
    #[cfg_attr(feature = "serde", serde(alias = "cash", alias = "pay"))]
    PayOut,
}

/// What becomes of seconds that a cancelled use gives back to a lot that has expired meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum AfterExpiry {
    /// They end at once, as [`BankPolicyFields::on_expiry`] says.
    #[default]
    Lapse,
    /// The lot can be used again for this many days from the cancel.
    Revive(u32),
}

/// Periods a cap counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Periods {
    /// Calendar years.
    Year,
    /// Periods of equal length.
    Every {
        /// Days in a period.
        days: u32,
        /// First day of any one period.
        anchor: NaiveDate,
    },
}

impl Periods {
    pub(super) fn index(self, on: NaiveDate) -> i64 {
        match self {
            Self::Year => on.year().into(),
            // The policy is checked: a period has days.
            Self::Every { days, anchor } => period_index(anchor, days, on).unwrap_or_default(),
        }
    }
}

/// Most credit in one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[expect(clippy::exhaustive_structs, reason = "a cap and the periods it counts in")]
pub struct PeriodCap {
    /// The periods.
    pub period: Periods,
    /// Most seconds of credit in one of them.
    pub cap_s: i64,
}

/// The fields of a bank's policy before they are checked. Start from [`BankPolicyFields::default`] and change what differs.
///
/// Durations are seconds of credit unless said otherwise; `None` is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[non_exhaustive]
pub struct BankPolicyFields {
    /// The caller's name for this set of choices. Default `"default"`.
    pub version: String,
    /// First day it holds; `None` is since ever. A bank may have several policies, one after the other.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub effective_from: Option<NaiveDate>,
    /// Where the choices come from and how well that was read; shown, never used.
    pub source: String,
    /// Classes of work (`weekday`, `rest_day`, `ot`, …) and what each earns.
    #[cfg_attr(feature = "serde", serde(with = "rates"))]
    pub rates: Vec<(String, Rate)>,
    /// Credit is given in whole multiples of this. Default 1.
    pub quantum_s: i64,
    /// Most credit in one calendar month of the day worked.
    pub month_cap_s: Option<i64>,
    /// Most credit in another period.
    pub period_cap: Option<PeriodCap>,
    /// No grant lifts the balance above this.
    pub balance_cap_s: Option<i64>,
    /// What becomes of credit beyond a cap or the quantum.
    pub over_cap: OverCap,
    /// When credit ends.
    pub expiry: Expiry,
    /// What becomes of it then.
    pub on_expiry: EndOfCredit,
    /// What becomes of the balance when the person leaves.
    pub on_separation: EndOfCredit,
    /// The same on promotion to a position that earns none; `None` is as on separation.
    pub on_promotion: Option<EndOfCredit>,
    /// The same on transfer to another employer; `None` is as on separation.
    pub on_transfer: Option<EndOfCredit>,
    /// What becomes of seconds given back to an expired lot.
    pub on_cancel_after_expiry: AfterExpiry,
    /// A use is a whole multiple of this.
    pub use_block_s: Option<i64>,
    /// Least seconds of one use.
    pub use_min_s: Option<i64>,
    /// Most seconds of one use.
    pub use_max_s: Option<i64>,
    /// Purposes that credit cannot be used for.
    pub forbidden_purposes: Vec<String>,
    /// Days between asking for a use and taking it. Default 0: it may be asked for afterwards, too.
    pub notice_days: u32,
}

impl Default for BankPolicyFields {
    fn default() -> Self {
        Self {
            version: "default".to_owned(),
            effective_from: None,
            source: String::new(),
            rates: Vec::new(),
            quantum_s: 1,
            month_cap_s: None,
            period_cap: None,
            balance_cap_s: None,
            over_cap: OverCap::default(),
            expiry: Expiry::default(),
            on_expiry: EndOfCredit::default(),
            on_separation: EndOfCredit::default(),
            on_promotion: None,
            on_transfer: None,
            on_cancel_after_expiry: AfterExpiry::default(),
            use_block_s: None,
            use_min_s: None,
            use_max_s: None,
            forbidden_purposes: Vec::new(),
            notice_days: 0,
        }
    }
}

#[cfg(feature = "serde")]
mod rates {
    //! Rates as an object, `{"weekday": [1, 1]}`, in the order written; a class named twice is kept twice for the check to find.

    use super::Rate;
    use core::fmt;
    use serde::de::{MapAccess, Visitor};
    use serde::ser::SerializeMap;
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        rates: &[(String, Rate)],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(rates.len()))?;
        for (class, rate) in rates {
            map.serialize_entry(class, rate)?;
        }
        map.end()
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<(String, Rate)>, D::Error> {
        struct Rates;
        impl<'de> Visitor<'de> for Rates {
            type Value = Vec<(String, Rate)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of class: [num, den]")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut rates = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    rates.push(entry);
                }
                Ok(rates)
            }
        }
        deserializer.deserialize_map(Rates)
    }
}
