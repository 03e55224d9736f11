//! Listening over reconnects: every punch once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use punchclock_zk::live::{self, LiveItem, LiveItems, LiveOptions, Punch};
use punchclock_zk::sim::{EventForm, Fault, Simulator};
use punchclock_zk::watermark::Watermark;
use punchclock_zk::wire::LiveEvent;
use punchclock_zk::wire::event::mask;
use punchclock_zk::{Command, ConnectOptions, PunchState, User, VerifyMode};
use tokio::task::JoinHandle;
use tokio::time::timeout;

fn at(minute: i64) -> NaiveDateTime {
    let morning = NaiveDate::from_ymd_opt(2026, 3, 2)
        .unwrap()
        .and_hms_opt(8, 0, 0)
        .unwrap();
    morning + TimeDelta::minutes(minute)
}

async fn terminal(faults: &[Fault], form: EventForm) -> Simulator {
    let users = (1..=9_u16).map(|n| User::new(n, &(1000 + n).to_string(), "Someone"));
    let mut builder = Simulator::builder().clock(|| at(0)).users(users).event_form(form);
    for fault in faults {
        builder = builder.fault(*fault);
    }
    builder.listen("127.0.0.1:0").await.unwrap()
}

fn listen(terminal: &Simulator, live: LiveOptions) -> (LiveItems, JoinHandle<Watermark>) {
    let options = ConnectOptions::new().timeout(Duration::from_secs(20));
    let quick = live.reconnect(Duration::from_millis(20), Duration::from_millis(200));
    let (items, driver) = live::listen(&terminal.addr().to_string(), options, quick);
    (items, tokio::spawn(driver.run()))
}

async fn next(items: &mut LiveItems) -> LiveItem {
    timeout(Duration::from_secs(30), items.next())
        .await
        .expect("an item")
        .expect("a driver")
}

/// The next punch, whatever the connection does meanwhile.
async fn punch(items: &mut LiveItems) -> Punch {
    loop {
        match next(items).await {
            LiveItem::Punch(punch) => return punch,
            LiveItem::Event(event) => panic!("{event:?}"),
            _ => {}
        }
    }
}

/// Waits until it is listened to: punches from then on are new.
async fn ready(items: &mut LiveItems) {
    while !matches!(next(items).await, LiveItem::Connected) {}
}

/// Takes the terminal off the network, and waits until that was noticed: nobody hears what comes now.
async fn off(terminal: &Simulator, items: &mut LiveItems) {
    terminal.online(false);
    while !matches!(next(items).await, LiveItem::Disconnected { .. }) {}
}

fn tap(terminal: &Simulator, n: u16, minute: i64) {
    let id = (1000 + n).to_string();
    terminal
        .punch(&id, at(minute), VerifyMode::Finger, PunchState::CheckIn)
        .unwrap();
}

#[tokio::test]
async fn punches_are_told_as_they_come_in_every_form() {
    for form in [
        EventForm::Text32,
        EventForm::Text36,
        EventForm::Number12,
        EventForm::Uid10,
    ] {
        let terminal = terminal(&[], form).await;
        let (mut items, driver) = listen(&terminal, LiveOptions::new());
        ready(&mut items).await;
        for n in 1..=5 {
            tap(&terminal, n, i64::from(n));
            let punch = punch(&mut items).await;
            assert_eq!(
                (punch.user_id, punch.time),
                ((1000 + n).to_string(), at(n.into())),
                "{form:?}"
            );
            assert_eq!((punch.verify, punch.punch, punch.from_log), (1, 0, false));
        }
        drop(items);
        driver.await.unwrap();
        assert_eq!(terminal.requests(Command::EXIT), 1, "it says good-bye");
    }
}

#[tokio::test]
async fn nothing_is_missed_or_told_twice_over_reconnects() {
    for no_windows in [false, true] {
        let faults = if no_windows { &[Fault::NoWindows][..] } else { &[] };
        let terminal = terminal(faults, EventForm::Text32).await;
        // What happened before is not of interest, not even where the clock did not keep up.
        tap(&terminal, 9, -60);
        tap(&terminal, 8, 0);
        let (mut items, driver) = listen(&terminal, LiveOptions::new());
        ready(&mut items).await;
        let mut told = Vec::new();
        for round in 0..5 {
            let minute = round * 10;
            tap(&terminal, 1, minute);
            told.push(punch(&mut items).await);
            off(&terminal, &mut items).await;
            tap(&terminal, 2, minute + 1);
            tap(&terminal, 3, minute + 2);
            terminal.online(true);
            told.push(punch(&mut items).await);
            told.push(punch(&mut items).await);
            tap(&terminal, 4, minute + 3);
            told.push(punch(&mut items).await);
        }
        drop(items);
        driver.await.unwrap();
        let times: Vec<_> = told.iter().map(|punch| punch.time).collect();
        let expected: Vec<_> = (0..5)
            .flat_map(|round| (0..4).map(move |n| at(round * 10 + n)))
            .collect();
        assert_eq!(times, expected, "windows refused: {no_windows}");
        assert!(told.iter().any(|punch| punch.from_log) && told.iter().any(|punch| !punch.from_log));
    }
}

#[tokio::test]
async fn an_event_that_gets_lost_is_found_in_the_log() {
    let terminal = terminal(&[], EventForm::Text32).await;
    let (mut items, driver) = listen(
        &terminal,
        LiveOptions::new().keep_alive(Duration::from_millis(50)),
    );
    ready(&mut items).await;
    tap(&terminal, 1, 1);
    assert!(!punch(&mut items).await.from_log);
    terminal.inject(Fault::LoseEvents(1));
    tap(&terminal, 2, 2);
    let found = punch(&mut items).await;
    assert_eq!((found.user_id.as_str(), found.from_log), ("1002", true));
    tap(&terminal, 3, 3);
    assert_eq!(punch(&mut items).await.user_id, "1003");
    drop(items);
    driver.await.unwrap();
}

#[tokio::test]
async fn a_clock_that_was_set_back_hides_no_punch() {
    let terminal = terminal(&[], EventForm::Text32).await;
    let (mut items, driver) = listen(&terminal, LiveOptions::new());
    ready(&mut items).await;
    tap(&terminal, 1, 1);
    punch(&mut items).await;
    let month = -30 * 24 * 60;
    terminal.inject(Fault::ClockJump(month * 60));
    off(&terminal, &mut items).await;
    tap(&terminal, 2, month);
    terminal.online(true);
    let late = punch(&mut items).await;
    assert_eq!(
        (late.user_id.as_str(), late.time, late.from_log),
        ("1002", at(month), true)
    );
    tap(&terminal, 3, month + 1);
    assert_eq!(punch(&mut items).await.user_id, "1003");
    // Told once: the next reconnect brings nothing but what is new.
    off(&terminal, &mut items).await;
    tap(&terminal, 4, month + 2);
    terminal.online(true);
    assert_eq!(punch(&mut items).await.user_id, "1004");
    drop(items);
    driver.await.unwrap();
}

#[tokio::test]
async fn it_goes_on_where_a_watermark_stands() {
    let terminal = terminal(&[], EventForm::Text32).await;
    tap(&terminal, 1, 1);
    tap(&terminal, 2, 2);
    let (mut items, driver) = listen(&terminal, LiveOptions::new().resume(Watermark::new()));
    assert_eq!(punch(&mut items).await.user_id, "1001");
    assert_eq!(punch(&mut items).await.user_id, "1002");
    drop(items);
    let watermark = driver.await.unwrap();
    tap(&terminal, 3, 3);
    let kept = serde_json::to_string(&watermark).unwrap();
    let watermark: Watermark = serde_json::from_str(&kept).unwrap();
    let (mut items, driver) = listen(&terminal, LiveOptions::new().resume(watermark));
    let new = punch(&mut items).await;
    assert_eq!((new.user_id.as_str(), new.from_log), ("1003", true));
    drop(items);
    driver.await.unwrap();
}

#[tokio::test]
async fn other_events_are_told_as_they_are() {
    let terminal = terminal(&[], EventForm::Text32).await;
    let (mut items, driver) = listen(&terminal, LiveOptions::new());
    ready(&mut items).await;
    terminal.report(mask::FINGER, &b""[..]);
    assert!(matches!(
        next(&mut items).await,
        LiveItem::Event(LiveEvent::Finger)
    ));
    terminal.report(0x4000, &b"new"[..]);
    assert!(matches!(
        next(&mut items).await,
        LiveItem::Event(LiveEvent::Raw { code: 0x4000, .. })
    ));
    // Two punches in one packet.
    let two: Vec<u8> = [1, 2]
        .iter()
        .flat_map(|n| {
            let mut raw = format!("100{n}").into_bytes();
            raw.resize(24, 0);
            raw.extend([1, 0, 26, 3, 2, 8, *n, 0]);
            raw
        })
        .collect();
    terminal.report(mask::ATTENDANCE, two);
    assert_eq!(punch(&mut items).await.user_id, "1001");
    assert_eq!(punch(&mut items).await.user_id, "1002");
    drop(items);
    driver.await.unwrap();
}

#[tokio::test]
async fn a_terminal_that_is_away_is_tried_again() {
    let terminal = terminal(&[], EventForm::Text32).await;
    terminal.online(false);
    let (mut items, driver) = listen(&terminal, LiveOptions::new());
    let mut waits = Vec::new();
    while waits.len() < 4 {
        if let LiveItem::Disconnected { retry_in, .. } = next(&mut items).await {
            waits.push(retry_in.as_millis());
        }
    }
    assert_eq!(waits, [20, 40, 80, 160]);
    terminal.online(true);
    ready(&mut items).await;
    drop(items);
    driver.await.unwrap();
}
