//! Corrections of the past: the fold is played again, and closed periods get entries that make up the difference.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::event::{BankEvent, EventKind};
use super::fold::{Bank, Outcome};
use super::ledger::{Change, Entry};
use super::movement::{Move, MoveKind};
use crate::error::Error;

/// An account after a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replay {
    /// What the corrected events come to.
    pub outcome: Outcome,
    /// What the closed days owe the new truth, in the order of those days.
    pub compensations: Vec<Compensation>,
}

/// One compensating entry. The ledger of the closed days stays as it was; its movements and these add up to the movements of the new ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Compensation {
    /// The day it is written: the first open one.
    #[cfg_attr(feature = "serde", serde(rename = "date"))]
    pub on: NaiveDate,
    /// The movement, dated when it would have been; its seconds are new less old.
    pub of: Move,
}

impl Bank {
    /// Plays the corrected events of an account whose days up to `closed_through` can be changed no more.
    ///
    /// A use that `before` had granted stays granted, even if what paid for it is gone: what the lots do not hold any more is overdrawn, and
    /// the balance stays at zero. A use that `before` had refused is judged anew; leave refused ones out of the events if that is not wanted.
    ///
    /// # Errors
    /// The faults of either list of events, as [`Bank::fold`] tells them.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use punchclock_rules::bank::{Bank, BankEvent, BankPolicy};
    ///
    /// let bank = Bank::from(BankPolicy::preset("odoo_compat").expect("a preset"));
    /// let day = |m, d| NaiveDate::from_ymd_opt(2025, m, d).expect("a date");
    /// let (work, off) = (BankEvent::earn("w", day(1, 7), "ot", 14_400), BankEvent::take("u", day(1, 20), 14_400));
    /// let less = BankEvent::earn("w", day(1, 7), "ot", 10_800);
    ///
    /// let replay = bank.replay(&[work, off.clone()], &[less, off], day(1, 31))?;
    /// assert_eq!(replay.outcome.account.balance_s(), 0);
    /// assert_eq!(replay.outcome.account.totals().overdrawn_s, 3_600);
    /// assert!(replay.compensations.iter().all(|c| c.on == day(2, 1)));
    /// # Ok::<(), punchclock_rules::Error>(())
    /// ```
    pub fn replay(
        &self,
        before: &[BankEvent],
        after: &[BankEvent],
        closed_through: NaiveDate,
    ) -> Result<Replay, Error> {
        let old = self.fold(before)?;
        let granted: BTreeSet<&str> = old.ledger.iter().filter_map(used).collect();
        let mut after = after.to_vec();
        for event in &mut after {
            if granted.contains(event.id.as_str())
                && let EventKind::Use { settled, .. } = &mut event.kind
            {
                *settled = true;
            }
        }
        let outcome = self.fold(&after)?;
        let compensations = difference(&old.moves(), &outcome.moves(), closed_through);
        Ok(Replay {
            outcome,
            compensations,
        })
    }
}

fn used(entry: &Entry) -> Option<&str> {
    let used = matches!(entry.change, Change::Used { .. });
    entry.event.as_ref().filter(|_| used).map(|id| id.as_str())
}

/// Day, event, lot and kind of a movement.
type Key<'a> = (NaiveDate, Option<&'a str>, Option<&'a str>, MoveKind);

/// New less old, for the closed days.
fn difference(old: &[Move], new: &[Move], closed_through: NaiveDate) -> Vec<Compensation> {
    let mut sums: BTreeMap<Key<'_>, i64> = BTreeMap::new();
    for (moves, sign) in [(old, -1), (new, 1)] {
        for m in moves.iter().filter(|m| m.on <= closed_through) {
            let key = (
                m.on,
                m.event.as_ref().map(|e| e.as_str()),
                m.lot.as_ref().map(|l| l.as_str()),
                m.kind,
            );
            *sums.entry(key).or_default() += sign * m.s;
        }
    }
    let written_on = closed_through.succ_opt().unwrap_or(closed_through);
    sums.into_iter()
        .filter(|(_, s)| *s != 0)
        .map(|((on, event, lot, kind), s)| Compensation {
            on: written_on,
            of: Move {
                on,
                event: event.map(Into::into),
                lot: lot.map(Into::into),
                kind,
                s,
            },
        })
        .collect()
}
