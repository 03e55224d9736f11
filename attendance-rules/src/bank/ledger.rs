//! What the bank did and why: entries that are only ever added.

use std::sync::Arc;

use chrono::NaiveDate;

use super::id::EventId;
use super::policy::EndOfCredit;
use super::rate::Rate;

/// Seconds of one lot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Share {
    /// The lot, by the id of the event that made it.
    pub lot: EventId,
    /// Seconds, always positive.
    pub s: i64,
    /// Place of the lot in the account.
    pub(super) index: usize,
}

/// What kept a grant from being credited in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Limit {
    /// Credit is given in whole quanta.
    Quantum,
    /// The cap of the calendar month.
    Month,
    /// The cap of the policy's period.
    Period,
    /// The cap of the balance.
    Balance,
}

/// Why an event was refused. It changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Refusal {
    /// The policy has no rate for this class of work.
    UnknownClass,
    /// Not a whole number of blocks.
    NotABlock,
    /// Shorter than the least use.
    UnderMinPerUse,
    /// Longer than one use may be.
    OverMaxPerUse,
    /// Credit cannot be used for this.
    ForbiddenPurpose,
    /// Asked for too late.
    ShortNotice,
    /// The lots do not hold as much on that day.
    Insufficient,
    /// The use was cancelled before its day.
    Cancelled,
    /// The use has been cancelled already.
    AlreadyCancelled,
    /// The use was refused, so there is nothing to take back.
    NothingToCancel,
}

impl Refusal {
    /// The stable name, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownClass => "unknown_class",
            Self::NotABlock => "not_a_block",
            Self::UnderMinPerUse => "under_min_per_use",
            Self::OverMaxPerUse => "over_max_per_use",
            Self::ForbiddenPurpose => "forbidden_purpose",
            Self::ShortNotice => "short_notice",
            Self::Insufficient => "insufficient",
            Self::Cancelled => "cancelled",
            Self::AlreadyCancelled => "already_cancelled",
            Self::NothingToCancel => "nothing_to_cancel",
        }
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The day it counts for.
    pub on: NaiveDate,
    /// The event behind it; a lapse has none.
    pub event: Option<EventId>,
    /// What it did.
    pub change: Change,
}

/// What an entry did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Work was credited.
    Credited {
        /// Seconds worked.
        work_s: i64,
        /// The rate of its class.
        rate: Rate,
        /// Seconds of credit, in a lot of the event's name if there are any.
        credited_s: i64,
        /// Seconds of credit that a limit took away for good.
        uncredited_s: i64,
        /// Seconds of work due in cash.
        cash_work_s: i64,
        /// The limit that bound, if one did; the tightest of several.
        limit: Option<Limit>,
        /// Last usable day.
        expires_on: Option<NaiveDate>,
    },
    /// Time off was taken.
    Used {
        /// From which lots, first expiring first.
        from: Arc<[Share]>,
        /// Seconds that no lot held; only of a settled use.
        overdrawn_s: i64,
    },
    /// The event was refused.
    Refused(Refusal),
    /// A use was taken back.
    Cancelled {
        /// The use.
        of: EventId,
        /// Back into these lots.
        to: Arc<[Share]>,
        /// Of these the lot had expired, so they ended at once.
        lapsed: Arc<[Share]>,
        /// What became of the lapsed ones.
        outcome: EndOfCredit,
        /// Overdrawn seconds that are overdrawn no more.
        settled_s: i64,
        /// Seconds that had been overdrawn and were made good meanwhile; they become a lot of the cancel's name.
        credited_s: i64,
    },
    /// A lot reached the end of its last day.
    Lapsed {
        /// The lot.
        lot: EventId,
        /// Seconds left in it.
        s: i64,
        /// What became of them.
        outcome: EndOfCredit,
    },
    /// Seconds were added or taken away by hand.
    Adjusted {
        /// Taken from these lots.
        from: Arc<[Share]>,
        /// Seconds that no lot held.
        overdrawn_s: i64,
        /// Overdrawn seconds that are overdrawn no more.
        settled_s: i64,
        /// Seconds of credit, in a lot of the event's name if there are any.
        credited_s: i64,
    },
    /// The account ended.
    Ended {
        /// What was left.
        from: Arc<[Share]>,
        /// What became of it.
        outcome: EndOfCredit,
    },
    /// The balance was asked for.
    Balance {
        /// Seconds.
        s: i64,
    },
}

/// Sum of the seconds.
pub(super) fn sum(shares: &[Share]) -> i64 {
    shares.iter().map(|share| share.s).sum()
}
