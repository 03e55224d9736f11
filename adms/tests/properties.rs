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
    Command, HandshakeOptions, Incoming, Kind, Receipt, Reply, RequestError, Serial, Verb, attlog, operlog,
    parse, result, semantics,
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
    fn operations_count_all_lines_and_show_no_password(body in body()) {
        let lines: Vec<_> = operlog::lines(&body).collect();
        prop_assert_eq!(lines.len(), count(&body));
        for line in lines {
            let redacted = line.redacted();
            prop_assert!(!redacted.contains('\n'));
            prop_assert!(line.operation().is_some() || !redacted.contains("Passwd=x"), "{}", redacted);
        }
    }

    #[test]
    fn no_request_panics(
        method in prop_oneof![Just("GET".to_owned()), Just("POST".to_owned()), ".*"],
        target in prop_oneof![
            ".*",
            "/(api/)?iclock/(cdata|getrequest|devicecmd|ping|fdata|push)(\\.aspx)?/?\\?(SN=[A-Za-z0-9]{0,70})?(&[A-Za-z]{1,12}=[%0-9a-zA-Z+:]{0,9}){0,5}",
        ],
        body in body(),
    ) {
        let incoming = Incoming { method: &method, target: &target, headers: &[], body: &body };
        match parse(&incoming) {
            Ok(request) => {
                prop_assert!(!request.serial.as_str().is_empty());
                let reply = semantics::for_unknown_serial(&request.serial, &request.kind);
                // Records of a terminal that is not known are never acknowledged.
                prop_assert_eq!(reply.status == 503, matches!(request.kind, Kind::Upload(_) | Kind::Time | Kind::Unknown));
                if let Kind::GetRequest(heartbeat) = request.kind {
                    let _ = heartbeat.info();
                }
                let _ = result::results(&body, &request.parameters).count();
                let _ = format!("{request:?}");
            }
            Err(error) => prop_assert!(!reads_as_success(&error.reply())),
        }
    }

    #[test]
    fn an_acknowledgement_names_the_lines(lines in any::<usize>()) {
        prop_assert_eq!(Reply::ok_count(Receipt::stored(lines)).body, format!("OK: {lines}").into_bytes());
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
    ];
    let replies = errors.iter().map(RequestError::reply);
    for reply in replies.chain([Reply::unavailable(), Reply::bad_request(), Reply::too_large()]) {
        assert!(!reads_as_success(&reply) && !reply.body.is_empty(), "{reply:?}");
        assert!(reply.status >= 400);
    }
}

#[test]
fn commands_are_lines_and_no_command_is_a_bare_word() {
    let commands = [Command::new(7, Verb::Log), Command::new(u64::MAX, Verb::Check)];
    assert_eq!(
        Reply::commands(&commands).body,
        b"C:7:LOG\nC:FFFFFFFFFFFFFFFF:CHECK\n"
    );
    assert_eq!(Reply::commands(&[]).body, b"OK");
}
