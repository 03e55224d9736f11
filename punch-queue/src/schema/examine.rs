//! Looks at a file without touching it: is it a queue, and one this version may open?

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ffi};

use super::{APPLICATION_ID, NEWEST};
use crate::Error;
use crate::lock::sidecar;

/// The first bytes of every SQLite database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What lies at the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing, or a file that never got as far as holding a queue.
    Nothing,
    /// A queue of a schema this version knows.
    Queue,
}

/// Says what lies at the path, or why it must not be opened. Nothing of it is changed: neither the database nor its log.
pub(crate) fn examine(path: &Path) -> Result<Found, Error> {
    let Some(length) = length_of_database(path)? else {
        return Ok(Found::Nothing);
    };
    let connection = open_read_only(path)?;
    match identity(&connection) {
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
        Err(error) if is_unfinished(&error) => {
            // Only the very first page of a new queue is written under a rollback journal, before the log is switched on.
            // A process that died just there left one page at most; a longer file is somebody else's.
            if length <= super::pragmas::PAGE_BYTES {
                Ok(Found::Nothing)
            } else {
                Err(Error::ForeignDatabase {
                    path: path.to_path_buf(),
                    application_id: 0,
                })
            }
        }
        Err(error) => Err(Error::from_sqlite(path, &error)),
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

/// The length of the file if it starts as an SQLite database does, `None` if there is no file or an empty one.
fn length_of_database(path: &Path) -> Result<Option<u64>, Error> {
    let opened = File::open(path);
    let mut file = match opened {
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
    let mut head = [0; MAGIC.len()];
    match file.read_exact(&mut head) {
        Ok(()) if head == *MAGIC => Ok(Some(length)),
        Err(error) if error.kind() != ErrorKind::UnexpectedEof => Err(Error::from_open(path, error)),
        _ => Err(Error::NotADatabase {
            path: path.to_path_buf(),
        }),
    }
}

/// SQLite deletes the log of a database that is not there; what is in it may be the only copy, so that is refused.
fn nothing_unless_log(path: &Path) -> Result<Option<u64>, Error> {
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

fn is_unfinished(error: &rusqlite::Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|failure| failure.extended_code == ffi::SQLITE_READONLY_ROLLBACK)
}
