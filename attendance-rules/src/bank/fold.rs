//! A bank, and the fold of an account's events.

use std::sync::Arc;

use chrono::NaiveDate;

use super::MAX_EVENTS;
use super::account::Account;
use super::check::event_faults;
use super::event::BankEvent;
use super::ledger::Entry;
use super::movement::{Move, moves};
use super::rules::BankPolicy;
use crate::error::{Error, Fault, FaultKind};

/// Most faults told at once.
const MAX_FAULTS: usize = 1_000;

/// A bank: one policy, or several that follow one another. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bank {
    first: Arc<BankPolicy>,
    /// The policies that follow, by their first day.
    rest: Arc<[(NaiveDate, BankPolicy)]>,
}

/// What an account's events come to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The account after the last event.
    pub account: Account,
    /// Everything that happened, in order.
    pub ledger: Vec<Entry>,
}

impl Outcome {
    /// The ledger as movements of single lots, as a database keeps them.
    #[must_use]
    pub fn moves(&self) -> Vec<Move> {
        moves(&self.ledger)
    }
}

impl From<BankPolicy> for Bank {
    fn from(policy: BankPolicy) -> Self {
        Self {
            first: Arc::new(policy),
            rest: Arc::new([]),
        }
    }
}

impl Bank {
    /// A bank whose policies follow one another: each holds from its first day until the next one's. The earliest may have none and then
    /// holds since ever; events before its first day are judged by it too. A lot keeps the last day that the policy of its day gave it.
    ///
    /// # Errors
    /// No policy, two with one first day, or more than one without.
    pub fn new(policies: Vec<BankPolicy>) -> Result<Self, Error> {
        let mut policies = policies;
        policies.sort_by_key(|policy| policy.fields().effective_from);
        let same = |pair: &[BankPolicy]| {
            let [one, other] = pair else { return false };
            one.fields().effective_from == other.fields().effective_from
        };
        if policies.windows(2).any(same) {
            let message = "two policies hold from the same day";
            return Err(Error::one("effective_from", FaultKind::Duplicate, message));
        }
        let mut policies = policies.into_iter();
        let Some(first) = policies.next() else {
            return Err(Error::one("policies", FaultKind::Schema, "a bank has a policy"));
        };
        let rest = policies
            .filter_map(|policy| Some((policy.fields().effective_from?, policy)))
            .collect();
        Ok(Self {
            first: Arc::new(first),
            rest,
        })
    }

    /// The policy of a day.
    #[must_use]
    pub fn policy_on(&self, on: NaiveDate) -> &BankPolicy {
        let after = self.rest.partition_point(|(from, _)| *from <= on);
        let found = after.checked_sub(1).and_then(|index| self.rest.get(index));
        found.map_or(&*self.first, |(_, policy)| policy)
    }

    /// Plays the events of one account in their order, whatever order they are given in.
    ///
    /// # Errors
    /// Every fault of the events: a value out of its range, an id that stands for two events, too many events. Events that a rule refuses are
    /// no faults; they are in the ledger.
    pub fn fold(&self, events: &[BankEvent]) -> Result<Outcome, Error> {
        let ordered = ordered(events)?;
        let mut account = Account::new(self);
        let mut ledger = Vec::with_capacity(events.len() + events.len() / 8);
        for event in ordered {
            account.play(self, event, &mut ledger);
        }
        Ok(Outcome { account, ledger })
    }
}

/// The events, checked and in the order of play.
fn ordered(events: &[BankEvent]) -> Result<Vec<&BankEvent>, Error> {
    if events.len() > MAX_EVENTS {
        let message = format!("at most {MAX_EVENTS} events in one account");
        return Err(Error::one("events", FaultKind::TooMany, message));
    }
    let mut faults = Vec::new();
    for (index, event) in events.iter().enumerate() {
        if faults.len() >= MAX_FAULTS {
            break;
        }
        faults.extend(event_faults(event, Some(index)));
    }
    let mut ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    ids.sort_unstable();
    for pair in ids.windows(2) {
        if let [one, other] = pair
            && one == other
            && faults.len() < MAX_FAULTS
        {
            let message = format!("{one:?} stands for two events");
            faults.push(Fault::new("events", FaultKind::Duplicate, message));
        }
    }
    if !faults.is_empty() {
        return Err(Error::new(faults));
    }
    let mut ordered: Vec<&BankEvent> = events.iter().collect();
    ordered.sort_by(|a, b| a.order(b));
    Ok(ordered)
}
