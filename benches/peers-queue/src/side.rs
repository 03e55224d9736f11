//! What each side of the comparison must be able to do, and how its flushes are counted.

use std::path::Path;
use std::time::Duration;

/// A queue under comparison. Every call answers how long it took and returns after what it wrote was flushed.
pub trait Side {
    /// Enqueues new events, so many a commit.
    fn new_events(&mut self, count: usize, a_commit: usize) -> Duration;

    /// Enqueues events that are there already; one after the other or in hundreds, as the side does best.
    fn known_events(&mut self, count: usize) -> Duration;

    /// Takes events out and acknowledges them, in hundreds where the side can.
    fn drain(&mut self, count: usize) -> Duration;
}

/// The sides, by the name they have on the command line and in the report.
pub const NAMES: [&str; 3] = ["punchclock-queue", "fjall", "persist-queue"];

/// Opens a side in a folder of its own.
///
/// # Panics
/// If it cannot be opened, or nobody has that name.
#[must_use]
pub fn open(name: &str, folder: &Path) -> Box<dyn Side> {
    std::fs::create_dir_all(folder).unwrap();
    match name {
        "punchclock-queue" => Box::new(crate::ours::Ours::open(folder)),
        "fjall" => Box::new(crate::fjall_side::Fjall::open(folder)),
        "persist-queue" => Box::new(crate::python::PersistQueue::open(folder)),
        other => panic!("no side is called {other}"),
    }
}

/// The bytes of an event; its number decides all of it.
#[must_use]
pub fn body(number: usize) -> String {
    format!("{number:0200}")
}
