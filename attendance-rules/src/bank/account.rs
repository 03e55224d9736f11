//! One person's account: events in, entries out.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Days, NaiveDate};

use super::check::event_faults;
use super::credit::Counters;
use super::event::{BankEvent, EventKind};
use super::fold::Bank;
use super::id::EventId;
use super::ledger::{Change, Entry, Refusal, Share, sum};
use super::lots::{Lot, Lots};
use super::policy::{AfterExpiry, BankPolicyFields, EndOfCredit};
use super::rate::Rate;
use super::rules::BankPolicy;
use super::totals::Totals;
use crate::error::{Error, FaultKind};

/// The state of an account after some events. It is what the events make of it: equal events, equal account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    bank: Bank,
    lots: Lots,
    counters: Counters,
    uses: BTreeMap<EventId, UseState>,
    totals: Totals,
    last: Option<BankEvent>,
}

/// What is known of a use.
#[derive(Debug, Clone, PartialEq, Eq)]
enum UseState {
    Taken {
        from: Arc<[Share]>,
        overdrawn_s: i64,
    },
    Refused,
    Cancelled,
    /// Cancelled by an event dated before the use.
    NeverHappens,
}

impl Account {
    /// An account in which nothing has happened.
    #[must_use]
    pub fn new(bank: &Bank) -> Self {
        Self {
            bank: bank.clone(),
            lots: Lots::default(),
            counters: Counters::default(),
            uses: BTreeMap::new(),
            totals: Totals::default(),
            last: None,
        }
    }

    /// Seconds that can be used, as of the last event.
    #[must_use]
    pub const fn balance_s(&self) -> i64 {
        self.lots.balance()
    }

    /// Sums so far.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Every lot there was, in the order they were made.
    #[must_use]
    pub fn lots(&self) -> &[Lot] {
        self.lots.all()
    }

    /// Work of a class that has not made a whole second yet, in units of `1/rate.num()` second of work.
    #[must_use]
    pub fn carried(&self, class: &str, rate: Rate) -> i64 {
        self.counters.carry(class, rate)
    }

    /// Plays the next event and adds its entries to the ledger: what lapsed before it, and what it did.
    ///
    /// # Errors
    /// A value out of its range, or an event that comes before one already played: a past event needs [`Bank::replay`]. The account is as before.
    pub fn apply(&mut self, event: &BankEvent, ledger: &mut Vec<Entry>) -> Result<(), Error> {
        let faults = event_faults(event, None);
        if !faults.is_empty() {
            return Err(Error::new(faults));
        }
        if self.last.as_ref().is_some_and(|last| last.order(event).is_ge()) {
            let message = format!("{} comes before an event that has been played", event.id);
            return Err(Error::one("date", FaultKind::Order, message));
        }
        let bank = self.bank.clone();
        self.play(&bank, event, ledger);
        self.last = Some(event.clone());
        Ok(())
    }

    /// Plays an event that is known to be sound and in order.
    pub(super) fn play(&mut self, bank: &Bank, event: &BankEvent, ledger: &mut Vec<Entry>) {
        let policy = bank.policy_on(event.on);
        self.lapse(bank, event.on, ledger);
        let change = match &event.kind {
            EventKind::Cancel { of } => self.cancel(policy, event, of),
            EventKind::Earn {
                class,
                work_s,
                valid_to,
            } => self.earn(policy, event, (class, *work_s), *valid_to),
            EventKind::Use {
                s,
                purpose,
                requested_on,
                settled,
            } => {
                let refusal = if *settled {
                    self.uses.get(&event.id).map(|_| Refusal::Cancelled)
                } else {
                    let days = event
                        .on
                        .signed_duration_since(requested_on.unwrap_or(event.on))
                        .num_days();
                    self.refusal(policy.fields(), &event.id, *s, purpose.as_deref(), days)
                };
                self.use_up(&event.id, *s, refusal)
            }
            EventKind::Adjust { s, valid_to } => self.adjust(policy, event, *s, *valid_to),
            EventKind::Separate { reason } => {
                let outcome = policy.on_end(*reason);
                let from = self.lots.take(i64::MAX);
                self.end(outcome, sum(&from));
                Change::Ended { from, outcome }
            }
            EventKind::AsOf => Change::Balance { s: self.balance_s() },
        };
        ledger.push(Entry {
            on: event.on,
            event: Some(event.id.clone()),
            change,
        });
    }

    /// Ends what is past its last day on `on`.
    fn lapse(&mut self, bank: &Bank, on: NaiveDate, ledger: &mut Vec<Entry>) {
        while let Some((share, last)) = self.lots.lapse(on) {
            let on = last.succ_opt().unwrap_or(last);
            let outcome = bank.policy_on(on).fields().on_expiry;
            self.end(outcome, share.s);
            let change = Change::Lapsed {
                lot: share.lot,
                s: share.s,
                outcome,
            };
            ledger.push(Entry {
                on,
                event: None,
                change,
            });
        }
    }

    fn end(&mut self, outcome: EndOfCredit, s: i64) {
        match outcome {
            EndOfCredit::Forfeit => self.totals.forfeited_s += s,
            EndOfCredit::PayOut => self.totals.paid_out_s += s,
        }
    }

    fn earn(
        &mut self,
        policy: &BankPolicy,
        event: &BankEvent,
        (class, work_s): (&str, i64),
        valid_to: Option<NaiveDate>,
    ) -> Change {
        let Some((name, rate)) = policy.class(class) else {
            return Change::Refused(Refusal::UnknownClass);
        };
        let fields = policy.fields();
        let credit = self
            .counters
            .credit(fields, (class, rate), event.on, work_s, self.lots.balance());
        self.counters.add(class, rate, &credit);
        self.totals.credited_s += credit.credited_s;
        self.totals.uncredited_s += credit.uncredited_s;
        self.totals.cash_work_s += credit.cash_work_s;
        let expires_on = valid_to.or_else(|| fields.expiry.last_day(event.on));
        self.open_lot(event, name, credit.credited_s, expires_on);
        Change::Credited {
            work_s,
            rate,
            credited_s: credit.credited_s,
            uncredited_s: credit.uncredited_s,
            cash_work_s: credit.cash_work_s,
            limit: credit.limit,
            expires_on,
        }
    }

    fn open_lot(&mut self, event: &BankEvent, class: &Arc<str>, s: i64, expires_on: Option<NaiveDate>) {
        if s > 0 {
            self.lots.add(Lot {
                id: event.id.clone(),
                class: Arc::clone(class),
                earned_on: event.on,
                expires_on,
                granted: s,
                left: s,
            });
        }
    }

    /// The first rule that a use breaks.
    fn refusal(
        &self,
        policy: &BankPolicyFields,
        id: &EventId,
        s: i64,
        purpose: Option<&str>,
        notice: i64,
    ) -> Option<Refusal> {
        let forbidden = |purpose: &str| policy.forbidden_purposes.iter().any(|p| p == purpose);
        if self.uses.contains_key(id) {
            Some(Refusal::Cancelled)
        } else if policy.use_block_s.is_some_and(|block| s % block != 0) {
            Some(Refusal::NotABlock)
        } else if policy.use_min_s.is_some_and(|min| s < min) {
            Some(Refusal::UnderMinPerUse)
        } else if policy.use_max_s.is_some_and(|max| s > max) {
            Some(Refusal::OverMaxPerUse)
        } else if purpose.is_some_and(forbidden) {
            Some(Refusal::ForbiddenPurpose)
        } else if policy.notice_days > 0 && notice < policy.notice_days.into() {
            Some(Refusal::ShortNotice)
        } else if s > self.lots.balance() {
            Some(Refusal::Insufficient)
        } else {
            None
        }
    }

    fn use_up(&mut self, id: &EventId, s: i64, refusal: Option<Refusal>) -> Change {
        if let Some(refusal) = refusal {
            self.uses.entry(id.clone()).or_insert(UseState::Refused);
            return Change::Refused(refusal);
        }
        let from = self.lots.take(s);
        let taken = sum(&from);
        let overdrawn_s = s - taken;
        self.totals.used_s += taken;
        self.totals.overdrawn_s += overdrawn_s;
        let state = UseState::Taken {
            from: Arc::clone(&from),
            overdrawn_s,
        };
        self.uses.insert(id.clone(), state);
        Change::Used { from, overdrawn_s }
    }

    fn cancel(&mut self, policy: &BankPolicy, event: &BankEvent, of: &EventId) -> Change {
        let (from, overdrawn_s) = match self.uses.get(of) {
            Some(UseState::Taken { from, overdrawn_s }) => (Arc::clone(from), *overdrawn_s),
            Some(UseState::Refused) => return Change::Refused(Refusal::NothingToCancel),
            Some(UseState::Cancelled | UseState::NeverHappens) => {
                return Change::Refused(Refusal::AlreadyCancelled);
            }
            None => {
                self.uses.insert(of.clone(), UseState::NeverHappens);
                return Change::Cancelled {
                    of: of.clone(),
                    to: Arc::new([]),
                    lapsed: Arc::new([]),
                    outcome: EndOfCredit::default(),
                    settled_s: 0,
                    credited_s: 0,
                };
            }
        };
        self.uses.insert(of.clone(), UseState::Cancelled);
        let fields = policy.fields();
        let outcome = fields.on_expiry;
        let mut lapsed = Vec::new();
        for share in from.iter() {
            self.totals.used_s -= share.s;
            let expired = self
                .lots
                .get(share.index)
                .and_then(|lot| lot.expires_on)
                .is_some_and(|last| last < event.on);
            match fields.on_cancel_after_expiry {
                AfterExpiry::Lapse if expired => {
                    self.end(outcome, share.s);
                    lapsed.push(share.clone());
                }
                AfterExpiry::Revive(days) if expired => {
                    self.lots
                        .put_back(share, event.on.checked_add_days(Days::new(days.into())));
                }
                _ => self.lots.put_back(share, None),
            }
        }
        let settled_s = overdrawn_s.min(self.totals.overdrawn_s);
        self.totals.overdrawn_s -= settled_s;
        let credited_s = overdrawn_s - settled_s;
        self.totals.adjusted_in_s += credited_s;
        self.open_lot(
            event,
            &policy.by_hand(),
            credited_s,
            fields.expiry.last_day(event.on),
        );
        Change::Cancelled {
            of: of.clone(),
            to: from,
            lapsed: lapsed.into(),
            outcome,
            settled_s,
            credited_s,
        }
    }

    fn adjust(
        &mut self,
        policy: &BankPolicy,
        event: &BankEvent,
        s: i64,
        valid_to: Option<NaiveDate>,
    ) -> Change {
        let settled_s = s.clamp(0, self.totals.overdrawn_s);
        let credited_s = s.max(0) - settled_s;
        let expires_on = valid_to.or_else(|| policy.fields().expiry.last_day(event.on));
        self.open_lot(event, &policy.by_hand(), credited_s, expires_on);
        let wanted = (-s).max(0);
        let from = self.lots.take(wanted);
        let taken = sum(&from);
        let overdrawn_s = wanted - taken;
        self.totals.adjusted_in_s += credited_s;
        self.totals.adjusted_out_s += taken;
        self.totals.overdrawn_s += overdrawn_s - settled_s;
        Change::Adjusted {
            from,
            overdrawn_s,
            settled_s,
            credited_s,
        }
    }
}
