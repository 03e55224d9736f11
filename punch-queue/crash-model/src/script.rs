//! Work for a queue, and what must be in it after every step.

use std::collections::BTreeSet;
use std::time::Duration;

use punchclock_queue::{Batch, CursorUpdate, DeadLetter, Error, Fingerprint, NewEvent, NewQuarantine, Queue};

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
            Step::Reopen | Step::Checkpoint => {}
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
    for step in 0..count {
        steps.push(match random.u8(..20) {
            0..11 => {
                // Mostly single punches, sometimes a terminal's memory; some known ones among them, and not all in order.
                let new = if random.u8(..5) == 0 {
                    random.u64(10..40)
                } else {
                    random.u64(1..3)
                };
                let mut numbers: Vec<u64> = (next..next + new).collect();
                random.shuffle(&mut numbers);
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
            17..19 => Step::Checkpoint,
            _ if step + 1 < count => Step::Reopen,
            _ => Step::Checkpoint,
        });
    }
    steps
}

/// A fingerprint that names a number; the numbers of one time side by side, as in a branch.
#[must_use]
pub fn fingerprint(number: u64) -> Fingerprint {
    Fingerprint::from_bytes(u128::from(number).to_be_bytes())
}

/// The number that a fingerprint names.
#[must_use]
pub fn number(fp: &[u8]) -> Option<u64> {
    let bytes: [u8; 16] = fp.try_into().ok()?;
    u64::try_from(u128::from_be_bytes(bytes)).ok()
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

/// Makes one step on a queue that is open.
///
/// # Errors
/// What the queue answers; then the step may have happened only if the handle is finished.
pub fn take(queue: &Queue, step: &Step) -> Result<(), Error> {
    match step {
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

/// Moves the log into the file by another connection.
pub fn checkpoint(file: &std::path::Path) {
    let other = rusqlite::Connection::open(file).unwrap();
    other
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        .unwrap();
}
