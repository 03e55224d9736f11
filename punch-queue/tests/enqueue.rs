//! Intake: outcomes, order, cursor and quarantine in one transaction.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod common;

use common::{NOW_MS, Place, batch, event, is_accepted, lease_all, marked, numbers, seq};
use punchclock_queue::{Batch, CursorUpdate, Error, MAX_BODY_BYTES, NewQuarantine, Outcome};

#[test]
fn outcomes_come_in_input_order_and_duplicates_inside_a_batch_count() {
    let place = Place::new();
    let queue = place.open();
    let outcomes = queue.enqueue(batch([5, 3, 5, 9, 3])).unwrap();
    assert_eq!(
        outcomes.iter().map(is_accepted).collect::<Vec<_>>(),
        [true, true, false, true, false]
    );
    assert_eq!(
        (outcomes[2], outcomes[4]),
        (Outcome::Duplicate, Outcome::Duplicate)
    );
    assert!(seq(&outcomes[0]) < seq(&outcomes[1]) && seq(&outcomes[1]) < seq(&outcomes[3]));
    assert_eq!(numbers(&lease_all(&queue)), [5, 3, 9]);
    assert_eq!(queue.enqueue(Batch::default()).unwrap(), []);
}

#[test]
fn enqueuing_again_is_a_duplicate_before_and_after_delivery_and_after_reopening() {
    let place = Place::new();
    let queue = place.open();
    let first = queue.enqueue(batch([1, 2])).unwrap();
    assert_eq!(queue.enqueue(batch([1, 2])).unwrap(), [Outcome::Duplicate; 2]);
    queue.ack(vec![seq(&first[0])], NOW_MS).unwrap();
    assert_eq!(queue.enqueue(batch([1, 2])).unwrap(), [Outcome::Duplicate; 2]);
    queue.close().unwrap();

    let queue = place.open();
    assert_eq!(
        queue
            .enqueue(batch([1, 2, 3]))
            .unwrap()
            .iter()
            .filter(|o| is_accepted(o))
            .count(),
        1
    );
    assert_eq!(numbers(&lease_all(&queue)), [2, 3]);
    let stats = queue.stats().unwrap();
    assert_eq!(
        (
            stats.pending,
            stats.leased,
            stats.seen,
            stats.accepted,
            stats.duplicates
        ),
        (2, 2, 3, 1, 2)
    );
}

#[test]
fn a_differing_mark_is_a_conflict_and_the_first_is_kept() {
    let place = Place::new();
    let queue = place.open();
    let outcomes = queue
        .enqueue(Batch::new(vec![marked(1, 7), marked(1, 7), marked(1, u32::MAX)]))
        .unwrap();
    assert_eq!(outcomes[1], Outcome::Duplicate);
    assert!(matches!(outcomes[2], Outcome::Conflict { kept_mark: 7, .. }));
    queue.close().unwrap();

    let queue = place.open();
    let outcomes = queue.enqueue(Batch::new(vec![marked(1, 8)])).unwrap();
    assert!(matches!(outcomes[0], Outcome::Conflict { kept_mark: 7, .. }));
    let stats = queue.stats().unwrap();
    assert_eq!((stats.conflicts, stats.duplicates, stats.pending), (1, 1, 1));
}

#[test]
fn an_event_comes_back_as_it_went_in() {
    let place = Place::new();
    let queue = place.open();
    let mut new = event(42);
    new.source = "Eingang Süd \u{1F6AA}".to_owned();
    new.received_ms = i64::MIN;
    new.body = (0..=255).collect();
    queue.enqueue(Batch::new(vec![new.clone()])).unwrap();
    let got = lease_all(&queue).remove(0);
    assert_eq!(
        (got.fingerprint, got.source, got.received_ms, got.body),
        (new.fingerprint, new.source, i64::MIN, new.body)
    );
    assert_eq!(got.attempts, 0);
}

#[test]
fn the_cursor_and_the_quarantine_go_with_the_events() {
    let place = Place::new();
    let queue = place.open();
    assert_eq!(queue.cursor("T1").unwrap(), None);
    let raw = NewQuarantine::new("T1", NOW_MS, "no tab", b"garbage\xff\0".to_vec());
    let upload = batch([1])
        .with_cursor(CursorUpdate::new("T1", *b"17"))
        .with_quarantine(vec![raw.clone()]);
    queue.enqueue(upload).unwrap();
    assert_eq!(queue.cursor("T1").unwrap().unwrap(), b"17");
    assert_eq!(queue.cursor("T2").unwrap(), None);
    // Broken input of a terminal that says it again and again is kept once, that of another terminal beside it.
    let other = NewQuarantine::new("T2", NOW_MS, "no tab", raw.raw.clone());
    queue
        .enqueue(Batch::default().with_quarantine(vec![raw.clone(), raw.clone(), other]))
        .unwrap();
    let kept = queue.quarantine_list(None, 10).unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(
        (kept[0].source.as_str(), kept[0].reason.as_str(), &kept[0].preview),
        ("T1", "no tab", &raw.raw)
    );
    assert_eq!(
        queue.quarantine_list(Some(kept[0].id), 10).unwrap(),
        [kept[1].clone()]
    );
    assert_eq!(queue.stats().unwrap().quarantined, 2);
    queue.close().unwrap();

    let queue = place.open();
    assert_eq!(queue.cursor("T1").unwrap().unwrap(), b"17");
    assert_eq!(queue.quarantine_raw(kept[0].id).unwrap().unwrap(), raw.raw);
    assert_eq!(queue.quarantine_raw(99).unwrap(), None);
}

#[test]
fn a_long_piece_is_listed_by_its_beginning_and_kept_whole() {
    let place = Place::new();
    let queue = place.open();
    let raw: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    queue
        .enqueue(Batch::default().with_quarantine(vec![NewQuarantine::new(
            "T",
            0,
            "x".repeat(9_999),
            raw.clone(),
        )]))
        .unwrap();
    let listed = queue.quarantine_list(None, 1).unwrap().remove(0);
    assert_eq!(
        (listed.length, listed.preview.as_slice()),
        (400_000, &raw[..4_096])
    );
    assert_eq!(listed.reason.len(), punchclock_queue::MAX_REASON_BYTES);
    assert_eq!(queue.quarantine_raw(listed.id).unwrap().unwrap(), raw);
}

#[test]
fn a_batch_that_brings_nothing_new_writes_nothing() {
    let place = Place::new();
    let queue = place.open();
    let upload = || {
        batch(0..500)
            .with_cursor(CursorUpdate::new("T1", *b"500"))
            .with_quarantine(vec![NewQuarantine::new("T1", NOW_MS, "no tab", *b"garbage")])
    };
    queue.enqueue(upload()).unwrap();
    let (log, commits) = (place.wal_bytes(), queue.stats().unwrap().commits);
    let image = std::fs::read(common::beside(&place.file, "-wal")).unwrap();
    assert!(log > 0);
    for _ in 0..20 {
        assert_eq!(queue.enqueue(upload()).unwrap(), vec![Outcome::Duplicate; 500]);
    }
    assert_eq!(
        (place.wal_bytes(), queue.stats().unwrap().commits),
        (log, commits)
    );
    assert!(
        std::fs::read(common::beside(&place.file, "-wal")).unwrap() == image,
        "not one byte of the log changed"
    );
}

#[test]
fn a_part_that_is_too_long_refuses_the_whole_batch_and_names_itself() {
    let place = Place::new();
    let queue = place.open();
    let mut long = event(2);
    long.body = vec![0; MAX_BODY_BYTES + 1];
    let error = queue
        .enqueue(Batch::new(vec![event(1), long.clone()]))
        .unwrap_err();
    assert!(
        matches!(error, Error::TooLong { length, limit, .. } if length == limit + 1),
        "{error}"
    );
    assert!(error.to_string().contains("body of an event"), "{error}");
    assert_eq!(queue.stats().unwrap().seen, 0);
    long.body.pop();
    assert!(is_accepted(&queue.enqueue(Batch::new(vec![long])).unwrap()[0]));
    let cursor = CursorUpdate::new("T".repeat(257), *b"");
    assert!(
        queue
            .enqueue(Batch::default().with_cursor(cursor))
            .unwrap_err()
            .to_string()
            .contains("cursor")
    );
}

#[test]
fn callers_of_one_moment_share_commits_and_keep_their_own_outcomes() {
    let place = Place::new();
    let queue = place.open();
    std::thread::scope(|scope| {
        for thread in 0..16_u64 {
            let queue = queue.clone();
            scope.spawn(move || {
                for round in 0..40 {
                    let own = 1_000 * (thread + 1) + round;
                    // Everyone also brings the same event; exactly one of them is told that it was accepted.
                    let outcomes = queue.enqueue(batch([own, round])).unwrap();
                    assert!(is_accepted(&outcomes[0]));
                }
            });
        }
    });
    let stats = queue.stats().unwrap();
    assert_eq!((stats.accepted, stats.duplicates), (16 * 40 + 40, 16 * 40 - 40));
    assert!(
        stats.commits < 16 * 40,
        "{} commits for {} calls",
        stats.commits,
        16 * 40
    );
    let seqs: Vec<_> = lease_all(&queue).iter().map(|event| event.seq).collect();
    assert!(seqs.is_sorted() && seqs.len() == 680);
}
