//! A process is killed again and again in the middle of its work; whatever it had acknowledged must be there.
//!
//! What this cannot see is a missing sync: the page cache survives a kill.

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
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use common::{NOW_MS, Place, TTL, child, child_file, event, number};
use punchclock_queue::{Batch, Config, CursorUpdate, DeadLetter, Outcome, Queue};

const KILLS: u32 = 40;
const NAME: &str = "everything_acknowledged_is_there_after_every_kill";

/// The child: enqueues, delivers, acknowledges and buries, and says so only after the queue has said so.
fn work_until_killed(file: &Path) {
    let queue = Queue::open(file, Config::default()).unwrap();
    // The cursor says where the last process stopped: the next event to make.
    let mut next: u64 = queue
        .cursor("T1")
        .unwrap()
        .map_or(0, |state| String::from_utf8(state).unwrap().parse().unwrap());
    let mut random = fastrand::Rng::new();
    let say = |line: String| {
        let mut out = std::io::stdout().lock();
        out.write_all(line.as_bytes()).unwrap();
        out.flush().unwrap();
    };
    loop {
        // Some that are known, then new ones, some of them twice.
        let new = random.u64(1..30);
        let known = next.saturating_sub(random.u64(0..5));
        let mut numbers: Vec<u64> = (known..next + new).collect();
        numbers.push(next);
        let cursor = CursorUpdate::new("T1", (next + new).to_string());
        let upload = Batch::new(numbers.iter().copied().map(event).collect()).with_cursor(cursor);
        let outcomes = queue.enqueue(upload).unwrap();
        let accepted = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Outcome::Accepted { .. }))
            .count();
        assert_eq!(u64::try_from(accepted).unwrap(), new);
        next += new;
        say(format!("\nstored {next}\n"));

        let lease = queue.lease(random.usize(0..25), usize::MAX, TTL).unwrap();
        for event in &lease.events {
            say(format!("\nsettling {}\n", number(event.fingerprint)));
        }
        match random.u8(0..4) {
            0 => {
                let letters = lease
                    .events
                    .iter()
                    .map(|event| DeadLetter::new(event.seq, "schema", "no"))
                    .collect();
                queue.dead(letters, NOW_MS).unwrap();
                lease
                    .events
                    .iter()
                    .for_each(|event| say(format!("\nburied {}\n", number(event.fingerprint))));
            }
            1 => drop(queue.nack(lease.id, lease.seqs()).unwrap()),
            _ => drop(queue.ack(lease.seqs(), NOW_MS).unwrap()),
        }
    }
}

#[test]
fn everything_acknowledged_is_there_after_every_kill() {
    if let Some(file) = child_file() {
        work_until_killed(&file);
    }
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let place = Place::new();
    let (mut stored, mut productive) = (0_u64, 0_u32);
    // Events that may have left (a process was settling them), and events that are known to be dead.
    let (mut settling, mut buried) = (BTreeSet::new(), BTreeSet::new());
    for kill in 0..KILLS {
        let mut process = child(NAME, &place.file).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // Every other time the clock starts once work has begun, else at the start: opening is killed too.
        let mut said = Vec::new();
        while kill % 2 == 0
            && !said
                .last()
                .is_some_and(|line: &String| line.starts_with("stored"))
        {
            said.push(lines.next().unwrap().unwrap());
        }
        std::thread::sleep(Duration::from_micros(random.u64(0..40_000)));
        process.kill().unwrap();
        process.wait().unwrap();

        let before = stored;
        for line in said.into_iter().chain(lines.map_while(Result::ok)) {
            let mut words = line.split(' ');
            match (
                words.next().unwrap(),
                words.next().and_then(|word| word.parse::<u64>().ok()),
            ) {
                ("stored", Some(next)) => stored = stored.max(next),
                ("settling", Some(number)) => drop(settling.insert(number)),
                ("buried", Some(number)) => drop(buried.insert(number)),
                _ => assert!(!line.contains("panicked"), "seed {seed}: {line}"),
            }
        }
        productive += u32::from(stored > before);

        let queue = place.open();
        let context = format!("seed {seed}, kill {kill}, {stored} stored");
        let cursor = queue
            .cursor("T1")
            .unwrap()
            .map_or(0, |state| String::from_utf8(state).unwrap().parse().unwrap());
        assert!(cursor >= stored, "{context}: the cursor fell back to {cursor}");
        // The last batch may have been committed without the word getting out; then all of it was, with its cursor.
        stored = cursor;
        let stats = queue.stats().unwrap();
        assert_eq!(stats.seen, stored, "{context}");
        let pending: BTreeSet<u64> = common::lease_all(&queue)
            .iter()
            .map(|event| number(event.fingerprint))
            .collect();
        let dead: BTreeSet<u64> = every_dead(&queue).into_iter().collect();
        assert!(pending.is_disjoint(&dead), "{context}");
        assert!(buried.is_subset(&dead), "{context}: a dead letter is gone");
        let lost: Vec<u64> = (0..stored)
            .filter(|n| !pending.contains(n) && !dead.contains(n) && !settling.contains(n))
            .collect();
        assert_eq!(lost, [0; 0], "{context}");
        let known = queue
            .enqueue(Batch::new((0..stored).map(event).collect()))
            .unwrap();
        assert!(
            known.iter().all(|outcome| *outcome == Outcome::Duplicate),
            "{context}"
        );
        let seqs: Vec<_> = Queue::dead_list(&queue, None, 1_000)
            .unwrap()
            .iter()
            .map(|dead| dead.seq)
            .collect();
        assert!(seqs.is_sorted(), "{context}");
        queue.close().unwrap();
        if kill % 8 == 0 {
            let check: String = place
                .sqlite()
                .query_row("PRAGMA integrity_check", [], |row| row.get(0))
                .unwrap();
            assert_eq!(check, "ok", "{context}");
        }
    }
    assert!(
        productive > KILLS / 4,
        "the kills came too early to say anything: {productive} of {KILLS}, {stored} stored"
    );
}

fn every_dead(queue: &Queue) -> Vec<u64> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = queue.dead_list(after, usize::MAX).unwrap();
        let Some(last) = page.last() else { return all };
        after = Some(last.seq);
        all.extend(page.iter().map(|dead| number(dead.fingerprint)));
    }
}
