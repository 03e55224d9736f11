//! What the benchmarks rest on, as far as it is exact on every machine: the input is what it claims to be, and the queue
//! commits as rarely as the ratios assume.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

use std::path::Path;
use std::time::Duration;

use punchclock_benches::input::{self, MONTH, ZONE};
use punchclock_benches::{Run, floor::Floor};
use punchclock_queue::{Batch, Config, Outcome, Queue};
use punchclock_rules::{Policy, ZoneTable, Zones};
use punchclock_zk::AttendanceRecord;
use punchclock_zk::wire::attendance::WIDTH;

#[test]
fn every_record_of_the_log_is_a_good_one() {
    let log = input::zk_log(5_000);
    assert_eq!(log.len(), 5_000 * WIDTH);
    let records: Vec<_> = log
        .chunks_exact(WIDTH)
        .enumerate()
        .map(|(index, raw)| AttendanceRecord::decode(index, raw).unwrap())
        .collect();
    assert_eq!(records[0].time, input::first_moment());
    assert!(records.iter().all(|record| !record.user_id.is_empty()));
}

#[test]
fn every_line_of_the_upload_is_a_good_one_of_eleven_columns() {
    let body = input::attlog_body(5_000);
    let lines: Vec<_> = punchclock_adms::attlog::lines(&body)
        .map(Result::unwrap)
        .collect();
    assert_eq!(lines.len(), 5_000);
    for line in lines {
        assert_eq!(line.columns().count(), 11);
        assert!(line.status.is_some() && line.verify.is_some() && line.work_code.is_some());
    }
}

#[test]
fn every_day_of_the_month_has_its_shift_its_four_punches_and_its_break() {
    let (shifts, punches) = input::days(MONTH);
    let zones = Zones::from(ZoneTable::bundled(ZONE).unwrap());
    let evaluation = punchclock_rules::evaluate(&Policy::default(), &shifts, &punches, &zones).unwrap();
    assert_eq!(evaluation.days.len(), MONTH);
    for day in &evaluation.days {
        assert!(day.shift_id.is_some());
        assert_eq!((day.punches.len(), day.sessions.len()), (4, 2), "{}", day.date);
        assert!(day.break_s > 0 && day.worked_s > 7 * 3_600, "{}", day.date);
    }
}

#[test]
fn the_json_of_the_batch_computes_the_same_seconds() {
    let answer = punchclock_rules::compute_days(&input::batch_request(3, MONTH)).unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let (shifts, punches) = input::days(MONTH);
    let zones = Zones::from(ZoneTable::bundled(ZONE).unwrap());
    let evaluation = punchclock_rules::evaluate(&Policy::default(), &shifts, &punches, &zones).unwrap();
    let expected: Vec<i64> = evaluation.days.iter().map(|day| day.worked_s).collect();
    let items = answer["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    for item in items {
        let worked: Vec<i64> = item["days"]
            .as_array()
            .unwrap()
            .iter()
            .map(|day| day["worked_s"].as_i64().unwrap())
            .collect();
        assert_eq!(worked, expected);
    }
}

#[test]
fn a_hundred_events_share_one_commit_and_known_ones_need_none() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join("queue.db");
    let queue = Queue::open(&file, Config::new()).unwrap();
    let batch = || Batch::new(input::events(0, 100));

    let before = queue.stats().unwrap().commits;
    assert!(
        queue
            .enqueue(batch())
            .unwrap()
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Accepted { .. }))
    );
    assert_eq!(queue.stats().unwrap().commits, before + 1);

    let log = write_ahead_log(&file);
    assert!(!log.is_empty());
    for _ in 0..10 {
        assert_eq!(queue.enqueue(batch()).unwrap(), vec![Outcome::Duplicate; 100]);
    }
    assert!(write_ahead_log(&file) == log, "no frame was added to the log");
    assert_eq!(queue.stats().unwrap().commits, before + 1);

    let lease = queue.lease(100, usize::MAX, Duration::from_secs(60)).unwrap();
    assert_eq!(lease.events.len(), 100);
    assert_eq!(queue.ack(lease.seqs(), 0).unwrap().settled, 100);
    assert_eq!(queue.stats().unwrap().commits, before + 2);
    queue.close().unwrap();
}

fn write_ahead_log(file: &Path) -> Vec<u8> {
    let mut name = file.as_os_str().to_os_string();
    name.push("-wal");
    std::fs::read(name).unwrap()
}

#[test]
fn the_floor_overwrites_and_never_grows_its_file() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut floor = Floor::new(folder.path());
    let size = || std::fs::metadata(folder.path().join("floor")).unwrap().len();
    let before = size();
    for _ in 0..5 {
        floor.write();
    }
    assert_eq!(size(), before);
}

#[test]
fn work_takes_turns() {
    let order = std::cell::RefCell::new(Vec::new());
    let [first, second] = Run::smoke().fastest([&mut || order.borrow_mut().push(1), &mut || {
        order.borrow_mut().push(2)
    }]);
    assert_eq!(*order.borrow(), [1, 2]);
    assert!(first < Duration::MAX && second < Duration::MAX);
}
