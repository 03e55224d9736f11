//! Events of access control terminals ("acc"): `rtlog` as they happen, `transaction` when asked for; and door states.

use chrono::NaiveDateTime;

use super::bad::BadLineReason;
use super::pairs::Pairs;
use super::pin::MAX_PIN;
use crate::text::{Secret, Text};
use crate::time;

/// An event at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Event<'a> {
    /// The terminal's wall clock.
    pub time: NaiveDateTime,
    /// Who, as sent; `0` or empty is nobody.
    pub pin: &'a str,
    /// The card, if one was used.
    pub card: Option<Secret<'a>>,
    /// What happened; see [`is_attendance`](Self::is_attendance).
    pub event: u16,
    /// 0 in, 1 out, 2 neither.
    pub in_out: Option<u8>,
    /// How the person was recognised: a number, or 16 digits of 0 and 1 where that was agreed.
    pub verify: Option<&'a str>,
    /// The door.
    pub door: Option<&'a str>,
    /// The terminal's number of the event.
    pub index: Option<u64>,
    /// Whether a mask was worn.
    pub mask: Option<bool>,
    /// The temperature as sent.
    pub temperature: Option<Text<'a>>,
    /// All pairs, unknown ones included.
    pub pairs: Pairs<'a>,
}

impl<'a> Event<'a> {
    /// A line of `rtlog` (`time=…`) or of `transaction` (`time_second=…`, packed).
    pub(super) fn read(pairs: Pairs<'a>) -> Result<Self, BadLineReason> {
        let time = match (pairs.bytes("time"), pairs.bytes("time_second")) {
            (Some(text), _) => time::parse(text.trim_ascii()),
            (None, Some(_)) => pairs.number("time_second").and_then(time::unpack_time),
            (None, None) => return Err(BadLineReason::NoTime),
        };
        let pin = pairs.bytes("pin").unwrap_or_default();
        let pin = std::str::from_utf8(pin).map_err(|_| BadLineReason::PinEncoding)?;
        if pin.chars().any(char::is_control) {
            return Err(BadLineReason::PinControl);
        }
        if pin.chars().count() > MAX_PIN {
            return Err(BadLineReason::PinTooLong);
        }
        let either = |one: &str, other: &str| pairs.str(one).or_else(|| pairs.str(other));
        let event = pairs.number("event").or_else(|| pairs.number("eventtype"));
        Ok(Self {
            time: time.ok_or(BadLineReason::Time)?,
            pin,
            card: pairs.bytes("cardno").map(Secret::new),
            event: event.ok_or(BadLineReason::Event)?,
            in_out: pairs.number("inoutstatus").or_else(|| pairs.number("inoutstate")),
            verify: either("verifytype", "verified"),
            door: either("eventaddr", "doorid"),
            index: pairs.number("index"),
            mask: pairs.number::<u8>("maskflag").map(|mask| mask != 0),
            temperature: pairs.get("temperature"),
            pairs,
        })
    }

    /// Whether somebody known was let in or out, so that it counts as a punch.
    ///
    /// Granted are 0 to 3 (normal, while the door stood open, first card, several cards) and 14 to 19 (the same by
    /// finger). 20 to 29 are refusals (27: not registered), and what has a number of 4000 and more is about the door,
    /// not about people. Everything is to be stored all the same.
    #[must_use]
    pub fn is_attendance(&self) -> bool {
        let pin = self.pin.trim();
        matches!(self.event, 0..=3 | 14..=19) && !pin.bytes().all(|byte| byte == b'0')
    }
}

/// The state of the doors (`rtstate`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct DoorState<'a> {
    /// The terminal's wall clock.
    pub time: NaiveDateTime,
    /// Door sensors, hexadecimal digits.
    pub sensor: Option<&'a str>,
    /// Locks.
    pub relay: Option<&'a str>,
    /// Alarms.
    pub alarm: Option<&'a str>,
    /// All pairs, unknown ones included.
    pub pairs: Pairs<'a>,
}

impl<'a> DoorState<'a> {
    pub(super) fn read(pairs: Pairs<'a>) -> Result<Self, BadLineReason> {
        let time = pairs.bytes("time").ok_or(BadLineReason::NoTime)?;
        Ok(Self {
            time: time::parse(time.trim_ascii()).ok_or(BadLineReason::Time)?,
            sensor: pairs.str("sensor"),
            relay: pairs.str("relay"),
            alarm: pairs.str("alarm"),
            pairs,
        })
    }
}

/// A row of any other table of an access control terminal: `user uid=1<TAB>pin=7…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Row<'a> {
    /// The table, as it stands in front of the row.
    pub table: &'a str,
    /// The person it is about, if it names one.
    pub pin: Option<&'a str>,
    /// The pairs of the row.
    pub pairs: Pairs<'a>,
}

impl<'a> Row<'a> {
    pub(super) fn read(table: &'a str, pairs: Pairs<'a>) -> Result<Self, BadLineReason> {
        pairs.iter().next().ok_or(BadLineReason::NoPairs)?;
        Ok(Self {
            table,
            pin: pairs
                .str("pin")
                .filter(|pin| !pin.is_empty() && !pin.chars().any(char::is_control)),
            pairs,
        })
    }
}
