//! Every table as one stream of records and bad lines.

use super::Table;
use super::attlog::{self, AttLogLine};
use super::bad::{BadLine, BadLineReason};
use super::event::{DoorState, Event, Row};
use super::lines::Lines;
use super::operation::Operation;
use super::pairs::Pairs;
use super::photo::{self, Photo};
use super::picture::Picture;
use super::settings::{self, Setting};
use super::small::{ErrorEntry, IdCard, WorkCode};
use super::template::{Biometric, Template};
use super::user::User;

/// One record of an upload, borrowed from its body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "type", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Record<'a> {
    /// A punch.
    Punch(AttLogLine<'a>),
    /// An operation at the terminal.
    Operation(Operation<'a>),
    /// Somebody enrolled.
    User(User<'a>),
    /// A biometric template.
    Template(Template<'a>),
    /// A picture of a user.
    Picture(Picture<'a>),
    /// A photograph taken at a punch.
    Photo(Photo<'a>),
    /// A failure inside the terminal.
    Error(ErrorEntry<'a>),
    /// A setting of the terminal.
    Setting(Setting<'a>),
    /// Data of an identity card.
    IdCard(IdCard<'a>),
    /// A work code.
    WorkCode(WorkCode<'a>),
    /// An event at a door.
    Event(Event<'a>),
    /// The state of the doors.
    DoorState(DoorState<'a>),
    /// A row of another table of an access control terminal.
    Row(Row<'a>),
    /// A line of a table, or of a kind, that is not known here. Nothing is wrong with it as far as anybody can tell.
    Other(OtherLine<'a>),
}

/// A line of a table or kind that is not known here. `Debug` shows only its length: it may hold anything.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OtherLine<'a> {
    /// The line without its end.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::text::lossy"))]
    pub raw: &'a [u8],
}

impl std::fmt::Debug for OtherLine<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "OtherLine({} bytes)", self.raw.len())
    }
}

impl<'a> Record<'a> {
    /// A short name, one of a fixed set: fit for a metric's label.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Punch(_) => "punch",
            Self::Operation(_) => "operation",
            Self::User(_) => "user",
            Self::Template(_) => "template",
            Self::Picture(_) => "picture",
            Self::Photo(_) => "photo",
            Self::Error(_) => "error",
            Self::Setting(_) => "setting",
            Self::IdCard(_) => "id_card",
            Self::WorkCode(_) => "work_code",
            Self::Event(_) => "event",
            Self::DoorState(_) => "door_state",
            Self::Row(_) => "row",
            Self::Other(_) => "other",
        }
    }

    /// The person it is about, for the kinds that have one.
    #[must_use]
    pub fn pin(&self) -> Option<&str> {
        match self {
            Self::Punch(punch) => Some(punch.pin),
            Self::User(user) => Some(user.pin),
            Self::Template(template) => Some(template.pin),
            Self::Picture(picture) => Some(picture.pin),
            Self::Photo(photo) => photo.header.pin.as_deref(),
            Self::Event(event) => Some(event.pin).filter(|pin| !pin.is_empty()),
            Self::IdCard(card) => card.pin,
            Self::Row(row) => row.pin,
            Self::Operation(_)
            | Self::Error(_)
            | Self::Setting(_)
            | Self::WorkCode(_)
            | Self::DoorState(_)
            | Self::Other(_) => None,
        }
    }
}

/// The records of an upload, in order; a line that is no record is a [`BadLine`] and never costs its neighbours.
///
/// Every line that holds something is one item, so that their number is what to acknowledge once all are stored; in the
/// table `options` every setting is one, and a photograph is one. Nothing is copied from `body` but the few words in
/// front of a photograph.
///
/// ```
/// use punchclock_adms::{Record, Table, records};
/// let body = b"OPLOG 4\t14\t2015-07-30 10:22:34\t0\t0\t0\t0\nUSER PIN=7\tName=Ann\tPasswd=x\nNEWKIND a=1\n";
/// let names: Vec<_> = records(&Table::OperLog, body).map(|record| record.map(|record| record.name())).collect();
/// assert_eq!(names, [Ok("operation"), Ok("user"), Ok("other")]);
/// ```
#[must_use]
pub fn records<'a>(table: &Table<'_>, body: &'a [u8]) -> Records<'a> {
    let lines = |kind| Inner::Lines(kind, Lines::new(body));
    Records(match table {
        Table::AttLog => Inner::AttLog(attlog::lines(body)),
        Table::AttPhoto => Inner::Photo(Some(body).filter(|body| !body.is_empty())),
        Table::Options => Inner::Settings(settings::pairs(body)),
        Table::OperLog => lines(LineKind::Other),
        Table::BioData => lines(LineKind::Template(None)),
        Table::FingerTmp => lines(LineKind::Template(Some(Biometric::Fingerprint))),
        Table::Face => lines(LineKind::Template(Some(Biometric::Face))),
        Table::FVein => lines(LineKind::Template(Some(Biometric::FingerVein))),
        Table::UserInfo => lines(LineKind::User),
        Table::UserPic => lines(LineKind::Picture { is_biometric: false }),
        Table::BioPhoto => lines(LineKind::Picture { is_biometric: true }),
        Table::ErrorLog => lines(LineKind::Error),
        Table::IdCard => lines(LineKind::IdCard),
        Table::WorkCode => lines(LineKind::WorkCode),
        Table::RtLog => lines(LineKind::Event),
        Table::RtState => lines(LineKind::DoorState),
        Table::TableData(_) => lines(LineKind::Row),
        Table::FpImage | Table::Unknown(_) => lines(LineKind::Verbatim),
    })
}

/// The iterator of [`records`].
#[derive(Debug, Clone)]
pub struct Records<'a>(Inner<'a>);

#[derive(Debug, Clone)]
enum Inner<'a> {
    AttLog(attlog::Lines<'a>),
    Lines(LineKind, Lines<'a>),
    Settings(settings::Settings<'a>),
    Photo(Option<&'a [u8]>),
}

/// How a line is read.
#[derive(Debug, Clone, Copy)]
enum LineKind {
    Operation,
    User,
    Template(Option<Biometric>),
    Picture {
        is_biometric: bool,
    },
    Error,
    IdCard,
    WorkCode,
    Event,
    DoorState,
    Row,
    /// By the word in front of it, else unknown.
    Other,
    /// Unknown whatever stands in front of it.
    Verbatim,
}

/// The words that stand in front of a line where a table holds several kinds, or repeat the table's name.
const WORDS: [(&str, LineKind); 14] = [
    ("OPLOG", LineKind::Operation),
    ("USER", LineKind::User),
    ("USERINFO", LineKind::User),
    ("FP", LineKind::Template(Some(Biometric::Fingerprint))),
    ("FINGERTMP", LineKind::Template(Some(Biometric::Fingerprint))),
    ("FACE", LineKind::Template(Some(Biometric::Face))),
    ("FVEIN", LineKind::Template(Some(Biometric::FingerVein))),
    ("BIODATA", LineKind::Template(None)),
    ("USERPIC", LineKind::Picture { is_biometric: false }),
    ("BIOPHOTO", LineKind::Picture { is_biometric: true }),
    ("IDCARD", LineKind::IdCard),
    ("WORKCODE", LineKind::WorkCode),
    ("ERRORLOG", LineKind::Error),
    ("transaction", LineKind::Event),
];

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, BadLine<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Inner::AttLog(lines) => lines.next().map(|line| line.map(Record::Punch)),
            Inner::Lines(kind, lines) => {
                let raw = lines.next()?;
                Some(read(*kind, raw).map_err(|reason| BadLine::new(raw, reason)))
            }
            Inner::Settings(settings) => settings.next().map(|setting| setting.map(Record::Setting)),
            Inner::Photo(body) => {
                let body = body.take()?;
                Some(
                    photo::read(body)
                        .map(Record::Photo)
                        .map_err(|_| BadLine::new(body, BadLineReason::PhotoHeader)),
                )
            }
        }
    }
}

fn read(table: LineKind, raw: &[u8]) -> Result<Record<'_>, BadLineReason> {
    let other = Ok(Record::Other(OtherLine { raw }));
    if matches!(table, LineKind::Verbatim) {
        return other;
    }
    let (word, behind) = split_word(raw);
    // A first word with a `=` is a pair: the table is one kind, and nothing stands in front of its lines.
    let has_word = !word.is_empty() && !word.contains(&b'=');
    let named = WORDS
        .iter()
        .find(|(name, _)| has_word && word.eq_ignore_ascii_case(name.as_bytes()));
    let (kind, rest) = match (table, named) {
        // The rows of "acc" carry the names of their tables, which are other than those of "att".
        (LineKind::Row, Some((_, kind @ LineKind::Event))) => (*kind, behind),
        (LineKind::Row, _) => (table, if has_word { behind } else { raw }),
        (_, Some((_, kind))) => (*kind, behind),
        _ => (table, raw),
    };
    let pairs = Pairs::new(rest);
    match kind {
        LineKind::Operation => Operation::read(raw, rest).map(Record::Operation),
        LineKind::User => User::read(pairs).map(Record::User),
        LineKind::Template(kind) => Template::read(kind, pairs).map(Record::Template),
        LineKind::Picture { is_biometric } => Picture::read(is_biometric, pairs).map(Record::Picture),
        LineKind::Error => ErrorEntry::read(pairs).map(Record::Error),
        LineKind::IdCard => IdCard::read(pairs).map(Record::IdCard),
        LineKind::WorkCode => WorkCode::read(pairs).map(Record::WorkCode),
        LineKind::Event => Event::read(pairs).map(Record::Event),
        LineKind::DoorState => DoorState::read(pairs).map(Record::DoorState),
        LineKind::Row => {
            let name = if has_word {
                std::str::from_utf8(word).unwrap_or_default()
            } else {
                ""
            };
            Row::read(name, pairs).map(Record::Row)
        }
        LineKind::Other | LineKind::Verbatim => other,
    }
}

/// The first word and what follows it.
fn split_word(raw: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr2(b' ', b'\t', raw).unwrap_or(raw.len());
    let (word, rest) = raw.split_at_checked(end).unwrap_or((raw, &[]));
    (word, rest.get(1..).unwrap_or_default())
}
