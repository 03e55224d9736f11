//! From the damaged file into the new one.

use std::{fs, io, mem};

use rusqlite::{Connection, OptionalExtension};

use super::walk::{Key, Table, walk};
use super::{Folder, Salvage};
use crate::engine::{Engine, Tx};
use crate::row::{self, Row};
use crate::schema::examine::open_read_only;
use crate::schema::pragmas::PAGE_BYTES;
use crate::{Error, Fingerprint, NewQuarantine};

/// Rows in one transaction of the new file.
const CHUNK: usize = 1_000;

/// A number that no queue reaches; past it a mark in the old file is not believed.
const UNBELIEVABLE: i64 = 1 << 62;

/// One row that could be read.
enum Found {
    Event(Row),
    Dead(Row, String, String, i64),
    Seen(Vec<u8>, i64, i64),
    Quarantined(NewQuarantine),
}

/// Takes everything over that can be read of the damaged queue in `folder`. May be repeated after a crash: what is there already
/// stays as it is.
pub(crate) fn refill(engine: &mut Engine, folder: &Folder) -> Result<Salvage, Error> {
    let mut salvage = Salvage {
        folder: folder.path.clone(),
        cause: folder.cause.clone(),
        pending: 0,
        dead: 0,
        seen: 0,
        damaged: 0,
        lost: 0,
        lost_fingerprints: Vec::new(),
        complete: false,
    };
    let source = open_whole_page(folder).and_then(|source| {
        // Lets a file be read that is shorter than its header says.
        source
            .pragma_update(None, "writable_schema", true)
            .map_err(|error| Error::from_sqlite(&folder.database, &error))?;
        Ok(source)
    });
    let source = match source {
        Ok(source) => Some(source),
        Err(error) => {
            tracing::error!(%error, "nothing can be read of the damaged queue");
            None
        }
    };
    engine.number_from(
        source
            .as_ref()
            .and_then(high_seq)
            .unwrap_or_else(|| i64::from(folder.number) << 40),
    )?;
    if let Some(source) = source {
        salvage.complete = take_over(engine, &source, &mut salvage)?;
    }
    let counts = engine.counts();
    (salvage.pending, salvage.dead, salvage.seen) = (counts.pending, counts.dead, counts.seen);
    engine.settle_down()?;
    folder.finish(&format!("{salvage}\n\n{salvage:#?}\n"))?;
    Ok(salvage)
}

/// Opens the damaged file for reading, unless there is nothing in it that SQLite could read.
fn open_whole_page(folder: &Folder) -> Result<Connection, Error> {
    let failed = |error| Error::from_open(&folder.database, error);
    let length = fs::metadata(&folder.database).map_err(failed)?.len();
    if length < PAGE_BYTES {
        return Err(failed(io::ErrorKind::UnexpectedEof.into()));
    }
    open_read_only(&folder.database)
}

/// The highest number the old file announced.
fn high_seq(source: &Connection) -> Option<i64> {
    let high: i64 = source
        .query_row("SELECT v FROM meta WHERE k = 'high_seq'", [], |row| row.get(0))
        .optional()
        .ok()??;
    (0..UNBELIEVABLE).contains(&high).then_some(high)
}

fn take_over(engine: &mut Engine, source: &Connection, salvage: &mut Salvage) -> Result<bool, Error> {
    let mut complete = true;
    // Events before fingerprints: what is noted as not delivered and has no event by then is lost.
    let table = |name, key, key_column, columns| Table {
        connection: source,
        name,
        key,
        key_column,
        columns,
    };
    let events = "seq, fp, attempts, recv_ms, source, crc, body";
    let refused = "seq, fp, attempts, recv_ms, source, crc, body, code, reason, dead_ms";
    complete &= copy(
        engine,
        salvage,
        &table("event", Key::Number, "seq", events),
        |row| row::checked(row).map(Found::Event),
    )?;
    complete &= copy(
        engine,
        salvage,
        &table("dead", Key::Number, "seq", refused),
        |row| {
            let (code, reason) = (row::text(row, 7)?, row::text(row, 8)?);
            Ok(Found::Dead(
                row::checked(row)?,
                code,
                reason,
                row::integer(row, 9)?,
            ))
        },
    )?;
    complete &= copy(
        engine,
        salvage,
        &table("seen", Key::Fingerprint, "fp", "fp, mark, day"),
        |row| {
            Ok(Found::Seen(
                row::bytes(row, 0)?,
                row::integer(row, 1)?,
                row::integer(row, 2)?,
            ))
        },
    )?;
    let pieces = "id, source, recv_ms, reason, raw";
    complete &= copy(
        engine,
        salvage,
        &table("quarantine", Key::Number, "id", pieces),
        |row| {
            let (source, reason) = (row::text(row, 1)?, row::text(row, 3)?);
            let piece = NewQuarantine::new(source, row::integer(row, 2)?, reason, row::bytes(row, 4)?);
            Ok(Found::Quarantined(piece))
        },
    )?;
    Ok(complete)
}

fn copy(
    engine: &mut Engine,
    salvage: &mut Salvage,
    table: &Table<'_>,
    read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<Found>,
) -> Result<bool, Error> {
    let mut chunk = Vec::new();
    let mut unreadable = 0_u64;
    let complete = walk(table, &mut |row| {
        match read(row) {
            Ok(found) => chunk.push(found),
            Err(_) => unreadable += 1,
        }
        if chunk.len() >= CHUNK {
            store(engine, salvage, &mem::take(&mut chunk))?;
        }
        Ok(())
    })?;
    store(engine, salvage, &chunk)?;
    Ok(complete && unreadable == 0)
}

fn store(engine: &mut Engine, salvage: &mut Salvage, chunk: &[Found]) -> Result<(), Error> {
    let (stored, _) = engine.transact(|tx| {
        let mut lost = Vec::new();
        let mut damaged = 0;
        for found in chunk {
            match found {
                Found::Event(Row::Good(event)) => tx.restore_event(event)?,
                Found::Dead(Row::Good(event), code, reason, dead_ms) => {
                    tx.restore_dead(event, code, reason, *dead_ms)?;
                }
                Found::Event(Row::Damaged(row)) | Found::Dead(Row::Damaged(row), ..) => {
                    tx.keep_bytes(row)?;
                    damaged += 1;
                }
                Found::Seen(fp, mark, day) => {
                    if let Some(fingerprint) = restore_seen(tx, fp, *mark, *day)? {
                        lost.push(fingerprint);
                    }
                }
                Found::Quarantined(piece) => tx.quarantine(piece)?,
            }
        }
        Ok((lost, damaged))
    })?;
    let (lost, damaged) = stored;
    salvage.damaged += damaged;
    salvage.lost += u64::try_from(lost.len()).unwrap_or(0);
    let room = Salvage::MAX_LISTED.saturating_sub(salvage.lost_fingerprints.len());
    salvage.lost_fingerprints.extend(lost.into_iter().take(room));
    Ok(())
}

/// Takes a fingerprint over, unless its event should be here and is not: that one must be accepted again, and is answered.
fn restore_seen(tx: &mut Tx<'_>, fp: &[u8], mark: i64, day: i64) -> rusqlite::Result<Option<Fingerprint>> {
    let Ok(bytes) = fp.try_into() else {
        return Ok(None);
    };
    if tx.restore_seen(fp, mark, day)? {
        Ok(None)
    } else {
        Ok(Some(Fingerprint::from_bytes(bytes)))
    }
}
