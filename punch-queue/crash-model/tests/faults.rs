//! A disk that fails at the n-th call, for every n: an error, nothing acknowledged that is gone, and the queue goes on once it
//! is opened again.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on must fail"
)]

use std::path::Path;

use punchclock_queue::{Config, Error, Queue};
use punchclock_queue_crash_model::script::{self, Holds, Step};
use punchclock_queue_crash_model::{Calls, Fault, Watch, check, power_cut};

/// What became of one run.
#[derive(Debug, Default)]
struct Run {
    /// Calls that failed.
    struck: usize,
    /// Errors the queue answered.
    errors: usize,
}

/// Goes through the script on a disk that fails once, or from some point on. After an error the disk is repaired, the queue
/// opened again if it asks for that, and the step sent again.
fn run(file: &Path, steps: &[Step], fault: Fault) -> Run {
    let context = format!("{fault:?}");
    let watch = Watch::new(file.parent().unwrap(), false);
    let mut run = Run::default();
    let mut holds = Holds::default();
    watch.fail(fault);
    let mut queue = open(file, &watch, &mut run, &holds, &context);
    for (number, step) in steps.iter().enumerate() {
        let context = format!("{context}, step {number} {step:?}");
        if matches!(step, Step::Reopen) {
            if let Err(error) = queue.close() {
                run.errors += 1;
                expected(&error, &context);
            }
            queue = open(file, &watch, &mut run, &holds, &context);
            continue;
        }
        let after = holds.after(step);
        if let Err(error) = script::take(&queue, number, step) {
            run.errors += 1;
            if matches!(step, Step::Backup) {
                // The copy failed, perhaps only because it could not be looked at; the queue did not.
                run.struck += watch.heal();
                script::take(&queue, number, step)
                    .unwrap_or_else(|error| panic!("{context}: again: {error}"));
                continue;
            }
            expected(&error, &context);
            assert!(error.is_full() || error.needs_reopen(), "{context}: {error:?}");
            if error.needs_reopen() {
                // The last handle is not of use any more, and says so.
                assert!(matches!(queue.stats(), Err(Error::Poisoned { .. })), "{context}");
                assert!(queue.health().poisoned, "{context}");
                drop(queue.close());
                run.struck += watch.heal();
                let found = check::with_sqlite(file).unwrap_or_else(|error| panic!("{context}: {error}"));
                assert!(
                    found == holds || found == after,
                    "{context}: {found:?}, not {holds:?}"
                );
                queue = open(file, &watch, &mut run, &found, &context);
                holds = found;
            } else {
                run.struck += watch.heal();
                same(&queue, &holds, &context);
            }
            // A settlement that had happened must not be made again: it would take the next events.
            if holds == after {
                continue;
            }
            script::take(&queue, number, step).unwrap_or_else(|error| panic!("{context}: again: {error}"));
        }
        holds = after;
    }
    same(&queue, &holds, &context);
    if let Err(error) = queue.close() {
        run.errors += 1;
        expected(&error, &context);
    }
    run.struck += watch.heal();
    let found = check::with_sqlite(file).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!(found, holds, "{context}");
    run
}

/// Opens the queue, on a repaired disk if the failing one does not let it.
fn open(file: &Path, watch: &Watch, run: &mut Run, holds: &Holds, context: &str) -> Queue {
    let queue = Queue::open(file, Config::default()).or_else(|error| {
        run.errors += 1;
        expected(&error, context);
        run.struck += watch.heal();
        Queue::open(file, Config::default())
    });
    let queue = queue.unwrap_or_else(|error| panic!("{context}: on a repaired disk: {error}"));
    // Looking may meet the fault too; it is looked at again later.
    drop(check::answers(&queue).map(|found| assert_eq!(found.pending, holds.pending, "{context}")));
    if queue.health().poisoned {
        run.errors += 1;
        drop(queue.close());
        run.struck += watch.heal();
        return Queue::open(file, Config::default()).unwrap_or_else(|error| panic!("{context}: {error}"));
    }
    queue
}

fn same(queue: &Queue, holds: &Holds, context: &str) {
    match check::answers(queue) {
        Ok(found) => {
            assert_eq!(found.pending, holds.pending, "{context}");
            assert_eq!(found.dead, holds.dead, "{context}");
            assert_eq!(found.cursor, holds.cursor, "{context}");
            assert_eq!(found.quarantined, holds.quarantined, "{context}");
        }
        Err(error) => expected(&error, context),
    }
}

/// The errors a failing disk may lead to. Damage is none of them: the disk refuses, it does not scribble.
fn expected(error: &Error, context: &str) {
    assert!(
        matches!(
            error,
            Error::Io { .. }
                | Error::Full { .. }
                | Error::Open { .. }
                | Error::Poisoned { .. }
                | Error::Pragma { .. }
        ),
        "{context}: {error:?}"
    );
}

/// Every n, until the script comes through without meeting the fault.
fn every(calls: Calls, full: bool) {
    let steps = script::steps(11, 26);
    let (mut errors, mut struck, mut runs) = (0, 0, 0);
    for lasting in [false, true] {
        for after in 0.. {
            let folder = power_cut::memory_folder();
            let fault = Fault {
                calls,
                after,
                lasting,
                full,
            };
            let run = run(&folder.path().join("queue.db"), &steps, fault);
            if run.struck == 0 {
                break;
            }
            runs += 1;
            struck += run.struck;
            errors += run.errors;
        }
    }
    println!("{calls:?}, full: {full}: {runs} runs, {struck} calls failed, {errors} errors answered");
    assert!(runs > 0);
}

#[test]
fn no_space_at_every_write() {
    every(Calls::Write, true);
}

#[test]
fn an_error_at_every_write() {
    every(Calls::Write, false);
}

#[test]
fn an_error_at_every_sync() {
    every(Calls::Sync, false);
}

#[test]
fn an_error_at_every_truncation_and_deletion() {
    every(Calls::Truncate, false);
    every(Calls::Delete, false);
}

#[test]
fn an_error_at_every_open() {
    every(Calls::Open, false);
    every(Calls::Open, true);
}

#[test]
fn an_error_at_every_read_and_every_look_at_the_size() {
    every(Calls::Read, false);
    every(Calls::Size, false);
}

#[test]
fn no_room_for_the_shared_memory() {
    every(Calls::SharedMemory, true);
    every(Calls::SharedMemory, false);
}
