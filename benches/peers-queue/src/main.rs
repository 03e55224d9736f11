//! `punchclock-queue` beside `fjall` and Python's `persist-queue`: the same work on the same disk in turns, the fastest round of
//! each counts. First each side's flushes are counted with `strace`: a side that does not flush every commit is no peer of a
//! durable queue, and the program says so and stops.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on must stop"
)]

mod fjall_side;
mod ours;
mod python;
mod side;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use punchclock_benches::floor::{Floor, WRITE_BYTES};
use punchclock_benches::run::time;
use side::{NAMES, Side};

const ROUNDS: usize = 5;
const SINGLE: usize = 300;
const BATCHED: usize = 3_000;
/// Commits of which the flushes are counted.
const COUNTED: usize = 50;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [name, folder, commits] = arguments.as_slice() {
        // The child whose flushes are counted.
        side::open(name, Path::new(folder)).new_events(commits.parse().unwrap(), 1);
        return;
    }
    let parent = std::env::var_os("PUNCHCLOCK_BENCH_FOLDER").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"),
        PathBuf::from,
    );
    let folder = tempfile::tempdir_in(parent).unwrap();
    println!("flushes of {COUNTED} commits of one event:");
    for name in NAMES {
        let idle = flushes(name, &folder.path().join(format!("idle-{name}")), 0);
        let busy = flushes(name, &folder.path().join(format!("busy-{name}")), COUNTED);
        let counted = busy.saturating_sub(idle);
        println!("  {name:<18} {counted}");
        assert!(counted >= COUNTED, "{name} does not flush every commit");
    }
    compare(folder.path());
}

/// Counts the flushes of a child that opens a side and commits some events.
fn flushes(name: &str, folder: &Path, commits: usize) -> usize {
    let log = folder.with_extension("strace");
    let status = Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-e",
            "trace=fsync,fdatasync,msync,sync_file_range",
            "-o",
        ])
        .arg(&log)
        .arg(std::env::current_exe().unwrap())
        .arg(name)
        .arg(folder)
        .arg(commits.to_string())
        .stdout(Stdio::null())
        .status()
        .expect("strace (Debian package strace) counts the flushes");
    assert!(status.success(), "{name}: {status}");
    let log = std::fs::read_to_string(log).unwrap();
    // A call that another thread interrupts has two lines; the second has no opening bracket behind its name.
    log.lines()
        .filter(|line| line.contains("sync(") || line.contains("sync_file_range("))
        .count()
}

struct Work {
    what: &'static str,
    count: usize,
    best: Vec<Duration>,
}

fn compare(folder: &Path) {
    let mut floor = Floor::new(folder);
    let mut sides: Vec<Box<dyn Side>> = NAMES
        .iter()
        .map(|name| side::open(name, &folder.join(name)))
        .collect();
    let mut floors = Duration::MAX;
    let mut work = [
        ("new events, one a commit", SINGLE),
        ("new events, 100 a commit", BATCHED),
        ("known events", SINGLE),
        ("drained events", SINGLE + BATCHED),
    ]
    .map(|(what, count)| Work {
        what,
        count,
        best: vec![Duration::MAX; NAMES.len()],
    });
    for _ in 0..ROUNDS {
        floors = floors.min(time(&mut || (0..SINGLE).for_each(|_| floor.write())));
        for (number, side) in sides.iter_mut().enumerate() {
            let took = [
                side.new_events(SINGLE, 1),
                side.new_events(BATCHED, 100),
                side.known_events(SINGLE),
                side.drain(SINGLE + BATCHED),
            ];
            for (work, took) in work.iter_mut().zip(took) {
                work.best[number] = work.best[number].min(took);
            }
        }
    }
    println!(
        "F, one overwrite of {WRITE_BYTES} bytes and its fdatasync: {:.0}/s",
        rate(SINGLE, floors)
    );
    for Work { what, count, best } in &work {
        println!("{what}:");
        for (name, took) in NAMES.iter().zip(best) {
            let (done, ratio) = (rate(*count, *took), took.as_secs_f64() / best[0].as_secs_f64());
            println!(
                "  {name:<18} {done:>9.0}/s   {ratio:6.2} x the time of {}",
                NAMES[0]
            );
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark are small")]
fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}
