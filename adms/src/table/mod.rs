//! The tables of an upload, and their records.

pub mod attlog;
mod bad;
mod event;
mod lines;
mod operation;
mod pairs;
pub mod photo;
mod picture;
mod pin;
mod record;
pub mod settings;
mod small;
mod template;
mod user;

pub use bad::{BadLine, BadLineReason};
pub use event::{DoorState, Event, Row};
pub use lines::count_lines;
pub use operation::Operation;
pub use pairs::{Pairs, is_secret_key};
pub use picture::Picture;
pub(crate) use pin::MAX_PIN;
pub use record::{OtherLine, Record, Records, records};
#[cfg(feature = "axum")]
pub(crate) use settings::Settings;
pub use small::{ErrorEntry, IdCard, WorkCode};
pub use template::{Biometric, Template};
pub use user::{User, card_number};

use crate::parameters::Parameters;

/// The table of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Table<'a> {
    /// `ATTLOG`: punches. See [`attlog`].
    AttLog,
    /// `OPERLOG`: what was done at the terminal, mixed with users, templates and pictures.
    OperLog,
    /// `BIODATA`: biometric templates of any kind.
    BioData,
    /// `ATTPHOTO`: a photograph taken at a punch.
    AttPhoto,
    /// `options`: the terminal's settings, its keys among them.
    Options,
    /// `ERRORLOG`: failures inside the terminal.
    ErrorLog,
    /// `IDCARD`: data of national identity cards.
    IdCard,
    /// `USERINFO`: users with passwords and card numbers.
    UserInfo,
    /// `FINGERTMP`: fingerprint templates.
    FingerTmp,
    /// `FACE`: face templates.
    Face,
    /// `FVEIN`: finger vein templates.
    FVein,
    /// `USERPIC`: photographs of users.
    UserPic,
    /// `BIOPHOTO`: photographs from which templates are made.
    BioPhoto,
    /// `WORKCODE`: work codes and their names.
    WorkCode,
    /// `rtlog`: door events of access control terminals.
    RtLog,
    /// `rtstate`: door states of access control terminals.
    RtState,
    /// `tabledata`: the named table of an access control terminal, users and templates among them.
    TableData(&'a str),
    /// `FPImage=`: the image of a finger.
    FpImage,
    /// Another table, by the name it was sent with; empty when there was none.
    Unknown(&'a str),
}

/// Name on the wire and table.
const NAMES: [(&str, Table<'static>); 17] = [
    ("ATTLOG", Table::AttLog),
    ("OPERLOG", Table::OperLog),
    ("BIODATA", Table::BioData),
    ("ATTPHOTO", Table::AttPhoto),
    ("options", Table::Options),
    ("ERRORLOG", Table::ErrorLog),
    ("IDCARD", Table::IdCard),
    ("USERINFO", Table::UserInfo),
    ("FINGERTMP", Table::FingerTmp),
    ("FACE", Table::Face),
    ("FVEIN", Table::FVein),
    ("USERPIC", Table::UserPic),
    ("BIOPHOTO", Table::BioPhoto),
    ("WORKCODE", Table::WorkCode),
    ("rtlog", Table::RtLog),
    ("rtstate", Table::RtState),
    ("FPImage", Table::FpImage),
];

impl<'a> Table<'a> {
    /// The table that a request names, or, in the dialect of 2008, means by the kind of its stamp.
    pub(crate) fn of(parameters: &Parameters<'a>) -> Option<Self> {
        if let Some(raw) = parameters.raw("table") {
            let name = parameters.get("table").unwrap_or_default();
            if name.trim().eq_ignore_ascii_case("tabledata") {
                return Some(Self::TableData(parameters.raw("tablename").unwrap_or_default()));
            }
            return Some(Self::named(&name).unwrap_or(Self::Unknown(raw)));
        }
        if let Some(raw) = parameters.raw("type") {
            let kind = parameters.get("type").unwrap_or_default();
            return Some(Self::named(&kind).unwrap_or(Self::Unknown(raw)));
        }
        if parameters.contains("FPImage") {
            return Some(Self::FpImage);
        }
        [
            ("Stamp", Table::AttLog),
            ("OpStamp", Table::OperLog),
            ("PhotoStamp", Table::AttPhoto),
        ]
        .into_iter()
        .find(|(stamp, _)| parameters.contains(stamp))
        .map(|(_, table)| table)
    }

    fn named(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name.trim()))
            .map(|(_, table)| *table)
    }

    /// The name on the wire; for an unknown table what the terminal sent, which is not fit for a metric's label.
    #[must_use]
    pub fn name(&self) -> &'a str {
        match self {
            Self::Unknown(name) => return name,
            Self::TableData(_) => return "tabledata",
            _ => {}
        }
        NAMES
            .iter()
            .find(|(_, table)| table == self)
            .map_or("", |(name, _)| name)
    }

    /// Whether the raw body may hold templates, photographs, passwords, card numbers or keys, and so must never be
    /// stored as it is; [`semantics::keep`](crate::semantics::keep) tells what may be.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        match self {
            Self::OperLog
            | Self::BioData
            | Self::AttPhoto
            | Self::Options
            | Self::IdCard
            | Self::UserInfo
            | Self::FingerTmp
            | Self::Face
            | Self::FVein
            | Self::UserPic
            | Self::BioPhoto
            | Self::FpImage
            | Self::TableData(_) => true,
            // Badge numbers stand in rtlog, but they are the punch: without them nothing is left of it.
            Self::AttLog
            | Self::ErrorLog
            | Self::WorkCode
            | Self::RtLog
            | Self::RtState
            | Self::Unknown(_) => false,
        }
    }

    /// How the terminal wants to be told that its records are safe (§1.5).
    #[must_use]
    pub const fn acknowledgement(&self) -> Acknowledgement<'a> {
        match self {
            Self::TableData(name) => Acknowledgement::Named(name),
            Self::AttPhoto
            | Self::Options
            | Self::RtLog
            | Self::RtState
            | Self::FpImage
            | Self::Unknown(_) => Acknowledgement::Bare,
            _ => Acknowledgement::Counted,
        }
    }
}

/// The form of an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Acknowledgement<'a> {
    /// `OK: n`. Some terminals take a bare `OK` for a failure and send 128 records again for ever.
    Counted,
    /// `OK`.
    Bare,
    /// `<tablename>=n`.
    Named(&'a str),
}
