//! Lease, acknowledge, nack, dead.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{NOW_MS, Place, TTL, batch, lease_all, number, numbers, seq};
use punchclock_queue::{Batch, Config, DeadLetter, ManualClock, NewEvent, Outcome, Queue, Seq};

#[test]
fn leases_go_out_oldest_first_and_never_overlap() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch([4, 2, 9, 1, 7])).unwrap();
    let first = queue.lease(2, usize::MAX, TTL).unwrap();
    let second = queue.lease(10, usize::MAX, TTL).unwrap();
    assert_eq!(
        (numbers(&first.events), numbers(&second.events)),
        (vec![4, 2], vec![9, 1, 7])
    );
    assert!(queue.lease(10, usize::MAX, TTL).unwrap().events.is_empty());
    assert_eq!(queue.stats().unwrap().leased, 5);
    let settled = queue.ack(first.seqs(), NOW_MS).unwrap();
    assert_eq!((settled.settled, settled.ignored), (2, 0));
    let stats = queue.stats().unwrap();
    assert_eq!((stats.pending, stats.leased, stats.seen), (3, 3, 5));
    assert!(queue.lease(0, usize::MAX, TTL).unwrap().events.is_empty());
}

#[test]
fn a_lease_is_bounded_in_bytes_but_one_event_always_goes() {
    let place = Place::new();
    let queue = place.open();
    let events = (1..=4)
        .map(|n| NewEvent::new(common::fingerprint(n), "T", 0, 0, vec![b'x'; 100]))
        .collect();
    queue.enqueue(Batch::new(events)).unwrap();
    assert_eq!(queue.lease(10, 250, TTL).unwrap().events.len(), 2);
    assert_eq!(queue.lease(10, 1, TTL).unwrap().events.len(), 1);
    assert_eq!(queue.lease(10, 0, TTL).unwrap().events.len(), 1);
}

#[test]
fn an_expired_lease_is_given_again_and_a_late_acknowledgement_is_success() {
    let place = Place::new();
    let clock = ManualClock::new();
    let queue = Queue::open(&place.file, Config::default().clock(Arc::new(clock.clone()))).unwrap();
    queue.enqueue(batch([1, 2, 3])).unwrap();
    let late = queue.lease(2, usize::MAX, Duration::from_secs(30)).unwrap();
    clock.advance(Duration::from_secs(29));
    assert_eq!(
        numbers(
            &queue
                .lease(10, usize::MAX, Duration::from_secs(30))
                .unwrap()
                .events
        ),
        [3]
    );
    clock.advance(Duration::from_secs(1));
    let again = queue.lease(10, usize::MAX, Duration::from_secs(30)).unwrap();
    assert_eq!(numbers(&again.events), [1, 2]);

    // A late "failed" of the first deliverer must not take the events from the second.
    let settled = queue.nack(late.id, late.seqs()).unwrap();
    assert_eq!((settled.settled, settled.ignored), (0, 2));
    assert!(queue.lease(10, usize::MAX, TTL).unwrap().events.is_empty());
    // A late "delivered" is the truth, whoever holds them; saying it twice is harmless.
    let settled = queue.ack(late.seqs(), NOW_MS).unwrap();
    assert_eq!((settled.settled, settled.ignored), (2, 0));
    let settled = queue.ack(again.seqs(), NOW_MS).unwrap();
    assert_eq!((settled.settled, settled.ignored), (0, 2));
    assert_eq!(queue.stats().unwrap().pending, 1);
}

#[test]
fn a_nack_counts_the_attempt_and_gives_the_events_back_in_their_place() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch([1, 2, 3, 4])).unwrap();
    let lease = queue.lease(3, usize::MAX, TTL).unwrap();
    assert_eq!(
        queue.nack(lease.id, lease.seqs()[..2].to_vec()).unwrap().settled,
        2
    );
    let again = queue.lease(10, usize::MAX, TTL).unwrap();
    assert_eq!(numbers(&again.events), [1, 2, 4]);
    assert_eq!(
        again
            .events
            .iter()
            .map(|event| event.attempts)
            .collect::<Vec<_>>(),
        [1, 1, 0]
    );
    queue.nack(again.id, again.seqs()).unwrap();
    queue.close().unwrap();

    let attempts: Vec<u32> = lease_all(&place.open())
        .iter()
        .map(|event| event.attempts)
        .collect();
    assert_eq!(attempts, [2, 2, 0, 1], "attempts are on the disk, leases are not");
}

#[test]
fn leases_are_lost_at_a_restart_and_the_events_come_again() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch([1, 2])).unwrap();
    let before = queue.lease(10, usize::MAX, Duration::MAX).unwrap();
    queue.close().unwrap();
    let queue = place.open();
    let after = queue.lease(10, usize::MAX, TTL).unwrap();
    assert_eq!(before.events, after.events);
    // An answer that arrives for the old process's delivery counts.
    assert_eq!(queue.ack(before.seqs(), NOW_MS).unwrap().settled, 2);
    assert_eq!(queue.stats().unwrap().pending, 0);
}

#[test]
fn a_refused_event_is_kept_with_its_reason_over_reopening_and_its_copies_stay_duplicates() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch([1, 2, 3])).unwrap();
    let lease = queue.lease(10, usize::MAX, TTL).unwrap();
    queue.nack(lease.id, lease.seqs()).unwrap();
    let lease = queue.lease(10, usize::MAX, TTL).unwrap();
    let refused = lease.events[1].clone();
    let long = "é".repeat(5_000);
    let letters = vec![DeadLetter::new(refused.seq, "foreign_terminal", long)];
    let settled = queue.dead(letters.clone(), NOW_MS).unwrap();
    assert_eq!((settled.settled, settled.ignored), (1, 0));
    let settled = queue.dead(letters, NOW_MS).unwrap();
    assert_eq!((settled.settled, settled.ignored), (0, 1));
    assert_eq!(
        queue.ack(vec![refused.seq], NOW_MS).unwrap().ignored,
        1,
        "dead is dead"
    );
    queue.close().unwrap();

    let queue = place.open();
    let dead = queue.dead_list(None, 10).unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(
        (dead[0].seq, dead[0].fingerprint, &dead[0].body),
        (refused.seq, refused.fingerprint, &refused.body)
    );
    assert_eq!(
        (dead[0].code.as_str(), dead[0].attempts, dead[0].dead_ms),
        ("foreign_terminal", 1, NOW_MS)
    );
    assert_eq!(
        (&dead[0].source, dead[0].received_ms),
        (&refused.source, refused.received_ms)
    );
    assert!(dead[0].reason.starts_with("éé") && dead[0].reason.len() <= punchclock_queue::MAX_REASON_BYTES);
    assert_eq!(queue.dead_list(Some(refused.seq), 10).unwrap(), []);
    assert_eq!(queue.enqueue(batch([2])).unwrap(), [Outcome::Duplicate]);
    assert_eq!(numbers(&lease_all(&queue)), [1, 3]);
    let stats = queue.stats().unwrap();
    assert_eq!((stats.pending, stats.dead, stats.seen), (2, 1, 3));
}

#[test]
fn numbers_are_never_given_twice_not_even_when_everything_left() {
    let place = Place::new();
    let mut highest = Seq::new(0);
    for round in 0..5_u64 {
        let queue = place.open();
        let outcomes = queue.enqueue(batch(round * 100..round * 100 + 20)).unwrap();
        assert!(seq(&outcomes[0]) > highest);
        highest = seq(&outcomes[19]);
        queue.ack(outcomes.iter().map(seq).collect(), NOW_MS).unwrap();
        queue.close().unwrap();
    }
    assert_eq!(highest, Seq::new(100), "a clean close leaves no gap either");
}

#[test]
fn numbering_goes_on_past_its_reserved_blocks() {
    let place = Place::new();
    let queue = place.open();
    for block in 0..3 {
        queue.enqueue(batch(block * 9_000..(block + 1) * 9_000)).unwrap();
    }
    let events = lease_all(&queue);
    assert!(
        events
            .iter()
            .enumerate()
            .all(|(place, event)| event.seq.get() == i64::try_from(place).unwrap() + 1)
    );
    assert_eq!(events.len(), 27_000);
}

#[test]
fn a_damaged_row_goes_to_quarantine_and_its_punch_is_accepted_again() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch([1, 2, 3])).unwrap();
    queue.close().unwrap();
    place
        .sqlite()
        .execute("UPDATE event SET body = 'punch 9' WHERE seq = 2", [])
        .unwrap_err();
    place
        .sqlite()
        .execute(
            "UPDATE event SET body = CAST('punch 9' AS BLOB) WHERE seq = 2",
            [],
        )
        .unwrap();

    let queue = place.open();
    assert_eq!(numbers(&lease_all(&queue)), [1, 3]);
    let kept = queue.quarantine_list(None, 10).unwrap().remove(0);
    assert_eq!(
        (kept.preview.as_slice(), kept.source.as_str()),
        (b"punch 9".as_slice(), "TERMINAL-2")
    );
    assert!(kept.reason.contains("failed its checksum"), "{}", kept.reason);
    let stats = queue.stats().unwrap();
    assert_eq!(
        (stats.pending, stats.seen, stats.quarantined, stats.damaged),
        (2, 2, 1, 1)
    );
    // The terminal still has it.
    assert!(common::is_accepted(&queue.enqueue(batch([2])).unwrap()[0]));
    assert_eq!(
        lease_all(&queue)
            .iter()
            .map(|event| number(event.fingerprint))
            .collect::<Vec<_>>(),
        [2]
    );
}
