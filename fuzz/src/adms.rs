//! The HTTP push protocol: requests, every table, commands, answers in packets.

use chrono::{DateTime, TimeDelta, Utc};
use punchclock_adms::command::{
    Action, Base64, Command, CommandQueue, Field, OptionKey, OptionValue, Outcome, Pin, QueuePolicy, State,
    TableName, UserUpdate, results,
};
use punchclock_adms::querydata::{JoinLimits, Joined, Joiner};
use punchclock_adms::{
    Charset, Dialect, Incoming, Kind, MAX_TARGET, Receipt, Record, Reply, Table, attlog, body, count_lines,
    parse, parse_head, photo, records, semantics, settings,
};

use crate::Feed;

/// Any request is read or refused, and no reply to an unknown terminal lets it believe that its records are safe.
///
/// Bytes: a line `METHOD target`, then lines `Name: value` up to an empty one, then the body.
pub fn request(data: &[u8]) {
    let (line, mut rest) = split_at(data, b'\n');
    let line = String::from_utf8_lossy(line);
    let (method, target) = line.split_once(' ').unwrap_or(("GET", &line));
    let mut headers: Vec<(String, &[u8])> = Vec::new();
    loop {
        let (line, after) = split_at(rest, b'\n');
        if line.is_empty() || headers.len() == 16 {
            rest = after;
            break;
        }
        let (name, value) = split_at(line, b':');
        headers.push((String::from_utf8_lossy(name).into_owned(), value));
        rest = after;
    }
    let headers: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), *value))
        .collect();
    // A small limit, so that a bomb shows within the fuzzer's memory.
    let limit = 1 << 16;
    if let Ok(decoded) = body::decode(&headers, rest, limit) {
        assert!(decoded.len() <= rest.len().max(limit));
    }
    let incoming = Incoming {
        method,
        target,
        headers: &headers,
        body: rest,
    };
    let whole = match parse(&incoming) {
        Ok(whole) => whole,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(!confirms(&error.reply()), "a refusal is no success");
            return;
        }
    };
    let request = &whole.request;
    assert_eq!(parse_head(method, target).as_ref(), Ok(request));
    assert!(target.len() <= MAX_TARGET);
    let serial = request.serial.as_str();
    assert!(!serial.is_empty() && serial.len() <= 64);
    assert!(
        serial
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    );
    assert!(!format!("{whole:?}").is_empty());
    assert!(target.contains(request.prefix.as_str()));

    let kind = &request.kind;
    let _ = (
        kind.name(),
        Dialect::implied_by(kind),
        semantics::dialect(None, None, kind),
    );
    for reply in [
        semantics::for_unknown_serial(&request.serial, kind),
        semantics::for_overload(kind),
    ] {
        if matches!(
            kind,
            Kind::Upload(_) | Kind::QueryData(_) | Kind::Registry | Kind::Unknown
        ) {
            assert!(!confirms(&reply), "what is not stored is not acknowledged");
        }
    }
    match kind {
        Kind::Handshake(handshake) => {
            let _ = (
                handshake.push_version(),
                handshake.device_type(),
                handshake.language(),
            );
        }
        Kind::GetRequest(heartbeat) => {
            let _ = heartbeat.info();
        }
        Kind::Upload(upload) => {
            // Whatever the name of the table, the reply is one line.
            let reply = Reply::stored(Receipt::stored(&upload.table, 3));
            assert!(reply.status == 200 && !reply.body.contains(&b'\n'));
            table(&upload.table, &whole.body);
        }
        Kind::QueryData(packet) => table(&packet.as_table(), &whole.body),
        Kind::Registry => table(&Table::Options, &whole.body),
        Kind::CommandResult => {
            for result in results(&whole.body, &request.parameters) {
                assert!(!result.id.is_empty() && !result.id.contains('\n'));
                assert!(!result.command.as_bytes().contains(&b'\n'));
                assert!(result.settings().count() <= whole.body.len());
            }
        }
        _ => {}
    }
}

/// Whether a terminal would take the reply for success: status 200 with the letters `OK` anywhere.
fn confirms(reply: &Reply) -> bool {
    reply.status == 200
        && reply
            .body
            .to_ascii_uppercase()
            .windows(2)
            .any(|letters| letters == b"OK")
}

/// Every table by the first byte.
const TABLES: [Table<'static>; 20] = [
    Table::AttLog,
    Table::OperLog,
    Table::BioData,
    Table::AttPhoto,
    Table::Options,
    Table::ErrorLog,
    Table::IdCard,
    Table::UserInfo,
    Table::FingerTmp,
    Table::Face,
    Table::FVein,
    Table::UserPic,
    Table::BioPhoto,
    Table::WorkCode,
    Table::RtLog,
    Table::RtState,
    Table::TableData("transaction"),
    Table::TableData("user"),
    Table::FpImage,
    Table::Unknown("NEW"),
];

/// Any body of any table: an item for every line, good or bad; no line depends on its neighbours; what may be kept is one
/// line without secrets.
///
/// Bytes: which of [`TABLES`] (a letter from `A` on, else any byte modulo their number), then the body.
pub fn tables(data: &[u8]) {
    let Some((first, body)) = data.split_first() else {
        return;
    };
    let at = usize::from(first.wrapping_sub(b'A')) % TABLES.len();
    table(&TABLES[at], body);
}

fn table(table: &Table<'_>, body: &[u8]) {
    let items: Vec<_> = records(table, body).collect();
    if *table == Table::AttPhoto {
        photograph(body);
    } else if *table == Table::Options {
        let read = settings::pairs(body).filter(|item| item.is_ok()).count();
        assert_eq!(items.iter().filter(|item| item.is_ok()).count(), read);
    } else {
        assert_eq!(items.len(), count_lines(body));
    }
    for item in &items {
        let kept = semantics::keep(table, item);
        assert!(!kept.contains(['\n', '\r']));
        assert!(!format!("{item:?}").is_empty());
        match item {
            Ok(Record::Punch(punch)) => {
                assert!(!punch.pin.trim().is_empty());
                let _ = punch.details();
                let named = if punch.extra.is_empty() { 0 } else { 5 };
                assert!(named == 0 || punch.extra.iter().count() + named == punch.columns().count());
            }
            Ok(Record::Operation(operation)) => {
                let _ = (operation.meaning(), operation.values().count());
            }
            Ok(Record::Event(event)) => assert!(!event.is_attendance() || !event.pin.trim().is_empty()),
            Ok(record) => {
                let _ = (record.name(), record.pin());
            }
            Err(bad) => {
                assert!(!bad.raw.is_empty());
                assert!(!bad.reason.to_string().is_empty());
            }
        }
        // A name may say "Passwd="; no column may be called so.
        let is_secret = |column: &str| {
            let column = column.trim_start().to_ascii_lowercase();
            // What is shown of a setting's secret is an ellipsis.
            ["passwd=", "card=", "vicecard=", "tmp=", "content="]
                .iter()
                .any(|key| column.strip_prefix(key).is_some_and(|value| value != "…"))
        };
        let verbatim = matches!(item, Ok(Record::Operation(_)));
        if table.is_secret() && !verbatim {
            assert!(!kept.split('\t').any(is_secret), "{kept}");
        }
    }
    // Sent in two requests instead of one, the same.
    let ends: Vec<usize> = (1..=body.len()).filter(|end| body[end - 1] == b'\n').collect();
    if let Some(end) = ends.get(ends.len() / 2).filter(|_| *table != Table::AttPhoto) {
        let (first, second) = body.split_at(*end);
        assert!(records(table, first).chain(records(table, second)).eq(items));
    }
    if *table == Table::AttLog {
        assert!(attlog::lines(body).count() == count_lines(body));
    }
}

/// A photograph is the same in one piece and in many.
fn photograph(body: &[u8]) {
    let whole = photo::read(body);
    let mut reader = photo::Reader::new();
    let mut image = Vec::new();
    let mut failed = false;
    for piece in body.chunks(5) {
        match reader.feed(piece) {
            Ok(part) => image.extend_from_slice(part),
            Err(_) => {
                failed = true;
                break;
            }
        }
    }
    match whole {
        Ok(photo) => {
            assert!(!failed);
            assert_eq!(photo.image.expose(), image);
            assert_eq!(reader.finish().map(|ended| ended.header), Ok(photo.header));
        }
        Err(_) => assert!(failed || reader.finish().is_err()),
    }
}

/// A queue of commands with any values, results and time: what is sent is one line a command, what is confirmed was sent,
/// and nothing that is done is undone.
///
/// Bytes: operations, each a byte and its values; see [`Feed`].
pub fn commands(data: &[u8]) {
    let mut feed = Feed::new(data);
    let mut now: DateTime<Utc> = DateTime::UNIX_EPOCH;
    let mut queue = CommandQueue::new(QueuePolicy {
        entries: 20,
        reply_bytes: 400,
        ..QueuePolicy::default()
    });
    while !feed.is_empty() {
        match feed.below(6) {
            0 | 1 => {
                if let Some(action) = action(&mut feed) {
                    let _ = queue.give(action, now);
                }
            }
            2 => {
                let dialect = Dialect::ALL[usize::from(feed.below(4))];
                let charset = Charset::of_language(Some(u16::from(feed.below(2)) + 82));
                let before: Vec<State> = queue.entries().map(|entry| entry.state).collect();
                let taken = queue.take(now, dialect, charset);
                for line in &taken {
                    let line = line.as_bytes();
                    assert!(line.starts_with(b"C:") && line.ends_with(b"\n"));
                    assert!(
                        !line[..line.len() - 1]
                            .iter()
                            .any(|byte| [b'\n', b'\r', 0].contains(byte))
                    );
                }
                let sent = queue
                    .entries()
                    .zip(before)
                    .filter(|(entry, before)| {
                        entry.state == State::Sent && (*before == State::Pending || entry.sent == Some(now))
                    })
                    .count();
                assert!(taken.len() <= sent);
                assert_eq!(Reply::commands(&taken).body == b"OK", taken.is_empty());
            }
            3 => {
                let length = usize::from(feed.below(64));
                let text = feed.bytes(length);
                // The results that a terminal would send, of this or any id.
                let request = parse_head("POST", "/iclock/devicecmd?SN=A1").expect("a request");
                for result in results(text, &request.parameters) {
                    let before = queue
                        .entries()
                        .find(|entry| entry.command.id.as_str() == result.id)
                        .cloned();
                    let outcome = queue.settle(&result);
                    assert_eq!(before.is_none(), outcome == Outcome::Unknown && before.is_none());
                    if let Some(before) = before {
                        if before.state == State::Confirmed {
                            assert_eq!(outcome, Outcome::Repeated);
                        }
                        if outcome == Outcome::Confirmed {
                            assert!(before.tries > 0, "confirmed is only what was sent");
                        }
                    }
                }
            }
            4 => now += TimeDelta::seconds(i64::from(feed.number::<u16>())),
            _ => {
                let id = u32::from(feed.below(24)).into();
                let pending = queue.get(&id).is_some_and(|entry| entry.state == State::Pending);
                assert_eq!(queue.cancel(&id), pending);
            }
        }
        assert!(queue.entries().count() <= 20);
        // Kept and restored, it is the same.
        let restored = CommandQueue::restore(
            QueuePolicy::default(),
            queue.entries().cloned().collect(),
            queue.next_number(),
        );
        assert!(restored.entries().eq(queue.entries()));
        assert_eq!(restored.next_number(), queue.next_number());
    }
}

/// A command with values from the feed; `None` where a value is refused.
fn action(feed: &mut Feed<'_>) -> Option<Action> {
    let length = usize::from(feed.below(40));
    let text = String::from_utf8_lossy(feed.bytes(length)).into_owned();
    let pin: Result<Pin, _> = text.parse();
    let field: Result<Field, _> = text.parse();
    Some(match feed.below(12) {
        0 => Action::Log,
        1 => Action::Check,
        2 => Action::Info,
        3 => Action::Reboot,
        4 => Action::SetOption("Delay".parse().ok()?, text.parse::<OptionValue>().ok()?),
        5 => Action::GetOption(text.parse::<OptionKey>().ok()?),
        6 => Action::UpdateUser(UserUpdate::new("7".parse().ok()?).with_name(field.ok()?)),
        7 => Action::DeleteUser(pin.ok()?),
        8 => Action::QueryTable(text.parse::<TableName>().ok()?),
        9 => Action::OpenDoor {
            door: feed.number(),
            seconds: feed.number(),
        },
        10 => Action::EnrollFingerprint {
            pin: pin.ok()?,
            finger: feed.number(),
            retries: 3,
            overwrite: true,
        },
        _ => Action::UpdateFingerprint {
            pin: "7".parse().ok()?,
            finger: 1,
            template: Base64::new(&text).ok()?,
        },
    })
    .inspect(|action| {
        let command = Command::new(1, action.clone());
        for dialect in Dialect::ALL {
            for charset in [Charset::Utf8, Charset::Gb18030] {
                if let Ok(line) = command.encode(dialect, charset) {
                    assert_eq!(line.as_bytes().iter().filter(|byte| **byte == b'\n').count(), 1);
                }
            }
        }
    })
}

/// Packets of answers in any order, twice, with contradictions: joined as they belong, or refused; never more held than
/// allowed.
///
/// Bytes: packets, each command (2), index, count, seconds since the last one, length, body; see [`Feed`].
pub fn querydata(data: &[u8]) {
    let mut feed = Feed::new(data);
    let limits = JoinLimits {
        answers: 3,
        packets: 9,
        bytes: 200,
        ttl: TimeDelta::seconds(60),
    };
    let mut joiner = Joiner::new(limits);
    let serial = "A1".parse().expect("a serial");
    let mut now: DateTime<Utc> = DateTime::UNIX_EPOCH;
    while !feed.is_empty() {
        let (command, index, count) = (feed.below(4), feed.below(12), feed.below(12));
        now += TimeDelta::seconds(i64::from(feed.below(90)));
        let length = usize::from(feed.below(80));
        let body = feed.bytes(length);
        let target = format!(
            "/iclock/querydata?SN=A1&type=tabledata&cmdid={command}&tablename=transaction&count=1&packcnt={count}&packidx={index}"
        );
        let request = parse_head("POST", &target).expect("a request");
        let Kind::QueryData(packet) = request.kind else {
            panic!("a packet")
        };
        match joiner.add(&serial, &packet, body, now) {
            Ok(Joined::Complete(joined)) => {
                assert!(count < 2 || joined.len() <= limits.bytes);
                assert!(count > 1 || joined == body);
                table(&packet.as_table(), &joined);
            }
            Ok(_) => assert!(index <= count && count <= 9),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        assert!(joiner.held_bytes() <= limits.bytes && joiner.waiting() <= limits.answers);
    }
    joiner.expire(now + TimeDelta::seconds(61));
    assert_eq!((joiner.waiting(), joiner.held_bytes()), (0, 0));
}

fn split_at(data: &[u8], end: u8) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == end) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &[]),
    }
}
