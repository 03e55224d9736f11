//! Writing, clearing and locking, and what keeps it from happening by accident.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::io;
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use punchclock_zk::client::{ClearError, ClearOutcome, Window};
use punchclock_zk::quirks::Quirks;
use punchclock_zk::sim::{Fault, FrameLayout, Network, Simulator, SimulatorBuilder};
use punchclock_zk::wire::access::{Combination, GroupTimeZones, TimeZone, UserTimeZones};
use punchclock_zk::wire::control::{TerminalState, voice};
use punchclock_zk::wire::oplog::Operation;
use punchclock_zk::wire::sms::ShortMessage;
use punchclock_zk::wire::{PackedTime, Template, UserError};
use punchclock_zk::{
    AttendanceRecord, Client, Command, ConnectOptions, Error, PunchState, TextEncoding, User, UserWidth,
    VerifyMode,
};

const SERIAL: &str = "PUNCH0007";

fn morning() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, 2)
        .unwrap()
        .and_hms_opt(8, 0, 0)
        .unwrap()
}

fn records(count: i64) -> Vec<AttendanceRecord> {
    let record = |n: i64| AttendanceRecord::new(1, "1001", morning() + TimeDelta::minutes(n), 1, 0).unwrap();
    (0..count).map(record).collect()
}

fn terminal() -> SimulatorBuilder {
    Simulator::builder()
        .serial(SERIAL)
        .clock(morning)
        .users([User::new(1, "1001", "Ada"), User::new(300, "1300", "Zoë")])
}

fn patient() -> ConnectOptions {
    ConnectOptions::new().timeout(Duration::from_secs(20))
}

async fn open(terminal: &Simulator, options: ConnectOptions) -> Client {
    let (client, connection) = Client::connect(terminal.addr(), options).await.unwrap();
    tokio::spawn(connection.run());
    client
}

async fn started(builder: SimulatorBuilder) -> (Simulator, Client) {
    let terminal = builder.listen("127.0.0.1:0").await.unwrap();
    let client = open(&terminal, patient()).await;
    (terminal, client)
}

#[tokio::test]
async fn users_are_written_and_deleted_in_both_widths() {
    for width in [UserWidth::Long, UserWidth::Short] {
        let (terminal, client) = started(terminal().user_width(width)).await;
        assert_eq!(client.user_width().await.unwrap(), width);
        let uid = client.next_uid().await.unwrap().unwrap();
        assert_eq!(uid, 301);
        let mut user = User::new(uid, "2001", "");
        (user.privilege, user.card) = (14, 100_000);
        user.password = "1234".into();
        client.set_user(&user, "Bo").await.unwrap();
        let written = terminal.users().into_iter().find(|user| user.uid == uid).unwrap();
        assert_eq!(
            (written.user_id.as_str(), written.name.as_str(), written.card),
            ("2001", Some("Bo"), 100_000)
        );
        assert_eq!(client.users().await.unwrap().len(), 3);
        client.delete_user(uid).await.unwrap();
        assert_eq!(terminal.users().len(), 2);
        assert!(matches!(
            client.delete_user(uid).await,
            Err(Error::Refused { .. })
        ));
        assert!(terminal.requests(Command::REFRESHDATA) >= 2);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_sent() {
    let (terminal, client) = started(terminal()).await;
    let refused = client
        .set_user(&User::new(9, "123456789012345", ""), "Too long")
        .await;
    assert!(
        matches!(refused, Err(Error::User(UserError::UserId { .. }))),
        "{refused:?}"
    );
    assert_eq!(terminal.requests(Command::USER_WRQ), 0);
}

#[tokio::test]
async fn names_go_out_in_the_encoding_of_the_terminal() {
    let terminal = terminal().listen("127.0.0.1:0").await.unwrap();
    let gbk = TextEncoding::for_label("gbk").unwrap();
    let client = open(&terminal, patient().encoding(gbk)).await;
    client.set_user(&User::new(9, "9", ""), "张三").await.unwrap();
    let users = client.users().await.unwrap();
    let written = users.iter().find(|user| user.uid == 9).unwrap();
    assert_eq!(written.name.as_bytes(), b"\xD5\xC5\xC8\xFD");
    assert_eq!(gbk.decode(&written.name).text, "张三");
}

#[tokio::test]
async fn a_terminal_that_says_yes_and_does_nothing_is_found_out() {
    let terminal = terminal()
        .fault(Fault::ForgetWrites)
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let mut quirks = Quirks::NONE;
    quirks.verify_writes = true;
    let client = open(&terminal, patient().quirks(quirks)).await;
    let written = client.set_user(&User::new(9, "9", ""), "Nobody").await;
    assert!(matches!(
        written,
        Err(Error::NotWritten {
            command: Command::USER_WRQ
        })
    ));
    assert!(matches!(
        client.delete_user(1).await,
        Err(Error::NotWritten { .. })
    ));
}

#[tokio::test]
async fn templates_go_up_and_come_back() {
    for layout in [FrameLayout::One, FrameLayout::Frames(1008), FrameLayout::Bare] {
        let (terminal, client) = started(terminal().layout(layout)).await;
        let data: Vec<u8> = (0..1500_u32).map(|n| (n % 251).to_le_bytes()[0] | 1).collect();
        let template = Template::new(1, 6, data);
        assert_eq!(client.template(1, 6).await.unwrap(), None);
        client.set_template(&template).await.unwrap();
        assert!(terminal.is_enabled());
        assert_eq!(client.template(1, 6).await.unwrap().as_ref(), Some(&template));
        let other = Template::new(5, 0, vec![3; 700]);
        let user = User::new(5, "1005", "Eve");
        client
            .upload(UserWidth::Long, &[user], std::slice::from_ref(&other))
            .await
            .unwrap();
        assert_eq!(client.templates().await.unwrap(), [template, other]);
        assert!(terminal.users().iter().any(|user| user.user_id == "1005"));
        client.delete_template(1, 6).await.unwrap();
        assert_eq!(terminal.templates().len(), 1);
        // Nobody with that number.
        assert!(matches!(
            client.set_template(&Template::new(77, 1, vec![1; 600])).await,
            Err(Error::Refused { .. })
        ));
        assert!(terminal.is_enabled());
    }
}

#[tokio::test]
async fn clock_options_door_voice_display_and_messages() {
    let (terminal, client) = started(terminal().photo("1001", vec![0xFF; 5000])).await;
    let noon = morning() + TimeDelta::hours(4);
    client.set_time(noon).await.unwrap();
    assert_eq!(client.time().await.unwrap(), noon);
    client.set_option("VoiceOn", "0").await.unwrap();
    assert_eq!(terminal.option("VoiceOn").as_deref(), Some("0"));
    assert_eq!(client.pin_width().await.unwrap(), Some(14));
    assert_eq!(client.state().await.unwrap(), TerminalState::Idle);

    client.unlock(Duration::from_secs(3)).await.unwrap();
    assert_eq!(terminal.unlocked(), [30]);
    assert!(!client.door_is_open().await.unwrap());
    terminal.set_door(true);
    assert!(client.door_is_open().await.unwrap());
    client.play_voice(voice::THANK_YOU).await.unwrap();
    client.write_lcd(1, "Hello").await.unwrap();
    client.clear_lcd().await.unwrap();

    let message = ShortMessage::new(3, PackedTime::encode(noon).unwrap(), "Lunch is ready".into());
    client.write_message(&message).await.unwrap();
    assert_eq!(client.message(3).await.unwrap(), Some(message));
    client.give_message(1, 3).await.unwrap();
    client.take_message(1, 3).await.unwrap();
    client.delete_message(3).await.unwrap();
    assert_eq!(client.message(3).await.unwrap(), None);

    assert_eq!(client.photo("1001").await.unwrap().unwrap().len(), 5000);
    assert_eq!(client.photo("9").await.unwrap(), None);
    client.start_enrollment("1001", 6).await.unwrap();
    client.cancel_capture().await.unwrap();

    let done: Vec<_> = client
        .op_log()
        .await
        .unwrap()
        .iter()
        .map(|record| record.operation())
        .collect();
    assert_eq!(done, [Operation::SetTime, Operation::Option, Operation::Unlock]);
}

#[tokio::test]
async fn access_rules() {
    let (_terminal, client) = started(terminal()).await;
    assert_eq!(client.user_group(1).await.unwrap(), 1);
    client.set_user_group(1, 4).await.unwrap();
    assert_eq!(client.user_group(1).await.unwrap(), 4);
    let zones = UserTimeZones::new(1, true, [1, 2, 3]);
    client.set_user_time_zones(&zones).await.unwrap();
    assert_eq!(client.user_time_zones(1).await.unwrap(), zones);
    let mut group = GroupTimeZones::new(2, [4, 5, 0]);
    (group.holidays, group.verify_style) = (true, 6);
    client.set_group_time_zones(&group).await.unwrap();
    assert_eq!(client.group_time_zones(2).await.unwrap(), group);
    let mut zone = TimeZone::always(4);
    zone.days[0] = ((0, 1), (0, 0));
    client.set_time_zone(&zone).await.unwrap();
    assert_eq!(client.time_zone(4).await.unwrap(), zone);
    assert_eq!(client.time_zone(5).await.unwrap(), TimeZone::always(5));
    let combination = Combination::new(1, [1, 2, 0, 0, 0]);
    client.set_combination(&combination).await.unwrap();
    assert_eq!(client.combination(1).await.unwrap(), combination);
    client.set_user_verify(1, 129).await.unwrap();
    assert_eq!(client.user_verify(1).await.unwrap(), 129);
}

// --- Locking ---------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_locked_terminal_goes_back_to_work_whatever_happens() {
    let (terminal, client) = started(terminal()).await;
    let guard = client.disable().await.unwrap();
    assert!(!terminal.is_enabled());
    guard.enable().await.unwrap();
    assert!(terminal.is_enabled());

    drop(client.disable_for(60).await.unwrap());
    // The connection serves in order, so the unlocking comes before this.
    client.time().await.unwrap();
    assert!(terminal.is_enabled());

    let guard = client.disable().await.unwrap();
    drop(client);
    // The guard holds the connection open until it is dropped too.
    assert!(!terminal.is_enabled());
    drop(guard);
    while terminal.requests(Command::EXIT) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(terminal.is_enabled());
}

// --- Danger ----------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn nothing_dangerous_goes_out_by_accident() {
    let (terminal, client) = started(terminal().attendance(records(5)).unwrap()).await;
    for code in 0..=u16::MAX {
        let command = Command::new(code);
        if command.is_dangerous() {
            assert!(matches!(
                client.exchange(command, &b""[..]).await,
                Err(Error::Guarded { .. })
            ));
            assert_eq!(terminal.requests(command), 0);
        }
    }
    for other in ["", "PUNCH0008", "PUNCH"] {
        let refused = client.dangerous(other).await.unwrap_err();
        assert!(matches!(refused, Error::OtherTerminal { .. }) && refused.needs_attention());
    }
    assert_eq!(terminal.record_count(), 5);
}

#[tokio::test]
async fn a_log_is_cleared_only_when_it_is_safe_and_nothing_came_meanwhile() {
    let (terminal, client) = started(terminal().attendance(records(300)).unwrap()).await;
    let danger = client.dangerous(SERIAL).await.unwrap();

    // The caller cannot keep it.
    let failed = danger
        .clear_attendance(async |_| Err(io::Error::other("disk full")))
        .await;
    assert!(matches!(failed, Err(ClearError::Persist(_))));
    assert_eq!((terminal.record_count(), terminal.is_enabled()), (300, true));

    // Someone punches while it is being kept.
    let outcome = danger
        .clear_attendance(async |log| {
            assert!(!terminal.is_enabled());
            assert_eq!(log.records.len(), 300);
            terminal
                .punch("1001", morning(), VerifyMode::Finger, PunchState::CheckIn)
                .unwrap();
            Ok::<_, io::Error>(())
        })
        .await;
    assert_eq!(
        format!("{:?}", outcome.unwrap()),
        "Kept { before: Some(300), after: Some(301) }"
    );
    assert_eq!((terminal.record_count(), terminal.is_enabled()), (301, true));

    // A count that lies is no ground to clear on.
    terminal.inject(Fault::RecordCount(7));
    let outcome = danger
        .clear_attendance(async |_| Ok::<_, io::Error>(()))
        .await
        .unwrap();
    assert!(matches!(outcome, ClearOutcome::Kept { .. }), "{outcome:?}");
    terminal.clear_faults();

    // A terminal that ignores the command.
    terminal.inject(Fault::ForgetWrites);
    let outcome = danger
        .clear_attendance(async |_| Ok::<_, io::Error>(()))
        .await
        .unwrap();
    assert_eq!(outcome, ClearOutcome::NotCleared { left: Some(301) });
    terminal.clear_faults();

    let outcome = danger
        .clear_attendance(async |_| Ok::<_, io::Error>(()))
        .await
        .unwrap();
    assert_eq!(outcome, ClearOutcome::Cleared { records: 301 });
    assert_eq!((terminal.record_count(), terminal.is_enabled()), (0, true));
}

#[tokio::test]
async fn the_rest_of_the_dangerous_part_does_what_it_says() {
    let mut admin = User::new(2, "1002", "Root");
    admin.privilege = 14;
    let built = terminal()
        .users([admin])
        .templates([Template::new(1, 0, vec![1; 600])])
        .attendance(records(3))
        .unwrap();
    let (terminal, client) = started(built).await;
    let danger = client.dangerous(SERIAL).await.unwrap();
    danger.clear_admins().await.unwrap();
    assert!(terminal.users().iter().all(|user| user.privilege == 0));
    danger.clear_templates().await.unwrap();
    assert!(terminal.templates().is_empty() && terminal.users().len() == 3);
    danger.clear_op_log().await.unwrap();
    danger.clear_access().await.unwrap();
    danger.clear_users().await.unwrap();
    assert!(terminal.users().is_empty() && terminal.record_count() == 3);
    danger.wipe_everything().await.unwrap();
    assert_eq!(terminal.record_count(), 0);
    // No answer, and the connection goes: that is a restart.
    danger.restart().await.unwrap();
    assert!(client.time().await.is_err());
    let client = open(&terminal, patient()).await;
    client.dangerous(SERIAL).await.unwrap().power_off().await.unwrap();
}

// --- Windows ---------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_window_is_read_by_the_terminal_or_filtered_here() {
    for refused in [false, true] {
        let mut built = terminal().attendance(records(500)).unwrap();
        if refused {
            built = built.fault(Fault::NoWindows);
        }
        let (terminal, client) = started(built).await;
        let window = Window::new(
            morning() + TimeDelta::minutes(100),
            morning() + TimeDelta::minutes(119),
        );
        let mut stream = client.attendance_between(window).await.unwrap();
        assert_eq!(stream.windowed(), Some(!refused));
        let mut times = Vec::new();
        while let Some(record) = stream.next().await.unwrap() {
            times.push(record.unwrap().time);
        }
        assert_eq!(times.len(), 20);
        assert_eq!((times[0], times[19]), (window.from, window.to));
        assert_eq!(stream.announced_bytes(), if refused { 20_004 } else { 804 });
        let nothing = Window::since(morning() + TimeDelta::days(2));
        let mut stream = client.attendance_between(nothing).await.unwrap();
        assert!(stream.next().await.unwrap().is_none());
        assert_eq!(terminal.record_count(), 500);
    }
}

#[tokio::test]
async fn a_dropped_stream_leaves_the_client_usable() {
    let (_terminal, client) = started(terminal().attendance(records(5000)).unwrap()).await;
    for _ in 0..3 {
        let mut stream = client.attendance_stream().await.unwrap();
        stream.next().await.unwrap().unwrap().unwrap();
        drop(stream);
        assert_eq!(client.time().await.unwrap(), morning());
    }
    let mut count = 0;
    let mut stream = client.attendance_stream().await.unwrap();
    stream.for_each(|_, _| count += 1).await.unwrap();
    assert_eq!((count, stream.records()), (5000, 5000));
}

// --- UDP -------------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn everything_over_udp_with_loss() {
    let network = Network::new(4, 4, 8, 11);
    let built = terminal().attendance(records(2000)).unwrap();
    let terminal = built
        .fault(Fault::Network(network))
        .listen_udp("127.0.0.1:0")
        .await
        .unwrap();
    let client = open(&terminal, patient().udp().retries(8)).await;
    assert_eq!(
        client.device_info().await.unwrap().serial.as_deref(),
        Some(SERIAL)
    );
    assert_eq!(client.users().await.unwrap().len(), 2);
    let log = client.attendance().await.unwrap();
    assert!(log.good().cloned().collect::<Vec<_>>() == records(2000));
    client.disconnect().await.unwrap();
}

#[tokio::test]
async fn nothing_answers_over_udp() {
    let terminal = terminal()
        .fault(Fault::Silent)
        .listen_udp("127.0.0.1:0")
        .await
        .unwrap();
    let hasty = ConnectOptions::new().timeout(Duration::from_millis(300)).udp();
    let error = Client::connect(terminal.addr(), hasty).await.unwrap_err();
    assert!(matches!(error, Error::Silent { .. }), "{error}");
}

// --- Diagnosis -------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn every_refusal_has_its_own_error_and_advice() {
    let with = async |fault: Fault, udp: bool| {
        let built = terminal().fault(fault);
        let (terminal, options) = if udp {
            (built.listen_udp("127.0.0.1:0").await.unwrap(), patient().udp())
        } else {
            (built.listen("127.0.0.1:0").await.unwrap(), patient())
        };
        Client::connect(terminal.addr(), options).await.unwrap_err()
    };
    for udp in [false, true] {
        let secure = with(Fault::SecureFirmware, udp).await;
        assert!(matches!(secure, Error::SecureFirmware) && secure.to_string().contains("ADMS"));
        let other = with(Fault::OtherProtocol, udp).await;
        assert!(
            matches!(&other, Error::WrongProtocol { first } if first[0] == 0xAA),
            "{other:?}"
        );
        assert!(other.to_string().contains("C3"), "{other}");
        assert!(matches!(with(Fault::Busy(1), udp).await, Error::Busy { .. }));
    }
    assert!(with(Fault::HangUpAtNextRequest, false).await.is_disconnected());
    assert!(with(Fault::ResetAtNextRequest, false).await.is_disconnected());

    let (_terminal, client) = started(terminal().fault(Fault::NoReadBuffer)).await;
    let error = client.attendance().await.unwrap_err();
    assert!(matches!(error, Error::BufferUnavailable) && error.to_string().contains("T&A"));
}
