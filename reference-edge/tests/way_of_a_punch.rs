//! The way of a punch through a real edge process: both channels, the fallback between them, kills and stops.

#![allow(
    clippy::unwrap_used,
    reason = "an integration test: a failed expectation is its failure"
)]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use punchclock_adms::sim::Terminal as Pushing;
use punchclock_zk::sim::Simulator;
use support::process::EdgeProcess;
use support::scripted_odoo::{Mood, ScriptedOdoo};
use support::{Site, until};

const LONG: Duration = Duration::from_secs(30);

fn clock(minute: i64) -> NaiveDateTime {
    "2026-03-02T08:00:00".parse::<NaiveDateTime>().unwrap() + TimeDelta::minutes(minute)
}

fn pushing(serial: &str, site: &Site) -> Pushing {
    Pushing::builder(serial, site.push)
        .heartbeat(Duration::from_millis(300))
        .retry_gap(Duration::from_millis(300))
        .start()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_punch_by_two_channels_is_delivered_once() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let polled = Simulator::builder()
        .serial("BOTH1")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let mut site = Site::new(&odoo.url());
    site.terminal("BOTH1", "both", Some(polled.addr()));
    let edge = EdgeProcess::start(&site.write());
    let pushed = pushing("BOTH1", &site);
    for minute in 0..30 {
        // The polled log carries the PIN without its leading zeros, as some widths do.
        polled.punch("42", clock(minute), 1, 0).unwrap();
        pushed.punch("0042", clock(minute), 0, 15);
    }
    until("both copies", LONG, async || {
        let mut all = 0;
        for (channel, outcome) in [
            ("poll", "accepted"),
            ("poll", "duplicate"),
            ("push", "accepted"),
            ("push", "duplicate"),
        ] {
            all += site
                .metric(&format!(
                    "edge_ingest_events_total{{source=\"{channel}\",outcome=\"{outcome}\"}}"
                ))
                .await;
        }
        all >= 60
    })
    .await;
    until("delivery", LONG, async || odoo.stored().len() == 30).await;
    assert_eq!(pushed.status().acknowledged, 30);
    pushed.replay();
    until("the replay to be refused", LONG, async || {
        site.metric("edge_ingest_events_total{source=\"push\",outcome=\"duplicate\"}")
            .await
            >= 30
    })
    .await;
    assert_eq!(odoo.stored().len(), 30);
    pushed.stop().await;
    assert_eq!(edge.terminate(), Some(0), "an orderly stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_push_is_replaced_by_polling_and_recovers() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let polled = Simulator::builder()
        .serial("FALL1")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let mut site = Site::new(&odoo.url());
    site.terminal("FALL1", "push", Some(polled.addr()));
    let edge = EdgeProcess::start(&site.write());
    let pushed = pushing("FALL1", &site);
    let punch = |minute| {
        polled.punch("1", clock(minute), 1, 0).unwrap();
        pushed.punch("1", clock(minute), 0, 1);
    };
    until("the first poll", LONG, async || {
        site.metric("edge_polls_total{result=\"ok\"}").await == 1
    })
    .await;
    punch(0);
    until("the pushed punch", LONG, async || odoo.stored().len() == 1).await;
    assert_eq!(
        site.metric("edge_polls_total{result=\"ok\"}").await,
        1,
        "a terminal that pushes is not polled meanwhile"
    );

    pushed.online(false);
    punch(1);
    until("the punch by polling", LONG, async || odoo.stored().len() == 2).await;
    assert!(
        site.get("/health", None)
            .await
            .1
            .contains("FALL1) is silent on push")
    );
    let polls = site.metric("edge_polls_total{result=\"ok\"}").await;
    until("more polls", LONG, async || {
        site.metric("edge_polls_total{result=\"ok\"}").await >= polls + 2
    })
    .await;

    pushed.online(true);
    until("recovery", LONG, async || edge.logged("push is heard again")).await;
    assert!(!site.get("/health", None).await.1.contains("is silent on push"));
    punch(2);
    until("the third punch", LONG, async || odoo.stored().len() == 3).await;
    pushed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_polling_is_replaced_by_push_and_recovers() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let polled = Simulator::builder()
        .serial("FALL2")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let mut site = Site::new(&odoo.url());
    site.terminal("FALL2", "poll", Some(polled.addr()));
    let edge = EdgeProcess::start(&site.write());
    let pushed = pushing("FALL2", &site);
    let punch = |minute| {
        polled.punch("1", clock(minute), 1, 0).unwrap();
        pushed.punch("1", clock(minute), 0, 1);
    };
    until("the handshake", LONG, async || pushed.status().handshakes > 0).await;
    assert_eq!(
        pushed.status().options.get("Realtime").map(String::as_str),
        Some("0"),
        "a polled terminal does not push by itself"
    );
    punch(0);
    until("the polled punch", LONG, async || odoo.stored().len() == 1).await;
    assert_eq!(pushed.status().acknowledged, 0);

    polled.online(false);
    punch(1);
    until("the punch by push", LONG, async || odoo.stored().len() == 2).await;
    assert!(edge.logged("asked to push"), "{}", edge.log());
    assert!(
        site.get("/health", None)
            .await
            .1
            .contains("FALL2) is silent on poll")
    );

    polled.online(true);
    until("recovery", LONG, async || edge.logged("polling works again")).await;
    punch(2);
    until("the third punch", LONG, async || odoo.stored().len() == 3).await;
    pushed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_whose_handshake_has_to_wait_is_polled_meanwhile() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let polled = Simulator::builder()
        .serial("WAITS")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let mut site = Site::new(&odoo.url());
    // Neither the configuration nor Odoo knows its zone, so that it must not be told a time.
    site.terminals = format!(
        "[[terminal]]\nserial = \"WAITS\"\nmode = \"push\"\naddress = \"{}\"\n",
        polled.addr()
    );
    let path = site.folder.path().join("edge.toml");
    std::fs::write(
        &path,
        site.config_text().replace("trust_host", "when_synchronised"),
    )
    .unwrap();
    let _edge = EdgeProcess::start(&path);
    let pushed = pushing("WAITS", &site);
    until("the first poll", LONG, async || {
        site.metric("edge_polls_total{result=\"ok\"}").await >= 1
    })
    .await;
    polled.punch("1", clock(0), 1, 0).unwrap();
    pushed.punch("1", clock(0), 0, 1);
    until("the punch by polling", LONG, async || odoo.stored().len() == 1).await;
    assert_eq!((pushed.status().handshakes, pushed.status().acknowledged), (0, 0));
    let (status, health) = site.get("/health", None).await;
    assert!(
        status == 200 && health.contains("its handshake waits"),
        "{health}"
    );
    pushed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_must_be_left_alone_is_told_no_time() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let mut site = Site::new(&odoo.url());
    site.terminal("ALONE", "push", None);
    let path = site.folder.path().join("edge.toml");
    for (setting, told) in [("never", false), ("trust_host", true)] {
        std::fs::write(&path, site.config_text().replace("trust_host", setting)).unwrap();
        let edge = EdgeProcess::start(&path);
        let mut stream = tokio::net::TcpStream::connect(site.push).await.unwrap();
        let greeting =
            b"GET /iclock/cdata?SN=ALONE&options=all HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, greeting)
            .await
            .unwrap();
        let mut answer = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer)
            .await
            .unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let head = answer.to_ascii_lowercase();
        assert_eq!(head.contains("\r\ndate: "), told, "{setting}: {answer}");
        assert_eq!(head.contains("timezone="), told, "{setting}: {answer}");
        assert_eq!(edge.terminate(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_nothing_acknowledged_is_lost() {
    let odoo = ScriptedOdoo::start(Mood::Html(503)).await;
    let polled = Simulator::builder()
        .serial("KILL1")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let mut site = Site::new(&odoo.url());
    site.terminal("KILL1", "poll", Some(polled.addr()))
        .terminal("KILL2", "push", None);
    let pushed = pushing("KILL2", &site);
    let mut minute = 0;
    for round in 0..6 {
        let edge = EdgeProcess::start(&site.write());
        odoo.set(if round % 2 == 0 {
            Mood::StoresAndFails
        } else {
            Mood::Well
        });
        for _ in 0..40 {
            polled.punch("1", clock(minute), 1, 0).unwrap();
            pushed.punch("2", clock(minute), 0, 1);
            minute += 1;
        }
        tokio::time::sleep(Duration::from_millis(200 + round * 130)).await;
        edge.kill();
    }
    odoo.set(Mood::Well);
    let edge = EdgeProcess::start(&site.write());
    let expected: BTreeSet<(String, String)> = (0..minute)
        .flat_map(|minute| {
            ["1", "2"].map(|pin| {
                (
                    pin.to_owned(),
                    clock(minute).format("%Y-%m-%dT%H:%M:%S").to_string(),
                )
            })
        })
        .collect();
    until("everything", LONG, async || odoo.stored().len() >= expected.len()).await;
    assert_eq!(odoo.stored().into_iter().collect::<BTreeSet<_>>(), expected);
    until("the queue to empty", LONG, async || {
        site.metric("edge_queue_pending ").await == 0
    })
    .await;
    pushed.stop().await;
    assert_eq!(edge.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_zone_of_a_terminal_reaches_it_in_the_handshake() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let mut site = Site::new(&odoo.url());
    site.terminal("ZONE1", "push", None);
    let _edge = EdgeProcess::start(&site.write());
    let pushed = pushing("ZONE1", &site);
    until("the handshake", LONG, async || pushed.status().handshakes > 0).await;
    assert_eq!(
        pushed.status().options.get("TimeZone").map(String::as_str),
        Some("8"),
        "Manila"
    );
    pushed.stop().await;
}
