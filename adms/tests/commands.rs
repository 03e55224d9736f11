//! Commands on the wire, and what becomes of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is the point of a test"
)]

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use punchclock_adms::command::{
    Action, Base64, Command, CommandQueue, CommandResult, Effect, Field, Outcome, Pin, QueuePolicy, Row,
    State, TableName, UserUpdate, Window, results,
};
use punchclock_adms::{Charset, CommandError, Dialect, Record, Table, card_number, parse_head, records};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn pin() -> Pin {
    "007".parse().unwrap()
}

fn window() -> Window {
    let day = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    Window::new(
        day.and_hms_opt(0, 0, 0).unwrap(),
        day.and_hms_opt(23, 59, 59).unwrap(),
    )
    .unwrap()
}

fn wire(action: Action, dialect: Dialect) -> Result<String, CommandError> {
    let line = Command::new(7, action).encode(dialect, Charset::Utf8)?;
    let line = std::str::from_utf8(line.as_bytes()).unwrap();
    Ok(line
        .strip_prefix("C:7:")
        .unwrap()
        .strip_suffix('\n')
        .unwrap()
        .to_owned())
}

#[test]
fn every_command_as_the_documents_have_it() {
    let template = Base64::new("AAEC").unwrap();
    let user = UserUpdate::new(pin())
        .with_name("Ann".parse().unwrap())
        .with_privilege(14)
        .with_card(123_456_789);
    for (action, att, acc) in [
        (Action::Log, Some("LOG"), None),
        (Action::Check, Some("CHECK"), Some("CHECK")),
        (Action::Info, Some("INFO"), Some("INFO")),
        (
            Action::ReloadOptions,
            Some("RELOAD OPTIONS"),
            Some("RELOAD OPTIONS"),
        ),
        (Action::Reboot, Some("REBOOT"), Some("REBOOT")),
        (
            Action::GetOption("~DeviceName".parse().unwrap()),
            Some("GET OPTION FROM ~DeviceName"),
            Some("GET OPTIONS ~DeviceName"),
        ),
        (
            Action::SetOption("Delay".parse().unwrap(), "30".parse().unwrap()),
            Some("SET OPTION Delay=30"),
            Some("SET OPTIONS Delay=30"),
        ),
        (
            Action::UpdateUser(user),
            Some(
                "DATA UPDATE USERINFO PIN=007\tName=Ann\tPri=14\tPasswd=\tCard=123456789\tGrp=1\tTZ=0000000000000000",
            ),
            Some(
                "DATA UPDATE user CardNo=123456789\tPin=007\tPassword=\tGroup=1\tStartTime=0\tEndTime=0\tName=Ann\tPrivilege=14",
            ),
        ),
        (
            Action::DeleteUser(pin()),
            Some("DATA DELETE USERINFO PIN=007"),
            Some("DATA DELETE user Pin=007"),
        ),
        (
            Action::UpdateFingerprint {
                pin: pin(),
                finger: 3,
                template,
            },
            Some("DATA UPDATE FINGERTMP PIN=007\tFID=3\tSize=4\tValid=1\tTMP=AAEC"),
            None,
        ),
        (
            Action::DeleteFingerprint {
                pin: pin(),
                finger: None,
            },
            Some("DATA DELETE FINGERTMP PIN=007"),
            None,
        ),
        (
            Action::DeleteFingerprint {
                pin: pin(),
                finger: Some(3),
            },
            Some("DATA DELETE FINGERTMP PIN=007\tFID=3"),
            None,
        ),
        (Action::DeleteFace(pin()), Some("DATA DELETE FACE PIN=007"), None),
        (
            Action::DeleteBioData(pin()),
            Some("DATA DELETE BIODATA Pin=007"),
            None,
        ),
        (
            Action::DeleteUserPic(pin()),
            Some("DATA DELETE USERPIC PIN=007"),
            None,
        ),
        (
            Action::UpdateWorkCode {
                number: 1,
                code: "5".parse().unwrap(),
                name: "Travel".parse().unwrap(),
            },
            Some("DATA UPDATE WORKCODE PIN=1\tCODE=5\tNAME=Travel"),
            None,
        ),
        (
            Action::QueryPunches(window()),
            Some("DATA QUERY ATTLOG StartTime=2026-03-02 00:00:00\tEndTime=2026-03-02 23:59:59"),
            None,
        ),
        (
            Action::QueryUsers(None),
            Some("DATA QUERY USERINFO"),
            Some("DATA QUERY tablename=user,fielddesc=*,filter=*"),
        ),
        (
            Action::QueryUsers(Some(pin())),
            Some("DATA QUERY USERINFO PIN=007"),
            Some("DATA QUERY tablename=user,fielddesc=*,filter=Pin=007"),
        ),
        (
            Action::QueryFingerprints(pin()),
            Some("DATA QUERY FINGERTMP PIN=007"),
            None,
        ),
        (
            Action::QueryPhotos(window()),
            Some("DATA QUERY ATTPHOTO StartTime=2026-03-02 00:00:00\tEndTime=2026-03-02 23:59:59"),
            None,
        ),
        (
            Action::SumPunches(window()),
            Some("VERIFY SUM ATTLOG StartTime=2026-03-02 00:00:00\tEndTime=2026-03-02 23:59:59"),
            None,
        ),
        (
            Action::QueryTable(TableName::new("transaction").unwrap()),
            None,
            Some("DATA QUERY tablename=transaction,fielddesc=*,filter=*"),
        ),
        (
            Action::CountTable(TableName::new("user").unwrap()),
            None,
            Some("DATA COUNT user"),
        ),
        (
            Action::EnrollFingerprint {
                pin: pin(),
                finger: 3,
                retries: 2,
                overwrite: true,
            },
            Some("ENROLL_FP PIN=007\tFID=3\tRETRY=2\tOVERWRITE=1"),
            None,
        ),
        (
            Action::EnrollBio {
                pin: pin(),
                kind: 9,
                retries: 2,
                overwrite: false,
            },
            Some("ENROLL_BIO TYPE=9\tPIN=007\tCardNo=\tRETRY=2\tOVERWRITE=0"),
            Some("ENROLL_BIO TYPE=9\tPIN=007\tCardNo=\tRETRY=2\tOVERWRITE=0"),
        ),
        (
            Action::UpdateRow {
                table: "AccGroup".parse().unwrap(),
                row: Row::new("UID", "1".parse().unwrap())
                    .and_then(|row| row.with("Name", "Night shift".parse()?))
                    .and_then(|row| row.with_blob("Tmp", "QUJD".parse()?))
                    .unwrap(),
            },
            Some("DATA UPDATE AccGroup UID=1\tName=Night shift\tTmp=QUJD"),
            Some("DATA UPDATE AccGroup UID=1\tName=Night shift\tTmp=QUJD"),
        ),
        (
            Action::DeleteRow {
                table: "SMS".parse().unwrap(),
                key: Row::new("UID", "4".parse().unwrap()).unwrap(),
            },
            Some("DATA DELETE SMS UID=4"),
            Some("DATA DELETE SMS UID=4"),
        ),
        (Action::Unlock, Some("AC_UNLOCK"), None),
        (Action::CancelAlarm, Some("AC_UNALARM"), None),
        (
            Action::OpenDoor { door: 1, seconds: 5 },
            None,
            Some("CONTROL DEVICE 0101010500"),
        ),
        (Action::ClearLog, Some("CLEAR LOG"), None),
        (Action::ClearPhotos, Some("CLEAR PHOTO"), None),
        (Action::ClearData, Some("CLEAR DATA"), Some("CLEAR DATA")),
        (Action::ClearBioData, Some("CLEAR BIODATA"), Some("CLEAR BIODATA")),
        (Action::ClearUsers, Some("CLEAR ALL USERINFO"), None),
        (Action::ClearAdmins, Some("CLEAR ADMIN"), None),
    ] {
        assert_eq!(
            wire(action.clone(), Dialect::Att).ok().as_deref(),
            att,
            "{action:?}"
        );
        assert_eq!(
            wire(action.clone(), Dialect::Acc).ok().as_deref(),
            acc,
            "{action:?}"
        );
        let shown = format!(
            "{:?}",
            Command::new(7, action).encode(Dialect::Att, Charset::Utf8)
        );
        assert!(!shown.contains("123456789") && !shown.contains("AAEC"), "{shown}");
    }
}

#[test]
fn what_terminals_must_not_or_cannot_take() {
    let set = Action::SetOption("ICLOCKSVRURL".parse().unwrap(), "evil".parse().unwrap());
    for dialect in Dialect::ALL {
        assert_eq!(wire(set.clone(), dialect), Err(CommandError::OptionKey));
    }
    let finger = Action::DeleteFingerprint {
        pin: pin(),
        finger: Some(10),
    };
    assert_eq!(wire(finger, Dialect::Att), Err(CommandError::Range));
    for (door, seconds) in [(0, 5), (1, 0), (1, 255)] {
        assert_eq!(
            wire(Action::OpenDoor { door, seconds }, Dialect::Acc),
            Err(CommandError::Range)
        );
    }
    assert_eq!(
        Window::new(window_end(), window_start()),
        Err(CommandError::Range)
    );
}

fn window_start() -> chrono::NaiveDateTime {
    NOW.naive_utc()
}

fn window_end() -> chrono::NaiveDateTime {
    NOW.naive_utc() + TimeDelta::seconds(1)
}

#[test]
fn a_chinese_terminal_gets_its_own_charset() {
    let user = UserUpdate::new(pin()).with_name("张三".parse().unwrap());
    let command = Command::new(7, Action::UpdateUser(user));
    let has = |dialect, charset, bytes: &[u8]| {
        let line = command.encode(dialect, charset).unwrap();
        line.as_bytes().windows(bytes.len()).any(|window| window == bytes)
    };
    assert!(has(
        Dialect::Att,
        Charset::of_language(Some(83)),
        b"Name=\xd5\xc5\xc8\xfd\t"
    ));
    assert!(has(
        Dialect::Att,
        Charset::of_language(Some(69)),
        "Name=张三\t".as_bytes()
    ));
    assert!(has(Dialect::Acc, Charset::Gb18030, "Name=张三\t".as_bytes()));
}

/// The results in a body.
fn settle(queue: &mut CommandQueue, body: &str) -> Vec<Outcome> {
    let request = parse_head("POST", "/iclock/devicecmd?SN=A1").unwrap();
    let results: Vec<CommandResult<'_>> = results(body.as_bytes(), &request.parameters).collect();
    results.iter().map(|result| queue.settle(result)).collect()
}

fn take(queue: &mut CommandQueue, now: DateTime<Utc>) -> usize {
    queue.take(now, Dialect::Att, Charset::Utf8).len()
}

fn states(queue: &CommandQueue) -> Vec<State> {
    queue.entries().map(|entry| entry.state).collect()
}

#[test]
fn an_idempotent_command_is_sent_again_and_another_one_never() {
    let mut queue = CommandQueue::new(QueuePolicy::default());
    queue.give(Action::Info, NOW).unwrap();
    queue.give(Action::ClearLog, NOW).unwrap();
    let minute = TimeDelta::minutes(1);
    assert_eq!(take(&mut queue, NOW), 2);
    assert_eq!(take(&mut queue, NOW + minute * 9), 0);
    assert_eq!(take(&mut queue, NOW + minute * 10), 1);
    assert_eq!(states(&queue), [State::Sent, State::Expired]);
    assert_eq!(take(&mut queue, NOW + minute * 20), 1);
    assert!(!queue.has_due(NOW + minute * 30));
    assert_eq!(take(&mut queue, NOW + minute * 30), 0);
    assert_eq!(states(&queue), [State::Expired, State::Expired]);
    // Late is better than unknown, and twice is as once.
    let late = "ID=1&Return=0&CMD=INFO\nID=2&Return=-1&CMD=CLEAR_LOG\nID=9&Return=0\n";
    assert_eq!(
        settle(&mut queue, late),
        [Outcome::Confirmed, Outcome::Failed, Outcome::Unknown]
    );
    assert_eq!(
        settle(&mut queue, late),
        [Outcome::Repeated, Outcome::Repeated, Outcome::Unknown]
    );
    assert_eq!(states(&queue), [State::Confirmed, State::Failed]);
}

#[test]
fn a_door_is_not_opened_late() {
    let mut queue = CommandQueue::new(QueuePolicy::default());
    queue.give(Action::Unlock, NOW).unwrap();
    assert_eq!(take(&mut queue, NOW + TimeDelta::seconds(61)), 0);
    assert_eq!(states(&queue), [State::Expired]);
    // A result for what was never sent is somebody's invention.
    assert_eq!(
        settle(&mut queue, "ID=1&Return=0&CMD=AC_UNLOCK"),
        [Outcome::Repeated]
    );
    assert_eq!(states(&queue), [State::Expired]);
    assert_eq!(Action::Unlock.effect(), Effect::Physical);
}

#[test]
fn a_restart_goes_last_and_alone() {
    let mut queue = CommandQueue::new(QueuePolicy::default());
    for action in [Action::Log, Action::Reboot, Action::Info] {
        queue.give(action, NOW).unwrap();
    }
    assert_eq!(take(&mut queue, NOW), 1);
    assert_eq!(take(&mut queue, NOW), 1);
    assert_eq!(states(&queue), [State::Sent, State::Sent, State::Pending]);
    assert_eq!(take(&mut queue, NOW), 1);
}

#[test]
fn a_reply_has_room_for_so_many_and_the_first_always_fits() {
    let mut queue = CommandQueue::new(QueuePolicy {
        per_reply: 3,
        reply_bytes: 30,
        ..QueuePolicy::default()
    });
    let user = UserUpdate::new(pin()).with_name("A long name".parse().unwrap());
    queue.give(Action::UpdateUser(user), NOW).unwrap();
    for _ in 0..5 {
        queue.give(Action::Log, NOW).unwrap();
    }
    let sizes: Vec<usize> = (0..4).map(|_| take(&mut queue, NOW)).collect();
    assert_eq!(sizes, [1, 3, 2, 0]);
}

#[test]
fn an_enrolment_is_accepted_first_and_fails_by_a_small_number() {
    let mut queue = CommandQueue::new(QueuePolicy::default());
    let enrol = Action::EnrollFingerprint {
        pin: pin(),
        finger: 1,
        retries: 3,
        overwrite: false,
    };
    queue.give(enrol, NOW).unwrap();
    assert_eq!(take(&mut queue, NOW), 1);
    assert_eq!(
        settle(&mut queue, "ID=1&Return=-5000&CMD=ENROLL_FP"),
        [Outcome::Accepted]
    );
    assert_eq!(settle(&mut queue, "ID=1&CMD=ENROLL_FP"), [Outcome::Accepted]);
    assert_eq!(
        settle(&mut queue, "ID=1&Return=4&CMD=ENROLL_FP"),
        [Outcome::Failed]
    );
    let entry = queue.entries().next().unwrap();
    assert_eq!(
        entry.code.unwrap().meaning(&entry.command.action),
        "the quality was poor"
    );
}

#[test]
fn a_full_queue_forgets_what_is_done_and_refuses_else() {
    let mut queue = CommandQueue::new(QueuePolicy {
        entries: 2,
        ..QueuePolicy::default()
    });
    let first = queue.give(Action::Info, NOW).unwrap();
    queue.give(Action::Log, NOW).unwrap();
    assert_eq!(queue.give(Action::Log, NOW), Err(CommandError::Full));
    assert!(queue.cancel(&first) && !queue.cancel(&first));
    let third = queue.give(Action::Log, NOW).unwrap();
    assert_eq!(third.as_str(), "3");
    assert_eq!(queue.get(&first), None);
}

#[test]
fn an_id_never_comes_twice_even_after_a_restart() {
    let mut queue = CommandQueue::new(QueuePolicy::default());
    queue.give(Action::Info, NOW).unwrap();
    let kept: Vec<_> = queue.entries().cloned().collect();
    let json = serde_json::to_string(&kept).unwrap();
    let mut restored = CommandQueue::restore(
        QueuePolicy::default(),
        serde_json::from_str(&json).unwrap(),
        queue.next_number(),
    );
    assert!(restored.entries().eq(queue.entries()));
    assert_eq!(restored.give(Action::Log, NOW).unwrap().as_str(), "2");
    // With the entries forgotten the number still goes on.
    let mut bare = CommandQueue::restore(QueuePolicy::default(), Vec::new(), 41);
    assert_eq!(bare.give(Action::Log, NOW).unwrap().as_str(), "41");
}

#[test]
fn what_a_dialect_has_no_word_for_fails_and_holds_up_nothing() {
    let mut queue = CommandQueue::new(QueuePolicy::default());
    queue
        .give(Action::CountTable(TableName::new("user").unwrap()), NOW)
        .unwrap();
    queue.give(Action::Log, NOW).unwrap();
    assert_eq!(take(&mut queue, NOW), 1);
    assert_eq!(states(&queue), [State::Failed, State::Sent]);
}

proptest! {
    #[test]
    fn a_user_written_is_the_user_read(
        pin in "[0-9A-Za-z]{1,24}",
        name in "[^\\p{Cc}]{0,24}",
        privilege in any::<u8>(),
        card in proptest::option::of(any::<u64>()),
        chinese in any::<bool>(),
    ) {
        let mut user = UserUpdate::new(pin.parse().unwrap()).with_name(name.parse().unwrap()).with_privilege(privilege);
        if let Some(card) = card {
            user = user.with_card(card);
        }
        let charset = if chinese { Charset::Gb18030 } else { Charset::Utf8 };
        let encoded = Command::new(1, Action::UpdateUser(user)).encode(Dialect::Att, charset).unwrap();
        let row = encoded.as_bytes().strip_prefix(b"C:1:DATA UPDATE ").unwrap();
        let items: Vec<_> = records(&Table::UserInfo, row).collect();
        let [Ok(Record::User(read))] = &items[..] else { panic!("{items:?}") };
        prop_assert_eq!(read.pin, &pin);
        prop_assert_eq!(read.privilege, Some(privilege));
        prop_assert_eq!(card_number(read.card.unwrap().expose()), card);
        // Text that is valid in both charsets is read as UTF-8; terminals send names, not riddles.
        if std::str::from_utf8(read.name.unwrap().as_bytes()).is_err() || !chinese {
            let shown = read.name.unwrap().to_str();
            prop_assert_eq!(&*shown, &name);
        }
    }

    #[test]
    fn no_value_makes_a_second_line(text in any::<String>()) {
        let mut actions = Vec::new();
        if let Ok(name) = text.parse::<Field>() {
            actions.push(Action::UpdateUser(UserUpdate::new(pin()).with_name(name)));
        }
        if let Ok(pin) = text.parse::<Pin>() {
            actions.push(Action::DeleteUser(pin));
        }
        if let Ok(key) = text.parse() {
            actions.push(Action::GetOption(key));
        }
        if let Ok(value) = text.parse() {
            actions.push(Action::SetOption("Delay".parse().unwrap(), value));
        }
        if let Ok(table) = text.parse() {
            actions.push(Action::QueryTable(table));
        }
        for action in actions {
            for dialect in Dialect::ALL {
                for charset in [Charset::Utf8, Charset::Gb18030] {
                    let Ok(line) = Command::new(1, action.clone()).encode(dialect, charset) else { continue };
                    let line = line.as_bytes();
                    prop_assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
                    prop_assert!(!line.iter().any(|byte| [0, b'\r'].contains(byte)));
                }
            }
        }
    }

    #[test]
    fn a_result_written_is_the_result_read(id in "[0-9A-Za-z]{1,16}", code in any::<i64>(), command in "[A-Z_ ]{0,20}") {
        let body = format!("ID={id}&Return={code}&CMD={command}\n");
        let request = parse_head("POST", "/iclock/devicecmd?SN=A1").unwrap();
        let read: Vec<_> = results(body.as_bytes(), &request.parameters).collect();
        prop_assert_eq!(read.len(), 1);
        prop_assert_eq!((read[0].id, read[0].code.unwrap().number()), (&*id, code));
        let shown = read[0].command.to_str();
        prop_assert_eq!(&*shown, &*command);
    }
}

#[test]
fn a_row_has_a_key_and_no_second_command() {
    let value = |text: &str| text.parse::<Field>().unwrap();
    assert_eq!(Row::new("", value("1")), Err(CommandError::Empty));
    assert_eq!(Row::new("UID=1\tX", value("1")), Err(CommandError::Control));
    assert_eq!(Row::new("UID X", value("1")), Err(CommandError::Separator));
    let mut row = Row::new("C0", value("0")).unwrap();
    for column in 1..64 {
        row = row.with(&format!("C{column}"), value("0")).unwrap();
    }
    assert!(matches!(
        row.with("C64", value("0")),
        Err(CommandError::TooLong { limit: 64, .. })
    ));
}
