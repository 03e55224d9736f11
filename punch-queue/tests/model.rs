//! Random operations on a queue, and a plain map that says what it must answer (proptest's state machine, which shrinks a
//! failure to the shortest sequence that shows it).
//!
//! What is held to, by the numbers of the queue's design: I1 nothing acknowledged leaves pending, leased, dead, delivered; I2
//! one live row for a fingerprint; I3 the first is accepted, later ones are duplicates while it is remembered; I4 the cursor
//! moves with its batch; I5 numbers only go up; I6 oldest first; I7 the counts add up; I8 out again only after a nack, an
//! expiry, a requeue or a restart; I9 the wall clock moves nothing but retention; I10 the file stays within its quota; I11
//! answers outlive closing and opening; I12 a batch of duplicates writes nothing.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use common::{NOW_MS, Place, TTL, beside, event, is_accepted, marked, number};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use punchclock_queue::{
    Batch, Budget, Check, Config, CursorUpdate, DeadLetter, LeaseId, ManualClock, NewEvent, Outcome, Queue,
    Seq,
};

const QUOTA: u64 = 4 << 20;
const DAY_MS: i64 = 86_400_000;

#[derive(Debug, Clone)]
enum Operation {
    Enqueue {
        events: Vec<(u64, u32)>,
        cursor: Option<u8>,
    },
    Lease(usize),
    /// Settles some events of a lease, of the latest or of an old one, at a wall clock that may be years off.
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
        at_ms: i64,
    },
    Extend(usize),
    Requeue(u8),
    Purge(u8),
    Tick(u64),
    /// A slice of maintenance, long after everything or at the time of the punches.
    Maintain {
        years_later: bool,
    },
    Backup,
    Reopen,
}

/// An event that was accepted, by the number its fingerprint names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whereabouts {
    Pending,
    Dead,
    /// Delivered or purged, on a day.
    Gone(i64),
}

/// What the operations must lead to. It hands out the same numbers as the queue must: 1, 2, 3.
#[derive(Debug, Clone, Default)]
struct Model {
    marks: BTreeMap<u64, u32>,
    whereabouts: BTreeMap<u64, Whereabouts>,
    /// Pending events by their number in the queue, with their attempts.
    pending: BTreeMap<Seq, (u64, u32)>,
    dead: BTreeMap<Seq, u64>,
    /// Which lease holds an event, counted from the first one ever, and until when.
    held: BTreeMap<Seq, (usize, Duration)>,
    leases: Vec<Vec<Seq>>,
    /// Leases before this one are of an earlier process.
    first_lease: usize,
    cursor: Option<u8>,
    next: i64,
    now: Duration,
    accepted: u64,
}

fn any_time() -> impl Strategy<Value = i64> {
    prop_oneof![
        Just(NOW_MS),
        Just(NOW_MS + 3_650 * DAY_MS),
        Just(NOW_MS - 3_650 * DAY_MS),
        Just(i64::MIN)
    ]
}

const fn later(years_later: bool) -> i64 {
    if years_later {
        NOW_MS + 2_000 * DAY_MS
    } else {
        NOW_MS
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Operation;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self {
            next: 1,
            ..Self::default()
        })
        .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Operation> {
        let upload = prop::collection::vec((0..60_u64, 0..2_u32), 0..12);
        let (lease, mask) = (0..4_usize, any::<u8>());
        prop_oneof![
            8 => (upload, any::<Option<u8>>()).prop_map(|(events, cursor)| Operation::Enqueue { events, cursor }),
            // A terminal's whole memory.
            1 => (0..300_u64).prop_map(|count| Operation::Enqueue { events: (0..count).map(|n| (n, 0)).collect(), cursor: None }),
            6 => (0..8_usize).prop_map(Operation::Lease),
            6 => (lease.clone(), mask, any_time()).prop_map(|(lease, mask, at_ms)| Operation::Ack { lease, mask, at_ms }),
            4 => (lease.clone(), mask).prop_map(|(lease, mask)| Operation::Nack { lease, mask }),
            3 => (lease.clone(), mask, any_time()).prop_map(|(lease, mask, at_ms)| Operation::Dead { lease, mask, at_ms }),
            1 => lease.prop_map(Operation::Extend),
            2 => any::<u8>().prop_map(Operation::Requeue),
            1 => any::<u8>().prop_map(Operation::Purge),
            4 => (0..40_u64).prop_map(Operation::Tick),
            2 => any::<bool>().prop_map(|years_later| Operation::Maintain { years_later }),
            1 => Just(Operation::Backup),
            2 => Just(Operation::Reopen),
        ]
        .boxed()
    }

    fn apply(mut state: Self, operation: &Operation) -> Self {
        state.step(operation);
        state
    }
}

impl Model {
    fn step(&mut self, operation: &Operation) {
        match operation {
            Operation::Enqueue { events, cursor } => {
                for (n, mark) in events {
                    if self.marks.contains_key(n) {
                        continue;
                    }
                    self.marks.insert(*n, *mark);
                    self.whereabouts.insert(*n, Whereabouts::Pending);
                    self.pending.insert(Seq::new(self.next), (*n, 0));
                    self.next += 1;
                    self.accepted += 1;
                }
                self.cursor = cursor.or(self.cursor);
            }
            Operation::Lease(count) => {
                let given = self.free(*count);
                let (lease, until) = (self.leases.len(), self.now + TTL);
                self.held.extend(given.iter().map(|seq| (*seq, (lease, until))));
                self.leases.push(given);
            }
            Operation::Ack { lease, mask, at_ms } => {
                for seq in self.pick(*lease, *mask) {
                    self.settle(seq, Whereabouts::Gone(at_ms.div_euclid(DAY_MS).max(1)));
                }
            }
            Operation::Nack { lease, mask } => {
                let id = self.lease(*lease);
                for seq in self.pick(*lease, *mask) {
                    let foreign = self.held.get(&seq).is_some_and(|(holder, _)| Some(*holder) != id);
                    if let Some((_, attempts)) = self.pending.get_mut(&seq).filter(|_| !foreign) {
                        *attempts += 1;
                        self.held.remove(&seq);
                    }
                }
            }
            Operation::Dead { lease, mask, .. } => {
                for seq in self.pick(*lease, *mask) {
                    if let Some(n) = self.settle(seq, Whereabouts::Dead) {
                        self.dead.insert(seq, n);
                    }
                }
            }
            Operation::Extend(lease) => {
                if let Some(id) = self.lease(*lease) {
                    let until = self.now + TTL;
                    self.held
                        .values_mut()
                        .filter(|(holder, _)| *holder == id)
                        .for_each(|(_, end)| *end = until);
                }
            }
            Operation::Requeue(mask) => {
                for seq in self.pick_dead(*mask) {
                    let n = self.dead.remove(&seq).unwrap();
                    self.pending.insert(seq, (n, 0));
                    self.whereabouts.insert(n, Whereabouts::Pending);
                }
            }
            Operation::Purge(mask) => {
                for seq in self.pick_dead(*mask) {
                    let n = self.dead.remove(&seq).unwrap();
                    self.whereabouts.insert(n, Whereabouts::Gone(NOW_MS / DAY_MS));
                }
            }
            Operation::Tick(seconds) => {
                self.now += Duration::from_secs(*seconds);
                let now = self.now;
                self.held.retain(|_, (_, until)| *until > now);
            }
            Operation::Maintain { years_later } => {
                let last = later(*years_later) / DAY_MS - 400;
                self.whereabouts
                    .retain(|_, place| !matches!(place, Whereabouts::Gone(day) if *day <= last));
                let whereabouts = &self.whereabouts;
                self.marks.retain(|n, _| whereabouts.contains_key(n));
            }
            Operation::Backup => {}
            Operation::Reopen => {
                self.held.clear();
                self.first_lease = self.leases.len();
            }
        }
    }

    /// The oldest events that nobody holds.
    fn free(&self, count: usize) -> Vec<Seq> {
        let free = self.pending.keys().filter(|seq| !self.held.contains_key(seq));
        free.take(count).copied().collect()
    }

    /// A lease of this process, counted from the latest.
    fn lease(&self, back: usize) -> Option<usize> {
        self.leases
            .len()
            .checked_sub(back + 1)
            .filter(|lease| *lease >= self.first_lease)
    }

    /// Some events of a lease.
    fn pick(&self, back: usize, mask: u8) -> Vec<Seq> {
        let seqs = self.lease(back).map(|lease| &self.leases[lease]);
        chosen(seqs.into_iter().flatten(), mask)
    }

    fn pick_dead(&self, mask: u8) -> Vec<Seq> {
        chosen(self.dead.keys(), mask)
    }

    fn settle(&mut self, seq: Seq, to: Whereabouts) -> Option<u64> {
        self.held.remove(&seq);
        let (n, _) = self.pending.remove(&seq)?;
        self.whereabouts.insert(n, to);
        Some(n)
    }
}

fn chosen<'a>(seqs: impl Iterator<Item = &'a Seq>, mask: u8) -> Vec<Seq> {
    seqs.enumerate()
        .filter(|(place, _)| mask >> (place % 8) & 1 == 1)
        .map(|(_, seq)| *seq)
        .collect()
}

/// The queue, and the model as it was before the operation.
struct Run {
    place: Place,
    clock: ManualClock,
    queue: Queue,
    leases: Vec<LeaseId>,
    before: Model,
    backups: u32,
}

fn open(place: &Place, clock: &ManualClock) -> Queue {
    let config = Config::default()
        .clock(Arc::new(clock.clone()))
        .quota_bytes(QUOTA);
    Queue::open(&place.file, config).unwrap()
}

impl StateMachineTest for Run {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(model: &Model) -> Self {
        let (place, clock) = (Place::new(), ManualClock::new());
        let queue = open(&place, &clock);
        Self {
            place,
            clock,
            queue,
            leases: Vec::new(),
            before: model.clone(),
            backups: 0,
        }
    }

    fn apply(mut run: Self, model: &Model, operation: Operation) -> Self {
        let before = std::mem::replace(&mut run.before, model.clone());
        let gone = |seqs: &[Seq]| seqs.iter().filter(|seq| before.pending.contains_key(seq)).count();
        match operation {
            Operation::Enqueue { events, cursor } => run.enqueue(&before, &events, cursor),
            Operation::Lease(count) => {
                let lease = run.queue.lease(count, usize::MAX, TTL).unwrap();
                assert_eq!(lease.seqs(), model.leases[model.leases.len() - 1]);
                for event in &lease.events {
                    let n = number(event.fingerprint);
                    assert_eq!((n, event.attempts), before.pending[&event.seq]);
                    assert_eq!(event.body, format!("punch {n}").into_bytes());
                }
                run.leases.push(lease.id);
            }
            Operation::Ack { lease, mask, at_ms } => {
                let seqs = before.pick(lease, mask);
                let settled = run.queue.ack(seqs.clone(), at_ms).unwrap();
                let known = gone(&seqs);
                assert_eq!((settled.settled, settled.ignored), (known, seqs.len() - known));
            }
            Operation::Nack { lease, mask } => {
                if let Some(id) = before.lease(lease) {
                    run.queue.nack(run.leases[id], before.pick(lease, mask)).unwrap();
                }
            }
            Operation::Dead { lease, mask, at_ms } => {
                let seqs = before.pick(lease, mask);
                let letters = seqs.iter().map(|seq| DeadLetter::new(*seq, "schema", "no"));
                let settled = run.queue.dead(letters.collect(), at_ms).unwrap();
                assert_eq!(settled.settled, gone(&seqs));
            }
            Operation::Extend(lease) => {
                if let Some(id) = before.lease(lease) {
                    let held = run.queue.extend(run.leases[id], TTL).unwrap();
                    assert_eq!(
                        held,
                        before.held.values().filter(|(holder, _)| *holder == id).count()
                    );
                }
            }
            Operation::Requeue(mask) => {
                let seqs = before.pick_dead(mask);
                assert_eq!(run.queue.dead_requeue(seqs.clone()).unwrap().settled, seqs.len());
            }
            Operation::Purge(mask) => {
                let seqs = before.pick_dead(mask);
                assert_eq!(
                    run.queue.dead_purge(seqs.clone(), NOW_MS).unwrap().settled,
                    seqs.len()
                );
            }
            Operation::Tick(seconds) => run.clock.advance(Duration::from_secs(seconds)),
            Operation::Maintain { years_later } => {
                let budget = Budget::new().forget(later(years_later));
                let done = run.queue.maintain(budget).unwrap();
                let forgotten = before.marks.len() - model.marks.len();
                assert_eq!(done.forgotten, u64::try_from(forgotten).unwrap());
                assert!(done.wal_bytes == 0 && run.queue.stats().unwrap().db_bytes <= QUOTA);
            }
            Operation::Backup => run.backup(model),
            Operation::Reopen => {
                run.queue.clone().close().unwrap();
                run.queue = open(&run.place, &run.clock);
            }
        }
        run
    }

    fn check_invariants(run: &Self, model: &Model) {
        // The model is that of after the operation only once an operation was made.
        let stats = run.queue.stats().unwrap();
        let counted = |n: usize| u64::try_from(n).unwrap();
        assert_eq!(stats.pending, counted(model.pending.len()));
        assert_eq!(stats.dead, counted(model.dead.len()));
        assert_eq!(stats.seen, counted(model.marks.len()));
        assert_eq!(stats.leased, counted(model.held.len()));
        let cursor = run.queue.cursor("T1").unwrap();
        assert_eq!(cursor.as_deref(), model.cursor.as_ref().map(std::slice::from_ref));
        assert_eq!(model.next, i64::try_from(model.accepted).unwrap() + 1);
    }

    /// What the file holds in the end, by a fresh process's eyes.
    fn teardown(run: Self, model: Model) {
        run.queue.clone().close().unwrap();
        let queue = open(&run.place, &run.clock);
        holds(&queue, &model);
        assert!(queue.verify(Check::Full).unwrap().is_sound());
        let commits = queue.stats().unwrap().commits;
        let again = model.marks.iter().map(|(n, mark)| marked(*n, *mark));
        let outcomes = queue.enqueue(Batch::new(again.collect())).unwrap();
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Duplicate));
        assert_eq!(
            queue.stats().unwrap().commits,
            commits,
            "duplicates write nothing"
        );
        queue.close().unwrap();
    }
}

impl Run {
    fn enqueue(&self, before: &Model, events: &[(u64, u32)], cursor: Option<u8>) {
        let new: Vec<NewEvent> = events.iter().map(|(n, mark)| marked(*n, *mark)).collect();
        let mut batch = Batch::new(new);
        if let Some(cursor) = cursor {
            batch = batch.with_cursor(CursorUpdate::new("T1", [cursor]));
        }
        let outcomes = self.queue.enqueue(batch).unwrap();
        assert_eq!(outcomes.len(), events.len());
        let (mut marks, mut next) = (before.marks.clone(), before.next);
        for ((n, mark), outcome) in events.iter().zip(outcomes) {
            match (marks.get(n), outcome) {
                (None, Outcome::Accepted { seq, .. }) => {
                    assert_eq!(seq.get(), next, "numbers go up by one and never come back");
                    next += 1;
                    marks.insert(*n, *mark);
                }
                (Some(known), Outcome::Duplicate) => assert_eq!(known, mark),
                (Some(known), Outcome::Conflict { kept_mark, .. }) => {
                    assert!(kept_mark == *known && known != mark);
                }
                (known, outcome) => panic!("{n} is {known:?}, the queue says {outcome:?}"),
            }
        }
    }

    /// A copy is a queue of its own with the same in it, and the queue goes on.
    fn backup(&mut self, model: &Model) {
        self.backups += 1;
        let copy = beside(&self.place.file, &format!(".copy{}", self.backups));
        self.queue.backup(&copy).unwrap();
        let queue = Queue::open(&copy, Config::default()).unwrap();
        holds(&queue, model);
        // What happens to the copy does not happen to the queue.
        assert!(is_accepted(
            &queue.enqueue(Batch::new(vec![event(9_999)])).unwrap()[0]
        ));
        queue.close().unwrap();
    }
}

fn holds(queue: &Queue, model: &Model) {
    let pending = queue
        .lease(usize::MAX, usize::MAX, Duration::ZERO)
        .unwrap()
        .events;
    let pending: BTreeMap<_, _> = pending
        .iter()
        .map(|e| (e.seq, (number(e.fingerprint), e.attempts)))
        .collect();
    assert_eq!(pending, model.pending);
    let dead: BTreeMap<_, _> = queue
        .dead_list(None, 1_000)
        .unwrap()
        .iter()
        .map(|d| (d.seq, number(d.fingerprint)))
        .collect();
    assert_eq!(dead, model.dead);
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_queue_does_what_a_map_says(sequential 1..60 => Run);
}
