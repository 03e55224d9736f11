//! One process per queue.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::Error;

/// Holds `<queue>.lock` for as long as it lives. The operating system lets go of it when the process dies, however it dies;
/// the file itself stays, because deleting it would let two processes lock two files of one name.
#[derive(Debug)]
pub(crate) struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    pub(crate) fn acquire(queue: &Path) -> Result<Self, Error> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(sidecar(queue, ".lock"))
            .map_err(|error| Error::from_open(queue, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked {
                path: queue.to_path_buf(),
            }),
            Err(TryLockError::Error(error)) => Err(Error::from_open(queue, error)),
        }
    }
}

/// The path of a file that belongs to the queue: its own name with an ending.
pub(crate) fn sidecar(queue: &Path, ending: &str) -> PathBuf {
    let mut name = queue.as_os_str().to_os_string();
    name.push(ending);
    PathBuf::from(name)
}
