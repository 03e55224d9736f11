//! `OPERLOG`: what was done at the terminal, mixed with users and templates.
//!
//! Only `OPLOG` lines may be stored as they are. The others carry passwords in clear text, card numbers and templates:
//! keep what [`OperLogLine::redacted`] leaves of them.

use std::fmt::Write as _;

use chrono::NaiveDateTime;

use super::lines;
use crate::time;

/// Longest `OPLOG` line that is kept as it is, in bytes; real ones have about 40.
const MAX_OPLOG: usize = 256;

/// The keys of a `USER` line that are kept. Passwords (`Passwd`) and cards (`Card`, `ViceCard`) are not among them.
const KEPT_USER_KEYS: [&str; 8] = [
    "Name",
    "Pri",
    "Grp",
    "TZ",
    "Verify",
    "Expires",
    "StartDatetime",
    "EndDatetime",
];

/// The lines of an `OPERLOG` body: one item for each line that is not empty, in order.
pub fn lines(body: &[u8]) -> impl Iterator<Item = OperLogLine<'_>> {
    lines::lines(body).map(OperLogLine::read)
}

/// What a line of `OPERLOG` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum OperLogKind {
    /// An operation; see [`OperLogLine::operation`].
    OpLog,
    /// A user with password and card.
    User,
    /// A fingerprint template.
    Fp,
    /// A face template.
    Face,
    /// A finger vein template.
    FVein,
    /// A photograph of a user.
    UserPic,
    /// A photograph from which templates are made.
    BioPhoto,
    /// A template of any kind.
    BioData,
    /// Data of a national identity card.
    IdCard,
    /// A work code.
    WorkCode,
    /// Anything else.
    Unknown,
}

/// Word at the start of a line and kind.
const KINDS: [(&str, OperLogKind); 10] = [
    ("OPLOG", OperLogKind::OpLog),
    ("USER", OperLogKind::User),
    ("FP", OperLogKind::Fp),
    ("FACE", OperLogKind::Face),
    ("FVEIN", OperLogKind::FVein),
    ("USERPIC", OperLogKind::UserPic),
    ("BIOPHOTO", OperLogKind::BioPhoto),
    ("BIODATA", OperLogKind::BioData),
    ("IDCARD", OperLogKind::IdCard),
    ("WORKCODE", OperLogKind::WorkCode),
];

impl OperLogKind {
    /// The word at the start of the line, `unknown` for [`Unknown`](Self::Unknown).
    #[must_use]
    pub fn name(self) -> &'static str {
        KINDS
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("unknown", |(name, _)| name)
    }
}

/// A line of `OPERLOG`, borrowed from the body.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperLogLine<'a> {
    /// What it is.
    pub kind: OperLogKind,
    /// The person it is about, for the kinds that have one.
    pub pin: Option<&'a str>,
    /// The whole line without its end. May hold secrets; see [`redacted`](Self::redacted).
    pub raw: &'a [u8],
}

impl std::fmt::Debug for OperLogLine<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("OperLogLine")
            .field(&self.redacted())
            .finish()
    }
}

/// An operation at the terminal: an `OPLOG` line.
///
/// Codes worth an alarm because they explain gaps and clock jumps: 13 data cleared, 21 time set, 22 factory reset,
/// 23 records deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation<'a> {
    /// What was done.
    pub code: u16,
    /// The administrator's PIN; `0` for nobody.
    pub admin: &'a str,
    /// The terminal's wall clock.
    pub time: NaiveDateTime,
    values: &'a [u8],
}

impl<'a> Operation<'a> {
    /// The values of the operation, usually four; their meaning depends on the code.
    pub fn values(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.values.split(|&byte| byte == b'\t')
    }
}

impl<'a> OperLogLine<'a> {
    fn read(raw: &'a [u8]) -> Self {
        let (word, rest) = split_word(raw);
        let kind = KINDS
            .iter()
            .find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()))
            .map_or(OperLogKind::Unknown, |(_, kind)| *kind);
        let pin = match kind {
            OperLogKind::OpLog => None,
            _ => pairs(rest)
                .find(|(key, _)| key.eq_ignore_ascii_case("PIN"))
                .map(|(_, pin)| pin)
                .filter(|pin| !pin.is_empty() && pin.len() <= 24 && !pin.chars().any(char::is_control)),
        };
        Self { kind, pin, raw }
    }

    /// The operation of an `OPLOG` line; `None` for the other kinds and for a line that cannot be read.
    #[must_use]
    pub fn operation(&self) -> Option<Operation<'a>> {
        if self.kind != OperLogKind::OpLog {
            return None;
        }
        let (_, rest) = split_word(self.raw);
        let mut columns = rest.splitn(4, |&byte| byte == b'\t');
        let code = std::str::from_utf8(columns.next()?).ok()?.trim().parse().ok()?;
        let admin = std::str::from_utf8(columns.next()?).ok()?;
        let time = time::parse(columns.next()?.trim_ascii())?;
        Some(Operation {
            code,
            admin,
            time,
            values: columns.next().unwrap_or_default(),
        })
    }

    /// What of the line may be stored: an `OPLOG` line as it is, a user without password and cards, and of anything
    /// else its kind, PIN and length.
    ///
    /// ```
    /// let body = b"USER PIN=7\tName=Ann\tPasswd=12345\tCard=[0102030405]\tGrp=1\n";
    /// let kept: Vec<_> = punchclock_adms::operlog::lines(body).map(|line| line.redacted()).collect();
    /// assert_eq!(kept, ["USER PIN=7\tName=Ann\tGrp=1\tlength=56"]);
    /// ```
    #[must_use]
    pub fn redacted(&self) -> String {
        // Only what reads as an operation is let through: "OPLOG" in front of a password does not make it one.
        if self.operation().is_some() && self.raw.len() <= MAX_OPLOG {
            return String::from_utf8_lossy(self.raw).into_owned();
        }
        let mut text = String::from(self.kind.name());
        let mut separator = ' ';
        let mut append = |text: &mut String, key: &str, value: &dyn std::fmt::Display| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{separator}{key}={value}");
            separator = '\t';
        };
        if let Some(pin) = self.pin {
            append(&mut text, "PIN", &pin);
        }
        if self.kind == OperLogKind::User {
            let readable = |(_, value): &(&str, &str)| !value.chars().any(char::is_control);
            for (key, value) in pairs(split_word(self.raw).1).filter(readable) {
                if let Some(key) = KEPT_USER_KEYS.iter().find(|kept| key.eq_ignore_ascii_case(kept)) {
                    append(&mut text, key, &value);
                }
            }
        }
        append(&mut text, "length", &self.raw.len());
        text
    }
}

/// The first word and what follows it.
fn split_word(raw: &[u8]) -> (&[u8], &[u8]) {
    let end = raw
        .iter()
        .position(|&byte| byte == b' ' || byte == b'\t')
        .unwrap_or(raw.len());
    let (word, rest) = raw.split_at_checked(end).unwrap_or((raw, &[]));
    (word, rest.get(1..).unwrap_or_default())
}

/// `key=value` pairs between TABs; a pair that is not UTF-8 is passed over.
fn pairs(rest: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    rest.split(|&byte| byte == b'\t')
        .filter_map(|pair| std::str::from_utf8(pair).ok())
        .filter_map(|pair| pair.trim_start().split_once('='))
}
