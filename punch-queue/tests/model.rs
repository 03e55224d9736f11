//! Random operations against a plain map that says what a queue must do (queue note §2.8, I1 to I9 and I11, I12).

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use common::{NOW_MS, Place, fingerprint, lease_all, number};
use proptest::prelude::*;
use punchclock_queue::{
    Batch, Config, CursorUpdate, DeadLetter, LeaseId, ManualClock, NewEvent, Outcome, Queue, Seq,
};

const TTL: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
enum Operation {
    Enqueue {
        events: Vec<(u64, u32)>,
        cursor: Option<u8>,
    },
    Lease {
        events: usize,
    },
    /// Settles some events of a lease, of the latest or of an old one.
    Ack {
        lease: usize,
        mask: u8,
        at_ms: i64,
    },
    Nack {
        lease: usize,
        mask: u8,
    },
    Dead {
        lease: usize,
        mask: u8,
    },
    Tick {
        seconds: u64,
    },
    Reopen,
}

fn operation() -> impl Strategy<Value = Operation> {
    let event = (0..60_u64, 0..2_u32);
    prop_oneof![
        4 => (prop::collection::vec(event, 0..12), any::<Option<u8>>())
            .prop_map(|(events, cursor)| Operation::Enqueue { events, cursor }),
        3 => (0..8_usize).prop_map(|events| Operation::Lease { events }),
        3 => (0..4_usize, any::<u8>(), any::<i64>()).prop_map(|(lease, mask, at_ms)| Operation::Ack { lease, mask, at_ms }),
        2 => (0..4_usize, any::<u8>()).prop_map(|(lease, mask)| Operation::Nack { lease, mask }),
        1 => (0..4_usize, any::<u8>()).prop_map(|(lease, mask)| Operation::Dead { lease, mask }),
        2 => (0..40_u64).prop_map(|seconds| Operation::Tick { seconds }),
        1 => Just(Operation::Reopen),
    ]
}

#[derive(Debug, Default)]
struct Model {
    /// Every fingerprint ever accepted, with its mark.
    marks: BTreeMap<u64, u32>,
    /// Pending events in order, with their attempts.
    pending: BTreeMap<Seq, (u64, u32)>,
    dead: BTreeMap<Seq, u64>,
    held: BTreeMap<Seq, (LeaseId, Duration)>,
    cursor: Option<u8>,
    highest: Option<Seq>,
    now: Duration,
}

struct Run {
    place: Place,
    clock: ManualClock,
    queue: Queue,
    model: Model,
    leases: Vec<(LeaseId, Vec<Seq>)>,
}

impl Run {
    fn new() -> Self {
        let (place, clock) = (Place::new(), ManualClock::new());
        let queue = open(&place, &clock);
        Self {
            place,
            clock,
            queue,
            model: Model::default(),
            leases: Vec::new(),
        }
    }

    /// A lease counted from the latest, with the events the mask names.
    fn pick(&self, lease: usize, mask: u8) -> Option<(LeaseId, Vec<Seq>)> {
        let (id, seqs) = self.leases.iter().rev().nth(lease)?;
        let chosen = seqs
            .iter()
            .enumerate()
            .filter(|(place, _)| mask >> (place % 8) & 1 == 1)
            .map(|(_, seq)| *seq);
        Some((*id, chosen.collect()))
    }

    fn step(&mut self, operation: Operation) {
        match operation {
            Operation::Enqueue { events, cursor } => self.enqueue(&events, cursor),
            Operation::Lease { events } => self.lease(events),
            Operation::Ack { lease, mask, at_ms } => {
                let Some((_, seqs)) = self.pick(lease, mask) else {
                    return;
                };
                let settled = self.queue.ack(seqs.clone(), at_ms).unwrap();
                let known = seqs
                    .iter()
                    .filter(|seq| self.model.remove(**seq).is_some())
                    .count();
                assert_eq!((settled.settled, settled.ignored), (known, seqs.len() - known));
            }
            Operation::Nack { lease, mask } => {
                let Some((id, seqs)) = self.pick(lease, mask) else {
                    return;
                };
                let settled = self.queue.nack(id, seqs.clone()).unwrap().settled;
                let mut expected = 0;
                for seq in seqs {
                    let foreign = self.model.held.get(&seq).is_some_and(|(holder, _)| *holder != id);
                    if let Some((_, attempts)) = self.model.pending.get_mut(&seq).filter(|_| !foreign) {
                        *attempts += 1;
                        self.model.held.remove(&seq);
                        expected += 1;
                    }
                }
                assert_eq!(settled, expected);
            }
            Operation::Dead { lease, mask } => {
                let Some((_, seqs)) = self.pick(lease, mask) else {
                    return;
                };
                let letters = seqs
                    .iter()
                    .map(|seq| DeadLetter::new(*seq, "schema", "no"))
                    .collect();
                let settled = self.queue.dead(letters, NOW_MS).unwrap().settled;
                let buried: Vec<_> = seqs
                    .iter()
                    .filter_map(|seq| Some((*seq, self.model.remove(*seq)?)))
                    .collect();
                assert_eq!(settled, buried.len());
                self.model.dead.extend(buried);
            }
            Operation::Tick { seconds } => {
                self.clock.advance(Duration::from_secs(seconds));
                self.model.now += Duration::from_secs(seconds);
                let now = self.model.now;
                self.model.held.retain(|_, (_, until)| *until > now);
            }
            Operation::Reopen => {
                self.queue.clone().close().unwrap();
                self.queue = open(&self.place, &self.clock);
                self.model.held.clear();
                // Lease ids belong to their process, but its answers about events still count.
                self.leases.clear();
            }
        }
        self.compare();
    }

    fn enqueue(&mut self, events: &[(u64, u32)], cursor: Option<u8>) {
        let new = |(n, mark): &(u64, u32)| NewEvent::new(fingerprint(*n), "T1", NOW_MS, *mark, n.to_string());
        let mut batch = Batch::new(events.iter().map(new).collect());
        if let Some(cursor) = cursor {
            batch = batch.with_cursor(CursorUpdate::new("T1", [cursor]));
            self.model.cursor = Some(cursor);
        }
        let outcomes = self.queue.enqueue(batch).unwrap();
        assert_eq!(outcomes.len(), events.len());
        for ((n, mark), outcome) in events.iter().zip(outcomes) {
            match (self.model.marks.get(n), outcome) {
                (None, Outcome::Accepted { seq, .. }) => {
                    assert!(
                        Some(seq) > self.model.highest,
                        "numbers go up and never come back"
                    );
                    self.model.highest = Some(seq);
                    self.model.marks.insert(*n, *mark);
                    self.model.pending.insert(seq, (*n, 0));
                }
                (Some(known), Outcome::Duplicate) => assert_eq!(known, mark),
                (Some(known), Outcome::Conflict { kept_mark, .. }) => {
                    assert_eq!(kept_mark, *known);
                    assert_ne!(known, mark);
                }
                (known, outcome) => panic!("{n} is {known:?}, the queue says {outcome:?}"),
            }
        }
    }

    fn lease(&mut self, events: usize) {
        let lease = self.queue.lease(events, usize::MAX, TTL).unwrap();
        let free = self
            .model
            .pending
            .iter()
            .filter(|(seq, _)| !self.model.held.contains_key(seq));
        let expected: Vec<_> = free
            .take(events)
            .map(|(seq, (n, attempts))| (*seq, *n, *attempts))
            .collect();
        let given: Vec<_> = lease
            .events
            .iter()
            .map(|e| (e.seq, number(e.fingerprint), e.attempts))
            .collect();
        assert_eq!(given, expected);
        let until = self.model.now + TTL;
        self.model
            .held
            .extend(given.iter().map(|(seq, ..)| (*seq, (lease.id, until))));
        self.leases.push((lease.id, lease.seqs()));
    }

    fn compare(&self) {
        let stats = self.queue.stats().unwrap();
        let counted = |n: usize| u64::try_from(n).unwrap();
        assert_eq!(stats.pending, counted(self.model.pending.len()));
        assert_eq!(stats.dead, counted(self.model.dead.len()));
        assert_eq!(stats.seen, counted(self.model.marks.len()));
        assert_eq!(stats.leased, counted(self.model.held.len()));
        let cursor = self.queue.cursor("T1").unwrap();
        assert_eq!(
            cursor.as_deref(),
            self.model.cursor.as_ref().map(std::slice::from_ref)
        );
    }

    /// What the file holds in the end, by a fresh process's eyes.
    fn finish(mut self) {
        self.step(Operation::Reopen);
        let pending: Vec<_> = lease_all(&self.queue)
            .iter()
            .map(|e| (e.seq, (number(e.fingerprint), e.attempts)))
            .collect();
        assert_eq!(
            pending,
            self.model
                .pending
                .iter()
                .map(|(seq, row)| (*seq, *row))
                .collect::<Vec<_>>()
        );
        let dead: BTreeMap<_, _> = self
            .queue
            .dead_list(None, 1_000)
            .unwrap()
            .iter()
            .map(|d| (d.seq, number(d.fingerprint)))
            .collect();
        assert_eq!(dead, self.model.dead);
        let commits = self.queue.stats().unwrap().commits;
        let again: BTreeSet<u64> = self.model.marks.keys().copied().collect();
        let events: Vec<_> = again.iter().map(|n| (*n, self.model.marks[n])).collect();
        self.enqueue(&events, None);
        assert_eq!(
            self.queue.stats().unwrap().commits,
            commits,
            "duplicates write nothing"
        );
    }
}

impl Model {
    fn remove(&mut self, seq: Seq) -> Option<u64> {
        self.held.remove(&seq);
        self.pending.remove(&seq).map(|(n, _)| n)
    }
}

fn open(place: &Place, clock: &ManualClock) -> Queue {
    Queue::open(&place.file, Config::default().clock(Arc::new(clock.clone()))).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_queue_does_what_a_map_says(operations in prop::collection::vec(operation(), 1..60)) {
        let mut run = Run::new();
        for operation in operations {
            run.step(operation);
        }
        run.finish();
    }
}
