//! What can be asked of a queue without changing it; the writer and [`Reader`](crate::Reader) ask the same way.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::lock::sidecar;
use crate::row::{self, Row};
use crate::{Dead, Event, Quarantined, Seq, Stats};

/// Most rows in one answer, whatever was asked for: a listing must not hold up the writer.
pub(crate) const MAX_ROWS: usize = 1_000;

fn limit(rows: usize) -> i64 {
    i64::try_from(rows.min(MAX_ROWS)).unwrap_or(i64::MAX)
}

/// The rows of every table, counted. Walks the tables, so it is done once, at opening.
pub(crate) fn count(connection: &Connection) -> rusqlite::Result<Stats> {
    let rows = |table: &str| -> rusqlite::Result<u64> {
        let rows: i64 =
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
        Ok(u64::try_from(rows).unwrap_or(0))
    };
    Ok(Stats {
        pending: rows("event")?,
        dead: rows("dead")?,
        seen: rows("seen")?,
        quarantined: rows("quarantine")?,
        ..Stats::default()
    })
}

/// Fills in what is read afresh each time: the oldest event and the sizes.
pub(crate) fn measure(connection: &Connection, path: &Path, stats: &mut Stats) -> rusqlite::Result<()> {
    let oldest = "SELECT recv_ms FROM event ORDER BY seq LIMIT 1";
    stats.oldest_received_ms = connection
        .prepare_cached(oldest)?
        .query_row([], |row| row.get(0))
        .optional()?;
    let pages = |name: &str| -> rusqlite::Result<u64> {
        let pages: i64 = connection.pragma_query_value(None, name, |row| row.get(0))?;
        Ok(u64::try_from(pages).unwrap_or(0))
    };
    let page = pages("page_size")?;
    stats.db_bytes = pages("page_count")?.saturating_mul(page);
    stats.free_bytes = pages("freelist_count")?.saturating_mul(page);
    stats.wal_bytes = fs::metadata(sidecar(path, "-wal")).map_or(0, |log| log.len());
    Ok(())
}

pub(crate) fn cursor(connection: &Connection, device: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT state FROM cursor WHERE device = ?1")?
        .query_row([device], |row| row.get(0))
        .optional()
}

pub(crate) fn pending(
    connection: &Connection,
    after: Option<Seq>,
    rows: usize,
) -> rusqlite::Result<Vec<Event>> {
    let mut statement = connection.prepare_cached(row::SELECT_PENDING)?;
    let mut found = statement.query([after.map_or(i64::MIN, Seq::get)])?;
    let mut events = Vec::new();
    while events.len() < rows.min(MAX_ROWS) {
        match found.next()? {
            Some(row) => {
                if let Row::Good(event) = row::checked(row)? {
                    events.push(event);
                }
            }
            None => break,
        }
    }
    Ok(events)
}

pub(crate) fn dead(connection: &Connection, after: Option<Seq>, rows: usize) -> rusqlite::Result<Vec<Dead>> {
    let mut statement = connection.prepare_cached(row::SELECT_DEAD)?;
    statement
        .query_map((after.map_or(i64::MIN, Seq::get), limit(rows)), row::dead)?
        .collect()
}

pub(crate) fn quarantine(
    connection: &Connection,
    after: Option<i64>,
    rows: usize,
) -> rusqlite::Result<Vec<Quarantined>> {
    let mut statement = connection.prepare_cached(row::SELECT_QUARANTINE)?;
    let preview = i64::try_from(Quarantined::PREVIEW_BYTES).unwrap_or(i64::MAX);
    statement
        .query_map(
            (after.unwrap_or(i64::MIN), limit(rows), preview),
            row::quarantined,
        )?
        .collect()
}

pub(crate) fn quarantine_raw(connection: &Connection, id: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached("SELECT raw FROM quarantine WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()
}
