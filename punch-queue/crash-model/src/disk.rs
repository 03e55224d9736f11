//! What a power cut can leave of a folder.
//!
//! A synced write is on the disk. One that is not synced yet may be there, may be missing, or may be there in part: any of the
//! 512-byte sectors it touches, whatever became of the writes before and after it. A file that was created, and a name that
//! was deleted, are so for certain once the folder was synced; of what happened to names since then the disk has the first so
//! many, because file systems keep those in order. Bytes that nobody wrote in a file that is long enough are zero.
//!
//! Bytes beside a write in the same sector stay what they were ("powersafe overwrite", which SQLite takes for granted too).

use std::collections::BTreeMap;
use std::path::Path;

use crate::Op;

const SECTOR: usize = 512;

/// The files of a folder after a power cut, by name.
pub type Image = BTreeMap<String, Vec<u8>>;

/// A folder with what is on the disk for certain and what is on its way there.
#[derive(Debug, Default)]
pub struct Disk {
    files: Vec<File>,
    durable_names: BTreeMap<String, usize>,
    names: BTreeMap<String, usize>,
    unsynced_names: Vec<Naming>,
    /// A disk that says "synced" and forgets it.
    lies: bool,
}

#[derive(Debug, Default)]
struct File {
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { offset: usize, data: Vec<u8> },
    Truncate(usize),
}

#[derive(Debug)]
enum Naming {
    Create(String, usize),
    Delete(String),
    Rename(String, String),
}

/// How unkind a power cut is.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// Everything that was not synced is gone.
    Drop,
    /// All of it is there.
    Keep,
    /// Each write is there or not.
    Some,
    /// Each sector of each write is there or not.
    Tear,
}

impl Disk {
    /// A folder that holds these files for certain.
    #[must_use]
    pub fn holding(image: &Image) -> Self {
        let mut disk = Self::default();
        for (name, bytes) in image {
            disk.names.insert(name.clone(), disk.files.len());
            disk.files.push(File {
                durable: bytes.clone(),
                unsynced: Vec::new(),
            });
        }
        disk.durable_names = disk.names.clone();
        disk
    }

    /// The same, on a disk that acknowledges a sync and does not do it.
    #[must_use]
    pub fn lying() -> Self {
        Self {
            lies: true,
            ..Self::default()
        }
    }

    /// Takes in what happened next. Says whether it changed what a power cut could leave.
    pub fn apply(&mut self, op: &Op) -> bool {
        match op {
            Op::Create { file } => {
                let number = self.files.len();
                self.files.push(File::default());
                self.names.insert(file.clone(), number);
                self.unsynced_names.push(Naming::Create(file.clone(), number));
            }
            Op::Delete { file } => {
                self.names.remove(file);
                self.unsynced_names.push(Naming::Delete(file.clone()));
            }
            Op::Rename { from, to } => {
                let naming = Naming::Rename(from.clone(), to.clone());
                naming.make(&mut self.names);
                self.unsynced_names.push(naming);
            }
            Op::Write { file, offset, data } => {
                let (offset, data) = (*offset, data.clone());
                self.file(file).unsynced.push(Change::Write { offset, data });
            }
            Op::Truncate { file, length } => self.file(file).unsynced.push(Change::Truncate(*length)),
            Op::Sync { file } if !self.lies => {
                let file = self.file(file);
                for change in std::mem::take(&mut file.unsynced) {
                    change.make(&mut file.durable);
                }
            }
            Op::SyncFolder if !self.lies => {
                for naming in std::mem::take(&mut self.unsynced_names) {
                    naming.make(&mut self.durable_names);
                }
            }
            Op::Sync { .. } | Op::SyncFolder | Op::Acknowledged(_) => return false,
        }
        true
    }

    fn file(&mut self, name: &str) -> &mut File {
        let number = self.names[name];
        &mut self.files[number]
    }

    /// One of the things that a power cut now could leave.
    pub fn cut(&self, random: &mut fastrand::Rng) -> Image {
        let cut = [Cut::Drop, Cut::Keep, Cut::Some, Cut::Some, Cut::Tear, Cut::Tear][random.usize(..6)];
        let mut names = self.durable_names.clone();
        let kept = match cut {
            Cut::Drop => 0,
            Cut::Keep => self.unsynced_names.len(),
            Cut::Some | Cut::Tear => random.usize(..=self.unsynced_names.len()),
        };
        for naming in &self.unsynced_names[..kept] {
            naming.make(&mut names);
        }
        let mut image = Image::new();
        for (name, number) in names {
            let file = &self.files[number];
            let mut bytes = file.durable.clone();
            for change in &file.unsynced {
                change.survive(cut, random, &mut bytes);
            }
            image.insert(name, bytes);
        }
        image
    }
}

impl Naming {
    fn make(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Create(name, number) => drop(names.insert(name.clone(), *number)),
            Self::Delete(name) => drop(names.remove(name)),
            Self::Rename(from, to) => {
                if let Some(number) = names.remove(from) {
                    names.insert(to.clone(), number);
                }
            }
        }
    }
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { offset, data } => put(bytes, *offset, data),
            Self::Truncate(length) => bytes.resize(*length, 0),
        }
    }

    fn survive(&self, cut: Cut, random: &mut fastrand::Rng, bytes: &mut Vec<u8>) {
        match (cut, self) {
            (Cut::Drop, _) => {}
            (Cut::Tear, Self::Write { offset, data }) => {
                let (mut from, end) = (*offset, offset + data.len());
                while from < end {
                    let to = end.min((from / SECTOR + 1) * SECTOR);
                    if random.bool() {
                        put(bytes, from, &data[from - offset..to - offset]);
                    }
                    from = to;
                }
            }
            (Cut::Some | Cut::Tear, _) if random.bool() => {}
            _ => self.make(bytes),
        }
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, data: &[u8]) {
    let end = offset + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(data);
}

/// Lays an image out in a folder, in place of whatever files are in it.
pub fn lay_out(image: &Image, folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    for (name, bytes) in image {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}
