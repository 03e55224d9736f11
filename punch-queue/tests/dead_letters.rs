//! What an operator does with refused events and quarantined input; leases that get more time; the outbox trait.

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

use common::{NOW_MS, Place, TTL, batch, event, lease_all, numbers};
use punchclock_queue::{
    Batch, Config, DeadLetter, Error, LeaseId, ManualClock, NewQuarantine, Outbox, Outcome, Queue, Seq,
};

fn refuse(queue: &Queue, seqs: &[Seq]) {
    let letters = seqs
        .iter()
        .map(|seq| DeadLetter::new(*seq, "unknown_pin", "no such PIN"))
        .collect();
    assert_eq!(queue.dead(letters, NOW_MS).unwrap().settled, seqs.len());
}

#[test]
fn a_lease_that_is_extended_lives_on_and_one_that_expired_does_not() {
    let place = Place::new();
    let clock = ManualClock::new();
    let queue = Queue::open(&place.file, Config::default().clock(Arc::new(clock.clone()))).unwrap();
    queue.enqueue(batch([1, 2, 3])).unwrap();
    let thirty = Duration::from_secs(30);
    let lease = queue.lease(2, usize::MAX, thirty).unwrap();
    let other = queue.lease(1, usize::MAX, thirty).unwrap();
    clock.advance(Duration::from_secs(20));
    assert_eq!(queue.extend(lease.id, thirty).unwrap(), 2);
    clock.advance(Duration::from_secs(20));
    assert_eq!(numbers(&lease_all(&queue)), [3], "only the other lease has ended");
    assert_eq!(
        queue.extend(other.id, thirty).unwrap(),
        0,
        "what is lost stays lost"
    );
    queue.ack(vec![lease.events[0].seq], NOW_MS).unwrap();
    assert_eq!(queue.extend(lease.id, thirty).unwrap(), 1);
    // An extension may also end a lease at once.
    assert_eq!(queue.extend(lease.id, Duration::ZERO).unwrap(), 1);
    assert_eq!(numbers(&lease_all(&queue)), [2]);
}

#[test]
fn a_requeued_event_keeps_its_number_goes_first_and_survives_a_restart() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch(1..=4)).unwrap();
    let lease = queue.lease(2, usize::MAX, TTL).unwrap();
    queue.nack(lease.id, vec![lease.events[1].seq]).unwrap();
    refuse(&queue, &lease.seqs());
    let second = lease.events[1].seq;
    let settled = queue.dead_requeue(vec![second, second, Seq::new(999)]).unwrap();
    assert_eq!((settled.settled, settled.ignored), (1, 2));
    assert_eq!(queue.enqueue(batch([2])).unwrap(), [Outcome::Duplicate]);
    let stats = queue.stats().unwrap();
    assert_eq!((stats.pending, stats.dead, stats.seen), (3, 1, 4));
    queue.close().unwrap();

    let queue = place.open();
    let events = lease_all(&queue);
    assert_eq!(numbers(&events), [2, 3, 4]);
    assert_eq!((events[0].seq, events[0].attempts), (second, 0));
    assert_eq!(events[0].body, b"punch 2");
    queue.ack(vec![second], NOW_MS).unwrap();
    assert_eq!(queue.dead_list(None, 10).unwrap().len(), 1);
}

#[test]
fn a_refused_row_whose_bytes_changed_is_never_sent_out_again() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch([1])).unwrap();
    let lease = queue.lease(1, usize::MAX, TTL).unwrap();
    refuse(&queue, &lease.seqs());
    queue.close().unwrap();
    place
        .sqlite()
        .execute("UPDATE dead SET body = x'00'", [])
        .unwrap();
    let queue = place.open();
    let settled = queue.dead_requeue(lease.seqs()).unwrap();
    assert_eq!((settled.settled, settled.ignored), (0, 1));
    let stats = queue.stats().unwrap();
    assert_eq!(
        (
            stats.pending,
            stats.dead,
            stats.seen,
            stats.quarantined,
            stats.damaged
        ),
        (0, 0, 0, 1, 1)
    );
    assert!(
        common::is_accepted(&queue.enqueue(batch([1])).unwrap()[0]),
        "the terminal's copy is taken"
    );
}

#[test]
fn purging_is_explicit_and_the_fingerprint_stays_known() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch(1..=3)).unwrap();
    let lease = queue.lease(2, usize::MAX, TTL).unwrap();
    refuse(&queue, &lease.seqs());
    // A pending event cannot be purged, whatever number is named.
    let pending = lease_all(&queue)[0].seq;
    let settled = queue
        .dead_purge(vec![lease.events[0].seq, pending], NOW_MS)
        .unwrap();
    assert_eq!((settled.settled, settled.ignored), (1, 1));
    assert_eq!(queue.enqueue(batch([1, 2])).unwrap(), [Outcome::Duplicate; 2]);
    let stats = queue.stats().unwrap();
    assert_eq!((stats.pending, stats.dead, stats.seen), (1, 1, 3));
}

#[test]
fn exports_give_everything_once_and_end_with_the_takers_error() {
    let place = Place::new();
    let queue = place.open();
    let pieces = (0..3)
        .map(|n| NewQuarantine::new("T1", NOW_MS, "no tab", vec![n; 10_000]))
        .collect();
    queue.enqueue(batch(0..450).with_quarantine(pieces)).unwrap();
    let seqs: Vec<Seq> = lease_all(&queue).iter().map(|event| event.seq).collect();
    refuse(&queue, &seqs);
    let mut exported = Vec::new();
    queue
        .dead_export(|dead| {
            exported.push(dead.seq);
            Ok::<(), Error>(())
        })
        .unwrap();
    assert_eq!(exported, seqs);
    let mut raws = Vec::new();
    queue
        .quarantine_export(|piece, raw| {
            raws.push((piece.id, raw.len()));
            Ok::<(), Error>(())
        })
        .unwrap();
    assert_eq!(
        raws.iter().map(|(_, length)| *length).collect::<Vec<_>>(),
        [10_000; 3]
    );
    let stopped: Result<(), Box<dyn std::error::Error>> = queue.dead_export(|_| Err("disk full".into()));
    assert_eq!(stopped.unwrap_err().to_string(), "disk full");
    assert_eq!(queue.stats().unwrap().dead, 450, "an export changes nothing");

    let settled = queue.quarantine_purge(vec![raws[0].0, 999]).unwrap();
    assert_eq!((settled.settled, settled.ignored), (1, 1));
    assert_eq!(queue.stats().unwrap().quarantined, 2);
    assert_eq!(queue.quarantine_raw(raws[0].0).unwrap(), None);
}

/// Delivers all but event 2 through the trait alone, as a deliverer that does not know the store.
fn deliver(outbox: &impl Outbox) -> Result<LeaseId, Error> {
    outbox.enqueue(Batch::new(vec![event(1), event(2), event(3)]))?;
    let lease = outbox.lease(10, usize::MAX, TTL)?;
    outbox.ack(vec![lease.events[0].seq], NOW_MS)?;
    outbox.dead(vec![DeadLetter::new(lease.events[1].seq, "bad_pin", "")], NOW_MS)?;
    outbox.nack(lease.id, vec![lease.events[2].seq])?;
    assert_eq!(outbox.cursor("T1")?, None);
    let stats = outbox.stats()?;
    assert_eq!((stats.pending, stats.dead, stats.seen), (1, 1, 3));
    Ok(lease.id)
}

#[test]
fn a_deliverer_needs_no_more_than_the_trait() {
    let place = Place::new();
    deliver(&place.open()).unwrap();
}
