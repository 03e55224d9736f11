//! The data of commands that make a terminal do something: voice, display, door, enrolment, photo (protocol notes §1.5 and §1.11).

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};

use super::text;

/// How long a door stays open, in the ticks of the command. The unit is disputed: seconds on some terminals (zk-protocol; SenseFace),
/// tenths on others (pyzk, gozk), so [`Quirks`](crate::quirks::Quirks) says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnlockTicks(u32);

impl UnlockTicks {
    /// Ticks as they stand on the wire.
    #[must_use]
    pub const fn new(ticks: u32) -> Self {
        Self(ticks)
    }

    /// The ticks of a terminal that counts tenths of a second.
    #[must_use]
    pub fn tenths(time: Duration) -> Self {
        Self(u32::try_from(time.as_millis() / 100).unwrap_or(u32::MAX))
    }

    /// The ticks of a terminal that counts seconds.
    #[must_use]
    pub fn seconds(time: Duration) -> Self {
        Self(u32::try_from(time.as_secs()).unwrap_or(u32::MAX))
    }

    /// The number on the wire.
    #[must_use]
    pub const fn raw(self) -> u32 {
        self.0
    }
}

/// A voice of a terminal.
pub mod voice {
    /// "Thank you".
    pub const THANK_YOU: u32 = 0;
    /// "Incorrect password".
    pub const WRONG_PASSWORD: u32 = 1;
    /// "Access denied".
    pub const ACCESS_DENIED: u32 = 2;
    /// "Invalid ID".
    pub const INVALID_ID: u32 = 3;
    /// "Please try again".
    pub const TRY_AGAIN: u32 = 4;
    /// "Duplicate ID".
    pub const DUPLICATE_ID: u32 = 5;
    /// A beep.
    pub const BEEP: u32 = 10;
    /// A siren.
    pub const SIREN: u32 = 11;
    /// A bell.
    pub const BELL: u32 = 13;
    /// "Look at the camera".
    pub const FACE_PROMPT: u32 = 51;
}

/// The data of [`WRITE_LCD`](super::Command::WRITE_LCD): u16 line, u8 0, a space, the text in the terminal's encoding.
#[must_use]
pub fn lcd(line: u16, text: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(4 + text.len());
    out.put_u16_le(line);
    out.put_u8(0);
    out.put_u8(b' ');
    out.put_slice(text);
    out.freeze()
}

/// The data of [`STARTENROLL`](super::Command::STARTENROLL) for terminals that keep user ids as text: 24 bytes user id, u8 finger, u8 1.
#[must_use]
pub fn enroll_text(user_id: &str, finger: u8) -> Bytes {
    let mut out = BytesMut::with_capacity(26);
    text::put(&mut out, user_id.as_bytes(), 24);
    out.put_u8(finger);
    out.put_u8(1);
    out.freeze()
}

/// The data of [`STARTENROLL`](super::Command::STARTENROLL) for terminals that keep user ids as numbers: u32 user id, u8 finger.
#[must_use]
pub fn enroll_number(user_id: u32, finger: u8) -> Bytes {
    let mut out = BytesMut::with_capacity(5);
    out.put_u32_le(user_id);
    out.put_u8(finger);
    out.freeze()
}

/// The data of [`DEL_FPTMP`](super::Command::DEL_FPTMP): 24 bytes user id, u8 finger.
#[must_use]
pub fn finger_of_user_id(user_id: &str, finger: u8) -> Bytes {
    let mut out = BytesMut::with_capacity(25);
    text::put(&mut out, user_id.as_bytes(), 24);
    out.put_u8(finger);
    out.freeze()
}

/// The data of [`USER_PHOTO`](super::Command::USER_PHOTO): the file name of a user's photo and a NUL.
#[must_use]
pub fn photo(user_id: &str) -> Bytes {
    Bytes::from(format!("{user_id}.jpg\0"))
}

/// What a terminal is doing, as [`STATE_RRQ`](super::Command::STATE_RRQ) tells in the session field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TerminalState {
    /// 0: waiting for someone.
    Idle,
    /// 1: enrolling.
    Enrolling,
    /// 2: identifying.
    Identifying,
    /// 3: someone is in the menu.
    Menu,
    /// 4: busy.
    Busy,
    /// 5: waiting for a card to be written.
    WaitingForCard,
    /// Any other number.
    Unknown(u16),
}

impl From<u16> for TerminalState {
    fn from(code: u16) -> Self {
        match code {
            0 => Self::Idle,
            1 => Self::Enrolling,
            2 => Self::Identifying,
            3 => Self::Menu,
            4 => Self::Busy,
            5 => Self::WaitingForCard,
            other => Self::Unknown(other),
        }
    }
}
