//! What goes into the queue, and what comes back for it.

use std::fmt;

use crate::Fingerprint;

/// Longest body of one event, in bytes.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// Longest name of a source or of a cursor, in bytes.
pub const MAX_NAME_BYTES: usize = 256;
/// Longest state of a cursor, in bytes.
pub const MAX_CURSOR_BYTES: usize = 64 << 10;
/// Most raw bytes in one quarantined piece: larger input is for the caller to spool and name by digest.
pub const MAX_RAW_BYTES: usize = 16 << 20;
/// Longest code or reason, in bytes. A longer reason is cut at a character.
pub const MAX_REASON_BYTES: usize = 2 << 10;

/// The number of an event: its place in the order of arrival. Strictly increasing over restarts, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Seq(i64);

impl Seq {
    /// A number read back from one's own notes.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An event on its way into the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewEvent {
    /// What makes it the same event when it comes again.
    pub fingerprint: Fingerprint,
    /// Where it came from: the serial of the terminal, or whatever names a source.
    pub source: String,
    /// When it was received, in Unix milliseconds of the host's clock. Only reported, never used to decide.
    pub received_ms: i64,
    /// A digest of the details outside the fingerprint, the state of a punch for example. The queue only compares: a
    /// duplicate whose mark differs is a [`Outcome::Conflict`]. Use 0 where there is nothing to compare.
    pub mark: u32,
    /// The event itself, opaque to the queue.
    pub body: Vec<u8>,
}

impl NewEvent {
    /// An event.
    #[must_use]
    pub fn new(
        fingerprint: Fingerprint,
        source: impl Into<String>,
        received_ms: i64,
        mark: u32,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            fingerprint,
            source: source.into(),
            received_ms,
            mark,
            body: body.into(),
        }
    }
}

/// How far a source has been read: stored in the transaction of the events it speaks for, so that neither can be without
/// the other.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CursorUpdate {
    /// Whose position it is.
    pub device: String,
    /// The position, opaque to the queue.
    pub state: Vec<u8>,
}

impl CursorUpdate {
    /// A position.
    #[must_use]
    pub fn new(device: impl Into<String>, state: impl Into<Vec<u8>>) -> Self {
        Self {
            device: device.into(),
            state: state.into(),
        }
    }
}

/// Input that could not be read, to be kept as it came.
///
/// The same bytes of the same source are kept once, so a terminal that sends a broken line again and again does not fill
/// the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewQuarantine {
    /// Where it came from.
    pub source: String,
    /// When it was received, in Unix milliseconds.
    pub received_ms: i64,
    /// Why it could not be read.
    pub reason: String,
    /// The bytes.
    pub raw: Vec<u8>,
}

impl NewQuarantine {
    /// A piece of input to keep.
    #[must_use]
    pub fn new(
        source: impl Into<String>,
        received_ms: i64,
        reason: impl Into<String>,
        raw: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            source: source.into(),
            received_ms,
            reason: reason.into(),
            raw: raw.into(),
        }
    }
}

/// One upload: everything in it is committed together, or nothing of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch {
    /// The events, in order.
    pub events: Vec<NewEvent>,
    /// How far the source has been read once these events are safe.
    pub cursor: Option<CursorUpdate>,
    /// The parts of the upload that could not be read.
    pub quarantine: Vec<NewQuarantine>,
}

impl Batch {
    /// A batch of events alone.
    #[must_use]
    pub fn new(events: Vec<NewEvent>) -> Self {
        Self {
            events,
            ..Self::default()
        }
    }

    /// Moves the cursor with the events.
    #[must_use]
    pub fn with_cursor(mut self, cursor: CursorUpdate) -> Self {
        self.cursor = Some(cursor);
        self
    }

    /// Keeps unreadable input with the events.
    #[must_use]
    pub fn with_quarantine(mut self, quarantine: Vec<NewQuarantine>) -> Self {
        self.quarantine = quarantine;
        self
    }

    /// Bytes this batch occupies while it waits for the writer, roughly.
    pub(crate) fn weight(&self) -> usize {
        const ROW: usize = 64;
        let events = self
            .events
            .iter()
            .map(|event| ROW + event.source.len() + event.body.len());
        let raw = self
            .quarantine
            .iter()
            .map(|piece| ROW + piece.source.len() + piece.raw.len());
        let cursor = self.cursor.iter().map(|cursor| cursor.state.len());
        events.chain(raw).chain(cursor).sum()
    }
}

/// What became of one event of a batch. Every one of these is safe: the event, or its first copy, is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "outcome", rename_all = "lowercase")
)]
#[non_exhaustive]
pub enum Outcome {
    /// New: it will be delivered.
    #[non_exhaustive]
    Accepted {
        /// Its place in the queue.
        seq: Seq,
    },
    /// Known, with the same mark: nothing was written.
    Duplicate,
    /// Known, with another mark: the first copy was kept, nothing was written.
    #[non_exhaustive]
    Conflict {
        /// The mark of the copy that was kept.
        kept_mark: u32,
    },
}
