//! Space on the disk: how much there is, how much is left alone, and a file of ballast to throw off when it is gone.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::lock::sidecar;

const MIB: u64 = 1 << 20;

/// The ballast if nothing else is said.
pub(crate) const BALLAST_BYTES: u64 = 16 * MIB;

/// What new events must leave free, and what settling may fall back on.
///
/// A full disk keeps even deleting from working, so a queue on one could not drain and would stay full for ever. The
/// ballast is a file that can be removed just then.
#[derive(Debug)]
pub(crate) struct Space {
    queue: PathBuf,
    reserve: Option<u64>,
    ballast_bytes: u64,
    ballast: Ballast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ballast {
    There,
    Missing,
    /// Not wanted, or the file system will not have it.
    Off,
}

/// Bytes of a file system.
#[derive(Debug, Clone, Copy)]
struct Room {
    free: u64,
    total: u64,
}

impl Space {
    pub(crate) fn new(queue: &Path, reserve: Option<u64>, ballast_bytes: u64) -> Self {
        let there = fs::metadata(sidecar(queue, ".ballast")).is_ok_and(|file| file.len() > 0);
        let ballast = match ballast_bytes {
            _ if there => Ballast::There,
            0 => Ballast::Off,
            _ => Ballast::Missing,
        };
        Self {
            queue: queue.to_path_buf(),
            reserve,
            ballast_bytes,
            ballast,
        }
    }

    /// Bytes that are free and bytes that must stay so, if new events are to be refused.
    pub(crate) fn too_little(&self) -> Option<(u64, u64)> {
        if self.reserve == Some(0) {
            return None;
        }
        let room = room(&self.queue)?;
        let reserve = self.reserve_of(room);
        (room.free < reserve).then_some((room.free, reserve))
    }

    fn reserve_of(&self, room: Room) -> u64 {
        self.reserve
            .unwrap_or_else(|| (room.total / 20).clamp(64 * MIB, 1_024 * MIB).min(room.total / 4))
    }

    /// Removes the ballast, if there is some and the disk is so full that it helps.
    pub(crate) fn throw_off(&mut self) -> bool {
        let full = room(&self.queue).is_none_or(|room| room.free < self.ballast_bytes.max(MIB));
        if self.ballast != Ballast::There || !full {
            return false;
        }
        let removed = fs::remove_file(self.path());
        self.ballast = Ballast::Missing;
        match removed {
            Ok(()) => {
                tracing::warn!(queue = %self.queue.display(), "the disk is full: the ballast is removed so that the queue can drain")
            }
            Err(error) => tracing::warn!(%error, "the ballast cannot be removed"),
        }
        true
    }

    /// Takes ballast on again once there is room for twice as much.
    pub(crate) fn take_on(&mut self) {
        if self.ballast != Ballast::Missing {
            return;
        }
        let Some(room) = room(&self.queue) else {
            self.ballast = Ballast::Off;
            return;
        };
        let needed = self
            .ballast_bytes
            .saturating_mul(2)
            .saturating_add(self.reserve_of(room));
        if room.free < needed {
            return;
        }
        let path = self.path();
        match allocate(&path, self.ballast_bytes) {
            Ok(()) => self.ballast = Ballast::There,
            Err(error) => {
                tracing::warn!(%error, "no ballast beside the queue: once the disk is full it may not drain");
                self.ballast = Ballast::Off;
                // Half of it helps nobody.
                drop(fs::remove_file(path));
            }
        }
    }

    fn path(&self) -> PathBuf {
        sidecar(&self.queue, ".ballast")
    }
}

#[cfg(unix)]
fn room(queue: &Path) -> Option<Room> {
    let folder = queue.parent().filter(|folder| !folder.as_os_str().is_empty());
    let found = rustix::fs::statvfs(folder.unwrap_or_else(|| Path::new("."))).ok()?;
    Some(Room {
        free: found.f_bavail.saturating_mul(found.f_frsize),
        total: found.f_blocks.saturating_mul(found.f_frsize),
    })
}

/// Not known without the call above: there is neither reserve nor ballast.
#[cfg(not(unix))]
const fn room(_queue: &Path) -> Option<Room> {
    None
}

/// A file whose blocks are really taken.
fn allocate(path: &Path, bytes: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    #[cfg(target_os = "linux")]
    if rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes).is_ok() {
        return Ok(());
    }
    let piece = vec![0; 64 << 10];
    let mut left = bytes;
    while left > 0 {
        let now = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        file.write_all(piece.get(..now).unwrap_or(&piece))?;
        left = left.saturating_sub(u64::try_from(now).unwrap_or(left));
    }
    file.sync_all()
}
