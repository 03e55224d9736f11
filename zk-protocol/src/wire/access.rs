//! Access control: groups, time zones, unlock combinations, verify modes (zk-protocol `access.md`, vendor manual 2006, protocol notes
//! §1.5).

use bytes::{BufMut, Bytes, BytesMut};
use nom::bytes::complete::take;
use nom::multi::fill;
use nom::number::complete::{le_u16, u8 as byte};
use nom::{IResult, Parser};

/// From and to, each as (hour, minute).
pub type Day = ((u8, u8), (u8, u8));

/// When a person may come in: seven days from Sunday, each from one time of the day to another. A day that begins after it ends lets
/// nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TimeZone {
    /// 1 to 50.
    pub number: u16,
    /// Sunday first.
    pub days: [Day; 7],
}

impl TimeZone {
    /// A zone that is open the whole day, every day.
    #[must_use]
    pub const fn always(number: u16) -> Self {
        Self {
            number,
            days: [((0, 0), (23, 59)); 7],
        }
    }

    /// The data of a request for a zone.
    #[must_use]
    pub fn request(number: u16) -> Bytes {
        Bytes::copy_from_slice(&u32::from(number).to_le_bytes())
    }

    /// Reads the answer: u16 number, four bytes a day, and two more.
    #[must_use]
    pub fn decode(data: &[u8]) -> Option<Self> {
        let (rest, number) = word(data)?;
        Some(Self {
            number,
            days: days(rest)?,
        })
    }

    /// The data of a write: u32 number, four bytes a day.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(32);
        out.put_u32_le(self.number.into());
        self.put_days(&mut out);
        out.freeze()
    }

    /// Reads the data of a write.
    #[must_use]
    pub fn decode_write(data: &[u8]) -> Option<Self> {
        let (_, number) = word(data)?;
        Some(Self {
            number,
            days: days(data.get(4..)?)?,
        })
    }

    /// The answer to a request, as a terminal gives it.
    #[must_use]
    pub fn encode_answer(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(32);
        out.put_u16_le(self.number);
        self.put_days(&mut out);
        out.put_bytes(0, 2);
        out.freeze()
    }

    fn put_days(&self, out: &mut BytesMut) {
        for ((from_hour, from_minute), (to_hour, to_minute)) in self.days {
            out.put_slice(&[from_hour, from_minute, to_hour, to_minute]);
        }
    }
}

fn days(data: &[u8]) -> Option<[Day; 7]> {
    let mut days = [((0, 0), (0, 0)); 7];
    let parsed: IResult<&[u8], ()> = fill(((byte, byte), (byte, byte)), &mut days).parse(data);
    parsed.ok().map(|_| days)
}

/// The time zones of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UserTimeZones {
    /// The terminal's internal number of the user.
    pub uid: u16,
    /// Whether the user has zones of their own; else those of the group count.
    pub own: bool,
    /// Up to three zones, 0 for none.
    pub zones: [u16; 3],
}

impl UserTimeZones {
    /// The zones of a user.
    #[must_use]
    pub const fn new(uid: u16, own: bool, zones: [u16; 3]) -> Self {
        Self { uid, own, zones }
    }

    /// Reads the answer: u16 whether the group's count, three u16.
    #[must_use]
    pub fn decode(uid: u16, data: &[u8]) -> Option<Self> {
        let parsed: IResult<&[u8], (u16, u16, u16, u16)> = (le_u16, le_u16, le_u16, le_u16).parse(data);
        let (_, (group, a, b, c)) = parsed.ok()?;
        Some(Self::new(uid, group == 0, [a, b, c]))
    }

    /// The data of a write: u32 uid, u32 whether own, three u32.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let [a, b, c] = self.zones;
        words([self.uid, u16::from(self.own), a, b, c])
    }
}

/// The data of a request that names a user: u32 uid.
#[must_use]
pub fn user_request(uid: u16) -> Bytes {
    words([uid])
}

/// The data that puts a user into a group: u32 uid, u8 group.
#[must_use]
pub fn user_group(uid: u16, group: u8) -> Bytes {
    let mut out = BytesMut::from(&words([uid])[..]);
    out.put_u8(group);
    out.freeze()
}

/// When a group may come in, and how its members verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct GroupTimeZones {
    /// 1 to 99.
    pub group: u8,
    /// Up to three zones, 0 for none.
    pub zones: [u16; 3],
    /// Whether holidays count.
    pub holidays: bool,
    /// How to verify: 0 any, 1 finger, 2 PIN, 3 password, 4 card, 5 to 14 combinations.
    pub verify_style: u8,
}

impl GroupTimeZones {
    /// A group with these zones, any way to verify.
    #[must_use]
    pub const fn new(group: u8, zones: [u16; 3]) -> Self {
        Self {
            group,
            zones,
            holidays: false,
            verify_style: 0,
        }
    }

    /// Reads an answer or the data of a write: u8 group, three u16, u8 style with the holidays in its highest bit.
    #[must_use]
    pub fn decode(data: &[u8]) -> Option<Self> {
        let parsed: IResult<&[u8], (u8, u16, u16, u16, u8)> =
            (byte, le_u16, le_u16, le_u16, byte).parse(data);
        let (_, (group, a, b, c, style)) = parsed.ok()?;
        Some(Self {
            group,
            zones: [a, b, c],
            holidays: style & 0x80 != 0,
            verify_style: style & 0x7F,
        })
    }

    /// The data of a write.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(8);
        out.put_u8(self.group);
        for zone in self.zones {
            out.put_u16_le(zone);
        }
        out.put_u8(self.verify_style & 0x7F | u8::from(self.holidays) << 7);
        out.freeze()
    }
}

/// The data of a request that names a group or a combination: u8 and seven zeros.
#[must_use]
pub fn numbered_request(number: u8) -> Bytes {
    Bytes::copy_from_slice(&[number, 0, 0, 0, 0, 0, 0, 0])
}

/// Groups of which one member each must be there to open the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Combination {
    /// 1 to 10.
    pub number: u8,
    /// The groups, 0 for none.
    pub groups: [u8; 5],
}

impl Combination {
    /// A combination.
    #[must_use]
    pub const fn new(number: u8, groups: [u8; 5]) -> Self {
        Self { number, groups }
    }

    /// Reads an answer or the data of a write: u8 number, five u8, u16 how many count.
    #[must_use]
    pub fn decode(data: &[u8]) -> Option<Self> {
        let parsed: IResult<&[u8], (u8, &[u8])> = (byte, take(5_usize)).parse(data);
        let (_, (number, groups)) = parsed.ok()?;
        Some(Self::new(number, groups.try_into().ok()?))
    }

    /// The data of a write.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(8);
        out.put_u8(self.number);
        out.put_slice(&self.groups);
        let valid = self.groups.iter().filter(|group| **group != 0).count();
        out.put_u16_le(u16::try_from(valid).unwrap_or_default());
        out.freeze()
    }
}

/// The data that sets how one user verifies: u16 uid, u8 mode, 21 zeros.
#[must_use]
pub fn user_verify(uid: u16, mode: u8) -> Bytes {
    let mut out = BytesMut::with_capacity(24);
    out.put_u16_le(uid);
    out.put_u8(mode);
    out.put_bytes(0, 21);
    out.freeze()
}

fn word(data: &[u8]) -> Option<(&[u8], u16)> {
    let parsed: IResult<&[u8], u16> = le_u16.parse(data);
    parsed.ok()
}

fn words<const N: usize>(values: [u16; N]) -> Bytes {
    let mut out = BytesMut::with_capacity(4 * N);
    for value in values {
        out.put_u32_le(value.into());
    }
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let mut zone = TimeZone::always(3);
        zone.days[0] = ((1, 2), (0, 0));
        assert_eq!(TimeZone::decode_write(&zone.encode()), Some(zone));
        assert_eq!(TimeZone::decode(&zone.encode_answer()), Some(zone));
        assert_eq!((zone.encode().len(), zone.encode_answer().len()), (32, 32));
        let group = GroupTimeZones {
            holidays: true,
            verify_style: 6,
            ..GroupTimeZones::new(2, [1, 2, 0x102])
        };
        assert_eq!(GroupTimeZones::decode(&group.encode()), Some(group));
        let combination = Combination::new(1, [1, 2, 0, 0, 0]);
        assert_eq!(combination.encode()[..], [1, 1, 2, 0, 0, 0, 2, 0]);
        assert_eq!(Combination::decode(&combination.encode()), Some(combination));
        let user = UserTimeZones::new(7, true, [1, 2, 3]);
        assert_eq!(user.encode().len(), 20);
        assert_eq!(UserTimeZones::decode(7, &[0, 0, 1, 0, 2, 0, 3, 0]), Some(user));
        assert_eq!(user_group(7, 2)[..], [7, 0, 0, 0, 2]);
        assert_eq!(user_verify(7, 128).len(), 24);
        for short in 0..8 {
            assert_eq!(GroupTimeZones::decode(&vec![1; short]), None);
            assert_eq!(UserTimeZones::decode(1, &vec![1; short]), None);
            assert_eq!(TimeZone::decode(&vec![1; short]), None);
        }
    }
}
