//! The attendance log of a simulated terminal, as bytes, so that it can hold any layout and any nonsense.

use std::fmt;

use chrono::{NaiveDateTime, TimeDelta};

use crate::wire::attendance::RecordDecoder;
use crate::wire::{AttendanceLayout, AttendanceRecord, PackedTime, TimeError};

/// The records, one after the other.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) bytes: Vec<u8>,
    pub(super) count: u32,
    pub(super) layout: AttendanceLayout,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            count: 0,
            layout: AttendanceLayout::W40,
        }
    }
}

impl Log {
    pub(super) fn push_raw(&mut self, record: &[u8]) {
        self.bytes.extend_from_slice(record);
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn push(&mut self, record: &AttendanceRecord) -> Result<(), TimeError> {
        // What was made for this layout is kept as it is, odd tails and all.
        if record.layout == self.layout && record.raw.len() == self.layout.bytes() {
            self.push_raw(&record.raw);
        } else {
            let raw = record.encode(self.layout)?;
            self.push_raw(&raw);
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }

    /// The records between two times, both included.
    pub(super) fn window(&self, from: PackedTime, to: PackedTime) -> Vec<u8> {
        let mut inside = Vec::new();
        RecordDecoder::new(self.layout).push(&self.bytes, |_, record| {
            if (from..=to).contains(&record.time) {
                inside.extend_from_slice(record.raw);
            }
        });
        inside
    }
}

/// The caller's clock, and how far a client has set it off.
pub(super) struct Clock {
    source: Box<dyn Fn() -> NaiveDateTime + Send + Sync>,
    offset: TimeDelta,
}

impl Clock {
    pub(super) fn new(source: impl Fn() -> NaiveDateTime + Send + Sync + 'static) -> Self {
        Self {
            source: Box::new(source),
            offset: TimeDelta::zero(),
        }
    }

    pub(super) fn now(&self) -> NaiveDateTime {
        let now = (self.source)();
        now.checked_add_signed(self.offset).unwrap_or(now)
    }

    pub(super) fn set(&mut self, time: NaiveDateTime) {
        self.offset = time - (self.source)();
    }

    pub(super) fn jump(&mut self, seconds: i64) {
        let jump = TimeDelta::try_seconds(seconds).unwrap_or_default();
        self.offset = self.offset.checked_add(&jump).unwrap_or(self.offset);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
