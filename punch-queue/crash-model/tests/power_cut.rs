//! A power cut after any operation, in any way: what the queue acknowledged is there.

#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that cannot go on must fail"
)]

use std::path::Path;

use punchclock_queue::{Config, Queue};
use punchclock_queue_crash_model::disk::{Image, lay_out};
use punchclock_queue_crash_model::script::{self, Holds, How, Step};
use punchclock_queue_crash_model::{Cuts, Op, Report, Watch, check, power_cut};
use rusqlite::{Connection, TransactionBehavior};

/// Runs the script on the queue and writes down what reaches the disk.
fn record(file: &Path, steps: &[Step]) -> Vec<Op> {
    let watch = Watch::new(file.parent().unwrap(), true);
    let open = || Queue::open(file, Config::default()).unwrap();
    let mut queue = open();
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Reopen => {
                queue.close().unwrap();
                queue = open();
            }
            Step::Checkpoint => script::checkpoint(file),
            step => script::take(&queue, number, step).unwrap(),
        }
        watch.acknowledged(number + 1);
    }
    queue.close().unwrap();
    watch.log()
}

/// Cuts the power in a recording of a queue that was new, and says what was found.
fn cut(what: &str, log: &[Op], steps: &[Step], cuts: impl FnOnce(&mut Cuts<'_>)) -> Report {
    let holds = script::holds(Holds::default(), steps);
    let mut cutting = Cuts {
        log,
        holds: &holds,
        start: Image::new(),
        lies: false,
        every: 1,
        each: 12,
        through_queue: 24,
        seed: 1,
    };
    cuts(&mut cutting);
    let report = cutting.examine();
    said(&format!("{what}, {} operations", log.len()), &report);
    report
}

fn said(what: &str, report: &Report) {
    println!(
        "{what}: {} images, {} through the queue, {} with losses, {} broken",
        report.images, report.through_queue, report.lost, report.broken
    );
}

fn unharmed(report: &Report) {
    assert_eq!((report.lost, report.broken), (0, 0), "{:?}", report.first);
}

#[test]
fn nothing_acknowledged_is_lost_in_fifty_thousand_power_cuts() {
    let (mut images, mut through_queue, mut copies) = (0, 0, 0);
    let wanted = std::env::var("PUNCHCLOCK_POWER_CUTS").map_or(50_000, |images| images.parse().unwrap());
    for seed in 0.. {
        if images >= wanted {
            break;
        }
        let folder = power_cut::memory_folder();
        let steps = script::steps(seed, 120);
        let log = record(&folder.path().join("queue.db"), &steps);
        copies += log.iter().filter(|op| matches!(op, Op::Rename { .. })).count();
        let report = cut(&format!("seed {seed}"), &log, &steps, |cuts| cuts.seed = seed);
        unharmed(&report);
        images += report.images;
        through_queue += report.through_queue;
    }
    println!(
        "{images} images, {through_queue} of them through the queue; {copies} backups were made meanwhile"
    );
    assert!(copies > 0, "renaming is seen");
    assert!(
        through_queue * 50 > images,
        "{through_queue} of {images} images through the queue"
    );
}

/// The first page of a new file is written under a rollback journal; a torn one has no header.
#[test]
fn a_power_cut_while_the_queue_is_made_leaves_a_queue_or_nothing() {
    let folder = power_cut::memory_folder();
    let steps = script::steps(5, 2);
    let log = record(&folder.path().join("queue.db"), &steps);
    let report = cut("made new", &log, &steps, |cuts| {
        cuts.each = 60;
        cuts.through_queue = 1;
    });
    unharmed(&report);
    assert_eq!(report.through_queue, report.images);
}

/// The log is moved into the file by SQLite itself, as it is after every 1,000 pages.
#[test]
fn nothing_is_lost_while_the_log_is_moved_into_the_file() {
    let folder = power_cut::memory_folder();
    let upload = |number: u64| Step::Enqueue {
        numbers: (number * 200..(number + 1) * 200).collect(),
        cursor: number,
        raw: Some(vec![u8::try_from(number).unwrap(); 150_000]),
    };
    let steps: Vec<Step> = (0..40).map(upload).collect();
    let log = record(&folder.path().join("queue.db"), &steps);
    let moved = |op: &&Op| matches!(op, Op::Sync { file } if file == "queue.db");
    assert!(log.iter().filter(moved).count() >= 2, "the log was moved");
    unharmed(&cut("by itself", &log, &steps, |cuts| {
        cuts.every = 24;
        cuts.each = 2;
    }));
}

/// The power fails again while the queue comes back after it failed.
#[test]
fn a_second_power_cut_during_recovery_loses_nothing() {
    let steps = script::steps(77, 40);
    let folder = power_cut::memory_folder();
    let log = record(&folder.path().join("queue.db"), &steps);
    let mut disk = punchclock_queue_crash_model::Disk::default();
    let mut random = fastrand::Rng::with_seed(77);
    let mut images = 0;
    let again = Step::Enqueue {
        numbers: vec![1_000_000, 1_000_001],
        cursor: 7,
        raw: None,
    };
    for op in &log {
        disk.apply(op);
        if random.u8(..12) != 0 {
            continue;
        }
        let image = disk.cut(&mut random);
        let folder = power_cut::memory_folder();
        let file = folder.path().join("queue.db");
        lay_out(&image, folder.path());
        let found = check::with_sqlite(&file).unwrap();
        lay_out(&image, folder.path());
        let log = record(&file, std::slice::from_ref(&again));
        let report = Cuts {
            log: &log,
            holds: &script::holds(found, std::slice::from_ref(&again)),
            start: image,
            lies: false,
            every: 1,
            each: 4,
            through_queue: 24,
            seed: 77,
        }
        .examine();
        unharmed(&report);
        images += report.images;
    }
    println!("a second time: {images} images");
    assert!(images > 500, "{images}");
}

/// The control: the checker finds what it is made for. Stock SQLite does the writing here, because the queue does not let
/// itself be opened without `synchronous=FULL`.
fn record_plain(file: &Path, steps: &[Step], synchronous: &str) -> (Image, Vec<Op>) {
    Queue::open(file, Config::default()).unwrap().close().unwrap();
    let start = Image::from([("queue.db".to_owned(), std::fs::read(file).unwrap())]);
    let watch = Watch::new(file.parent().unwrap(), true);
    let mut db = Connection::open(file).unwrap();
    db.execute_batch(&format!("PRAGMA synchronous = {synchronous}"))
        .unwrap();
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Enqueue { numbers, cursor, raw } => {
                let tx = db
                    .transaction_with_behavior(TransactionBehavior::Immediate)
                    .unwrap();
                for number in numbers {
                    let fp = script::fingerprint(*number);
                    let fp = fp.as_bytes().as_slice();
                    let sql = "INSERT INTO seen (fp, mark, day) VALUES (?1, 0, 0) ON CONFLICT DO NOTHING";
                    if tx.execute(sql, [fp]).unwrap() == 1 {
                        let sql =
                            "INSERT INTO event (fp, recv_ms, source, crc, body) VALUES (?1, 0, 'T1', 0, ?2)";
                        tx.execute(sql, (fp, script::body(*number))).unwrap();
                    }
                }
                let sql = "INSERT OR REPLACE INTO cursor (device, state) VALUES ('T1', ?1)";
                tx.execute(sql, [cursor.to_string().into_bytes()]).unwrap();
                if let Some(raw) = raw {
                    let sql = "INSERT INTO quarantine (recv_ms, source, reason, digest, raw) VALUES (0, 'T1', '', ?1, ?1) ON CONFLICT DO NOTHING";
                    tx.execute(sql, [raw]).unwrap();
                }
                tx.commit().unwrap();
            }
            Step::Settle { count, .. } => {
                let sql = "DELETE FROM event WHERE seq IN (SELECT seq FROM event ORDER BY seq LIMIT ?1)";
                db.execute(sql, [i64::try_from(*count).unwrap()]).unwrap();
            }
            Step::Checkpoint => script::checkpoint(file),
            _ => {}
        }
        watch.acknowledged(number + 1);
    }
    drop(db);
    (start, watch.log())
}

#[test]
fn the_checker_catches_synchronous_normal_and_passes_full() {
    // Numbers must not come back after their row was deleted: the rowid would.
    let steps: Vec<Step> = script::steps(5, 80)
        .into_iter()
        .map(|step| match step {
            Step::Settle { count, .. } => Step::Settle { count, how: How::Ack },
            Step::Requeue { .. } | Step::Backup | Step::Maintain { .. } => Step::Checkpoint,
            step => step,
        })
        .collect();
    let run = |synchronous: &str| {
        let folder = power_cut::memory_folder();
        let (start, log) = record_plain(&folder.path().join("queue.db"), &steps, synchronous);
        cut(synchronous, &log, &steps, |cuts| {
            cuts.start = start;
            cuts.each = 6;
            // Made past the queue, and without its checksums.
            cuts.through_queue = usize::MAX;
        })
    };
    unharmed(&run("FULL"));
    let normal = run("NORMAL");
    assert!(normal.lost * 5 > normal.images, "{normal:?}");
    assert_eq!(normal.broken, 0, "{normal:?}");
}

#[test]
fn the_checker_catches_a_disk_that_lies_about_syncing() {
    let folder = power_cut::memory_folder();
    let steps = script::steps(6, 80);
    let log = record(&folder.path().join("queue.db"), &steps);
    let honest = cut("an honest disk", &log, &steps, |cuts| cuts.each = 4);
    unharmed(&honest);
    let lying = cut("a lying disk", &log, &steps, |cuts| {
        cuts.lies = true;
        cuts.each = 4;
    });
    assert!((lying.lost + lying.broken) * 3 > lying.images, "{lying:?}");
}
