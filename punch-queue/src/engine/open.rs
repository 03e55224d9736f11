//! Opening: look first, then lock, then write.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::{Engine, Numbers, counted};
use crate::lease::LeaseTable;
use crate::lock::ProcessLock;
use crate::salvage::{Folder, forget_suspicion, is_suspect, refill};
use crate::schema::examine::{Found, examine, expect_blank};
use crate::schema::{check_library, migrate, pragmas};
use crate::space::Space;
use crate::verify::pages;
use crate::{Check, Config, Damage, Error, Recovery, Stats, read};

/// Statements kept prepared; more than there are.
const STATEMENTS: usize = 32;

/// A file that was opened and can be believed.
struct Opened {
    connection: Connection,
    counts: Stats,
    numbers: Numbers,
    clean: bool,
    found: Found,
}

/// Why a file was not opened.
enum Fault {
    /// It is not for this queue to open, or not now.
    Refused(Error),
    /// It is a queue, and damaged.
    Damaged(String),
}

impl Engine {
    /// Opens or creates the queue at `path`. A damaged one is moved aside, and what can be read of it goes into a new one.
    pub(crate) fn open(path: &Path, config: Config) -> Result<Self, Error> {
        check_library()?;
        let path = resolve(path)?;
        let lock = ProcessLock::acquire(&path)?;
        let mut folders = Folder::unfinished(&path)?;
        let mut space = Space::new(&path, config.reserve_bytes, config.ballast_bytes);
        let opened = match open_file(&path) {
            Err(Fault::Refused(error)) if error.is_full() && space.throw_off() => open_file(&path),
            other => other,
        };
        let opened = match opened {
            Err(Fault::Damaged(cause)) => {
                tracing::error!(path = %path.display(), %cause, "the queue is damaged and is moved aside");
                folders.push(Folder::fill(&path, &cause)?);
                open_file(&path)
            }
            other => other,
        };
        let opened = opened.map_err(|fault| match fault {
            Fault::Refused(error) => error,
            Fault::Damaged(detail) => Error::Corrupt {
                path: path.clone(),
                detail,
            },
        })?;
        let Opened {
            connection,
            counts,
            numbers,
            clean,
            found,
        } = opened;
        let recovery = match found {
            Found::Queue if clean => Recovery::Clean,
            Found::Queue => Recovery::Unclean,
            _ => Recovery::Created,
        };
        let mut engine = Self {
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
            on_damage: config.on_damage,
            space,
            _lock: lock,
        };
        for folder in folders {
            let salvage = Arc::new(refill(&mut engine, &folder)?);
            tracing::error!(%salvage, "the queue was replaced");
            engine.recovery = Recovery::Quarantined(Arc::clone(&salvage));
            engine.on_damage.tell(&Damage::File { salvage });
        }
        engine.space.take_on();
        let Self {
            path,
            recovery,
            counts: Stats { pending, dead, .. },
            ..
        } = &engine;
        tracing::info!(path = %path.display(), ?recovery, pending, dead, "queue opened");
        Ok(engine)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Opens or creates the file itself, and looks at it as closely as its last end asks for.
fn open_file(path: &Path) -> Result<Opened, Fault> {
    let refused = Fault::Refused;
    let sqlite = |error: rusqlite::Error| match Error::from_sqlite(path, &error) {
        Error::Corrupt { detail, .. } => Fault::Damaged(detail),
        Error::NotADatabase { .. } => Fault::Damaged(error.to_string()),
        other => refused(other),
    };
    let found = match examine(path).map_err(refused)? {
        Found::Damaged(cause) => return Err(Fault::Damaged(cause)),
        found => found,
    };
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    // Whatever ends this connection but an orderly close must leave the files as they are.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(sqlite)?;
    // SQLite falls back to reading when it may not write, and says so only here.
    if connection.is_readonly("main").map_err(sqlite)? {
        return Err(refused(Error::ReadOnly {
            path: path.to_path_buf(),
        }));
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    if found == Found::Nothing {
        expect_blank(&connection, path).map_err(refused)?;
    }
    pragmas::apply(&connection, path, found == Found::Nothing).map_err(|error| match error {
        // What lies there is a queue by its own header: a setting that cannot be read is damage.
        Error::Corrupt { detail, .. } if found == Found::Queue => Fault::Damaged(detail),
        Error::NotADatabase { .. } if found == Found::Queue => Fault::Damaged(error.to_string()),
        other => refused(other),
    })?;
    migrate(&mut connection).map_err(sqlite)?;
    if found == Found::Nothing {
        // So that the file itself, and not only its log, says what it is.
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(sqlite)?;
    }
    let suspect = is_suspect(path);
    let marked = meta(&connection, "clean").map_err(sqlite)? == Some(1);
    if suspect || (found == Found::Queue && !marked) {
        let check = if suspect { Check::Full } else { Check::Quick };
        if let Some(detail) = pages(&connection, check).map_err(sqlite)?.into_iter().next() {
            return Err(Fault::Damaged(detail));
        }
    }
    let (counts, numbers, clean) = take_stock(&connection).map_err(sqlite)?;
    if clean {
        for (table, rows) in counted(&counts) {
            let noted = meta(&connection, table).map_err(sqlite)?;
            if noted.is_some_and(|noted| u64::try_from(noted).ok() != Some(rows)) {
                let noted = noted.unwrap_or_default();
                return Err(Fault::Damaged(format!(
                    "{table}: {rows}, and {noted} when the file was closed"
                )));
            }
        }
    }
    if suspect {
        forget_suspicion(path).map_err(|error| refused(Error::from_open(path, error)))?;
    }
    Ok(Opened {
        connection,
        counts,
        numbers,
        clean,
        found,
    })
}

fn meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .query_row("SELECT v FROM meta WHERE k = ?1", [key], |row| row.get(0))
        .optional()
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
    // The numbers in use are looked at too, so that no state of `meta` can hand one out twice.
    let highest =
        "SELECT max(coalesce((SELECT max(seq) FROM event), 0), coalesce((SELECT max(seq) FROM dead), 0))";
    let used: i64 = connection.query_row(highest, [], |row| row.get(0))?;
    let high = meta(connection, "high_seq")?.unwrap_or(0).max(used).max(0);
    let numbers = Numbers {
        next: high.saturating_add(1),
        reserved: high,
    };
    let clean = meta(connection, "clean")? == Some(1);
    Ok((read::count(connection)?, numbers, clean))
}
