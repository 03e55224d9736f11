//! How much credit an hour of work earns, as an exact fraction.

use crate::error::{Error, FaultKind};

/// Credit per second of work: `num / den`, so 3/2 is the time and a half of 29 USC 207(o).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rate {
    num: u16,
    den: u16,
}

impl Rate {
    /// One second of credit for one second of work.
    pub const ONE: Self = Self { num: 1, den: 1 };
    /// Time and a half.
    pub const THREE_HALVES: Self = Self { num: 3, den: 2 };
    /// Largest numerator and denominator.
    pub const MAX_TERM: u16 = 10_000;

    /// The fraction `num / den`. It is not reduced: 3/2 and 15000/10000 are the same rate but carry different fractions of a second.
    ///
    /// # Errors
    /// A term that is zero or above [`Rate::MAX_TERM`].
    pub fn new(num: u16, den: u16) -> Result<Self, Error> {
        let allowed = 1..=Self::MAX_TERM;
        if allowed.contains(&num) && allowed.contains(&den) {
            return Ok(Self { num, den });
        }
        let message = format!("{num}/{den}: both terms are 1 to {}", Self::MAX_TERM);
        Err(Error::one("rate", FaultKind::OutOfRange, message))
    }

    /// The numerator.
    #[must_use]
    pub const fn num(self) -> i64 {
        self.num as i64
    }

    /// The denominator.
    #[must_use]
    pub const fn den(self) -> i64 {
        self.den as i64
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Rate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.num, self.den).serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Rate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (num, den) = <(u16, u16)>::deserialize(deserializer)?;
        Self::new(num, den).map_err(serde::de::Error::custom)
    }
}
