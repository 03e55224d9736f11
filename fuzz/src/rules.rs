//! The rules engine: as JSON in and out, and with shifts and punches that are well-formed but wild.

use chrono::{DateTime, NaiveDateTime};
use punchclock_rules::{
    Approval, Approvals, AutoAdd, AutoDeduct, BreakRule, BreakWindow, Change, Claim, ComplianceCheck, ComplianceRule, Conflict,
    Correction, CountOutside, Counts, Credit, CreditClass, DayFacts, DayKind, DayMode, DayResult, DedupScope, Evaluation, Evaluator,
    Input, OddEnd, Over, Overlay, Overtime, Pairing, Policy, PolicyFields, Punch, Ratio, RoundMode, RoundRule, RoundTotals, Scope,
    ShiftInstance, Threshold, TierRule, TimeOfDay, Total, Trust, ZoneTable, Zones,
};
use serde_json::Value;

use crate::Feed;

/// Any text is computed or refused with faults that name their place, and computing it again gives the same bytes.
///
/// Bytes: the JSON request.
pub fn compute_days(request: &[u8]) {
    match punchclock_rules::compute_days(request) {
        Ok(answer) => {
            assert_eq!(punchclock_rules::compute_days(request).as_ref(), Ok(&answer));
            let answer: Value = serde_json::from_slice(&answer).expect("the answer is JSON");
            let days = answer["items"].as_array().expect("items").iter();
            for day in days.flat_map(|item| item["days"].as_array().expect("days")) {
                let seconds = |name: &str| day[name].as_i64().expect("seconds");
                assert_eq!(seconds("worked_s"), seconds("regular_s") + seconds("overtime_s"));
            }
        }
        Err(error) => {
            assert!(!error.faults().is_empty() && !error.to_string().is_empty());
            assert!(error.faults().len() <= punchclock_rules::batch::MAX_FAULTS);
        }
    }
}

/// Zones with every kind of clock change: an hour, half an hour, a whole day, at midnight, backwards in winter, none.
const ZONES: [&str; 8] = [
    "Europe/Brussels",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Cairo",
    "Europe/Dublin",
    "Asia/Manila",
    "Africa/Casablanca",
];

/// Whatever the policy, the shifts and the punches: every punch is in one day, every second has one use, the order does not matter.
///
/// Bytes:
///
/// | bytes | meaning |
/// |---|---|
/// | u8 | zone % 8 |
/// | u32 | the first hour, in hours since 1970 |
/// | u8 | bit 0: before does not count, bit 1: after does not count, bits 2 and 3: overtime none, over the norm, over 8 h, over 0 |
/// | u8, u8, u8 | repeated taps within so many seconds; longest session in quarters of an hour; pause that starts a new group, likewise |
/// | u8, u8 | how long before and after a shift takes punches, in quarters of an hour |
/// | u8 | shifts % 8, each: u16 minutes after the last one's end, u8 length and u8 break in tens of minutes |
/// | to the end | punches, each: u16 seconds × 7 after the last one, u8: bits 0 and 1 claim (none, in, out, none), bit 2 an instant and not a local time |
pub fn evaluate(data: &[u8]) {
    let mut feed = Feed::new(data);
    let zone = ZONES[usize::from(feed.below(8))];
    let zones = Zones::from(ZoneTable::bundled(zone).expect("a bundled zone"));
    let hour = i64::from(feed.number::<u32>() % 1_000_000);
    let policy = policy(&mut feed);
    let (shifts, punches) = (shifts(&mut feed, hour), punches(&mut feed, hour));

    let Ok(evaluation) = punchclock_rules::evaluate(&policy, &shifts, &punches, &zones) else {
        // Shifts whose clock ran backwards over them, or times past 2099, are refused.
        return;
    };
    conserved(&evaluation, &shifts, &punches);
    let backwards = |all: &[Punch]| all.iter().rev().cloned().collect::<Vec<_>>();
    let again = punchclock_rules::evaluate(&policy, &shifts, &backwards(&punches), &zones);
    assert_eq!(
        again.as_ref(),
        Ok(&evaluation),
        "the order of the input does not matter"
    );
}

/// Any policy, with any punches, facts, approvals and corrections: refused with faults, or computed, and then every number of a day is what its
/// trace sums up to, and no second is lost or counted twice.
///
/// Bytes:
///
/// | bytes | meaning |
/// |---|---|
/// | u8, u32 | zone % 8; the first hour, in hours since 1970 |
/// | see `any_policy` | each choice a byte modulo its number, each duration a u16 of seconds, or an i64 after the byte 255 |
/// | u8 | shifts % 8, each as in `evaluate` |
/// | u8 | dates with facts % 8, each: u8 day, u8 kind % 4, u16 norm, none when odd |
/// | u8 | approvals % 8, each: u16 minutes after the first hour, u8 length in tens of minutes |
/// | u8 | corrections % 4, each: u8 kind % 3, u8 which punch, u16 minutes |
/// | to the end | punches as in `evaluate` |
pub fn policy_and_punches(data: &[u8]) {
    let mut feed = Feed::new(data);
    let zone = ZONES[usize::from(feed.below(8))];
    let hour = i64::from(feed.number::<u32>() % 1_000_000);
    let fields = any_policy(&mut feed);
    let policy = match Policy::new(fields) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(!error.faults().is_empty());
            return;
        }
    };
    let shifts = shifts(&mut feed, hour);
    let (facts, approvals, corrections) = (facts(&mut feed, hour), approvals(&mut feed, hour), corrections(&mut feed, hour));
    let punches = punches(&mut feed, hour);
    let zones = Zones::from(ZoneTable::bundled(zone).expect("a bundled zone"));
    let mut input = Input::new(&shifts, &punches);
    (input.facts, input.corrections, input.approvals) = (&facts, &corrections, approvals);
    input.as_of = Some(hour * 3_600);
    let Ok(evaluation) = Evaluator::new(policy.into(), zones).evaluate(&input) else { return };
    evaluation.days.iter().for_each(accounted);
}

/// The numbers of a day are what its segments and its trace sum up to.
fn accounted(day: &DayResult) {
    let mut at = day.first_in;
    for segment in &day.segments {
        assert_eq!(Some(segment.from), at);
        assert!(segment.from < segment.to);
        at = Some(segment.to);
    }
    assert_eq!(at, day.last_out.or(day.first_in));
    assert_eq!(day.worked_s, day.regular_s + day.overtime_s);
    assert_eq!(day.overtime_s, day.approved_s + day.unapproved_s);
    assert_eq!(day.raw_worked_s + day.rounding_delta_s, day.worked_s);
    if day.trace.is_empty() {
        return;
    }
    let named = [
        Total::Worked,
        Total::Regular,
        Total::Overtime,
        Total::Break,
        Total::Ignored,
        Total::Late,
        Total::EarlyOut,
        Total::Assumed,
        Total::RoundingDelta,
        Total::Approved,
        Total::Unapproved,
        Total::Payable,
        Total::Scheduled,
        Total::Credit,
    ];
    for total in named {
        let traced: i64 = day.trace.iter().map(|step| step.effect(total)).sum();
        assert_eq!(traced, day.total(total), "{total:?}");
    }
    if let (Some(from), Some(to)) = (day.first_in, day.last_out)
        && from < to
    {
        assert!(day.explain(from).is_some() && day.explain(to - 1).is_some() && day.explain(to).is_none());
    }
}

/// A duration: mostly an everyday one, sometimes any number at all.
fn duration(feed: &mut Feed<'_>) -> i64 {
    if feed.number::<u8>() == 255 { feed.number::<i64>() } else { i64::from(feed.number::<u16>()) }
}

fn one_of<T: Clone>(feed: &mut Feed<'_>, choices: &[T]) -> T {
    let count = u8::try_from(choices.len()).expect("a short list");
    choices[usize::from(feed.below(count))].clone()
}

fn time(feed: &mut Feed<'_>) -> TimeOfDay {
    TimeOfDay::from_seconds(feed.number::<u32>() % 86_401).expect("a time of the day")
}

fn any_policy(feed: &mut Feed<'_>) -> PolicyFields {
    let mut f = PolicyFields::default();
    f.pairing = one_of(feed, &[Pairing::Alternate, Pairing::Typed, Pairing::FirstLast, Pairing::TypedFirstLast]);
    f.trust = one_of(feed, &[None, Some(Trust::Ignore), Some(Trust::Hint), Some(Trust::Strict)]);
    let (tolerance_s, after_s) = (duration(feed), duration(feed));
    f.odd_end = one_of(feed, &[OddEnd::Unknown, OddEnd::ShiftEnd, OddEnd::ByNorm { tolerance_s }, OddEnd::Fixed { after_s }]);
    f.day_mode = one_of(feed, &[DayMode::ShiftStart, DayMode::ShiftEnd, DayMode::MostWorked, DayMode::SplitMidnight]);
    f.dedup_scope = one_of(feed, &[DedupScope::All, DedupScope::Site, DedupScope::Device]);
    let outside = [CountOutside::Always, CountOutside::Approved, CountOutside::Never];
    (f.count_before, f.count_after) = (one_of(feed, &outside), one_of(feed, &outside));
    f.dedup_window_s = i64::from(feed.number::<u8>());
    for field in [
        &mut f.open_before_s,
        &mut f.close_after_s,
        &mut f.max_shift_s,
        &mut f.new_shift_after_s,
        &mut f.forgive_in_s,
        &mut f.forgive_out_s,
        &mut f.absent_below_s,
        &mut f.half_day_below_s,
    ] {
        *field = duration(feed);
    }
    f.day_starts_at = time(feed);
    for _ in 0..feed.below(3) {
        let mut window = BreakRule::unpaid(time(feed), time(feed));
        window.paid = feed.number::<u8>() % 2 == 0;
        f.breaks.windows.push(window);
    }
    if feed.number::<u8>() % 2 == 1 {
        let mut rule = AutoDeduct::new(duration(feed), duration(feed));
        rule.cliff = feed.number::<u8>() % 2 == 0;
        f.breaks.auto_deduct.push(rule);
        f.breaks.auto_add.push(AutoAdd::new(duration(feed), duration(feed)));
        f.breaks.paid_break_cap_s = Some(duration(feed));
    }
    let modes =
        [RoundMode::Down, RoundMode::Up, RoundMode::NearestHalfUp, RoundMode::NearestHalfDown, RoundMode::NearestPartialMinDown];
    let unit = one_of(feed, &[1_i64, 60, 300, 360, 900, 1_800, 3_600, 7]);
    match feed.below(3) {
        1 => f.rounding.come = Some(RoundRule::new(unit, one_of(feed, &modes)).with_grace(i64::from(feed.number::<u8>()))),
        2 => f.rounding.totals = Some(RoundTotals::new(unit, one_of(feed, &modes))),
        _ => {}
    }
    if feed.number::<u8>() % 2 == 1 {
        f.rounding.go = Some(RoundRule::new(unit, one_of(feed, &modes)));
    }
    f.overtime = Overtime::none();
    for number in 0..feed.below(5) {
        let over = duration(feed);
        let scope = match feed.below(5) {
            0 => Scope::Day,
            1 => Scope::Week,
            2 => Scope::Cycle { days: u32::from(feed.number::<u8>()), anchor: civil(over.rem_euclid(1 << 40)).date() },
            3 => Scope::ConsecutiveDay { day: u32::from(feed.below(9)) },
            _ => Scope::DayKind { kind: DayKind::from(DayKind::HOLIDAY) },
        };
        let over = if feed.number::<u8>() % 4 == 0 { Over::Norm } else { Over::Seconds(over) };
        f.overtime.tiers.push(TierRule::new(number.to_string(), scope, over).at_bp(u32::from(feed.number::<u16>())));
    }
    f.overtime.counts = one_of(feed, &[Counts::StraightOnly, Counts::All, Counts::Kinds(vec![DayKind::from(DayKind::WORKDAY)])]);
    f.overtime.conflict = one_of(feed, &[Conflict::Highest, Conflict::Stack, Conflict::Union]);
    f.overtime.threshold = one_of(feed, &[Threshold::Excess, Threshold::Strict, Threshold::AtLeast]);
    f.overtime.approval = one_of(feed, &[Approval::None, Approval::Day, Approval::Interval]);
    f.overtime.week_starts_at = time(feed);
    for field in [&mut f.overtime.tolerance_s, &mut f.overtime.min_s, &mut f.overtime.quantum_s] {
        *field = if feed.number::<u8>() % 2 == 0 { 0 } else { duration(feed) };
    }
    for field in [&mut f.overtime.max_day_s, &mut f.overtime.max_week_s] {
        *field = (feed.number::<u8>() % 2 == 1).then(|| duration(feed));
    }
    for number in 0..feed.below(3) {
        let mut overlay = Overlay::new(number.to_string(), time(feed), time(feed));
        overlay.min_s = i64::from(feed.number::<u8>()) * 60;
        f.overlays.push(overlay);
    }
    for check in [
        ComplianceCheck::DailyRest { min_s: 39_600 },
        ComplianceCheck::WeeklyRest { min_s: 126_000 },
        ComplianceCheck::SpreadOver { max_s: 37_800 },
    ] {
        if feed.number::<u8>() % 2 == 1 {
            f.compliance.push(ComplianceRule::new(check));
        }
    }
    let mut credit = Credit::default();
    credit.classes.push(CreditClass::new("any", [], Ratio::new(u32::from(feed.number::<u8>()), u32::from(feed.number::<u8>()))));
    f.credit = credit;
    f.trace = feed.number::<u8>() % 4 != 0;
    f
}

fn facts(feed: &mut Feed<'_>, hour: i64) -> Vec<DayFacts> {
    (0..feed.below(8))
        .map(|_| {
            let date = civil((hour + i64::from(feed.number::<u8>()) * 24) * 3_600).date();
            let kinds = [DayKind::WORKDAY, DayKind::REST_DAY, DayKind::HOLIDAY, "own"];
            let facts = DayFacts::new(date, [DayKind::from(one_of(feed, &kinds))]);
            let norm = feed.number::<u16>();
            if norm % 2 == 0 { facts.with_norm(i64::from(norm)) } else { facts }
        })
        .collect()
}

fn approvals(feed: &mut Feed<'_>, hour: i64) -> Approvals {
    Approvals::intervals((0..feed.below(8)).map(|_| {
        let from = hour * 3_600 + i64::from(feed.number::<u16>()) * 60;
        (from, from + i64::from(feed.number::<u8>()) * 600)
    }))
}

fn corrections(feed: &mut Feed<'_>, hour: i64) -> Vec<Correction> {
    (0..feed.below(4))
        .map(|number| {
            let (kind, which) = (feed.below(3), feed.number::<u8>().to_string());
            let at = hour * 3_600 + i64::from(feed.number::<u16>()) * 60;
            let change = match kind {
                0 => Change::Void(which.into()),
                1 => Change::Replace(which.into(), punchclock_rules::PunchTime::At(at)),
                _ => Change::Add(Punch::at(format!("added {number}"), at)),
            };
            Correction::new(number.to_string(), change, "")
        })
        .collect()
}

fn policy(feed: &mut Feed<'_>) -> Policy {
    let quarters = |feed: &mut Feed<'_>| i64::from(feed.number::<u8>()) * 900 % 172_801;
    let mut fields = PolicyFields::default();
    let flags = feed.number::<u8>();
    let outside = |never: bool| {
        if never {
            CountOutside::Never
        } else {
            CountOutside::Always
        }
    };
    (fields.count_before, fields.count_after) = (outside(flags & 1 != 0), outside(flags & 2 != 0));
    fields.overtime = match flags >> 2 & 3 {
        0 => Overtime::none(),
        1 => Overtime::daily(Over::Norm),
        2 => Overtime::daily(Over::Seconds(28_800)),
        _ => Overtime::daily(Over::Seconds(0)),
    };
    fields.dedup_window_s = i64::from(feed.number::<u8>());
    fields.max_shift_s = quarters(feed).max(1);
    fields.new_shift_after_s = quarters(feed).max(1);
    (fields.open_before_s, fields.close_after_s) = (quarters(feed), quarters(feed));
    Policy::new(fields).expect("fields within their limits")
}

fn civil(unix: i64) -> NaiveDateTime {
    DateTime::from_timestamp(unix, 0)
        .expect("a time of this era")
        .naive_utc()
}

fn shifts(feed: &mut Feed<'_>, hour: i64) -> Vec<ShiftInstance> {
    let mut end = hour * 3_600;
    (0..feed.below(8))
        .map(|number| {
            let start = end + i64::from(feed.number::<u16>()) * 60;
            let length = (i64::from(feed.number::<u8>()) + 1) * 600;
            let pause = (i64::from(feed.number::<u8>()) * 600).min(length);
            end = start + length;
            let shift = ShiftInstance::new(number.to_string(), civil(start), civil(end));
            if pause == 0 {
                return shift;
            }
            let from = start + (length - pause) / 2;
            shift.with_break(BreakWindow::unpaid(civil(from), civil(from + pause)))
        })
        .collect()
}

fn punches(feed: &mut Feed<'_>, hour: i64) -> Vec<Punch> {
    let mut at = hour * 3_600;
    let mut punches = Vec::new();
    while !feed.is_empty() && punches.len() < 500 {
        at += i64::from(feed.number::<u16>()) * 7;
        let flags = feed.number::<u8>();
        let id = punches.len().to_string();
        let punch = if flags & 4 == 0 {
            Punch::local(id, civil(at))
        } else {
            Punch::at(id, at)
        };
        punches.push(match flags & 3 {
            1 => punch.claiming(Claim::In),
            2 => punch.claiming(Claim::Out),
            _ => punch,
        });
    }
    punches
}

fn conserved(evaluation: &Evaluation, shifts: &[ShiftInstance], punches: &[Punch]) {
    let mut ids: Vec<&str> = Vec::new();
    for day in &evaluation.days {
        ids.extend(day.punches.iter().map(|punch| punch.id.as_str()));
        assert!(day.worked_s >= 0 && day.regular_s >= 0 && day.overtime_s >= 0 && day.break_s >= 0);
        assert_eq!(day.worked_s, day.regular_s + day.overtime_s);
        let mut sessions: Vec<(i64, i64)> = day
            .sessions
            .iter()
            .map(|session| (session.from, session.to))
            .collect();
        sessions.sort_unstable();
        // An in and an out of one second are a session without length.
        assert!(sessions.iter().all(|(from, to)| from <= to));
        assert!(
            sessions.windows(2).all(|pair| pair[0].1 <= pair[1].0),
            "no second is in two sessions"
        );
        // Every second from the first in to the last out is in exactly one segment.
        let mut at = day.first_in;
        for segment in &day.segments {
            assert_eq!(Some(segment.from), at);
            assert!(segment.from < segment.to);
            at = Some(segment.to);
        }
        assert_eq!(at, day.last_out.or(day.first_in));
    }
    ids.sort_unstable();
    let mut given: Vec<&str> = punches.iter().map(|punch| punch.id.as_str()).collect();
    given.sort_unstable();
    assert_eq!(ids, given, "every punch is in one day");
    let of_shifts = evaluation
        .days
        .iter()
        .filter(|day| day.shift_id.is_some())
        .count();
    assert_eq!(of_shifts, shifts.len(), "every shift is a day");
}
