//! Work to credit: rate, carried fraction, quantum, caps.

use chrono::{Datelike, NaiveDate};

use super::ledger::Limit;
use super::policy::{BankPolicyFields, OverCap, Periods};
use super::rate::Rate;

/// What one grant comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Credit {
    pub(super) credited_s: i64,
    pub(super) uncredited_s: i64,
    pub(super) cash_work_s: i64,
    pub(super) limit: Option<Limit>,
    /// Fraction for the next grant of the class.
    carry: i64,
}

/// Fractions and caps of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counters {
    /// Fraction carried for each class and rate, in units of 1/den second of credit, which are 1/num second of work.
    carries: Vec<(String, Rate, i64)>,
    month: Counter,
    period: Counter,
    periods: Option<Periods>,
}

/// Credit given in one month or period. Events come in order, so only the running one is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counter {
    index: i64,
    credited_s: i64,
}

impl Counter {
    fn room(&mut self, index: i64, cap: i64) -> i64 {
        if self.index != index {
            *self = Self { index, credited_s: 0 };
        }
        (cap - self.credited_s).max(0)
    }
}

impl Counters {
    /// What `work_s` seconds of a class come to on a day. Changes nothing but which month is counted.
    pub(super) fn credit(
        &mut self,
        policy: &BankPolicyFields,
        (class, rate): (&str, Rate),
        on: NaiveDate,
        work_s: i64,
        balance: i64,
    ) -> Credit {
        let carried = self.carries.iter().find(|(c, r, _)| c == class && *r == rate);
        // The event's limit keeps this below 10^9 * 10^4.
        let exact = work_s * rate.num() + carried.map_or(0, |(.., carry)| *carry);
        let (credit, mut carry) = (exact / rate.den(), exact % rate.den());
        let whole = credit - credit % policy.quantum_s;
        let month = i64::from(on.year()) * 12 + i64::from(on.month0());
        let month_room = self.month.room(month, policy.month_cap_s.unwrap_or(i64::MAX));
        let mut rooms = [
            (Limit::Quantum, whole),
            (Limit::Month, month_room),
            (Limit::Period, i64::MAX),
            (
                Limit::Balance,
                policy
                    .balance_cap_s
                    .map_or(i64::MAX, |cap| (cap - balance).max(0)),
            ),
        ];
        if let Some(cap) = policy.period_cap {
            // Another policy may count other periods; what was credited under the old ones does not count in the new.
            if self.periods != Some(cap.period) {
                self.periods = Some(cap.period);
                self.period = Counter::default();
            }
            rooms[2].1 = self.period.room(cap.period.index(on), cap.cap_s);
        }
        let (tightest, credited_s) = rooms
            .into_iter()
            .min_by_key(|(_, room)| *room)
            .unwrap_or(rooms[0]);
        let over = credit - credited_s;
        let (uncredited_s, cash_work_s) = match policy.over_cap {
            OverCap::Uncredited => (over, 0),
            OverCap::Cash if over == 0 => (0, 0),
            OverCap::Cash => {
                // The fraction of a second that is neither credit nor cash stays in the carry: nothing is lost.
                let exact = over * rate.den() + carry;
                carry = exact % rate.num();
                (0, exact / rate.num())
            }
        };
        Credit {
            credited_s,
            uncredited_s,
            cash_work_s,
            limit: (over > 0).then_some(tightest),
            carry,
        }
    }

    /// Writes the grant down.
    pub(super) fn add(&mut self, class: &str, rate: Rate, credit: &Credit) {
        self.month.credited_s += credit.credited_s;
        self.period.credited_s += credit.credited_s;
        match self.carries.iter_mut().find(|(c, r, _)| c == class && *r == rate) {
            Some((.., carry)) => *carry = credit.carry,
            None if credit.carry == 0 => {}
            None => self.carries.push((class.to_owned(), rate, credit.carry)),
        }
    }

    /// Fraction carried for a class and rate, in units of `1/rate.num()` second of work.
    pub(super) fn carry(&self, class: &str, rate: Rate) -> i64 {
        let found = self.carries.iter().find(|(c, r, _)| c == class && *r == rate);
        found.map_or(0, |(.., carry)| *carry)
    }
}
