//! The attendance log: 40-byte records, the layout of TFT, iFace and most newer terminals.
//!
//! | offset | field |
//! |---|---|
//! | 0 | u16 uid (on some devices a running number) |
//! | 2 | 24 bytes user id |
//! | 26 | u8 verify |
//! | 27 | u32 packed time |
//! | 31 | u8 punch |
//! | 32 | 8 bytes, often `00 00 00 00 FF 00 00 00` |
//!
//! Other terminals write 8, 16, 22, 36, 48 or 49 bytes. A width is never chosen because it happens to divide the size: see
//! [`width_by_count`] and [`is_plausible`].

use bytes::{BufMut, BytesMut};
use chrono::NaiveDateTime;
use nom::bytes::complete::take;
use nom::number::complete::{le_u16, le_u32, u8 as byte};
use nom::{IResult, Parser};

use super::datetime::{PackedTime, TimeError};
use super::record::{BadRecord, BadRecordReason};
use super::text::DeviceText;

/// Bytes of the layout this module reads.
pub const WIDTH: usize = 40;

/// Bytes of the user id inside a record.
pub const USER_ID_LEN: usize = 24;

/// Where the named fields end and the tail begins.
const TAIL_AT: usize = 32;

/// The tail most terminals write.
const USUAL_TAIL: [u8; 8] = [0, 0, 0, 0, 0xFF, 0, 0, 0];

/// Widths known to exist.
const KNOWN_WIDTHS: [u32; 7] = [40, 49, 48, 36, 22, 16, 8];

/// One punch as the terminal recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct AttendanceRecord {
    /// The terminal's internal number of the user; recycled, and on some devices just a running number.
    pub uid: u16,
    /// The user id (PIN), what the badge and the payroll know.
    pub user_id: String,
    /// Local wall-clock time of the terminal, without a zone.
    pub time: NaiveDateTime,
    /// How the person was verified, as sent; see [`AttendanceRecord::verify_mode`].
    pub verify: u8,
    /// The state chosen on the terminal, as sent; see [`AttendanceRecord::punch_state`].
    pub punch: u8,
    /// The whole record as it came.
    pub raw: Vec<u8>,
}

impl AttendanceRecord {
    /// Makes the record a terminal would store.
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
        let mut raw = BytesMut::with_capacity(WIDTH);
        raw.put_u16_le(uid);
        let text: Vec<u8> = user_id.bytes().take(USER_ID_LEN).collect();
        raw.put_slice(&text);
        raw.put_bytes(0, USER_ID_LEN - text.len());
        raw.put_u8(verify);
        raw.put_u32_le(PackedTime::encode(time)?.raw());
        raw.put_u8(punch);
        raw.put_slice(&USUAL_TAIL);
        Ok(Self {
            uid,
            user_id: user_id.to_owned(),
            time,
            verify,
            punch,
            raw: raw.to_vec(),
        })
    }

    /// Reads one record. `index` is its place in the log, kept in the error.
    ///
    /// # Errors
    /// A [`BadRecord`] that keeps the bytes when the time or the user id is not usable.
    pub fn decode(index: usize, raw: &[u8]) -> Result<Self, BadRecord> {
        let bad = |reason| BadRecord::new(index, raw, reason);
        let (_, (uid, id, verify, time, punch)) = fields(raw).map_err(|_| bad(BadRecordReason::Truncated))?;
        let packed = PackedTime::new(time);
        if packed.is_zero() {
            return Err(bad(BadRecordReason::ClockNotSet));
        }
        let time = packed
            .decode()
            .map_err(|error| bad(BadRecordReason::Time(error)))?;
        let id = DeviceText::until_nul(id);
        let user_id = id
            .as_str()
            .ok_or_else(|| bad(BadRecordReason::UserIdNotText))?
            .trim();
        if user_id.is_empty() {
            return Err(bad(BadRecordReason::NoUserId));
        }
        Ok(Self {
            uid,
            user_id: user_id.to_owned(),
            time,
            verify,
            punch,
            raw: raw.to_vec(),
        })
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

    /// The user id field as it came, without the NUL that ends it.
    #[must_use]
    pub fn user_id_raw(&self) -> DeviceText {
        DeviceText::until_nul(self.raw.get(2..2 + USER_ID_LEN).unwrap_or_default())
    }

    /// The bytes after the fields whose meaning is known.
    #[must_use]
    pub fn tail(&self) -> &[u8] {
        self.raw.get(TAIL_AT..).unwrap_or_default()
    }
}

/// The attendance log of a terminal, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttendanceLog {
    /// Every record in the order of the log. One that cannot be used is kept in its place.
    pub records: Vec<Result<AttendanceRecord, BadRecord>>,
    /// The bytes the terminal announced for the whole body; exactly these arrived.
    pub announced_bytes: u32,
    /// How many records the terminal says it holds, where it says so.
    pub announced_records: Option<u32>,
}

impl AttendanceLog {
    pub(crate) fn decode(records: &[u8], announced_bytes: u32, announced_records: Option<u32>) -> Self {
        let records = records
            .chunks(WIDTH)
            .enumerate()
            .map(|(index, raw)| AttendanceRecord::decode(index, raw))
            .collect();
        Self {
            records,
            announced_bytes,
            announced_records,
        }
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

/// The known width that `total` bytes of `count` records have, when it comes out exactly.
#[must_use]
pub fn width_by_count(total: usize, count: u32) -> Option<u32> {
    let total = u32::try_from(total).ok()?;
    KNOWN_WIDTHS
        .into_iter()
        .find(|width| count.checked_mul(*width) == Some(total) && count > 0)
}

/// Whether these bytes read as 40-byte records: they divide, and at least three of four records have a date of the calendar, a
/// printable user id and a known state.
#[must_use]
pub fn is_plausible(records: &[u8]) -> bool {
    let (whole, rest) = records.as_chunks::<WIDTH>();
    let sane = whole.iter().filter(|raw| is_sane(*raw)).count();
    rest.is_empty() && sane > 0 && sane * 4 >= whole.len() * 3
}

fn is_sane(raw: &[u8]) -> bool {
    let Ok((_, (_, id, _, time, punch))) = fields(raw) else {
        return false;
    };
    let id = DeviceText::until_nul(id);
    let printable = !id.is_empty() && id.as_bytes().iter().all(u8::is_ascii_graphic);
    printable
        && time != 0
        && PackedTime::new(time).decode().is_ok()
        && !matches!(PunchState::from(punch), PunchState::Unknown(_))
}

type Fields<'a> = (u16, &'a [u8], u8, u32, u8);

fn fields(raw: &[u8]) -> IResult<&[u8], Fields<'_>> {
    (le_u16, take(USER_ID_LEN), byte, le_u32, byte).parse(raw)
}

/// The state of a punch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PunchState {
    /// 0: check in.
    CheckIn,
    /// 1: check out.
    CheckOut,
    /// 2: leaving for a break.
    BreakOut,
    /// 3: back from a break.
    BreakIn,
    /// 4: overtime begins.
    OvertimeIn,
    /// 5: overtime ends.
    OvertimeOut,
    /// 255: nothing chosen.
    NotSet,
    /// Any other number.
    Unknown(u8),
}

impl From<u8> for PunchState {
    fn from(code: u8) -> Self {
        match code {
            0 => Self::CheckIn,
            1 => Self::CheckOut,
            2 => Self::BreakOut,
            3 => Self::BreakIn,
            4 => Self::OvertimeIn,
            5 => Self::OvertimeOut,
            255 => Self::NotSet,
            other => Self::Unknown(other),
        }
    }
}

impl From<PunchState> for u8 {
    fn from(state: PunchState) -> Self {
        match state {
            PunchState::CheckIn => 0,
            PunchState::CheckOut => 1,
            PunchState::BreakOut => 2,
            PunchState::BreakIn => 3,
            PunchState::OvertimeIn => 4,
            PunchState::OvertimeOut => 5,
            PunchState::NotSet => 255,
            PunchState::Unknown(other) => other,
        }
    }
}

/// How a person was verified. The numbers differ between platforms; the raw one stays beside this reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifyMode {
    /// 0 on older, 3 on newer platforms: password.
    Password,
    /// 1: finger.
    Finger,
    /// 2 on TFT, 4 on newer platforms: card.
    Card,
    /// 15: face.
    Face,
    /// 25: palm.
    Palm,
    /// Any other number.
    Unknown(u8),
}

impl From<u8> for VerifyMode {
    fn from(code: u8) -> Self {
        match code {
            0 | 3 => Self::Password,
            1 => Self::Finger,
            2 | 4 => Self::Card,
            15 => Self::Face,
            25 => Self::Palm,
            other => Self::Unknown(other),
        }
    }
}

impl From<VerifyMode> for u8 {
    /// The number older TFT terminals write for it.
    fn from(mode: VerifyMode) -> Self {
        match mode {
            VerifyMode::Password => 0,
            VerifyMode::Finger => 1,
            VerifyMode::Card => 2,
            VerifyMode::Face => 15,
            VerifyMode::Palm => 25,
            VerifyMode::Unknown(other) => other,
        }
    }
}
