//! The published bytes decode to what they say, and encode back to themselves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod common;

use bytes::{Bytes, BytesMut};
use chrono::NaiveDateTime;
use common::{entries, frames, hex_of, number, vectors};
use punchclock_zk::frame::{Frame, Framer};
use punchclock_zk::quirks::Quirks;
use punchclock_zk::wire::attendance::Evidence;
use punchclock_zk::wire::event::{LiveUser, mask};
use punchclock_zk::wire::{
    AttendanceRecord, LiveEvent, OptionValue, PackedTime, Prepare, Template, TimeError, UserError, bulk,
    template,
};
use punchclock_zk::{
    AttendanceLayout, BadRecordReason, CommKey, Command, FreeSizes, TextEncoding, User, UserWidth, VerifyMode,
};
use serde_json::Value;

fn civil(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
}

fn check_header(id: &Value, frame: &Frame, expected: &Value) {
    assert_eq!(
        frame.header.command.code(),
        number::<u16>(&expected["command"]),
        "{id}"
    );
    assert_eq!(
        frame.header.checksum,
        number::<u16>(&expected["checksum"]),
        "{id}"
    );
    assert_eq!(
        frame.header.session,
        number::<u16>(&expected["session_or_event"]),
        "{id}"
    );
    assert_eq!(
        frame.header.reply_id,
        number::<u16>(&expected["reply_id"]),
        "{id}"
    );
    assert_eq!(frame.data.len(), number::<usize>(&expected["data_len"]), "{id}");
    assert!(frame.checksum_ok(), "{id}");
}

fn published_frames() -> Vec<(Value, Frame)> {
    let mut all = Vec::new();
    for name in ["frames_zkprotocol", "frames_pyzk_tests"] {
        for vector in entries(&vectors(name)) {
            // One entry is an event's data without a packet, one was published six bytes short; both have their own test.
            if vector.get("header").is_none() || vector.get("tcp_length_mismatch").is_some() {
                continue;
            }
            let bytes = hex_of(&vector["hex"]);
            let frame = if vector["transport"] == "udp" {
                Frame::from_packet(Bytes::from(bytes)).unwrap()
            } else {
                let mut found = frames(&bytes);
                assert_eq!(found.len(), 1, "{}", vector["id"]);
                found.remove(0)
            };
            all.push((vector.clone(), frame));
        }
    }
    assert!(all.len() >= 22, "{}", all.len());
    all
}

fn published(id: &str) -> Frame {
    let found = published_frames()
        .into_iter()
        .find(|(vector, _)| vector["id"] == id);
    found.unwrap_or_else(|| panic!("{id} is gone")).1
}

#[test]
fn published_frames_decode_and_encode_back() {
    for (vector, frame) in published_frames() {
        check_header(&vector["id"], &frame, &vector["header"]);
        let header = frame.header;
        let again = Frame::new(
            header.command,
            header.session,
            header.reply_id,
            frame.data.clone(),
        );
        assert_eq!(again, frame, "{}", vector["id"]);
        if vector["transport"] == "tcp" {
            let mut out = BytesMut::new();
            again.encode(&mut out);
            assert_eq!(out, hex_of(&vector["hex"]), "{}", vector["id"]);
        }
    }
}

#[test]
fn published_replies_say_what_they_say() {
    let option = OptionValue::decode(&published("zkp-platform-rep").data).unwrap();
    assert_eq!(
        (option.key.as_str(), option.value.as_str()),
        ("~Platform", "ZEM760_TFT")
    );
    assert!(option.answers("~Platform"));
    let written = OptionValue::decode(&published("zkp-lockon-write").data).unwrap();
    assert_eq!((written.key.as_str(), written.value.as_str()), ("LockOn", "5"));

    assert_eq!(
        bulk::buffer_size(&published("pt-prepare-buffer-ack").data),
        Some(5044)
    );
    let prepare = Prepare::decode(&published("pt-prepare-data").data).unwrap();
    assert_eq!((prepare.size, prepare.frame_size), (5044, Some(1008)));
    let read = punchclock_zk::wire::BufferedRead::decode(&published("pt-get-users-req").data).unwrap();
    assert_eq!(read, punchclock_zk::wire::BufferedRead::USERS);
    assert_eq!(published("pt-get-users-req").data, read.encode());
    assert_eq!(published("i41-ack-unknown").header.command, Command::ACK_UNKNOWN);

    let auth = published("pt-auth-key45");
    assert_eq!(auth.data[..], CommKey::new(45).scramble(auth.header.session, 50));
}

#[test]
fn a_published_table_of_users() {
    let frame = published("pt-users-small");
    let (size, records) = bulk::split_body(&frame.data).unwrap();
    assert_eq!((size, records.len()), (504, 504));
    // 504 bytes are 7 long or 18 short records: the count decides, and so does the content without one.
    assert_eq!(UserWidth::by_count(504, 7), Some(UserWidth::Long));
    assert_eq!(UserWidth::by_count(504, 18), Some(UserWidth::Short));
    assert_eq!(UserWidth::by_content(records), Some(UserWidth::Long));
    let users: Vec<User> = records
        .chunks(72)
        .map(|raw| User::decode(UserWidth::Long, raw).unwrap())
        .collect();
    let file = vectors("frames_pyzk_tests");
    let vector = entries(&file)
        .iter()
        .find(|vector| vector["id"] == "pt-users-small")
        .unwrap();
    let expected = vector["decoded"]["users"].as_array().unwrap();
    assert_eq!(users.len(), expected.len());
    for (user, expected) in users.iter().zip(expected) {
        assert_eq!(user.uid, number::<u16>(&expected["uid"]));
        assert_eq!(user.privilege, number::<u8>(&expected["privilege"]));
        assert_eq!(user.user_id, expected["user_id"].as_str().unwrap());
        assert_eq!(user.name.as_str(), expected["name"].as_str());
    }
}

#[test]
fn a_frame_published_six_bytes_short_waits_for_them() {
    let file = vectors("frames_pyzk_tests");
    let vector = entries(&file)
        .iter()
        .find(|vector| vector.get("tcp_length_mismatch").is_some())
        .unwrap();
    let mut framer = Framer::default();
    framer.push(&hex_of(&vector["hex"]));
    assert!(framer.next_frame().is_none());
    framer.push(&[0; 6]);
    let frame = framer.next_frame().unwrap().unwrap();
    let sizes = FreeSizes::decode(&frame.data);
    let expected = &vector["decoded"];
    assert_eq!(sizes.users.map(u64::from), expected["users"].as_u64());
    assert_eq!(
        (sizes.users, sizes.records, sizes.record_capacity),
        (Some(7), Some(605), Some(100_000))
    );
    assert_eq!((sizes.op_records, sizes.records_free), (Some(3087), Some(99_395)));
}

#[test]
fn requests_of_another_client_decode() {
    let file = vectors("requests_pyzk");
    let mut count = 0;
    for session in entries(&file) {
        for vector in session["frames"].as_array().unwrap() {
            let bytes = hex_of(&vector["hex"]);
            let frame = frames(&bytes).remove(0);
            check_header(&vector["id"], &frame, &vector["header"]);
            assert_eq!(
                frame.data[..],
                hex_of(&vector["data_hex"])[..],
                "{}",
                vector["id"]
            );
            count += 1;
        }
    }
    assert!(count > 70, "{count}");
}

#[test]
fn comm_keys_scramble() {
    for vector in entries(&vectors("commkey")) {
        let expected = if vector["payload_hex"].is_null() {
            &vector["wrapped_hex"]
        } else {
            &vector["payload_hex"]
        };
        let key = CommKey::new(number(&vector["comm_key"]));
        let payload = key.scramble(number(&vector["session_id"]), number(&vector["ticks"]));
        assert_eq!(payload[..], hex_of(expected)[..], "{vector}");
    }
}

#[test]
fn clocks_decode_and_encode() {
    for vector in entries(&vectors("time")) {
        let packed = PackedTime::new(number(&vector["u32"]));
        assert_eq!(packed.raw().to_le_bytes()[..], hex_of(&vector["le_hex"])[..]);
        match vector.get("time") {
            Some(time) => {
                let time = civil(time.as_str().unwrap());
                assert_eq!(packed.decode(), Ok(time));
                assert_eq!(PackedTime::encode(time), Ok(packed));
            }
            None => assert!(matches!(
                packed.decode(),
                Err(TimeError::Impossible {
                    year: 2025,
                    month: 2,
                    day: 30,
                    ..
                })
            )),
        }
    }
    assert_eq!(
        PackedTime::encode(civil("2100-01-01 00:00:00")),
        Err(TimeError::YearOutOfRange { year: 2100 })
    );
    assert_eq!(
        PackedTime::encode(civil("1999-12-31 23:59:59")),
        Err(TimeError::YearOutOfRange { year: 1999 })
    );
}

#[test]
fn published_records_decode() {
    let file = vectors("records");
    let record = |layout: &str| {
        entries(&file)
            .iter()
            .find(|vector| vector["layout"] == layout)
            .unwrap()
    };

    let vector = record("att40");
    let raw = hex_of(&vector["hex"]);
    let decoded = AttendanceRecord::decode(0, &raw).unwrap();
    let expected = &vector["decoded"];
    assert_eq!(decoded.uid, Some(number::<u16>(&expected["uid"])));
    assert_eq!(decoded.user_id, expected["user_id"].as_str().unwrap());
    assert_eq!(decoded.user_id_raw().as_bytes(), b"999111333");
    assert_eq!(decoded.time, civil(expected["time"].as_str().unwrap()));
    assert_eq!((decoded.verify, decoded.punch), (1, 0));
    assert_eq!(decoded.verify_mode(), VerifyMode::Finger);
    assert_eq!(decoded.tail(), hex_of(&expected["tail"]));
    let made = AttendanceRecord::new(13, "999111333", decoded.time, 1, 0).unwrap();
    assert_eq!(made, decoded);

    let vector = record("user72");
    let raw = hex_of(&vector["hex"]);
    let user = User::decode(UserWidth::Long, &raw).unwrap();
    assert_eq!((user.uid, user.privilege, user.card, user.group), (13, 0, 222, 2));
    assert_eq!(
        (user.name.as_str(), user.password.as_str(), user.user_id.as_str()),
        (Some("Ned"), Some("444"), "555")
    );
    assert_eq!((user.own_time_zones, user.time_zones), (1, [1, 2, 0]));
    assert!(user.is_enabled());
    let shown = format!("{user:?}");
    assert!(!shown.contains("444") && !shown.contains("222"), "{shown}");

    let vector = record("free_sizes_92");
    let sizes = FreeSizes::decode(&hex_of(&vector["hex"]));
    let expected = &vector["decoded"];
    let told = [
        ("users", sizes.users),
        ("fingers", sizes.fingers),
        ("records", sizes.records),
        ("oplogs", sizes.op_records),
        ("admins", sizes.admins),
        ("passwords", sizes.passwords),
        ("fingers_cap", sizes.finger_capacity),
        ("users_cap", sizes.user_capacity),
        ("records_cap", sizes.record_capacity),
        ("fingers_av", sizes.fingers_free),
        ("users_av", sizes.users_free),
        ("records_av", sizes.records_free),
        ("faces", sizes.faces),
        ("faces_cap", sizes.face_capacity),
    ];
    for (name, value) in told {
        assert_eq!(value.map(u64::from), expected[name].as_u64(), "{name}");
    }
}

#[test]
fn published_records_of_other_widths_decode() {
    let file = vectors("records");
    let mut seen = 0;
    for vector in entries(&file) {
        let raw = hex_of(&vector["hex"]);
        let expected = &vector["decoded"];
        let read = |layout: AttendanceLayout| layout.read(&raw).unwrap().to_record(0).unwrap();
        let record = match vector["layout"].as_str().unwrap() {
            "att16" => {
                let record = read(AttendanceLayout::W16);
                assert_eq!(record.user_id, expected["user_id"].to_string());
                // The state comes first: mornings have 0 there, afternoons 1.
                assert_eq!(u64::from(record.punch), expected["byte8"].as_u64().unwrap());
                assert_eq!(u64::from(record.verify), expected["byte9"].as_u64().unwrap());
                assert_eq!(record.work_code.map(u64::from), expected["workcode"].as_u64());
                record
            }
            "att8b" => {
                let record = read(AttendanceLayout::W8B);
                assert_eq!(record.uid, Some(number::<u16>(&expected["uid"])));
                assert_eq!((record.punch, record.verify), (1, 1));
                assert_eq!(Evidence::new(&raw, Some(1)).decide(), Ok(AttendanceLayout::W8B));
                record
            }
            _ => continue,
        };
        assert_eq!(record.time, civil(expected["time"].as_str().unwrap()));
        assert_eq!(record.encode(record.layout).unwrap()[..], raw);
        seen += 1;
    }
    assert_eq!(seen, 4);
}

#[test]
fn records_of_every_width_after_the_specification() {
    let time = 594_064_235_u32.to_le_bytes();
    let id = |width: usize| {
        let mut id = b"1044".to_vec();
        id.resize(width, 0);
        id
    };
    let long = [&[13, 0][..], &id(24), &[15], &time, &[4]].concat();
    let tail = [0, 0, 0, 0, 0xFF, 0, 0, 0];
    // SpeedFace: a mask flag and a temperature that was not measured.
    let unmeasured = b"\xFF255\0\0\0\0\0";
    let cases = [
        (AttendanceLayout::W40, [&long[..], &tail].concat()),
        (AttendanceLayout::W49, [&long[..], &tail, unmeasured].concat()),
        (
            AttendanceLayout::W48,
            [&long[..], &tail, &unmeasured[..8]].concat(),
        ),
        (AttendanceLayout::W36, [&long[..], &tail[..4]].concat()),
        (
            AttendanceLayout::W22,
            [&[13, 0][..], &id(6), &[0; 4], &[15], &time, &[4], &[0; 4]].concat(),
        ),
        (
            AttendanceLayout::W16,
            [
                &1044_u32.to_le_bytes()[..],
                &time,
                &[4, 15, 0, 0],
                &7_u32.to_le_bytes(),
            ]
            .concat(),
        ),
        (AttendanceLayout::W8A, [&[13, 0, 15][..], &time, &[4]].concat()),
        (
            AttendanceLayout::W8B,
            [&[13, 0, 4 << 5 | 1 << 3, 0][..], &time].concat(),
        ),
    ];
    assert_eq!(cases.len(), AttendanceLayout::ALL.len());
    for (layout, raw) in cases {
        assert_eq!(raw.len(), layout.bytes(), "{layout}");
        let record = layout.read(&raw).unwrap().to_record(3).unwrap();
        assert_eq!(record.time, civil("2018-06-25 17:50:35"), "{layout}");
        let verify = if layout == AttendanceLayout::W8B { 1 } else { 15 };
        assert_eq!((record.punch, record.verify), (4, verify), "{layout}");
        let expected = if layout.is_by_uid() { "13" } else { "1044" };
        assert_eq!(record.user_id, expected, "{layout}");
        let work_code = (layout == AttendanceLayout::W16).then_some(7);
        assert_eq!(record.work_code, work_code);
        assert_eq!(record.uid, (layout != AttendanceLayout::W16).then_some(13));
        // Cut or lengthened it is no record.
        assert!(layout.read(&raw[..raw.len() - 1]).is_none());
        assert!(layout.read(&[&raw[..], &[0]].concat()).is_none());
    }
}

#[test]
fn published_events_decode() {
    let file = vectors("event_payloads");
    for vector in entries(&file) {
        let data = Bytes::from(hex_of(&vector["hex"]));
        let expected = &vector["decoded"];
        let [LiveEvent::Punch(punch)] = &LiveEvent::decode(1, &data)[..] else {
            panic!("{}", vector["id"]);
        };
        let LiveUser::Id(id) = &punch.user else {
            panic!("{}", vector["id"]);
        };
        assert_eq!(id, expected["user_id"].as_str().unwrap());
        assert_eq!(punch.time, civil(expected["time"].as_str().unwrap()));
        assert_eq!(u64::from(punch.verify), expected["verify"].as_u64().unwrap());
        assert_eq!(u64::from(punch.punch), expected["punch"].as_u64().unwrap());
        assert_eq!(punch.tail, hex_of(&expected["tail"]));
    }
}

#[test]
fn writes_are_the_bytes_another_client_sends() {
    let file = vectors("requests_pyzk");
    let sent = |session: &str, command: u16| -> Vec<Bytes> {
        let session = entries(&file)
            .iter()
            .find(|vector| vector["session"] == session)
            .unwrap();
        let all = session["frames"].as_array().unwrap();
        let frames = all.iter().map(|frame| frames(&hex_of(&frame["hex"])).remove(0));
        frames
            .filter(|frame| frame.header.command == Command::new(command))
            .map(|frame| frame.data)
            .collect()
    };
    // It writes the group as text into the time zones, which we do not copy; everything else is the same.
    let mut user = User::new(4, "1044", "Jane Roe");
    (user.privilege, user.card) = (14, 6543);
    user.password = "1234".into();
    user.group = 0;
    user.own_time_zones = u16::from(b'1');
    let record = user
        .encode_for_write(UserWidth::Long, "Jane Roe", TextEncoding::Utf8, Some(9))
        .unwrap();
    assert_eq!(sent("users72_tcp", 8), [&record[..]]);

    let batch = sent("template_tcp", 1501).concat();
    (user.group, user.privilege) = (1, 0);
    let data: Vec<u8> = (0..20).flat_map(|_| 0..64).collect();
    let template = Template::new(4, 6, data);
    assert_eq!(
        template::encode_batch(
            UserWidth::Long,
            std::slice::from_ref(&user),
            std::slice::from_ref(&template)
        ),
        batch
    );
    let (users, templates) = template::decode_batch(&Bytes::from(batch)).unwrap();
    assert_eq!((users, templates), (vec![user], vec![template.clone()]));
    assert_eq!(sent("template_tcp", 110), [template::save_batch()]);
    assert_eq!(sent("template_tcp", 88), [template::finger(4, 6)]);
    assert_eq!(sent("control_tcp", 19), [template::finger(3, 1)]);
    let unlock = Quirks::NONE.unlock_ticks(std::time::Duration::from_secs(3));
    assert_eq!(sent("control_tcp", 31), [&unlock.raw().to_le_bytes()[..]]);
    assert_eq!(sent("control_tcp", 500), [&mask::ATTENDANCE.to_le_bytes()[..]]);
}

#[test]
fn a_published_template_loses_its_padding() {
    let body: Vec<u8> = common::segments(&vectors("scenario_template_1244")).concat();
    let data: Vec<u8> = frames(&body)
        .iter()
        .filter(|frame| frame.header.command == Command::DATA)
        .flat_map(|frame| frame.data.to_vec())
        .collect();
    assert_eq!(data.len(), 1244);
    let template = Template::from_single(1, 6, &Bytes::from(data.clone()));
    assert!(data.starts_with(&template.data) && template.data.len() < data.len());
    assert_eq!(&template.data[2..6], b"SS21");
    assert!(!format!("{template:?}").contains("SS21"));
}

#[test]
fn nothing_that_does_not_fit_is_written() {
    let write = |user: &User, width, name: &str, pin| {
        user.encode_for_write(width, name, TextEncoding::Utf8, pin)
            .map(|raw| raw.to_vec())
    };
    let long = UserWidth::Long;
    let id = |id: &str| User::new(40_000, id, "");
    // Ids are never cut, never padded, and keep their zeros.
    for (id_text, width, pin) in [
        ("", long, None),
        ("123456789012345", long, Some(14)),
        ("1234567890", long, Some(9)),
        ("12 34", long, None),
        ("12é", long, None),
        ("A1", UserWidth::Short, None),
        ("007", UserWidth::Short, None),
        ("4294967296", UserWidth::Short, None),
    ] {
        let refused = write(&id(id_text), width, "Ada", pin);
        assert!(
            matches!(refused, Err(UserError::UserId { .. })),
            "{id_text:?} {refused:?}"
        );
    }
    let raw = write(&id("00012345678901"), long, "Ada", Some(14)).unwrap();
    let read = User::decode(long, &raw).unwrap();
    assert_eq!((read.uid, read.user_id.as_str()), (40_000, "00012345678901"));
    let mut secret = id("1");
    secret.password = "123456789".into();
    assert!(matches!(
        write(&secret, long, "", None),
        Err(UserError::PasswordTooLong { room: 8 })
    ));
    // Names end with a whole character and a NUL.
    let name = "Жанна Константинопольская";
    let raw = write(&id("1"), long, name, None).unwrap();
    let written = User::decode(long, &raw).unwrap();
    assert_eq!((written.name.as_str(), raw[11 + 23]), (Some("Жанна Конста"), 0));
    let raw = write(&id("1"), UserWidth::Short, name, None).unwrap();
    assert_eq!(
        User::decode(UserWidth::Short, &raw).unwrap().name.as_str(),
        Some("Жан")
    );
}

#[cfg(feature = "encoding")]
#[test]
fn names_in_the_encodings_of_terminals() {
    let encoding = |label: &str| TextEncoding::for_label(label).unwrap();
    let user = User::new(1, "1", "");
    for (label, name, bytes) in [
        ("gbk", "张三", &b"\xD5\xC5\xC8\xFD"[..]),
        ("windows-1251", "Жанна", b"\xC6\xE0\xED\xED\xE0"),
        ("windows-1256", "سعيد", b"\xD3\xDA\xED\xCF"),
    ] {
        let raw = user
            .encode_for_write(UserWidth::Long, name, encoding(label), None)
            .unwrap();
        let read = User::decode(UserWidth::Long, &raw).unwrap();
        assert_eq!(read.name.as_bytes(), bytes);
        let text = encoding(label).decode(&read.name);
        assert_eq!((text.text.as_str(), text.lossy), (name, false));
        assert!(TextEncoding::Utf8.decode(&read.name).lossy);
    }
    assert!(matches!(
        user.encode_for_write(UserWidth::Long, "张三", encoding("windows-1251"), None),
        Err(UserError::Name(_))
    ));
    // What is UTF-8 already is read as it is.
    assert_eq!(encoding("gbk").decode(&"Zoë".into()).text, "Zoë");
}

#[test]
fn short_answers_leave_fields_unknown() {
    assert_eq!(FreeSizes::decode(&[0; 4]), FreeSizes::default());
    let eighty = FreeSizes::decode(&[0; 80]);
    assert_eq!((eighty.records_free, eighty.faces), (Some(0), None));
    assert_eq!(FreeSizes::decode(&[1; 112]).face_capacity, Some(0x0101_0101));
}

#[test]
fn a_28_byte_user_after_the_specification() {
    let mut raw = vec![0x07, 0x00, 0x0E];
    raw.extend(b"12345");
    raw.extend(b"Ada\0\xFF\xFF\xFF\xFF");
    raw.extend(6543_u32.to_le_bytes());
    raw.extend([0, 3]);
    raw.extend(2_u16.to_le_bytes());
    raw.extend(1044_u32.to_le_bytes());
    assert_eq!(raw.len(), 28);
    let user = User::decode(UserWidth::Short, &raw).unwrap();
    assert_eq!(
        (user.uid, user.privilege, user.card, user.group),
        (7, 14, 6543, 3)
    );
    assert_eq!(
        (user.name.as_str(), user.user_id.as_str(), user.time_zones),
        (Some("Ada"), "1044", [2, 0, 0])
    );
    assert_eq!(User::decode(UserWidth::Long, &raw), None);
}

#[test]
fn records_that_say_nothing_usable_keep_their_bytes() {
    let good = AttendanceRecord::new(1, "1001", civil("2026-03-02 08:00:00"), 1, 0).unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut raw = good.raw.clone();
        raw[at..at + bytes.len()].copy_from_slice(bytes);
        raw
    };
    let impossible = AttendanceRecord::decode(7, &with(27, &808_780_340_u32.to_le_bytes())).unwrap_err();
    assert!(matches!(
        impossible.reason,
        BadRecordReason::Time(TimeError::Impossible { day: 30, .. })
    ));
    assert_eq!((impossible.index, impossible.raw.len()), (7, 40));
    let reason = |raw: &[u8]| AttendanceRecord::decode(0, raw).unwrap_err().reason;
    assert_eq!(reason(&with(27, &[0; 4])), BadRecordReason::ClockNotSet);
    assert_eq!(reason(&with(2, &[0])), BadRecordReason::NoUserId);
    assert_eq!(reason(&with(2, &[0xFF])), BadRecordReason::UserIdNotText);
    assert_eq!(reason(&good.raw[..31]), BadRecordReason::Truncated);
}

#[test]
fn options_answer_oddly() {
    let decode = |data: &[u8]| OptionValue::decode(data).map(|option| (option.key, option.value));
    let pair = |key: &str, value: &str| Some((key.to_owned(), value.to_owned()));
    assert_eq!(decode(b"~OS==1\0junk"), pair("~OS", "1"));
    assert_eq!(decode(b"MAC=\0"), pair("MAC", ""));
    assert_eq!(decode(b"a=b=c"), pair("a", "b=c"));
    assert_eq!(decode(b"nothing"), None);
    assert!(
        OptionValue::decode(b"SerialNumber=1")
            .unwrap()
            .answers("~SerialNumber")
    );
    assert!(!OptionValue::decode(b"~OS=1").unwrap().answers("~ExtendFmt"));
}
