//! The user table, in its two widths.
//!
//! | 72 bytes (TFT, iFace) | 28 bytes (black and white) | field |
//! |---|---|---|
//! | 0 | 0 | u16 uid |
//! | 2 | 2 | u8 privilege |
//! | 3 (8) | 3 (5) | password |
//! | 11 (24) | 8 (8) | name |
//! | 35 | 16 | u32 card |
//! | 39 | 21 | u8 group |
//! | 40, 42, 44, 46 | 22 | u16 own-time-zone flag and three time zones / one u16 |
//! | 48 (24) | 24 (u32) | user id: text / number |

use std::fmt;

use bytes::{BufMut, BytesMut};
use nom::bytes::complete::take;
use nom::number::complete::{le_u16, le_u32, u8 as byte};
use nom::{IResult, Parser};

use super::text::{self, DeviceText, TextEncoding, Unencodable};

/// Which of the two layouts a terminal uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserWidth {
    /// 28 bytes: black-and-white terminals; the user id is a number.
    Short,
    /// 72 bytes: TFT and iFace terminals; the user id is text.
    Long,
}

impl UserWidth {
    /// Bytes of a record.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Short => 28,
            Self::Long => 72,
        }
    }

    /// Bytes of a name, without the NUL that must end it.
    const fn name_room(self) -> usize {
        match self {
            Self::Short => 7,
            Self::Long => 23,
        }
    }

    /// Bytes of a password.
    const fn password_room(self) -> usize {
        match self {
            Self::Short => 5,
            Self::Long => 8,
        }
    }

    /// Characters of a user id: ten digits in 32 bits, or the text field without its NUL.
    const fn longest_id(self) -> usize {
        match self {
            Self::Short => 10,
            Self::Long => 23,
        }
    }

    /// The width of `total` bytes that hold `count` users, when it comes out exactly.
    #[must_use]
    pub fn by_count(total: usize, count: u32) -> Option<Self> {
        let count = usize::try_from(count).ok()?;
        [Self::Short, Self::Long]
            .into_iter()
            .find(|width| count > 0 && count.checked_mul(width.bytes()) == Some(total))
    }

    /// The one width in which these bytes read as users (known privileges, printable user ids in at least three of four records);
    /// `None` when neither or both do.
    #[must_use]
    pub fn by_content(records: &[u8]) -> Option<Self> {
        match (Self::Short.fits(records), Self::Long.fits(records)) {
            (true, false) => Some(Self::Short),
            (false, true) => Some(Self::Long),
            _ => None,
        }
    }

    /// Whether these bytes, said to have this width, do not speak against it: they cannot have the other width, or read as users in
    /// this one. 504 bytes are eighteen records or seven, and only the content tells.
    pub(crate) fn agrees_with(self, records: &[u8]) -> bool {
        let other = match self {
            Self::Short => Self::Long,
            Self::Long => Self::Short,
        };
        !records.len().is_multiple_of(other.bytes()) || self.fits(records)
    }

    fn fits(self, records: &[u8]) -> bool {
        let pieces = records.chunks(self.bytes());
        let count = pieces.len();
        let sane = pieces
            .filter_map(|raw| User::decode(self, raw))
            .filter(User::is_sane)
            .count();
        records.len().is_multiple_of(self.bytes()) && sane > 0 && sane * 4 >= count * 3
    }
}

/// A person enrolled on a terminal.
///
/// `Debug` shows neither password nor card.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct User {
    /// The terminal's internal number, recycled: not the person's id.
    pub uid: u16,
    /// The privilege byte as sent; see [`User::role`] and [`User::is_enabled`].
    pub privilege: u8,
    /// The password as stored.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub password: DeviceText,
    /// The name, in the terminal's encoding.
    pub name: DeviceText,
    /// The card number, 0 for none.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub card: u32,
    /// The access group.
    pub group: u8,
    /// The user id (PIN), what the badge and the payroll know. Lossy when it is not UTF-8, see [`User::user_id_raw`].
    pub user_id: String,
    /// The user id as sent (its digits, where the layout keeps it as a number).
    pub user_id_raw: DeviceText,
    /// Whether the user has time zones of their own, as sent; 72-byte layout.
    pub own_time_zones: u16,
    /// The access time zones as sent; the 28-byte layout has one.
    pub time_zones: [u16; 3],
}

impl User {
    /// An enabled ordinary user without password and card.
    #[must_use]
    pub fn new(uid: u16, user_id: &str, name: &str) -> Self {
        Self {
            uid,
            privilege: 0,
            password: DeviceText::default(),
            name: DeviceText::from(name),
            card: 0,
            group: 1,
            user_id: user_id.to_owned(),
            user_id_raw: DeviceText::from(user_id),
            own_time_zones: 0,
            time_zones: [0; 3],
        }
    }

    /// Reads one record; `None` when it has not the width.
    #[must_use]
    pub fn decode(width: UserWidth, raw: &[u8]) -> Option<Self> {
        if raw.len() != width.bytes() {
            return None;
        }
        match width {
            UserWidth::Short => short(raw),
            UserWidth::Long => long(raw),
        }
        .ok()
        .map(|(_, user)| user)
    }

    /// The record in a layout. Texts that do not fit are cut; the 28-byte layout keeps a user id only if it is a number.
    #[must_use]
    pub fn encode(&self, width: UserWidth) -> BytesMut {
        let mut out = BytesMut::with_capacity(width.bytes());
        out.put_u16_le(self.uid);
        out.put_u8(self.privilege);
        let [zone1, zone2, zone3] = self.time_zones;
        match width {
            UserWidth::Short => {
                put_text(&mut out, &self.password, 5);
                put_text(&mut out, &self.name, 8);
                out.put_u32_le(self.card);
                out.put_u8(0);
                out.put_u8(self.group);
                out.put_u16_le(zone1);
                out.put_u32_le(self.user_id.parse().unwrap_or(0));
            }
            UserWidth::Long => {
                put_text(&mut out, &self.password, 8);
                put_text(&mut out, &self.name, 24);
                out.put_u32_le(self.card);
                out.put_u8(self.group);
                out.put_u16_le(self.own_time_zones);
                for zone in [zone1, zone2, zone3] {
                    out.put_u16_le(zone);
                }
                put_text(&mut out, &self.user_id_raw, 24);
            }
        }
        out
    }

    /// The record to be written to a terminal: unlike [`User::encode`], nothing is cut that would become another person or another
    /// password, and the name ends with a whole character.
    ///
    /// `name` is written instead of the bytes in [`User::name`], in the terminal's encoding. `pin_width` is what the terminal says about
    /// user ids (`~PIN2Width`).
    ///
    /// # Errors
    /// [`UserError`] when the user id or the password does not fit, or the encoding cannot write the name.
    pub fn encode_for_write(
        &self,
        width: UserWidth,
        name: &str,
        encoding: TextEncoding,
        pin_width: Option<u8>,
    ) -> Result<BytesMut, UserError> {
        let id = self.user_id.as_str();
        let id_error = |reason| UserError::UserId {
            user_id: id.to_owned(),
            reason,
        };
        if id.is_empty() {
            return Err(id_error("is empty"));
        }
        if !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(id_error("has other characters than letters, digits and signs"));
        }
        let room = usize::from(pin_width.unwrap_or(u8::MAX)).min(width.longest_id());
        if id.len() > room {
            return Err(id_error("is longer than the terminal keeps"));
        }
        if width == UserWidth::Short && (id.starts_with('0') || id.parse::<u32>().is_err()) {
            return Err(id_error(
                "is no number without leading zeros, and this terminal keeps a number",
            ));
        }
        if self.password.as_bytes().len() > width.password_room() {
            return Err(UserError::PasswordTooLong {
                room: width.password_room(),
            });
        }
        let user = Self {
            name: encoding.encode_within(name, width.name_room())?,
            user_id_raw: DeviceText::from(id),
            ..self.clone()
        };
        Ok(user.encode(width))
    }

    /// What the user may do on the terminal.
    #[must_use]
    pub fn role(&self) -> Privilege {
        Privilege::from(self.privilege)
    }

    /// Whether the user may punch.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.privilege & 1 == 0
    }

    fn is_sane(&self) -> bool {
        let id = self.user_id_raw.as_bytes();
        let printable = !id.is_empty() && id.iter().all(u8::is_ascii_graphic) && self.user_id != "0";
        printable && !matches!(self.role(), Privilege::Unknown(_))
    }
}

/// A user that cannot be written as asked. Cutting an id would make it another person's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserError {
    /// The user id does not fit.
    #[error("the user id {user_id:?} {reason}")]
    UserId {
        /// The id.
        user_id: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// The password does not fit.
    #[error("the password is longer than the {room} bytes the terminal keeps")]
    PasswordTooLong {
        /// Bytes that fit.
        room: usize,
    },
    /// The name has characters the terminal's encoding does not know.
    #[error(transparent)]
    Name(#[from] Unencodable),
}

/// Reads a table of users; the bytes after the last whole record are ignored, widths are decided before.
pub(crate) fn decode_table(width: UserWidth, records: &[u8]) -> Vec<User> {
    records
        .chunks_exact(width.bytes())
        .filter_map(|raw| User::decode(width, raw))
        .collect()
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("uid", &self.uid)
            .field("user_id", &self.user_id)
            .field("name", &self.name)
            .field("role", &self.role())
            .field("enabled", &self.is_enabled())
            .field("group", &self.group)
            .field("has_password", &!self.password.is_empty())
            .field("has_card", &(self.card != 0))
            .finish_non_exhaustive()
    }
}

/// What a user may do on the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Privilege {
    /// 0: punch.
    User,
    /// 2: enrol others.
    Enroller,
    /// 6: manage.
    Manager,
    /// 14: everything.
    SuperAdmin,
    /// Any other value. 0x31 marks a template slot inside the table of some models, not a user.
    Unknown(u8),
}

impl From<u8> for Privilege {
    /// The lowest bit only tells whether the user is enabled.
    fn from(code: u8) -> Self {
        match code & !1 {
            0 => Self::User,
            2 => Self::Enroller,
            6 => Self::Manager,
            14 => Self::SuperAdmin,
            _ => Self::Unknown(code),
        }
    }
}

fn put_text(out: &mut BytesMut, text: &DeviceText, width: usize) {
    text::put(out, text.as_bytes(), width);
}

fn short(raw: &[u8]) -> IResult<&[u8], User> {
    let (rest, (uid, privilege, password, name, card, _, group, zone, id)) = (
        le_u16,
        byte,
        take(5_usize),
        take(8_usize),
        le_u32,
        byte,
        byte,
        le_u16,
        le_u32,
    )
        .parse(raw)?;
    let user_id = id.to_string();
    let user = User {
        uid,
        privilege,
        password: DeviceText::until_nul(password),
        name: DeviceText::until_nul(name),
        card,
        group,
        user_id_raw: DeviceText::from(user_id.as_str()),
        user_id,
        own_time_zones: 0,
        time_zones: [zone, 0, 0],
    };
    Ok((rest, user))
}

fn long(raw: &[u8]) -> IResult<&[u8], User> {
    let (rest, (uid, privilege, password, name, card, group)) =
        (le_u16, byte, take(8_usize), take(24_usize), le_u32, byte).parse(raw)?;
    let (rest, (own_time_zones, zone1, zone2, zone3, id)) =
        (le_u16, le_u16, le_u16, le_u16, take(24_usize)).parse(rest)?;
    let user_id_raw = DeviceText::until_nul(id);
    let user = User {
        uid,
        privilege,
        password: DeviceText::until_nul(password),
        name: DeviceText::until_nul(name),
        card,
        group,
        user_id: user_id_raw.to_string_lossy().trim().to_owned(),
        user_id_raw,
        own_time_zones,
        time_zones: [zone1, zone2, zone3],
    };
    Ok((rest, user))
}
