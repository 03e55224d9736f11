//! The bank of compensatory time: worked overtime in, time off out, with every second of it in a ledger.
//!
//! An account is nothing but the [`BankEvent`]s of one person. [`Bank::fold`] puts them in order and plays them: a grant becomes a [`Lot`] with
//! its own last usable day, a use empties the lots that expire first, what is not taken in time lapses, and each of these is an [`Entry`] that
//! says why. Nothing is kept but the events; the balance, the lots and the ledger are always their fold. A correction is a changed list of
//! events: [`Bank::replay`] plays both and says what a closed period owes the new truth.
//!
//! Durations are whole seconds, dates are civil, rates are exact fractions. What a rate cannot express in whole seconds is carried to the next
//! grant of its class, so that cutting a grant in two changes nothing.
//!
//! Order of events: date, then kind (expiry, cancel, earn, use, adjust, separate, as-of), then id by its bytes. Within a day earning comes
//! before using, which is the practice of the Philippine COC ledgers.
//!
//! ```
//! use chrono::NaiveDate;
//! use punchclock_rules::bank::{Bank, BankEvent, BankPolicy, BankPolicyFields, Expiry, Rate};
//!
//! let mut rules = BankPolicyFields::default();
//! rules.rates.push(("rest_day".into(), Rate::new(3, 2)?));
//! rules.expiry = Expiry::EndOfYear(1);
//! let bank = Bank::from(BankPolicy::new(rules)?);
//!
//! let day = |m, d| NaiveDate::from_ymd_opt(2025, m, d).expect("a date");
//! let outcome = bank.fold(&[
//!     BankEvent::earn("sat", day(3, 8), "rest_day", 8 * 3600),
//!     BankEvent::take("off", day(4, 1), 4 * 3600),
//! ])?;
//! assert_eq!(outcome.account.balance_s(), 8 * 3600);
//! # Ok::<(), punchclock_rules::Error>(())
//! ```

mod account;
mod check;
mod credit;
mod event;
mod expiry;
mod fold;
mod id;
#[cfg(feature = "serde")]
mod json;
mod ledger;
mod lots;
mod movement;
mod policy;
mod presets;
mod rate;
mod replay;
mod rules;
mod totals;
#[cfg(feature = "serde")]
mod written;

pub use account::Account;
pub use event::{BankEvent, EndReason, EventKind};
pub use expiry::{Expiry, PayPeriods};
pub use fold::{Bank, Outcome};
pub use id::EventId;
#[cfg(feature = "serde")]
pub use json::compute_bank;
pub use ledger::{Change, Entry, Limit, Refusal, Share};
pub use lots::Lot;
pub use movement::{Move, MoveKind};
pub use policy::{AfterExpiry, BankPolicyFields, EndOfCredit, OverCap, PeriodCap, Periods};
pub use rate::Rate;
pub use replay::{Compensation, Replay};
pub use rules::BankPolicy;
pub use totals::Totals;

/// Events of one account in one fold.
pub const MAX_EVENTS: usize = 1_000_000;
/// Most seconds in one event: about 31 years.
pub const MAX_EVENT_S: i64 = 1_000_000_000;
/// Most classes of work in one policy.
pub const MAX_CLASSES: usize = 64;
/// Longest span of days in a policy: notice, expiry, a period.
pub const MAX_DAYS: u32 = 36_600;
