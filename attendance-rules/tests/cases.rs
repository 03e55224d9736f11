//! One test for each rule, on a day a person can check by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod support;

use chrono::NaiveDateTime;
use punchclock_rules::render::explain_day;
use punchclock_rules::{
    AnomalyCode, BreakWindow, Claim, CountOutside, DayResult, FaultKind, Label, Over, Overtime, Policy,
    PolicyFields, Punch, Resolution, Rule, ShiftInstance, Tier, ZoneTable, Zones, evaluate, limits,
};

const H: i64 = 3_600;

fn t(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

/// Punches named a, b, c, ... at the given local times.
fn punches(times: &[&str]) -> Vec<Punch> {
    times
        .iter()
        .zip("abcdefghijklmnop".chars())
        .map(|(time, id)| Punch::local(id.to_string(), t(time)))
        .collect()
}

fn shift(id: &str, start: &str, end: &str) -> ShiftInstance {
    ShiftInstance::new(id, t(start), t(end))
}

fn policy(change: impl FnOnce(&mut PolicyFields)) -> Policy {
    let mut fields = PolicyFields::default();
    change(&mut fields);
    Policy::new(fields).unwrap()
}

fn run(zone: &str, policy: &Policy, shifts: &[ShiftInstance], punches: &[Punch]) -> Vec<DayResult> {
    evaluate(
        policy,
        shifts,
        punches,
        &Zones::from(support::zone(zone).unwrap()),
    )
    .unwrap()
    .days
}

fn codes(day: &DayResult) -> Vec<AnomalyCode> {
    day.anomalies.iter().map(|a| a.code).collect()
}

fn ids(day: &DayResult) -> String {
    day.punches.iter().map(|p| p.id.as_str()).collect()
}

fn labels(day: &DayResult) -> Vec<(Label, Rule, Option<Tier>, i64)> {
    day.segments
        .iter()
        .map(|s| (s.label, s.rule, s.tier.clone(), s.seconds()))
        .collect()
}

#[test]
fn a_day_of_each_label() {
    let mut late_shift = shift("s", "2026-03-02T08:00:00", "2026-03-02T17:00:00");
    late_shift = late_shift
        .with_break(BreakWindow::unpaid(
            t("2026-03-02T12:00:00"),
            t("2026-03-02T12:30:00"),
        ))
        .with_break(BreakWindow::paid(
            t("2026-03-02T15:00:00"),
            t("2026-03-02T15:15:00"),
        ));
    // In early, out for half an hour at 10, on the clock over lunch, out over part of the paid break, out at 17:00, back for an hour.
    let times = [
        "2026-03-02T07:50:00",
        "2026-03-02T10:00:00",
        "2026-03-02T10:30:00",
        "2026-03-02T15:05:00",
        "2026-03-02T15:20:00",
        "2026-03-02T17:00:00",
        "2026-03-02T18:00:00",
        "2026-03-02T19:00:00",
    ];
    let policy = policy(|f| f.count_before = CountOutside::Never);
    let days = run("Europe/Brussels", &policy, &[late_shift], &punches(&times));
    let [day] = days.as_slice() else { panic!("one day") };
    let regular = || Some(Tier::Regular);
    let min = 60;
    assert_eq!(
        labels(day),
        [
            (Label::IgnoredBeforeShift, Rule::CountBeforeNever, None, 10 * min),
            (Label::Work, Rule::PairAlternate, regular(), 2 * H),
            (Label::BreakPunched, Rule::BreakPunched, None, 30 * min),
            (Label::Work, Rule::PairAlternate, regular(), 90 * min),
            (Label::BreakUnpaidWindow, Rule::BreakUnpaidWindow, None, 30 * min),
            (Label::Work, Rule::PairAlternate, regular(), 150 * min),
            (Label::BreakPaid, Rule::BreakPaidWindow, regular(), 5 * min),
            // Punched out, and paid all the same: it is the paid break.
            (Label::BreakPaid, Rule::BreakPaidWindow, regular(), 10 * min),
            (Label::BreakPunched, Rule::BreakPunched, None, 5 * min),
            (Label::Work, Rule::PairAlternate, regular(), 100 * min),
            (Label::OffClock, Rule::BetweenSessions, None, H),
            // The norm is 8 h 30 min; 7 h 55 min are worked so far.
            (Label::Work, Rule::CountAfterAlways, regular(), 35 * min),
            (
                Label::Work,
                Rule::CountAfterAlways,
                Some(Tier::Over("overtime_daily".into())),
                25 * min
            ),
        ]
    );
    assert_eq!(
        (day.scheduled_s, day.worked_s, day.overtime_s),
        (510 * min, 535 * min, 25 * min)
    );
    assert_eq!(day.break_s, 65 * min);
    assert_eq!(codes(day), [AnomalyCode::InEarly]);
    assert_eq!(
        day.segment_at(day.first_in.unwrap()).unwrap().label,
        Label::IgnoredBeforeShift
    );
    assert!(!day.provisional);
}

#[test]
fn an_overnight_shift_belongs_to_its_start_date() {
    let night = shift("n", "2026-03-02T22:00:00", "2026-03-03T06:00:00");
    let days = run(
        "Asia/Manila",
        &Policy::default(),
        &[night],
        &punches(&["2026-03-02T21:58:00", "2026-03-03T06:31:00"]),
    );
    assert_eq!(days.len(), 1);
    assert_eq!(days[0].date.to_string(), "2026-03-02");
    // Two minutes before and 31 after: 33 minutes over the norm of 8 hours, the last 33 of the presence.
    assert_eq!((days[0].regular_s, days[0].overtime_s), (8 * H, 33 * 60));
    let last = days[0].segments.last().unwrap();
    assert_eq!(
        (last.tier.clone(), last.rule),
        (Some(Tier::Over("overtime_daily".into())), Rule::CountAfterAlways)
    );
}

#[test]
fn a_forgotten_out_spoils_its_own_day_only() {
    let shifts = [
        shift("1", "2026-03-02T08:00:00", "2026-03-02T16:00:00"),
        shift("2", "2026-03-03T08:00:00", "2026-03-03T16:00:00"),
    ];
    let times = [
        "2026-03-02T08:00:00",
        "2026-03-03T08:00:00",
        "2026-03-03T16:00:00",
    ];
    let days = run("Asia/Manila", &Policy::default(), &shifts, &punches(&times));
    assert_eq!(codes(&days[0]), [AnomalyCode::OddPunch]);
    assert!(days[0].provisional && !days[1].provisional);
    assert_eq!(
        (
            days[0].first_in,
            days[0].worked_s,
            days[0].late_s,
            days[0].early_out_s
        ),
        (None, 0, 0, 0)
    );
    assert_eq!(days[1].worked_s, 8 * H);
}

#[test]
fn a_shift_without_punches_is_absent() {
    let days = run(
        "Asia/Manila",
        &Policy::default(),
        &[shift("1", "2026-03-02T08:00:00", "2026-03-02T16:00:00")],
        &[],
    );
    assert_eq!(codes(&days[0]), [AnomalyCode::Absent]);
    assert_eq!(days[0].anomalies[0].seconds, Some(8 * H));
    assert_eq!(
        (days[0].worked_s, days[0].first_in, days[0].provisional),
        (0, None, false)
    );
}

#[test]
fn neighbouring_windows_are_trimmed_where_the_earlier_shift_ends() {
    let shifts = [
        shift("1", "2026-03-02T06:00:00", "2026-03-02T14:00:00"),
        shift("2", "2026-03-02T16:00:00", "2026-03-02T23:00:00"),
    ];
    // 15:00 is within both margins; the second opens where the first ends, and the shared instant is the first's.
    let times = [
        "2026-03-02T06:00:00",
        "2026-03-02T14:00:00",
        "2026-03-02T15:00:00",
        "2026-03-02T23:00:00",
    ];
    let days = run("Asia/Manila", &Policy::default(), &shifts, &punches(&times));
    assert_eq!((ids(&days[0]), ids(&days[1])), ("ab".to_owned(), "cd".to_owned()));
}

#[test]
fn overlapping_shifts_keep_an_open_session_together() {
    let shifts = [
        shift("1", "2026-03-02T08:00:00", "2026-03-02T16:00:00"),
        shift("2", "2026-03-02T14:00:00", "2026-03-02T22:00:00"),
    ];
    let times = [
        "2026-03-02T08:00:00",
        "2026-03-02T15:55:00",
        "2026-03-02T16:05:00",
        "2026-03-02T22:00:00",
    ];
    let days = run("Asia/Manila", &Policy::default(), &shifts, &punches(&times));
    // 15:55 is nearer to the start of the second, but the first is open; 16:05 finds none open.
    assert_eq!((ids(&days[0]), ids(&days[1])), ("ab".to_owned(), "cd".to_owned()));
    assert!(
        days.iter()
            .all(|d| codes(d).contains(&AnomalyCode::OverlappingShifts))
    );
}

#[test]
fn work_without_a_shift_groups_by_pause_and_by_length() {
    let times = [
        // A session of 9 h is one group although it is longer than the pause that would part two.
        "2026-03-07T08:00:00",
        "2026-03-07T17:00:00",
        // 3 h later, the same group; then 4 h 0 min 1 s later, a new one, which goes over midnight and stays with its start.
        "2026-03-07T20:00:00",
        "2026-03-07T21:00:00",
        "2026-03-08T01:00:01",
        "2026-03-08T02:00:01",
        // An odd punch does not pair with one more than 16 h away.
        "2026-03-09T08:00:00",
        "2026-03-10T08:00:00",
    ];
    let days = run("Asia/Manila", &Policy::default(), &[], &punches(&times));
    let seen: Vec<(String, String)> = days.iter().map(|d| (d.date.to_string(), ids(d))).collect();
    let expected = [
        ("2026-03-07", "abcd"),
        ("2026-03-08", "ef"),
        ("2026-03-09", "g"),
        ("2026-03-10", "h"),
    ];
    assert_eq!(
        seen,
        expected.map(|(date, ids)| (date.to_owned(), ids.to_owned()))
    );
    // Without a norm every second is overtime.
    assert_eq!(
        (days[0].worked_s, days[0].overtime_s, days[0].break_s),
        (10 * H, 10 * H, 3 * H)
    );
    assert_eq!(codes(&days[0]), [AnomalyCode::UnscheduledWork]);
    assert_eq!(
        codes(&days[2]),
        [AnomalyCode::OddPunch, AnomalyCode::UnscheduledWork]
    );
}

#[test]
fn a_session_without_a_shift_never_reaches_over_a_shift() {
    let shifts = [shift("1", "2026-03-02T08:00:00", "2026-03-02T12:00:00").with_margins(0, 0)];
    let times = [
        "2026-03-02T07:00:00",
        "2026-03-02T08:00:00",
        "2026-03-02T12:00:00",
        "2026-03-02T13:00:00",
    ];
    let days = run("Asia/Manila", &Policy::default(), &shifts, &punches(&times));
    let seen: Vec<_> = days.iter().map(|d| (ids(d), d.worked_s)).collect();
    assert_eq!(
        seen,
        [("a".to_owned(), 0), ("bc".to_owned(), 4 * H), ("d".to_owned(), 0)]
    );
}

#[test]
fn two_half_shifts_are_one_day_of_overtime() {
    let shifts = [
        shift("am", "2026-03-02T08:00:00", "2026-03-02T12:00:00"),
        shift("pm", "2026-03-02T17:00:00", "2026-03-02T21:00:00"),
    ];
    let times = [
        "2026-03-02T08:00:00",
        "2026-03-02T13:00:00",
        "2026-03-02T18:00:00",
        "2026-03-02T21:30:00",
    ];
    let of = |over| {
        run(
            "Asia/Manila",
            &policy(|f| f.overtime = Overtime::daily(over)),
            &shifts,
            &punches(&times),
        )
    };
    let sums = |days: &[DayResult]| {
        days.iter()
            .map(|d| (d.regular_s, d.overtime_s))
            .collect::<Vec<_>>()
    };
    // 5 h and 3 h 30 min against 4 h + 4 h: half an hour over the day, not an hour over the first shift.
    let days = of(Over::Norm);
    assert_eq!(sums(&days), [(5 * H, 0), (3 * H, H / 2)]);
    assert_eq!(
        (days[1].overtime_after_s, days[1].regular_before_s),
        (Some(8 * H), 5 * H)
    );
    assert_eq!(sums(&of(Over::Seconds(6 * H))), [(5 * H, 0), (H, 5 * H / 2)]);
    let none = run(
        "Asia/Manila",
        &policy(|f| f.overtime = Overtime::none()),
        &shifts,
        &punches(&times),
    );
    assert_eq!(sums(&none), [(5 * H, 0), (7 * H / 2, 0)]);
}

#[test]
fn a_tap_repeated_is_one_punch_unless_it_claims_the_opposite() {
    let day = "2026-03-02T";
    let at = |time: &str| t(&format!("{day}{time}"));
    let taps = [
        Punch::local("1", at("08:00:00")).claiming(Claim::In),
        Punch::local("2", at("08:00:20")),
        Punch::local("3", at("08:00:40")).claiming(Claim::Out),
        Punch::local("4", at("16:00:00")),
        Punch::local("5", at("16:00:00")),
    ];
    let days = run("Asia/Manila", &Policy::default(), &[], &taps);
    let dropped: Vec<_> = days
        .iter()
        .flat_map(|d| &d.anomalies)
        .filter(|a| a.code == AnomalyCode::DuplicateDropped)
        .collect();
    assert_eq!(dropped.len(), 2);
    assert_eq!(
        (
            dropped[0].punch_ids[0].as_str(),
            dropped[0].punch_ids[1].as_str(),
            dropped[0].seconds
        ),
        ("2", "1", Some(20))
    );
    assert_eq!(
        (dropped[1].punch_ids[0].as_str(), dropped[1].seconds),
        ("5", Some(0)),
        "the lower id stays"
    );
    assert_eq!(days[0].worked_s, 40);
}

#[test]
fn the_longest_session_is_accepted() {
    let day = shift("s", "2026-03-02T00:00:00", "2026-03-02T20:00:00");
    let times = |out| punches(&["2026-03-02T00:00:00", out]);
    let worked = |out| {
        run(
            "Asia/Manila",
            &Policy::default(),
            std::slice::from_ref(&day),
            &times(out),
        )[0]
        .worked_s
    };
    assert_eq!(
        (worked("2026-03-02T16:00:00"), worked("2026-03-02T16:00:01")),
        (16 * H, 0)
    );
}

#[test]
fn shift_edges_in_a_repeated_or_skipped_hour() {
    // Brussels: 02:00 to 03:00 occurs twice on 2025-10-26 and never on 2026-03-29.
    let lengths = |start: &str, end: &str| {
        let day = run(
            "Europe/Brussels",
            &Policy::default(),
            &[shift("s", start, end)],
            &[],
        )
        .remove(0);
        (
            day.scheduled_end.unwrap() - day.scheduled_start.unwrap(),
            day.scheduled_s,
        )
    };
    // From the first 02:30, and to the second: the shift is never cut short by an hour.
    assert_eq!(
        lengths("2025-10-26T02:30:00", "2025-10-26T06:00:00"),
        (9 * H / 2, 9 * H / 2)
    );
    assert_eq!(
        lengths("2025-10-25T22:00:00", "2025-10-26T02:30:00"),
        (11 * H / 2, 11 * H / 2)
    );
    // To and from the moment clocks were set forward.
    assert_eq!(
        lengths("2026-03-28T22:00:00", "2026-03-29T02:30:00"),
        (4 * H, 4 * H)
    );
    assert_eq!(
        lengths("2026-03-29T02:30:00", "2026-03-29T06:00:00"),
        (3 * H, 3 * H)
    );
}

#[test]
fn a_session_over_the_longest_is_shown_and_earns_nothing() {
    let long = shift("s", "2026-03-02T00:00:00", "2026-03-03T23:00:00");
    let times = [
        "2026-03-02T00:00:00",
        "2026-03-02T02:00:00",
        "2026-03-02T03:00:00",
        "2026-03-02T20:00:00",
        "2026-03-02T21:00:00",
        "2026-03-02T22:00:00",
    ];
    let days = run("Asia/Manila", &Policy::default(), &[long], &punches(&times));
    let kinds: Vec<_> = days[0]
        .segments
        .iter()
        .map(|s| (s.label, s.seconds() / H))
        .collect();
    assert_eq!(
        kinds,
        [
            (Label::Work, 2),
            (Label::BreakPunched, 1),
            (Label::IgnoredOverMaxShift, 17),
            (Label::BreakPunched, 1),
            (Label::Work, 1)
        ]
    );
    assert!(days[0].provisional);
    assert_eq!(days[0].sessions.len(), 2);
}

#[test]
fn the_log_tells_the_two_passes_of_a_repeated_hour_apart() {
    // Brussels, 2025-10-26: 02:00 to 03:00 occurs twice.
    let times = ["2025-10-26T02:50:00", "2025-10-26T02:10:00"];
    let logged: Vec<Punch> = punches(&times)
        .into_iter()
        .zip(1..)
        .map(|(p, seq)| p.logged("gate", seq))
        .collect();
    let days = run("Europe/Brussels", &Policy::default(), &[], &logged);
    // 02:50 the first time to 02:10 the second: twenty minutes.
    assert_eq!((days[0].worked_s, days[0].provisional), (20 * 60, false));
    assert!(
        days[0]
            .punches
            .iter()
            .all(|p| p.resolution == Resolution::Fold && p.used)
    );

    // Without a log both are taken as the first pass, and a person is asked.
    let days = run("Europe/Brussels", &Policy::default(), &[], &punches(&times));
    assert_eq!((days[0].worked_s, days[0].provisional), (40 * 60, true));
    assert_eq!(
        codes(&days[0])
            .iter()
            .filter(|c| **c == AnomalyCode::CivilFold)
            .count(),
        2
    );

    // The place in the log counts, not the place in the list; and two taps of one second stay together.
    let mut backwards = punches(&[
        "2025-10-26T02:10:00",
        "2025-10-26T02:10:00",
        "2025-10-26T02:50:00",
    ]);
    backwards = backwards
        .into_iter()
        .zip([3, 2, 1])
        .map(|(p, seq)| p.logged("gate", seq))
        .collect();
    let days = run("Europe/Brussels", &Policy::default(), &[], &backwards);
    assert_eq!(
        (ids(&days[0]), days[0].worked_s, days[0].provisional),
        ("cab".to_owned(), 20 * 60, false)
    );

    // Two terminals' logs say nothing about each other.
    let apart: Vec<Punch> = punches(&times)
        .into_iter()
        .zip(["gate", "dock"])
        .zip(1..)
        .map(|((p, d), n)| p.logged(d, n))
        .collect();
    assert!(run("Europe/Brussels", &Policy::default(), &[], &apart)[0].provisional);
}

#[test]
fn a_time_that_clocks_skipped_is_read_as_before_the_change() {
    // New York, 2025-03-09: 02:00 to 03:00 does not exist. A clock not yet set shows 02:30 at 03:30 daylight time.
    let days = run(
        "America/New_York",
        &Policy::default(),
        &[],
        &punches(&["2025-03-09T01:30:00", "2025-03-09T02:30:00"]),
    );
    assert_eq!((days[0].worked_s, days[0].provisional), (H, false));
    assert_eq!(days[0].anomalies[0].code, AnomalyCode::CivilGap);
    assert_eq!(days[0].anomalies[0].punch_ids[0].as_str(), "b");
}

#[test]
fn a_break_in_the_repeated_hour_keeps_its_length() {
    for (from, to, seconds) in [
        ("2025-10-26T02:10:00", "2025-10-26T02:40:00", 30 * 60),
        ("2025-10-26T01:45:00", "2025-10-26T02:15:00", 30 * 60),
        ("2025-10-26T02:45:00", "2025-10-26T03:15:00", 30 * 60),
    ] {
        let night = shift("n", "2025-10-25T22:00:00", "2025-10-26T06:00:00")
            .with_break(BreakWindow::unpaid(t(from), t(to)));
        let days = run(
            "Europe/Brussels",
            &Policy::default(),
            &[night],
            &punches(&["2025-10-25T22:00:00", "2025-10-26T06:00:00"]),
        );
        assert_eq!(
            (days[0].break_s, days[0].worked_s),
            (seconds, 9 * H - seconds),
            "{from}"
        );
        assert_eq!((days[0].scheduled_s, days[0].overtime_s), (9 * H - seconds, 0));
    }
}

#[test]
fn every_fault_is_told_at_once() {
    let mut bad = shift("s", "2026-03-02T08:00:00", "2026-03-02T08:00:00");
    bad.norm_s = Some(-1);
    let far = shift("s", "2026-03-02T08:00:00", "2026-03-09T08:00:00");
    let mut odd_break = shift("t", "2026-03-02T08:00:00", "2026-03-02T16:00:00");
    odd_break.breaks = vec![BreakWindow::unpaid(
        t("2026-03-02T07:00:00"),
        t("2026-03-02T07:30:00"),
    )];
    let mut given = punches(&["2026-03-02T08:00:00", "1969-12-31T08:00:00"]);
    given.push(Punch::at("a", 5));
    given.push(Punch::at("z", 5).in_zone("Mars/Olympus"));
    let zones = Zones::from(ZoneTable::utc());
    let error = evaluate(&Policy::default(), &[bad, far, odd_break], &given, &zones).unwrap_err();
    let seen: Vec<(&str, FaultKind)> = error
        .faults()
        .iter()
        .map(|f| (f.field.as_str(), f.kind))
        .collect();
    assert_eq!(
        seen,
        [
            ("shifts[0].norm_s", FaultKind::OutOfRange),
            ("shifts[0].end", FaultKind::Order),
            ("shifts[1].end", FaultKind::OutOfRange),
            ("shifts[2].breaks[0]", FaultKind::OutOfRange),
            ("shifts[1].id", FaultKind::Duplicate),
            ("punches[1].local", FaultKind::OutOfRange),
            ("punches[2].id", FaultKind::Duplicate),
            ("punches[3].zone", FaultKind::UnknownZone),
        ]
    );
    let many: Vec<Punch> = (0..=limits::MAX_PUNCHES)
        .map(|n| Punch::at(n.to_string(), 5))
        .collect();
    let error = evaluate(&Policy::default(), &[], &many, &zones).unwrap_err();
    assert_eq!(error.faults()[0].kind, FaultKind::TooMany);
}

#[test]
fn the_same_punch_twice_is_once() {
    let mut given = punches(&["2026-03-02T08:00:00", "2026-03-02T16:00:00"]);
    given.extend(given.clone());
    let days = run("Asia/Manila", &policy(|f| f.dedup_window_s = 0), &[], &given);
    assert_eq!((ids(&days[0]), days[0].worked_s), ("ab".to_owned(), 8 * H));
}

#[test]
fn the_hash_tells_whether_a_day_is_stale() {
    let shifts = [
        shift("1", "2026-03-02T08:00:00", "2026-03-02T16:00:00"),
        shift("2", "2026-03-03T08:00:00", "2026-03-03T16:00:00"),
    ];
    let one = punches(&["2026-03-02T08:00:00", "2026-03-02T16:00:00"]);
    let more = punches(&[
        "2026-03-02T08:00:00",
        "2026-03-02T16:00:00",
        "2026-03-03T08:00:00",
    ]);
    let hashes = |policy: &Policy, punches: &[Punch]| -> Vec<String> {
        run("Asia/Manila", policy, &shifts, punches)
            .into_iter()
            .map(|d| d.input_hash.to_string())
            .collect()
    };
    let (a, b) = (
        hashes(&Policy::default(), &one),
        hashes(&Policy::default(), &more),
    );
    assert_eq!(a[0], b[0], "another day's punch changes nothing");
    assert_ne!(a[1], b[1]);
    assert_ne!(a[0], a[1]);
    assert_ne!(hashes(&policy(|f| f.grace_in_s = 1), &one)[0], a[0]);
    // Two entries of one date share the overtime counter: what the first used up matters to the second.
    let halves = [
        shift("am", "2026-03-02T08:00:00", "2026-03-02T12:00:00"),
        shift("pm", "2026-03-02T17:00:00", "2026-03-02T21:00:00"),
    ];
    let pm = |out: &str| {
        let times = [
            "2026-03-02T08:00:00",
            out,
            "2026-03-02T17:00:00",
            "2026-03-02T21:00:00",
        ];
        run("Asia/Manila", &Policy::default(), &halves, &punches(&times))[1].input_hash
    };
    assert_ne!(pm("2026-03-02T12:00:00"), pm("2026-03-02T11:00:00"));
    assert!(
        a.iter()
            .all(|h| h.len() == 32 && h.bytes().all(|b| b.is_ascii_hexdigit()))
    );
}

#[test]
fn a_day_reads_as_sentences() {
    let night = shift("n", "2025-10-25T22:00:00", "2025-10-26T06:00:00").with_break(BreakWindow::unpaid(
        t("2025-10-26T01:00:00"),
        t("2025-10-26T01:30:00"),
    ));
    let given = punches(&["2025-10-25T22:07:00", "2025-10-26T06:10:00"]);
    let days = run(
        "Europe/Brussels",
        &policy(|f| f.count_after = CountOutside::Never),
        &[night],
        &given,
    );
    let lines = explain_day(&days[0], &support::zone("Europe/Brussels").unwrap());
    assert_eq!(
        lines,
        [
            "2025-10-25: shift n, Sat 22:00:00 (+02:00) to Sun 06:00:00 (+01:00) Europe/Brussels, 8 h 30 min asked for.",
            "Sat 22:07:00 (+02:00) to Sun 01:00:00 (+02:00): 2 h 53 min worked (on the clock during the shift; punches a, b).",
            "Sun 01:00:00 (+02:00) to Sun 01:30:00 (+02:00): 30 min unpaid break (on the clock during an unpaid break of the shift; punches a, b).",
            "Sun 01:30:00 (+02:00) to Sun 06:00:00 (+01:00): 5 h 30 min worked (on the clock during the shift; punches a, b).",
            "Sun 06:00:00 (+01:00) to Sun 06:10:00 (+01:00): 10 min not counted (on the clock after the shift, which this policy does not count; punches a, b).",
            "Worked 8 h 23 min: 8 h 23 min regular (overtime begins after 8 h 30 min on this date); 30 min unpaid break.",
            "Late by 7 min (punch a).",
            "10 min on the clock after the shift were not counted (punches a, b).",
        ]
    );
}

/// The lines the README shows are the lines its example prints.
#[test]
fn the_readme_shows_what_is_printed() {
    let night = shift("night", "2025-10-25T22:00:00", "2025-10-26T06:00:00").with_break(BreakWindow::unpaid(
        t("2025-10-26T01:00:00"),
        t("2025-10-26T01:30:00"),
    ));
    let given = [
        Punch::local("1", t("2025-10-25T21:55:00")),
        Punch::local("2", t("2025-10-26T06:10:00")),
    ];
    let days = run("Europe/Brussels", &Policy::default(), &[night], &given);
    let lines = explain_day(&days[0], &support::zone("Europe/Brussels").unwrap()).join("\n");
    assert!(
        include_str!("../README.md").contains(&format!("```text\n{lines}\n```")),
        "{lines}"
    );
}
