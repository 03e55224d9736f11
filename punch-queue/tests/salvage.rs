//! A damaged file: it is set aside as it is, what can be read is saved, what is lost is said, and the queue goes on.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use common::{
    NOW_MS, Place, TTL, batch, beside, event, fingerprint, is_accepted, lease_all, number, numbers,
};
use punchclock_queue::{
    Batch, Check, Config, CursorUpdate, Damage, DeadLetter, Error, NewEvent, NewQuarantine, Outcome, Queue,
    Reader, Recovery, Salvage, Seq,
};

const PAGE: usize = 4_096;

/// A queue of 2,000 events closed in order: 200 delivered, 100 refused, 1,700 pending, a mark and an attempt noted.
fn filled() -> Place {
    let place = Place::new();
    let queue = place.open();
    let bulky = |n| NewEvent::new(fingerprint(n), format!("T{}", n % 3), NOW_MS, 7, vec![b'x'; 300]);
    let piece = NewQuarantine::new("T1", NOW_MS, "no tab", *b"raw");
    let upload = Batch::new((0..2_000).map(bulky).collect());
    queue
        .enqueue(
            upload
                .with_cursor(CursorUpdate::new("T1", *b"2000"))
                .with_quarantine(vec![piece]),
        )
        .unwrap();
    let lease = queue.lease(301, usize::MAX, TTL).unwrap();
    let seqs = lease.seqs();
    queue.ack(seqs[..200].to_vec(), NOW_MS).unwrap();
    let letters = seqs[200..300]
        .iter()
        .map(|seq| DeadLetter::new(*seq, "bad_pin", "no such PIN"));
    queue.dead(letters.collect(), NOW_MS).unwrap();
    queue.nack(lease.id, vec![seqs[300]]).unwrap();
    queue.close().unwrap();
    place
}

/// The pages of a table's tree, leaves and others, by SQLite's own account.
fn pages(place: &Place, table: &str, kind: &str) -> Vec<usize> {
    let file = place.sqlite();
    let mut statement = file
        .prepare("SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = ?2 ORDER BY path")
        .unwrap();
    let pages = statement
        .query_map((table, kind), |row| row.get::<_, u32>(0))
        .unwrap();
    pages.map(|page| page.unwrap() as usize).collect()
}

fn spoil(file: &Path, pages: &[usize]) {
    let mut bytes = fs::read(file).unwrap();
    for page in pages {
        bytes[(page - 1) * PAGE..page * PAGE].fill(0xA5);
    }
    fs::write(file, bytes).unwrap();
}

/// Says that the process that wrote the file died, so that the next opening looks closely.
fn crashed(place: &Place) {
    place
        .sqlite()
        .execute("UPDATE meta SET v = 0 WHERE k = 'clean'", [])
        .unwrap();
}

fn heal(place: &Place) -> (Queue, Arc<Salvage>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&told);
    let config = Config::default().on_damage(move |damage| hear.lock().unwrap().push(damage.clone()));
    let queue = Queue::open(&place.file, config).unwrap();
    let Recovery::Quarantined(salvage) = queue.recovery() else {
        panic!("{:?}", queue.recovery())
    };
    assert!(
        matches!(told.lock().unwrap().last(), Some(Damage::File { salvage: heard, .. }) if *heard == salvage),
        "the owner is told"
    );
    assert!(queue.verify(Check::Full).unwrap().is_sound());
    assert!(!salvage.folder.join("salvaging").exists() && !salvage.folder.join("moving").exists());
    assert!(
        fs::read_to_string(salvage.folder.join("report.txt"))
            .unwrap()
            .contains("saved:")
    );
    (queue, salvage)
}

fn quarantine(place: &Place, number: u32) -> PathBuf {
    beside(&place.file, ".quarantine").join(number.to_string())
}

#[test]
fn one_bad_page_of_events_costs_its_events_and_no_more_and_they_come_back() {
    let place = filled();
    let before = Reader::open(&place.file)
        .unwrap()
        .pending(Some(Seq::new(301)), 1)
        .unwrap();
    let leaves = pages(&place, "event", "leaf");
    crashed(&place);
    spoil(&place.file, &leaves[20..21]);
    let image = fs::read(&place.file).unwrap();
    let (queue, salvage) = heal(&place);

    assert_eq!(salvage.folder, fs::canonicalize(quarantine(&place, 1)).unwrap());
    assert!(
        fs::read(quarantine(&place, 1).join("queue.db")).unwrap() == image,
        "kept as it was"
    );
    assert!(!salvage.complete && salvage.damaged == 0, "{salvage}");
    assert!((5..=15).contains(&salvage.lost), "{salvage}");
    assert_eq!((salvage.pending + salvage.lost, salvage.dead), (1_700, 100));
    assert_eq!(salvage.seen + salvage.lost, 2_000);
    assert_eq!(salvage.lost_fingerprints.len() as u64, salvage.lost);

    // What was saved is as it was: numbers, order, attempts, marks, quarantine, refused ones.
    assert_eq!(queue.cursor("T1").unwrap(), None, "every source is read again");
    let events = lease_all(&queue);
    assert_eq!(events.len() as u64, salvage.pending);
    assert!(events.is_sorted_by_key(|event| event.seq));
    assert_eq!((events[0].seq, events[0].attempts), (Seq::new(301), 1));
    assert_eq!(events[1], before[0]);
    assert_eq!(queue.dead_list(None, 1).unwrap()[0].reason, "no such PIN");
    assert_eq!(queue.quarantine_raw(1).unwrap().unwrap(), b"raw");

    // The terminals send everything again: exactly the lost ones are new, under numbers never used.
    let again = (0..2_000).map(|n| common::marked(n, 7)).collect();
    let outcomes = queue.enqueue(Batch::new(again)).unwrap();
    let lost: BTreeSet<u64> = salvage.lost_fingerprints.iter().map(|fp| number(*fp)).collect();
    for (n, outcome) in (0..).zip(&outcomes) {
        match outcome {
            Outcome::Accepted { seq, .. } => assert!(lost.contains(&n) && seq.get() > 2_000, "{n}"),
            other => assert!(
                *other == Outcome::Duplicate && !lost.contains(&n),
                "{n} {other:?}"
            ),
        }
    }
    let delivered: Vec<Seq> = events.iter().map(|event| event.seq).collect();
    queue.ack(delivered, NOW_MS).unwrap();
    assert_eq!(numbers(&lease_all(&queue)), lost.into_iter().collect::<Vec<_>>());
    queue.close().unwrap();
    assert_eq!(place.open().recovery(), Recovery::Clean);
}

#[test]
fn many_bad_pages_are_walked_around_in_every_table() {
    let place = filled();
    let leaves = pages(&place, "event", "leaf");
    let seen = pages(&place, "seen", "leaf");
    let dead = pages(&place, "dead", "leaf");
    crashed(&place);
    // First, last, neighbours, and one alone.
    let last = leaves.len() - 1;
    let bad = [
        leaves[0],
        leaves[30],
        leaves[31],
        leaves[33],
        leaves[60],
        leaves[last],
        seen[3],
        dead[2],
    ];
    spoil(&place.file, &bad);
    let (queue, salvage) = heal(&place);
    assert!(!salvage.complete);
    assert!((40..100).contains(&(1_700 - salvage.pending)), "{salvage}");
    assert!((5..20).contains(&(100 - salvage.dead)), "{salvage}");
    // Every event that was pending or refused is here, or is accepted when it is sent again.
    let upload = Batch::new((200..2_000).map(|n| common::marked(n, 7)).collect());
    let accepted = queue
        .enqueue(upload)
        .unwrap()
        .iter()
        .filter(|outcome| is_accepted(outcome))
        .count();
    assert_eq!(salvage.pending + salvage.dead + accepted as u64, 1_800);
}

#[test]
fn a_bad_page_above_the_leaves_does_not_hide_what_is_below_for_the_walk_reports_it() {
    for table in ["event", "seen"] {
        let place = filled();
        let inner = pages(&place, table, "internal");
        crashed(&place);
        spoil(&place.file, &inner[..1]);
        let (queue, salvage) = heal(&place);
        assert!(!salvage.complete, "{table}: {salvage}");
        let upload = Batch::new((200..2_000).map(|n| common::marked(n, 7)).collect());
        let accepted = queue
            .enqueue(upload)
            .unwrap()
            .iter()
            .filter(|outcome| is_accepted(outcome))
            .count();
        assert_eq!(
            salvage.pending + salvage.dead + accepted as u64,
            1_800,
            "{table}: {salvage}"
        );
    }
}

#[test]
fn a_file_cut_short_and_a_file_that_is_only_a_header_are_healed() {
    for keep in [100, PAGE / 2, PAGE, 10 * PAGE, 100 * PAGE + 17] {
        let place = filled();
        let bytes = fs::read(&place.file).unwrap();
        assert!(bytes.len() > keep);
        fs::write(&place.file, &bytes[..keep]).unwrap();
        let (queue, salvage) = heal(&place);
        assert!(!salvage.complete, "{keep}: {salvage}");
        let upload = Batch::new((200..2_000).map(|n| common::marked(n, 7)).collect());
        let outcomes = queue.enqueue(upload).unwrap();
        let accepted: Vec<Seq> = outcomes
            .iter()
            .filter(|outcome| is_accepted(outcome))
            .map(common::seq)
            .collect();
        assert_eq!(
            salvage.pending + salvage.dead + accepted.len() as u64,
            1_800,
            "{keep}"
        );
        assert!(
            accepted.iter().all(|seq| seq.get() > 2_000),
            "{keep}: a number was given twice"
        );
    }
}

#[test]
fn rows_that_vanished_while_the_file_was_closed_are_missed() {
    let place = filled();
    place
        .sqlite()
        .execute("DELETE FROM event WHERE seq = 1000", [])
        .unwrap();
    let (queue, salvage) = heal(&place);
    assert_eq!(
        (salvage.lost, salvage.pending, salvage.complete),
        (1, 1_699, true),
        "{salvage}"
    );
    assert_eq!(salvage.lost_fingerprints, [fingerprint(999)]);
    assert!(is_accepted(&queue.enqueue(batch([999])).unwrap()[0]));
}

#[test]
fn damage_met_while_working_ends_the_handle_and_the_next_opening_heals() {
    let place = filled();
    let leaves = pages(&place, "event", "leaf");
    // Closed in order: nothing looks closely until the page is needed.
    spoil(&place.file, &leaves[50..51]);
    let queue = Queue::open(&place.file, Config::default());
    let queue = match queue {
        Ok(queue) => queue,
        Err(error) => panic!("{error}"),
    };
    if !matches!(queue.recovery(), Recovery::Quarantined(_)) {
        let error = queue.lease(usize::MAX, usize::MAX, TTL).unwrap_err();
        assert!(
            matches!(error, Error::Corrupt { .. }) && error.needs_reopen(),
            "{error:?}"
        );
        assert!(matches!(queue.enqueue(batch([1])), Err(Error::Poisoned { .. })));
        assert!(queue.close().is_err());
        let (_, salvage) = heal(&place);
        assert!(salvage.lost > 0);
    }
    assert!(!beside(&place.file, ".damaged").exists());
}

#[test]
fn a_damaged_row_is_told_with_its_source() {
    let place = Place::new();
    place.open().enqueue(batch(0..3)).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(50));
    place
        .sqlite()
        .execute("UPDATE event SET body = x'00' WHERE seq = 2", [])
        .unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&told);
    let config = Config::default().on_damage(move |damage| hear.lock().unwrap().push(damage.clone()));
    let queue = Queue::open(&place.file, config).unwrap();
    assert_eq!(numbers(&lease_all(&queue)), [0, 2]);
    let told = told.lock().unwrap();
    assert!(
        matches!(told.as_slice(), [Damage::Row { source, fingerprint: fp, .. }]
            if source == "TERMINAL-1" && *fp == fingerprint(1).to_string()),
        "{told:?}"
    );
    drop(told);
    assert!(is_accepted(&queue.enqueue(batch([1])).unwrap()[0]));
}

/// A power cut between any two steps of moving and saving: the next opening takes it up.
#[test]
fn an_interrupted_repair_is_finished_at_the_next_opening() {
    for step in 0..4 {
        let place = filled();
        // A log with the last events, as a crash leaves it.
        let queue = place.open();
        queue.enqueue(batch([5_000])).unwrap();
        let crashed = Place::new();
        let names = ["", "-wal"];
        for name in names {
            fs::copy(beside(&place.file, name), beside(&crashed.file, name)).unwrap();
        }
        let folder = quarantine(&crashed, 1);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("moving"), "a bad page").unwrap();
        for name in &names[..step.min(2)] {
            fs::rename(
                beside(&crashed.file, name),
                beside(&folder.join("queue.db"), name),
            )
            .unwrap();
        }
        if step == 3 {
            // All moved, and the new queue begun.
            fs::rename(folder.join("moving"), folder.join("salvaging")).unwrap();
            let half = Place::new();
            half.open().close().unwrap();
            fs::copy(&half.file, &crashed.file).unwrap();
        }
        let (queue, salvage) = heal(&crashed);
        assert_eq!(salvage.cause, "a bad page", "{step}");
        assert!(salvage.complete && salvage.lost == 0, "{step}: {salvage}");
        assert_eq!(
            (salvage.pending, salvage.dead, salvage.seen),
            (1_701, 100, 2_001),
            "{step}"
        );
        assert_eq!(queue.enqueue(batch([5_000])).unwrap(), [Outcome::Duplicate]);
        assert!(common::seq(&queue.enqueue(Batch::new(vec![event(6_000)])).unwrap()[0]).get() > 2_001);
    }
}

#[test]
fn a_second_damage_gets_a_folder_of_its_own() {
    let place = filled();
    for round in 1..=2 {
        let leaves = pages(&place, "event", "leaf");
        crashed(&place);
        spoil(&place.file, &leaves[10..11]);
        let (queue, salvage) = heal(&place);
        assert!(salvage.folder.ends_with(round.to_string()), "{salvage}");
        queue.close().unwrap();
    }
}
