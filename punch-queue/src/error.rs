//! Everything that can go wrong, each naming the file and what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;

/// An error of the queue.
///
/// Whatever it is, nothing was acknowledged that is not committed, and no file was overwritten or deleted.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The SQLite library is older than the fix of the WAL-reset fault, which can corrupt a database.
    #[error(
        "SQLite {found} can corrupt a write-ahead log (fixed in {needed}): build with the feature `bundled` or update the library"
    )]
    #[non_exhaustive]
    SqliteTooOld {
        /// The version in use.
        found: String,
        /// The oldest version accepted.
        needed: &'static str,
    },

    /// Another process, or another handle of this one, has the queue open.
    #[error("queue {path} is in use by another process: stop that one, or give this one a file of its own")]
    #[non_exhaustive]
    Locked {
        /// The queue file.
        path: PathBuf,
    },

    /// The file or its folder cannot be written.
    #[error("queue {path} is read-only: give the service's user write access to the file and its folder")]
    #[non_exhaustive]
    ReadOnly {
        /// The queue file.
        path: PathBuf,
    },

    /// The file cannot be opened at all.
    #[error(
        "cannot open queue {path}: {source}: check that the folder exists and that the service's user may write to it"
    )]
    #[non_exhaustive]
    Open {
        /// The queue file.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<io::Error>,
    },

    /// The file is no SQLite database.
    #[error(
        "{path} is not a queue: it is not an SQLite database. It was left as it is; name another file or move it away"
    )]
    #[non_exhaustive]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },

    /// The file is an SQLite database of something else.
    #[error(
        "{path} is not a queue: it is an SQLite database of another application (id {application_id:#010x}). It was left as it is; name another file"
    )]
    #[non_exhaustive]
    ForeignDatabase {
        /// The file.
        path: PathBuf,
        /// The application id found in it.
        application_id: i32,
    },

    /// There is a write-ahead log but no database to it.
    #[error(
        "{path} is missing or empty, but its write-ahead log {path}-wal is not: restore the file, or move the log away"
    )]
    #[non_exhaustive]
    OrphanLog {
        /// The queue file.
        path: PathBuf,
    },

    /// The file was written by a newer version of this crate.
    #[error(
        "queue {path} has schema {found}, this version knows up to {known}. It was left as it is; run the newer version again"
    )]
    #[non_exhaustive]
    NewerSchema {
        /// The queue file.
        path: PathBuf,
        /// The schema of the file.
        found: i64,
        /// The newest schema this version knows.
        known: i64,
    },

    /// A setting that durability rests on did not hold.
    #[error(
        "queue {path}: SQLite answers {name} = {found} where {wanted} was asked for: the file system may not support it"
    )]
    #[non_exhaustive]
    Pragma {
        /// The queue file.
        path: PathBuf,
        /// The setting.
        name: &'static str,
        /// What was asked for.
        wanted: String,
        /// What SQLite answered.
        found: String,
    },

    /// The disk, or the quota, is full. Nothing of this call was stored; the queue goes on as soon as there is space.
    #[error("queue {path} is full ({detail}): free disk space, raise the quota or let the backlog drain")]
    #[non_exhaustive]
    Full {
        /// The queue file.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },

    /// SQLite found the file damaged.
    #[error(
        "queue {path} is damaged ({detail}): open it again, which keeps the file aside and saves what can be read"
    )]
    #[non_exhaustive]
    Corrupt {
        /// The queue file.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },

    /// Reading, writing or syncing failed. The operating system may have dropped what was being written, so the handle is
    /// poisoned.
    #[error("queue {path}: disk error ({detail}): check the disk and open the queue again")]
    #[non_exhaustive]
    Io {
        /// The queue file.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },

    /// An earlier disk error or damage ended this handle.
    #[error(
        "queue {path} stopped after an earlier error ({cause}): open it again; what was acknowledged is safe"
    )]
    #[non_exhaustive]
    Poisoned {
        /// The queue file.
        path: PathBuf,
        /// The earlier error.
        cause: String,
    },

    /// Anything else SQLite reports.
    #[error("queue {path}: SQLite error {code} ({detail})")]
    #[non_exhaustive]
    Sqlite {
        /// The queue file.
        path: PathBuf,
        /// SQLite's extended result code.
        code: i32,
        /// What SQLite said.
        detail: String,
    },

    /// Too much is waiting for the writer. Nothing of this call was stored.
    #[error("the queue is busy: try again in a moment")]
    Busy,

    /// The queue was closed, or its thread has ended.
    #[error("queue {path} is closed")]
    #[non_exhaustive]
    Closed {
        /// The queue file.
        path: PathBuf,
    },

    /// A part of the call is longer than the queue takes. Nothing of this call was stored.
    #[error("{what} of {length} bytes is longer than the {limit} that the queue takes")]
    #[non_exhaustive]
    TooLong {
        /// Which part.
        what: &'static str,
        /// Its length in bytes.
        length: usize,
        /// The limit in bytes.
        limit: usize,
    },
}

impl Error {
    /// Whether the same call may succeed later on the same handle, without anybody doing anything to the queue's code or
    /// file: the disk is full, or the writer is busy.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::Busy)
    }

    /// Whether the disk or the quota is full.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }

    /// Whether this handle is finished and the queue must be opened again.
    #[must_use]
    pub const fn needs_reopen(&self) -> bool {
        matches!(
            self,
            Self::Io { .. } | Self::Corrupt { .. } | Self::Poisoned { .. } | Self::Closed { .. }
        )
    }

    /// Whether nothing can be believed of this connection any more.
    pub(crate) const fn poisons(&self) -> bool {
        matches!(
            self,
            Self::Io { .. } | Self::Corrupt { .. } | Self::NotADatabase { .. }
        )
    }

    /// What SQLite reports, in our words.
    pub(crate) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let detail = error.to_string();
        let Some(failure) = error.sqlite_error() else {
            // A value of a type the schema does not allow: the row is not what this crate wrote.
            return Self::Corrupt { path, detail };
        };
        let code = failure.extended_code;
        match failure.code {
            ErrorCode::NotADatabase => Self::NotADatabase { path },
            ErrorCode::DatabaseCorrupt => Self::Corrupt { path, detail },
            ErrorCode::DiskFull => Self::Full { path, detail },
            // The shared-memory index could not grow: a full disk, met before anything was written.
            ErrorCode::SystemIoFailure if code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => {
                Self::Full { path, detail }
            }
            ErrorCode::SystemIoFailure => Self::Io { path, detail },
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked { path },
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly { path },
            ErrorCode::CannotOpen => Self::Open {
                path,
                source: Arc::new(io::Error::other(detail)),
            },
            _ => Self::Sqlite { path, code, detail },
        }
    }

    /// What the operating system reports when the queue's files are opened.
    pub(crate) fn from_open(path: &Path, error: io::Error) -> Self {
        let path = path.to_path_buf();
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full {
                path,
                detail: error.to_string(),
            },
            _ => Self::Open {
                path,
                source: Arc::new(error),
            },
        }
    }
}
