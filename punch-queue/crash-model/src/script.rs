//! Work for a queue, and what must be in it after every step.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use punchclock_queue::{
    Batch, Budget, CursorUpdate, DeadLetter, Error, Fingerprint, NewEvent, NewQuarantine, Queue,
};

/// Everything that was acknowledged, by the numbers that the fingerprints of a script name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holds {
    /// Pending events in order, with their attempts.
    pub pending: Vec<(u64, u32)>,
    /// Refused events.
    pub dead: BTreeSet<u64>,
    /// Every event ever accepted.
    pub seen: BTreeSet<u64>,
    /// How far the source was read.
    pub cursor: Option<u64>,
    /// Pieces of input in quarantine.
    pub quarantined: BTreeSet<Vec<u8>>,
}

/// One call whose answer is waited for. It is one transaction at most.
#[derive(Debug, Clone)]
pub enum Step {
    /// An upload with its cursor, and now and then a piece of input that cannot be read.
    Enqueue {
        numbers: Vec<u64>,
        cursor: u64,
        raw: Option<Vec<u8>>,
    },
    /// The oldest events are leased and settled.
    Settle { count: usize, how: How },
    /// The refused events with the lowest numbers are pending again.
    Requeue { count: usize },
    /// A slice of maintenance. With `forget` what was delivered long ago is forgotten.
    Maintain { forget: bool },
    /// A copy of the queue is made beside it, named by the number of the step.
    Backup,
    /// The queue is closed and opened again.
    Reopen,
    /// Another connection moves the log into the file, as far as it can. The next commit starts the log over.
    Checkpoint,
}

/// What the sink says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Ack,
    Nack,
    Dead,
}

impl Holds {
    /// What must be there after the step.
    #[must_use]
    pub fn after(&self, step: &Step) -> Self {
        let mut next = self.clone();
        match step {
            Step::Enqueue { numbers, cursor, raw } => {
                for number in numbers {
                    if next.seen.insert(*number) {
                        next.pending.push((*number, 0));
                    }
                }
                next.cursor = Some(*cursor);
                next.quarantined.extend(raw.clone());
            }
            Step::Settle { count, how } => {
                let count = (*count).min(next.pending.len());
                match how {
                    How::Ack => drop(next.pending.drain(..count)),
                    How::Nack => next.pending[..count]
                        .iter_mut()
                        .for_each(|(_, attempts)| *attempts += 1),
                    How::Dead => next
                        .dead
                        .extend(next.pending.drain(..count).map(|(number, _)| number)),
                }
            }
            Step::Requeue { count } => {
                let back: Vec<u64> = next.dead.iter().take(*count).copied().collect();
                for number in back {
                    next.dead.remove(&number);
                    next.pending.push((number, 0));
                }
                // Under their old numbers.
                next.pending.sort_unstable();
            }
            Step::Maintain { forget: true } => {
                next.seen = next.dead.clone();
                next.seen.extend(next.pending.iter().map(|(number, _)| *number));
            }
            Step::Maintain { forget: false } | Step::Backup | Step::Reopen | Step::Checkpoint => {}
        }
        next
    }

    /// What of `other`, which was acknowledged, is not here.
    #[must_use]
    pub fn lacks(&self, other: &Self) -> usize {
        let here = |number: &u64| {
            self.dead.contains(number) || self.pending.iter().any(|(pending, _)| pending == number)
        };
        let gone = other.pending.iter().filter(|(number, _)| !here(number)).count();
        gone + other.dead.difference(&self.dead).count() + other.seen.difference(&self.seen).count()
    }
}

/// The state of a queue after 0, 1, 2, ... steps.
#[must_use]
pub fn holds(start: Holds, steps: &[Step]) -> Vec<Holds> {
    let mut states = vec![start];
    for step in steps {
        states.push(states[states.len() - 1].after(step));
    }
    states
}

/// So many steps, different for every seed.
#[must_use]
pub fn steps(seed: u64, count: usize) -> Vec<Step> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut next = 0;
    let mut steps = Vec::with_capacity(count);
    for step in 1..=count {
        let kind = if step == count { 19 } else { random.u8(..20) };
        steps.push(match kind {
            0..11 => {
                // Mostly single punches, sometimes a terminal's memory; some known ones among them.
                let new = if random.u8(..5) == 0 {
                    random.u64(10..40)
                } else {
                    random.u64(1..3)
                };
                let mut numbers: Vec<u64> = (next..next + new).collect();
                if next > 0 && random.bool() {
                    numbers.insert(random.usize(..=numbers.len()), random.u64(..next));
                }
                next += new;
                let raw = (random.u8(..8) == 0).then(|| vec![0xFF; random.usize(1..3_000)]);
                Step::Enqueue {
                    numbers,
                    cursor: next,
                    raw,
                }
            }
            11..17 => Step::Settle {
                count: random.usize(1..12),
                how: [How::Ack, How::Ack, How::Nack, How::Dead][random.usize(..4)],
            },
            17 => match random.u8(..4) {
                0 => Step::Requeue {
                    count: random.usize(1..4),
                },
                1 => Step::Backup,
                _ => Step::Maintain { forget: false },
            },
            18 => Step::Checkpoint,
            _ if step < count => Step::Reopen,
            // Known ones may be sent again until here.
            _ => Step::Maintain { forget: true },
        });
    }
    steps
}

/// A fingerprint that names a number; the numbers of one time side by side, as in a branch.
#[must_use]
pub fn fingerprint(number: u64) -> Fingerprint {
    Fingerprint::from_bytes(u128::from(mix(number)).to_be_bytes())
}

/// Neighbours change places: events do not come in the order of their fingerprints. Twice is back.
const fn mix(number: u64) -> u64 {
    number ^ ((number >> 3) & 7)
}

/// The number that a fingerprint names.
#[must_use]
pub fn number(fp: &[u8]) -> Option<u64> {
    let bytes: [u8; 16] = fp.try_into().ok()?;
    u64::try_from(u128::from_be_bytes(bytes)).ok().map(mix)
}

/// The body of an event. Some do not fit a page.
#[must_use]
pub fn body(number: u64) -> Vec<u8> {
    let length = match number {
        number if number % 23 == 0 => 6_000,
        number if number % 5 == 0 => 400,
        _ => 40,
    };
    let mut body = format!("punch {number} ").into_bytes();
    body.resize(length, b'.');
    body
}

/// The events of these numbers.
#[must_use]
pub fn events(numbers: &[u64]) -> Vec<NewEvent> {
    let event = |number: &u64| NewEvent::new(fingerprint(*number), "T1", 0, 0, body(*number));
    numbers.iter().map(event).collect()
}

/// Makes step `number` on a queue that is open.
///
/// # Errors
/// What the queue answers; then the step may have happened only if the handle is finished.
pub fn take(queue: &Queue, number: usize, step: &Step) -> Result<(), Error> {
    match step {
        Step::Requeue { count } => {
            let refused = queue.dead_list(None, *count)?;
            queue
                .dead_requeue(refused.iter().map(|dead| dead.seq).collect())
                .map(drop)
        }
        Step::Maintain { forget } => {
            let budget = if *forget {
                Budget::new().forget(NOW_MS)
            } else {
                Budget::new()
            };
            queue.maintain(budget).map(drop)
        }
        Step::Backup => queue.backup(backup_name(queue.path(), number)).map(drop),
        Step::Enqueue { numbers, cursor, raw } => {
            let raw = raw
                .iter()
                .map(|raw| NewQuarantine::new("T1", 0, "no tab", raw.clone()));
            let batch = Batch::new(events(numbers))
                .with_cursor(CursorUpdate::new("T1", cursor.to_string()))
                .with_quarantine(raw.collect());
            queue.enqueue(batch).map(drop)
        }
        Step::Settle { count, how } => {
            // It expires at once: whatever happens to the answer, the next lease starts with the same events.
            let lease = queue.lease(*count, usize::MAX, Duration::ZERO)?;
            match how {
                How::Ack => queue.ack(lease.seqs(), 0).map(drop),
                How::Nack => queue.nack(lease.id, lease.seqs()).map(drop),
                How::Dead => {
                    let letter = |seq| DeadLetter::new(seq, "schema", "no");
                    queue
                        .dead(lease.seqs().into_iter().map(letter).collect(), 0)
                        .map(drop)
                }
            }
        }
        Step::Reopen | Step::Checkpoint => Ok(()),
    }
}

/// Long after every delivery of a script.
const NOW_MS: i64 = 1_772_434_800_000;

/// The name of the backup that step `number` makes.
#[must_use]
pub fn backup_name(file: &Path, number: usize) -> PathBuf {
    file.with_file_name(format!("backup-{number}.db"))
}

/// Moves the log into the file by another connection.
pub fn checkpoint(file: &Path) {
    let other = rusqlite::Connection::open(file).unwrap();
    other
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        .unwrap();
}
