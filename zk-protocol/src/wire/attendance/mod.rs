//! The attendance log, in every layout terminals write.
//!
//! [`AttendanceLayout`] lists them. A width is never chosen because it happens to divide the size: [`Evidence`] weighs the terminal's
//! count and the content. [`RecordDecoder`] reads a log that arrives in pieces without allocating; [`AttendanceRecord`] is a punch of
//! its own.

mod codes;
mod decoder;
mod detect;
mod layout;
mod record;

use super::record::BadRecord;

pub use codes::{PunchState, VerifyMode};
pub use decoder::RecordDecoder;
pub use detect::Evidence;
pub use layout::{AttendanceLayout, ParseLayoutError};
pub use record::{AttendanceRecord, RecordRef, UserIdRef};

/// Bytes of the most common layout.
pub const WIDTH: usize = AttendanceLayout::W40.bytes();

/// Bytes of the user id inside the long layouts.
pub const USER_ID_LEN: usize = layout::USER_ID_LEN;

/// The attendance log of a terminal, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttendanceLog {
    /// Every record in the order of the log. One that cannot be used is kept in its place.
    pub records: Vec<Result<AttendanceRecord, BadRecord>>,
    /// The layout the records were read in; `None` for an empty log.
    pub layout: Option<AttendanceLayout>,
    /// The bytes the terminal announced for the whole body; exactly these arrived.
    pub announced_bytes: u32,
    /// How many records the terminal says it holds, where it says so.
    pub announced_records: Option<u32>,
}

impl AttendanceLog {
    pub(crate) fn empty(announced_bytes: u32, announced_records: Option<u32>) -> Self {
        Self {
            records: Vec::new(),
            layout: None,
            announced_bytes,
            announced_records,
        }
    }

    pub(crate) fn decode(
        layout: AttendanceLayout,
        records: &[u8],
        announced_bytes: u32,
        announced_records: Option<u32>,
    ) -> Self {
        let mut log = Self::empty(announced_bytes, announced_records);
        log.layout = Some(layout);
        log.records.reserve(records.len() / layout.bytes());
        let mut decoder = RecordDecoder::new(layout);
        decoder.push(records, |index, record| log.records.push(record.to_record(index)));
        log.records.extend(decoder.finish().map(Err));
        log
    }

    /// The usable records.
    pub fn good(&self) -> impl Iterator<Item = &AttendanceRecord> {
        self.records.iter().filter_map(|record| record.as_ref().ok())
    }

    /// The records that could not be used.
    pub fn bad(&self) -> impl Iterator<Item = &BadRecord> {
        self.records.iter().filter_map(|record| record.as_ref().err())
    }
}
