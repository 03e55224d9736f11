//! What is in a file, by two readers: stock SQLite past the shim, and the queue itself.

use std::path::Path;
use std::time::Duration;

use punchclock_queue::{Batch, Config, Outcome, Queue};
use rusqlite::{Connection, OpenFlags};

use crate::script::{self, Holds};
use crate::shim::UNWATCHED;

/// What stock SQLite finds. A file without tables holds nothing.
///
/// # Errors
/// That the file is damaged, in words.
pub fn with_sqlite(file: &Path) -> Result<Holds, String> {
    if !file.exists() {
        return Ok(Holds::default());
    }
    read(file).map_err(|error| error.to_string())?
}

fn read(file: &Path) -> rusqlite::Result<Result<Holds, String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags_and_vfs(file, flags, UNWATCHED)?;
    let check: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if check != "ok" {
        return Ok(Err(check));
    }
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let mut holds = Holds::default();
    if tables == 0 {
        return Ok(Ok(holds));
    }
    let mut pending = db.prepare("SELECT fp, attempts, body FROM event ORDER BY seq")?;
    let mut rows = pending.query([])?;
    while let Some(row) = rows.next()? {
        let number = number(row.get_ref(0)?.as_blob()?);
        if row.get_ref(2)?.as_blob()? != script::body(number) {
            return Ok(Err(format!("event {number} has another body")));
        }
        holds.pending.push((number, row.get(1)?));
    }
    let numbers = |sql: &str| -> rusqlite::Result<Vec<u64>> {
        let mut statement = db.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok(number(row.get_ref(0)?.as_blob()?)))?;
        rows.collect()
    };
    holds.seen.extend(numbers("SELECT fp FROM seen")?);
    holds.dead.extend(numbers("SELECT fp FROM dead")?);
    let mut cursor = db.prepare("SELECT state FROM cursor WHERE device = 'T1'")?;
    let mut rows = cursor.query([])?;
    if let Some(row) = rows.next()? {
        holds.cursor = position(row.get_ref(0)?.as_blob()?);
    }
    let mut quarantine = db.prepare("SELECT raw FROM quarantine")?;
    let raw = quarantine.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    holds.quarantined = raw.collect::<Result<_, _>>()?;
    Ok(Ok(holds))
}

/// What the queue answers after it was opened, and whether it still works.
///
/// # Errors
/// That it does not open, answers differently the second time, or forgets what it knew, in words.
pub fn with_queue(file: &Path) -> Result<Holds, String> {
    let failed = |error: punchclock_queue::Error| error.to_string();
    let queue = Queue::open(file, Config::default()).map_err(failed)?;
    let holds = answers(&queue).map_err(failed)?;
    // What it holds is known; something new is accepted, with a number above all others.
    let known: Vec<u64> = holds
        .pending
        .iter()
        .map(|(number, _)| *number)
        .chain(holds.dead.iter().copied())
        .collect();
    let outcomes = queue
        .enqueue(Batch::new(script::events(&known)))
        .map_err(failed)?;
    if outcomes.iter().any(|outcome| *outcome != Outcome::Duplicate) {
        return Err("an event that is there is not known".to_owned());
    }
    let new = queue
        .enqueue(Batch::new(script::events(&[u64::MAX])))
        .map_err(failed)?;
    let last = queue
        .lease(usize::MAX, usize::MAX, Duration::ZERO)
        .map_err(failed)?
        .events;
    match (new.as_slice(), last.last()) {
        ([Outcome::Accepted { seq, .. }], Some(event)) if event.seq == *seq => {}
        _ => return Err(format!("a new event is {new:?}")),
    }
    queue.close().map_err(failed)?;
    Ok(holds)
}

/// What an open queue says it holds. The fingerprints it has seen are left out where nothing tells: delivered ones.
///
/// # Errors
/// What the queue answers.
pub fn answers(queue: &Queue) -> Result<Holds, punchclock_queue::Error> {
    let mut holds = Holds::default();
    let lease = queue.lease(usize::MAX, usize::MAX, Duration::ZERO)?;
    for event in &lease.events {
        let number = number(event.fingerprint.as_bytes());
        assert_eq!(
            event.body,
            script::body(number),
            "what is given out is what came in"
        );
        holds.pending.push((number, event.attempts));
        holds.seen.insert(number);
    }
    let mut after = None;
    loop {
        let page = queue.dead_list(after, 1_000)?;
        let Some(last) = page.last() else { break };
        after = Some(last.seq);
        for dead in &page {
            let number = number(dead.fingerprint.as_bytes());
            assert_eq!(
                dead.body,
                script::body(number),
                "what was refused is what came in"
            );
            holds.dead.insert(number);
            holds.seen.insert(number);
        }
    }
    holds.cursor = queue.cursor("T1")?.and_then(|state| position(&state));
    for piece in queue.quarantine_list(None, 1_000)? {
        let raw = queue.quarantine_raw(piece.id)?.unwrap_or_default();
        holds.quarantined.insert(raw);
    }
    Ok(holds)
}

fn number(fp: &[u8]) -> u64 {
    script::number(fp).unwrap_or(u64::MAX - 1)
}

fn position(state: &[u8]) -> Option<u64> {
    std::str::from_utf8(state).ok()?.parse().ok()
}
