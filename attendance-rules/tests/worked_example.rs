//! The worked example of the README: a night over the end of summer time, with its sentences and its trace, word for word.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod support;

use chrono::{NaiveDate, NaiveDateTime};
use punchclock_rules::{
    BreakWindow, Evaluator, Input, Overlay, Policy, PolicyFields, Punch, ShiftInstance, TimeOfDay, Total, Zones, render,
};

fn at(day: u32, hour: u32, minute: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2025, 10, day).unwrap().and_hms_opt(hour, minute, 0).unwrap()
}

#[test]
fn the_readme_says_what_the_engine_says() {
    let zone = support::zone("Europe/Brussels").unwrap();
    let mut fields = PolicyFields::default();
    let mut night = Overlay::new("night", TimeOfDay::hm(22, 0).unwrap(), TimeOfDay::hm(6, 0).unwrap());
    night.rate_bp = 12_000;
    fields.overlays.push(night);
    let shift = ShiftInstance::new("night", at(25, 22, 0), at(26, 6, 0))
        .with_break(BreakWindow::unpaid(at(26, 1, 0), at(26, 1, 30)));
    let punches = [Punch::local("1", at(25, 21, 55)), Punch::local("2", at(26, 6, 10))];
    let mut evaluator = Evaluator::new(Policy::new(fields).unwrap().into(), Zones::from(zone.clone()));
    let evaluation = evaluator.evaluate(&Input::new(&[shift], &punches)).unwrap();
    let day = &evaluation.days[0];
    assert_eq!(day.scheduled_s, 9 * 3_600 - 1_800, "22:00 to 06:00 is nine hours that night");
    assert_eq!((day.regular_s, day.overtime_s, day.overlays[0].seconds), (30_600, 900, 9 * 3_600 - 1_800));

    let mut lines = render::explain_day(day, &zone);
    lines.extend(render::trace(day, &zone));
    let why = day.explain(1_761_447_600).unwrap();
    lines.extend(why.steps.iter().map(|step| render::explain_step(step, day, &zone)));
    let overtime = day.explain_total(Total::Overtime);
    lines.extend(overtime.iter().map(|step| render::explain_step(step, day, &zone)));
    let readme = include_str!("../README.md");
    lines.iter().for_each(|line| println!("{line}"));
    for line in lines {
        assert!(readme.contains(&line), "the README lacks: {line}");
    }
}
