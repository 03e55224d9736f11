//! Looks at a file without touching it: is it a queue, and one this version may open?

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{APPLICATION_ID, NEWEST};
use crate::Error;
use crate::lock::sidecar;
use crate::verify::is_damage;

/// The first bytes of every SQLite database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Bytes of the header of an SQLite database, and where in it the page size and the application id lie (SQLite's file format, section 1.3).
const HEADER_BYTES: usize = 100;
const PAGE_SIZE_AT: usize = 16;
const ID_AT: usize = 68;

/// What lies at the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing, or a file that never got as far as holding a queue.
    Nothing,
    /// A queue of a schema this version knows.
    Queue,
    /// A file whose header says that it is a queue, but SQLite cannot read it: what SQLite said.
    Damaged(String),
}

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy)]
struct Header {
    /// Bytes of the whole file.
    length: u64,
    /// Bytes of a page, as the header says; at least the smallest there are.
    page_bytes: u64,
    /// Whether they carry the application id of a queue.
    ours: bool,
}

/// Says what lies at the path, or why it must not be opened. Nothing of it is changed: neither the database nor its log.
pub(crate) fn examine(path: &Path) -> Result<Found, Error> {
    let Some(Header {
        length,
        page_bytes,
        ours,
    }) = header_of_database(path)?
    else {
        return Ok(Found::Nothing);
    };
    if first_page_under_journal(path, length) {
        return Ok(Found::Nothing);
    }
    // SQLite takes less than a page for an empty database, and turns for ever on one whose header asks for a log.
    if length < page_bytes {
        return if ours {
            Ok(Found::Damaged(format!("{length} bytes are less than a page")))
        } else {
            Err(Error::NotADatabase {
                path: path.to_path_buf(),
            })
        };
    }
    let connection = if has_log(path) {
        open_read_only(path)?
    } else {
        open_unchanging(path)?
    };
    match identity(&connection) {
        Err(error) if ours && is_damage(&error) => Ok(Found::Damaged(error.to_string())),
        Ok((0, 0, 0)) => Ok(Found::Nothing),
        Ok((APPLICATION_ID, version, _)) if version > NEWEST => Err(Error::NewerSchema {
            path: path.to_path_buf(),
            found: version,
            known: NEWEST,
        }),
        Ok((APPLICATION_ID, _, _)) => Ok(Found::Queue),
        Ok((application_id, _, _)) => Err(Error::ForeignDatabase {
            path: path.to_path_buf(),
            application_id,
        }),
        Err(error) => Err(Error::from_sqlite(path, &error)),
    }
}

/// The last look before a new queue is made in what was taken for an empty file.
pub(crate) fn expect_blank(connection: &Connection, path: &Path) -> Result<(), Error> {
    match identity(connection).map_err(|error| Error::from_sqlite(path, &error))? {
        (0, 0, 0) => Ok(()),
        (application_id, ..) => Err(Error::ForeignDatabase {
            path: path.to_path_buf(),
            application_id,
        }),
    }
}

/// Opens the queue for looking at it: never writes to it, never moves its log into it.
pub(crate) fn open_read_only(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(connection)
    };
    open().map_err(|error: rusqlite::Error| Error::from_sqlite(path, &error))
}

/// Opens a database that nobody writes to and that has no log, without making the empty log a reader otherwise makes.
fn open_unchanging(path: &Path) -> Result<Connection, Error> {
    if !cfg!(unix) {
        return open_read_only(path);
    }
    let mut uri = String::from("file:");
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri.push_str("?immutable=1");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags).map_err(|error| Error::from_sqlite(path, &error))
}

/// Only the very first page of a new queue is written under a rollback journal, before the log is switched on. A process
/// that died just there left one page at most, and SQLite takes it back when it may write.
fn first_page_under_journal(path: &Path, length: u64) -> bool {
    length <= super::pragmas::PAGE_BYTES && fs::metadata(sidecar(path, "-journal")).is_ok()
}

fn has_log(path: &Path) -> bool {
    fs::metadata(sidecar(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// What the file is by its first bytes if it starts as an SQLite database does, `None` if there is no file or an empty one.
fn header_of_database(path: &Path) -> Result<Option<Header>, Error> {
    let opened = File::open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return nothing_unless_log(path),
        Err(error) => return Err(Error::from_open(path, error)),
    };
    let length = file
        .metadata()
        .map_err(|error| Error::from_open(path, error))?
        .len();
    if length == 0 {
        return nothing_unless_log(path);
    }
    let mut head = Vec::with_capacity(HEADER_BYTES);
    file.take(HEADER_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|error| Error::from_open(path, error))?;
    if !head.starts_with(MAGIC) {
        // Nobody wrote the first sector of a new file, and the journal that takes the rest of its first page back is there.
        if head.iter().all(|byte| *byte == 0) && first_page_under_journal(path, length) {
            return Ok(None);
        }
        return Err(Error::NotADatabase {
            path: path.to_path_buf(),
        });
    }
    let ours = head.get(ID_AT..ID_AT + 4) == Some(APPLICATION_ID.to_be_bytes().as_slice());
    let page_bytes = match head.get(PAGE_SIZE_AT..PAGE_SIZE_AT + 2) {
        Some([0, 1]) => 65_536,
        Some([high, low]) => u64::from(u16::from_be_bytes([*high, *low])).max(512),
        _ => 512,
    };
    Ok(Some(Header {
        length,
        page_bytes,
        ours,
    }))
}

/// SQLite deletes the log of a database that is not there; what is in it may be the only copy, so that is refused.
fn nothing_unless_log(path: &Path) -> Result<Option<Header>, Error> {
    match fs::metadata(sidecar(path, "-wal")) {
        Ok(log) if log.len() > 0 => Err(Error::OrphanLog {
            path: path.to_path_buf(),
        }),
        _ => Ok(None),
    }
}

/// Application id, schema version, number of things in the schema.
fn identity(connection: &Connection) -> rusqlite::Result<(i32, i64, i64)> {
    Ok((
        connection.pragma_query_value(None, "application_id", |row| row.get(0))?,
        connection.pragma_query_value(None, "user_version", |row| row.get(0))?,
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?,
    ))
}
