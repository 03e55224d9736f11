//! The durable queue, beside the least that one durable write costs on the same disk.
//!
//! Every call here returns after its commit was flushed (`synchronous=FULL`), except where nothing new came and nothing is
//! written. The folder is that of cargo's target directory, on a real disk; `PUNCHCLOCK_BENCH_FOLDER` names another one.
//! A million fingerprints are stored before anything is measured; `PUNCHCLOCK_BENCH_STORED` is another number.

#![allow(clippy::unwrap_used, reason = "a benchmark whose queue fails must stop")]

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::time::Duration;

use criterion::{BatchSize, Criterion};
use punchclock_benches::floor::{Floor, WRITE_BYTES};
use punchclock_benches::run::time;
use punchclock_benches::{Run, input};
use punchclock_queue::{Batch, Config, NewEvent, Queue};

/// Events of a batch: what a terminal sends at once, and what the edge delivers at once.
const BATCH: usize = 100;

/// Threads that enqueue at the same time.
const CALLERS: usize = 64;

/// How long a lease lasts here; none expires.
const TTL: Duration = Duration::from_secs(3_600);

fn main() {
    let run = Run::from_args();
    let parent = std::env::var_os("PUNCHCLOCK_BENCH_FOLDER")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let folder = tempfile::tempdir_in(parent).unwrap();
    let bench = Bench {
        queue: Queue::open(folder.path().join("queue.db"), Config::new()).unwrap(),
        made: Cell::new(0),
        floor: RefCell::new(Floor::new(folder.path())),
    };
    let stored = std::env::var("PUNCHCLOCK_BENCH_STORED")
        .map_or_else(|_| run.size(1_000_000, 200), |stored| stored.parse().unwrap());
    bench.fill(stored);
    ratios(&run, &bench, stored);

    let mut criterion = run.criterion();
    measure(&mut criterion, &bench);
    run.finish(&criterion, 5);
    bench.queue.close().unwrap();
}

/// A queue, where its next new event comes from, and the floor of its disk.
struct Bench {
    queue: Queue,
    made: Cell<usize>,
    floor: RefCell<Floor>,
}

impl Bench {
    fn fresh(&self, count: usize) -> Vec<NewEvent> {
        input::events(self.made.replace(self.made.get() + count), count)
    }

    /// Stores and delivers some events, so that look-ups meet a table of some size.
    fn fill(&self, count: usize) {
        for _ in 0..count.div_ceil(500) {
            self.queue.enqueue(Batch::new(self.fresh(500))).unwrap();
        }
        while self.deliver(500) > 0 {}
    }

    fn enqueue(&self, events: Vec<NewEvent>) {
        self.queue.enqueue(Batch::new(events)).unwrap();
    }

    /// Many callers at once, each with some new events, one a call. Answers how long each call waited.
    fn together(&self, each: usize) -> Vec<Duration> {
        let work: Vec<Vec<NewEvent>> = (0..CALLERS).map(|_| self.fresh(each)).collect();
        let queue = &self.queue;
        let caller = |events: Vec<NewEvent>| {
            move || {
                let mut waits = Vec::with_capacity(events.len());
                for event in events {
                    let mut batch = Some(Batch::new(vec![event]));
                    waits.push(time(&mut || drop(queue.enqueue(batch.take().unwrap()).unwrap())));
                }
                waits
            }
        };
        std::thread::scope(|scope| {
            let callers: Vec<_> = work
                .into_iter()
                .map(|events| scope.spawn(caller(events)))
                .collect();
            callers
                .into_iter()
                .flat_map(|caller| caller.join().unwrap())
                .collect()
        })
    }

    fn deliver(&self, count: usize) -> usize {
        let lease = self.queue.lease(count, usize::MAX, TTL).unwrap();
        let seqs = lease.seqs();
        let delivered = seqs.len();
        self.queue.ack(seqs, 1_772_434_800_000).unwrap();
        delivered
    }
}

fn ratios(run: &Run, bench: &Bench, stored: usize) {
    run.heading(&format!(
        "queue_enqueue: each answer is a flushed commit; {stored} fingerprints stored at the beginning; floor F = one \
         overwrite of {WRITE_BYTES} bytes and its fdatasync in the same folder"
    ));
    let calls = run.size(500, 3);
    let batches = run.size(50, 1);
    let known = bench.fresh(BATCH);
    bench.enqueue(known.clone());
    bench.deliver(BATCH);
    // Input is made before the clock starts.
    let singles = RefCell::new(Vec::new());
    let hundreds = RefCell::new(Vec::new());
    let repeats = RefCell::new(Vec::new());
    let prepare = || {
        *singles.borrow_mut() = (0..calls).map(|_| bench.fresh(1)).collect();
        *hundreds.borrow_mut() = (0..batches).map(|_| bench.fresh(BATCH)).collect();
        *repeats.borrow_mut() = (0..batches).map(|_| known.clone()).collect();
    };
    let each = run.size(50, 2);
    let waits = RefCell::new(Vec::new());
    let all =
        |work: &RefCell<Vec<Vec<NewEvent>>>| work.take().into_iter().for_each(|events| bench.enqueue(events));
    let [_, floor, single, hundred, together, duplicate, drain] = run.fastest([
        &mut || prepare(),
        &mut || (0..calls).for_each(|_| bench.floor.borrow_mut().write()),
        &mut || all(&singles),
        &mut || all(&hundreds),
        &mut || waits.borrow_mut().extend(bench.together(each)),
        &mut || all(&repeats),
        // As many as the rounds above brought.
        &mut || while bench.deliver(BATCH) > 0 {},
    ]);
    let per_floor = ("F", calls, floor);
    let in_batches = batches * BATCH;
    run.rate("writes (F)", calls, floor);
    run.done_per(("new events, one a call", calls, single), per_floor);
    run.done_per(("new events, 100 a call", in_batches, hundred), per_floor);
    let callers = CALLERS * each;
    run.done_per(
        ("new events, one a call, 64 callers", callers, together),
        per_floor,
    );
    run.waits("64 callers", waits.take());
    let commits = || bench.queue.stats().unwrap().commits;
    let before = commits();
    (0..batches).for_each(|_| bench.enqueue(known.clone()));
    assert_eq!(commits(), before, "known events write no page");
    run.done_per(
        ("known events, 100 a call", in_batches, duplicate),
        ("new events, one a call", calls, single),
    );
    run.done_per(
        ("drained events, 100 a lease", in_batches + calls + callers, drain),
        ("new events, 100 a call", in_batches, hundred),
    );
}

fn measure(criterion: &mut Criterion, bench: &Bench) {
    let mut group = criterion.benchmark_group("queue_enqueue");
    group.bench_function("floor: 12 KiB overwrite, fdatasync", |timer| {
        timer.iter(|| bench.floor.borrow_mut().write());
    });
    group.bench_function("enqueue 1 new", |timer| {
        timer.iter_batched(
            || bench.fresh(1),
            |events| bench.enqueue(events),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("enqueue 100 new", |timer| {
        timer.iter_batched(
            || bench.fresh(BATCH),
            |events| bench.enqueue(events),
            BatchSize::SmallInput,
        );
    });
    let known = bench.fresh(BATCH);
    bench.enqueue(known.clone());
    group.bench_function("enqueue 100 known", |timer| {
        timer.iter_batched(
            || known.clone(),
            |events| bench.enqueue(events),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("lease 100, ack 100", |timer| {
        timer.iter_batched(
            || bench.enqueue(bench.fresh(BATCH)),
            |()| bench.deliver(BATCH),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}
