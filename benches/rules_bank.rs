//! Playing accounts of the bank: two years of a person at a time, forty years at once, and as JSON in and out, as Odoo calls it.

#![allow(clippy::expect_used, reason = "a benchmark whose input is refused must stop")]

use std::hint::black_box;

use chrono::{Datelike, Days, NaiveDate};
use criterion::Throughput;
use punchclock_benches::Run;
use punchclock_rules::bank::{Bank, BankEvent, BankPolicy, Outcome, compute_bank};

/// Years of an ordinary account and of the long one.
const YEARS: u64 = 2;
const LONG_YEARS: u64 = 40;
const HOUR: i64 = 3_600;

fn main() {
    let run = Run::from_args();
    let people = run.size(2_000, 3);
    let policy = BankPolicy::preset("ph_gov_coc").expect("a preset");
    let bank = Bank::from(policy);
    let (account, long) = (events(YEARS), events(LONG_YEARS));
    let request = request(people, &account);
    let play =
        |events: &[BankEvent]| -> Outcome { bank.fold(black_box(events)).expect("events without faults") };

    run.heading(&format!(
        "rules_bank: {people} accounts of {} events in {YEARS} years under caps, blocks and expiry; each with its ledger",
        account.len()
    ));
    let long_people = people.div_ceil(usize::try_from(LONG_YEARS / YEARS).expect("a small number"));
    let [plain, stretch, json] = run.fastest([
        &mut || (0..people).for_each(|_| drop(black_box(play(&account)))),
        &mut || (0..long_people).for_each(|_| drop(black_box(play(&long)))),
        &mut || drop(black_box(compute_bank(&request))),
    ]);
    let count = people * account.len();
    run.rate("events (fold)", count, plain);
    run.rate("events (JSON, with lots and moves)", count, json);
    run.times_slower(("JSON, with lots and moves", json), ("fold", plain));
    run.done_per(
        ("events of forty years at once", long_people * long.len(), stretch),
        ("events of two years at once (1 = linear)", count, plain),
    );

    let mut criterion = run.criterion();
    let mut group = criterion.benchmark_group("rules_bank");
    group.throughput(Throughput::Elements(account.len() as u64));
    group.bench_function("fold two years", |bench| bench.iter(|| play(&account)));
    group.finish();
    run.finish(&criterion, 1);
}

/// Two overtimes a week, a half or whole day off every other week, one in seven of them cancelled, the balance at every month's start.
fn events(years: u64) -> Vec<BankEvent> {
    let first = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a date");
    let mut events = Vec::new();
    let mut name = {
        let mut n = 0_u32;
        move || {
            n += 1;
            format!("{n:06}")
        }
    };
    for day in 0..years * 365 {
        let on = first + Days::new(day);
        match day % 14 {
            2 | 9 => events.push(BankEvent::earn(name(), on, "weekday", 2 * HOUR + 900)),
            5 | 12 => events.push(BankEvent::earn(name(), on, "rest_day", 3 * HOUR)),
            7 => {
                let id = name();
                let s = if day % 28 == 7 { 4 * HOUR } else { 8 * HOUR };
                events.push(BankEvent::take(id.as_str(), on, s));
                if day % 98 == 7 {
                    events.push(BankEvent::cancel(name(), on + Days::new(1), id));
                }
            }
            _ => {}
        }
        if on.day() == 1 {
            events.push(BankEvent::as_of(name(), on));
        }
    }
    events
}

fn request(people: usize, events: &[BankEvent]) -> Vec<u8> {
    let events = events
        .iter()
        .map(|event| serde_json::to_string(event).expect("an event as JSON"))
        .collect::<Vec<_>>()
        .join(",");
    let item = |n: usize| format!(r#"{{"key":"{n}","preset":"ph_gov_coc","events":[{events}]}}"#);
    format!(
        r#"{{"items":[{}]}}"#,
        (0..people).map(item).collect::<Vec<_>>().join(",")
    )
    .into_bytes()
}
