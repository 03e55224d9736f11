//! The rules engine: as JSON in and out, and with shifts and punches that are well-formed but wild.

use chrono::{DateTime, NaiveDateTime};
use punchclock_rules::{
    BreakWindow, Claim, CountOutside, Evaluation, Over, Overtime, Policy, PolicyFields, Punch, ShiftInstance,
    ZoneTable, Zones,
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
