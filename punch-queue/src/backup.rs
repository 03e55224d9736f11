//! A copy of the queue while it works.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::lock::sidecar;
use crate::schema::examine::open_read_only;
use crate::verify::pages;
use crate::{Check, Error};

/// Copies the queue at `path`, as it is at this moment, to a new file `to`. The copy has its name only once it is whole,
/// checked and on the disk.
pub(crate) fn backup(path: &Path, to: &Path) -> Result<u64, Error> {
    let failed = |error: io::Error| Error::from_open(to, error);
    if fs::symlink_metadata(to).is_ok() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    let partial = sidecar(to, ".partial");
    // Left by a copy that was cut short; it never had the name of a copy.
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let made = write(path, &partial).and_then(|bytes| {
        fs::rename(&partial, to).map_err(failed)?;
        sync_folder_of(to).map_err(failed)?;
        Ok(bytes)
    });
    if made.is_err() {
        // The error that is on its way says more than one about tidying up.
        drop(fs::remove_file(&partial));
    }
    made
}

fn write(path: &Path, partial: &Path) -> Result<u64, Error> {
    let source = open_read_only(path)?;
    let name = partial
        .to_str()
        .ok_or_else(|| Error::from_open(partial, io::ErrorKind::InvalidFilename.into()))?;
    source
        .execute("VACUUM INTO ?1", [name])
        .map_err(|error| Error::from_sqlite(path, &error))?;
    File::open(partial)
        .and_then(|file| file.sync_all())
        .map_err(|error| Error::from_open(partial, error))?;
    let sqlite = |error: rusqlite::Error| Error::from_sqlite(partial, &error);
    let copy = open_read_only(partial)?;
    if let Some(detail) = pages(&copy, Check::Quick).map_err(sqlite)?.into_iter().next() {
        return Err(Error::Corrupt {
            path: partial.to_path_buf(),
            detail,
        });
    }
    fs::metadata(partial)
        .map(|file| file.len())
        .map_err(|error| Error::from_open(partial, error))
}

/// Makes what was renamed or created in the folder of `path` survive a power cut.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    sync_folder(folder)
}

/// Makes what was renamed or created in a folder survive a power cut.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
