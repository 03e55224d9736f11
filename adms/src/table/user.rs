//! `USER` lines of `OPERLOG`, and the table `USERINFO`: who is enrolled.

use super::bad::BadLineReason;
use super::pairs::Pairs;
use super::pin;
use crate::text::{Secret, Text};

/// Somebody enrolled at the terminal. Terminals send the same user again and again: treat it as an upsert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct User<'a> {
    /// Their number, as sent.
    pub pin: &'a str,
    /// Their name; in GB2312 from terminals whose language is Chinese.
    pub name: Option<Text<'a>>,
    /// What they may do at the terminal: 0 user, 2 enroller, 6 administrator, 10 custom, 14 superuser.
    pub privilege: Option<u8>,
    /// Their password, in clear text.
    pub password: Option<Secret<'a>>,
    /// Their card; [`card_number`] reads it.
    pub card: Option<Secret<'a>>,
    /// Their access group.
    pub group: Option<&'a str>,
    /// Their access times: 16 digits (8 in 2008).
    pub time_zone: Option<&'a str>,
    /// How they are recognised.
    pub verify: Option<i16>,
    /// All pairs, unknown ones included.
    pub pairs: Pairs<'a>,
}

impl<'a> User<'a> {
    pub(super) fn read(pairs: Pairs<'a>) -> Result<Self, BadLineReason> {
        Ok(Self {
            pin: pin::read(pairs.bytes("PIN").ok_or(BadLineReason::NoPin)?)?,
            name: pairs.get("Name"),
            privilege: pairs.number("Pri").or_else(|| pairs.number("Privilege")),
            password: pairs
                .bytes("Passwd")
                .or_else(|| pairs.bytes("Password"))
                .map(Secret::new),
            card: pairs
                .bytes("Card")
                .or_else(|| pairs.bytes("CardNo"))
                .map(Secret::new),
            group: pairs.str("Grp").or_else(|| pairs.str("Group")),
            time_zone: pairs.str("TZ"),
            verify: pairs.number("Verify"),
            pairs,
        })
    }
}

/// The number of a card as terminals write it: decimal, or bytes in brackets, least significant first. `None` when
/// there is none or it cannot be read; 0 is "no card".
///
/// ```
/// use punchclock_adms::card_number;
/// assert_eq!(card_number(b"[15CD5B07]"), Some(123_456_789));
/// assert_eq!(card_number(b"123456789"), Some(123_456_789));
/// assert_eq!(card_number(b"[0000000000]"), Some(0));
/// assert_eq!(card_number(b""), None);
/// ```
#[must_use]
pub fn card_number(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let Some(hex) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return text
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse().ok())
            .flatten();
    };
    if hex.is_empty() || hex.len() > 16 || hex.len() % 2 == 1 {
        return None;
    }
    let mut number = 0_u64;
    for pair in hex.as_bytes().rchunks(2) {
        let pair = std::str::from_utf8(pair).ok()?;
        if !pair.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        number = number << 8 | u64::from_str_radix(pair, 16).ok()?;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_that_are_none() {
        for bad in [
            "[]",
            "[1]",
            "[zz]",
            "[112233445566778899]",
            "[+1]",
            "x",
            "-1",
            "1.0",
            "99999999999999999999",
        ] {
            assert_eq!(card_number(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(card_number(b"[FFFFFFFFFFFFFFFF]"), Some(u64::MAX));
    }

    #[test]
    fn a_user_is_shown_without_password_and_card() {
        let user = User::read(Pairs::new(
            b"PIN=7\tName=Ann\tPri=14\tPasswd=hunter2\tCard=[15CD5B07]",
        ))
        .unwrap();
        assert_eq!(user.privilege, Some(14));
        assert_eq!(user.password.unwrap().expose(), b"hunter2");
        let shown = format!("{user:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("15CD5B07"),
            "{shown}"
        );
    }
}
