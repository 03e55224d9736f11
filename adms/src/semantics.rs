//! What to answer, and what to keep, where the protocol leaves room for losing punches: pure functions, with the reasons.

use crate::dialect::Dialect;
use crate::options::HandshakeOptions;
use crate::reply::{Receipt, Reply};
use crate::request::Kind;
use crate::serial::Serial;
use crate::table::{BadLine, Pairs, Record, Table, is_secret_key};
use crate::text::Text;

/// Seconds between heartbeats of a terminal that nobody has approved: the longest that terminals take.
const PENDING_DELAY_S: u32 = 60;

/// Seconds between its tries to send.
const PENDING_ERROR_DELAY_S: u32 = 120;

/// The answer to a terminal that is not known, not approved, or switched off (§2.3, rule 6).
///
/// Whatever carries records gets 503, so that it keeps them. It is never acknowledged and dropped. The rest gets a
/// harmless answer and long delays, and no time zone, since none is known. Once the terminal is approved, its next
/// handshake (it shakes hands again after failed uploads) brings the site's options. A registration is not refused, which
/// some firmware takes for final: it waits.
pub fn for_unknown_serial(serial: &Serial, kind: &Kind<'_>) -> Reply {
    match kind {
        Kind::Handshake(handshake) if Dialect::announced(handshake) == Dialect::Acc => {
            Reply::acc_handshake(None)
        }
        Kind::Handshake(handshake) => Reply::handshake(
            serial,
            &HandshakeOptions::new()
                .with_push_version(handshake.push_version().as_deref())
                .with_delay_s(PENDING_DELAY_S)
                .with_error_delay_s(PENDING_ERROR_DELAY_S),
        ),
        Kind::GetRequest(_) | Kind::Ping | Kind::SelfService | Kind::KeyExchange => Reply::pong(),
        Kind::Verify => Reply::not_verified(),
        // Nobody gave it a command, so what it answers is somebody else's; there is nothing to lose.
        Kind::CommandResult => Reply::stored(Receipt::recorded()),
        // Of an unknown request nobody can say that it carries no records.
        _ => Reply::unavailable(),
    }
}

/// The answer while nothing can be stored: too much at once, a full disk, a store that fails (§2.3, rule 5).
///
/// Load is shed by delay, never by acknowledging. Heartbeats stay cheap, so that terminals do not give up on the server.
pub fn for_overload(kind: &Kind<'_>) -> Reply {
    match kind {
        Kind::GetRequest(_) | Kind::Ping | Kind::SelfService | Kind::KeyExchange => Reply::pong(),
        Kind::Verify => Reply::not_verified(),
        _ => Reply::unavailable(),
    }
}

/// The answer to a body that ended before its `Content-Length` (§2.3, rule 4): nothing is parsed, nothing acknowledged,
/// and the terminal sends it whole the next time.
pub fn for_short_body() -> Reply {
    Reply::bad_request()
}

/// The answer to a body that is larger than the server takes, once its length and digest are stored and an alarm is
/// raised.
///
/// A picture or template comes again for ever unless it is acknowledged, and its loss is no lost punch: it is
/// acknowledged. What may hold punches or events is refused, for ever if need be; somebody must look at it.
pub fn for_oversize(table: &Table<'_>, digest_stored: Receipt) -> Reply {
    if may_hold_punches(table) {
        Reply::too_large()
    } else {
        Reply::stored(digest_stored)
    }
}

/// Whether losing a body of this table could lose a punch or an event.
#[must_use]
pub const fn may_hold_punches(table: &Table<'_>) -> bool {
    match table {
        Table::AttLog
        | Table::RtLog
        | Table::TableData(_)
        | Table::Unknown(_)
        // Operations explain gaps in the log.
        | Table::OperLog => true,
        Table::BioData
        | Table::AttPhoto
        | Table::Options
        | Table::ErrorLog
        | Table::IdCard
        | Table::UserInfo
        | Table::FingerTmp
        | Table::Face
        | Table::FVein
        | Table::UserPic
        | Table::BioPhoto
        | Table::WorkCode
        | Table::RtState
        | Table::FpImage => false,
    }
}

/// The dialect of a terminal: what an administrator decided, else what its handshake announces, else what is stored from
/// an earlier one, else what the request implies; `att` if nothing says more. Store the answer.
///
/// A handshake outweighs the store because firmware updates change dialects; anything else does not, because it only
/// implies one.
#[must_use]
pub fn dialect(decided: Option<Dialect>, stored: Option<Dialect>, kind: &Kind<'_>) -> Dialect {
    let announced = match kind {
        Kind::Handshake(handshake) => Some(Dialect::announced(handshake)),
        _ => None,
    };
    decided
        .or(announced)
        .or(stored)
        .or_else(|| Dialect::implied_by(kind))
        .unwrap_or(Dialect::Att)
}

/// What may be stored of an item of an upload.
///
/// Punches and operations are kept as they were sent. Of users, events, settings and rows what is no password, card number,
/// key or template is kept; of templates, pictures and identity cards the PIN and the length, and nothing else; of a
/// line that could not be read all of it where the table holds no secrets, else only its length and the reason.
///
/// The text is one line.
///
/// ```
/// use punchclock_adms::{Table, records, semantics};
/// let body = b"USER PIN=7\tName=Ann\tPasswd=12345\tCard=[0102030405]\tGrp=1\n";
/// let kept: Vec<_> = records(&Table::OperLog, body).map(|item| semantics::keep(&Table::OperLog, &item)).collect();
/// assert_eq!(kept, ["USER\tPIN=7\tName=Ann\tGrp=1\tlength=56"]);
/// ```
#[must_use]
pub fn keep(table: &Table<'_>, item: &Result<Record<'_>, BadLine<'_>>) -> String {
    let mut text = String::new();
    let length = match item {
        Ok(Record::Punch(punch)) => return one_line(punch.raw),
        Ok(Record::Operation(operation)) => return one_line(operation.raw()),
        Ok(Record::User(user)) => {
            text.push_str("USER");
            user.pairs.redacted(&mut text);
            word_length("USER ", user.pairs.as_bytes())
        }
        Ok(Record::Template(template)) => {
            text.push_str("TEMPLATE");
            push(&mut text, "PIN", template.pin);
            template.pairs.as_bytes().len()
        }
        Ok(Record::Picture(picture)) => {
            text.push_str("PICTURE");
            push(&mut text, "PIN", picture.pin);
            picture.content.len()
        }
        Ok(Record::Photo(photo)) => {
            text.push_str("ATTPHOTO");
            push(&mut text, "PIN", photo.header.pin.as_deref().unwrap_or_default());
            push(&mut text, "file", &photo.header.file_name);
            photo.image.len()
        }
        Ok(Record::IdCard(card)) => {
            text.push_str("IDCARD");
            push(&mut text, "PIN", card.pin.unwrap_or_default());
            card.pairs.as_bytes().len()
        }
        Ok(Record::Setting(setting)) => {
            let value = setting.value.to_str();
            // A TAB in a setting is somebody else's line, a user's with a password perhaps.
            if setting.is_secret() || value.chars().any(char::is_control) {
                return format!("{}=…", one_line(setting.key.as_bytes()));
            }
            push(&mut text, setting.key, &value);
            return text.trim_start().to_owned();
        }
        // Any of these may stand in a table of templates, and carry one.
        Ok(Record::Error(entry)) => return pairs("ERRORLOG", entry.pairs),
        Ok(Record::WorkCode(code)) => return pairs("WORKCODE", code.pairs),
        Ok(Record::Event(event)) => return pairs("EVENT", event.pairs),
        Ok(Record::DoorState(state)) => return pairs("STATE", state.pairs),
        Ok(Record::Row(row)) => {
            text.push_str(&one_line(row.table.as_bytes()));
            row.pairs.redacted(&mut text);
            row.pairs.as_bytes().len()
        }
        Ok(Record::Other(line)) => return raw_line(table, line.raw, "unknown"),
        Err(bad) => return raw_line(table, bad.raw, &bad.reason.to_string()),
    };
    push(&mut text, "length", &length.to_string());
    text
}

/// The pairs that are no secrets.
fn pairs(kind: &str, pairs: Pairs<'_>) -> String {
    let mut text = kind.to_owned();
    pairs.redacted(&mut text);
    text
}

/// A line that nobody could read: as it is where its table holds no secrets.
fn raw_line(table: &Table<'_>, raw: &[u8], why: &str) -> String {
    if table.is_secret() {
        return format!("{why}\tlength={}", raw.len());
    }
    one_line(raw)
}

/// `bytes` as text, in one line.
fn one_line(bytes: &[u8]) -> String {
    Text::new(bytes).to_str().replace(['\n', '\r', '\0'], " ")
}

fn push(text: &mut String, key: &str, value: &str) {
    if !value.is_empty() && !is_secret_key(key) {
        text.push('\t');
        text.push_str(key);
        text.push('=');
        text.push_str(&value.replace(|character: char| character.is_control(), " "));
    }
}

const fn word_length(word: &str, rest: &[u8]) -> usize {
    word.len().saturating_add(rest.len())
}
