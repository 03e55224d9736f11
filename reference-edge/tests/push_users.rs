//! Users of a terminal that only pushes: a real edge process, and a terminal that is played over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an integration test: a failed expectation is its failure"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use support::process::{EdgeProcess, run_to_end};
use support::scripted_odoo::{Mood, ScriptedOdoo};
use support::{Site, request, until};

const LONG: Duration = Duration::from_secs(90);

/// A terminal with users, whose rows are kept as they are on the wire.
struct Played {
    edge: SocketAddr,
    users: BTreeMap<String, String>,
    /// Commands as they came, without their ids.
    came: Vec<String>,
    /// Beginnings of commands that are carried out once without an answer.
    mute: Vec<&'static str>,
}

impl Played {
    async fn post(&self, target: &str, body: &str) -> String {
        let head = format!(
            "POST /iclock/{target} HTTP/1.1\r\nHost: edge\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let (status, answer) = request(self.edge, head.as_bytes()).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    async fn tell(&self, rows: impl IntoIterator<Item = &String>) {
        let body: String = rows.into_iter().map(|row| format!("USER {row}\n")).collect();
        self.post("cdata?SN=PUSH1&table=OPERLOG&Stamp=1", &body).await;
    }

    /// A heartbeat, and what it brings.
    async fn beat(&mut self) {
        let get = "GET /iclock/getrequest?SN=PUSH1 HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n";
        let (_, commands) = request(self.edge, get.as_bytes()).await;
        for line in commands.lines().filter(|line| line.starts_with("C:")) {
            let (id, command) = line[2..].split_once(':').unwrap();
            self.came.push(command.to_owned());
            let code = self.obey(command).await;
            if let Some(at) = self.mute.iter().position(|start| command.starts_with(start)) {
                self.mute.remove(at);
                continue;
            }
            self.post("devicecmd?SN=PUSH1", &format!("ID={id}&Return={code}&CMD=DATA\n"))
                .await;
        }
    }

    async fn obey(&mut self, command: &str) -> i64 {
        if command == "DATA QUERY USERINFO" {
            self.tell(self.users.values()).await;
            return i64::try_from(self.users.len()).unwrap();
        }
        if let Some(pin) = command.strip_prefix("DATA QUERY USERINFO PIN=") {
            let Some(row) = self.users.get(pin.trim_start_matches('0')) else {
                return -10;
            };
            self.tell([row]).await;
            return 1;
        }
        if let Some(row) = command.strip_prefix("DATA UPDATE USERINFO ") {
            let pin = row.strip_prefix("PIN=").unwrap().split('\t').next().unwrap();
            self.users.insert(pin.to_owned(), row.to_owned());
            return 0;
        }
        let pin = command.strip_prefix("DATA DELETE USERINFO PIN=").unwrap();
        if self.users.remove(pin).is_some() { 0 } else { -1 }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_a_terminal_that_only_pushes_are_told_and_written() {
    let odoo = ScriptedOdoo::start(Mood::Well).await;
    let mut site = Site::new(&odoo.url());
    site.terminal("PUSH1", "push", None);
    odoo.knows("PUSH1", "Asia/Manila");
    for wish in [
        json!({ "id": 1, "revision": 4, "serial": "PUSH1", "action": "write", "pin": "007", "name": "Anna Peeters", "card": "4711" }),
        json!({ "id": 2, "revision": 5, "serial": "PUSH1", "action": "write", "pin": "9", "name": "Ben", "card": null }),
        json!({ "id": 3, "revision": 6, "serial": "PUSH1", "action": "remove", "pin": "8", "name": null, "card": null }),
        json!({ "id": 4, "revision": 7, "serial": "PUSH1", "action": "write", "pin": "1 2", "name": "X", "card": null }),
        json!({ "id": 5, "revision": 8, "serial": "NOT_HERE", "action": "remove", "pin": "1", "name": null, "card": null }),
    ] {
        odoo.wants(wish);
    }
    let edge = EdgeProcess::start(&site.write());
    let row = |pin: &str, rest: &str| (pin.to_owned(), format!("PIN={pin}\tName={rest}"));
    let mut terminal = Played {
        edge: site.push,
        users: BTreeMap::from([
            row(
                "7",
                "Anna Claes\tPri=14\tPasswd=hunter2\tCard=[15CD5B07]\tGrp=3\tTZ=0001\tVerify=-1",
            ),
            row("8", "Carl\tPri=0\tPasswd=\tCard=\tGrp=1\tTZ=0000"),
            row("11", "Eve\tPri=0\tPasswd=\tCard="),
        ]),
        came: Vec::new(),
        mute: vec!["DATA UPDATE USERINFO PIN=7", "DATA DELETE USERINFO"],
    };
    let told = |method: &str, list: &str| -> Vec<Value> {
        let reports = odoo.reports(method);
        let lists = reports
            .iter()
            .map(|report| report[list].as_array().unwrap().clone());
        lists.flatten().collect()
    };
    // What is about nobody's terminal is answered when the others are taken: before that it would be asked who is there.
    until("the wishes to be taken", LONG, async || {
        !odoo.reports("report_writes").is_empty()
    })
    .await;
    // Somebody is enrolled at the terminal.
    terminal.tell([&terminal.users["11"]]).await;
    until("all answers", LONG, async || {
        terminal.beat().await;
        told("report_writes", "results").len() >= 5
    })
    .await;
    let ended: BTreeSet<_> = told("report_writes", "results")
        .iter()
        .map(|result| ["id", "revision"].map(|key| result[key].as_i64().unwrap()))
        .collect();
    assert_eq!(ended, BTreeSet::from([[1, 4], [2, 5], [3, 6], [4, 7], [5, 8]]));
    let refused: BTreeSet<_> = told("report_writes", "results")
        .iter()
        .filter(|result| result["ok"] == json!(false))
        .map(|result| result["id"].as_i64().unwrap())
        .collect();
    assert_eq!(
        refused,
        BTreeSet::from([4, 5]),
        "a PIN that no command can carry, and no terminal"
    );

    let anna = "PIN=7\tName=Anna Peeters\tPri=14\tPasswd=hunter2\tGrp=3\tTZ=0001\tVerify=-1\tCard=4711";
    assert_eq!(terminal.users["7"], anna, "rights and password as they were");
    assert!(terminal.users["9"].starts_with("PIN=9\tName=Ben\tPri=0\t"));
    assert_eq!(terminal.users.len(), 3);
    let twice = |start: &str| {
        terminal
            .came
            .iter()
            .filter(|command| command.starts_with(start))
            .count()
    };
    assert_eq!(
        (
            twice("DATA UPDATE USERINFO PIN=7"),
            twice("DATA UPDATE USERINFO PIN=9"),
            twice("DATA DELETE")
        ),
        (2, 1, 2),
        "what was not answered came again"
    );

    let complete = || {
        let reports = odoo.reports("report_users");
        reports.into_iter().find(|report| report["last"] == json!(true))
    };
    until("the users", LONG, async || {
        terminal.beat().await;
        complete().is_some()
    })
    .await;
    let all = complete().unwrap();
    assert_eq!(all["serial"], json!("PUSH1"));
    let mut users = all["users"].as_array().unwrap().clone();
    users.sort_by_key(|user| user["pin"].to_string());
    assert_eq!(users.remove(0)["name"], json!("Eve"));
    assert_eq!(
        users,
        [
            json!({ "pin": "7", "name": "Anna Peeters", "card": "4711", "privilege": 14 }),
            json!({ "pin": "9", "name": "Ben", "card": null, "privilege": 0 }),
        ]
    );
    // Who had been enrolled before was told of at once, and nobody was called gone by it.
    let news = odoo.reports("report_users").remove(0);
    assert_eq!(news["last"], json!(false));
    let news = news["users"].as_array().unwrap();
    assert!(news.iter().any(|user| user["pin"] == json!("11")), "{news:?}");

    let log = edge.log();
    assert_eq!(edge.terminate(), Some(0));
    let kept = run_to_end(&["quarantine", "--config", site.write().to_str().unwrap()]);
    let everything = format!(
        "{log}{}{:?}",
        String::from_utf8_lossy(&kept.stdout),
        odoo.reports("report_users")
    );
    assert!(!everything.contains("hunter2"), "a password is nobody's business");
    assert!(!log.contains("Anna") && !log.contains("4711"), "{log}");
}
