//! The settings durability rests on: set, then read back.
//!
//! SQLite ignores a pragma it does not know and keeps a mode the file system cannot give up, without a word. A queue that
//! believes it runs in WAL and does not is either slow or not durable, so every setting is asserted.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, config::DbConfig};

use crate::Error;

/// Bytes in a page; all page counts are in this unit.
pub(crate) const PAGE_BYTES: u64 = 4096;

/// Settings that must be made before the first table.
const AT_CREATION: &[(&str, &str)] = &[("page_size", "4096"), ("auto_vacuum", "2")];

/// Settings of every connection that writes.
///
/// `synchronous=FULL` (2): without it WAL syncs only at checkpoints, and a power cut takes acknowledged events with it.
/// Negative `cache_size` is in KiB. No `mmap`: an I/O error would be a signal instead of an error.
const ALWAYS: &[(&str, &str)] = &[
    ("journal_mode", "wal"),
    ("synchronous", "2"),
    ("wal_autocheckpoint", "1000"),
    ("journal_size_limit", "8388608"),
    ("cache_size", "-8000"),
    ("temp_store", "2"),
    ("mmap_size", "0"),
    ("trusted_schema", "0"),
    ("cell_size_check", "1"),
];

/// How long a reader's lock is waited for. Only checkpoints meet one.
pub(crate) const BUSY: Duration = Duration::from_secs(5);

/// Prepares the connection of the writer.
pub(crate) fn apply(connection: &Connection, path: &Path, new: bool) -> Result<(), Error> {
    let sqlite = |error: rusqlite::Error| Error::from_sqlite(path, &error);
    connection.busy_timeout(BUSY).map_err(sqlite)?;
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)
        .map_err(sqlite)?;
    if new {
        for (name, value) in AT_CREATION {
            connection
                .execute_batch(&format!("PRAGMA {name} = {value}"))
                .map_err(sqlite)?;
        }
    }
    for (name, value) in ALWAYS {
        connection
            .execute_batch(&format!("PRAGMA {name} = {value}"))
            .map_err(sqlite)?;
    }
    for (name, wanted) in AT_CREATION.iter().chain(ALWAYS) {
        let found = read(connection, name).map_err(sqlite)?;
        if found != *wanted {
            let path = path.to_path_buf();
            return Err(Error::Pragma {
                path,
                name,
                wanted: (*wanted).to_owned(),
                found,
            });
        }
    }
    Ok(())
}

/// Limits the size of the database to so many pages. SQLite raises a limit below the present size to that size.
pub(crate) fn limit_pages(connection: &Connection, pages: u64) -> rusqlite::Result<()> {
    connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
}

/// What SQLite says a setting is.
fn read(connection: &Connection, name: &str) -> rusqlite::Result<String> {
    let value: Value = connection.pragma_query_value(None, name, |row| row.get(0))?;
    Ok(match value {
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text,
        other => format!("{other:?}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pragmas_hold_on_a_new_and_on_an_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        for new in [true, false] {
            let connection = Connection::open(&path).unwrap();
            apply(&connection, &path, new).unwrap();
            assert_eq!(read(&connection, "journal_mode").unwrap(), "wal");
            assert_eq!(read(&connection, "synchronous").unwrap(), "2");
            connection
                .execute_batch("CREATE TABLE IF NOT EXISTS t(x)")
                .unwrap();
        }
    }

    #[test]
    fn a_pragma_that_does_not_hold_is_an_error_that_names_it() {
        // A database in memory cannot have a write-ahead log, and SQLite does not complain when asked for one.
        let connection = Connection::open_in_memory().unwrap();
        let error = apply(&connection, Path::new("queue.db"), true).unwrap_err();
        assert!(
            matches!(&error, Error::Pragma { name: "journal_mode", found, .. } if found == "memory"),
            "{error}"
        );
        assert!(
            error.to_string().contains("queue.db") && error.to_string().contains("journal_mode = memory"),
            "{error}"
        );
    }

    #[test]
    fn a_file_with_other_pages_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("PRAGMA page_size=1024; CREATE TABLE t(x)")
            .unwrap();
        let error = apply(&connection, &path, false).unwrap_err();
        assert!(
            matches!(
                error,
                Error::Pragma {
                    name: "page_size",
                    ..
                }
            ),
            "{error}"
        );
    }
}
