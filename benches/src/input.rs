//! Input as a branch makes it: the same for every run.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, Weekday};
use punchclock_queue::{Fingerprint, NewEvent};
use punchclock_rules::{BreakWindow, Punch, ShiftInstance};
use punchclock_zk::AttendanceRecord;

/// People of the branch.
const PEOPLE: usize = 500;

/// Serial number of its terminal.
const SERIAL: &str = "CQZ7223460123";

/// The zone of [`days`]. Its clocks change on the last Sunday of March, which is a day off.
pub const ZONE: &str = "Europe/Brussels";

/// The first moment of all input: Monday, 2 March 2026, 08:00.
#[must_use]
pub fn first_moment() -> NaiveDateTime {
    monday().and_hms_opt(8, 0, 0).expect("a time of day")
}

fn monday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).expect("a day of the calendar")
}

/// Who makes punch `number`, and when.
fn punch(number: usize) -> (usize, NaiveDateTime) {
    let seconds = i64::try_from(number).expect("a count of punches") * 37;
    (
        1_001 + number % PEOPLE,
        first_moment() + Duration::seconds(seconds),
    )
}

/// A terminal's log: `count` records of 40 bytes.
#[must_use]
pub fn zk_log(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|number| {
            let (pin, time) = punch(number);
            let uid = u16::try_from(pin).expect("a small number");
            let state = u8::try_from(number % 2).expect("0 or 1");
            AttendanceRecord::new(uid, &pin.to_string(), time, 1, state)
                .expect("a year that terminals know")
                .raw
        })
        .collect()
}

/// The body of an upload: `count` lines of 11 columns, as an MB10-VL sends them.
#[must_use]
pub fn attlog_body(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|number| {
            let (pin, time) = punch(number);
            format!("{pin}\t{time}\t{}\t1\t0\t0\t0\t0\t0\t0\t{number}\n", number % 2).into_bytes()
        })
        .collect()
}

/// Events number `from` to `from + count` for the queue, with bodies as the edge makes them.
#[must_use]
pub fn events(from: usize, count: usize) -> Vec<NewEvent> {
    (from..from + count)
        .map(|number| {
            let (pin, time) = punch(number);
            let pin = pin.to_string();
            let fingerprint = Fingerprint::of(SERIAL, &pin, time);
            let body = format!(
                r#"{{"fingerprint":"{fingerprint}","serial":"{SERIAL}","pin":"{pin}","local_time":"{}","state":0,"verify":1,"work_code":"0","channel":"push","received_at":"{time}"}}"#,
                time.format("%Y-%m-%dT%H:%M:%S")
            );
            NewEvent::new(fingerprint, SERIAL, time.and_utc().timestamp_millis(), 1, body)
        })
        .collect()
}

/// One person's working days, Monday to Friday: shifts from 08:00 to 16:30 with an unpaid break from 12:00 to 12:30, and four
/// punches a day, some minutes off.
#[must_use]
pub fn days(count: usize) -> (Vec<ShiftInstance>, Vec<Punch>) {
    let working = monday()
        .iter_days()
        .filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
        .take(count);
    let (mut shifts, mut punches) = (Vec::with_capacity(count), Vec::with_capacity(4 * count));
    for day in working {
        let at = |hour: u32, minute: u32| day.and_hms_opt(hour, minute, 0).expect("a time of day");
        let pause = BreakWindow::unpaid(at(12, 0), at(12, 30));
        shifts.push(ShiftInstance::new(format!("{day}#1"), at(8, 0), at(16, 30)).with_break(pause));
        let off = i64::from(day.day() % 7);
        let taps = [
            at(7, 58) + Duration::minutes(off),
            at(12, 0) + Duration::minutes(off),
            at(12, 25) + Duration::minutes(off),
            at(16, 29) + Duration::minutes(2 * off),
        ];
        punches.extend(taps.map(|tap| Punch::local(format!("{}", tap.and_utc().timestamp()), tap)));
    }
    (shifts, punches)
}

/// Working days of March 2026.
pub const MONTH: usize = 22;

/// The batch request of `people` persons over `count` working days each, as the addon sends it.
#[must_use]
pub fn batch_request(people: usize, count: usize) -> Vec<u8> {
    let (shifts, punches) = days(count);
    let shifts: Vec<String> = shifts
        .iter()
        .map(|shift| {
            let pauses: Vec<String> = shift
                .breaks
                .iter()
                .map(|pause| {
                    format!(
                        r#"{{"from":"{}","to":"{}","paid":{}}}"#,
                        iso(pause.from),
                        iso(pause.to),
                        pause.paid
                    )
                })
                .collect();
            format!(
                r#"{{"id":"{}","date":"{}","start":"{}","end":"{}","breaks":[{}]}}"#,
                shift.id,
                shift.date,
                iso(shift.start),
                iso(shift.end),
                pauses.join(",")
            )
        })
        .collect();
    let punches: Vec<String> = punches
        .iter()
        .map(|punch| match punch.time {
            punchclock_rules::PunchTime::Local(local) => {
                format!(r#"{{"id":"{}","local":"{}"}}"#, punch.id, iso(local))
            }
            punchclock_rules::PunchTime::At(at) => format!(r#"{{"id":"{}","at":{at}}}"#, punch.id),
        })
        .collect();
    let (shifts, punches) = (shifts.join(","), punches.join(","));
    let items: Vec<String> = (0..people)
        .map(|person| {
            format!(r#"{{"key":"emp{person}","zone":"{ZONE}","shifts":[{shifts}],"punches":[{punches}]}}"#)
        })
        .collect();
    format!(r#"{{"policy":{{}},"items":[{}]}}"#, items.join(",")).into_bytes()
}

fn iso(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%dT%H:%M:%S").to_string()
}
