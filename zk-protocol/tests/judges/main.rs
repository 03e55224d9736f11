//! Other people's clients judge our simulator. What comes from one hand proves nothing about the wire; these come from three others.
//!
//! pyzk 0.9 (Python), `zkteco-js` and `node-zklib` (npm) run as processes in environments of their own; `tests/judges/environment` makes
//! them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use punchclock_zk::sim::{FrameLayout, Simulator, SimulatorBuilder};
use punchclock_zk::wire::Template;
use punchclock_zk::{
    AttendanceLayout, AttendanceRecord, CommKey, Command as Wire, PunchState, User, UserWidth, VerifyMode,
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

/// Far more than a judge needs, on a machine that does ten other things.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the clients are installed.
fn home() -> &'static Path {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| {
        let script = format!("{}/tests/judges/environment", env!("CARGO_MANIFEST_DIR"));
        let made = std::process::Command::new(&script)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(made.status.success(), "{script} failed");
        String::from_utf8(made.stdout).unwrap().trim().into()
    })
}

fn morning() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, 2)
        .unwrap()
        .and_hms_opt(8, 0, 0)
        .unwrap()
}

fn records(count: u32) -> Vec<AttendanceRecord> {
    let record = |n: u32| {
        let time = morning() + TimeDelta::seconds(i64::from(n) * 7);
        let uid = u16::try_from(n % 5 + 1).unwrap();
        AttendanceRecord::new(
            uid,
            &(1000 + u32::from(uid)).to_string(),
            time,
            1,
            u8::from(n % 2 == 1),
        )
        .unwrap()
    };
    (0..count).map(record).collect()
}

fn terminal(count: u32) -> SimulatorBuilder {
    let people = (1..=5_u16).map(|n| User::new(n, &(1000 + n).to_string(), &format!("P{n}")));
    Simulator::builder()
        .serial("PUNCH0001")
        .clock(morning)
        .users(people)
        .attendance(records(count))
        .unwrap()
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Over {
    Tcp,
    Udp,
}

async fn start(builder: SimulatorBuilder, over: Over) -> Simulator {
    match over {
        Over::Tcp => builder.listen("127.0.0.1:0").await.unwrap(),
        Over::Udp => builder.listen_udp("127.0.0.1:0").await.unwrap(),
    }
}

fn pyzk(terminal: &Simulator, key: u32, over: Over, step: &str) -> Command {
    let mut command = Command::new(home().join("python/bin/python"));
    command.arg(format!(
        "{}/tests/judges/pyzk_client.py",
        env!("CARGO_MANIFEST_DIR")
    ));
    command.args([terminal.addr().port().to_string(), key.to_string()]);
    command
        .arg(if over == Over::Udp { "udp" } else { "tcp" })
        .arg(step);
    command
}

fn node(package: &str, terminal: &Simulator, step: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(format!(
        "{}/tests/judges/node_client.js",
        env!("CARGO_MANIFEST_DIR")
    ));
    command.args([package, &terminal.addr().port().to_string(), step]);
    command
        .env("NODE_PATH", home().join("node/node_modules"))
        .env("TZ", "UTC");
    command
}

/// Runs a judge to its end; the last thing it says.
async fn verdict(mut command: Command) -> Value {
    let output = timeout(PATIENCE, command.kill_on_drop(true).output())
        .await
        .expect("a verdict in time")
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().rev().find(|line| line.starts_with('{'));
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last = last.unwrap_or_else(|| panic!("the judge said nothing: {said} {complaint}"));
    serde_json::from_str(last).unwrap()
}

fn shown(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

const BOTH: [Over; 2] = [Over::Tcp, Over::Udp];

#[tokio::test(flavor = "multi_thread")]
async fn pyzk_learns_who_it_is_with_and_without_a_key() {
    for over in BOTH {
        for key in [None, Some(123_456)] {
            let mut builder = terminal(60);
            if let Some(key) = key {
                builder = builder.comm_key(CommKey::new(key));
            }
            let terminal = start(builder, over).await;
            let said = verdict(pyzk(&terminal, key.unwrap_or(0), over, "info")).await;
            let info = &said["result"];
            assert_eq!(info["serial"], "PUNCH0001", "{over:?} {said}");
            assert_eq!(info["firmware"], "Ver 6.60 Apr 26 2016");
            assert_eq!(info["platform"], "ZMM220_TFT");
            assert_eq!(info["time"], shown(morning()));
            assert_eq!((&info["users"], &info["records"]), (&json!(5), &json!(60)));
            if key.is_some() {
                let said = verdict(pyzk(&terminal, 654_321, over, "info")).await;
                assert!(
                    said["refused"].as_str().unwrap().contains("Unauthenticated"),
                    "{said}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pyzk_reads_users_of_both_widths() {
    for over in BOTH {
        for width in [UserWidth::Long, UserWidth::Short] {
            let terminal = start(terminal(0).user_width(width), over).await;
            let said = verdict(pyzk(&terminal, 0, over, "users")).await;
            let expected: Vec<Value> = (1..=5)
                .map(|n| json!([n, (1000 + n).to_string(), format!("P{n}"), 0, 0]))
                .collect();
            assert_eq!(said["result"], json!(expected), "{over:?} {width:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pyzk_reads_the_log_in_the_widths_it_knows() {
    for over in BOTH {
        // What it swaps in records of 16 bytes is known (protocol notes, 1.9), so only the rest is compared there.
        for (layout, count) in [
            (AttendanceLayout::W40, 7),
            (AttendanceLayout::W40, 24),
            (AttendanceLayout::W40, 2001),
            (AttendanceLayout::W16, 333),
            (AttendanceLayout::W8A, 333),
        ] {
            let described = terminal(0)
                .attendance_layout(layout)
                .attendance(records(count))
                .unwrap();
            let terminal = start(described, over).await;
            let said = verdict(pyzk(&terminal, 0, over, "attendance")).await;
            let read = said["result"].as_array().unwrap_or_else(|| panic!("{said}"));
            assert_eq!(read.len(), usize::try_from(count).unwrap(), "{over:?} {layout}");
            for (read, expected) in read.iter().zip(records(count)) {
                assert_eq!(read[0], expected.user_id.as_str(), "{over:?} {layout}");
                assert_eq!(read[1], shown(expected.time));
                if layout != AttendanceLayout::W16 {
                    assert_eq!(
                        (&read[2], &read[3]),
                        (&json!(expected.verify), &json!(expected.punch))
                    );
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pyzk_writes_and_deletes_users() {
    for over in BOTH {
        let terminal = start(terminal(0), over).await;
        let said = verdict(pyzk(&terminal, 0, over, "write")).await;
        let written = said["result"]["written"]
            .as_array()
            .unwrap_or_else(|| panic!("{said}"));
        assert_eq!(written.len(), 6);
        assert_eq!(written[5], json!([40, "1044", "Jane Roe", 14, 6543]));
        assert_eq!(said["result"]["deleted"].as_array().unwrap().len(), 5);
        assert_eq!(terminal.users().len(), 5);
        assert_eq!(terminal.requests(Wire::USER_WRQ), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pyzk_sets_the_clock() {
    for over in BOTH {
        let terminal = start(terminal(0), over).await;
        let said = verdict(pyzk(&terminal, 0, over, "clock")).await;
        assert_eq!(said["result"], "2024-05-06 07:08:09");
        assert_eq!(shown(terminal.time()), "2024-05-06 07:08:09");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pyzk_reads_templates() {
    let fingers = [
        Template::new(1, 0, vec![7; 600]),
        Template::new(2, 6, vec![9; 900]),
    ];
    let terminal = start(terminal(0).templates(fingers), Over::Tcp).await;
    let said = verdict(pyzk(&terminal, 0, Over::Tcp, "templates")).await;
    let read = said["result"].as_array().unwrap_or_else(|| panic!("{said}"));
    let places: Vec<_> = read
        .iter()
        .map(|template| (template[0].clone(), template[1].clone()))
        .collect();
    assert_eq!(places, [(json!(1), json!(0)), (json!(2), json!(6))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pyzk_hears_punches() {
    for over in BOTH {
        let terminal = start(terminal(0), over).await;
        let mut judge = pyzk(&terminal, 0, over, "live")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(judge.stdout.take().unwrap()).lines();
        timeout(PATIENCE, async {
            while terminal.requests(Wire::REG_EVENT) == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            for n in 1..=3_i64 {
                let time = morning() + TimeDelta::minutes(n);
                let id = (1000 + n).to_string();
                terminal
                    .punch(&id, time, VerifyMode::Finger, PunchState::CheckOut)
                    .unwrap();
                let line = lines.next_line().await.unwrap().expect("what it heard");
                let heard: Value = serde_json::from_str(&line).unwrap();
                // It knows one event a packet and loses what comes meanwhile, so each waits for the one before.
                assert_eq!(heard["seen"], json!([id, shown(time), 1]), "{over:?}");
            }
        })
        .await
        .expect("pyzk to hear");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn node_clients_read_info_users_and_the_log() {
    for package in ["node-zklib", "zkteco-js"] {
        // They take what comes in one read for one packet, so each is written by itself and after a while.
        for count in [20, 2001] {
            let terminal = start(
                terminal(count)
                    .layout(FrameLayout::One)
                    .gap(Duration::from_millis(40)),
                Over::Tcp,
            )
            .await;
            let said = verdict(node(package, &terminal, "info")).await;
            assert_eq!(said["result"]["logCounts"], count, "{package} {said}");
            let said = verdict(node(package, &terminal, "users")).await;
            let users = said["result"]
                .as_array()
                .unwrap_or_else(|| panic!("{package} {said}"));
            assert_eq!(users.len(), 5, "{package}");
            assert_eq!(users[4], json!([5, "1005", "P5"]));
            let said = verdict(node(package, &terminal, "attendance")).await;
            let log = said["result"]
                .as_array()
                .unwrap_or_else(|| panic!("{package} {said}"));
            assert_eq!(log.len(), usize::try_from(count).unwrap(), "{package}");
            for (read, expected) in log.iter().zip(records(count)) {
                assert_eq!(read[0], expected.user_id.as_str(), "{package}");
                let time = expected.time.format("%a %b %d %Y %H:%M:%S").to_string();
                assert!(
                    read[1].as_str().unwrap().starts_with(&time),
                    "{package}: {read} for {time}"
                );
            }
        }
    }
}
