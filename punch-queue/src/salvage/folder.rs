//! `<queue>.quarantine/<n>/`: where the files of a damaged queue are moved, so that a crash at any moment is taken up again.
//!
//! A file `moving` in the folder says that the files may still be half-way; it is renamed to `salvaging` once all of them
//! are there, and removed when the new queue holds everything that could be read. Whatever is found at the next opening
//! is finished before anything else.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::backup::{sync_folder, sync_folder_of};
use crate::lock::sidecar;

const MOVING: &str = "moving";
const SALVAGING: &str = "salvaging";
const REPORT: &str = "report.txt";

/// What belongs to the database. The log last: a database without its log would be taken for a whole one.
const ENDINGS: [&str; 4] = ["", "-journal", "-shm", "-wal"];

/// Says, beside the queue, that a running process met damage: the next opening looks at everything.
const SUSPECT: &str = ".damaged";

/// One folder of a damaged queue.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Counts the damaged files of this queue, from 1.
    pub(crate) number: u32,
    pub(crate) path: PathBuf,
    pub(crate) cause: String,
    /// The name of the database in it.
    pub(crate) database: PathBuf,
}

impl Folder {
    /// Moves the files of a damaged queue into a new folder.
    pub(crate) fn fill(queue: &Path, cause: &str) -> Result<Self, Error> {
        let failed = |error| Error::from_open(queue, error);
        let all = sidecar(queue, ".quarantine");
        fs::create_dir_all(&all).map_err(failed)?;
        let number = numbers(&all).map_err(failed)?.into_iter().max().unwrap_or(0) + 1;
        let folder = Self::at(queue, number, cause.to_owned());
        folder.announce(&all).map_err(failed)?;
        folder.take_files(queue).map_err(failed)?;
        Ok(folder)
    }

    /// The folders that an earlier process could not finish, oldest first, with all files in them.
    pub(crate) fn unfinished(queue: &Path) -> Result<Vec<Self>, Error> {
        let failed = |error| Error::from_open(queue, error);
        let all = sidecar(queue, ".quarantine");
        let mut folders = Vec::new();
        let mut numbers = numbers(&all).map_err(failed)?;
        numbers.sort_unstable();
        for number in numbers {
            let mut folder = Self::at(queue, number, String::new());
            let moving = read(&folder.path.join(MOVING)).map_err(failed)?;
            let salvaging = read(&folder.path.join(SALVAGING)).map_err(failed)?;
            let half_way = moving.is_some();
            let Some(cause) = moving.or(salvaging) else {
                continue;
            };
            folder.cause = cause;
            if half_way {
                folder.take_files(queue).map_err(failed)?;
            }
            folders.push(folder);
        }
        Ok(folders)
    }

    /// Everything that could be read is in the new queue.
    pub(crate) fn finish(&self, report: &str) -> Result<(), Error> {
        let finish = || {
            write_synced(&self.path.join(REPORT), report)?;
            sync_folder(&self.path)?;
            fs::remove_file(self.path.join(SALVAGING))?;
            sync_folder(&self.path)
        };
        finish().map_err(|error| Error::from_open(&self.path, error))
    }

    fn at(queue: &Path, number: u32, cause: String) -> Self {
        let path = sidecar(queue, ".quarantine").join(number.to_string());
        let database = path.join(queue.file_name().unwrap_or_default());
        Self {
            number,
            path,
            cause,
            database,
        }
    }

    fn announce(&self, all: &Path) -> io::Result<()> {
        sync_folder_of(all)?;
        fs::create_dir(&self.path)?;
        sync_folder(all)?;
        write_synced(&self.path.join(MOVING), &self.cause)?;
        sync_folder(&self.path)
    }

    fn take_files(&self, queue: &Path) -> io::Result<()> {
        for ending in ENDINGS {
            let (from, to) = (sidecar(queue, ending), sidecar(&self.database, ending));
            if fs::symlink_metadata(&to).is_err() && fs::symlink_metadata(&from).is_ok() {
                fs::rename(from, to)?;
                // In this order on the disk too.
                sync_folder(&self.path)?;
                sync_folder_of(queue)?;
            }
        }
        forget_suspicion(queue)?;
        fs::rename(self.path.join(MOVING), self.path.join(SALVAGING))?;
        sync_folder(&self.path)
    }
}

/// Notes that the file met damage while it was used. Best effort: without the note the next opening looks less closely.
pub(crate) fn suspect(queue: &Path) {
    if let Err(error) = File::create(sidecar(queue, SUSPECT)) {
        tracing::warn!(%error, "cannot note that the queue's file is damaged");
    }
}

pub(crate) fn is_suspect(queue: &Path) -> bool {
    fs::symlink_metadata(sidecar(queue, SUSPECT)).is_ok()
}

/// The file was looked at and is whole, or is gone.
pub(crate) fn forget_suspicion(queue: &Path) -> io::Result<()> {
    match fs::remove_file(sidecar(queue, SUSPECT)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn numbers(all: &Path) -> io::Result<Vec<u32>> {
    let entries = match fs::read_dir(all) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut numbers = Vec::new();
    for entry in entries {
        // What somebody else put there is left alone.
        if let Some(number) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

fn read(marker: &Path) -> io::Result<Option<String>> {
    match fs::read(marker) {
        Ok(cause) => Ok(Some(String::from_utf8_lossy(&cause).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write_synced(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
