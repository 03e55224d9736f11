//! Which files are watched, what was seen, and what is to fail.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::shim;

/// One thing that was done to a file of the folder, or said by the test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// A file was created, empty.
    Create { file: String },
    /// Bytes were written.
    Write {
        file: String,
        offset: usize,
        data: Vec<u8>,
    },
    /// A file was cut or extended.
    Truncate { file: String, length: usize },
    /// A file was synced.
    Sync { file: String },
    /// A file was deleted.
    Delete { file: String },
    /// A file was given another name, in place of whatever had it.
    Rename { from: String, to: String },
    /// The folder was synced: what was created and deleted stays so.
    SyncFolder,
    /// So many steps were acknowledged by now.
    Acknowledged(usize),
}

/// The calls that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    Open,
    Read,
    Write,
    Truncate,
    Sync,
    Delete,
    Size,
    SharedMemory,
}

/// What fails, and when.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// Which calls are counted.
    pub calls: Calls,
    /// Calls that still work.
    pub after: usize,
    /// Whether everything of the kind fails from then on, or that one call.
    pub lasting: bool,
    /// `true`: no space left; `false`: input/output error.
    pub full: bool,
}

/// What one watched folder has seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) log: Vec<Op>,
    recording: bool,
    fault: Option<Fault>,
    struck: usize,
}

/// Shared with every file opened in the folder.
pub(crate) type Notes = Arc<Mutex<Seen>>;

static FOLDERS: Mutex<Vec<(PathBuf, Notes)>> = Mutex::new(Vec::new());

/// A folder whose files are watched for as long as this lives, files opened before it excepted.
#[derive(Debug)]
pub struct Watch {
    folder: PathBuf,
    notes: Notes,
}

impl Watch {
    /// Watches `folder`, writing down everything from now on if `recording`.
    pub fn new(folder: &Path, recording: bool) -> Self {
        shim::install();
        let folder = folder.canonicalize().expect("a folder");
        let notes = Notes::default();
        lock(&notes).recording = recording;
        lock(&FOLDERS).push((folder.clone(), Arc::clone(&notes)));
        Self { folder, notes }
    }

    /// Notes that so many steps are acknowledged.
    pub fn acknowledged(&self, steps: usize) {
        lock(&self.notes).log.push(Op::Acknowledged(steps));
    }

    /// What was written down.
    pub fn log(&self) -> Vec<Op> {
        lock(&self.notes).log.clone()
    }

    /// Makes calls fail; the count starts now.
    pub fn fail(&self, fault: Fault) {
        let mut seen = lock(&self.notes);
        seen.fault = Some(fault);
        seen.struck = 0;
    }

    /// Repairs the disk; says how many calls had failed.
    pub fn heal(&self) -> usize {
        let mut seen = lock(&self.notes);
        seen.fault = None;
        seen.struck
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        lock(&FOLDERS).retain(|(folder, _)| *folder != self.folder);
    }
}

impl Seen {
    pub(crate) fn note(&mut self, op: impl FnOnce() -> Op) {
        if self.recording {
            self.log.push(op());
        }
    }

    /// Whether this call fails, and how.
    pub(crate) fn strikes(&mut self, calls: Calls) -> Option<Fault> {
        let fault = self.fault.as_mut().filter(|fault| fault.calls == calls)?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        if self.struck > 0 && !fault.lasting {
            return None;
        }
        self.struck += 1;
        Some(*fault)
    }
}

/// The notes and the plain name of a file, if its folder is watched.
pub(crate) fn notes_of(path: &Path) -> Option<(Notes, String)> {
    let name = path.file_name()?.to_str()?.to_owned();
    let folder = path.parent()?;
    let folders = lock(&FOLDERS);
    let (_, notes) = folders.iter().find(|(watched, _)| watched == folder)?;
    Some((Arc::clone(notes), name))
}

/// The notes of a folder, if it is watched.
pub(crate) fn notes_of_folder(path: &Path) -> Option<Notes> {
    let folders = lock(&FOLDERS);
    let (_, notes) = folders.iter().find(|(watched, _)| watched == path)?;
    Some(Arc::clone(notes))
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
