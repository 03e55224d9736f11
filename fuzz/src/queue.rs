//! The durable queue against a map that does the same in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use punchclock_queue::{
    Batch, Config, DeadLetter, Fingerprint, Lease, ManualClock, NewEvent, Outcome, Queue, Seq,
};

use crate::Feed;

/// Operations on one queue; more are ignored, so that one input stays below some tens of milliseconds.
const MAX_OPERATIONS: usize = 64;

/// How long a lease holds.
const TTL: Duration = Duration::from_secs(60);

/// A queue answers as a map would, over leases that expire and over closing and opening again.
///
/// Bytes: operations, each a tag and its arguments:
///
/// | tag % 7 | operation | arguments |
/// |---|---|---|
/// | 0, 1 | enqueue a batch | u8 count % 8, then for each event u8: its number % 32, its mark in the three bits above |
/// | 2 | lease | u8 events % 8 |
/// | 3 | acknowledge the oldest lease | |
/// | 4 | give the oldest lease back | |
/// | 5 | refuse the first event of the oldest lease | |
/// | 6 | u8: even lets half a lease's time pass, odd closes and opens the queue | |
pub fn operations(data: &[u8]) {
    // In memory where the system has such a folder: what flushing is worth is tested in the crate, by killing processes.
    let folder = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder");
    let file = folder.path().join("queue.db");
    let clock = ManualClock::new();
    let open = || Queue::open(&file, Config::new().clock(Arc::new(clock.clone()))).expect("a queue");
    let mut queue = open();
    let mut model = Model::default();
    let mut leases: Vec<Lease> = Vec::new();
    let mut feed = Feed::new(data);
    for _ in 0..MAX_OPERATIONS {
        if feed.is_empty() {
            break;
        }
        match feed.below(7) {
            0 | 1 => {
                let events: Vec<NewEvent> = (0..feed.below(8))
                    .map(|_| {
                        let byte = feed.number::<u8>();
                        event(byte % 32, byte >> 5)
                    })
                    .collect();
                let outcomes = queue.enqueue(Batch::new(events.clone())).expect("a commit");
                model.enqueued(&events, &outcomes);
            }
            2 => {
                let most = usize::from(feed.below(8));
                let lease = queue.lease(most, usize::MAX, TTL).expect("a lease");
                model.leased(most, &lease);
                leases.push(lease);
            }
            3 if !leases.is_empty() => {
                let seqs = leases.remove(0).seqs();
                let settled = queue.ack(seqs.clone(), 0).expect("a commit");
                assert_eq!(settled.settled, model.gone(&seqs));
            }
            4 if !leases.is_empty() => {
                let lease = leases.remove(0);
                queue.nack(lease.id, lease.seqs()).expect("a commit");
                model.given_back(&lease);
            }
            5 if !leases.is_empty() => {
                if let Some(first) = leases[0].events.first() {
                    let letter = DeadLetter::new(first.seq, "unknown", "the sink does not know it");
                    let settled = queue.dead(vec![letter], 0).expect("a commit");
                    assert_eq!(settled.settled, model.gone(&[first.seq]));
                    model.dead += settled.settled;
                }
            }
            6 => {
                if feed.number::<u8>() & 1 == 0 {
                    clock.advance(TTL / 2);
                    model.now += TTL / 2;
                } else {
                    queue.close().expect("a file closed in order");
                    queue = open();
                    model.held.clear();
                }
            }
            _ => {}
        }
        let stats = queue.stats().expect("counts");
        let (pending, seen, dead) = (stats.pending, stats.seen, stats.dead);
        let expected = (model.pending.len(), model.seen.len(), model.dead);
        assert_eq!(
            (pending, seen, dead),
            (small(expected.0), small(expected.1), small(expected.2))
        );
    }
    queue.close().expect("a file closed in order");
}

fn small(count: usize) -> u64 {
    u64::try_from(count).expect("a count")
}

fn event(number: u8, mark: u8) -> NewEvent {
    let fingerprint = Fingerprint::from_bytes([number; Fingerprint::LEN]);
    NewEvent::new(fingerprint, "T1", 0, mark.into(), [number, mark])
}

/// What the queue must know.
#[derive(Default)]
struct Model {
    now: Duration,
    seen: BTreeMap<Fingerprint, u32>,
    pending: BTreeMap<Seq, Fingerprint>,
    held: BTreeMap<Seq, (punchclock_queue::LeaseId, Duration)>,
    last: Option<Seq>,
    dead: usize,
}

impl Model {
    fn enqueued(&mut self, events: &[NewEvent], outcomes: &[Outcome]) {
        assert_eq!(events.len(), outcomes.len());
        for (event, outcome) in events.iter().zip(outcomes) {
            match (self.seen.get(&event.fingerprint), outcome) {
                (None, Outcome::Accepted { seq, .. }) => {
                    assert!(self.last < Some(*seq), "numbers only go up");
                    self.last = Some(*seq);
                    self.seen.insert(event.fingerprint, event.mark);
                    self.pending.insert(*seq, event.fingerprint);
                }
                (Some(kept), Outcome::Duplicate) => assert_eq!(*kept, event.mark),
                (Some(kept), Outcome::Conflict { kept_mark, .. }) => {
                    assert!(kept == kept_mark && *kept != event.mark);
                }
                (known, outcome) => panic!("{outcome:?} for an event known as {known:?}"),
            }
        }
    }

    fn leased(&mut self, most: usize, lease: &Lease) {
        let now = self.now;
        self.held.retain(|_, (_, until)| *until > now);
        let free: BTreeSet<Seq> = self
            .pending
            .keys()
            .filter(|seq| !self.held.contains_key(seq))
            .copied()
            .collect();
        let oldest: Vec<Seq> = free.into_iter().take(most).collect();
        assert_eq!(lease.seqs(), oldest, "the oldest free events, in order");
        for event in &lease.events {
            assert_eq!(self.pending.get(&event.seq), Some(&event.fingerprint));
            assert_eq!(event.body.first(), event.fingerprint.as_bytes().first());
            self.held.insert(event.seq, (lease.id, self.now + TTL));
        }
    }

    /// Takes events out of the queue; says how many were still in it.
    fn gone(&mut self, seqs: &[Seq]) -> usize {
        seqs.iter()
            .filter(|seq| {
                self.held.remove(seq);
                self.pending.remove(seq).is_some()
            })
            .count()
    }

    fn given_back(&mut self, lease: &Lease) {
        for seq in lease.seqs() {
            if self.held.get(&seq).is_some_and(|(holder, _)| *holder == lease.id) {
                self.held.remove(&seq);
            }
        }
    }
}
