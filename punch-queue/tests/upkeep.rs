//! Maintenance, backup, verification: on real files, beside a working queue.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod common;

use std::fs;
use std::path::Path;

use chrono::{NaiveDate, NaiveDateTime};
use common::{NOW_MS, Place, TTL, batch, beside, fingerprint, lease_all, numbers};
use punchclock_queue::{
    Batch, Budget, Check, Config, CursorUpdate, DeadLetter, Error, Fingerprint, MonotonicClock, NewEvent,
    Outcome, Problem, Queue, Reader, Recovery, SystemClock,
};

const DAY_MS: i64 = 86_400_000;

fn at(year: i32, day: u32) -> NaiveDateTime {
    let first = NaiveDate::from_ymd_opt(year, 1, 1)
        .unwrap()
        .and_hms_opt(8, 0, 0)
        .unwrap();
    first + chrono::Duration::days(i64::from(day))
}

fn ms(time: NaiveDateTime) -> i64 {
    time.and_utc().timestamp_millis()
}

fn punch(time: NaiveDateTime) -> NewEvent {
    NewEvent::new(Fingerprint::of("CQZ1", "42", time), "CQZ1", ms(time), 0, "punch")
}

/// Slices until there is nothing left to do; says how much was forgotten.
fn maintain(queue: &Queue, budget: Budget) -> u64 {
    let mut forgotten = 0;
    loop {
        let done = queue.maintain(budget).unwrap();
        forgotten += done.forgotten;
        if done.done {
            return forgotten;
        }
    }
}

/// Which of the punches the queue would take as new. Changes nothing: it is asked of a copy.
fn unknown(queue: &Queue, times: &[NaiveDateTime]) -> Vec<bool> {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    queue.backup(&copy).unwrap();
    let copy = Queue::open(&copy, Config::default()).unwrap();
    let outcomes = copy
        .enqueue(Batch::new(times.iter().copied().map(punch).collect()))
        .unwrap();
    outcomes.iter().map(common::is_accepted).collect()
}

#[test]
fn only_what_cannot_come_back_is_forgotten() {
    let place = Place::new();
    let queue = place.open();
    let (old, pending, dead, late, recent) =
        (at(2020, 0), at(2020, 1), at(2020, 2), at(2020, 3), at(2025, 0));
    let times = [old, pending, dead, late, recent];
    queue.enqueue(Batch::new(times.map(punch).to_vec())).unwrap();
    let seqs = lease_all(&queue)
        .iter()
        .map(|event| event.seq)
        .collect::<Vec<_>>();
    let now = at(2025, 30);
    // Delivered long ago; refused long ago; an old punch delivered only now; a new punch a clock error delivered long ago.
    queue.ack(vec![seqs[0]], ms(old)).unwrap();
    queue
        .dead(vec![DeadLetter::new(seqs[2], "bad_pin", "")], ms(old))
        .unwrap();
    queue.ack(vec![seqs[3]], ms(now)).unwrap();
    queue.ack(vec![seqs[4]], ms(old)).unwrap();

    assert_eq!(
        maintain(&queue, Budget::new()),
        0,
        "a clock that nobody vouches for forgets nothing"
    );
    assert_eq!(
        maintain(&queue, Budget::new().forget(ms(at(2000, 10)))),
        0,
        "nor one that was set back"
    );
    assert_eq!(
        maintain(&queue, Budget::new().forget(ms(at(2020, 399))).retention_days(1)),
        0,
        "400 days are the least"
    );
    assert_eq!(maintain(&queue, Budget::new().forget(ms(now))), 1);
    assert_eq!(unknown(&queue, &times), [true, false, false, false, false]);
    assert_eq!(queue.stats().unwrap().seen, 4);

    // Once the sink has them, or the operator has purged them, they grow old too.
    queue.ack(vec![seqs[1]], ms(now)).unwrap();
    queue.dead_purge(vec![seqs[2]], ms(now)).unwrap();
    assert_eq!(maintain(&queue, Budget::new().forget(ms(at(2026, 30)))), 0);
    let budget = Budget::new().forget(ms(at(2026, 100)));
    assert_eq!(maintain(&queue, budget.retention_days(4_000)), 0);
    assert_eq!(maintain(&queue, budget), 4);
    assert!(queue.verify(Check::Full).unwrap().is_sound());
}

#[test]
fn an_event_that_was_sent_out_again_is_not_forgotten_while_it_waits() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(Batch::new(vec![punch(at(2020, 0))])).unwrap();
    let seq = lease_all(&queue)[0].seq;
    queue
        .dead(vec![DeadLetter::new(seq, "bad_pin", "")], ms(at(2020, 1)))
        .unwrap();
    queue.dead_requeue(vec![seq]).unwrap();
    assert_eq!(maintain(&queue, Budget::new().forget(ms(at(2030, 0)))), 0);
    assert_eq!(
        queue.enqueue(Batch::new(vec![punch(at(2020, 0))])).unwrap(),
        [Outcome::Duplicate]
    );
}

#[test]
fn a_slice_stays_in_its_budget_and_the_next_one_goes_on() {
    let place = Place::new();
    let queue = place.open();
    let many: Vec<NewEvent> = (0..2_500)
        .map(|second| punch(at(2020, 0) + chrono::Duration::seconds(second)))
        .collect();
    queue.enqueue(Batch::new(many)).unwrap();
    let seqs = lease_all(&queue)
        .iter()
        .map(|event| event.seq)
        .collect::<Vec<_>>();
    queue.ack(seqs[5..].to_vec(), ms(at(2020, 0))).unwrap();
    let mut budget = Budget::new().forget(ms(at(2022, 0)));
    budget.rows = 1_000;
    let slices: Vec<_> = (0..3).map(|_| queue.maintain(budget).unwrap()).collect();
    assert_eq!(
        slices.iter().map(|slice| slice.forgotten).collect::<Vec<_>>(),
        [995, 1_000, 500]
    );
    assert_eq!(
        slices.iter().map(|slice| slice.done).collect::<Vec<_>>(),
        [false, false, true]
    );
    assert_eq!(queue.stats().unwrap().seen, 5);
}

#[test]
fn free_pages_go_back_to_the_file_system_and_the_log_into_the_file() {
    let place = Place::new();
    let queue = place.open();
    let bulky = |n| NewEvent::new(fingerprint(n), "T1", NOW_MS, 0, vec![b'x'; 4_000]);
    queue
        .enqueue(Batch::new((0..2_000).map(bulky).collect()))
        .unwrap();
    let seqs = lease_all(&queue).iter().map(|event| event.seq).collect();
    queue.ack(seqs, NOW_MS).unwrap();
    let before = queue.stats().unwrap();
    assert!(before.free_bytes > 7 << 20 && before.wal_bytes > 0, "{before:?}");
    let first = queue.maintain(Budget::new()).unwrap();
    assert!(!first.done && first.freed_bytes == 256 * 4_096, "{first:?}");
    assert_eq!((first.wal_bytes, place.wal_bytes()), (0, 0));
    maintain(&queue, Budget::new());
    let after = queue.stats().unwrap();
    assert!(after.db_bytes + (6 << 20) < before.db_bytes, "{after:?}");
    assert!(fs::metadata(&place.file).unwrap().len() == after.db_bytes);
    assert!(queue.maintain(Budget::new()).unwrap().done);
    assert_eq!(
        queue.stats().unwrap().commits,
        after.commits,
        "nothing to do costs no write"
    );
}

#[test]
fn a_reader_holds_the_log_back_and_maintenance_does_not_wait_for_it() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch(0..100)).unwrap();
    let other = place.sqlite();
    other.execute_batch("BEGIN").unwrap();
    let _: i64 = other
        .query_row("SELECT count(*) FROM event", [], |row| row.get(0))
        .unwrap();
    queue.enqueue(batch(100..200)).unwrap();
    let clock = SystemClock::new();
    assert!(queue.maintain(Budget::new()).unwrap().wal_bytes > 0);
    assert!(clock.now() < std::time::Duration::from_secs(4));
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(queue.maintain(Budget::new()).unwrap().wal_bytes, 0);
}

#[test]
fn a_backup_is_a_whole_queue_of_one_moment_while_the_original_works() {
    let place = Place::new();
    let queue = place.open();
    queue
        .enqueue(batch(0..300).with_cursor(CursorUpdate::new("T1", *b"300")))
        .unwrap();
    let lease = queue.lease(100, usize::MAX, TTL).unwrap();
    queue.ack(lease.seqs(), NOW_MS).unwrap();
    let to = place.folder.path().join("it's a copy.db");
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (300..600).for_each(|n| drop(queue.enqueue(batch([n])).unwrap())));
        let bytes = queue.backup(&to).unwrap();
        assert_eq!(bytes, fs::metadata(&to).unwrap().len());
        writer.join().unwrap();
    });
    assert_eq!(queue.stats().unwrap().pending, 500);
    assert!(!beside(&to, ".partial").exists());
    let error = queue.backup(&to).unwrap_err();
    assert!(
        matches!(error, Error::Open { .. }) && error.to_string().contains("copy.db"),
        "{error}"
    );

    assert!(Reader::open(&to).unwrap().verify(Check::Full).unwrap().is_sound());
    let copy = Queue::open(&to, Config::default()).unwrap();
    assert_ne!(copy.recovery(), Recovery::Created);
    let pending = numbers(&lease_all(&copy));
    assert!((200..=500).contains(&pending.len()), "{}", pending.len());
    assert!(
        pending.iter().copied().eq((100..).take(pending.len())),
        "a prefix, in order"
    );
    assert_eq!(copy.cursor("T1").unwrap().unwrap(), b"300");
    assert_eq!(copy.enqueue(batch([5])).unwrap(), [Outcome::Duplicate]);
}

#[test]
fn a_backup_that_cannot_be_made_leaves_nothing() {
    let place = Place::new();
    let queue = place.open();
    let to = place.folder.path().join("nowhere/copy.db");
    assert!(
        queue
            .backup(&to)
            .unwrap_err()
            .to_string()
            .contains("nowhere/copy.db")
    );
    let link = place.folder.path().join("dangling.db");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("elsewhere.db", &link).unwrap();
        assert!(queue.backup(&link).is_err(), "a link is not followed");
        assert!(!place.folder.path().join("elsewhere.db").exists());
    }
    // What an interrupted copy left is replaced.
    let to = place.folder.path().join("copy.db");
    fs::write(beside(&to, ".partial"), "half a copy").unwrap();
    queue.backup(&to).unwrap();
    assert!(!beside(&to, ".partial").exists());
}

fn problems(file: &Path, check: Check) -> Vec<Problem> {
    Reader::open(file).unwrap().verify(check).unwrap().problems
}

#[test]
fn verification_finds_what_changed() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch(0..10)).unwrap();
    let lease = queue.lease(2, usize::MAX, TTL).unwrap();
    let letters = lease
        .seqs()
        .into_iter()
        .map(|seq| DeadLetter::new(seq, "bad_pin", ""))
        .collect();
    queue.dead(letters, NOW_MS + DAY_MS).unwrap();
    let sound = queue.verify(Check::Full).unwrap();
    assert!(sound.is_sound() && sound.events == 10, "{sound:?}");
    assert!(queue.verify(Check::Quick).unwrap().is_sound());
    queue.close().unwrap();

    let change = place.sqlite();
    change
        .execute_batch(
            "UPDATE event SET body = x'00' WHERE seq = 5; UPDATE dead SET recv_ms = 0 WHERE seq = 1;
             UPDATE seen SET day = 7 WHERE fp = (SELECT fp FROM event WHERE seq = 7)",
        )
        .unwrap();
    drop(change);
    assert!(
        problems(&place.file, Check::Quick).is_empty(),
        "the pages are whole"
    );
    let found = problems(&place.file, Check::Full);
    assert!(
        matches!(
            found.as_slice(),
            [
                Problem::Checksum { seq: five, table: "event", .. },
                Problem::Unknown { seq: seven, fingerprint: fp, .. },
                Problem::Checksum { seq: one, table: "dead", .. },
            ] if (five.get(), seven.get(), one.get()) == (5, 7, 1) && *fp == fingerprint(6)
        ),
        "{found:?}"
    );

    let mut bytes = fs::read(&place.file).unwrap();
    let length = bytes.len();
    // The header of a page in the middle.
    bytes[length / 2 / 4_096 * 4_096..][..8].fill(0xEE);
    fs::write(&place.file, bytes).unwrap();
    for check in [Check::Quick, Check::Full] {
        assert!(
            matches!(problems(&place.file, check).first(), Some(Problem::File { .. })),
            "{check:?}"
        );
    }
}
