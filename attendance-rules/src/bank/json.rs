//! The bank as JSON, bytes in and bytes out: what the Python wheel offers.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::event::BankEvent;
use super::fold::Bank;
use super::id::EventId;
use super::ledger::{Change, Entry, Share};
use super::lots::Lot;
use super::movement::Move;
use super::policy::{BankPolicyFields, EndOfCredit};
use super::replay::Compensation;
use super::rules::BankPolicy;
use super::totals::Totals;
use crate::error::{Error, Fault, FaultKind};

/// Bytes in one request.
const MAX_REQUEST_BYTES: usize = 64 * 1024 * 1024;
/// Accounts in one request.
const MAX_ITEMS: usize = 100_000;
/// Faults told for one request; there may be more.
const MAX_FAULTS: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    key: String,
    /// One policy, or `policies` for several that follow one another, or `preset` for one that is shipped.
    rules: Option<BankPolicyFields>,
    policies: Option<Vec<BankPolicyFields>>,
    preset: Option<String>,
    events: Vec<BankEvent>,
    correction: Option<Correction>,
}

/// A correction of the item's events.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Correction {
    /// All events as they are now.
    events: Vec<BankEvent>,
    closed_through: NaiveDate,
}

#[derive(Serialize)]
struct Answer<'a> {
    engine_version: &'static str,
    items: Vec<ItemAnswer<'a>>,
}

#[derive(Serialize)]
struct ItemAnswer<'a> {
    key: &'a str,
    ledger: Vec<Line>,
    balance_s: i64,
    totals: Totals,
    lots: Box<[Lot]>,
    moves: Vec<Move>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compensations: Option<Vec<Compensation>>,
}

/// Plays the accounts of a request: `{"items": [{"key", "rules" | "policies" | "preset", "events", "correction"?}]}`, where `rules` has the
/// fields of [`BankPolicyFields`], an event `id`, `date`, `type` and the fields of its [`EventKind`](super::EventKind), and a correction
/// `events` and `closed_through`. The answer has for each item its ledger, balance, totals, lots and moves, after a correction the compensations
/// too.
///
/// # Errors
/// Every fault of the request, each with its item's key; nothing is computed then.
///
/// ```
/// let request = br#"{"items": [{"key": "emp7", "rules": {"rates": {"ot": [3, 2]}}, "events": [
///     {"id": "a", "date": "2025-02-03", "type": "earn", "class": "ot", "work_s": 36000},
///     {"id": "u", "date": "2025-02-10", "type": "use", "s": 28800}]}]}"#;
/// let answer = String::from_utf8(punchclock_rules::bank::compute_bank(request)?)?;
/// assert!(answer.contains(r#""balance_s":25200"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compute_bank(request: &[u8]) -> Result<Vec<u8>, Error> {
    if request.len() > MAX_REQUEST_BYTES {
        let message = format!("at most {MAX_REQUEST_BYTES} bytes; send fewer items at once");
        return Err(Error::one("request", FaultKind::TooMany, message));
    }
    let request = read(request)?;
    if request.items.len() > MAX_ITEMS {
        let message = format!("at most {MAX_ITEMS} items in one request");
        return Err(Error::one("items", FaultKind::TooMany, message));
    }
    let mut faults = Vec::new();
    let mut items = Vec::with_capacity(request.items.len());
    for item in &request.items {
        match item.answer() {
            Ok(answer) => items.push(answer),
            Err(error) => faults.extend(error.into_faults().into_iter().map(|fault| Fault {
                item: Some(item.key.clone()),
                ..fault
            })),
        }
        if faults.len() >= MAX_FAULTS {
            break;
        }
    }
    if !faults.is_empty() {
        faults.truncate(MAX_FAULTS);
        return Err(Error::new(faults));
    }
    let answer = Answer {
        engine_version: crate::VERSION,
        items,
    };
    serde_json::to_vec(&answer).map_err(|e| {
        Error::one(
            "answer",
            FaultKind::Schema,
            format!("cannot be written as JSON: {e}"),
        )
    })
}

/// Reads a request. Only one that cannot be read is read again for the path of the fault, which costs as much as the reading.
fn read(request: &[u8]) -> Result<Request, Error> {
    serde_json::from_slice(request).or_else(|_| {
        let mut reader = serde_json::Deserializer::from_slice(request);
        let found: Request = serde_path_to_error::deserialize(&mut reader)
            .map_err(|e| Error::one(e.path().to_string(), FaultKind::Schema, e.inner().to_string()))?;
        reader
            .end()
            .map_err(|e| Error::one("request", FaultKind::Schema, e.to_string()))?;
        Ok(found)
    })
}

impl Item {
    fn bank(&self) -> Result<Bank, Error> {
        match (&self.rules, &self.policies, &self.preset) {
            (Some(rules), None, None) => BankPolicy::new(rules.clone()).map(Bank::from),
            (None, None, Some(name)) => BankPolicy::preset(name).map(Bank::from).ok_or_else(|| {
                let message = format!("{name:?} is none of {}", BankPolicy::PRESETS.join(", "));
                Error::one("preset", FaultKind::OutOfRange, message)
            }),
            (None, Some(policies), None) => {
                let checked: Result<Vec<BankPolicy>, Error> =
                    policies.iter().cloned().map(BankPolicy::new).collect();
                Bank::new(checked?)
            }
            _ => {
                let message = "give one of \"rules\", \"policies\" and \"preset\"";
                Err(Error::one("rules", FaultKind::Schema, message))
            }
        }
    }

    fn answer(&self) -> Result<ItemAnswer<'_>, Error> {
        let bank = self.bank()?;
        let (outcome, compensations) = match &self.correction {
            None => (bank.fold(&self.events)?, None),
            Some(Correction {
                events,
                closed_through,
            }) => {
                let replay = bank.replay(&self.events, events, *closed_through)?;
                (replay.outcome, Some(replay.compensations))
            }
        };
        Ok(ItemAnswer {
            key: &self.key,
            ledger: outcome.ledger.iter().map(Line::from).collect(),
            balance_s: outcome.account.balance_s(),
            totals: *outcome.account.totals(),
            lots: outcome.account.lots().into(),
            moves: outcome.moves(),
            compensations,
        })
    }
}

/// An entry as JSON. Fields that do not apply are left out.
#[derive(Serialize, Default)]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lot: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credited_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uncredited_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cash_work_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<super::ledger::Limit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Vec<(EventId, i64)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Vec<(EventId, i64)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lapsed: Option<Vec<(EventId, i64)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forfeited_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_out_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overdrawn_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    balance_s: Option<i64>,
}

impl Line {
    fn end(&mut self, outcome: EndOfCredit, s: i64) {
        match outcome {
            EndOfCredit::Forfeit => self.forfeited_s = Some(s),
            EndOfCredit::PayOut => self.paid_out_s = Some(s),
        }
    }
}

impl From<&Entry> for Line {
    fn from(entry: &Entry) -> Self {
        let some = |s: i64| (s != 0).then_some(s);
        let mut line = Self {
            event: entry.event.clone(),
            ..Self::default()
        };
        match &entry.change {
            Change::Credited {
                credited_s,
                uncredited_s,
                cash_work_s,
                limit,
                ..
            } => {
                line.credited_s = Some(*credited_s);
                line.uncredited_s = some(*uncredited_s);
                line.cash_work_s = some(*cash_work_s);
                line.limit = *limit;
            }
            Change::Used { from, overdrawn_s } => {
                line.from = Some(pairs(from));
                line.overdrawn_s = some(*overdrawn_s);
            }
            Change::Refused(refusal) => line.rejected = Some(refusal.as_str()),
            Change::Cancelled {
                of,
                to,
                lapsed,
                outcome,
                settled_s,
                credited_s,
            } => {
                line.cancelled = Some(of.clone());
                line.to = Some(pairs(to));
                if !lapsed.is_empty() {
                    line.lapsed = Some(pairs(lapsed));
                    line.end(*outcome, super::ledger::sum(lapsed));
                }
                line.settled_s = some(*settled_s);
                line.credited_s = some(*credited_s);
            }
            Change::Lapsed { lot, s, outcome } => {
                line.lot = Some(lot.clone());
                line.action = Some(match outcome {
                    EndOfCredit::Forfeit => "expired",
                    EndOfCredit::PayOut => "paid_out",
                });
                (line.s, line.on) = (Some(*s), Some(entry.on));
            }
            Change::Adjusted {
                from,
                overdrawn_s,
                settled_s,
                credited_s,
            } => {
                line.from = (!from.is_empty()).then(|| pairs(from));
                line.overdrawn_s = some(*overdrawn_s);
                line.settled_s = some(*settled_s);
                line.credited_s = some(*credited_s);
            }
            Change::Ended { from, outcome } => line.end(*outcome, super::ledger::sum(from)),
            Change::Balance { s } => line.balance_s = Some(*s),
        }
        line
    }
}

fn pairs(shares: &[Share]) -> Vec<(EventId, i64)> {
    shares.iter().map(|share| (share.lot.clone(), share.s)).collect()
}
