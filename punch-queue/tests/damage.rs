//! Ten thousand bit flips and truncations of a closed file: never a panic, and no punch reported fine while it is gone.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on must fail"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use common::{NOW_MS, Place, TTL, batch, beside, event, number};
use punchclock_queue::{Batch, Check, Config, DeadLetter, Error, NewQuarantine, Queue, Recovery};
use tempfile::TempDir;

/// Pending events of the file; those after them are dead, those before are delivered.
const PENDING: std::ops::Range<u64> = 40..140;
const DEAD: std::ops::Range<u64> = 30..40;

/// A file that was closed in order, and the log of one that was not.
fn files() -> (Vec<u8>, (Vec<u8>, Vec<u8>)) {
    let place = Place::new();
    let queue = place.open();
    let raw = NewQuarantine::new("T1", NOW_MS, "no tab", vec![0xFF; 900]);
    queue.enqueue(batch(0..140).with_quarantine(vec![raw])).unwrap();
    let lease = queue.lease(40, usize::MAX, TTL).unwrap();
    let seqs = lease.seqs();
    queue.ack(seqs[..30].to_vec(), NOW_MS).unwrap();
    let letters = seqs[30..].iter().map(|seq| DeadLetter::new(*seq, "schema", "no"));
    queue.dead(letters.collect(), NOW_MS).unwrap();
    let running = (
        std::fs::read(&place.file).unwrap(),
        std::fs::read(beside(&place.file, "-wal")).unwrap(),
    );
    queue.close().unwrap();
    (std::fs::read(&place.file).unwrap(), running)
}

/// Damages bytes: some bits, a page, or the end.
fn damage(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) -> String {
    const PAGE: usize = 4096;
    let pages = (bytes.len() / PAGE).max(1);
    match random.u8(..10) {
        0..5 => {
            let flips: Vec<(usize, u8)> = (0..random.usize(1..6))
                .map(|_| (random.usize(..bytes.len()), 1 << random.u8(..8)))
                .collect();
            flips.iter().for_each(|(at, bit)| bytes[*at] ^= bit);
            format!("bits {flips:?}")
        }
        // Where a page says what is in it.
        5..7 => {
            let at = random.usize(..pages) * PAGE + random.usize(..64);
            bytes[at] ^= 1 << random.u8(..8);
            format!("byte {at}")
        }
        7 => {
            let page = random.usize(..pages) * PAGE;
            let end = bytes.len().min(page + PAGE);
            bytes[page..end].fill(random.u8(..));
            format!("page at {page}")
        }
        8 => {
            let length = random.usize(1..pages.max(2)) * PAGE;
            bytes.truncate(length);
            format!("cut at page {length}")
        }
        _ => {
            let length = random.usize(1..bytes.len());
            bytes.truncate(length);
            format!("cut at {length}")
        }
    }
}

/// What the queue says of a damaged file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    /// Nothing is missing, nothing has changed.
    Unharmed,
    /// A row went to quarantine, or the file was set aside and salvaged; both are reported.
    Healed,
    /// A typed error.
    Refused,
}

/// Opens a damaged file and takes out what is in it.
fn judge(file: &Path, context: &str) -> Found {
    match look(file, context) {
        Ok((true, _)) => Found::Healed,
        Ok((false, seen)) => {
            assert_eq!(seen, everything(), "{context}: gone or changed without a word");
            Found::Unharmed
        }
        Err(error) => {
            assert!(
                !matches!(error, Error::Closed { .. }),
                "{context}: the writer died: {error}"
            );
            Found::Refused
        }
    }
}

/// Pending, dead.
type Numbers = (BTreeSet<u64>, BTreeSet<u64>);

fn everything() -> Numbers {
    (PENDING.collect(), DEAD.collect())
}

/// Goes through all of a queue: whether anything was reported, and what was there.
fn look(file: &Path, context: &str) -> Result<(bool, Numbers), Error> {
    let queue = Queue::open(file, Config::default())?;
    let mut reported = !matches!(
        queue.recovery(),
        Recovery::Clean | Recovery::Unclean | Recovery::Created
    );
    let mut gone_through = || -> Result<Numbers, Error> {
        let mut found = Numbers::default();
        for event in queue.lease(usize::MAX, usize::MAX, TTL)?.events {
            let number = number(event.fingerprint);
            // What is given out is what came in, or it is not given out.
            assert_eq!(event.body, format!("punch {number}").into_bytes(), "{context}");
            found.0.insert(number);
        }
        let mut changed = false;
        for dead in queue.dead_list(None, 1_000)? {
            let number = u128::from_be_bytes(*dead.fingerprint.as_bytes());
            changed |= dead.body != format!("punch {number}").into_bytes();
            found.1.extend(u64::try_from(number));
        }
        reported |= changed && !queue.verify(Check::Full)?.is_sound();
        assert!(reported || !changed, "{context}: a refused event has changed");
        queue.quarantine_list(None, 1_000)?;
        queue.cursor("T1")?;
        // Everything again: whatever became of it, this is an answer and not the end.
        let outcomes = queue.enqueue(Batch::new((0..150).map(event).collect()))?;
        assert_eq!(outcomes.len(), 150, "{context}");
        reported |= queue.stats()?.damaged > 0;
        Ok(found)
    };
    let found = gone_through();
    let closed = queue.close();
    let found = found?;
    closed?;
    Ok((reported, found))
}

fn memory_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// Empties the folder, which a damaged queue may have filled.
fn empty(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            std::fs::remove_dir_all(entry.path()).unwrap();
        } else {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
}

/// Runs cases on two threads and counts what was found.
fn cases(count: u64, case: impl Fn(u64, &Path) -> Found + Sync) -> BTreeMap<Found, usize> {
    let counts = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (counts, case) = (&counts, &case);
            scope.spawn(move || {
                let folder = memory_folder();
                for seed in (thread..count).step_by(2) {
                    empty(folder.path());
                    let found = case(seed, &folder.path().join("queue.db"));
                    *counts.lock().unwrap().entry(found).or_default() += 1;
                }
            });
        }
    });
    counts.into_inner().unwrap()
}

#[test]
fn ten_thousand_damaged_files_are_unharmed_healed_or_refused() {
    let (closed, _) = files();
    let counts = cases(10_000, |seed, file| {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes = closed.clone();
        let context = format!("case {seed}: {}", damage(&mut bytes, &mut random));
        std::fs::write(file, &bytes).unwrap();
        judge(file, &context)
    });
    println!("{counts:?}");
    assert_eq!(counts.values().sum::<usize>(), 10_000);
    assert!(counts[&Found::Unharmed] < 9_000, "{counts:?}");
}

/// A log cannot tell a flipped bit from the torn end of the last write: what follows it was never there. So of a file that was
/// not closed less can be promised: what is given out is what came in.
#[test]
fn a_damaged_log_or_the_file_under_it_gives_out_nothing_that_did_not_come_in() {
    let (_, (database, log)) = files();
    let counts = cases(2_000, |seed, file| {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut database, mut log) = (database.clone(), log.clone());
        let damaged = if random.bool() { &mut database } else { &mut log };
        let context = format!("case {seed}: {}", damage(damaged, &mut random));
        std::fs::write(file, &database).unwrap();
        std::fs::write(beside(file, "-wal"), &log).unwrap();
        match look(file, &context) {
            Ok((false, _)) => Found::Unharmed,
            Ok((true, _)) => Found::Healed,
            Err(_) => Found::Refused,
        }
    });
    println!("{counts:?}");
}
