//! An outbox in forty lines: enqueue, lease, deliver, acknowledge.
//!
//! `cargo run --example outbox` makes a queue in a temporary folder and delivers three punches to a sink that refuses one.

use std::time::Duration;

use chrono::NaiveDate;
use punchclock_queue::{Batch, Config, CursorUpdate, DeadLetter, Fingerprint, NewEvent, Outcome, Queue};

/// Stands in for the far side: it takes everything but PIN 13.
fn deliver(body: &[u8]) -> Result<(), &'static str> {
    if body == b"13" { Err("no such PIN") } else { Ok(()) }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let queue = Queue::open(folder.path().join("outbox.db"), Config::default())?;
    let now_ms = 1_772_434_800_000; // the caller's clock: the queue never reads one

    // One upload: 42 came twice, once pushed with leading zeros and once polled.
    let eight = NaiveDate::from_ymd_opt(2026, 3, 2)
        .and_then(|day| day.and_hms_opt(8, 0, 0))
        .ok_or("no such time")?;
    let punch = |pin: &str| NewEvent::new(Fingerprint::of("CQZ1", pin, eight), "CQZ1", now_ms, 0, pin);
    let upload = Batch::new(vec![punch("7"), punch("0042"), punch("42"), punch("13")]);
    let outcomes = queue.enqueue(upload.with_cursor(CursorUpdate::new("CQZ1", *b"4")))?;
    assert!(matches!(outcomes.as_slice(), [_, _, Outcome::Duplicate, _])); // now, and only now, tell the terminal OK

    let lease = queue.lease(100, 1 << 20, Duration::from_secs(60))?;
    let (mut delivered, mut refused) = (Vec::new(), Vec::new());
    for event in &lease.events {
        match deliver(&event.body) {
            Ok(()) => delivered.push(event.seq),
            Err(reason) => refused.push(DeadLetter::new(event.seq, "unknown_pin", reason)),
        }
    }
    queue.ack(delivered, now_ms)?;
    queue.dead(refused, now_ms)?;

    let stats = queue.stats()?;
    assert_eq!((stats.pending, stats.dead, stats.seen), (0, 1, 3));
    for dead in queue.dead_list(None, 10)? {
        eprintln!(
            "2 of 3 punches delivered, PIN {} kept: {}",
            String::from_utf8_lossy(&dead.body),
            dead.reason
        );
    }
    Ok(queue.close()?)
}
