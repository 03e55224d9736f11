//! Opening: look first, then lock, then write.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::{Engine, Numbers};
use crate::lease::LeaseTable;
use crate::lock::ProcessLock;
use crate::schema::examine::{Found, examine, expect_blank};
use crate::schema::{check_library, migrate, pragmas};
use crate::{Config, Error, Recovery, Stats, read};

/// Statements kept prepared; more than there are.
const STATEMENTS: usize = 32;

impl Engine {
    /// Opens or creates the queue at `path`.
    pub(crate) fn open(path: &Path, config: Config) -> Result<Self, Error> {
        check_library()?;
        let path = resolve(path)?;
        let lock = ProcessLock::acquire(&path)?;
        let found = examine(&path)?;
        let sqlite = |error: rusqlite::Error| Error::from_sqlite(&path, &error);

        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&path, flags).map_err(sqlite)?;
        // SQLite falls back to reading when it may not write, and says so only here.
        if connection.is_readonly("main").map_err(sqlite)? {
            return Err(Error::ReadOnly { path });
        }
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        if found == Found::Nothing {
            expect_blank(&connection, &path)?;
        }
        pragmas::apply(&connection, &path, found == Found::Nothing)?;
        migrate(&mut connection).map_err(sqlite)?;
        let (counts, numbers, clean) = take_stock(&connection).map_err(sqlite)?;

        let recovery = match found {
            Found::Nothing => Recovery::Created,
            Found::Queue if clean => Recovery::Clean,
            Found::Queue => Recovery::Unclean,
        };
        tracing::info!(path = %path.display(), ?recovery, pending = counts.pending, dead = counts.dead, "queue opened");
        Ok(Self {
            connection,
            path,
            numbers,
            counts,
            leases: LeaseTable::default(),
            clock: config.clock,
            quota_pages: config
                .quota_bytes
                .map(|bytes| (bytes / pragmas::PAGE_BYTES).max(1)),
            marked_clean: clean,
            poison: None,
            forgotten_up_to: None,
            recovery,
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The real path: two names of one file must meet at one lock.
fn resolve(path: &Path) -> Result<PathBuf, Error> {
    let failed = |error| Error::from_open(path, error);
    match fs::canonicalize(path) {
        Ok(real) => Ok(real),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let name = path
                .file_name()
                .ok_or_else(|| failed(std::io::ErrorKind::InvalidInput.into()))?;
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            Ok(fs::canonicalize(folder).map_err(failed)?.join(name))
        }
        Err(error) => Err(failed(error)),
    }
}

/// What is in the file.
fn take_stock(connection: &Connection) -> rusqlite::Result<(Stats, Numbers, bool)> {
    let meta = |key: &str| -> rusqlite::Result<Option<i64>> {
        connection
            .query_row("SELECT v FROM meta WHERE k = ?1", [key], |row| row.get(0))
            .optional()
    };
    // The numbers in use are looked at too, so that no state of `meta` can hand one out twice.
    let highest =
        "SELECT max(coalesce((SELECT max(seq) FROM event), 0), coalesce((SELECT max(seq) FROM dead), 0))";
    let used: i64 = connection.query_row(highest, [], |row| row.get(0))?;
    let high = meta("high_seq")?.unwrap_or(0).max(used).max(0);
    let numbers = Numbers {
        next: high.saturating_add(1),
        reserved: high,
    };
    let clean = meta("clean")? == Some(1);
    Ok((read::count(connection)?, numbers, clean))
}
