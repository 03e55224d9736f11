//! Files of older schemas, committed: they are opened for ever after, and what is in them is what was put there.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod common;

use chrono::{NaiveDate, NaiveDateTime};
use common::{NOW_MS, Place, TTL, lease_all, seq};
use punchclock_queue::{Batch, Check, Config, Fingerprint, NewEvent, Outcome, Queue, Reader, Recovery};

const SERIAL: &str = "CQZ7223460123";

/// Person `pin` of the six in the file punched `pin` minutes after 07:57 on 2 March 2026.
fn moment(pin: u32) -> NaiveDateTime {
    let minutes = 7 * 60 + 57 + pin;
    NaiveDate::from_ymd_opt(2026, 3, 2)
        .and_then(|day| day.and_hms_opt(minutes / 60, minutes % 60, 0))
        .unwrap()
}

fn punch(pin: u32, mark: u32) -> NewEvent {
    let at = moment(pin);
    let fingerprint = Fingerprint::of(SERIAL, &pin.to_string(), at);
    let received_ms = NOW_MS + i64::from((57 + pin) % 60) * 1_000;
    NewEvent::new(
        fingerprint,
        SERIAL,
        received_ms,
        mark,
        format!(r#"{{"pin":"{pin}","at":"{at}"}}"#),
    )
}

/// What each of the files holds: of six punches the first two are delivered, the third is refused, the fourth was given back
/// once, the last two were never asked for.
fn holds_what_was_put_there(file: &std::path::Path) {
    let queue = Queue::open(file, Config::default()).unwrap();
    assert!(matches!(queue.recovery(), Recovery::Clean));

    let pending = lease_all(&queue);
    let summary: Vec<_> = pending
        .iter()
        .map(|event| (event.seq.get(), event.attempts))
        .collect();
    assert_eq!(summary, [(4, 1), (5, 0), (6, 0)]);
    for (event, pin) in pending.iter().zip(4..) {
        let put = punch(pin, 0);
        assert_eq!((event.fingerprint, &event.body), (put.fingerprint, &put.body));
        assert_eq!(
            (event.source.as_str(), event.received_ms),
            (SERIAL, put.received_ms)
        );
    }

    let dead = queue.dead_list(None, 10).unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(
        (dead[0].seq.get(), dead[0].fingerprint),
        (3, punch(3, 0).fingerprint)
    );
    assert_eq!(dead[0].body, punch(3, 0).body);
    assert_eq!(
        (dead[0].code.as_str(), dead[0].reason.as_str()),
        ("unknown_pin", "nobody has PIN 3")
    );
    assert_eq!((dead[0].received_ms, dead[0].dead_ms), (NOW_MS, NOW_MS + 60_000));

    let quarantined = queue.quarantine_list(None, 10).unwrap();
    assert_eq!(quarantined.len(), 1);
    assert_eq!(quarantined[0].reason, "no tab");
    assert_eq!(
        queue.quarantine_raw(quarantined[0].id).unwrap().unwrap(),
        [0xFF, 0x00, b'x']
    );
    assert_eq!(queue.cursor(SERIAL).unwrap().unwrap(), b"stamp 6");

    // All six are known, delivered ones too, with their marks; a seventh is not, and its number is new.
    let again = (1..=7).map(|pin| punch(pin, if pin == 4 { 256 } else { 0 }));
    let outcomes = queue.enqueue(Batch::new(again.collect())).unwrap();
    assert_eq!(outcomes[..6], [Outcome::Duplicate; 6]);
    assert!(seq(&outcomes[6]).get() > 6);
    let other_mark = queue.enqueue(Batch::new(vec![punch(4, 0)])).unwrap();
    assert!(matches!(other_mark[0], Outcome::Conflict { kept_mark: 256, .. }));

    assert!(queue.verify(Check::Full).unwrap().is_sound());
    let delivered = queue
        .ack(pending.iter().map(|event| event.seq).collect(), NOW_MS)
        .unwrap();
    assert_eq!(delivered.settled, 3);
    queue.close().unwrap();
    let queue = Queue::open(file, Config::default()).unwrap();
    assert_eq!(queue.lease(10, usize::MAX, TTL).unwrap().events.len(), 1);
    queue.close().unwrap();
}

#[test]
fn a_file_of_schema_1_is_opened_and_holds_what_was_put_there() {
    let place = Place::new();
    let fixture = include_bytes!("fixtures/v1.db");
    // The schema is in the header, four bytes from the sixtieth: this file is never made anew.
    assert_eq!(fixture[60..64], 1_u32.to_be_bytes());
    std::fs::write(&place.file, fixture).unwrap();
    let reader = Reader::open(&place.file).unwrap();
    assert_eq!(reader.pending(None, 10).unwrap().len(), 3);
    drop(reader);
    assert!(
        std::fs::read(&place.file).unwrap() == fixture,
        "looking changes nothing"
    );
    holds_what_was_put_there(&place.file);
}
