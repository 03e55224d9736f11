//! What can be wrong with a bank's policy or an event.

use chrono::{Datelike, NaiveDate};

use super::event::{BankEvent, EventKind};
use super::expiry::Expiry;
use super::policy::{AfterExpiry, BankPolicyFields, Periods};
use super::{MAX_CLASSES, MAX_DAYS, MAX_EVENT_S};
use crate::error::{Fault, FaultKind};
use crate::limits::MAX_NAME_BYTES;

/// Most bytes of [`BankPolicyFields::source`]: a sentence or two.
const MAX_SOURCE_BYTES: usize = 4_096;

/// Every fault of a policy, in the order of its fields.
pub(super) fn faults(fields: &BankPolicyFields) -> Vec<Fault> {
    let mut found = Found::default();
    found.name("version", &fields.version);
    if fields.source.len() > MAX_SOURCE_BYTES {
        found.add(
            "source",
            FaultKind::TooMany,
            format!("at most {MAX_SOURCE_BYTES} bytes"),
        );
    }
    if let Some(from) = fields.effective_from {
        found.date("effective_from", from);
    }
    rates(fields, &mut found);
    found.within("quantum_s", fields.quantum_s, 1);
    for (field, value) in [
        ("month_cap_s", fields.month_cap_s),
        ("balance_cap_s", fields.balance_cap_s),
    ] {
        if let Some(value) = value {
            found.within(field, value, 0);
        }
    }
    if let Some(cap) = fields.period_cap {
        found.within("period_cap.cap_s", cap.cap_s, 0);
        if let Periods::Every { days, anchor } = cap.period {
            found.days("period_cap.period.every.days", days, 1);
            found.date("period_cap.period.every.anchor", anchor);
        }
    }
    expiry(fields, &mut found);
    if let AfterExpiry::Revive(days) = fields.on_cancel_after_expiry {
        found.days("on_cancel_after_expiry.revive", days, 0);
    }
    uses(fields, &mut found);
    found.days("notice_days", fields.notice_days, 0);
    found.faults
}

fn rates(fields: &BankPolicyFields, found: &mut Found) {
    if fields.rates.len() > MAX_CLASSES {
        found.add(
            "rates",
            FaultKind::TooMany,
            format!("at most {MAX_CLASSES} classes"),
        );
        return;
    }
    let mut names: Vec<&str> = fields.rates.iter().map(|(name, _)| name.as_str()).collect();
    for name in &names {
        found.name("rates", name);
    }
    names.sort_unstable();
    for pair in names.windows(2) {
        if let [one, other] = pair
            && one == other
        {
            found.add("rates", FaultKind::Duplicate, format!("{one:?} has two rates"));
        }
    }
}

fn expiry(fields: &BankPolicyFields, found: &mut Found) {
    match fields.expiry {
        Expiry::Never | Expiry::EndOfYear(0..=100) | Expiry::Months(1..=1_200) => {}
        Expiry::EndOfYear(_) => found.add("expiry", FaultKind::OutOfRange, "at most 100 years".to_owned()),
        Expiry::Months(_) => found.add("expiry", FaultKind::OutOfRange, "1 to 1200 months".to_owned()),
        Expiry::Days(days) => {
            found.days("expiry", days, 0);
            // A use is asked for `notice_days` ahead; credit that ends sooner could never be asked for after it was earned.
            if days < fields.notice_days {
                let message = format!(
                    "credit ends after {days} days, before the notice of {} days is over",
                    fields.notice_days
                );
                found.add("expiry", FaultKind::Order, message);
            }
        }
        Expiry::PayPeriods(periods) => {
            found.days("expiry.days", periods.days, 1);
            found.date("expiry.anchor", periods.anchor);
            if u32::from(periods.pay_periods).saturating_mul(periods.days) > MAX_DAYS {
                found.add(
                    "expiry.pay_periods",
                    FaultKind::OutOfRange,
                    format!("at most {MAX_DAYS} days in all"),
                );
            }
        }
    }
}

fn uses(fields: &BankPolicyFields, found: &mut Found) {
    let limits = [
        ("use_block_s", fields.use_block_s),
        ("use_min_s", fields.use_min_s),
        ("use_max_s", fields.use_max_s),
    ];
    for (field, value) in limits {
        if let Some(value) = value {
            found.within(field, value, 1);
        }
    }
    let least = fields.use_block_s.max(fields.use_min_s).unwrap_or(1);
    let most = [
        ("use_max_s", fields.use_max_s),
        ("balance_cap_s", fields.balance_cap_s),
    ];
    for (field, value) in most {
        if value.is_some_and(|value| value < least) {
            let message = format!("below the least use of {least} seconds, so nothing could ever be used");
            found.add(field, FaultKind::Order, message);
        }
    }
    for purpose in &fields.forbidden_purposes {
        found.name("forbidden_purposes", purpose);
    }
    if fields.forbidden_purposes.len() > MAX_CLASSES {
        found.add(
            "forbidden_purposes",
            FaultKind::TooMany,
            format!("at most {MAX_CLASSES}"),
        );
    }
}

/// Every fault of an event, which is the `index`th of a list or alone.
pub(super) fn event_faults(event: &BankEvent, index: Option<usize>) -> Vec<Fault> {
    let mut found = Found {
        index,
        ..Found::default()
    };
    found.name("id", event.id.as_str());
    found.date("date", event.on);
    match &event.kind {
        EventKind::Earn {
            class,
            work_s,
            valid_to,
        } => {
            found.name("class", class);
            found.within("work_s", *work_s, 0);
            found.valid_to(event.on, *valid_to);
        }
        EventKind::Use {
            s,
            purpose,
            requested_on,
            ..
        } => {
            found.within("s", *s, 1);
            if let Some(purpose) = purpose {
                found.name("purpose", purpose);
            }
            if let Some(date) = requested_on {
                found.date("requested_on", *date);
            }
        }
        EventKind::Cancel { of } => found.name("use", of.as_str()),
        EventKind::Adjust { s, valid_to } => {
            found.within("s", *s, -MAX_EVENT_S);
            found.valid_to(event.on, *valid_to);
        }
        EventKind::Separate { .. } | EventKind::AsOf => {}
    }
    found.faults
}

#[derive(Default)]
struct Found {
    /// Place of the event in its list. The path is only written for a fault: most events have none.
    index: Option<usize>,
    faults: Vec<Fault>,
}

impl Found {
    fn add(&mut self, field: &str, kind: FaultKind, message: String) {
        let field = match self.index {
            Some(index) => format!("events[{index}].{field}"),
            None => field.to_owned(),
        };
        self.faults.push(Fault::new(field, kind, message));
    }

    fn name(&mut self, field: &str, name: &str) {
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            self.add(
                field,
                FaultKind::OutOfRange,
                format!("a name has 1 to {MAX_NAME_BYTES} bytes"),
            );
        }
    }

    fn within(&mut self, field: &str, value: i64, least: i64) {
        if !(least..=MAX_EVENT_S).contains(&value) {
            self.add(
                field,
                FaultKind::OutOfRange,
                format!("{value} is not {least} to {MAX_EVENT_S} seconds"),
            );
        }
    }

    fn days(&mut self, field: &str, days: u32, least: u32) {
        if !(least..=MAX_DAYS).contains(&days) {
            self.add(
                field,
                FaultKind::OutOfRange,
                format!("{days} is not {least} to {MAX_DAYS} days"),
            );
        }
    }

    fn date(&mut self, field: &str, date: NaiveDate) {
        if !(1900..2200).contains(&date.year()) {
            self.add(
                field,
                FaultKind::OutOfRange,
                format!("{date} is not from 1900 to 2199"),
            );
        }
    }

    fn valid_to(&mut self, on: NaiveDate, valid_to: Option<NaiveDate>) {
        if let Some(last) = valid_to {
            self.date("valid_to", last);
            if last < on {
                self.add(
                    "valid_to",
                    FaultKind::Order,
                    format!("ends on {last}, before it begins on {on}"),
                );
            }
        }
    }
}
