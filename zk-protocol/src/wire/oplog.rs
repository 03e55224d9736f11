//! The operation log: what people did in the terminal's menu, 16 bytes a record (vendor manual 2006, protocol notes §1.9).
//!
//! u16 admin · u8 operation · u8 · u32 packed time · four u16 parameters.

use bytes::{BufMut, BytesMut};
use nom::multi::fill;
use nom::number::complete::{le_u16, le_u32, u8 as byte};
use nom::{IResult, Parser};

use super::datetime::PackedTime;

/// Bytes of a record.
pub const WIDTH: usize = 16;

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct OpRecord {
    /// Who did it: the internal number of an administrator, 0 for nobody.
    pub admin: u16,
    /// What, as sent; see [`OpRecord::operation`].
    pub code: u8,
    /// A byte nobody has described.
    pub byte3: u8,
    /// When, as packed on the wire.
    pub time: u32,
    /// What it was done to; the meaning depends on the operation.
    pub params: [u16; 4],
}

impl OpRecord {
    /// An operation of nobody's, without parameters.
    #[must_use]
    pub fn new(operation: Operation, time: u32) -> Self {
        Self {
            admin: 0,
            code: operation.into(),
            byte3: 0,
            time,
            params: [0; 4],
        }
    }

    /// Reads one record; `None` when there are fewer than 16 bytes.
    #[must_use]
    pub fn decode(raw: &[u8]) -> Option<Self> {
        fields(raw).ok().map(|(_, record)| record)
    }

    /// Reads a log, and gives the bytes after its last whole record.
    #[must_use]
    pub fn decode_log(records: &[u8]) -> (Vec<Self>, &[u8]) {
        let (whole, rest) = records.as_chunks::<WIDTH>();
        (whole.iter().filter_map(|raw| Self::decode(raw)).collect(), rest)
    }

    /// The 16 bytes.
    #[must_use]
    pub fn encode(&self) -> BytesMut {
        let mut out = BytesMut::with_capacity(WIDTH);
        out.put_u16_le(self.admin);
        out.put_u8(self.code);
        out.put_u8(self.byte3);
        out.put_u32_le(self.time);
        for param in self.params {
            out.put_u16_le(param);
        }
        out
    }

    /// When it was done.
    #[must_use]
    pub fn packed_time(&self) -> PackedTime {
        PackedTime::new(self.time)
    }

    /// What was done.
    #[must_use]
    pub fn operation(&self) -> Operation {
        Operation::from(self.code)
    }
}

fn fields(raw: &[u8]) -> IResult<&[u8], OpRecord> {
    let (rest, (admin, code, byte3, time)) = (le_u16, byte, byte, le_u32).parse(raw)?;
    let mut params = [0; 4];
    let (rest, ()) = fill(le_u16, &mut params).parse(rest)?;
    let record = OpRecord {
        admin,
        code,
        byte3,
        time,
        params,
    };
    Ok((rest, record))
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// What was done on a terminal.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Operation {
            $($(#[$doc])* $name,)*
            /// Any other number.
            Unknown(u8),
        }

        impl From<u8> for Operation {
            fn from(code: u8) -> Self {
                match code {
                    $($code => Self::$name,)*
                    other => Self::Unknown(other),
                }
            }
        }

        impl From<Operation> for u8 {
            fn from(operation: Operation) -> Self {
                match operation {
                    $(Operation::$name => $code,)*
                    Operation::Unknown(other) => other,
                }
            }
        }
    };
}

operations! {
    /// 0: switched on.
    PowerOn = 0,
    /// 1: switched off.
    PowerOff = 1,
    /// 2: someone was not recognised.
    FailedVerify = 2,
    /// 3: an alarm.
    Alarm = 3,
    /// 4: the menu was entered.
    Menu = 4,
    /// 5: a setting was changed.
    Option = 5,
    /// 6: a finger was enrolled.
    EnrollFinger = 6,
    /// 7: a password was set.
    EnrollPassword = 7,
    /// 8: a card was registered.
    EnrollCard = 8,
    /// 9: a user was deleted.
    DeleteUser = 9,
    /// 10: a finger was deleted.
    DeleteFinger = 10,
    /// 11: a password was deleted.
    DeletePassword = 11,
    /// 12: a card was deleted.
    DeleteCard = 12,
    /// 13: data was cleared.
    ClearData = 13,
    /// 14: a MIFARE card was made.
    CreateMifare = 14,
    /// 15: a MIFARE card was enrolled.
    EnrollMifare = 15,
    /// 16: a MIFARE card was registered.
    RegisterMifare = 16,
    /// 17: a MIFARE registration was deleted.
    DeleteMifare = 17,
    /// 18: a MIFARE card was cleared.
    ClearMifare = 18,
    /// 19: data was moved to a MIFARE card.
    MoveToMifare = 19,
    /// 20: data was copied.
    Copy = 20,
    /// 21: the time was set.
    SetTime = 21,
    /// 22: factory settings.
    FactoryReset = 22,
    /// 23: the attendance log was cleared.
    ClearAttendance = 23,
    /// 24: administrators were cleared.
    ClearAdmins = 24,
    /// 25: an access group was changed.
    AccessGroup = 25,
    /// 26: a user's access was changed.
    UserAccess = 26,
    /// 27: a time zone was changed.
    TimeZone = 27,
    /// 28: an unlock combination was changed.
    Combination = 28,
    /// 29: the door was unlocked.
    Unlock = 29,
    /// 30: a user was enrolled.
    EnrollUser = 30,
}
