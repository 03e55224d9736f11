//! Known answers: captures of real terminals and samples of the documents, each naming its source.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is the point of a test"
)]

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use punchclock_adms::command::{self, Action, Command, Field, UserUpdate};
use punchclock_adms::querydata::{Joined, Joiner};
use punchclock_adms::{
    AccOptions, Charset, Dialect, Event, HandshakeOptions, Incoming, Kind, Receipt, Record, Reply, Serial,
    Table, User, Whole, attlog, card_number, pack_time, parse, photo, records, semantics, settings,
    unpack_time,
};
use serde_json::Value;

fn vectors() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let vector: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), vector)
        })
        .collect()
}

fn vector(name: &str) -> Value {
    vectors()
        .remove(name)
        .unwrap_or_else(|| panic!("no vector {name}"))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The body of a vector: text, or bytes in base64.
fn body(vector: &Value) -> Vec<u8> {
    match vector.pointer("/request/body_b64").and_then(Value::as_str) {
        Some(encoded) => base64::engine::general_purpose::STANDARD.decode(encoded).unwrap(),
        None => text(vector, "/request/body_text").as_bytes().to_vec(),
    }
}

fn whole<'a>(vector: &'a Value, body: &'a [u8]) -> Whole<'a> {
    let headers: Vec<(&str, &[u8])> = vector["request"]["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap().as_bytes()))
        .collect();
    parse(&Incoming {
        method: text(vector, "/request/method"),
        target: text(vector, "/request/target"),
        // A test may leak; a server has its headers where its body is.
        headers: headers.leak(),
        body,
    })
    .unwrap()
}

fn table<'a>(whole: &Whole<'a>) -> Table<'a> {
    match whole.request.kind {
        Kind::Upload(upload) => upload.table,
        Kind::QueryData(packet) => packet.as_table(),
        ref other => panic!("{other:?}"),
    }
}

/// The records of a vector; none of its lines is bad.
fn good<'a>(whole: &'a Whole<'_>) -> Vec<Record<'a>> {
    records(&table(whole), &whole.body).map(Result::unwrap).collect()
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
}

/// The smallest server: stores nothing, and so is no example.
fn answer(whole: &Whole<'_>) -> Reply {
    let request = &whole.request;
    let code = "Uy47fxftP3".parse().unwrap();
    match &request.kind {
        Kind::Handshake(handshake) if Dialect::announced(handshake) == Dialect::Acc => {
            Reply::acc_handshake(None)
        }
        Kind::Handshake(handshake) => Reply::handshake(
            &request.serial,
            &HandshakeOptions::new()
                .with_push_version(handshake.push_version().as_deref())
                .with_time_zone_minutes(480),
        ),
        Kind::Upload(upload) => {
            let lines = records(&upload.table, &whole.body).count();
            Reply::stored(Receipt::stored(&upload.table, lines))
        }
        Kind::QueryData(packet) => {
            let Ok(Joined::Complete(joined)) =
                Joiner::default().add(&request.serial, packet, &whole.body, DateTime::UNIX_EPOCH)
            else {
                panic!("one packet is the whole answer")
            };
            Reply::stored(Receipt::stored(
                &packet.as_table(),
                packet.records(&joined).count(),
            ))
        }
        Kind::Time => Reply::time(
            NaiveDate::from_ymd_opt(2026, 3, 2)
                .unwrap()
                .and_hms_opt(8, 0, 0)
                .unwrap(),
            -330,
        ),
        Kind::Registry => Reply::registered(&code),
        Kind::PushConfig => Reply::acc_options(&AccOptions::new(&code)),
        Kind::GetRequest(_) => Reply::commands([]),
        Kind::CommandResult => Reply::stored(Receipt::recorded()),
        _ => Reply::pong(),
    }
}

/// The handful of patterns that the vectors use, matched without an engine.
fn matches(pattern: &str, body: &str) -> bool {
    if let Some(count) = pattern
        .strip_prefix("^OK: ?")
        .and_then(|rest| rest.strip_suffix("\\n?$"))
    {
        return body == format!("OK: {count}");
    }
    match pattern {
        "^OK" => body.starts_with("OK"),
        "^OK(: ?0)?\\n?$" => body == "OK: 0",
        _ if pattern.starts_with("^RegistryCode=") => body == "RegistryCode=Uy47fxftP3",
        "^(transaction=1|OK)\\n?$" => body == "transaction=1",
        _ if pattern.starts_with("^Time=") => body == "Time=2026-03-02T08:00:00-05:30\n",
        _ if pattern == "^OK\\n?$" || pattern.starts_with("^OK$|") => body == "OK",
        other => panic!("no expectation for {other}"),
    }
}

#[test]
fn every_request_gets_the_reply_that_its_terminal_expects() {
    let vectors = vectors();
    let requests = vectors
        .iter()
        .filter(|(_, vector)| vector.get("request").is_some());
    assert_eq!(vectors.len(), 40);
    assert_eq!(requests.clone().count(), 33);
    for (name, vector) in requests {
        let bytes = body(vector);
        let reply = answer(&whole(vector, &bytes));
        let body = String::from_utf8(reply.body).unwrap();
        let expected = &vector["expect_reply"];
        assert_eq!(
            Some(u64::from(reply.status)),
            expected["status"].as_u64(),
            "{name}"
        );
        assert_eq!(reply.content_type, "text/plain", "{name}");
        if let Some(pattern) = expected["body_regex"].as_str() {
            assert!(matches(pattern, &body), "{name}: {body}");
        }
        if let Some(first) = expected["first_line"].as_str() {
            assert_eq!(body.lines().next(), Some(first), "{name}");
            assert!(body.ends_with('\n'), "{name}");
        }
        let keys: Vec<_> = body
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, _)| key)
            .collect();
        for key in expected["must_have_keys"].as_array().into_iter().flatten() {
            assert!(keys.contains(&key.as_str().unwrap()), "{name}: {key}");
        }
        if let Some(choices) = expected["must_have_keys_any_of"].as_array() {
            assert!(choices.iter().any(|choice| {
                choice
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|key| keys.contains(&key.as_str().unwrap()))
            }));
        }
    }
}

#[test]
fn punches_of_every_column_variant() {
    let vectors = vectors();
    let mut seen = 0;
    for (name, vector) in vectors.iter().filter(|(name, _)| name.starts_with("attlog-")) {
        let bytes = body(vector);
        let whole = whole(vector, &bytes);
        assert_eq!(table(&whole), Table::AttLog, "{name}");
        let lines: Vec<_> = attlog::lines(&whole.body).collect();
        let Some(expected) = vector["expect_parsed"].as_array() else {
            continue;
        };
        assert_eq!(lines.len(), expected.len(), "{name}");
        for (line, expected) in lines.iter().zip(expected) {
            let line = line.as_ref().unwrap();
            assert_eq!(line.pin, expected["pin"], "{name}");
            assert_eq!(line.time, local(text(expected, "/time_local")), "{name}");
            let number = |key: &str| expected[key].as_str().map(|text| text.parse::<u8>().unwrap());
            assert_eq!(line.status, number("status"), "{name}");
            assert_eq!(line.verify, number("verify"), "{name}");
            assert_eq!(line.work_code, expected["workcode"].as_str(), "{name}");
            let columns: Vec<_> = line
                .columns()
                .map(|column| std::str::from_utf8(column).unwrap())
                .collect();
            let raw = expected["raw_fields"].as_array().unwrap();
            assert_eq!(
                columns,
                raw.iter()
                    .map(|column| column.as_str().unwrap())
                    .collect::<Vec<_>>(),
                "{name}"
            );
            assert_eq!(
                line.extra.iter().count(),
                columns.len().saturating_sub(5),
                "{name}"
            );
            seen += 1;
        }
    }
    assert!(seen >= 28, "{seen} punches");
}

#[test]
fn a_bad_line_is_quarantined_alone() {
    let vector = vector("attlog-09-mixed-bad-lines");
    let bytes = body(&vector);
    let (good, bad): (Vec<_>, Vec<_>) = attlog::lines(&bytes).partition(Result::is_ok);
    let pins: Vec<_> = good
        .into_iter()
        .map(|line| line.unwrap().pin.to_owned())
        .collect();
    assert_eq!(Value::from(pins), vector["expect_parsed"]["accepted_pins"]);
    let raw: Vec<_> = bad
        .into_iter()
        .map(|line| String::from_utf8(line.unwrap_err().raw.to_vec()).unwrap())
        .collect();
    assert_eq!(Value::from(raw), vector["expect_parsed"]["quarantined_lines"]);
}

#[test]
fn handshakes_tell_version_and_kind() {
    for (name, version, kind, language) in [
        ("hs-01-push2214-doc2015", "2.2.14", None, 83),
        ("hs-02-push240-middle-east", "2.4.0", Some("middle east"), 69),
        ("hs-03-pushoptionsflag2", "2.4.0", None, 69),
    ] {
        let vector = vector(name);
        let whole = whole(&vector, &[]);
        let request = &whole.request;
        let Kind::Handshake(handshake) = request.kind else {
            panic!("{name}")
        };
        assert_eq!(Dialect::announced(&handshake), Dialect::Att);
        assert_eq!(handshake.push_version().as_deref(), Some(version));
        assert_eq!(handshake.device_type().as_deref(), kind);
        assert_eq!(handshake.language(), Some(language));
        assert!(
            !format!("{request:?}").contains("4a9594af164f2b9779b59e8554b5df26"),
            "the key is not shown"
        );
    }
}

#[test]
fn our_options_are_among_those_that_a_server_in_the_field_sends() {
    let observed = vector("hs-04-mock-reply-full-keys");
    let observed: Vec<_> = observed["observed_reply"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    let known = |key: &str| {
        observed
            .iter()
            .any(|line| line.split_once('=').is_some_and(|(name, _)| name == key))
    };
    let reply = Reply::handshake(
        &"ZK-MOCK-001".parse().unwrap(),
        &HandshakeOptions::new().with_time_zone_minutes(180),
    );
    let body = String::from_utf8(reply.body).unwrap();
    for line in body.lines().skip(1) {
        let (key, _) = line.split_once('=').unwrap();
        // The three stamps of 2.0 and later are in the documents, though not in this capture.
        assert!(
            known(key) || ["ATTLOGStamp", "OPERLOGStamp", "ATTPHOTOStamp"].contains(&key),
            "{key}"
        );
    }
    for same in [
        "TimeZone=3",
        "TransInterval=1",
        "Delay=10",
        "Realtime=1",
        "Stamp=0",
        "PushProtVer=2.4.1",
    ] {
        assert!(
            observed.contains(&same) && body.lines().any(|line| line == same),
            "{same}"
        );
    }
}

#[test]
fn zones_are_hours_where_they_are_whole_and_minutes_else() {
    let vector = vector("timezone-values");
    for row in vector["expect_parsed"].as_array().unwrap() {
        let minutes = i32::try_from(row["offset_minutes"].as_i64().unwrap()).unwrap();
        let options = HandshakeOptions::new().with_time_zone_minutes(minutes);
        let body = String::from_utf8(Reply::handshake(&"A1".parse().unwrap(), &options).body).unwrap();
        assert!(
            body.contains(&format!("\nTimeZone={}\n", text(row, "/TimeZone"))),
            "{row}: {body}"
        );
    }
}

#[test]
fn a_heartbeat_with_counters() {
    let vector = vector("getrequest-01-info10");
    let whole = whole(&vector, &[]);
    let Kind::GetRequest(heartbeat) = whole.request.kind else {
        panic!("a heartbeat")
    };
    let info = heartbeat.info().unwrap();
    let expected = &vector["expect_parsed"];
    assert_eq!(info.firmware.as_deref(), expected["firmware"].as_str());
    assert_eq!(info.address.as_deref(), expected["ip"].as_str());
    assert_eq!(info.fingerprint_algorithm.as_deref(), expected["fp_ver"].as_str());
    assert_eq!(info.face_algorithm.as_deref(), expected["face_ver"].as_str());
    assert_eq!(info.functions.as_deref(), expected["func_bits"].as_str());
    let number = |key: &str| {
        expected[key]
            .as_u64()
            .map(|number| u32::try_from(number).unwrap())
    };
    assert_eq!(info.users, number("users"));
    assert_eq!(info.fingerprints, number("fingerprints"));
    assert_eq!(info.punches, number("attlogs"));
    assert_eq!(info.faces_per_enrolment, number("face_needed"));
    assert_eq!(info.faces, number("faces"));
    assert_eq!(info.cards, None);
}

#[test]
fn targets_in_all_their_shapes() {
    let vector = vector("urls-01-variants");
    for target in vector["expect_parsed"].as_array().unwrap() {
        let target = target.as_str().unwrap();
        let request = parse(&Incoming {
            method: "GET",
            target,
            headers: &[],
            body: b"",
        })
        .unwrap()
        .request;
        assert_eq!(request.serial.as_str(), "A1", "{target}");
        let name = match target {
            _ if target.contains("RemoteAtt") => "remote_user",
            _ if target.contains("getrequest") => "getrequest",
            _ => "handshake",
        };
        assert_eq!(request.kind.name(), name, "{target}");
        assert_eq!(
            request.prefix.as_str(),
            if target.starts_with("/api") { "api" } else { "" },
            "{target}"
        );
    }
}

#[test]
fn serials_that_could_leave_their_place_are_refused() {
    let vector = vector("attack-02-sn-shapes");
    for serial in vector["expect_parsed"]["reject"].as_array().unwrap() {
        let serial = serial.as_str().unwrap();
        assert!(serial.parse::<Serial>().is_err(), "{serial}");
        let target = format!("/iclock/cdata?SN={serial}&options=all");
        assert!(
            parse(&Incoming {
                method: "GET",
                target: &target,
                headers: &[],
                body: b""
            })
            .is_err(),
            "{serial}"
        );
    }
    for serial in vector["expect_parsed"]["accept"].as_array().unwrap() {
        assert!(serial.as_str().unwrap().parse::<Serial>().is_ok(), "{serial}");
    }
}

#[test]
fn results_of_commands() {
    for name in [
        "devicecmd-01-batch-alnum-ids",
        "devicecmd-02-multiline-shell",
        "devicecmd-03-info-dump",
        "devicecmd-04-in-query",
    ] {
        let vector = vector(name);
        let bytes = body(&vector);
        let whole = whole(&vector, &bytes);
        assert_eq!(whole.request.kind, Kind::CommandResult);
        let results: Vec<_> = command::results(&whole.body, &whole.request.parameters).collect();
        let expected = vector["expect_parsed"].as_array().unwrap();
        assert_eq!(results.len(), expected.len(), "{name}");
        for (result, expected) in results.iter().zip(expected) {
            assert_eq!(result.id, expected["id"], "{name}");
            assert_eq!(
                result.code.map(|code| code.number()),
                expected["return"].as_i64(),
                "{name}"
            );
            assert_eq!(result.command.to_str(), text(expected, "/cmd"), "{name}");
            let content = result
                .content
                .map(|content| std::str::from_utf8(content).unwrap());
            assert_eq!(content, expected["content"].as_str(), "{name}");
            for (key, value) in expected["info"].as_object().into_iter().flatten() {
                let found = result
                    .settings()
                    .map(Result::unwrap)
                    .find(|setting| setting.name() == key);
                assert_eq!(
                    found.unwrap().value.to_str(),
                    value.as_str().unwrap(),
                    "{name}: {key}"
                );
            }
        }
    }
}

#[test]
fn operations() {
    for name in ["oplog-01-doc2015", "oplog-02-crlf"] {
        let vector = vector(name);
        let bytes = body(&vector);
        let whole = whole(&vector, &bytes);
        assert_eq!(table(&whole), Table::OperLog, "{name}");
        let items = good(&whole);
        let expected = vector["expect_parsed"].as_array().unwrap();
        assert_eq!(items.len(), expected.len(), "{name}");
        for (item, expected) in items.into_iter().zip(expected) {
            let Record::Operation(operation) = item else {
                panic!("{item:?}")
            };
            assert_eq!(Some(u64::from(operation.code)), expected["op"].as_u64(), "{name}");
            assert_eq!(operation.admin, expected["admin"], "{name}");
            assert_eq!(operation.time, local(text(expected, "/time_local")), "{name}");
            let values: Vec<_> = operation
                .values()
                .map(|value| std::str::from_utf8(value).unwrap())
                .collect();
            assert_eq!(Value::from(values), expected["args"], "{name}");
            let kept = semantics::keep(&Table::OperLog, &Ok(Record::Operation(operation)));
            assert_eq!(kept.as_bytes(), operation.raw(), "an operation is kept as it is");
        }
    }
}

fn users<'a>(items: &[Record<'a>]) -> Vec<User<'a>> {
    items
        .iter()
        .filter_map(|item| {
            if let Record::User(user) = item {
                Some(*user)
            } else {
                None
            }
        })
        .collect()
}

#[test]
fn users_of_both_ages() {
    for name in ["user-01-doc2015", "user-02-2008-card5bytes"] {
        let vector = vector(name);
        let bytes = body(&vector);
        let whole = whole(&vector, &bytes);
        assert_eq!(table(&whole), Table::OperLog, "{name}");
        let users = users(&good(&whole));
        let expected = vector["expect_parsed"].as_array().unwrap();
        assert_eq!(users.len(), expected.len());
        for (user, expected) in users.iter().zip(expected) {
            for (key, value) in expected.as_object().unwrap() {
                match key.as_str() {
                    "type" => assert_eq!(value, "USER"),
                    "card_decimal" => assert_eq!(card_number(user.card.unwrap().expose()), value.as_u64()),
                    key => assert_eq!(
                        user.pairs.get(key).unwrap().to_str(),
                        value.as_str().unwrap(),
                        "{name}: {key}"
                    ),
                }
            }
            assert_eq!(user.pin, expected["PIN"]);
            assert_eq!(user.time_zone, expected["TZ"].as_str());
            assert_eq!(user.privilege, Some(0));
        }
    }
}

#[test]
fn lines_of_several_kinds_in_one_body() {
    let vector = vector("operlog-03-mixed-line-types");
    let bytes = body(&vector);
    let whole = whole(&vector, &bytes);
    let items = good(&whole);
    let count = |name| items.iter().filter(|item| item.name() == name).count();
    assert_eq!(
        Some(count("user") as u64),
        vector["expect_parsed"]["users"].as_u64()
    );
    assert_eq!(
        Some(count("operation") as u64),
        vector["expect_parsed"]["oplogs"].as_u64()
    );
    // The stamp of this firmware is the packed time of its last operation.
    let Kind::Upload(upload) = whole.request.kind else {
        panic!("an upload")
    };
    let Some(Record::Operation(last)) = items.last() else {
        panic!("an operation")
    };
    assert_eq!(
        unpack_time(upload.stamp.unwrap().parse().unwrap()),
        Some(last.time)
    );
}

#[test]
fn users_and_templates_lose_what_must_not_be_stored() {
    for (name, secret) in [
        ("operlog-03-mixed-line-types", "12345"),
        ("user-01-doc2015", "13344"),
        ("user-02-2008-card5bytes", "0000000000]"),
        ("fp-01-2008-size-is-raw", "TMP="),
    ] {
        let vector = vector(name);
        let bytes = body(&vector);
        let whole = whole(&vector, &bytes);
        for item in good(&whole) {
            assert!(!format!("{item:?}").contains(secret), "{name}");
            let kept = semantics::keep(&Table::OperLog, &Ok(item));
            assert!(!kept.contains(secret), "{name}: {kept}");
        }
    }
}

#[test]
fn a_template_whose_size_is_that_of_the_raw_bytes() {
    let vector = vector("fp-01-2008-size-is-raw");
    let bytes = body(&vector);
    let whole = whole(&vector, &bytes);
    let [Record::Template(template)] = good(&whole)[..] else {
        panic!("one template")
    };
    let expected = &vector["expect_parsed"][0];
    assert_eq!((template.pin, template.number), ("4", Some(0)));
    assert_eq!(template.size.map(u64::from), expected["Size"].as_u64());
    assert_eq!(Some(template.data.len() as u64), expected["base64_len"].as_u64());
    let raw = base64::engine::general_purpose::STANDARD
        .decode(template.data.expose())
        .unwrap();
    assert_eq!(Some(raw.len() as u64), expected["decoded_len"].as_u64());
}

#[test]
fn settings_with_commas_in_their_values() {
    for name in ["options-01-uface800", "acc-02-registry"] {
        let vector = vector(name);
        let bytes = body(&vector);
        let whole = whole(&vector, &bytes);
        let found: BTreeMap<_, _> = settings::pairs(&whole.body)
            .map(Result::unwrap)
            .map(|setting| (setting.name(), setting.value.to_str().into_owned()))
            .collect();
        for (key, value) in vector["expect_parsed"].as_object().unwrap() {
            assert_eq!(
                found.get(key.as_str()).unwrap(),
                value.as_str().unwrap(),
                "{name}: {key}"
            );
        }
        let shown = format!("{:?}", settings::pairs(&whole.body).collect::<Vec<_>>());
        assert!(!shown.contains("dassas"), "the key is not shown");
    }
}

#[test]
fn a_photograph_and_what_stands_in_front_of_it() {
    let vector = vector("attphoto-01-frame");
    let bytes = body(&vector);
    let whole = whole(&vector, &bytes);
    assert_eq!(table(&whole), Table::AttPhoto);
    let expected = &vector["expect_parsed"];
    let photo = photo::read(&whole.body).unwrap();
    assert_eq!(photo.header.pin.as_deref(), expected["pin"].as_str());
    assert_eq!(photo.header.time, Some(local(text(expected, "/time_local"))));
    assert_eq!(photo.header.size, expected["size"].as_u64());
    let offset = usize::try_from(expected["jpeg_starts_at_offset"].as_u64().unwrap()).unwrap();
    assert_eq!(photo.image.expose(), &bytes[offset..]);
    assert!(photo.image.expose().starts_with(b"\xff\xd8"));
    let mut reader = photo::Reader::new();
    let image: Vec<u8> = bytes
        .chunks(7)
        .flat_map(|piece| reader.feed(piece).unwrap().to_vec())
        .collect();
    assert_eq!(image, &bytes[offset..]);
}

fn events<'a>(whole: &'a Whole<'_>) -> Vec<Event<'a>> {
    good(whole)
        .into_iter()
        .map(|item| match item {
            Record::Event(event) => event,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn events_at_doors() {
    for name in ["acc-04-rtlog", "acc-06-querydata-transaction"] {
        let vector = vector(name);
        let bytes = body(&vector);
        let whole = whole(&vector, &bytes);
        let expected = vector["expect_parsed"].as_array().unwrap();
        let events = events(&whole);
        assert_eq!(events.len(), expected.len(), "{name}");
        for (event, expected) in events.iter().zip(expected) {
            assert_eq!(event.time, local(text(expected, "/time_local")), "{name}");
            for (key, value) in expected.as_object().unwrap() {
                match key.as_str() {
                    "time_local" => {}
                    "is_attendance" => assert_eq!(Some(event.is_attendance()), value.as_bool()),
                    "event" => assert_eq!(Some(u64::from(event.event)), value.as_u64()),
                    key => assert_eq!(
                        event.pairs.get(key).unwrap().to_str(),
                        value.as_str().unwrap(),
                        "{name}: {key}"
                    ),
                }
            }
        }
    }
    let vector = vector("acc-06-querydata-transaction");
    let bytes = body(&vector);
    let whole = whole(&vector, &bytes);
    let [event] = events(&whole)[..] else {
        panic!("one event")
    };
    assert!(event.is_attendance(), "several cards opened the door");
    assert_eq!(
        (event.verify, event.door, event.index, event.mask),
        (Some("15"), Some("1"), Some(521_745), Some(true))
    );
}

#[test]
fn states_of_doors() {
    let vector = vector("acc-05-rtstate");
    let bytes = body(&vector);
    let whole = whole(&vector, &bytes);
    let [Record::DoorState(state)] = good(&whole)[..] else {
        panic!("one state")
    };
    let expected = &vector["expect_parsed"][0];
    assert_eq!(state.time, local(text(expected, "/time_local")));
    assert_eq!(state.sensor, expected["sensor"].as_str());
    assert_eq!(state.relay, expected["relay"].as_str());
    assert_eq!(state.alarm, expected["alarm"].as_str());
}

#[test]
fn cards_and_packed_times() {
    for row in vector("card-encoding")["expect_parsed"].as_array().unwrap() {
        assert_eq!(
            card_number(text(row, "/text").as_bytes()),
            row["decimal"].as_u64(),
            "{row}"
        );
    }
    for row in vector("zktime-encoding")["expect_parsed"].as_array().unwrap() {
        let packed = u32::try_from(row["packed"].as_u64().unwrap()).unwrap();
        let time = local(text(row, "/local"));
        assert_eq!(
            (unpack_time(packed), pack_time(time)),
            (Some(time), Some(packed)),
            "{row}"
        );
    }
}

#[test]
fn a_name_cannot_become_a_second_command() {
    let vector = vector("attack-01-name-injection");
    let name = text(&vector, "/expect_parsed/name");
    assert!(Field::new(name).is_err());
    let harmless: String = name.chars().filter(|character| !character.is_control()).collect();
    let user = UserUpdate::new("7".parse().unwrap()).with_name(harmless.parse().unwrap());
    let encoded = Command::new(8, Action::UpdateUser(user))
        .encode(Dialect::Att, Charset::Utf8)
        .unwrap();
    let text = std::str::from_utf8(encoded.as_bytes()).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("C:")).count(), 1);
    assert_eq!(text.lines().count(), 1);
}
