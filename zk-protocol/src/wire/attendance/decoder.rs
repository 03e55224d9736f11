//! Records out of bytes that arrive in pieces.

use chrono::TimeDelta;

use super::layout::{AttendanceLayout, SHORT_LEN, short_offset};
use super::record::RecordRef;
use crate::wire::datetime::PackedTime;
use crate::wire::record::{BadRecord, BadRecordReason};

/// Cuts records out of a log that arrives in pieces of any length. Nothing is allocated for a record: those that lie whole in a piece
/// are read where they are, one that was cut is put together in a buffer that is kept.
///
/// ```
/// use punchclock_zk::wire::attendance::{AttendanceLayout, RecordDecoder};
/// let log = [7, 0, 0x28, 0, 0xA8, 0xEB, 0xA7, 0x1E, 7, 0, 0x0C, 30]; // pyzk issue 99, and a short record half a minute later
/// let mut times = Vec::new();
/// let mut decoder = RecordDecoder::new(AttendanceLayout::W8B);
/// for piece in log.chunks(5) {
///     decoder.push(piece, |_, record| times.push(record.time.to_string()));
/// }
/// assert_eq!(times, ["2016-01-01 19:02:00", "2016-01-01 19:02:30"]);
/// assert!(decoder.finish().is_none());
/// ```
#[derive(Debug, Clone)]
pub struct RecordDecoder {
    layout: AttendanceLayout,
    /// The beginning of a record whose rest has not come.
    carry: Vec<u8>,
    index: usize,
    /// The time short records count from.
    last: PackedTime,
}

impl RecordDecoder {
    /// A decoder for one log.
    #[must_use]
    pub fn new(layout: AttendanceLayout) -> Self {
        Self {
            layout,
            carry: Vec::with_capacity(layout.bytes()),
            index: 0,
            last: PackedTime::new(0),
        }
    }

    /// The layout it reads.
    #[must_use]
    pub fn layout(&self) -> AttendanceLayout {
        self.layout
    }

    /// How many records came so far.
    #[must_use]
    pub fn records(&self) -> usize {
        self.index
    }

    /// Takes the next bytes and gives out every record that is whole now, with its place in the log.
    pub fn push(&mut self, mut piece: &[u8], mut on_record: impl FnMut(usize, RecordRef<'_>)) {
        while !self.carry.is_empty() {
            // The flag that tells a record's length is in its first four bytes.
            let wanted = if self.carry.len() < SHORT_LEN {
                SHORT_LEN
            } else {
                self.layout.length_at(&self.carry)
            };
            let missing = wanted.saturating_sub(self.carry.len()).min(piece.len());
            let (head, rest) = piece.split_at_checked(missing).unwrap_or((piece, &[]));
            self.carry.extend_from_slice(head);
            piece = rest;
            if self.carry.len() < wanted {
                return;
            }
            if self.carry.len() == self.layout.length_at(&self.carry) {
                let whole = std::mem::take(&mut self.carry);
                self.give(&whole, &mut on_record);
                self.carry = whole;
                self.carry.clear();
            }
        }
        loop {
            let length = self.layout.length_at(piece);
            let Some((raw, rest)) = piece.split_at_checked(length) else {
                break;
            };
            // Too short to tell its length.
            if piece.len() < SHORT_LEN {
                break;
            }
            self.give(raw, &mut on_record);
            piece = rest;
        }
        self.carry.extend_from_slice(piece);
    }

    /// Ends the log: what is left of it, if it does not end with a whole record.
    #[must_use]
    pub fn finish(self) -> Option<BadRecord> {
        (!self.carry.is_empty()).then(|| BadRecord::new(self.index, &self.carry, BadRecordReason::Truncated))
    }

    fn give(&mut self, raw: &[u8], on_record: &mut impl FnMut(usize, RecordRef<'_>)) {
        let Some(mut record) = self.layout.read(raw) else {
            return;
        };
        if self.layout == AttendanceLayout::W8B {
            match short_offset(raw) {
                Some(seconds) => record.time = later(self.last, seconds),
                None => self.last = record.time,
            }
        }
        on_record(self.index, record);
        self.index += 1;
    }
}

/// A time some seconds later; a clock that was not set stays so.
fn later(time: PackedTime, seconds: u16) -> PackedTime {
    let later = time
        .decode()
        .ok()
        .filter(|_| !time.is_zero())
        .and_then(|civil| civil.checked_add_signed(TimeDelta::seconds(seconds.into())))
        .and_then(|civil| PackedTime::encode(civil).ok());
    later.unwrap_or(PackedTime::new(0))
}
