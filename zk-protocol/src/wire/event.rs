//! What terminals report by themselves: packets with the code [`REG_EVENT`](super::Command::REG_EVENT), the kind in the session field.
//!
//! Sources: vendor manual 2006 and zk-protocol `realtime.md` (protocol notes §1.11). Lengths and kinds nobody has described are kept
//! raw and never end a stream.

use bytes::{BufMut, Bytes, BytesMut};
use chrono::{NaiveDate, NaiveDateTime};
use nom::bytes::complete::take;
use nom::number::complete::{le_u16, le_u32, u8 as byte};
use nom::{IResult, Parser};

use super::attendance::{PunchState, VerifyMode};
use super::text::{self, DeviceText};

/// The kinds of events, as bits: what to register for, and what stands in the session field of an event.
pub mod mask {
    /// Someone punched.
    pub const ATTENDANCE: u32 = 1;
    /// A finger is on the sensor.
    pub const FINGER: u32 = 1 << 1;
    /// A user was enrolled.
    pub const ENROLL_USER: u32 = 1 << 2;
    /// A finger was enrolled.
    pub const ENROLL_FINGER: u32 = 1 << 3;
    /// A key was pressed.
    pub const BUTTON: u32 = 1 << 4;
    /// The door was unlocked.
    pub const UNLOCK: u32 = 1 << 5;
    /// Someone was verified.
    pub const VERIFY: u32 = 1 << 7;
    /// How good a finger was.
    pub const FINGER_SCORE: u32 = 1 << 8;
    /// An alarm.
    pub const ALARM: u32 = 1 << 9;
    /// Everything.
    pub const ALL: u32 = 0xFFFF;
}

/// Something a terminal reported.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LiveEvent {
    /// Someone punched.
    Punch(LivePunch),
    /// A finger is on the sensor.
    Finger,
    /// A user was enrolled.
    UserEnrolled {
        /// The terminal's internal number.
        uid: u16,
    },
    /// An enrolment ended.
    FingerEnrolled(Enrollment),
    /// A key was pressed.
    Button(Bytes),
    /// The door was unlocked.
    Unlocked(Bytes),
    /// Someone was verified, or not.
    Verified {
        /// The terminal's internal number; `None` for someone it does not know.
        uid: Option<u32>,
    },
    /// How good a finger was: 0 to 100.
    FingerScore(u8),
    /// An alarm.
    Alarm(Alarm),
    /// A kind or length nobody has described.
    Raw {
        /// The kind.
        code: u16,
        /// The data.
        data: Bytes,
    },
}

/// A punch as an event tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LivePunch {
    /// Who.
    pub user: LiveUser,
    /// Local wall-clock time of the terminal.
    pub time: NaiveDateTime,
    /// How the person was verified, as sent.
    pub verify: u8,
    /// The state chosen, as sent.
    pub punch: u8,
    /// The work code, where the event has one.
    pub work_code: Option<u32>,
    /// The bytes after the fields whose meaning is known.
    pub tail: Vec<u8>,
}

impl LivePunch {
    /// How the person was verified, as far as the number is known.
    #[must_use]
    pub fn verify_mode(&self) -> VerifyMode {
        VerifyMode::from(self.verify)
    }

    /// The state chosen on the terminal.
    #[must_use]
    pub fn punch_state(&self) -> PunchState {
        PunchState::from(self.punch)
    }

    /// The 32-byte form of this punch, as most terminals send it.
    #[must_use]
    pub fn encode(&self) -> BytesMut {
        let mut out = BytesMut::with_capacity(32);
        let id = match &self.user {
            LiveUser::Id(id) => id.clone(),
            LiveUser::Uid(uid) => uid.to_string(),
        };
        text::put(&mut out, id.as_bytes(), 24);
        out.put_u8(self.verify);
        out.put_u8(self.punch);
        out.put_slice(&encode_time(self.time));
        out
    }
}

/// Who punched, as an event names them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LiveUser {
    /// By user id (PIN).
    Id(String),
    /// By the terminal's internal number alone: the user table tells who it was.
    Uid(u16),
}

/// How an enrolment ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Enrollment {
    /// The finger is stored.
    Stored {
        /// Bytes of the template.
        size: u16,
        /// Whose it is.
        user_id: String,
        /// Which finger, 0 to 9.
        finger: u8,
    },
    /// Timed out or failed: 4 and 6 where seen.
    Failed(u16),
    /// The finger is known already (5).
    Duplicate,
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alarm {
    /// The case was opened.
    Tamper,
    /// The exit button was pressed.
    ExitButton,
    /// Too many failed attempts.
    Misuse,
    /// The door was closed.
    DoorClosed,
    /// Someone opened under duress, or passed back.
    Person {
        /// 0x20 duress, 0x22 pass-back.
        kind: u16,
        /// The terminal's internal number.
        uid: u16,
        /// How well the person matched.
        score: u32,
    },
    /// Another one.
    Other(Vec<u8>),
}

impl LiveEvent {
    /// Reads the data of an event. A packet may hold several punches, so there may be several events.
    #[must_use]
    pub fn decode(code: u16, data: &Bytes) -> Vec<Self> {
        if u32::from(code) == mask::ATTENDANCE {
            return punches(data);
        }
        let event = single(code, data);
        vec![event.unwrap_or_else(|| Self::Raw {
            code,
            data: data.clone(),
        })]
    }
}

/// The lengths of one attendance event.
const LENGTHS: [usize; 7] = [32, 12, 10, 14, 36, 37, 52];

fn punches(data: &Bytes) -> Vec<LiveEvent> {
    if let Some(punch) = punch(data) {
        return vec![LiveEvent::Punch(punch)];
    }
    // Several in one packet: of one known length, and every one of them must make sense.
    for length in LENGTHS {
        if data.len() <= length || !data.len().is_multiple_of(length) {
            continue;
        }
        let all: Option<Vec<_>> = data
            .chunks(length)
            .map(|piece| punch(piece).map(LiveEvent::Punch))
            .collect();
        if let Some(all) = all {
            return all;
        }
    }
    vec![LiveEvent::Raw {
        code: 1,
        data: data.clone(),
    }]
}

fn punch(data: &[u8]) -> Option<LivePunch> {
    let parsed = match data.len() {
        10 | 14 => by_uid(data),
        12 => by_number(data),
        32 | 36 | 37 | 52 => by_text(data),
        _ => return None,
    };
    let (tail, (user, verify, punch, time)) = parsed.ok()?;
    let punch = LivePunch {
        user: user?,
        time: decode_time(time)?,
        verify,
        punch,
        work_code: match (data.len(), tail) {
            (14, [a, b, c, d]) => Some(u32::from_le_bytes([*a, *b, *c, *d])),
            _ => None,
        },
        tail: tail.to_vec(),
    };
    Some(punch)
}

type Fields<'a> = (Option<LiveUser>, u8, u8, &'a [u8]);

/// 10 bytes, and 14 with four more that may be a work code: u16 uid, verify, state in the low half of a byte, time.
fn by_uid(data: &[u8]) -> IResult<&[u8], Fields<'_>> {
    let (rest, (uid, verify, state, time)) = (le_u16, byte, byte, take(6_usize)).parse(data)?;
    Ok((rest, (Some(LiveUser::Uid(uid)), verify, state & 0x0F, time)))
}

/// 12 bytes: u32 user id, verify, state, time.
fn by_number(data: &[u8]) -> IResult<&[u8], Fields<'_>> {
    let (rest, (id, verify, state, time)) = (le_u32, byte, byte, take(6_usize)).parse(data)?;
    Ok((rest, (Some(LiveUser::Id(id.to_string())), verify, state, time)))
}

/// 32 bytes and more: 24 bytes user id, verify, state, time, then 0, 4, 5 or 20 bytes nobody has described.
fn by_text(data: &[u8]) -> IResult<&[u8], Fields<'_>> {
    let (rest, (id, verify, state, time)) = (take(24_usize), byte, byte, take(6_usize)).parse(data)?;
    let id = std::str::from_utf8(text::until_nul(id)).ok().map(str::trim);
    let id = id.filter(|id| !id.is_empty() && !id.chars().any(char::is_control));
    Ok((
        rest,
        (id.map(|id| LiveUser::Id(id.to_owned())), verify, state, time),
    ))
}

/// The six bytes of a time: year since 2000, month, day, hour, minute, second.
#[must_use]
pub fn decode_time(bytes: &[u8]) -> Option<NaiveDateTime> {
    let [year, month, day, hour, minute, second] = bytes.try_into().ok()?;
    let _: [u8; 6] = [year, month, day, hour, minute, second];
    NaiveDate::from_ymd_opt(2000 + i32::from(year), month.into(), day.into())?.and_hms_opt(
        hour.into(),
        minute.into(),
        second.into(),
    )
}

/// A time in six bytes. Years outside 2000 to 2255 become their ends.
#[must_use]
pub fn encode_time(time: NaiveDateTime) -> [u8; 6] {
    use chrono::{Datelike, Timelike};
    let small = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    [
        u8::try_from((time.year() - 2000).clamp(0, 255)).unwrap_or_default(),
        small(time.month()),
        small(time.day()),
        small(time.hour()),
        small(time.minute()),
        small(time.second()),
    ]
}

fn single(code: u16, data: &Bytes) -> Option<LiveEvent> {
    Some(match u32::from(code) {
        mask::FINGER => LiveEvent::Finger,
        mask::ENROLL_USER => LiveEvent::UserEnrolled { uid: word(data)?.1 },
        mask::ENROLL_FINGER => LiveEvent::FingerEnrolled(enrollment(data)?),
        mask::BUTTON => LiveEvent::Button(data.clone()),
        mask::UNLOCK => LiveEvent::Unlocked(data.clone()),
        mask::VERIFY => {
            let parsed: IResult<&[u8], u32> = le_u32.parse(data);
            let (_, uid) = parsed.ok()?;
            LiveEvent::Verified {
                uid: (uid != u32::MAX).then_some(uid),
            }
        }
        mask::FINGER_SCORE => LiveEvent::FingerScore(*data.first()?),
        mask::ALARM => LiveEvent::Alarm(alarm(data)?),
        _ => return None,
    })
}

fn word(data: &[u8]) -> Option<(&[u8], u16)> {
    let parsed: IResult<&[u8], u16> = le_u16.parse(data);
    parsed.ok()
}

fn enrollment(data: &[u8]) -> Option<Enrollment> {
    let (rest, result) = word(data)?;
    Some(match result {
        0 => {
            let (rest, size) = word(rest)?;
            let (finger, id) = rest.split_last()?;
            Enrollment::Stored {
                size,
                user_id: DeviceText::until_nul(id).to_string_lossy().trim().to_owned(),
                finger: *finger,
            }
        }
        5 => Enrollment::Duplicate,
        other => Enrollment::Failed(other),
    })
}

/// The manual gives the first bytes in decimal (55, 53), zk-protocol in hexadecimal (0x37, 0x35); they are the same numbers.
fn alarm(data: &[u8]) -> Option<Alarm> {
    let person: IResult<&[u8], (u32, u16, u16, u32)> = (le_u32, le_u16, le_u16, le_u32).parse(data);
    Some(match (data.len(), data.first()?) {
        (4, 0x37) => Alarm::Tamper,
        (4, 0x35) => Alarm::ExitButton,
        (4, 0x3A) => Alarm::Misuse,
        (8, 0x54) => Alarm::DoorClosed,
        (12, _) => match person {
            Ok((_, (u32::MAX, kind, uid, score))) => Alarm::Person { kind, uid, score },
            _ => Alarm::Other(data.to_vec()),
        },
        _ => Alarm::Other(data.to_vec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(code: u32, data: &[u8]) -> LiveEvent {
        let mut all = LiveEvent::decode(u16::try_from(code).unwrap(), &Bytes::copy_from_slice(data));
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[test]
    fn every_kind_reads_and_the_unknown_is_kept() {
        assert_eq!(decode(mask::FINGER, &[]), LiveEvent::Finger);
        assert_eq!(
            decode(mask::ENROLL_USER, &[7, 1]),
            LiveEvent::UserEnrolled { uid: 263 }
        );
        assert_eq!(
            decode(mask::VERIFY, &[0xFF; 5]),
            LiveEvent::Verified { uid: None }
        );
        assert_eq!(
            decode(mask::VERIFY, &[9, 0, 0, 0, 1]),
            LiveEvent::Verified { uid: Some(9) }
        );
        assert_eq!(decode(mask::FINGER_SCORE, &[100]), LiveEvent::FingerScore(100));
        assert_eq!(
            decode(mask::ALARM, &[0x37, 0, 0, 0]),
            LiveEvent::Alarm(Alarm::Tamper)
        );
        assert_eq!(
            decode(mask::ALARM, &[0x35, 0, 0, 0]),
            LiveEvent::Alarm(Alarm::ExitButton)
        );
        assert_eq!(
            decode(mask::ALARM, &[0x3A, 0, 0, 0]),
            LiveEvent::Alarm(Alarm::Misuse)
        );
        let person = [0xFF, 0xFF, 0xFF, 0xFF, 0x20, 0, 5, 0, 60, 0, 0, 0];
        let duress = Alarm::Person {
            kind: 0x20,
            uid: 5,
            score: 60,
        };
        assert_eq!(decode(mask::ALARM, &person), LiveEvent::Alarm(duress));
        assert_eq!(
            decode(mask::ENROLL_FINGER, &[5, 0]),
            LiveEvent::FingerEnrolled(Enrollment::Duplicate)
        );
        let stored = [&[0, 0, 0xE8, 3][..], b"1001\0\0\0\0\0", &[6]].concat();
        let expected = Enrollment::Stored {
            size: 1000,
            user_id: "1001".into(),
            finger: 6,
        };
        assert_eq!(
            decode(mask::ENROLL_FINGER, &stored),
            LiveEvent::FingerEnrolled(expected)
        );
        for (code, data) in [
            (4, &[][..]),
            (0x4000, b"new"),
            (128, &[1]),
            (1, &[0; 9]),
            (1, &[0xFF; 32]),
        ] {
            assert!(
                matches!(decode(code, data), LiveEvent::Raw { .. }),
                "{code} {data:?}"
            );
        }
    }

    #[test]
    fn several_punches_in_one_packet_are_several_events() {
        let time: NaiveDateTime = "2026-03-02T08:00:00".parse().unwrap();
        let one = |id: &str| LivePunch {
            user: LiveUser::Id(id.to_owned()),
            time,
            verify: 1,
            punch: 0,
            work_code: None,
            tail: Vec::new(),
        };
        let packet = [one("1001").encode(), one("1002").encode(), one("1003").encode()].concat();
        let expected = ["1001", "1002", "1003"].map(|id| LiveEvent::Punch(one(id)));
        assert_eq!(LiveEvent::decode(1, &Bytes::from(packet)), expected);
        // 10 bytes: the state is the low half of its byte.
        let short = [&7_u16.to_le_bytes()[..], &[1, 0x14], &encode_time(time)].concat();
        let expected = LivePunch {
            user: LiveUser::Uid(7),
            punch: 4,
            ..one("")
        };
        assert_eq!(
            LiveEvent::decode(1, &Bytes::from(short)),
            [LiveEvent::Punch(expected)]
        );
    }
}
