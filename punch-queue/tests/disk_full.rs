//! No space, by quota and by a disk that is really full; and a disk that fails.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod common;

use std::path::Path;
use std::process::{Command, Output};

use common::{NOW_MS, Place, TTL, batch, child, child_file, fingerprint, is_accepted, lease_all};
use punchclock_queue::{
    Batch, Config, CursorUpdate, DeadLetter, Error, Lease, NewEvent, Outcome, Queue, Seq,
};

/// Events of one KiB, so that little space is soon full.
fn bulky(numbers: impl IntoIterator<Item = u64>) -> Batch {
    let one = |n| NewEvent::new(fingerprint(n), "T1", NOW_MS, 0, vec![b'x'; 1_024]);
    let numbers: Vec<u64> = numbers.into_iter().collect();
    let last = numbers.last().unwrap().to_string();
    Batch::new(numbers.into_iter().map(one).collect()).with_cursor(CursorUpdate::new("T1", last))
}

/// Enqueues batches of ten until there is no space; returns how many events were acknowledged, and the error.
fn fill(queue: &Queue) -> (u64, Error) {
    let mut acknowledged = 0;
    loop {
        match queue.enqueue(bulky(acknowledged..acknowledged + 10)) {
            Ok(outcomes) => {
                assert!(outcomes.iter().all(is_accepted));
                acknowledged += 10;
            }
            Err(error) => return (acknowledged, error),
        }
        assert!(acknowledged < 100_000, "the limit does not hold");
    }
}

/// Exactly what was acknowledged is there, cursor included, and nothing of the batch that was refused.
fn holds_exactly(queue: &Queue, acknowledged: u64) {
    let stats = queue.stats().unwrap();
    assert_eq!((stats.pending, stats.seen), (acknowledged, acknowledged));
    assert_eq!(
        queue.cursor("T1").unwrap().unwrap(),
        (acknowledged - 1).to_string().as_bytes()
    );
}

#[test]
fn a_full_quota_refuses_new_events_and_takes_them_again_once_there_is_space() {
    let place = Place::new();
    let quota = 1 << 20;
    let queue = Queue::open(&place.file, Config::default().quota_bytes(quota)).unwrap();
    let (acknowledged, error) = fill(&queue);
    assert!(
        error.is_full() && error.is_temporary() && !error.needs_reopen(),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("queue.db is full") && error.to_string().contains("quota"),
        "{error}"
    );
    assert!((500..1_000).contains(&acknowledged), "{acknowledged}");
    holds_exactly(&queue, acknowledged);
    assert!(!queue.health().can_commit() && queue.health().last_error.unwrap().is_full());
    assert!(queue.stats().unwrap().db_bytes <= quota);

    // A full queue still knows its duplicates, counts attempts, buries the dead, and drains.
    assert_eq!(queue.enqueue(batch(0..10)).unwrap(), [Outcome::Duplicate; 10]);
    let lease = queue.lease(200, usize::MAX, TTL).unwrap();
    queue.nack(lease.id, lease.seqs()).unwrap();
    let (buried, delivered) = lease.events.split_at(100);
    let letters = buried
        .iter()
        .map(|event| DeadLetter::new(event.seq, "bad_pin", "no such PIN"))
        .collect();
    assert_eq!(queue.dead(letters, NOW_MS).unwrap().settled, 100);
    assert_eq!(
        queue
            .ack(delivered.iter().map(|event| event.seq).collect(), NOW_MS)
            .unwrap()
            .settled,
        100
    );
    assert!(queue.health().can_commit());
    assert!(
        queue
            .enqueue(bulky(acknowledged..acknowledged + 10))
            .unwrap()
            .iter()
            .all(is_accepted)
    );
    queue.close().unwrap();

    // Without the quota there is space again, and nothing was lost on the way.
    let queue = place.open();
    let stats = queue.stats().unwrap();
    assert_eq!(
        (stats.pending, stats.dead, stats.seen),
        (acknowledged - 190, 100, acknowledged + 10)
    );
}

#[test]
fn everything_in_a_full_queue_can_be_refused_by_the_sink() {
    let place = Place::new();
    let queue = Queue::open(&place.file, Config::default().quota_bytes(1 << 20)).unwrap();
    let (acknowledged, _) = fill(&queue);
    loop {
        let Lease { events, .. } = queue.lease(200, usize::MAX, TTL).unwrap();
        if events.is_empty() {
            break;
        }
        let letters = events
            .iter()
            .map(|event| DeadLetter::new(event.seq, "schema", "y".repeat(40)))
            .collect();
        assert_eq!(queue.dead(letters, NOW_MS).unwrap().settled, events.len());
    }
    let stats = queue.stats().unwrap();
    assert_eq!((stats.pending, stats.dead), (0, acknowledged));
}

#[test]
fn in_one_commit_a_full_quota_refuses_the_new_and_takes_the_acknowledgement() {
    let place = Place::new();
    let queue = Queue::open(&place.file, Config::default().quota_bytes(1 << 20)).unwrap();
    fill(&queue);
    let seqs: Vec<Seq> = lease_all(&queue).iter().map(|event| event.seq).collect();
    // Many callers at once, so that both kinds meet in groups; every acknowledgement must pass.
    std::thread::scope(|scope| {
        for chunk in seqs[..64].chunks(8) {
            let queue = &queue;
            scope.spawn(move || {
                chunk
                    .iter()
                    .for_each(|seq| assert_eq!(queue.ack(vec![*seq], NOW_MS).unwrap().settled, 1))
            });
            scope.spawn(move || {
                drop(
                    queue
                        .enqueue(bulky(1_000_000..1_000_200))
                        .map_err(|error| assert!(error.is_full())),
                )
            });
        }
    });
    assert_eq!(queue.ack(seqs, NOW_MS).unwrap().ignored, 64);
}

/// Runs as the child on a disk of 16 MiB: fills it, and sees it work again when another file makes room.
fn on_a_small_disk(file: &Path) {
    let filler = file.with_file_name("somebody-elses.log");
    std::fs::write(&filler, vec![0; 512 << 10]).unwrap();
    let config = || Config::default().reserve_bytes(0).ballast_bytes(0);
    let queue = Queue::open(file, config()).unwrap();
    let (acknowledged, error) = fill(&queue);
    assert!(error.is_full(), "{error:?}");
    assert!(acknowledged > 0);
    holds_exactly(&queue, acknowledged);
    assert!(
        queue.enqueue(bulky(500_000..500_010)).unwrap_err().is_full(),
        "still full"
    );
    assert!(!queue.health().can_commit() && !queue.health().poisoned);

    std::fs::remove_file(filler).unwrap();
    let outcomes = queue.enqueue(bulky(acknowledged..acknowledged + 10)).unwrap();
    assert!(
        outcomes.iter().all(is_accepted),
        "usable again without opening it again"
    );
    assert!(queue.health().can_commit());
    holds_exactly(&queue, acknowledged + 10);
    queue.close().unwrap();
    let queue = Queue::open(file, config()).unwrap();
    holds_exactly(&queue, acknowledged + 10);
    queue.close().unwrap();
    remove(file);
    drain_on_a_full_disk(&file.with_file_name("ballast.db"));
    leave_the_reserve(&file.with_file_name("reserve.db"));
}

/// A queue with all that belongs to it; closing on a full disk may have left the log.
fn remove(file: &Path) {
    for ending in ["", "-wal", "-shm", ".ballast"] {
        drop(std::fs::remove_file(common::beside(file, ending)));
    }
}

/// Everything pending is leased and acknowledged.
fn drain(queue: &Queue, acknowledged: u64) {
    let mut delivered = 0;
    loop {
        let lease = queue.lease(100, usize::MAX, TTL).unwrap();
        if lease.events.is_empty() {
            break;
        }
        delivered += queue.ack(lease.seqs(), NOW_MS).unwrap().settled as u64;
    }
    assert_eq!(delivered, acknowledged);
}

/// With ballast, a queue on a disk without one free byte drains, and takes ballast on again when there is room.
fn drain_on_a_full_disk(file: &Path) {
    let filler = file.with_file_name("another.log");
    let (last, ballast) = (file.with_file_name("last.log"), common::beside(file, ".ballast"));
    std::fs::write(&filler, vec![0; 512 << 10]).unwrap();
    let queue = Queue::open(file, Config::default().reserve_bytes(0).ballast_bytes(5 << 20)).unwrap();
    assert_eq!(std::fs::metadata(&ballast).unwrap().len(), 5 << 20);
    let (acknowledged, error) = fill(&queue);
    assert!(error.is_full() && acknowledged > 0, "{error:?}");
    // Somebody else takes the very last of it.
    drop(std::fs::write(&last, vec![0; 16 << 20]));
    assert!(queue.enqueue(bulky(500_000..500_010)).unwrap_err().is_full());
    assert!(ballast.exists(), "new events are not worth it");
    drain(&queue, acknowledged);
    assert!(!ballast.exists());
    queue.close().unwrap();

    std::fs::remove_file(filler).unwrap();
    std::fs::remove_file(last).unwrap();
    let queue = Queue::open(file, Config::default().reserve_bytes(0).ballast_bytes(64 << 10)).unwrap();
    assert!(
        queue
            .enqueue(bulky(900_000..900_001))
            .unwrap()
            .iter()
            .all(is_accepted)
    );
    assert!(ballast.exists(), "healed");
    drain(&queue, 1);
    queue.close().unwrap();
    remove(file);
}

/// New events stop while there is still space; everything else goes on.
fn leave_the_reserve(file: &Path) {
    let queue = Queue::open(file, Config::default().reserve_bytes(6 << 20).ballast_bytes(0)).unwrap();
    let (acknowledged, error) = fill(&queue);
    assert!(
        error.is_full() && error.to_string().contains("in reserve"),
        "{error}"
    );
    assert!(acknowledged > 0);
    std::fs::write(file.with_file_name("probe"), vec![0; 1 << 20]).unwrap();
    std::fs::remove_file(file.with_file_name("probe")).unwrap();
    let known = queue.enqueue(Batch::new(bulky(0..10).events)).unwrap();
    assert_eq!(known, [Outcome::Duplicate; 10]);
    drain(&queue, acknowledged);
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_new_events_and_the_queue_goes_on_when_there_is_space() {
    const NAME: &str = "a_full_disk_refuses_new_events_and_the_queue_goes_on_when_there_is_space";
    if let Some(file) = child_file() {
        on_a_small_disk(&file);
        return;
    }
    // A mount of its own in a namespace of its own: nothing outside the child sees it, and it is gone with the child.
    let place = Place::new();
    let script = r#"mount -t tmpfs -o size=16m tmpfs "$1" || exit 77; shift; exec "$@""#;
    let small_disk = |namespace: &[&str], program: &Path, arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command
            .args(namespace)
            .args(["sh", "-c", script, "sh"])
            .arg(place.folder.path())
            .arg(program)
            .args(arguments);
        command.env("PUNCHCLOCK_QUEUE_CHILD", &place.file).output()
    };
    // As anybody where the kernel allows it, else as root.
    let ways: [&[&str]; 2] = [&["--user", "--map-root-user", "--mount"], &["--mount"]];
    let probe =
        |way: &&[&str]| small_disk(way, Path::new("true"), &[]).is_ok_and(|probe| probe.status.success());
    let Some(way) = ways.into_iter().find(probe) else {
        return common::not_run(
            "a disk that is really full",
            "a mount of its own needs user namespaces, or root",
        );
    };
    let output = small_disk(way, &std::env::current_exe().unwrap(), &["--exact", NAME]).unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("1 passed"), "{}", said(&output));
}

/// Runs as the child that may not write past 256 KiB in any file, which SQLite sees as a failing disk.
fn on_a_failing_disk(file: &Path) {
    let queue = Queue::open(file, Config::default()).unwrap();
    let (acknowledged, error) = fill(&queue);
    assert!(
        matches!(error, Error::Io { .. }) && error.needs_reopen() && !error.is_temporary(),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("queue.db") && error.to_string().contains("open the queue again"),
        "{error}"
    );
    assert!(acknowledged > 0);
    // The handle is finished: nothing more is acknowledged, nothing more is read.
    let refusals = [
        queue.enqueue(batch([1])).map(drop).unwrap_err(),
        queue.lease(1, 1, TTL).map(drop).unwrap_err(),
        queue.ack(vec![Seq::new(1)], 0).map(drop).unwrap_err(),
        queue.stats().map(drop).unwrap_err(),
    ];
    for refusal in refusals {
        assert!(matches!(refusal, Error::Poisoned { .. }), "{refusal:?}");
    }
    let health = queue.health();
    assert!(health.poisoned && !health.can_commit() && matches!(health.last_error, Some(Error::Io { .. })));
    assert!(matches!(queue.close(), Err(Error::Poisoned { .. })));
    // The file opens again, with all that was acknowledged and nothing else.
    let queue = Queue::open(file, Config::default()).unwrap();
    holds_exactly(&queue, acknowledged);
}

#[cfg(unix)]
#[test]
fn a_disk_error_ends_the_handle_and_opening_again_finds_all_that_was_acknowledged() {
    const NAME: &str = "a_disk_error_ends_the_handle_and_opening_again_finds_all_that_was_acknowledged";
    if let Some(file) = child_file() {
        on_a_failing_disk(&file);
        return;
    }
    let place = Place::new();
    let direct = child(NAME, &place.file);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", r#"trap '' XFSZ; ulimit -f 512; exec "$@""#, "sh"])
        .arg(direct.get_program());
    limited
        .args(["--exact", NAME])
        .env("PUNCHCLOCK_QUEUE_CHILD", &place.file);
    let output = limited.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("1 passed"), "{}", said(&output));
}
