//! Counters and capacities, the answer to [`Command::GET_FREE_SIZES`](super::Command::GET_FREE_SIZES).

use bytes::{BufMut, BytesMut};
use nom::number::complete::le_u32;
use nom::{IResult, Parser};

/// Bytes of the form most terminals send.
const LEN: usize = 92;

/// How much a terminal holds and can hold.
///
/// The answer is 80, 92 or 112 bytes, 4 on some models; what is not there is `None`. Counts may lie (some firmwares say 0 records and
/// send thousands), so a count of zero is no reason to skip a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct FreeSizes {
    /// Users enrolled.
    pub users: Option<u32>,
    /// Finger templates stored.
    pub fingers: Option<u32>,
    /// Attendance records stored.
    pub records: Option<u32>,
    /// Operation log records stored.
    pub op_records: Option<u32>,
    /// Administrators.
    pub admins: Option<u32>,
    /// Users with a password.
    pub passwords: Option<u32>,
    /// Finger templates that fit.
    pub finger_capacity: Option<u32>,
    /// Users that fit.
    pub user_capacity: Option<u32>,
    /// Attendance records that fit.
    pub record_capacity: Option<u32>,
    /// Room left for finger templates.
    pub fingers_free: Option<u32>,
    /// Room left for users.
    pub users_free: Option<u32>,
    /// Room left for attendance records.
    pub records_free: Option<u32>,
    /// Faces stored.
    pub faces: Option<u32>,
    /// Faces that fit.
    pub face_capacity: Option<u32>,
}

impl FreeSizes {
    /// Reads what is present of the answer.
    #[must_use]
    pub fn decode(data: &[u8]) -> Self {
        let at = |offset: usize| data.get(offset..).and_then(field);
        Self {
            users: at(16),
            fingers: at(24),
            records: at(32),
            op_records: at(40),
            admins: at(48),
            passwords: at(52),
            finger_capacity: at(56),
            user_capacity: at(60),
            record_capacity: at(64),
            fingers_free: at(68),
            users_free: at(72),
            records_free: at(76),
            faces: at(80),
            face_capacity: at(88),
        }
    }

    /// The 92-byte form; what is `None` becomes 0.
    #[must_use]
    pub fn encode(&self) -> BytesMut {
        let mut out = BytesMut::with_capacity(LEN);
        let skipped = None;
        let fields = [
            skipped,
            skipped,
            skipped,
            skipped,
            self.users,
            skipped,
            self.fingers,
            skipped,
            self.records,
            skipped,
            self.op_records,
            skipped,
            self.admins,
            self.passwords,
            self.finger_capacity,
            self.user_capacity,
            self.record_capacity,
            self.fingers_free,
            self.users_free,
            self.records_free,
            self.faces,
            skipped,
            self.face_capacity,
        ];
        for value in fields {
            out.put_u32_le(value.unwrap_or(0));
        }
        out
    }
}

fn field(bytes: &[u8]) -> Option<u32> {
    let parsed: IResult<&[u8], u32> = le_u32.parse(bytes);
    parsed.ok().map(|(_, value)| value)
}
