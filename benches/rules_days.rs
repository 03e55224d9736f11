//! Computing a month of days: through the Rust interface, and as JSON in and out with its sentences, as Odoo calls it.

#![allow(clippy::expect_used, reason = "a benchmark whose input is refused must stop")]

use std::hint::black_box;

use criterion::Throughput;
use punchclock_benches::Run;
use punchclock_benches::input::{self, MONTH, ZONE};
use punchclock_rules::{Evaluation, Policy, Punch, ShiftInstance, ZoneTable, Zones, compute_days, evaluate};

/// Months computed in one round, and months of the long stretch.
const MONTHS: usize = 10;

fn main() {
    let run = Run::from_args();
    let people = run.size(100, 3);
    let zones = Zones::from(ZoneTable::bundled(ZONE).expect("a bundled zone"));
    let policy = Policy::default();
    let (month, long) = (input::days(MONTH), input::days(MONTHS * MONTH));
    let request = input::batch_request(people, MONTH);
    let compute = |(shifts, punches): &(Vec<ShiftInstance>, Vec<Punch>)| -> Evaluation {
        evaluate(&policy, black_box(shifts), black_box(punches), &zones).expect("input without faults")
    };

    run.heading(&format!(
        "rules_days: {people} people, {MONTH} working days each with an unpaid break and 4 punches; every second explained"
    ));
    let [plain, json, stretch] = run.fastest([
        &mut || (0..people).for_each(|_| drop(black_box(compute(&month)))),
        &mut || drop(black_box(compute_days(&request))),
        &mut || (0..people.div_ceil(MONTHS)).for_each(|_| drop(black_box(compute(&long)))),
    ]);
    let days = people * MONTH;
    let long_days = people.div_ceil(MONTHS) * MONTHS * MONTH;
    run.rate("employee-days (evaluate)", days, plain);
    run.rate("employee-days (JSON, with sentences)", days, json);
    run.times_slower(("JSON, with sentences", json), ("evaluate", plain));
    run.done_per(
        ("days of ten months at once", long_days, stretch),
        ("days of one month at once (1 = linear)", days, plain),
    );

    let mut criterion = run.criterion();
    let mut group = criterion.benchmark_group("rules_days");
    group.throughput(Throughput::Elements(MONTH as u64));
    group.bench_function("evaluate a month", |bench| bench.iter(|| compute(&month)));
    let one = input::batch_request(1, MONTH);
    group.bench_function("a month as JSON", |bench| {
        bench.iter(|| compute_days(black_box(&one)))
    });
    group.finish();
    run.finish(&criterion, 2);
}
