//! What a real edge process tells Odoo besides punches, and what it takes from it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an integration test: a failed expectation is its failure"
)]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::NaiveDateTime;
use punchclock_zk::User;
use punchclock_zk::sim::Simulator;
use serde_json::json;
use support::process::EdgeProcess;
use support::scripted_odoo::{Mood, ScriptedOdoo};
use support::{Site, request, until};

const LONG: Duration = Duration::from_secs(60);

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn terminals_their_users_and_the_edge_itself_are_reported() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let mut anna = User::new(1, "7", "Anna Claes");
    anna.card = 4711;
    let mut boss = User::new(2, "0042", "");
    boss.privilege = 14;
    let terminal = Simulator::builder()
        .serial("REP1")
        .users([anna, boss])
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    terminal.punch("7", local("2026-03-02T08:00:00"), 1, 0).unwrap();
    let mut site = Site::new(&odoo.url());
    site.terminal("REP1", "poll", Some(terminal.addr()));
    site.terminal("UNKNOWN1", "push", None);
    odoo.knows("REP1", "Europe/Brussels");
    let edge = EdgeProcess::start(&site.write());
    // A terminal that nobody has configured asks to be served.
    let hello =
        "GET /iclock/cdata?SN=STRANGE1&options=all HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n";
    let _ = request(site.push, hello.as_bytes()).await;

    until("the users", LONG, async || {
        !odoo.reports("report_users").is_empty()
    })
    .await;
    let told = odoo.reports("report_users").remove(0);
    assert_eq!((&told["serial"], &told["last"]), (&json!("REP1"), &json!(true)));
    assert_eq!(
        told["users"],
        json!([
            { "pin": "7", "name": "Anna Claes", "card": "4711", "privilege": 0 },
            { "pin": "0042", "name": null, "card": null, "privilege": 14 },
        ])
    );
    assert!(
        NaiveDateTime::parse_from_str(told["read_at"].as_str().unwrap(), "%Y-%m-%d %H:%M:%S").is_ok(),
        "{told}"
    );

    let report = odoo.reports("report").pop().unwrap();
    assert_eq!(report["health"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(report["health"]["queue_depth"].is_u64(), "{report}");
    let terminals = report["terminals"].as_array().unwrap();
    let of = |serial: &str| {
        terminals
            .iter()
            .find(|terminal| terminal["serial"] == serial)
            .unwrap()
    };
    assert_eq!(of("REP1")["firmware"], "Ver 6.60 Apr 26 2016");
    assert_eq!(
        (&of("REP1")["user_count"], &of("REP1")["log_count"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(of("REP1")["problem"], json!(null));
    assert_eq!(of("UNKNOWN1")["configured"], json!(true));
    assert_eq!(of("STRANGE1")["configured"], json!(false));

    // Not a warning that depends on the day this test is run; only that the end of the key is known.
    let (_, health) = site.get("/health", None).await;
    assert!(health.contains("odoo:key_days"), "{health}");
    let log = edge.log();
    assert_eq!(edge.terminate(), Some(0));
    assert!(
        log.contains("$1$4a7d"),
        "the head of the audit trail is kept outside Odoo: {log}"
    );
    assert!(
        !log.contains("Anna") && !log.contains("4711"),
        "names and cards are nobody's business in a log"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_answer_is_lost_is_sent_under_the_same_name() {
    let odoo = ScriptedOdoo::start(Mood::StoresAndFails).await;
    let terminal = Simulator::builder()
        .serial("NAME1")
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    for minute in 0..5 {
        let at = local("2026-03-02T08:00:00") + chrono::TimeDelta::minutes(minute);
        terminal.punch("7", at, 1, 0).unwrap();
    }
    let mut site = Site::new(&odoo.url());
    site.terminal("NAME1", "poll", Some(terminal.addr()));
    let edge = EdgeProcess::start(&site.write());
    until("some lost answers", LONG, async || odoo.batches().len() >= 3).await;
    odoo.set(Mood::Well);
    until("the queue to empty", LONG, async || {
        site.metric("edge_queue_pending ").await == 0 && odoo.stored().len() == 5
    })
    .await;
    terminal.punch("7", local("2026-03-02T17:00:00"), 1, 1).unwrap();
    until("the next punch", LONG, async || odoo.stored().len() == 6).await;
    assert_eq!(edge.terminate(), Some(0));
    let batches = odoo.batches();
    let (last, lost) = batches.split_last().unwrap();
    assert_eq!(lost.iter().collect::<BTreeSet<_>>().len(), 1, "{batches:?}");
    assert_ne!(&lost[0], last, "another batch has another name");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hr_wants_of_users_is_written_and_told() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let mut anna = User::new(4, "7", "Anna Claes");
    anna.privilege = 14;
    let gone = User::new(5, "8", "Carl");
    let terminal = Simulator::builder()
        .serial("WISH1")
        .users([anna, gone])
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let mut site = Site::new(&odoo.url());
    site.terminal("WISH1", "poll", Some(terminal.addr()));
    for wish in [
        json!({ "id": 1, "revision": 10, "serial": "WISH1", "action": "write", "pin": "9", "name": "Ben", "card": "4711" }),
        json!({ "id": 2, "revision": 20, "serial": "WISH1", "action": "write", "pin": "007", "name": "Anna Peeters", "card": null }),
        json!({ "id": 3, "revision": 30, "serial": "WISH1", "action": "remove", "pin": "8", "name": null, "card": null }),
        json!({ "id": 4, "revision": 40, "serial": "WISH1", "action": "write", "pin": "not ascii: é", "name": "X", "card": null }),
        json!({ "id": 5, "revision": 50, "serial": "NOT_HERE", "action": "write", "pin": "9", "name": "Ben", "card": null }),
    ] {
        odoo.wants(wish);
    }
    let edge = EdgeProcess::start(&site.write());
    let told = || {
        let reports = odoo.reports("report_writes");
        let results = reports
            .iter()
            .flat_map(|report| report["results"].as_array().unwrap().clone());
        let ended = results.map(|result| {
            assert_eq!(
                result["revision"].as_i64(),
                result["id"].as_i64().map(|id| id * 10),
                "the wish that was answered is named"
            );
            (result["id"].as_i64().unwrap(), result["ok"].as_bool().unwrap())
        });
        ended.collect::<BTreeSet<_>>()
    };
    until("all answers", LONG, async || told().len() == 5).await;
    assert_eq!(
        told(),
        BTreeSet::from([(1, true), (2, true), (3, true), (4, false), (5, false)])
    );
    let users = terminal.users();
    let shown: BTreeSet<_> = users
        .iter()
        .map(|user| {
            let name = user.name.to_string_lossy().into_owned();
            (user.uid, user.user_id.clone(), name, user.card, user.privilege)
        })
        .collect();
    let expected = [(4, "7", "Anna Peeters", 0, 14), (6, "9", "Ben", 4711, 0)];
    let expected = expected
        .map(|(uid, pin, name, card, privilege)| (uid, pin.to_owned(), name.to_owned(), card, privilege));
    assert_eq!(shown, BTreeSet::from(expected));
    let log = edge.log();
    assert_eq!(edge.terminate(), Some(0));
    assert!(!log.contains("Peeters") && !log.contains("4711"), "{log}");
}
