//! What holds for every input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is the point of a test"
)]

use proptest::prelude::*;
use punchclock_adms::{
    BodyError, Charset, Dialect, HandshakeOptions, Incoming, Kind, Receipt, Record, Reply, RequestError,
    Serial, Table, attlog, command, parse, photo, records, semantics, settings,
};

/// Lines made of the bytes that matter, so that random bodies come near to real ones.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\t".to_vec()),
        Just(b"7".to_vec()),
        Just(b"2024-02-29 08:00:00".to_vec()),
        Just(b"2023-02-29 08:00:00".to_vec()),
        Just(b"OPLOG 4".to_vec()),
        Just(b"USER PIN=7".to_vec()),
        Just(b"\tPasswd=x".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..6),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn table() -> impl Strategy<Value = Table<'static>> {
    prop_oneof![
        Just(Table::AttLog),
        Just(Table::OperLog),
        Just(Table::BioData),
        Just(Table::AttPhoto),
        Just(Table::Options),
        Just(Table::ErrorLog),
        Just(Table::IdCard),
        Just(Table::UserInfo),
        Just(Table::FingerTmp),
        Just(Table::UserPic),
        Just(Table::WorkCode),
        Just(Table::RtLog),
        Just(Table::RtState),
        Just(Table::TableData("user")),
        Just(Table::Unknown("NEW")),
    ]
}

/// How many lines hold something, counted in the plainest way.
fn count(body: &[u8]) -> usize {
    body.split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty() && *line != b"\r")
        .count()
}

proptest! {
    #[test]
    fn records_and_bad_lines_are_all_lines(body in body()) {
        let (good, bad): (Vec<_>, Vec<_>) = attlog::lines(&body).partition(Result::is_ok);
        prop_assert_eq!(good.len() + bad.len(), count(&body));
        for line in good.into_iter().flatten() {
            prop_assert!(!line.pin.trim().is_empty());
            prop_assert_eq!(line.columns().next().unwrap(), line.pin.as_bytes());
        }
    }

    #[test]
    fn a_line_does_not_depend_on_its_neighbours(first in body(), second in body()) {
        let mut both = first.clone();
        both.push(b'\n');
        both.extend_from_slice(&second);
        let apart: Vec<_> = attlog::lines(&first).chain(attlog::lines(&second)).collect();
        // A CR before the joint is the end of the first body's last line.
        prop_assert_eq!(attlog::lines(&both).collect::<Vec<_>>(), apart);
    }

    #[test]
    fn every_line_of_every_table_is_one_item_and_nothing_kept_of_it_is_secret(body in body(), table in table()) {
        let items: Vec<_> = records(&table, &body).collect();
        match table {
            // Their items are no lines.
            Table::Options | Table::AttPhoto => {}
            _ => prop_assert_eq!(items.len(), count(&body)),
        }
        for item in items {
            let kept = semantics::keep(&table, &item);
            prop_assert!(!kept.contains('\n'));
            let secret = table != Table::AttLog && !matches!(item, Ok(Record::Operation(_))) && table.is_secret();
            prop_assert!(!secret || !kept.contains("Passwd=x"), "{}", kept);
        }
    }

    #[test]
    fn a_record_does_not_depend_on_its_neighbours(first in body(), second in body(), table in table()) {
        prop_assume!(!matches!(table, Table::AttPhoto));
        let mut both = first.clone();
        both.push(b'\n');
        both.extend_from_slice(&second);
        let apart: Vec<_> = records(&table, &first).chain(records(&table, &second)).collect();
        prop_assert_eq!(records(&table, &both).collect::<Vec<_>>(), apart);
    }

    #[test]
    fn no_request_panics(
        method in prop_oneof![Just("GET".to_owned()), Just("POST".to_owned()), ".*"],
        target in prop_oneof![
            ".*",
            "/(api/)?iclock/(cdata|getrequest|devicecmd|ping|fdata|push|registry|querydata|rtdata|exchange)(\\.aspx)?/?\\?(SN=[A-Za-z0-9]{0,70})?(&[A-Za-z]{1,12}=[%0-9a-zA-Z+:]{0,9}){0,5}",
        ],
        header in prop_oneof![Just("Content-Length"), Just("Transfer-Encoding"), Just("Host")],
        value in prop_oneof![Just(b"chunked".to_vec()), "[0-9]{0,4}".prop_map(String::into_bytes), proptest::collection::vec(any::<u8>(), 0..9)],
        body in body(),
    ) {
        let headers = [(header, value.as_slice())];
        let incoming = Incoming { method: &method, target: &target, headers: &headers, body: &body };
        match parse(&incoming) {
            Ok(whole) => {
                let request = &whole.request;
                prop_assert!(!request.serial.as_str().is_empty());
                let kind = &request.kind;
                for reply in [semantics::for_unknown_serial(&request.serial, kind), semantics::for_overload(kind)] {
                    // Records of a terminal that is not known, or that cannot be stored, are never acknowledged.
                    if matches!(kind, Kind::Upload(_) | Kind::QueryData(_) | Kind::Registry | Kind::Unknown) {
                        prop_assert_eq!(reply.status, 503);
                        prop_assert!(!reads_as_success(&reply));
                    }
                }
                if let Kind::GetRequest(heartbeat) = kind {
                    let _ = heartbeat.info();
                }
                for result in command::results(&whole.body, &request.parameters) {
                    prop_assert!(!result.id.is_empty());
                    let _ = result.settings().count();
                }
                let _ = settings::pairs(&whole.body).count();
                let _ = semantics::dialect(None, None, kind);
                let _ = format!("{whole:?}");
            }
            Err(error) => prop_assert!(!reads_as_success(&error.reply())),
        }
    }

    #[test]
    fn a_photograph_is_the_same_however_it_is_cut(
        image in proptest::collection::vec(any::<u8>(), 0..200),
        cuts in proptest::collection::vec(0_usize..260, 0..6),
    ) {
        let mut body = b"PIN=20260302080000-7.jpg\nSN=A1\nsize=9\nCMD=uploadphoto\0".to_vec();
        body.extend_from_slice(&image);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(body.len())).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        let mut reader = photo::Reader::new();
        let mut read = Vec::new();
        for pair in cuts.windows(2) {
            read.extend_from_slice(reader.feed(&body[pair[0]..pair[1]]).unwrap());
        }
        prop_assert_eq!(&read, &image);
        prop_assert_eq!(photo::read(&body).unwrap().image.expose(), &image[..]);
        prop_assert_eq!(reader.finish().unwrap().length, image.len() as u64);
    }

    #[test]
    fn a_body_is_the_same_however_it_is_chunked(body in body(), sizes in proptest::collection::vec(1_usize..40, 1..9)) {
        prop_assume!(!body.starts_with(&[0x1f, 0x8b]));
        let mut raw = Vec::new();
        let (mut rest, mut sizes) = (&body[..], sizes.into_iter().cycle());
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(sizes.next().unwrap().min(rest.len()));
            raw.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            raw.extend_from_slice(chunk);
            raw.extend_from_slice(b"\r\n");
            rest = after;
        }
        raw.extend_from_slice(b"0\r\n\r\n");
        let headers: [(&str, &[u8]); 1] = [("Transfer-Encoding", b"chunked")];
        let decoded = punchclock_adms::body::decode(&headers, &raw, 0).unwrap();
        prop_assert_eq!(&*decoded, &body[..]);
        // Cut off anywhere it is no body.
        let cut = punchclock_adms::body::decode(&headers, &raw[..raw.len() - 5], 0);
        prop_assert_eq!(cut, Err(BodyError::Chunk));
    }

    #[test]
    fn an_acknowledgement_names_the_lines(lines in any::<usize>()) {
        prop_assert_eq!(Reply::stored(Receipt::stored(&Table::AttLog, lines)).body, format!("OK: {lines}").into_bytes());
        let table = Table::TableData("user");
        prop_assert_eq!(Reply::stored(Receipt::stored(&table, lines)).body, format!("user={lines}").into_bytes());
    }

    #[test]
    fn options_are_one_pair_a_line(minutes in -900_i32..900, delay in any::<u32>(), version in proptest::option::of(".*")) {
        let options = HandshakeOptions::new()
            .with_time_zone_minutes(minutes)
            .with_delay_s(delay)
            .with_push_version(version.as_deref());
        let body = String::from_utf8(Reply::handshake(&"A1".parse().unwrap(), &options).body).unwrap();
        prop_assert!(body.ends_with('\n'));
        for line in body.lines().skip(1) {
            prop_assert!(line.split_once('=').is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_alphabetic())), "{}", line);
        }
    }

    #[test]
    fn a_serial_is_itself(serial in "[A-Za-z0-9_-]{1,64}", other in ".*") {
        prop_assert_eq!(serial.parse::<Serial>().unwrap().to_string(), serial);
        if let Ok(serial) = other.parse::<Serial>() {
            prop_assert!(serial.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)));
        }
    }
}

#[cfg(feature = "sim")]
mod encoded {
    use chrono::{DateTime, NaiveDateTime};
    use punchclock_adms::sim::{Columns, Record};

    use super::*;

    fn record() -> impl Strategy<Value = Record> {
        // Year 0 to 9999, every second of it.
        let time = (-62_167_219_200_i64..253_402_300_800)
            .prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap().naive_utc());
        ("[0-9A-Za-z\u{e9}\u{4e2d}]{1,24}", time, any::<u8>(), any::<u8>()).prop_map(
            |(pin, time, status, verify): (String, NaiveDateTime, u8, u8)| Record {
                pin,
                time,
                status,
                verify,
            },
        )
    }

    proptest! {
        #[test]
        fn what_a_terminal_writes_is_what_is_read(records in proptest::collection::vec(record(), 0..20)) {
            for columns in Columns::ALL {
                let body: String = records.iter().enumerate().map(|(number, record)| columns.encode(record, number)).collect();
                let read: Vec<_> = attlog::lines(body.as_bytes()).map(Result::unwrap).collect();
                prop_assert_eq!(read.len(), records.len());
                for (line, record) in read.iter().zip(&records) {
                    prop_assert_eq!(line.pin, &record.pin);
                    prop_assert_eq!(line.time, record.time);
                    let known = columns != Columns::Two;
                    prop_assert_eq!(line.status, known.then_some(record.status));
                    prop_assert_eq!(line.verify, known.then_some(record.verify));
                }
            }
        }
    }
}

fn reads_as_success(reply: &Reply) -> bool {
    reply.status == 200
        || String::from_utf8_lossy(&reply.body)
            .to_ascii_lowercase()
            .contains("ok")
}

#[test]
fn no_error_can_be_read_as_success() {
    let serial = "".parse::<Serial>().unwrap_err();
    let errors = [
        RequestError::TargetTooLong {
            length: 9000,
            limit: 8192,
        },
        RequestError::Method,
        RequestError::NotIclock,
        RequestError::MissingSerial,
        RequestError::InvalidSerial(serial),
        RequestError::Body(BodyError::Chunk),
        RequestError::Body(BodyError::TooLarge { limit: 1 }),
    ];
    let replies = errors.iter().map(RequestError::reply);
    for reply in replies.chain([
        Reply::unavailable(),
        Reply::bad_request(),
        Reply::too_large(),
        Reply::registry_refused(),
    ]) {
        assert!(!reads_as_success(&reply) && !reply.body.is_empty(), "{reply:?}");
        assert!(reply.status >= 400);
    }
}

#[test]
fn commands_are_lines_and_no_command_is_a_bare_word() {
    let commands = [
        command::Command::new(7, command::Action::Log),
        command::Command::new(u32::MAX, command::Action::Check),
    ];
    let encoded: Vec<_> = commands
        .iter()
        .map(|command| command.encode(Dialect::Att, Charset::Utf8).unwrap())
        .collect();
    assert_eq!(Reply::commands(&encoded).body, b"C:7:LOG\nC:4294967295:CHECK\n");
    assert_eq!(Reply::commands([]).body, b"OK");
}

#[test]
fn a_table_whose_name_is_none_is_not_repeated() {
    for name in ["", "a=b", "user\n", "%0a", &"x".repeat(33)] {
        assert_eq!(
            Reply::stored(Receipt::stored(&Table::TableData(name), 3)).body,
            b"OK"
        );
    }
}
