//! How often a day allocates: counted, so exact on every machine. rules.md 8 asks for at most eight a day.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod support;

use std::hint::black_box;

use chrono::{Days, NaiveDate};
use punchclock_rules::{BreakWindow, Evaluator, Input, Overlay, Policy, PolicyFields, Punch, ShiftInstance, TimeOfDay, Zones};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTED: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

fn month(days: u64) -> (Vec<ShiftInstance>, Vec<Punch>) {
    let first = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    let (mut shifts, mut punches) = (Vec::new(), Vec::new());
    for day in 0..days {
        let at = |h, m| (first + Days::new(day)).and_hms_opt(h, m, 0).unwrap();
        let shift = ShiftInstance::new(day.to_string(), at(8, 0), at(17, 0));
        shifts.push(shift.with_break(BreakWindow::unpaid(at(12, 0), at(12, 30))));
        for (n, (h, m)) in [(8, 0), (12, 1), (12, 29), (17, 30)].into_iter().enumerate() {
            punches.push(Punch::local(format!("{day}{n}"), at(h, m)));
        }
    }
    (shifts, punches)
}

/// Allocations of each day beyond the first thirty: what the whole costs once is not a day's.
fn per_day(evaluator: &mut Evaluator) -> f64 {
    let mut count = |days| {
        let (shifts, punches) = month(days);
        let region = Region::new(COUNTED);
        black_box(evaluator.evaluate(&Input::new(&shifts, &punches)).unwrap());
        let change = region.change();
        change.allocations + change.reallocations
    };
    count(30);
    let (thirty, ninety) = (count(30), count(90));
    (ninety - thirty) as f64 / 60.0
}

#[test]
fn a_day_allocates_at_most_eight_times() {
    let mut fields = PolicyFields::default();
    fields.overlays = vec![Overlay::new("night", TimeOfDay::hm(22, 0).unwrap(), TimeOfDay::hm(6, 0).unwrap())];
    let zones = Zones::from(support::zone("Europe/Brussels").unwrap());
    let traced = per_day(&mut Evaluator::new(Policy::new(fields.clone()).unwrap().into(), zones.clone()));
    fields.trace = false;
    let silent = per_day(&mut Evaluator::new(Policy::new(fields).unwrap().into(), zones));
    println!("{traced:.2} allocations a day with the trace, {silent:.2} without");
    assert!(traced <= 8.0, "{traced}");
    assert!(silent < traced);
}
