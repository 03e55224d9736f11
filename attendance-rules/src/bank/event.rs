//! What happens to an account.

use core::cmp::Ordering;

use chrono::NaiveDate;

use super::id::EventId;

/// One event of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(try_from = "super::written::Written", into = "super::written::Written")
)]
#[non_exhaustive]
pub struct BankEvent {
    /// Its name.
    pub id: EventId,
    /// The day it takes effect: the day worked, the day off, the day of the decision.
    pub on: NaiveDate,
    /// What happens.
    pub kind: EventKind,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A use is taken back. Dated before its use, the use never happens.
    Cancel {
        /// The use.
        of: EventId,
    },
    /// Approved work earns credit.
    Earn {
        /// Class of work, which decides the rate.
        class: String,
        /// Seconds worked.
        work_s: i64,
        /// Last usable day of the lot, instead of the policy's expiry.
        valid_to: Option<NaiveDate>,
    },
    /// Credit is taken as time off.
    Use {
        /// Seconds taken.
        s: i64,
        /// What for; some purposes may be forbidden.
        purpose: Option<String>,
        /// The day it was asked for; `None` is the day it is taken.
        requested_on: Option<NaiveDate>,
        /// It has been granted or taken already and cannot be refused any more: what the lots do not hold is overdrawn.
        settled: bool,
    },
    /// Somebody with the right to do so adds or takes away seconds. No cap and no block holds; what the lots do not hold is overdrawn.
    Adjust {
        /// Seconds, signed.
        s: i64,
        /// Last usable day of what is added, instead of the policy's expiry.
        valid_to: Option<NaiveDate>,
    },
    /// The person leaves; the whole balance is forfeited or paid.
    Separate {
        /// Why.
        reason: EndReason,
    },
    /// Nothing happens; what is past its last day lapses, and the balance is written down.
    AsOf,
}

/// Why a person's bank ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum EndReason {
    /// Resignation, retirement, dismissal.
    #[default]
    Separation,
    /// Promotion to a position that earns no credit.
    Promotion,
    /// Transfer to another employer.
    Transfer,
}

impl EventKind {
    /// Place within a day. Expiry, which is no event, comes before all of them.
    const fn rank(&self) -> u8 {
        match self {
            Self::Cancel { .. } => 0,
            Self::Earn { .. } => 1,
            Self::Use { .. } => 2,
            Self::Adjust { .. } => 3,
            Self::Separate { .. } => 4,
            Self::AsOf => 5,
        }
    }
}

impl BankEvent {
    /// An event of any kind.
    #[must_use]
    pub fn new(id: impl Into<EventId>, on: NaiveDate, kind: EventKind) -> Self {
        Self {
            id: id.into(),
            on,
            kind,
        }
    }

    /// Work of a class on a day.
    #[must_use]
    pub fn earn(id: impl Into<EventId>, on: NaiveDate, class: impl Into<String>, work_s: i64) -> Self {
        let (class, valid_to) = (class.into(), None);
        Self::new(
            id,
            on,
            EventKind::Earn {
                class,
                work_s,
                valid_to,
            },
        )
    }

    /// Time off on a day, with no purpose named and asked for on the day.
    #[must_use]
    pub fn take(id: impl Into<EventId>, on: NaiveDate, s: i64) -> Self {
        let kind = EventKind::Use {
            s,
            purpose: None,
            requested_on: None,
            settled: false,
        };
        Self::new(id, on, kind)
    }

    /// A use taken back.
    #[must_use]
    pub fn cancel(id: impl Into<EventId>, on: NaiveDate, of: impl Into<EventId>) -> Self {
        Self::new(id, on, EventKind::Cancel { of: of.into() })
    }

    /// Seconds added or taken away.
    #[must_use]
    pub fn adjust(id: impl Into<EventId>, on: NaiveDate, s: i64) -> Self {
        Self::new(id, on, EventKind::Adjust { s, valid_to: None })
    }

    /// The end of the account.
    #[must_use]
    pub fn separate(id: impl Into<EventId>, on: NaiveDate, reason: EndReason) -> Self {
        Self::new(id, on, EventKind::Separate { reason })
    }

    /// A look at the balance at the end of a day.
    #[must_use]
    pub fn as_of(id: impl Into<EventId>, on: NaiveDate) -> Self {
        Self::new(id, on, EventKind::AsOf)
    }

    /// The order of play: date, kind, id.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        self.on
            .cmp(&other.on)
            .then_with(|| self.kind.rank().cmp(&other.kind.rank()))
            .then_with(|| self.id.cmp(&other.id))
    }
}
