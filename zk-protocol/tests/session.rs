//! Whole conversations under a virtual clock: no socket, no waiting.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::{Rig, SECOND, SESSION, entries, exchange, frames, hex_of, segments, vectors, wire};
use proptest::prelude::*;
use punchclock_zk::session::{Event, Request, SessionConfig};
use punchclock_zk::wire::{AttendanceRecord, BufferedRead, ChunkRequest, Prepare, bulk};
use punchclock_zk::{ChecksumPolicy, CommKey, Command, Error, Interruption, User, UserWidth};
use sha2::{Digest, Sha256};

fn config() -> SessionConfig {
    SessionConfig::new()
}

/// The answer that offers a read buffer of this size.
fn offer(reply_id: u16, size: u32) -> Vec<u8> {
    let mut data = vec![0];
    data.extend(size.to_le_bytes());
    data.extend(size.to_le_bytes());
    data.extend([0xCD, 0xEF, 0x23, 0]);
    wire(Command::ACK_OK, SESSION, reply_id, &data)
}

/// A rig that has asked for the attendance log and was offered `size` bytes; the piece asked for has reply id `reply_id`.
fn reading(config: SessionConfig, reply_id: u16, size: u32) -> Rig {
    let mut rig = Rig::connected(config, reply_id - 1);
    rig.start(Request::Read(BufferedRead::ATTENDANCE)).unwrap();
    rig.receive(&offer(reply_id - 1, size));
    let sent = rig.sent.pop().unwrap();
    assert_eq!(
        (sent.header.command, sent.header.reply_id),
        (Command::READ_BUFFER, reply_id)
    );
    rig.sent.clear();
    rig
}

fn prepare(reply_id: u16, size: u32) -> Vec<u8> {
    wire(
        Command::PREPARE_DATA,
        0x98D0,
        reply_id,
        &Prepare::encode(size, 1008),
    )
}

// --- Opening and closing ---------------------------------------------------------------------------------------------------------

#[test]
fn the_published_handshake_with_a_key() {
    let file = vectors("frames_pyzk_tests");
    let published =
        |id: &str| hex_of(&entries(&file).iter().find(|vector| vector["id"] == id).unwrap()["hex"]);
    let mut rig = Rig::new(config().comm_key(CommKey::new(12)));
    rig.start(Request::Connect).unwrap();
    assert_eq!(rig.sent, frames(&published("pt-connect")));
    rig.sent.clear();
    rig.receive(&published("pt-unauth"));
    assert_eq!(rig.sent, frames(&published("pt-auth-key12")));
    rig.receive(&published("pt-unauth-2"));
    assert!(matches!(rig.failure(), Error::AuthFailed), "{:?}", rig.events);
}

#[test]
fn requests_are_the_bytes_another_client_sends() {
    let file = vectors("requests_pyzk");
    let session = |name: &str| {
        let found = entries(&file)
            .iter()
            .find(|session| session["session"] == name)
            .unwrap();
        let all = found["frames"].as_array().unwrap();
        all.iter()
            .map(|frame| frames(&hex_of(&frame["hex"])).remove(0))
            .collect::<Vec<_>>()
    };

    let mut rig = Rig::new(config().comm_key(CommKey::new(123_456)));
    rig.start(Request::Connect).unwrap();
    rig.receive(&wire(Command::ACK_UNAUTH, SESSION, 0, &[]));
    rig.receive(&wire(Command::ACK_OK, SESSION, 1, &[]));
    assert!(matches!(rig.events[..], [Event::Connected { session: SESSION }]));
    rig.start(Request::Exit).unwrap();
    assert_eq!(rig.sent, session("auth_tcp"));

    let mut rig = Rig::connected(config(), 3);
    rig.start(Request::Read(BufferedRead::USERS)).unwrap();
    rig.receive(&wire(Command::ACK_OK, SESSION, 3, &[]));
    rig.start(Request::Read(BufferedRead::ATTENDANCE)).unwrap();
    rig.receive(&offer(4, 2404));
    assert_eq!(rig.sent, session("att_buffered_tcp")[3..6]);
}

#[test]
fn a_terminal_without_key_ignores_ours() {
    let mut rig = Rig::new(config().comm_key(CommKey::new(1)));
    rig.start(Request::Connect).unwrap();
    rig.receive(&wire(Command::ACK_OK, 7, 0, &[]));
    assert!(matches!(rig.events[..], [Event::Connected { session: 7 }]));
    assert_eq!(rig.take_commands(), [Command::CONNECT]);
}

#[test]
fn every_way_a_connection_is_refused_has_its_own_error() {
    let refused = |answer: &[u8]| {
        let mut rig = Rig::new(config());
        rig.start(Request::Connect).unwrap();
        rig.receive(answer);
        match rig.events.pop() {
            Some(Event::Failed(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let with = |code| refused(&wire(code, 1, 0, &[]));
    assert!(matches!(with(Command::ACK_UNAUTH), Error::AuthRequired));
    assert!(matches!(with(Command::ACK_SECURE), Error::SecureFirmware));
    assert!(matches!(with(Command::AUTH_LOCK), Error::SecureFirmware));
    assert!(matches!(with(Command::ACK_RETRY), Error::Busy { .. }));
    assert!(matches!(
        with(Command::ACK_UNKNOWN),
        Error::Refused {
            command: Command::CONNECT,
            ..
        }
    ));
    assert!(matches!(
        refused(&[0x50, 0x50, 0x83, 0x7C, 9, 9]),
        Error::SecureFirmware
    ));
    let controller = [0xAA, 0x01, 0x07, 0x00, 0x55];
    let error = refused(&controller);
    assert!(
        matches!(&error, Error::WrongProtocol { first } if *first == controller),
        "{error}"
    );
    assert!(error.to_string().contains("aa 01 07 00 55") && error.needs_attention());
}

#[test]
fn requests_need_an_open_session_and_come_one_at_a_time() {
    let mut rig = Rig::new(config());
    assert!(matches!(
        rig.start(exchange(Command::GET_TIME)),
        Err(Error::NotConnected)
    ));
    rig.start(Request::Connect).unwrap();
    assert!(matches!(rig.start(Request::Connect), Err(Error::InProgress)));
    rig.close();
    assert!(matches!(
        rig.failure(),
        Error::ConnectionClosed {
            during: Command::CONNECT
        }
    ));
    assert!(matches!(rig.start(Request::Connect), Err(Error::NotConnected)));
}

#[test]
fn a_closed_or_silent_terminal_is_a_good_bye() {
    for close in [true, false] {
        let mut rig = Rig::connected(config(), 1);
        rig.start(Request::Exit).unwrap();
        if close {
            rig.close()
        } else {
            rig.wait(10 * SECOND)
        }
        assert!(matches!(rig.events[..], [Event::Exited]));
    }
}

#[test]
fn reply_ids_count_up_and_never_reach_65535() {
    let mut rig = Rig::connected(config(), 1);
    let mut expected = 1;
    for _ in 0..65_600_u32 {
        rig.start(exchange(Command::GET_TIME)).unwrap();
        let sent = rig.sent.pop().unwrap();
        assert_eq!(sent.header.reply_id, expected);
        rig.receive(&wire(Command::ACK_OK, SESSION, expected, &[0; 4]));
        assert!(matches!(rig.events.pop(), Some(Event::Reply(_))));
        expected = if expected == 65_534 { 0 } else { expected + 1 };
    }
}

// --- Waiting ---------------------------------------------------------------------------------------------------------------------

#[test]
fn silence_ends_a_request_and_the_late_answer_is_no_answer_to_the_next() {
    let mut rig = Rig::connected(config().timeout(3 * SECOND), 1);
    rig.start(exchange(Command::GET_VERSION)).unwrap();
    assert_eq!(rig.deadline, Some(3 * SECOND));
    rig.wait(2 * SECOND);
    assert!(rig.events.is_empty());
    rig.wait(SECOND);
    assert!(
        matches!(rig.failure(), Error::Timeout { waiting_for: Command::GET_VERSION, after } if *after == 3 * SECOND)
    );
    assert!(rig.failure().is_timeout());
    rig.events.clear();

    rig.start(exchange(Command::GET_TIME)).unwrap();
    rig.receive(&wire(Command::ACK_OK, SESSION, 1, b"Ver 6.60\0"));
    assert!(rig.events.is_empty());
    rig.receive(&wire(Command::ACK_OK, SESSION, 2, &[1, 2, 3, 4]));
    assert!(matches!(&rig.events[..], [Event::Reply(reply)] if reply.data == [1, 2, 3, 4][..]));
    assert_eq!(rig.deadline, None);
}

#[test]
fn a_trickle_does_not_hold_a_request_for_ever() {
    let mut rig = Rig::connected(config().timeout(3 * SECOND).total_timeout(60 * SECOND), 1);
    rig.start(exchange(Command::GET_VERSION)).unwrap();
    // Events keep coming, the answer does not.
    for _ in 0..59 {
        rig.wait(SECOND);
        rig.receive(&wire(Command::REG_EVENT, 1, 0, &[0; 12]));
    }
    assert!(!rig.events.iter().any(|event| matches!(event, Event::Failed(_))));
    // Not even when a caller never gets round to saying that time passed.
    rig.now += SECOND;
    rig.receive(&wire(Command::REG_EVENT, 1, 0, &[0; 12]));
    assert!(matches!(rig.failure(), Error::Timeout { .. }));
}

#[test]
fn hours_pass_between_requests() {
    let mut rig = Rig::connected(config(), 1);
    for reply_id in 1..1000 {
        rig.wait(Duration::from_secs(3600));
        rig.start(exchange(Command::GET_TIME)).unwrap();
        rig.receive(&wire(Command::ACK_OK, SESSION, reply_id, &[0; 4]));
    }
    assert_eq!(rig.events.len(), 999);
}

// --- Transfers -------------------------------------------------------------------------------------------------------------------

fn check_scenario(name: &str, chop: impl Fn(Vec<u8>) -> Vec<Vec<u8>>) {
    let scenario = vectors(name);
    let mut rig = reading(config(), 5, 2404);
    for segment in segments(&scenario) {
        for piece in chop(segment) {
            rig.receive(&piece);
        }
    }
    // The last piece is there, so the buffer is dropped; the body is complete whatever becomes of that.
    assert_eq!(rig.sent.last().unwrap().header.command, Command::FREE_DATA);
    rig.receive(&wire(Command::ACK_OK, SESSION, 6, &[]));
    let expect = &scenario["expect"];
    assert_eq!(rig.transferred(), expect["bytes"].as_u64());
    let body = rig.body();
    assert_eq!(
        hex::encode(Sha256::digest(&body)),
        expect["sha256"].as_str().unwrap()
    );
    let told = rig
        .events
        .iter()
        .filter(|event| matches!(event, Event::Terminal(_)))
        .count();
    assert_eq!(told as u64, expect["events"].as_u64().unwrap());
    // Each event is acknowledged with reply id 0.
    let acknowledged = rig
        .sent
        .iter()
        .filter(|frame| frame.header.command == Command::ACK_OK);
    assert_eq!(
        acknowledged
            .inspect(|frame| assert_eq!(frame.header.reply_id, 0))
            .count(),
        told
    );

    let (size, records) = bulk::split_body(&body).unwrap();
    assert_eq!(size as usize, records.len());
    let records: Vec<_> = records
        .chunks(40)
        .enumerate()
        .map(|(index, raw)| AttendanceRecord::decode(index, raw).unwrap())
        .collect();
    assert_eq!(records.len() as u64, expect["records"].as_u64().unwrap());
    assert_eq!(
        (records[0].uid, records[0].user_id.as_str(), records[0].punch),
        (Some(1), "1001", 0)
    );
    assert_eq!(records[0].time.to_string(), "2024-01-01 08:00:00");
    assert_eq!(
        records.last().unwrap().time.to_string(),
        expect["last_time"].as_str().unwrap()
    );
}

#[test]
fn a_transfer_arrives_however_it_is_cut() {
    for name in [
        "scenario_coalesced_one_segment",
        "scenario_one_segment_per_frame",
        "scenario_event_between_data_frames",
    ] {
        check_scenario(name, |segment| vec![segment]);
        check_scenario(name, |segment| segment.chunks(1).map(<[u8]>::to_vec).collect());
        check_scenario(name, |segment| segment.chunks(1460).map(<[u8]>::to_vec).collect());
    }
}

#[test]
fn a_transfer_split_at_every_byte() {
    let stream = segments(&vectors("scenario_event_between_data_frames")).concat();
    for at in 0..=stream.len() {
        let mut rig = reading(config(), 5, 2404);
        rig.receive(&stream[..at]);
        rig.receive(&stream[at..]);
        rig.receive(&wire(Command::ACK_OK, SESSION, 6, &[]));
        assert_eq!(rig.transferred(), Some(2404), "split at {at}");
        assert_eq!(rig.body().len(), 2404);
    }
}

#[test]
fn the_k20_sends_one_frame_in_two_segments() {
    let scenario = vectors("scenario_k20_split_frame");
    let mut rig = Rig::connected(config(), 21);
    rig.start(Request::Read(BufferedRead::USERS)).unwrap();
    for segment in segments(&scenario) {
        rig.receive(&segment);
    }
    rig.receive(&wire(Command::ACK_OK, SESSION, 22, &[]));
    let body = rig.body();
    assert_eq!(rig.transferred(), Some(148));
    let (size, records) = bulk::split_body(&body).unwrap();
    assert_eq!(size, 144);
    let users: Vec<User> = records
        .chunks(72)
        .map(|raw| User::decode(UserWidth::Long, raw).unwrap())
        .collect();
    for (user, expected) in users.iter().zip(scenario["expect"]["users"].as_array().unwrap()) {
        assert_eq!(u64::from(user.uid), expected["uid"].as_u64().unwrap());
        assert_eq!(user.name.as_str(), expected["name"].as_str());
        assert_eq!(user.user_id, expected["user_id"].as_str().unwrap());
    }
    assert_eq!(users.len(), 2);
}

#[test]
fn a_direct_read_ends_with_a_chunk_index_in_the_session_field() {
    let scenario = vectors("scenario_template_1244");
    let mut rig = Rig::connected(config(), 50);
    rig.start(Request::ReadDirect {
        command: Command::new(88),
        data: Bytes::from_static(&[4, 0, 6]),
    })
    .unwrap();
    for segment in segments(&scenario) {
        rig.receive(&segment);
    }
    assert_eq!(rig.transferred(), Some(1244));
    assert_eq!(
        hex::encode(Sha256::digest(rig.body())),
        scenario["expect"]["sha256_of_data"].as_str().unwrap()
    );
    assert_eq!(
        rig.take_commands(),
        [Command::new(88)],
        "a direct read holds no buffer to free"
    );
}

/// Every form of answer gives the same body.
#[test]
fn every_form_of_answer() {
    let mut body = 480_u32.to_le_bytes().to_vec();
    body.extend((0..480_u32).map(|n| n.to_le_bytes()[0]));
    let data = |reply_id, piece: &[u8]| wire(Command::DATA, 0, reply_id, piece);
    let ok = |reply_id| wire(Command::ACK_OK, SESSION, reply_id, &[]);
    let whole = vec![data(1, &body)];
    let whole_in_two = vec![data(1, &body[..300]), data(1, &body[300..]), ok(1)];
    let ack_data = vec![wire(Command::ACK_DATA, SESSION, 1, &body)];
    let announced = vec![
        prepare(1, 484),
        data(1, &body[..200]),
        data(1, &body[200..]),
        ok(1),
    ];
    let no_closing = vec![prepare(1, 484), data(1, &body)];
    let offered = vec![
        offer(1, 484),
        prepare(2, 484),
        data(2, &body[..1]),
        data(2, &body[1..]),
        ok(2),
    ];
    let bare = vec![offer(1, 484), data(2, &body)];
    let bare_in_two = vec![offer(1, 484), data(2, &body[..400]), data(2, &body[400..]), ok(2)];
    let fewer_than_asked = vec![
        offer(1, 484),
        prepare(2, 400),
        data(2, &body[..400]),
        ok(2),
        data(3, &body[400..]),
    ];
    let closed_short = vec![
        offer(1, 484),
        data(2, &body[..400]),
        ok(2),
        data(3, &body[400..]),
        ok(3),
    ];
    let late_closing = vec![
        offer(1, 484),
        prepare(2, 400),
        data(2, &body[..400]),
        prepare(3, 84),
        ok(2),
        data(3, &body[400..]),
        ok(3),
    ];
    let size_alone = vec![
        wire(Command::ACK_OK, SESSION, 1, &484_u32.to_le_bytes()),
        data(2, &body),
    ];
    let size_first = vec![
        wire(Command::ACK_OK, SESSION, 1, &[0xE4, 1, 0, 0, 0xCD, 0xEF, 0x23, 0]),
        data(2, &body),
    ];
    let forms = [
        whole,
        whole_in_two,
        ack_data,
        announced,
        no_closing,
        offered,
        bare,
        bare_in_two,
        fewer_than_asked,
        closed_short,
        late_closing,
        size_alone,
        size_first,
    ];
    for (form, answers) in forms.into_iter().enumerate() {
        let mut rig = Rig::connected(config(), 1);
        rig.start(Request::Read(BufferedRead::ATTENDANCE)).unwrap();
        for answer in answers {
            rig.receive(&answer);
        }
        // Whatever becomes of the buffer, the body is there: this terminal goes silent on it.
        assert_eq!(
            rig.take_commands().last(),
            Some(&Command::FREE_DATA),
            "form {form}"
        );
        rig.wait(10 * SECOND);
        assert_eq!(rig.transferred(), Some(484), "form {form}: {:?}", rig.events);
        assert_eq!(rig.body(), body, "form {form}");
    }
}

#[test]
fn an_empty_table_is_no_error() {
    let empty = [
        wire(Command::ACK_OK, SESSION, 1, &[]),
        wire(Command::DATA, 0, 1, &[0; 4]),
        offer(1, 0),
        prepare(1, 0),
    ];
    for answer in empty {
        let mut rig = Rig::connected(config(), 1);
        rig.start(Request::Read(BufferedRead::ATTENDANCE)).unwrap();
        rig.receive(&answer);
        rig.close();
        assert!(matches!(rig.transferred(), Some(0 | 4)), "{:?}", rig.events);
    }
}

#[test]
fn pieces_are_asked_for_in_order_and_cover_everything() {
    let mut rig = Rig::connected(config().chunk_size(1000), 1);
    rig.start(Request::Read(BufferedRead::ATTENDANCE)).unwrap();
    rig.receive(&offer(1, 2404));
    let mut asked = Vec::new();
    for reply_id in 2.. {
        let sent = rig.sent.pop().unwrap();
        if sent.header.command == Command::FREE_DATA {
            break;
        }
        let chunk = ChunkRequest::decode(&sent.data).unwrap();
        asked.push((chunk.offset, chunk.length));
        rig.receive(&prepare(reply_id, chunk.length));
        rig.receive(&wire(Command::DATA, 0, reply_id, &vec![7; chunk.length as usize]));
        // The closing acknowledgement of the piece comes late, among the next one's answer.
        rig.receive(&wire(Command::ACK_OK, 0, reply_id, &[]));
    }
    assert_eq!(asked, [(0, 1000), (1000, 1000), (2000, 404)]);
    assert_eq!(rig.body().len(), 2404);
}

#[test]
fn a_transfer_that_does_not_arrive_says_how_far_it_got() {
    type Break = fn(&mut Rig);
    let closed: Break = Rig::close;
    let silent: Break = |rig| rig.wait(10 * SECOND);
    let done: Break = |rig| rig.receive(&wire(Command::ACK_OK, SESSION, 5, &[]));
    let refused: Break = |rig| rig.receive(&wire(Command::ACK_ERROR, SESSION, 5, &[]));
    let cases = [
        (closed, Interruption::Closed),
        (silent, Interruption::Timeout),
        (done, Interruption::EndedEarly),
        (refused, Interruption::Refused(Command::ACK_ERROR)),
    ];
    for (end, expected_cause) in cases {
        let mut rig = reading(config(), 5, 2404);
        rig.receive(&prepare(5, 2404));
        rig.receive(&wire(Command::DATA, 0, 5, &[7; 1008]));
        end(&mut rig);
        let Error::ShortTransfer {
            expected: 2404,
            got: 1008,
            cause,
        } = *rig.failure()
        else {
            panic!("{:?}", rig.events);
        };
        assert_eq!(cause, expected_cause);
        assert_eq!(rig.transferred(), None);
        // The terminal's buffer is freed, where there still is a terminal.
        let freed = rig.take_commands().contains(&Command::FREE_DATA);
        assert_eq!(freed, expected_cause != Interruption::Closed);
    }
}

#[test]
fn the_rest_of_a_piece_that_stays_short_is_asked_for_again_once() {
    let short = |rig: &mut Rig| {
        rig.receive(&wire(Command::DATA, 0, 5, &[7; 400]));
        rig.wait(9 * SECOND);
        assert!(rig.sent.is_empty(), "it may still come");
        rig.wait(SECOND);
        let sent = rig.sent.pop().unwrap();
        assert_eq!(sent.header.command, Command::READ_BUFFER);
        let rest = ChunkRequest::decode(&sent.data).unwrap();
        assert_eq!((rest.offset, rest.length), (400, 600));
        assert_eq!(rig.deadline, Some(rig.now + 10 * SECOND));
        // What comes after all is not taken twice.
        rig.receive(&wire(Command::DATA, 0, 5, &[8; 600]));
    };
    let config = || config().chunk_size(1000);
    let mut rig = reading(config(), 5, 1004);
    short(&mut rig);
    rig.receive(&wire(Command::DATA, 0, 6, &[7; 600]));
    rig.receive(&wire(Command::DATA, 0, 7, &[7; 4]));
    rig.receive(&wire(Command::ACK_OK, SESSION, 8, &[]));
    assert_eq!(rig.transferred(), Some(1004), "{:?}", rig.events);
    assert_eq!(rig.body(), [7; 1004]);

    // It stays short, or silent: that is the end.
    for (more, expected) in [(0, 400), (100, 500)] {
        let mut rig = reading(config(), 5, 1004);
        short(&mut rig);
        if more > 0 {
            rig.receive(&wire(Command::DATA, 0, 6, &vec![7; more]));
        }
        rig.wait(10 * SECOND);
        let Error::ShortTransfer { got, cause, .. } = *rig.failure() else {
            panic!("{:?}", rig.events);
        };
        assert_eq!((got, cause), (expected, Interruption::Timeout));
    }

    // Not beyond the total, and not where nothing came at all.
    let mut rig = reading(config().total_timeout(10 * SECOND), 5, 1004);
    rig.receive(&wire(Command::DATA, 0, 5, &[7; 400]));
    rig.wait(10 * SECOND);
    assert!(rig.failure().is_timeout());
    let mut rig = reading(config(), 5, 1004);
    rig.wait(10 * SECOND);
    assert!(matches!(rig.failure(), Error::ShortTransfer { got: 0, .. }));
}

#[test]
fn nothing_before_the_announcement_is_a_plain_error() {
    let mut rig = Rig::connected(config(), 1);
    rig.start(Request::Read(BufferedRead::ATTENDANCE)).unwrap();
    rig.wait(10 * SECOND);
    assert!(matches!(
        rig.failure(),
        Error::Timeout {
            waiting_for: Command::PREPARE_BUFFER,
            ..
        }
    ));

    let refusals = [
        (Command::ACK_NO_BUFFER, "T&A"),
        (Command::ACK_RETRY, "busy"),
        (
            Command::ACK_ERROR,
            "refused PREPARE_BUFFER (1503) with ACK_ERROR (2001)",
        ),
    ];
    for (code, words) in refusals {
        let mut rig = Rig::connected(config(), 1);
        rig.start(Request::Read(BufferedRead::ATTENDANCE)).unwrap();
        rig.receive(&wire(code, SESSION, 1, &[]));
        assert!(rig.failure().to_string().contains(words), "{}", rig.failure());
    }
}

#[test]
fn more_than_announced_is_an_error_too() {
    let mut rig = reading(config(), 5, 100);
    rig.receive(&wire(Command::DATA, 0, 5, &[0; 101]));
    assert!(matches!(
        rig.failure(),
        Error::LongTransfer {
            expected: 100,
            got: 101
        }
    ));

    let mut rig = reading(config(), 5, 100);
    rig.receive(&prepare(5, 101));
    assert!(matches!(
        rig.failure(),
        Error::LongTransfer {
            expected: 100,
            got: 101
        }
    ));
}

#[test]
fn an_absurd_announcement_is_refused_before_anything_is_read() {
    for answer in [
        offer(1, u32::MAX),
        prepare(1, u32::MAX),
        wire(Command::DATA, 0, 1, &[0xFF; 8]),
    ] {
        let mut rig = Rig::connected(config().max_transfer(1 << 20), 1);
        rig.start(Request::Read(BufferedRead::ATTENDANCE)).unwrap();
        rig.receive(&answer);
        assert!(
            matches!(
                rig.failure(),
                Error::TransferTooLarge {
                    limit: 0x0010_0000,
                    ..
                }
            ),
            "{:?}",
            rig.events
        );
    }
}

// --- Broken packets and abandoned requests ---------------------------------------------------------------------------------------

#[test]
fn a_wrong_checksum_names_both_or_is_let_through() {
    let mut answer = wire(Command::ACK_OK, SESSION, 1, &[1, 2, 3, 4]);
    answer[10] ^= 1;
    let mut rig = Rig::connected(config(), 1);
    rig.start(exchange(Command::GET_TIME)).unwrap();
    rig.receive(&answer);
    assert!(matches!(rig.failure(), Error::BadChecksum { expected, found, .. } if expected ^ found == 1));

    let mut rig = Rig::connected(config().checksum(ChecksumPolicy::Lenient), 1);
    rig.start(exchange(Command::GET_TIME)).unwrap();
    rig.receive(&answer);
    assert!(matches!(&rig.events[..], [Event::Reply(_)]));
}

#[test]
fn a_connection_of_broken_packets_is_given_up() {
    let mut broken = wire(Command::ACK_OK, SESSION, 1, &[1, 2, 3, 4]);
    broken[10] ^= 1;
    // One less than too many: everything goes on.
    let mut rig = Rig::connected(config(), 1);
    rig.receive(&broken.repeat(31));
    rig.start(exchange(Command::GET_TIME)).unwrap();
    rig.receive(&wire(Command::ACK_OK, SESSION, 1, &[0; 4]));
    assert!(matches!(&rig.events[..], [Event::Reply(_)]), "{:?}", rig.events);
    rig.events.clear();

    rig.start(exchange(Command::GET_TIME)).unwrap();
    rig.receive(&[broken, wire(Command::ACK_OK, SESSION, 2, &[0; 4])].concat());
    let error = rig.failure();
    assert!(matches!(error, Error::BrokenStream { packets: 32 }), "{error}");
    assert!(error.is_disconnected());
    assert!(matches!(
        rig.start(exchange(Command::GET_TIME)),
        Err(Error::NotConnected)
    ));
}

#[test]
fn noise_between_packets_is_skipped() {
    let mut rig = Rig::connected(config(), 1);
    rig.start(exchange(Command::GET_TIME)).unwrap();
    rig.receive(&[&b"noise"[..], &wire(Command::ACK_OK, SESSION, 1, &[0; 4])].concat());
    assert!(matches!(
        &rig.events[..],
        [Event::Noise { skipped: 5 }, Event::Reply(_)]
    ));
}

#[test]
fn an_abandoned_request_leaves_the_session_usable() {
    let mut rig = reading(config(), 5, 2404);
    rig.events.clear();
    rig.session.abandon();
    // The terminal need not keep the table for us.
    rig.start(exchange(Command::GET_TIME)).unwrap();
    assert_eq!(rig.take_commands(), [Command::FREE_DATA, Command::GET_TIME]);
    let late: Vec<u8> = segments(&vectors("scenario_coalesced_one_segment")).concat();
    rig.receive(&late);
    assert!(rig.events.is_empty());
    rig.receive(&wire(Command::ACK_OK, SESSION, 7, &[0; 4]));
    assert!(matches!(&rig.events[..], [Event::Reply(_)]));
}

proptest! {
    /// Whatever arrives and however time passes: no panic, one end per request, data never beyond the announcement.
    #[test]
    fn no_input_breaks_a_session(steps in prop::collection::vec((0_u8..8, prop::collection::vec(any::<u8>(), 0..60), 0_u16..6), 0..60)) {
        let mut rig = Rig::connected(config(), 1);
        let mut started = 0;
        let codes = [Command::DATA, Command::PREPARE_DATA, Command::ACK_OK, Command::ACK_ERROR, Command::REG_EVENT];
        for (kind, bytes, small) in steps {
            match kind {
                0 => started += usize::from(rig.start(Request::Read(BufferedRead::USERS)).is_ok()),
                1 => started += usize::from(rig.start(exchange(Command::GET_TIME)).is_ok()),
                2 => rig.wait(Duration::from_secs(u64::from(small))),
                3 => rig.receive(&bytes),
                _ => {
                    let code = codes[usize::from(kind) % codes.len()];
                    let reply_id = rig.sent.last().map_or(0, |frame| frame.header.reply_id);
                    rig.receive(&wire(code, small, reply_id, &bytes));
                }
            }
        }
        rig.close();
        let ends = rig.events.iter().filter(|event| matches!(event, Event::Reply(_) | Event::Transferred { .. } | Event::Failed(_)));
        prop_assert_eq!(ends.count(), started);
    }
}
