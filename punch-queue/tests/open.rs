//! What may be opened, what must not be, and that a refused file is left as it is.

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
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use common::{NOW_MS, Place, batch, beside, child, child_file, event, is_accepted, lease_all, numbers};
use punchclock_queue::{
    Batch, Config, CursorUpdate, DeadLetter, Error, NewQuarantine, Queue, Reader, Recovery,
};

fn open(file: &Path) -> Result<Queue, Error> {
    Queue::open(file, Config::default())
}

/// Every file of the folder with its bytes, but for the lock and SQLite's shared index, which hold no data.
fn image(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    files
        .filter(|path| path.is_file() && !name(path).ends_with(".lock") && !name(path).ends_with("-shm"))
        .map(|path| (name(&path), fs::read(&path).unwrap()))
        .collect()
}

/// Opening is refused, by the queue and by the reader, the message names the file, and nothing in the folder changed.
fn refused(place: &Place, expected: impl Fn(&Error) -> bool, word: &str) {
    let before = image(place.folder.path());
    for error in [
        open(&place.file).unwrap_err(),
        Reader::open(&place.file).unwrap_err(),
    ] {
        assert!(expected(&error), "{error:?}");
        let message = error.to_string();
        assert!(
            message.contains("queue.db") && message.contains(word),
            "{message}"
        );
    }
    assert!(
        image(place.folder.path()) == before,
        "the refused file was touched"
    );
}

#[test]
fn a_file_that_is_not_sqlite_is_refused_and_left_as_it_is() {
    for content in [
        "x",
        "a text that somebody pointed the service at by mistake, longer than a header is\n",
    ] {
        let place = Place::new();
        fs::write(&place.file, content).unwrap();
        refused(
            &place,
            |error| matches!(error, Error::NotADatabase { .. }),
            "not an SQLite database",
        );
    }
    // Begins like one, and is none.
    let place = Place::new();
    fs::write(
        &place.file,
        [b"SQLite format 3\0".as_slice(), &[0xAA; 8_000]].concat(),
    )
    .unwrap();
    refused(
        &place,
        |error| matches!(error, Error::NotADatabase { .. }),
        "not an SQLite database",
    );
}

#[test]
fn a_database_of_another_application_is_refused_and_left_as_it_is() {
    for sql in [
        "CREATE TABLE t(x)",
        "PRAGMA journal_mode=WAL; CREATE TABLE t(x)",
        "PRAGMA application_id=7",
    ] {
        let place = Place::new();
        place.sqlite().execute_batch(sql).unwrap();
        refused(
            &place,
            |error| matches!(error, Error::ForeignDatabase { .. }),
            "another application",
        );
    }
}

#[test]
fn a_newer_schema_is_refused_and_left_as_it_is_even_with_a_log() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch(0..50)).unwrap();
    queue.close().unwrap();
    place.sqlite().execute_batch("PRAGMA user_version = 999").unwrap();
    refused(
        &place,
        |error| {
            matches!(
                error,
                Error::NewerSchema {
                    found: 999,
                    known: 1,
                    ..
                }
            )
        },
        "run the newer version",
    );

    // The version is only in the log: a newer process died before it could move it into the file.
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch(0..50)).unwrap();
    queue.close().unwrap();
    let newer = place.sqlite();
    newer.execute_batch("PRAGMA user_version = 999").unwrap();
    let log = fs::read(beside(&place.file, "-wal")).unwrap();
    let (database, crashed) = (fs::read(&place.file).unwrap(), Place::new());
    drop(newer);
    fs::write(&crashed.file, database).unwrap();
    fs::write(beside(&crashed.file, "-wal"), log).unwrap();
    refused(
        &crashed,
        |error| matches!(error, Error::NewerSchema { found: 999, .. }),
        "run the newer version",
    );
}

#[test]
fn a_log_without_its_database_is_refused_and_left_as_it_is() {
    for empty in [true, false] {
        let place = Place::new();
        fs::write(beside(&place.file, "-wal"), "somebody moved the database away").unwrap();
        if empty {
            fs::write(&place.file, "").unwrap();
        }
        refused(
            &place,
            |error| matches!(error, Error::OrphanLog { .. }),
            "write-ahead log",
        );
    }
}

#[test]
fn a_missing_folder_and_a_folder_in_the_files_place_are_named() {
    let place = Place::new();
    let error = open(&place.folder.path().join("nowhere/queue.db")).unwrap_err();
    assert!(matches!(error, Error::Open { .. }), "{error:?}");
    assert!(error.to_string().contains("nowhere/queue.db"), "{error}");
    fs::create_dir(&place.file).unwrap();
    let error = open(&place.file).unwrap_err();
    assert!(error.to_string().contains("queue.db"), "{error}");
    assert!(Reader::open(place.folder.path().join("none.db")).is_err());
    assert!(
        !place.folder.path().join("none.db").exists(),
        "a reader creates nothing"
    );
}

#[test]
fn an_empty_file_becomes_a_queue() {
    let place = Place::new();
    fs::write(&place.file, "").unwrap();
    let queue = place.open();
    assert_eq!(queue.recovery(), Recovery::Created);
    assert!(is_accepted(&queue.enqueue(batch([1])).unwrap()[0]));
}

/// The first page of a new queue goes through a rollback journal; a crash there must not leave a file nobody opens.
#[test]
fn a_queue_that_died_while_its_first_page_was_written_is_made_anew() {
    let place = Place::new();
    fs::write(
        &place.file,
        [b"SQLite format 3\0".as_slice(), &[0xAA; 1_000]].concat(),
    )
    .unwrap();
    // Magic, number of records, nonce, pages before (none), sector size, page size: SQLite's file format, section 3.
    let mut journal = vec![0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7];
    for field in [0_u32, 7, 0, 512, 4_096] {
        journal.extend(field.to_be_bytes());
    }
    journal.resize(512, 0);
    fs::write(beside(&place.file, "-journal"), journal).unwrap();
    let queue = place.open();
    assert_eq!(queue.recovery(), Recovery::Created);
    assert!(is_accepted(&queue.enqueue(batch([1])).unwrap()[0]));
}

#[test]
fn the_file_says_what_it_is_and_runs_in_the_modes_it_must() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch([1])).unwrap();
    let other = place.sqlite();
    let pragma = |name: &str| {
        other
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert_eq!(pragma("application_id"), 0x5051_5545);
    assert_eq!(
        (pragma("user_version"), pragma("page_size"), pragma("auto_vacuum")),
        (1, 4096, 2)
    );
    assert_eq!(
        other
            .pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0))
            .unwrap(),
        "wal"
    );
    assert!(place.wal_bytes() > 0);
}

#[test]
fn recovery_says_how_the_last_process_ended() {
    let place = Place::new();
    let queue = place.open();
    assert_eq!(queue.recovery(), Recovery::Created);
    queue.enqueue(batch([1])).unwrap();
    queue.close().unwrap();
    assert!(
        !beside(&place.file, "-wal").exists(),
        "an orderly close leaves one file"
    );

    let queue = place.open();
    assert_eq!(queue.recovery(), Recovery::Clean);
    // Nothing new was written, so even a crash now would leave a file that was closed in order.
    assert_eq!(queue.enqueue(batch([1])).unwrap().len(), 1);
    let copy = Place::new();
    fs::copy(&place.file, &copy.file).unwrap();
    assert_eq!(copy.open().recovery(), Recovery::Clean);

    queue.enqueue(batch([2])).unwrap();
    let crashed = Place::new();
    fs::copy(&place.file, &crashed.file).unwrap();
    fs::copy(beside(&place.file, "-wal"), beside(&crashed.file, "-wal")).unwrap();
    let reopened = crashed.open();
    assert_eq!(reopened.recovery(), Recovery::Unclean);
    assert_eq!(numbers(&lease_all(&reopened)), [1, 2]);
}

#[test]
fn dropping_the_last_handle_closes_in_order_in_the_background() {
    let place = Place::new();
    let queue = place.open();
    let clone = queue.clone();
    queue.enqueue(batch([1])).unwrap();
    drop(queue);
    clone.enqueue(batch([2])).unwrap();
    drop(clone);
    let queue = loop {
        match open(&place.file) {
            Err(Error::Locked { .. }) => std::thread::sleep(std::time::Duration::from_millis(2)),
            other => break other.unwrap(),
        }
    };
    assert_eq!(
        (queue.recovery(), numbers(&lease_all(&queue))),
        (Recovery::Clean, vec![1, 2])
    );
}

#[test]
fn after_closing_every_clone_says_closed() {
    let place = Place::new();
    let queue = place.open();
    let clone = queue.clone();
    assert!(clone.health().can_commit());
    queue.close().unwrap();
    let error = clone.enqueue(batch([1])).unwrap_err();
    assert!(
        matches!(error, Error::Closed { .. }) && error.needs_reopen(),
        "{error}"
    );
    assert!(clone.health().closed && !clone.health().can_commit());
    assert!(matches!(clone.close(), Err(Error::Closed { .. })));
}

#[test]
fn two_handles_of_one_process_are_refused_under_any_name_of_the_file() {
    let place = Place::new();
    let queue = place.open();
    assert!(matches!(open(&place.file), Err(Error::Locked { .. })));
    #[cfg(unix)]
    {
        let link = place.folder.path().join("link.db");
        std::os::unix::fs::symlink(&place.file, &link).unwrap();
        assert!(matches!(open(&link), Err(Error::Locked { .. })));
    }
    queue.close().unwrap();
    open(&place.file).unwrap();
}

#[test]
fn two_processes_are_refused_and_the_lock_dies_with_its_process() {
    if let Some(file) = child_file() {
        let queue = open(&file).unwrap();
        queue.enqueue(batch([1])).unwrap();
        std::io::Write::write_all(&mut std::io::stdout(), b"\nopened\n").unwrap();
        std::thread::park();
    }
    let place = Place::new();
    let name = "two_processes_are_refused_and_the_lock_dies_with_its_process";
    let mut holder = child(name, &place.file).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "opened"));
    let error = open(&place.file).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error:?}");
    assert!(error.to_string().contains("in use by another process"), "{error}");
    assert_eq!(
        Reader::open(&place.file).unwrap().stats().unwrap().pending,
        1,
        "a reader may look at any time"
    );
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(open(&place.file).unwrap().recovery(), Recovery::Unclean);
}

/// Root may write to anything, so as root the check runs in a child that gave up its rights.
#[cfg(unix)]
#[test]
fn a_read_only_file_and_a_read_only_folder_are_refused_and_named() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    const NAME: &str = "a_read_only_file_and_a_read_only_folder_are_refused_and_named";
    fn check(file: &Path) {
        let error = open(file).unwrap_err();
        assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
        assert!(error.to_string().contains("queue.db is read-only"), "{error}");
    }
    if let Some(file) = child_file() {
        check(&file);
        return;
    }
    let (place, program) = (Place::new(), tempfile::tempdir().unwrap());
    let queue = place.open();
    queue.enqueue(batch([1])).unwrap();
    queue.close().unwrap();
    let before = image(place.folder.path());
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let lock = beside(&place.file, ".lock");
    mode(&lock, 0o666);
    for (file, folder) in [(0o444, 0o777), (0o666, 0o555), (0o444, 0o555)] {
        mode(&place.file, file);
        mode(place.folder.path(), folder);
        if common::is_root() {
            // The child must be able to reach the program.
            let copy = program.path().join("test");
            mode(program.path(), 0o755);
            fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
            mode(&copy, 0o755);
            let mut restricted = std::process::Command::new(copy);
            restricted
                .args(["--exact", NAME])
                .env("PUNCHCLOCK_QUEUE_CHILD", &place.file)
                .uid(65_534)
                .gid(65_534);
            let output = restricted.current_dir("/").output().unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stdout)
            );
        } else {
            check(&place.file);
        }
    }
    mode(place.folder.path(), 0o755);
    mode(&place.file, 0o644);
    assert!(
        image(place.folder.path()) == before,
        "the refused file was touched"
    );
}

#[test]
fn a_reader_sees_what_the_service_has_committed_and_changes_nothing() {
    let place = Place::new();
    let queue = place.open();
    queue.enqueue(batch([1, 2, 3])).unwrap();
    let reader = Reader::open(&place.file).unwrap();
    assert_eq!(numbers(&reader.pending(None, 2).unwrap()), [1, 2]);
    let upload = Batch::new(vec![event(4)])
        .with_cursor(CursorUpdate::new("T1", *b"4"))
        .with_quarantine(vec![NewQuarantine::new("T1", NOW_MS, "no tab", *b"raw")]);
    queue.enqueue(upload).unwrap();
    let lease = queue.lease(1, usize::MAX, common::TTL).unwrap();
    queue
        .dead(
            vec![DeadLetter::new(lease.events[0].seq, "bad_pin", "no such PIN")],
            NOW_MS,
        )
        .unwrap();
    let stats = reader.stats().unwrap();
    assert_eq!(
        (stats.pending, stats.dead, stats.seen, stats.quarantined),
        (3, 1, 4, 1)
    );
    assert_eq!(stats.oldest_received_ms, Some(NOW_MS + 2));
    assert!(stats.db_bytes > 0 && stats.wal_bytes > 0);
    assert_eq!(
        reader.dead_list(None, 10).unwrap(),
        queue.dead_list(None, 10).unwrap()
    );
    assert_eq!(
        reader.quarantine_list(None, 10).unwrap(),
        queue.quarantine_list(None, 10).unwrap()
    );
    assert_eq!(reader.cursor("T1").unwrap().unwrap(), b"4");
    let before = image(place.folder.path());
    drop(reader);
    assert!(image(place.folder.path()) == before);
}
