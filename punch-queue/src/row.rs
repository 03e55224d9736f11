//! Rows of the file as events, and the checksum that says whether to believe them.

use rusqlite::types::ValueRef;

use crate::{Dead, Event, Fingerprint, Quarantined, Seq};

/// Pending rows after a number, oldest first: a walk along the primary key, whatever the backlog.
pub(crate) const SELECT_PENDING: &str =
    "SELECT seq, fp, attempts, recv_ms, source, crc, body FROM event WHERE seq > ?1 ORDER BY seq";

/// crc32c over everything of an event that is delivered and does not change.
pub(crate) fn checksum(fp: &[u8], received_ms: i64, source: &[u8], body: &[u8]) -> u32 {
    let crc = crc32c::crc32c(fp);
    let crc = crc32c::crc32c_append(crc, &received_ms.to_be_bytes());
    let crc = crc32c::crc32c_append(crc, source);
    // Ends the source, which may not contain this byte.
    let crc = crc32c::crc32c_append(crc, &[0xFF]);
    crc32c::crc32c_append(crc, body)
}

/// A pending row.
pub(crate) enum Row {
    Good(Event),
    Damaged(Damaged),
}

/// What can be read of a row that failed its checksum.
pub(crate) struct Damaged {
    pub(crate) seq: Seq,
    pub(crate) fp: Vec<u8>,
    /// The fingerprint in hexadecimal digits, however many there are.
    pub(crate) fingerprint: String,
    pub(crate) received_ms: i64,
    pub(crate) source: String,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn seq(row: &rusqlite::Row<'_>) -> rusqlite::Result<Seq> {
    row.get(0).map(Seq::new)
}

/// A row of [`SELECT_PENDING`], checked.
pub(crate) fn checked(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let seq = seq(row)?;
    let (fp, source, body) = (bytes(row, 1)?, bytes(row, 4)?, bytes(row, 6)?);
    let received_ms = integer(row, 3)?;
    let stored = integer(row, 5)?;
    if i64::from(checksum(&fp, received_ms, &source, &body)) == stored
        && let Ok(fingerprint) = fp.as_slice().try_into().map(Fingerprint::from_bytes)
        && let Ok(source) = std::str::from_utf8(&source)
    {
        let source = source.to_owned();
        let attempts = u32::try_from(integer(row, 2)?.max(0)).unwrap_or(u32::MAX);
        return Ok(Row::Good(Event {
            seq,
            fingerprint,
            source,
            received_ms,
            attempts,
            body,
        }));
    }
    let fingerprint = fp.iter().map(|byte| format!("{byte:02x}")).collect();
    let source = String::from_utf8_lossy(&source).into_owned();
    Ok(Row::Damaged(Damaged {
        seq,
        fp,
        fingerprint,
        received_ms,
        source,
        body,
    }))
}

/// A refused row by number, in the columns of [`SELECT_PENDING`].
pub(crate) const SELECT_ONE_DEAD: &str =
    "SELECT seq, fp, attempts, recv_ms, source, crc, body FROM dead WHERE seq = ?1";

pub(crate) const SELECT_DEAD: &str =
    "SELECT seq, fp, source, code, reason, attempts, recv_ms, dead_ms, body FROM dead
     WHERE seq > ?1 ORDER BY seq LIMIT ?2";

pub(crate) fn dead(row: &rusqlite::Row<'_>) -> rusqlite::Result<Dead> {
    Ok(Dead {
        seq: seq(row)?,
        fingerprint: Fingerprint::from_bytes(row.get(1)?),
        source: row.get(2)?,
        code: row.get(3)?,
        reason: row.get(4)?,
        attempts: row.get(5)?,
        received_ms: row.get(6)?,
        dead_ms: row.get(7)?,
        body: row.get(8)?,
    })
}

pub(crate) const SELECT_QUARANTINE: &str =
    "SELECT id, source, recv_ms, reason, length(raw), substr(raw, 1, ?3) FROM quarantine
     WHERE id > ?1 ORDER BY id LIMIT ?2";

pub(crate) fn quarantined(row: &rusqlite::Row<'_>) -> rusqlite::Result<Quarantined> {
    let length: i64 = row.get(4)?;
    Ok(Quarantined {
        id: row.get(0)?,
        source: row.get(1)?,
        received_ms: row.get(2)?,
        reason: row.get(3)?,
        length: u64::try_from(length).unwrap_or(0),
        preview: row.get(5)?,
    })
}

/// The bytes of a text or a blob; damage may have turned one into the other, or into a number.
pub(crate) fn bytes(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Vec<u8>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    })
}

/// A text, whatever damage made of it.
pub(crate) fn text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<String> {
    bytes(row, column).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

pub(crate) fn integer(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<i64> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => number,
        _ => -1,
    })
}
