//! Every anomaly code, each made to appear on a day a person can check by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod support;

use chrono::NaiveDateTime;
use punchclock_rules::{
    Anomaly, AnomalyCode, BreakRule, BreakWindow, Change, Claim, ComplianceCheck, ComplianceRule, Correction, CountOutside,
    Evaluation, Evaluator, Input, OddEnd, Over, Overtime, Pairing, Policies, Policy, PolicyFields, Punch, PunchTime, RoundMode,
    RoundRule, Severity, ShiftInstance, TimeOfDay, Trust, Zones, render::explain_anomaly,
};

const H: i64 = 3_600;

fn t(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

/// A local time of 2 June 2025.
fn at(clock: &str) -> NaiveDateTime {
    t(&format!("2025-06-02T{clock}:00"))
}

fn punches(clocks: &[&str]) -> Vec<Punch> {
    clocks.iter().zip("abcdefgh".chars()).map(|(clock, id)| Punch::local(id.to_string(), at(clock))).collect()
}

fn typed(entries: &[(&str, Claim)]) -> Vec<Punch> {
    entries.iter().zip("abcdefgh".chars()).map(|((clock, claim), id)| Punch::local(id.to_string(), at(clock)).claiming(*claim)).collect()
}

/// 08:00 to 17:00 with an unpaid hour at noon.
fn nine_to_five() -> ShiftInstance {
    ShiftInstance::new("s", at("08:00"), at("17:00")).with_break(BreakWindow::unpaid(at("12:00"), at("13:00")))
}

fn policy(change: impl FnOnce(&mut PolicyFields)) -> Policy {
    let mut fields = PolicyFields::default();
    change(&mut fields);
    Policy::new(fields).unwrap()
}

fn run_in(zone: &str, policy: Policy, input: &Input<'_>) -> Evaluation {
    let mut zones = Zones::from(support::zone(zone).unwrap());
    if zone != "Asia/Tokyo" {
        zones = zones.with(support::zone("Asia/Tokyo").unwrap()).unwrap();
    }
    Evaluator::new(Policies::from(policy), zones).evaluate(input).unwrap()
}

fn run(policy: Policy, shifts: &[ShiftInstance], punches: &[Punch]) -> Evaluation {
    run_in("Asia/Manila", policy, &Input::new(shifts, punches))
}

/// The anomaly of a code: there is exactly one, and it has a sentence.
fn only(evaluation: &Evaluation, code: AnomalyCode) -> Anomaly {
    let found: Vec<&Anomaly> =
        evaluation.days.iter().flat_map(|d| &d.anomalies).chain(&evaluation.anomalies).filter(|a| a.code == code).collect();
    let [one] = found.as_slice() else { panic!("{code:?}: {found:?} in {evaluation:#?}") };
    assert!(explain_anomaly(one).ends_with('.'));
    (*one).clone()
}

fn ids(anomaly: &Anomaly) -> String {
    anomaly.punch_ids.iter().map(|id| id.as_str()).collect()
}

fn raises(evaluation: &Evaluation, code: AnomalyCode, punch_ids: &str, seconds: Option<i64>) {
    let anomaly = only(evaluation, code);
    assert_eq!((ids(&anomaly).as_str(), anomaly.seconds), (punch_ids, seconds), "{code:?}");
}

#[test]
fn what_is_odd_about_the_punches_themselves() {
    let day = [nine_to_five()];
    let evaluation = run(policy(|_| {}), &day, &punches(&["08:00", "08:01", "17:00"]));
    raises(&evaluation, AnomalyCode::DuplicateDropped, "ba", Some(60));
    let evaluation = run(policy(|_| {}), &day, &punches(&["08:00", "12:00", "13:00"]));
    raises(&evaluation, AnomalyCode::OddPunch, "c", None);

    let strict = |mode| policy(|f| f.pairing = mode);
    let claims = typed(&[("07:55", Claim::Out), ("08:00", Claim::In), ("09:00", Claim::In), ("17:00", Claim::Out)]);
    let evaluation = run(strict(Pairing::Typed), &day, &claims);
    raises(&evaluation, AnomalyCode::OrphanOut, "a", None);
    raises(&evaluation, AnomalyCode::RepeatedIn, "c", None);
    let evaluation = run(strict(Pairing::Typed), &day, &typed(&[("08:00", Claim::In)]));
    raises(&evaluation, AnomalyCode::MissingOut, "a", None);
    assert!(evaluation.days[0].provisional);

    let hint = policy(|f| f.trust = Some(Trust::Hint));
    let evaluation = run(hint.clone(), &day, &typed(&[("08:00", Claim::In), ("17:00", Claim::In)]));
    raises(&evaluation, AnomalyCode::TypeDisagrees, "b", None);
    let evaluation = run(hint, &day, &typed(&[("17:00", Claim::Out)]));
    raises(&evaluation, AnomalyCode::MissingIn, "a", None);

    let evaluation = run(policy(|f| f.max_shift_s = 8 * H), &day, &punches(&["08:00", "17:00"]));
    raises(&evaluation, AnomalyCode::OverMaxShift, "ab", Some(9 * H));
    let mut quarter = RoundRule::new(900, RoundMode::Up);
    quarter.grace_s = 0;
    let evaluation = run(
        policy(|f| {
            f.rounding.come = Some(quarter);
            f.rounding.go = Some(RoundRule::new(900, RoundMode::Down));
            f.dedup_window_s = 0;
        }),
        &day,
        &punches(&["08:01", "08:10"]),
    );
    raises(&evaluation, AnomalyCode::RoundedAway, "ab", Some(540));
}

#[test]
fn shifts() {
    let day = [nine_to_five()];
    raises(&run(policy(|_| {}), &day, &[]), AnomalyCode::Absent, "", Some(8 * H));
    let evaluation = run(policy(|_| {}), &day, &punches(&["08:10", "16:55"]));
    raises(&evaluation, AnomalyCode::Late, "a", Some(600));
    raises(&evaluation, AnomalyCode::EarlyOut, "b", Some(300));
    let never = policy(|f| (f.count_before, f.count_after) = (CountOutside::Never, CountOutside::Never));
    let evaluation = run(never, &day, &punches(&["07:50", "17:20"]));
    raises(&evaluation, AnomalyCode::InEarly, "ab", Some(600));
    raises(&evaluation, AnomalyCode::OutLate, "ab", Some(1_200));
    raises(&run(policy(|_| {}), &[], &punches(&["08:00", "10:00"])), AnomalyCode::UnscheduledWork, "ab", Some(2 * H));
    let other = ShiftInstance::new("t", at("16:00"), at("20:00"));
    let evaluation = run(policy(|_| {}), &[nine_to_five(), other], &punches(&["08:00", "17:00"]));
    let overlapping = evaluation.days.iter().flat_map(|d| &d.anomalies).filter(|a| a.code == AnomalyCode::OverlappingShifts);
    assert_eq!(overlapping.count(), 2);

    let norms = policy(|f| (f.over_norm_s, f.under_norm_s) = (Some(600), Some(600)));
    let evaluation = run(norms.clone(), &day, &punches(&["08:00", "17:11"]));
    raises(&evaluation, AnomalyCode::OverNorm, "", Some(660));
    raises(&run(norms, &day, &punches(&["08:00", "16:00"])), AnomalyCode::UnderNorm, "", Some(H));
    let closes = policy(|f| f.odd_end = OddEnd::ShiftEnd);
    let evaluation = run(closes, &day, &punches(&["08:00"]));
    raises(&evaluation, AnomalyCode::AssumedTime, "a", Some(8 * H));
    assert!(evaluation.days[0].provisional && evaluation.days[0].assumed_s == 8 * H);
    let capped = policy(|f| {
        f.overtime = Overtime::daily(Over::Norm);
        f.overtime.max_day_s = Some(H);
    });
    let evaluation = run(capped, &day, &punches(&["08:00", "19:30"]));
    raises(&evaluation, AnomalyCode::CapReached, "", Some(90 * 60));
    assert_eq!((evaluation.days[0].overtime_s, evaluation.days[0].regular_s), (H, 9 * H + 30 * 60));
}

#[test]
fn meals_and_breaks() {
    let meal = |f: &mut PolicyFields| {
        let mut window = BreakRule::unpaid(TimeOfDay::hm(12, 0).unwrap(), TimeOfDay::hm(13, 0).unwrap());
        (window.min_s, window.max_s) = (Some(1_800), Some(H));
        f.breaks.windows.push(window);
        f.breaks.long_break_s = Some(900);
    };
    let shift = [ShiftInstance::new("s", at("08:00"), at("17:00"))];
    let on = |clocks: &[&str]| run(policy(meal), &shift, &punches(clocks));
    raises(&on(&["08:00", "17:00"]), AnomalyCode::MissingMeal, "ab", Some(H));
    raises(&on(&["08:00", "12:00", "12:20", "17:00"]), AnomalyCode::ShortMeal, "bc", Some(1_200));
    raises(&on(&["08:00", "12:00", "13:10", "17:00"]), AnomalyCode::LongMeal, "bc", Some(70 * 60));
    raises(&on(&["08:00", "12:00", "12:45", "15:00", "15:20", "17:00"]), AnomalyCode::LongBreak, "de", Some(1_200));
}

#[test]
fn the_law() {
    let law = |check| {
        policy(move |f| {
            let mut rule = ComplianceRule::new(check);
            rule.severity = Severity::Violation;
            f.compliance.push(rule);
        })
    };
    let day = |date: &str, from: &str, to: &str| ShiftInstance::new(date, t(&format!("{date}T{from}:00")), t(&format!("{date}T{to}:00")));
    let worked = |days: &[(&str, &str, &str)]| -> (Vec<ShiftInstance>, Vec<Punch>) {
        let shifts: Vec<_> = days.iter().map(|(date, from, to)| day(date, from, to)).collect();
        let punches = shifts.iter().flat_map(|s| [Punch::local(format!("{}i", s.id), s.start), Punch::local(format!("{}o", s.id), s.end)]).collect();
        (shifts, punches)
    };
    let (shifts, punches) = worked(&[("2025-06-02", "15:00", "23:00"), ("2025-06-03", "09:00", "17:00")]);
    let evaluation = run(law(ComplianceCheck::DailyRest { min_s: 11 * H }), &shifts, &punches);
    raises(&evaluation, AnomalyCode::RestViolation, "", Some(10 * H));
    assert_eq!(only(&evaluation, AnomalyCode::RestViolation).severity, Severity::Violation);
    let evaluation = run(law(ComplianceCheck::SpreadOver { max_s: 7 * H }), &shifts[..1], &punches[..2]);
    raises(&evaluation, AnomalyCode::SpreadOver, "", Some(8 * H));
    let evaluation = run(law(ComplianceCheck::DayLimit { max_s: 7 * H }), &shifts[..1], &punches[..2]);
    raises(&evaluation, AnomalyCode::OverNorm, "", Some(H));
    let meal = ComplianceCheck::Meal { required_over_s: 5 * H, by_s: 5 * H, min_break_s: 1_800 };
    raises(&run(law(meal), &shifts[..1], &punches[..2]), AnomalyCode::MissingMeal, "", Some(1_800));
    // Seven days of a week that leave no 35 hours.
    let dates = ["02", "03", "04", "05", "06", "07", "08"].map(|d| format!("2025-06-{d}"));
    let week: Vec<(&str, &str, &str)> = dates.iter().map(|d| (d.as_str(), "08:00", "17:00")).collect();
    let (shifts, punches) = worked(&week);
    let evaluation = run(law(ComplianceCheck::WeeklyRest { min_s: 35 * H }), &shifts, &punches);
    raises(&evaluation, AnomalyCode::RestViolation, "", Some(15 * H));
}

#[test]
fn clocks_and_people() {
    let day = [nine_to_five()];
    let manila = |clock: &str| at(clock).and_utc().timestamp() - 8 * H;
    let mut skewed = punches(&["08:00", "17:00"]);
    skewed[1] = skewed[1].clone().received(manila("16:50"));
    raises(&run(policy(|_| {}), &day, &skewed), AnomalyCode::ClockSkew, "b", Some(600));
    let mut late = punches(&["08:00", "17:00"]);
    late[0] = late[0].clone().logged("gate", 1).received(manila("18:00"));
    late[1] = late[1].clone().logged("gate", 2).received(manila("17:00"));
    raises(&run(policy(|_| {}), &day, &late), AnomalyCode::OutOfOrderUpload, "a", Some(10 * H));
    late[1].received_at = None;
    raises(&run(policy(|f| f.late_upload_s = Some(H)), &day, &late), AnomalyCode::OutOfOrderUpload, "a", Some(10 * H));

    let both = punches(&["08:00", "17:00"]);
    let mut input = Input::new(&day, &both);
    input.as_of = Some(manila("16:00"));
    raises(&run_in("Asia/Manila", policy(|_| {}), &input), AnomalyCode::FuturePunch, "b", Some(H));
    let elsewhere = [both[0].clone(), Punch::local("b", at("18:00")).in_zone("Asia/Tokyo")];
    let evaluation = run(policy(|_| {}), &day, &elsewhere);
    raises(&evaluation, AnomalyCode::ZoneMismatch, "b", None);
    assert_eq!(evaluation.days[0].worked_s, 8 * H);

    let spring = [Punch::local("a", t("2025-03-30T02:30:00")), Punch::local("b", t("2025-03-30T08:00:00"))];
    raises(&run_in("Europe/Brussels", policy(|_| {}), &Input::new(&[], &spring)), AnomalyCode::CivilGap, "a", None);
    let autumn = [Punch::local("a", t("2025-10-26T02:30:00")), Punch::local("b", t("2025-10-26T08:00:00"))];
    let evaluation = run_in("Europe/Brussels", policy(|_| {}), &Input::new(&[], &autumn));
    raises(&evaluation, AnomalyCode::CivilFold, "a", None);

    for (change, punch, worked) in [
        (Change::Void("b".into()), "b", 0),
        (Change::Replace("b".into(), PunchTime::Local(at("16:00"))), "b", 7 * H),
        (Change::Add(Punch::local("c", at("18:00"))), "c", 8 * H),
        (Change::Void("gone".into()), "gone", 8 * H),
    ] {
        let corrections = [Correction::new("1", change.clone(), "the gate was broken")];
        let mut input = Input::new(&day, &both);
        input.corrections = &corrections;
        let evaluation = run_in("Asia/Manila", policy(|_| {}), &input);
        raises(&evaluation, AnomalyCode::CorrectionApplied, punch, None);
        assert_eq!(evaluation.days[0].worked_s, worked, "{change:?}");
    }
}

/// This file makes every code appear: a code that is added is added here.
#[test]
fn every_code_is_made_to_appear() {
    let here = include_str!("anomalies.rs");
    for code in AnomalyCode::ALL {
        let name = format!("AnomalyCode::{code:?},");
        let overlapping = code == AnomalyCode::OverlappingShifts;
        assert!(overlapping || here.contains(&name), "no test raises {code:?}");
    }
}
