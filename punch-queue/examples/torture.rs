//! Kills a process in the middle of its work, again and again, and looks whether everything it had acknowledged is there:
//! `torture --dir D --kills N [--seed S]`.
//!
//! The process stores punches, delivers some, refuses some, and says on its standard output what the queue has acknowledged.
//! After every kill the queue is opened here: every punch that was acknowledged must be pending, refused, or one whose delivery
//! was under way, and each of them once. The report is printed at the end; the exit code is 1 if anything was lost.
//!
//! A kill does not take back what the system has in memory, so this says nothing about power cuts.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program that reports, and measures how long opening takes"
)]

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use punchclock_queue::{Batch, Config, CursorUpdate, DeadLetter, Fingerprint, NewEvent, Outcome, Queue};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<ExitCode> {
    let (mut dir, mut kills, mut seed, mut work) = (None, 200_u32, fastrand::u64(..), false);
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or("a value is missing");
        let text = |value: std::ffi::OsString| value.into_string().map_err(|_| "not a number");
        match argument.to_str() {
            Some("--dir") => dir = Some(PathBuf::from(value()?)),
            Some("--kills") => kills = text(value()?)?.parse()?,
            Some("--seed") => seed = text(value()?)?.parse()?,
            // How the process that is killed is started.
            Some("--work") => work = true,
            _ => return Err(format!("{}: usage: torture --dir D --kills N", argument.display()).into()),
        }
    }
    let file = dir.ok_or("usage: torture --dir D --kills N")?.join("queue.db");
    if work {
        work_until_killed(&file)?;
    }
    std::fs::create_dir_all(file.parent().ok_or("a file in a folder")?)?;
    // What an earlier run delivered would look lost.
    if file.exists() {
        return Err(format!("{} is there already; name another folder", file.display()).into());
    }
    torture(&file, kills, seed)
}

/// What is known of the queue from what was said.
#[derive(Debug, Default)]
struct Known {
    /// Punches 0 to here are acknowledged.
    stored: u64,
    /// Punches that may have left, because a process was about to say that they were delivered.
    leaving: BTreeSet<u64>,
    /// Punches that are acknowledged as refused.
    refused: BTreeSet<u64>,
}

fn torture(file: &Path, kills: u32, seed: u64) -> Result<ExitCode> {
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut known, mut lost, mut cut_short) = (Known::default(), BTreeSet::new(), 0_u32);
    let mut openings = Vec::new();
    for kill in 0..kills {
        let wait = Duration::from_micros(random.u64(0..40_000));
        let before = known.stored;
        // Every fourth is killed whenever it may be, while it opens the queue too.
        run_and_kill(file, wait, kill % 4 != 0, &mut known)?;
        cut_short += u32::from(known.stored == before);

        let began = Instant::now();
        let queue = Queue::open(file, Config::default())?;
        openings.push(began.elapsed());
        lost.append(&mut missing(&queue, &mut known)?);
        queue.close()?;
    }
    openings.sort_unstable();
    let at = |part: usize| {
        let opening = openings.get((openings.len() * part / 100).min(openings.len().saturating_sub(1)));
        opening.copied().unwrap_or_default()
    };
    println!("kills         {kills} (seed {seed}; {cut_short} before anything new was acknowledged)");
    println!(
        "acknowledged  {} punches, of them {} refused and {} delivered or on their way",
        known.stored,
        known.refused.len(),
        known.leaving.len()
    );
    println!("lost          {}", lost.len());
    println!(
        "reopen        median {:.1?}, 99 % {:.1?}, worst {:.1?}",
        at(50),
        at(99),
        at(100)
    );
    for number in lost.iter().take(10) {
        println!("lost: punch {number}");
    }
    Ok(if lost.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Starts the work, lets it run for a while, kills it, and takes in what it said.
fn run_and_kill(file: &Path, wait: Duration, once_working: bool, known: &mut Known) -> Result<()> {
    let folder = file.parent().ok_or("a file in a folder")?;
    let mut process = Command::new(std::env::current_exe()?)
        .args(["--work", "--dir"])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()?;
    let output = process.stdout.take().ok_or("a process that can be heard")?;
    let mut lines = BufReader::new(output).lines();
    if once_working && let Some(line) = lines.next() {
        known.take_in(&line?);
    }
    std::thread::sleep(wait);
    process.kill()?;
    // The last line may be cut in the middle; it ends with its newline or it was not said.
    for line in lines.map_while(std::result::Result::ok) {
        known.take_in(&line);
    }
    let status = process.wait()?;
    // A process that ended by itself has found something wrong, and has said on its standard error what.
    if status.code().is_some() {
        return Err(format!("the work ended by itself: {status}").into());
    }
    Ok(())
}

impl Known {
    fn take_in(&mut self, line: &str) {
        // A full stop ends what was said in full.
        let Some((what, number)) = line.strip_suffix('.').and_then(|line| line.split_once(' ')) else {
            return;
        };
        let Ok(number) = number.parse() else { return };
        match what {
            "stored" => self.stored = self.stored.max(number),
            "leaving" => drop(self.leaving.insert(number)),
            "refused" => drop(self.refused.insert(number)),
            _ => {}
        }
    }
}

/// The acknowledged punches that are not there, or are there twice.
fn missing(queue: &Queue, known: &mut Known) -> Result<BTreeSet<u64>> {
    let mut wrong = BTreeSet::new();
    let (mut pending, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for event in queue.lease(usize::MAX, usize::MAX, Duration::ZERO)?.events {
        let number = number(event.fingerprint);
        if !pending.insert(number) || event.body != body(number) {
            wrong.insert(number);
        }
    }
    let mut after = None;
    loop {
        let page = queue.dead_list(after, 1_000)?;
        let Some(last) = page.last() else { break };
        after = Some(last.seq);
        for dead in &page {
            let number = number(dead.fingerprint);
            if !refused.insert(number) || pending.contains(&number) || dead.body != body(number) {
                wrong.insert(number);
            }
        }
    }
    // The last upload may have been committed without the word getting out: then all of it was, with its cursor.
    let position = position(queue)?;
    if position < known.stored {
        wrong.extend(position..known.stored);
    }
    known.stored = position;
    let there =
        |number: &u64| pending.contains(number) || refused.contains(number) || known.leaving.contains(number);
    wrong.extend((0..position).filter(|number| !there(number)));
    wrong.extend(known.refused.difference(&refused));
    // Known is known, whether it is still here or was delivered.
    let some = (position.saturating_sub(2_000)..position).map(event).collect();
    let outcomes = queue.enqueue(Batch::new(some))?;
    let strange = outcomes
        .iter()
        .filter(|outcome| **outcome != Outcome::Duplicate)
        .count();
    if strange > 0 {
        return Err(format!("{strange} known punches were taken for new ones").into());
    }
    Ok(wrong)
}

/// The work: stores, delivers and refuses, and says each thing once the queue has acknowledged it.
fn work_until_killed(file: &Path) -> Result<()> {
    let queue = Queue::open(file, Config::default())?;
    let mut next = position(&queue)?;
    let mut random = fastrand::Rng::new();
    let mut out = std::io::stdout().lock();
    loop {
        let new = random.u64(1..30);
        // Some of the last ones again, as a terminal does.
        let numbers = next.saturating_sub(random.u64(0..5))..next + new;
        let upload = Batch::new(numbers.map(event).collect())
            .with_cursor(CursorUpdate::new("T1", (next + new).to_string()));
        queue.enqueue(upload)?;
        next += new;
        out.write_all(format!("stored {next}.\n").as_bytes())?;

        let lease = queue.lease(random.usize(0..25), usize::MAX, Duration::from_secs(60))?;
        let numbers: Vec<u64> = lease
            .events
            .iter()
            .map(|event| number(event.fingerprint))
            .collect();
        let mut say = |what: &str| -> Result<()> {
            let lines: String = numbers
                .iter()
                .map(|number| format!("{what} {number}.\n"))
                .collect();
            Ok(out.write_all(lines.as_bytes())?)
        };
        match random.u8(0..8) {
            0 => {
                let letter = |seq| DeadLetter::new(seq, "unknown_pin", "nobody has this number");
                queue.dead(lease.seqs().into_iter().map(letter).collect(), 0)?;
                say("refused")?;
            }
            1 => drop(queue.nack(lease.id, lease.seqs())?),
            _ => {
                say("leaving")?;
                queue.ack(lease.seqs(), 0)?;
            }
        }
    }
}

/// How far the work had come: the next punch to make.
fn position(queue: &Queue) -> Result<u64> {
    let Some(state) = queue.cursor("T1")? else {
        return Ok(0);
    };
    Ok(String::from_utf8(state)?.parse()?)
}

fn event(number: u64) -> NewEvent {
    let fingerprint = Fingerprint::from_bytes(u128::from(number).to_be_bytes());
    NewEvent::new(fingerprint, "T1", 0, 0, body(number))
}

fn body(number: u64) -> Vec<u8> {
    format!(r#"{{"punch":{number}}}"#).into_bytes()
}

fn number(fingerprint: Fingerprint) -> u64 {
    u128::from_be_bytes(*fingerprint.as_bytes())
        .try_into()
        .unwrap_or(u64::MAX)
}
