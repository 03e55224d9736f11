//! The ledger as movements of single lots: what a database stores, and what a replay compares.

use chrono::NaiveDate;

use super::id::EventId;
use super::ledger::{Change, Entry, Share};
use super::policy::EndOfCredit;

/// What a movement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum MoveKind {
    /// Credit of work, into its lot.
    Earn,
    /// Time off, out of a lot.
    Use,
    /// Time off taken back, into the lot it came from.
    Cancel,
    /// Added by hand into a lot, or taken away from one.
    Adjust,
    /// Lost, out of a lot.
    Forfeit,
    /// Paid, out of a lot.
    PayOut,
    /// Credit that a limit took away: no lot.
    Uncredited,
    /// Seconds of work due in cash: no lot.
    CashWork,
    /// Overdrawn, or made good (negative): no lot.
    Overdrawn,
}

/// One movement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Move {
    /// The day it counts for.
    #[cfg_attr(feature = "serde", serde(rename = "date"))]
    pub on: NaiveDate,
    /// The event behind it; a lapse has none.
    pub event: Option<EventId>,
    /// The lot whose seconds move; `None` for kinds without one.
    pub lot: Option<EventId>,
    /// What it is.
    pub kind: MoveKind,
    /// Seconds; positive into the lot, negative out of it. The moves of a lot add up to what is left in it.
    pub s: i64,
}

/// The movements of a ledger, in its order; none is of zero seconds.
pub(super) fn moves(ledger: &[Entry]) -> Vec<Move> {
    let mut found = Vec::with_capacity(ledger.len());
    for entry in ledger {
        let mut add = |kind: MoveKind, lot: Option<&EventId>, s: i64| {
            if s != 0 {
                let (event, lot) = (entry.event.clone(), lot.cloned());
                found.push(Move {
                    on: entry.on,
                    event,
                    lot,
                    kind,
                    s,
                });
            }
        };
        let own = entry.event.as_ref();
        match &entry.change {
            Change::Credited {
                credited_s,
                uncredited_s,
                cash_work_s,
                ..
            } => {
                add(MoveKind::Earn, own, *credited_s);
                add(MoveKind::Uncredited, None, *uncredited_s);
                add(MoveKind::CashWork, None, *cash_work_s);
            }
            Change::Used { from, overdrawn_s } => {
                shares(&mut add, MoveKind::Use, from, -1);
                add(MoveKind::Overdrawn, None, *overdrawn_s);
            }
            Change::Cancelled {
                to,
                lapsed,
                outcome,
                settled_s,
                credited_s,
                ..
            } => {
                shares(&mut add, MoveKind::Cancel, to, 1);
                shares(&mut add, end(*outcome), lapsed, -1);
                add(MoveKind::Overdrawn, None, -settled_s);
                add(MoveKind::Adjust, own, *credited_s);
            }
            Change::Lapsed { lot, s, outcome } => add(end(*outcome), Some(lot), -s),
            Change::Adjusted {
                from,
                overdrawn_s,
                settled_s,
                credited_s,
            } => {
                shares(&mut add, MoveKind::Adjust, from, -1);
                add(MoveKind::Overdrawn, None, overdrawn_s - settled_s);
                add(MoveKind::Adjust, own, *credited_s);
            }
            Change::Ended { from, outcome } => shares(&mut add, end(*outcome), from, -1),
            Change::Refused(_) | Change::Balance { .. } => {}
        }
    }
    found
}

fn shares(add: &mut impl FnMut(MoveKind, Option<&EventId>, i64), kind: MoveKind, of: &[Share], sign: i64) {
    for share in of {
        add(kind, Some(&share.lot), sign * share.s);
    }
}

const fn end(outcome: EndOfCredit) -> MoveKind {
    match outcome {
        EndOfCredit::Forfeit => MoveKind::Forfeit,
        EndOfCredit::PayOut => MoveKind::PayOut,
    }
}
