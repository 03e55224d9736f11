//! What happens to a damaged file: it is moved aside as it is, and what can be read of it goes into a new one.

mod folder;
mod refill;
mod walk;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::Fingerprint;

pub(crate) use folder::{Folder, forget_suspicion, is_suspect, suspect};
pub(crate) use refill::refill;

/// What became of a damaged file: the report of [`Recovery::Quarantined`](crate::Recovery::Quarantined).
///
/// Cursors are not taken over: every source is read from its beginning again, because the terminals' own memories are the
/// second copy. What is known already comes back as duplicates; what was lost is accepted, under a new number.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvage {
    /// Where the damaged files are now: moved, not changed. They are the operator's to keep or to delete.
    pub folder: PathBuf,
    /// What was found wrong.
    pub cause: String,
    /// Pending events in the new file.
    pub pending: u64,
    /// Refused events in the new file.
    pub dead: u64,
    /// Fingerprints in the new file.
    pub seen: u64,
    /// Rows that could be read but whose bytes had changed. They are in quarantine, their fingerprints are forgotten.
    pub damaged: u64,
    /// Events that were pending or refused and are gone. They are accepted when a source sends them again.
    pub lost: u64,
    /// The fingerprints of lost events, at most [`Salvage::MAX_LISTED`].
    pub lost_fingerprints: Vec<Fingerprint>,
    /// Every row of every table could be reached. If not, more may be gone than `lost` says, and fingerprints of
    /// delivered events may be forgotten: their copies are delivered again, as duplicates for the sink.
    pub complete: bool,
}

impl Salvage {
    /// Most fingerprints listed.
    pub const MAX_LISTED: usize = 1_000;
}

impl fmt::Display for Salvage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            folder,
            cause,
            pending,
            dead,
            seen,
            damaged,
            lost,
            ..
        } = self;
        write!(
            f,
            "the queue's file was damaged ({cause}) and is kept in {}; saved: {pending} pending, {dead} refused, {seen} fingerprints; {damaged} rows were damaged, ",
            folder.display()
        )?;
        if self.complete {
            write!(f, "{lost} events are lost")?;
        } else {
            write!(f, "at least {lost} events are lost")?;
        }
        f.write_str(": read every source again from its beginning")
    }
}

/// Damage that was found and dealt with. The sources concerned should be read again: their memories are the second copy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// The file was damaged and replaced, while the queue was opened.
    #[non_exhaustive]
    File {
        /// What was saved and what was lost.
        salvage: Arc<Salvage>,
    },
    /// The bytes of one event had changed on the disk. It went to quarantine, and its fingerprint is forgotten.
    #[non_exhaustive]
    Row {
        /// The source noted in the row, as far as it can be read.
        source: String,
        /// The fingerprint noted in the row in hexadecimal digits, as far as it can be read.
        fingerprint: String,
    },
}

/// Whom to tell of damage.
#[derive(Clone, Default)]
pub(crate) struct DamageHook(Option<Arc<Tell>>);

type Tell = dyn Fn(&Damage) + Send + Sync;

impl DamageHook {
    pub(crate) fn new(tell: impl Fn(&Damage) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    pub(crate) fn tell(&self, damage: &Damage) {
        if let Some(tell) = &self.0 {
            tell(damage);
        }
    }
}

impl fmt::Debug for DamageHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "DamageHook(set)"
        } else {
            "DamageHook(none)"
        })
    }
}
