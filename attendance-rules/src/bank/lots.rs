//! Lots: what was earned when, how long it lasts, what is left.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;

use super::id::EventId;
use super::ledger::Share;

/// Credit of one grant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Lot {
    /// The event that made it.
    pub id: EventId,
    /// Class of work; `"adjust"` for seconds added by hand.
    #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
    pub class: Arc<str>,
    /// The day it was earned.
    pub earned_on: NaiveDate,
    /// Last usable day; `None` if it does not end.
    pub expires_on: Option<NaiveDate>,
    /// Seconds at first.
    #[cfg_attr(feature = "serde", serde(rename = "granted_s"))]
    pub granted: i64,
    /// Seconds left.
    #[cfg_attr(feature = "serde", serde(rename = "left_s"))]
    pub left: i64,
}

#[cfg(feature = "serde")]
fn text<S: serde::Serializer>(class: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(class)
}

impl Lot {
    fn key(&self, index: usize) -> Key {
        (
            self.expires_on.unwrap_or(NaiveDate::MAX),
            self.earned_on,
            self.id.clone(),
            index,
        )
    }
}

/// First expiring first, then first earned, then lowest id.
type Key = (NaiveDate, NaiveDate, EventId, usize);

/// All lots of an account, in the order they were made, and the order in which those with seconds left are used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lots {
    all: Vec<Lot>,
    usable: BTreeSet<Key>,
    balance: i64,
}

impl Lots {
    pub(super) fn all(&self) -> &[Lot] {
        &self.all
    }

    pub(super) const fn balance(&self) -> i64 {
        self.balance
    }

    pub(super) fn get(&self, index: usize) -> Option<&Lot> {
        self.all.get(index)
    }

    /// Adds a lot that has seconds.
    pub(super) fn add(&mut self, lot: Lot) {
        self.balance += lot.left;
        self.usable.insert(lot.key(self.all.len()));
        self.all.push(lot);
    }

    /// Takes up to `s` seconds, first expiring first. Less only if there is less.
    pub(super) fn take(&mut self, s: i64) -> Arc<[Share]> {
        // Most uses fit into the first lot; that costs no vector.
        if let Some(share) = self.take_first(s) {
            if share.s == s {
                return Arc::new([share]);
            }
            let mut wanted = s - share.s;
            let mut shares = vec![share];
            while wanted > 0
                && let Some(share) = self.take_first(wanted)
            {
                wanted -= share.s;
                shares.push(share);
            }
            return shares.into();
        }
        Arc::new([])
    }

    fn take_first(&mut self, wanted: i64) -> Option<Share> {
        if wanted <= 0 {
            return None;
        }
        let (.., index) = self.usable.first()?;
        let index = *index;
        let lot = self.all.get_mut(index)?;
        let s = lot.left.min(wanted);
        lot.left -= s;
        self.balance -= s;
        let share = Share {
            lot: lot.id.clone(),
            s,
            index,
        };
        if lot.left == 0 {
            self.usable.pop_first();
        }
        Some(share)
    }

    /// Takes the whole of the first lot whose last day is before `on`.
    pub(super) fn lapse(&mut self, on: NaiveDate) -> Option<(Share, NaiveDate)> {
        let (last, ..) = self.usable.first()?;
        let last = *last;
        if last >= on {
            return None;
        }
        self.take_first(i64::MAX).map(|share| (share, last))
    }

    /// Puts seconds back into the lot they came from, with another last day if one is given.
    pub(super) fn put_back(&mut self, share: &Share, revived_until: Option<NaiveDate>) {
        let Some(lot) = self.all.get_mut(share.index) else {
            return;
        };
        if revived_until.is_some() {
            if lot.left > 0 {
                self.usable.remove(&lot.key(share.index));
            }
            lot.expires_on = revived_until;
        }
        lot.left += share.s;
        self.balance += share.s;
        self.usable.insert(lot.key(share.index));
    }
}
