//! One punch: borrowed from the bytes it stands in, and owned.

use std::fmt;

use bytes::{BufMut, BytesMut};
use chrono::NaiveDateTime;

use super::codes::{PunchState, VerifyMode};
use super::layout::{AttendanceLayout, USER_ID_LEN};
use crate::wire::datetime::{PackedTime, TimeError};
use crate::wire::record::{BadRecord, BadRecordReason};
use crate::wire::text::{self, DeviceText};
use crate::wire::user::User;

/// Where the tail of the long layouts begins.
const TAIL_AT: usize = 32;

/// The tail terminals with 40-byte records write.
const USUAL_TAIL: [u8; 8] = [0, 0, 0, 0, 0xFF, 0, 0, 0];

/// What terminals with 49-byte records add when nothing was measured (`SpeedFace`-V5L, pyzk PR 166).
const UNMEASURED: [u8; 9] = [0xFF, b'2', b'5', b'5', 0, 0, 0, 0, 0];

/// Who punched, as the record names them. `Display` writes the user id without allocating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserIdRef<'a> {
    /// A text field, with whatever follows its NUL.
    Text(&'a [u8]),
    /// The user id as a number: leading zeros are lost.
    Number(u32),
    /// Only the terminal's internal number.
    Uid(u16),
}

impl<'a> UserIdRef<'a> {
    /// The text of a text field, trimmed; `None` when it is a number, is not UTF-8 or holds control characters.
    #[must_use]
    pub fn as_text(self) -> Option<&'a str> {
        match self {
            Self::Text(field) => std::str::from_utf8(text::until_nul(field)).ok().map(str::trim),
            Self::Number(_) | Self::Uid(_) => None,
        }
    }
}

impl fmt::Display for UserIdRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(field) => f.write_str(&DeviceText::until_nul(field).to_string_lossy()),
            Self::Number(number) => number.fmt(f),
            Self::Uid(uid) => uid.fmt(f),
        }
    }
}

/// One record, borrowed: reading a log this way allocates nothing.
///
/// ```
/// use punchclock_zk::wire::attendance::{AttendanceLayout, UserIdRef};
///
/// // js_zklib issue 50: user 21 came in at half past seven.
/// let raw = [0x15, 0, 0, 0, 0xEC, 0x15, 0x4F, 0x23, 0, 0, 0, 0, 0, 0, 0, 0];
/// let record = AttendanceLayout::W16.read(&raw).ok_or("width")?;
/// assert_eq!(record.user_id, UserIdRef::Number(21));
/// assert_eq!(record.check().map_err(|bad| bad.to_string())?.to_string(), "2018-06-06 07:31:56");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordRef<'a> {
    /// The layout it was read in.
    pub layout: AttendanceLayout,
    /// Its bytes.
    pub raw: &'a [u8],
    /// The terminal's internal number of the user, where the layout has one.
    pub uid: Option<u16>,
    /// Who punched.
    pub user_id: UserIdRef<'a>,
    /// When, as packed on the wire.
    pub time: PackedTime,
    /// How the person was verified.
    pub verify: u8,
    /// The state chosen.
    pub punch: u8,
    /// The work code, where the layout has one.
    pub work_code: Option<u32>,
    /// The bytes after the fields whose meaning is known.
    pub tail: &'a [u8],
}

impl RecordRef<'_> {
    /// The local time of the punch, if the record can be used.
    ///
    /// # Errors
    /// What is wrong with the clock or the user id.
    pub fn check(&self) -> Result<NaiveDateTime, BadRecordReason> {
        if self.time.is_zero() {
            return Err(BadRecordReason::ClockNotSet);
        }
        let time = self.time.decode().map_err(BadRecordReason::Time)?;
        if let UserIdRef::Text(_) = self.user_id {
            match self.user_id.as_text() {
                None => return Err(BadRecordReason::UserIdNotText),
                Some("") => return Err(BadRecordReason::NoUserId),
                Some(_) => {}
            }
        }
        Ok(time)
    }

    /// The record with memory of its own. `index` is its place in the log, kept in the error.
    ///
    /// # Errors
    /// A [`BadRecord`] that keeps the bytes when the time or the user id is not usable.
    pub fn to_record(&self, index: usize) -> Result<AttendanceRecord, BadRecord> {
        let time = self
            .check()
            .map_err(|reason| BadRecord::new(index, self.raw, reason))?;
        let user_id = match self.user_id.as_text() {
            Some(text) => text.to_owned(),
            None => self.user_id.to_string(),
        };
        Ok(AttendanceRecord {
            layout: self.layout,
            uid: self.uid,
            user_id,
            by_uid: self.layout.is_by_uid(),
            time,
            verify: self.verify,
            punch: self.punch,
            work_code: self.work_code,
            raw: self.raw.to_vec(),
        })
    }
}

/// One punch as the terminal recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct AttendanceRecord {
    /// The layout it was read in.
    pub layout: AttendanceLayout,
    /// The terminal's internal number of the user, where the layout has one; recycled, and on some devices just a running number.
    pub uid: Option<u16>,
    /// The user id (PIN), what the badge and the payroll know.
    pub user_id: String,
    /// The user id is only the terminal's internal number, because the layout has no other and no user has it (any more): it may be
    /// another person's id. See [`AttendanceRecord::resolve`].
    pub by_uid: bool,
    /// Local wall-clock time of the terminal, without a zone.
    pub time: NaiveDateTime,
    /// How the person was verified, as sent; see [`AttendanceRecord::verify_mode`].
    pub verify: u8,
    /// The state chosen on the terminal, as sent; see [`AttendanceRecord::punch_state`].
    pub punch: u8,
    /// The work code, where the layout has one.
    pub work_code: Option<u32>,
    /// The whole record as it came.
    pub raw: Vec<u8>,
}

impl AttendanceRecord {
    /// Makes the 40-byte record a terminal would store.
    ///
    /// # Errors
    /// [`TimeError::YearOutOfRange`] when a terminal's clock cannot show the time.
    pub fn new(
        uid: u16,
        user_id: &str,
        time: NaiveDateTime,
        verify: u8,
        punch: u8,
    ) -> Result<Self, TimeError> {
        let mut record = Self {
            layout: AttendanceLayout::W40,
            uid: Some(uid),
            user_id: user_id.to_owned(),
            by_uid: false,
            time,
            verify,
            punch,
            work_code: None,
            raw: Vec::new(),
        };
        record.raw = record.encode(AttendanceLayout::W40)?.to_vec();
        Ok(record)
    }

    /// Reads one 40-byte record. `index` is its place in the log, kept in the error.
    ///
    /// # Errors
    /// A [`BadRecord`] that keeps the bytes when the time or the user id is not usable, or the width is not 40.
    pub fn decode(index: usize, raw: &[u8]) -> Result<Self, BadRecord> {
        AttendanceLayout::W40
            .read(raw)
            .ok_or_else(|| BadRecord::new(index, raw, BadRecordReason::Truncated))?
            .to_record(index)
    }

    /// The bytes of this punch in a layout. What the layout has no room for is left out: a user id that is no number in the layouts
    /// that keep a number, the work code in all but the 16-byte one.
    ///
    /// # Errors
    /// [`TimeError::YearOutOfRange`] when a terminal's clock cannot show the time.
    pub fn encode(&self, layout: AttendanceLayout) -> Result<BytesMut, TimeError> {
        let mut raw = BytesMut::with_capacity(layout.bytes());
        let time = PackedTime::encode(self.time)?.raw();
        let uid = self.uid.unwrap_or_default();
        match layout {
            AttendanceLayout::W22 => {
                raw.put_u16_le(uid);
                text::put(&mut raw, self.user_id.as_bytes(), 6);
                raw.put_bytes(0, 4);
                raw.put_u8(self.verify);
                raw.put_u32_le(time);
                raw.put_u8(self.punch);
            }
            AttendanceLayout::W16 => {
                raw.put_u32_le(self.user_id.parse().unwrap_or_default());
                raw.put_u32_le(time);
                raw.put_u8(self.punch);
                raw.put_u8(self.verify);
                raw.put_u16_le(0);
                raw.put_u32_le(self.work_code.unwrap_or_default());
            }
            AttendanceLayout::W8A => {
                raw.put_u16_le(uid);
                raw.put_u8(self.verify);
                raw.put_u32_le(time);
                raw.put_u8(self.punch);
            }
            AttendanceLayout::W8B => {
                raw.put_u16_le(uid);
                raw.put_u8((self.punch & 0b111) << 5 | (self.verify & 0b11) << 3);
                raw.put_u8(0);
                raw.put_u32_le(time);
            }
            _ => {
                raw.put_u16_le(uid);
                text::put(&mut raw, self.user_id.as_bytes(), USER_ID_LEN);
                raw.put_u8(self.verify);
                raw.put_u32_le(time);
                raw.put_u8(self.punch);
                raw.put_slice(&USUAL_TAIL);
                raw.put_slice(&UNMEASURED);
            }
        }
        raw.resize(layout.bytes(), 0);
        Ok(raw)
    }

    /// Finds the person of a record that carries only the terminal's internal number; where nobody has it (the user was deleted),
    /// [`AttendanceRecord::by_uid`] stays. Records that carry a user id stay as they are.
    pub fn resolve(&mut self, users: &[User]) {
        if self.by_uid
            && let Some(user) = users.iter().find(|user| Some(user.uid) == self.uid)
        {
            self.user_id.clone_from(&user.user_id);
            self.by_uid = false;
        }
    }

    /// Whether the record names nobody: number 0, as terminals write for a user who was deleted. Such punches are real and kept.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        self.user_id.trim_start_matches('0').is_empty()
    }

    /// How the person was verified, as far as the number is known.
    #[must_use]
    pub fn verify_mode(&self) -> VerifyMode {
        VerifyMode::from(self.verify)
    }

    /// The state chosen on the terminal (or by its schedule). Often always the same: never trust it alone for a direction.
    #[must_use]
    pub fn punch_state(&self) -> PunchState {
        PunchState::from(self.punch)
    }

    /// The user id field as it came, without the NUL that ends it; empty in the layouts that keep a number.
    #[must_use]
    pub fn user_id_raw(&self) -> DeviceText {
        match self.layout.read(&self.raw).map(|record| record.user_id) {
            Some(UserIdRef::Text(field)) => DeviceText::until_nul(field),
            _ => DeviceText::default(),
        }
    }

    /// The bytes after the fields whose meaning is known.
    #[must_use]
    pub fn tail(&self) -> &[u8] {
        match self.layout.read(&self.raw) {
            Some(record) => record.tail,
            None => self.raw.get(TAIL_AT..).unwrap_or_default(),
        }
    }
}
