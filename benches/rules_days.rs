//! Computing a month of days: through the Rust interface, and as JSON in and out with its sentences, as Odoo calls it.

#![allow(clippy::expect_used, reason = "a benchmark whose input is refused must stop")]

use std::hint::black_box;

use criterion::Throughput;
use punchclock_benches::Run;
use punchclock_benches::input::{self, MONTH, ZONE};
use punchclock_rules::{
    Evaluator, Input, Over, Overlay, Policy, PolicyFields, Punch, Scope, ShiftInstance, TierRule, TimeOfDay, ZoneTable, Zones,
    compute_days,
};

/// Months computed in one round, and months of the long stretch.
const MONTHS: usize = 10;

fn main() {
    let run = Run::from_args();
    let people = run.size(100, 3);
    let zones = Zones::from(ZoneTable::bundled(ZONE).expect("a bundled zone"));
    let (month, long) = (input::days(MONTH), input::days(MONTHS * MONTH));
    let request = input::batch_request(people, MONTH);
    // The same without the trace and the sentences, in batches of 500 employee-days: what a nightly job needs.
    let plain_request = without_words(&input::batch_request(500_usize.div_ceil(MONTH), MONTH));
    let mut traced = Evaluator::new(Policy::default().into(), zones.clone());
    let mut silent = Evaluator::new(policy(|f| f.trace = false).into(), zones.clone());
    let mut rich = Evaluator::new(policy(everything).into(), zones);
    let compute = |evaluator: &mut Evaluator, input: &(Vec<ShiftInstance>, Vec<Punch>)| {
        let input = Input::new(black_box(&input.0), black_box(&input.1));
        drop(black_box(evaluator.evaluate(&input).expect("input without faults")));
    };
    let mut long_run = traced.clone();

    run.heading(&format!(
        "rules_days: {people} people, {MONTH} working days each with an unpaid break and 4 punches; every second explained"
    ));
    let [plain, quiet, full, json, wordless, stretch] = run.fastest([
        &mut || (0..people).for_each(|_| compute(&mut traced, &month)),
        &mut || (0..people).for_each(|_| compute(&mut silent, &month)),
        &mut || (0..people).for_each(|_| compute(&mut rich, &month)),
        &mut || drop(black_box(compute_days(&request))),
        &mut || drop(black_box(compute_days(&plain_request))),
        &mut || (0..people.div_ceil(MONTHS)).for_each(|_| compute(&mut long_run, &long)),
    ]);
    let days = people * MONTH;
    let long_days = people.div_ceil(MONTHS) * MONTHS * MONTH;
    run.rate("employee-days (full trace)", days, plain);
    run.rate("employee-days (trace off)", days, quiet);
    run.rate("employee-days (full trace, night premium, daily and weekly tiers, rounding of punches off)", days, full);
    run.rate("employee-days (JSON, with trace and sentences)", days, json);
    run.rate("employee-days (JSON, no trace, no sentences, batches of 500)", 500_usize.div_ceil(MONTH) * MONTH, wordless);
    run.times_slower(("full trace", plain), ("trace off", quiet));
    run.times_slower(("JSON, with trace and sentences", json), ("full trace", plain));
    run.done_per(
        ("days of ten months at once", long_days, stretch),
        ("days of one month at once (1 = linear)", days, plain),
    );

    let mut criterion = run.criterion();
    let mut group = criterion.benchmark_group("rules_days");
    group.throughput(Throughput::Elements(MONTH as u64));
    group.bench_function("evaluate a month", |bench| bench.iter(|| compute(&mut traced, &month)));
    let one = input::batch_request(1, MONTH);
    group.bench_function("a month as JSON", |bench| {
        bench.iter(|| compute_days(black_box(&one)))
    });
    group.finish();
    run.finish(&criterion, 2);
}

fn policy(change: impl FnOnce(&mut PolicyFields)) -> Policy {
    let mut fields = PolicyFields::default();
    change(&mut fields);
    Policy::new(fields).expect("a policy without faults")
}

/// A policy that uses every stage which most companies use.
fn everything(fields: &mut PolicyFields) {
    let time = |hour| TimeOfDay::hm(hour, 0).expect("a time of the day");
    fields.overlays = vec![Overlay::new("night", time(22), time(6))];
    fields.overtime.tiers = vec![
        TierRule::new("daily", Scope::Day, Over::Norm),
        TierRule::new("double", Scope::Day, Over::Seconds(36_000)).at_bp(20_000),
        TierRule::new("weekly", Scope::Week, Over::Seconds(144_000)),
    ];
}

/// The request with the trace and the sentences turned off.
fn without_words(request: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(request.to_vec()).expect("a request is text");
    let at = text.find("\"items\"").expect("a request has items");
    let (_, items) = text.split_at(at);
    format!("{{\"policy\":{{\"trace\":false}},\"explain\":false,{items}").into_bytes()
}
