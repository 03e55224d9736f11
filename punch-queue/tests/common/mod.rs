//! What the tests share: short ways to make events, open queues and run a part of a test in another process.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "each test file uses a part of this"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use punchclock_queue::{Batch, Config, Event, Fingerprint, NewEvent, Outcome, Queue, Seq};
use tempfile::TempDir;

pub const TTL: Duration = Duration::from_secs(60);
pub const NOW_MS: i64 = 1_772_434_800_000;

/// A fingerprint that names a number.
pub fn fingerprint(number: u64) -> Fingerprint {
    Fingerprint::from_bytes(u128::from(number).to_be_bytes())
}

/// The number a fingerprint names.
pub fn number(fingerprint: Fingerprint) -> u64 {
    u64::try_from(u128::from_be_bytes(*fingerprint.as_bytes())).unwrap()
}

pub fn event(number: u64) -> NewEvent {
    marked(number, 0)
}

pub fn marked(number: u64, mark: u32) -> NewEvent {
    let received_ms = NOW_MS + i64::try_from(number).unwrap();
    NewEvent::new(
        fingerprint(number),
        format!("TERMINAL-{}", number % 3),
        received_ms,
        mark,
        format!("punch {number}"),
    )
}

pub fn batch(numbers: impl IntoIterator<Item = u64>) -> Batch {
    Batch::new(numbers.into_iter().map(event).collect())
}

pub fn numbers(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| number(event.fingerprint)).collect()
}

/// Everything pending, in order, under a lease nobody answers.
pub fn lease_all(queue: &Queue) -> Vec<Event> {
    queue.lease(usize::MAX, usize::MAX, TTL).unwrap().events
}

pub fn seq(outcome: &Outcome) -> Seq {
    match outcome {
        Outcome::Accepted { seq, .. } => *seq,
        other => panic!("accepted was expected, not {other:?}"),
    }
}

pub fn is_accepted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Accepted { .. })
}

/// A folder with the path of a queue in it.
pub struct Place {
    pub folder: TempDir,
    pub file: PathBuf,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("queue.db");
        Self { folder, file }
    }

    pub fn open(&self) -> Queue {
        Queue::open(&self.file, Config::default()).unwrap()
    }

    /// The database by another hand, for arranging what the queue would not do itself.
    pub fn sqlite(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.file).unwrap()
    }

    pub fn wal_bytes(&self) -> u64 {
        std::fs::metadata(beside(&self.file, "-wal")).map_or(0, |log| log.len())
    }
}

pub fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_os_string();
    name.push(ending);
    PathBuf::from(name)
}

/// Where a test that plays a child process finds its queue; unset in an ordinary run.
const CHILD: &str = "PUNCHCLOCK_QUEUE_CHILD";

/// The queue file given to this process if it is the child of another test.
pub fn child_file() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

/// This test program again, to run the one test `name` as the child that works on `file`.
pub fn child(name: &str, file: &Path) -> Command {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(CHILD, file);
    command
}

/// `true` in a process that the file permissions do not hold back.
#[cfg(unix)]
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::metadata(folder.path()).unwrap().uid() == 0
}

/// Says on the terminal, past the test runner's capture, that a part of a test could not run here; where
/// `PUNCHCLOCK_REQUIRE_ALL` is set that is a failure.
#[expect(clippy::explicit_write, reason = "eprintln is captured by the test runner")]
pub fn not_run(what: &str, why: &str) {
    use std::io::Write;
    assert!(
        std::env::var_os("PUNCHCLOCK_REQUIRE_ALL").is_none(),
        "not run: {what}: {why}"
    );
    writeln!(std::io::stderr(), "NOT RUN: {what}: {why}").unwrap();
}
