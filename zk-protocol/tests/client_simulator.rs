//! The client and the simulated terminal over real sockets. Both come from one hand, so this proves the plumbing, not the wire: that
//! is what the vectors are for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use common::{entries, frames, hex_of, vectors, wire};
use punchclock_zk::frame::Framer;
use punchclock_zk::quirks::Quirks;
use punchclock_zk::sim::{Fault, FrameLayout, Simulator, SimulatorBuilder};
use punchclock_zk::{
    AttendanceLayout, AttendanceRecord, BadRecordReason, ChecksumPolicy, Client, CommKey, Command,
    ConnectOptions, Error, Interruption, PunchState, User, UserWidth, VerifyMode,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

fn morning() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, 2)
        .unwrap()
        .and_hms_opt(8, 0, 0)
        .unwrap()
}

fn records(count: u16) -> Vec<AttendanceRecord> {
    let record = |n: u16| {
        let time = morning() + TimeDelta::seconds(i64::from(n) * 7);
        AttendanceRecord::new(
            n % 50,
            &format!("{}", 1000 + n % 50),
            time,
            1,
            u8::from(n % 2 == 1),
        )
        .unwrap()
    };
    (0..count).map(record).collect()
}

fn people(count: u16) -> Vec<User> {
    (1..=count)
        .map(|n| User::new(n, &(1000 + n).to_string(), &format!("Person {n}")))
        .collect()
}

fn terminal() -> SimulatorBuilder {
    Simulator::builder().clock(morning)
}

fn patient() -> ConnectOptions {
    ConnectOptions::new().timeout(Duration::from_secs(20))
}

fn hasty() -> ConnectOptions {
    ConnectOptions::new().timeout(Duration::from_millis(200))
}

async fn connect(terminal: &Simulator) -> Client {
    open(terminal.addr(), patient()).await.unwrap()
}

/// A client whose connection runs beside it.
async fn open(addr: SocketAddr, options: ConnectOptions) -> Result<Client, Error> {
    let (client, connection) = Client::connect(addr, options).await?;
    tokio::spawn(connection.run());
    Ok(client)
}

const LAYOUTS: [FrameLayout; 8] = [
    FrameLayout::One,
    FrameLayout::Frames(1008),
    FrameLayout::Frames(33),
    FrameLayout::Coalesced,
    FrameLayout::Split(1),
    FrameLayout::Split(997),
    FrameLayout::Bare,
    FrameLayout::Immediate,
];

#[tokio::test]
async fn a_terminal_tells_who_it_is() {
    let terminal = terminal()
        .serial("PUNCH0001")
        .device_name("Front door")
        .without_option("~OEMVendor")
        .users(people(3))
        .attendance(records(5))
        .unwrap()
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let client = connect(&terminal).await;
    let info = client.device_info().await.unwrap();
    assert_eq!(
        (info.serial.as_deref(), info.device_name.as_deref()),
        (Some("PUNCH0001"), Some("Front door"))
    );
    assert_eq!(
        (info.firmware.as_deref(), info.vendor),
        (Some("Ver 6.60 Apr 26 2016"), None)
    );
    assert_eq!(info.mac.as_deref(), Some("02:00:00:00:00:01"));
    assert_eq!(client.option("~NoSuchThing").await.unwrap(), None);
    assert_eq!(client.time().await.unwrap(), morning());
    let sizes = client.free_sizes().await.unwrap();
    assert_eq!((sizes.users, sizes.records), (Some(3), Some(5)));
    client.disconnect().await.unwrap();
    assert_eq!(terminal.requests(Command::EXIT), 1);
    terminal.shutdown().await;
}

#[tokio::test]
async fn the_whole_log_arrives_in_every_layout() {
    // Small enough for one packet, one piece, and several pieces; even and odd counts.
    for count in [1, 24, 25, 26, 999, 1000, 4001] {
        let expected = records(count);
        for layout in LAYOUTS {
            let terminal = terminal()
                .layout(layout)
                .attendance(expected.clone())
                .unwrap()
                .listen("127.0.0.1:0")
                .await
                .unwrap();
            let client = connect(&terminal).await;
            let log = client.attendance().await.unwrap();
            assert_eq!(log.announced_bytes, 4 + 40 * u32::from(count));
            assert_eq!(log.announced_records, Some(u32::from(count)));
            let read: Vec<_> = log.good().cloned().collect();
            assert!(read == expected, "{count} records in layout {layout:?}");
            client.disconnect().await.unwrap();
        }
    }
}

#[tokio::test]
async fn users_in_both_widths() {
    for width in [UserWidth::Short, UserWidth::Long] {
        // 18 short and 7 long records have the same size; the count tells them apart.
        for count in [1, 7, 18, 200] {
            let mut expected = people(count);
            for user in &mut expected {
                user.name = format!("P{}", user.uid).as_str().into();
            }
            let terminal = terminal()
                .user_width(width)
                .users(expected.clone())
                .listen("127.0.0.1:0")
                .await
                .unwrap();
            assert_eq!(
                connect(&terminal).await.users().await.unwrap(),
                expected,
                "{width:?} {count}"
            );
        }
    }
}

#[tokio::test]
async fn an_empty_terminal_has_nothing() {
    let terminal = terminal().listen("127.0.0.1:0").await.unwrap();
    let client = connect(&terminal).await;
    let log = client.attendance().await.unwrap();
    assert_eq!((log.records.len(), log.announced_bytes), (0, 0));
    assert!(client.users().await.unwrap().is_empty());
}

#[tokio::test]
async fn reading_writes_nothing_and_locks_nothing() {
    let terminal = terminal()
        .users(people(3))
        .attendance(records(100))
        .unwrap()
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let client = connect(&terminal).await;
    client.device_info().await.unwrap();
    client.users().await.unwrap();
    client.attendance().await.unwrap();
    client.disconnect().await.unwrap();
    let read_only = [1000, 1100, 11, 50, 1503, 1504, 1502, 1001];
    for code in 0..=u16::MAX {
        let count = terminal.requests(Command::new(code));
        assert!(
            count == 0 || read_only.contains(&code),
            "code {code} was sent {count} times"
        );
    }
}

#[tokio::test]
async fn the_log_grows_while_the_terminal_runs() {
    let terminal = terminal().users(people(3)).listen("127.0.0.1:0").await.unwrap();
    let client = connect(&terminal).await;
    for n in 0..30_u8 {
        let time = morning() + TimeDelta::minutes(i64::from(n));
        terminal
            .punch("1002", time, VerifyMode::Face, PunchState::CheckOut)
            .unwrap();
        let log = client.attendance().await.unwrap();
        let last = log.good().last().unwrap();
        assert_eq!(
            (log.records.len(), last.uid, last.time),
            (usize::from(n) + 1, Some(2), time)
        );
        assert_eq!(
            (last.verify_mode(), last.punch_state()),
            (VerifyMode::Face, PunchState::CheckOut)
        );
    }
    assert_eq!(terminal.record_count(), 30);
}

#[tokio::test]
async fn one_impossible_record_hides_no_other() {
    let mut impossible = records(1)[0].raw.clone();
    impossible[27..31].copy_from_slice(&808_780_340_u32.to_le_bytes());
    let mut zero = impossible.clone();
    zero[27..31].fill(0);
    let terminal = terminal()
        .attendance(records(10))
        .unwrap()
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    terminal.push_raw(&impossible);
    terminal.push_raw(&zero);
    terminal.punch("1001", morning(), 1, 0).unwrap();
    let log = connect(&terminal).await.attendance().await.unwrap();
    assert_eq!(log.records.len(), 13);
    assert_eq!(log.good().count(), 11);
    let bad: Vec<_> = log.bad().collect();
    assert_eq!((bad[0].index, &bad[0].raw), (10, &impossible));
    assert_eq!(
        (bad[1].index, &bad[1].reason),
        (11, &BadRecordReason::ClockNotSet)
    );
}

// --- Counts and widths -----------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_count_that_lies_does_not_cost_the_log() {
    // Among them counts that make another known width come out: 4,000 bytes are 250 records of 16, 500 of 8.
    for (count, told) in [
        (6, 0),
        (60, 0),
        (101, 100),
        (100, 101),
        (100, 7),
        (100, 250),
        (100, 500),
    ] {
        let terminal = terminal()
            .attendance(records(count))
            .unwrap()
            .listen("127.0.0.1:0")
            .await
            .unwrap();
        terminal.inject(Fault::RecordCount(told));
        let log = connect(&terminal).await.attendance().await.unwrap();
        assert_eq!(log.layout, Some(AttendanceLayout::W40));
        assert_eq!(log.good().count(), usize::from(count), "told {told}");
    }
}

#[tokio::test]
async fn every_width_with_and_without_a_count() {
    for layout in AttendanceLayout::ALL {
        // Even and odd counts, among them sizes that several widths divide.
        for count in [1, 2, 5, 10, 49, 98, 360, 1001] {
            let expected = records(count);
            let described = || {
                terminal()
                    .users(people(50))
                    .attendance_layout(layout)
                    .attendance(expected.clone())
                    .unwrap()
            };
            let told = described().listen("127.0.0.1:0").await.unwrap();
            let untold = described()
                .fault(Fault::NoCounters)
                .listen("127.0.0.1:0")
                .await
                .unwrap();
            let late = described()
                .fault(Fault::RecordCount(u32::from(count) - 1))
                .listen("127.0.0.1:0")
                .await
                .unwrap();
            for (what, terminal) in [("told", told), ("untold", untold), ("late", late)] {
                let log = match connect(&terminal).await.attendance().await {
                    Ok(log) => log,
                    Err(error) => panic!("{count} records of {layout} bytes, count {what}: {error}"),
                };
                assert_eq!(log.layout, Some(layout), "{count}, count {what}");
                assert_eq!(log.records.len(), usize::from(count));
                for (record, expected) in log.good().zip(&expected) {
                    assert_eq!(record.time, expected.time, "{layout}");
                    assert_eq!((record.verify, record.punch), (expected.verify, expected.punch));
                    // The user table tells who has which number.
                    if !layout.is_by_uid() || expected.uid != Some(0) {
                        assert_eq!(record.user_id, expected.user_id, "{layout}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn widths_nobody_has_described_are_named_not_guessed() {
    for width in [7_u32, 13, 44, 64] {
        for count in [1, 5, 10, 40] {
            let log: Vec<u8> = (0..width * count).map(|n| (n * 31).to_le_bytes()[0]).collect();
            let terminal = terminal()
                .raw_log(log, count)
                .listen("127.0.0.1:0")
                .await
                .unwrap();
            let error = connect(&terminal).await.attendance().await.unwrap_err();
            assert!(
                matches!(&error, Error::UnsupportedRecordWidth { width: named, .. } if *named == width),
                "{width} × {count}: {error}"
            );
            assert!(
                error.needs_attention() && error.to_string().contains(&format!("records of {width} bytes"))
            );
        }
    }
    let terminal = terminal()
        .raw_log(vec![0x41; 130], 9)
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let error = connect(&terminal).await.attendance().await.unwrap_err();
    assert!(matches!(
        error,
        Error::UnknownRecordWidth {
            total: 130,
            count: Some(9),
            ..
        }
    ));
}

#[tokio::test]
async fn short_and_long_records_of_eight_bytes_are_told_apart() {
    // pyzk issue 99: no count fits, because short records have four bytes.
    let long = |uid: u8, second: u8| [uid, 0, 0x28, 0, 0xA8 + second, 0xEB, 0xA7, 0x1E];
    let short = |uid: u8, seconds: u8| [uid, 0, 0x2C, seconds];
    let log = [
        &long(7, 0)[..],
        &short(8, 5),
        &short(9, 200),
        &long(7, 20),
        &short(8, 1),
    ]
    .concat();
    let terminal = terminal()
        .users(people(9))
        .raw_log(log, 5)
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let log = connect(&terminal).await.attendance().await.unwrap();
    assert_eq!(log.layout, Some(AttendanceLayout::W8B));
    let read: Vec<_> = log
        .good()
        .map(|record| (record.user_id.as_str(), record.time.to_string(), record.punch))
        .collect();
    let expected = [
        ("1007", "2016-01-01 19:02:00", 1),
        ("1008", "2016-01-01 19:02:05", 1),
        ("1009", "2016-01-01 19:05:20", 1),
        ("1007", "2016-01-01 19:02:20", 1),
        ("1008", "2016-01-01 19:02:21", 1),
    ];
    assert_eq!(
        read,
        expected.map(|(id, time, punch)| (id, time.to_owned(), punch))
    );
}

#[tokio::test]
async fn a_width_can_be_dictated() {
    let quirks = |layout| {
        let mut quirks = Quirks::NONE;
        quirks.attendance = Some(layout);
        patient().quirks(quirks)
    };
    let terminal = terminal()
        .attendance(records(9))
        .unwrap()
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    for (layout, count) in [(AttendanceLayout::W40, 9), (AttendanceLayout::W36, 10)] {
        let client = open(terminal.addr(), quirks(layout)).await.unwrap();
        assert_eq!(client.attendance().await.unwrap().records.len(), count);
        client.disconnect().await.unwrap();
    }
}

// --- Comm key --------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn the_comm_key_opens_and_nothing_else_does() {
    let terminal = terminal()
        .comm_key(CommKey::new(123_456))
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let with = |options: ConnectOptions| open(terminal.addr(), options);
    assert!(matches!(with(patient()).await, Err(Error::AuthRequired)));
    let wrong = with(patient().comm_key(CommKey::new(654_321))).await.unwrap_err();
    assert!(matches!(wrong, Error::AuthFailed) && wrong.needs_attention());
    let client = with(patient().comm_key(CommKey::new(123_456))).await.unwrap();
    assert_eq!(client.time().await.unwrap(), morning());
    let shown = format!(
        "{client:?} {:?} {wrong}",
        patient().comm_key(CommKey::new(123_456))
    );
    assert!(!shown.contains("123456") && !shown.contains("123_456"));
}

// --- Misbehaviour ----------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_hang_up_anywhere_is_an_error_and_the_next_read_is_whole() {
    let terminal = terminal()
        .layout(FrameLayout::Frames(1008))
        .attendance(records(200))
        .unwrap()
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let mut kinds = [0, 0];
    for after in (0..8600).step_by(431) {
        let client = connect(&terminal).await;
        terminal.inject(Fault::HangUpAfter(after));
        match client.attendance().await {
            Err(Error::ConnectionClosed { .. }) => kinds[0] += 1,
            Err(Error::ShortTransfer {
                expected: 8004,
                got,
                cause: Interruption::Closed,
            }) => {
                assert!(got < 8004);
                kinds[1] += 1;
            }
            // All of it was there before the good-bye.
            Ok(log) => assert!(after > 8004 && log.good().count() == 200),
            Err(error) => panic!("{after}: {error}"),
        }
        terminal.clear_faults();
    }
    assert!(kinds[0] > 0 && kinds[1] > 10, "{kinds:?}");
    assert_eq!(
        connect(&terminal)
            .await
            .attendance()
            .await
            .unwrap()
            .good()
            .count(),
        200
    );
}

#[tokio::test]
async fn a_hang_up_at_the_next_request() {
    let terminal = terminal().listen("127.0.0.1:0").await.unwrap();
    let client = connect(&terminal).await;
    terminal.inject(Fault::HangUpAtNextRequest);
    let error = client.time().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::ConnectionClosed {
                during: Command::GET_TIME
            }
        ) && error.is_disconnected()
    );
    assert!(matches!(client.time().await, Err(Error::NotConnected)));
    assert_eq!(connect(&terminal).await.time().await.unwrap(), morning());
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let terminal = terminal().listen("127.0.0.1:0").await.unwrap();
    let client = open(terminal.addr(), hasty()).await.unwrap();
    terminal.inject(Fault::Silent);
    let error = client.time().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Timeout {
                waiting_for: Command::GET_TIME,
                ..
            }
        ) && error.is_timeout()
    );
    let error = open(terminal.addr(), hasty()).await.unwrap_err();
    assert!(matches!(error, Error::Silent { .. }) && error.is_timeout());
    terminal.clear_faults();
    assert_eq!(client.time().await.unwrap(), morning(), "the connection survived");
}

#[tokio::test]
async fn a_wrong_checksum_is_refused_unless_asked() {
    let terminal = terminal()
        .attendance(records(50))
        .unwrap()
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    terminal.inject(Fault::WrongChecksum);
    assert!(matches!(
        open(terminal.addr(), patient()).await,
        Err(Error::BadChecksum { .. })
    ));
    let client = open(terminal.addr(), patient().checksum(ChecksumPolicy::Lenient))
        .await
        .unwrap();
    assert_eq!(client.attendance().await.unwrap().good().count(), 50);
}

#[tokio::test]
async fn off_the_network_and_back() {
    let terminal = terminal()
        .attendance(records(3))
        .unwrap()
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let client = connect(&terminal).await;
    terminal.online(false);
    assert!(client.time().await.unwrap_err().is_disconnected());
    let error = open(terminal.addr(), hasty()).await.unwrap_err();
    assert!(error.is_disconnected(), "{error}");
    terminal.online(true);
    assert_eq!(
        connect(&terminal)
            .await
            .attendance()
            .await
            .unwrap()
            .good()
            .count(),
        3
    );
}

#[tokio::test]
async fn nothing_listens() {
    let terminal = terminal().listen("127.0.0.1:0").await.unwrap();
    let addr = terminal.addr();
    terminal.shutdown().await;
    let error = open(addr, hasty()).await.unwrap_err();
    assert!(matches!(&error, Error::ConnectRefused { addr: named, .. } if *named == addr.to_string()));
    assert!(error.is_disconnected() && error.to_string().contains(&addr.to_string()));
}

#[tokio::test]
async fn an_abandoned_read_leaves_the_client_usable() {
    let terminal = terminal()
        .layout(FrameLayout::Split(7))
        .attendance(records(4000))
        .unwrap()
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let client = connect(&terminal).await;
    for wait in [0, 1, 3, 10] {
        let read = tokio::time::timeout(Duration::from_millis(wait), client.attendance()).await;
        assert!(read.is_err(), "the read was meant to be cut off");
    }
    assert_eq!(client.time().await.unwrap(), morning());
    assert_eq!(client.attendance().await.unwrap().good().count(), 4000);
}

// --- Other clients ---------------------------------------------------------------------------------------------------------------

/// Sends the recorded requests of another client, each after the answer to the one before.
#[tokio::test]
async fn the_simulator_answers_what_another_client_sends() {
    let file = vectors("requests_pyzk");
    for session in entries(&file) {
        let name = session["session"].as_str().unwrap();
        let mut builder = terminal().users(people(5)).attendance(records(60)).unwrap();
        if name == "auth_tcp" {
            builder = builder.comm_key(CommKey::new(123_456));
        }
        let terminal = builder.listen("127.0.0.1:0").await.unwrap();
        // It opens a connection just to see whether it can.
        drop(TcpStream::connect(terminal.addr()).await.unwrap());
        let mut stream = TcpStream::connect(terminal.addr()).await.unwrap();
        for request in session["frames"].as_array().unwrap() {
            let bytes = hex_of(&request["hex"]);
            let asked = frames(&bytes).remove(0).header;
            stream.write_all(&bytes).await.unwrap();
            if asked.command == Command::ACK_OK {
                continue;
            }
            let answer = first_answer(&mut stream).await;
            assert_eq!(answer.header.reply_id, asked.reply_id, "{}", request["id"]);
            assert_ne!(answer.header.command, Command::ACK_UNKNOWN, "{}", request["id"]);
        }
    }
}

async fn first_answer(stream: &mut TcpStream) -> punchclock_zk::frame::Frame {
    let mut framer = Framer::default();
    let mut first = None;
    loop {
        while let Some(item) = framer.next_frame() {
            let frame = item.unwrap();
            // An announced answer ends with its acknowledgement.
            let whole = !matches!(frame.header.command, Command::PREPARE_DATA) && first.is_none();
            let last = frame.header.command == Command::ACK_OK;
            let opening = first.get_or_insert(frame);
            if whole || last {
                return opening.clone();
            }
        }
        let mut bytes = [0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut bytes))
            .await
            .unwrap()
            .unwrap();
        assert!(read > 0, "closed");
        framer.push(&bytes[..read]);
    }
}

/// A terminal that gives one prepared answer to every request; the codes it was sent.
async fn scripted(answers: Vec<Vec<u8>>) -> (SocketAddr, JoinHandle<Vec<Command>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let terminal = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut framer, mut asked, mut answers) = (Framer::default(), Vec::new(), answers.into_iter());
        let mut bytes = [0; 4096];
        loop {
            let read = stream.read(&mut bytes).await.unwrap_or(0);
            if read == 0 {
                return asked;
            }
            framer.push(&bytes[..read]);
            while let Some(item) = framer.next_frame() {
                asked.push(item.unwrap().header.command);
                if let Some(answer) = answers.next() {
                    stream.write_all(&answer).await.unwrap();
                }
            }
        }
    });
    (addr, terminal)
}

#[tokio::test]
async fn events_that_come_with_the_answer_are_kept() {
    let time = 782_550_489_u32.to_le_bytes();
    let event = |code, data: &[u8]| wire(Command::REG_EVENT, code, 0, data);
    let (addr, terminal) = scripted(vec![
        wire(Command::ACK_OK, 7, 0, &[]),
        [
            wire(Command::ACK_OK, 7, 1, &time),
            event(1, b"first"),
            event(2, b"second"),
        ]
        .concat(),
    ])
    .await;
    let client = open(addr, patient()).await.unwrap();
    let mut listener = client.events().unwrap();
    assert_eq!(client.time().await.unwrap().to_string(), "2024-05-06 07:08:09");
    let mut events = Vec::new();
    for _ in 0..2 {
        let event = listener.next().await.unwrap();
        events.push((event.code, event.data));
    }
    assert_eq!(
        events,
        [(1, b"first".to_vec().into()), (2, b"second".to_vec().into())]
    );
    drop(client);
    // Both are acknowledged at once.
    assert_eq!(
        terminal.await.unwrap(),
        [
            Command::CONNECT,
            Command::GET_TIME,
            Command::ACK_OK,
            Command::ACK_OK,
            Command::EXIT
        ]
    );
}

#[tokio::test]
async fn waiting_for_ever_is_possible() {
    let terminal = terminal().listen("127.0.0.1:0").await.unwrap();
    for limit in [Duration::MAX, Duration::from_secs(u64::MAX / 4)] {
        let options = ConnectOptions::new()
            .connect_timeout(limit)
            .timeout(limit)
            .total_timeout(limit);
        let client = open(terminal.addr(), options).await.unwrap();
        assert_eq!(client.time().await.unwrap(), morning());
        client.disconnect().await.unwrap();
    }
}

#[tokio::test]
async fn keys_may_lack_their_nul_and_times_may_be_padded() {
    let terminal = terminal()
        .serial("PUNCH0002")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let client = connect(&terminal).await;
    let reply = client
        .exchange(Command::OPTIONS_RRQ, &b"~SerialNumber"[..])
        .await
        .unwrap();
    assert_eq!(reply.data, &b"~SerialNumber=PUNCH0002\0"[..]);
    let mut padded = 782_550_489_u32.to_le_bytes().to_vec();
    padded.resize(32, 0);
    client.exchange(Command::SET_TIME, padded).await.unwrap();
    assert_eq!(client.time().await.unwrap().to_string(), "2024-05-06 07:08:09");
}

#[test]
fn a_program_without_a_runtime_reads_too() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let described = terminal().users(people(3)).attendance(records(70)).unwrap();
    let terminal = runtime.block_on(described.listen("127.0.0.1:0")).unwrap();
    let blocking =
        punchclock_zk::blocking::Terminal::connect(&terminal.addr().to_string(), patient()).unwrap();
    assert_eq!(
        blocking.call(async |client| client.users().await).unwrap().len(),
        3
    );
    let log = blocking.call(async |client| client.attendance().await).unwrap();
    assert_eq!(log.good().count(), 70);
    blocking.disconnect().unwrap();
    assert_eq!(terminal.requests(Command::EXIT), 1);
}

#[test]
fn handles_can_move_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Simulator>();
    check::<Error>();
    fn sendable<T: Send>() {}
    sendable::<punchclock_zk::Connection>();
    check::<Client>();
}
