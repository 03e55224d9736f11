//! The example `inspect` on a real file.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{NOW_MS, Place, TTL, batch};
use punchclock_queue::{DeadLetter, NewQuarantine};
use serde_json::Value;

/// Cargo builds examples with the tests and puts them beside them.
fn inspect(arguments: &[&str], file: &Path) -> Output {
    let program: PathBuf = std::env::current_exe()
        .unwrap()
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples/inspect");
    let run = Command::new(&program).arg(file).args(arguments).output();
    run.unwrap_or_else(|error| {
        panic!(
            "{}: {error}: build it with cargo test or cargo build --examples",
            program.display()
        )
    })
}

fn lines(output: &Output) -> Vec<Value> {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn it_shows_everything_as_json_lines_beside_a_running_service() {
    let place = Place::new();
    let queue = place.open();
    let raw = NewQuarantine::new("T1", NOW_MS, "no tab", vec![0xFF, 0x00]);
    queue.enqueue(batch(0..1_203).with_quarantine(vec![raw])).unwrap();
    let lease = queue.lease(3, usize::MAX, TTL).unwrap();
    queue
        .dead(
            vec![DeadLetter::new(lease.events[2].seq, "bad_pin", "no \"such\" PIN")],
            NOW_MS,
        )
        .unwrap();

    let pending = lines(&inspect(&["--pending"], &place.file));
    assert_eq!(pending.len(), 1_202);
    assert_eq!(
        (&pending[1]["body"], &pending[2]["body"]),
        (&"punch 1".into(), &"punch 3".into())
    );
    let dead = lines(&inspect(&["--dead"], &place.file));
    assert_eq!((dead.len(), &dead[0]["reason"]), (1, &"no \"such\" PIN".into()));
    let quarantine = lines(&inspect(&["--quarantine"], &place.file));
    assert_eq!(quarantine[0]["preview"]["hex"], "ff00");
    let stats = lines(&inspect(&[], &place.file));
    assert_eq!(stats, lines(&inspect(&["--stats"], &place.file)));
    assert_eq!(
        (&stats[0]["pending"], &stats[0]["dead"]),
        (&1_202.into(), &1.into())
    );
}

#[test]
fn it_verifies_and_says_so_with_its_exit_code() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch(0..10)).unwrap();
    let sound = lines(&inspect(&["--verify"], &place.file));
    assert_eq!(
        (&sound[0]["sound"], &sound[0]["events"]),
        (&true.into(), &10.into())
    );
    queue.close().unwrap();
    place
        .sqlite()
        .execute("UPDATE event SET body = x'00' WHERE seq = 3", [])
        .unwrap();
    let output = inspect(&["--verify"], &place.file);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains(r#""problem":"checksum""#) && said.contains(r#""sound":false"#),
        "{said}"
    );
}

#[test]
fn bad_use_and_bad_files_are_named_with_an_exit_code() {
    let place = Place::new();
    assert_eq!(inspect(&["--everything"], &place.file).status.code(), Some(2));
    let missing = inspect(&[], &place.file);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("queue.db"));
}
