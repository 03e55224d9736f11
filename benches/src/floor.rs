//! The floor of the disk: what one durable write costs at least.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes of one write: the three pages that a commit of one event appends to SQLite's log.
pub const WRITE_BYTES: usize = 12 << 10;

/// Writes that fit the file before it starts over. A log in use is overwritten too, never grown: growing costs another flush.
const SLOTS: u64 = 341;

/// A file that is overwritten in place, each write followed by `fdatasync`.
#[derive(Debug)]
pub struct Floor {
    file: File,
    block: Vec<u8>,
    next: u64,
}

impl Floor {
    /// Lays the file out in `folder`, which should be the one of the work it is compared with.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let mut file = File::create(folder.join("floor")).expect("a file in the folder of the benchmark");
        let block = vec![0x5A; WRITE_BYTES];
        for _ in 0..SLOTS {
            file.write_all(&block).expect("room for 4 MiB");
        }
        file.sync_all().expect("a disk that can be flushed");
        Self { file, block, next: 0 }
    }

    /// One write and its `fdatasync`.
    pub fn write(&mut self) {
        let block_bytes = u64::try_from(WRITE_BYTES).expect("a small number");
        self.file
            .seek(SeekFrom::Start(self.next % SLOTS * block_bytes))
            .expect("a file that can be overwritten");
        self.file
            .write_all(&self.block)
            .expect("a disk that can be written");
        self.file.sync_data().expect("a disk that can be flushed");
        self.next += 1;
    }
}
