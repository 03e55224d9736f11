//! A look at a queue from outside.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::schema::check_library;
use crate::schema::examine::{Found, examine, open_read_only};
use crate::{Check, Dead, Error, Event, Quarantined, Seq, Stats, Verified, read, verify};

/// Reads a queue without opening it for writing: safe beside a running service, and it changes nothing.
///
/// Each call sees the queue as it is at that moment.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    path: PathBuf,
}

impl Reader {
    /// Opens the queue at `path` for reading.
    ///
    /// # Errors
    /// [`Error::Open`] if there is none, and what [`Queue::open`](crate::Queue::open) says about files that are no queue.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        check_library()?;
        let path = path.as_ref().to_path_buf();
        match examine(&path)? {
            Found::Queue => Ok(Self {
                connection: open_read_only(&path)?,
                path,
            }),
            Found::Damaged(detail) => Err(Error::Corrupt { path, detail }),
            Found::Nothing => Err(Error::from_open(&path, std::io::ErrorKind::NotFound.into())),
        }
    }

    /// Counts and sizes. What only the writer knows, leases and what happened since it opened, is 0.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`].
    pub fn stats(&self) -> Result<Stats, Error> {
        self.ask(|file| {
            let mut stats = read::count(file)?;
            read::measure(file, &self.path, &mut stats)?;
            Ok(stats)
        })
    }

    /// Pending events after `after`, oldest first, at most `limit` and at most 1,000 in one call. Rows that fail their checksum are left out.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`].
    pub fn pending(&self, after: Option<Seq>, limit: usize) -> Result<Vec<Event>, Error> {
        self.ask(|file| read::pending(file, after, limit))
    }

    /// Refused events, as [`Queue::dead_list`](crate::Queue::dead_list).
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`].
    pub fn dead_list(&self, after: Option<Seq>, limit: usize) -> Result<Vec<Dead>, Error> {
        self.ask(|file| read::dead(file, after, limit))
    }

    /// Quarantined input, as [`Queue::quarantine_list`](crate::Queue::quarantine_list).
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`].
    pub fn quarantine_list(&self, after: Option<i64>, limit: usize) -> Result<Vec<Quarantined>, Error> {
        self.ask(|file| read::quarantine(file, after, limit))
    }

    /// How far a source has been read.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`].
    pub fn cursor(&self, device: &str) -> Result<Option<Vec<u8>>, Error> {
        self.ask(|file| read::cursor(file, device))
    }

    /// Looks whether everything in the file is what was put there.
    ///
    /// # Errors
    /// As [`Queue::verify`](crate::Queue::verify).
    pub fn verify(&self, check: Check) -> Result<Verified, Error> {
        self.ask(|file| verify::verify(file, check))
    }

    fn ask<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        question(&self.connection).map_err(|error| Error::from_sqlite(&self.path, &error))
    }
}
