//! The examples as their users run them: processes, arguments, lines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use common::{entries, hex_of, segments, vectors};
use punchclock_zk::sim::{Fault, Simulator, SimulatorBuilder};
use punchclock_zk::{AttendanceRecord, PunchState, TextEncoding, User, VerifyMode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Far more than any of this needs, on a machine that does ten other things.
const PATIENCE: Duration = Duration::from_secs(120);

/// Cargo builds the examples beside the tests, in a folder of their own.
fn example(name: &str) -> Command {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let path = path.join("examples").join(name);
    assert!(
        path.exists(),
        "{} is missing: cargo test builds it unless one test is chosen",
        path.display()
    );
    let mut command = Command::new(path);
    command.kill_on_drop(true).stdin(Stdio::null());
    command
}

async fn output(command: &mut Command) -> Output {
    timeout(PATIENCE, command.output())
        .await
        .expect("an end in time")
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn last_complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.lines().last().unwrap_or_default().to_owned()
}

fn morning() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, 2)
        .unwrap()
        .and_hms_opt(8, 0, 0)
        .unwrap()
}

fn records(count: i64) -> Vec<AttendanceRecord> {
    let record = |n: i64| AttendanceRecord::new(7, "1007", morning() + TimeDelta::seconds(n), 15, 1).unwrap();
    (0..count).map(record).collect()
}

fn terminal() -> SimulatorBuilder {
    Simulator::builder().serial("PUNCH0001").clock(morning)
}

// --- decode ----------------------------------------------------------------------------------------------------------------------

async fn decode(input: &str) -> Vec<Value> {
    let mut child = example("decode")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writing = tokio::spawn(async move { stdin.write_all(input.as_bytes()).await });
    let output = timeout(PATIENCE, child.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    writing.await.unwrap().unwrap();
    assert!(output.status.success());
    lines(&output)
}

#[tokio::test]
async fn decode_prints_every_frame_of_a_capture() {
    for name in [
        "scenario_coalesced_one_segment",
        "scenario_one_segment_per_frame",
        "scenario_k20_split_frame",
    ] {
        let stream: Vec<u8> = segments(&vectors(name)).concat();
        let expected = common::frames(&stream);
        // In lines of any length, also odd ones, with white space.
        let text: String = hex::encode(&stream)
            .as_bytes()
            .chunks(61)
            .map(|line| format!(" {}\n", String::from_utf8_lossy(line)))
            .collect();
        let printed = decode(&text).await;
        assert_eq!(printed.len(), expected.len(), "{name}");
        for (line, frame) in printed.iter().zip(expected) {
            let header = frame.header;
            assert_eq!(
                line,
                &json!({
                    "command": header.command.code(), "name": header.command.name(), "session": header.session,
                    "reply_id": header.reply_id, "checksum_ok": true, "payload": hex::encode(&frame.data),
                })
            );
        }
    }
}

#[tokio::test]
async fn decode_names_what_is_broken_and_goes_on() {
    let file = vectors("frames_pyzk_tests");
    let frame = hex_of(&entries(&file)[0]["hex"]);
    let good = hex::encode(&frame);
    let mut wrong = frame.clone();
    wrong[10] ^= 1;
    let wrong = hex::encode(wrong);
    let mut swallowing = frame.clone();
    swallowing[4] += 16;
    let swallowing = hex::encode(swallowing);
    let cut = &good[..good.len() - 4];
    let input = format!("deadbeef{good}5050827dffffffff{good}{wrong}{swallowing}{good}{cut}{good}zz5050827d");
    let printed = decode(&input).await;
    let kinds: Vec<&str> = printed
        .iter()
        .map(|line| match (&line["error"], &line["checksum_ok"]) {
            (Value::String(_), _) => "error",
            (_, Value::Bool(true)) => "good",
            _ => "wrong",
        })
        .collect();
    let found = |kind| kinds.iter().filter(|found| **found == kind).count();
    // The one that was cut has swallowed half a start mark, and the one after it is found all the same.
    assert_eq!((found("good"), found("wrong")), (4, 2), "{printed:#?}");
    assert!(found("error") >= 4, "{printed:#?}");
    assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("error", "error"));
}

#[tokio::test]
async fn decode_of_nothing_is_nothing() {
    assert!(decode("").await.is_empty());
    assert_eq!(decode("5").await.len(), 1);
}

// --- dump ------------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn dump_prints_information_users_and_the_log() {
    let mut lady = User::new(7, "1007", "");
    lady.name = TextEncoding::for_label("gbk").unwrap().encode("张三").unwrap();
    lady.password = "s3cret".into();
    let terminal = terminal()
        .users([lady])
        .attendance(records(3))
        .unwrap()
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let addr = terminal.addr().to_string();

    let info = output(example("dump").args([&addr, "--info"])).await;
    assert!(info.status.success());
    assert_eq!(lines(&info)[0]["serial"], "PUNCH0001");
    assert_eq!(lines(&info)[0]["records"], 3);

    let users = output(example("dump").args([&addr, "--users", "--encoding", "gbk"])).await;
    assert_eq!(lines(&users)[0]["name"], "张三");
    assert!(!String::from_utf8_lossy(&users.stdout).contains("s3cret"));

    terminal.push_raw(&[0; 40]);
    let log = output(example("dump").args([&addr, "--attendance"])).await;
    assert!(log.status.success());
    let printed = lines(&log);
    assert_eq!(
        printed[0],
        json!({
            "uid": 7, "user_id": "1007", "time": "2026-03-02T08:00:00", "punch": 1, "verify": 15, "work_code": null,
        })
    );
    assert_eq!((printed.len(), &printed[3]["time"]), (4, &Value::Null));
    assert_eq!(printed[3]["raw"], "00".repeat(40));
    assert_eq!(
        last_complaint(&log),
        "4 records, 164 bytes announced, 164 received"
    );
}

#[tokio::test]
async fn dump_since_asks_the_terminal_or_filters() {
    for refused in [false, true] {
        let mut built = terminal().attendance(records(100)).unwrap();
        if refused {
            built = built.fault(Fault::NoWindows);
        }
        let terminal = built.listen("127.0.0.1:0").await.unwrap();
        let addr = terminal.addr().to_string();
        let log =
            output(example("dump").args([&addr, "--attendance", "--since", "2026-03-02T08:01:30"])).await;
        assert!(log.status.success());
        let printed = lines(&log);
        assert_eq!(
            (printed.len(), &printed[0]["time"]),
            (10, &json!("2026-03-02T08:01:30"))
        );
        let complaint = String::from_utf8_lossy(&log.stderr).into_owned();
        assert_eq!(complaint.contains("filtered"), refused, "{complaint}");
    }
}

#[tokio::test]
async fn dump_fails_when_something_announced_did_not_arrive() {
    let built = terminal().attendance(records(500)).unwrap();
    let terminal = built
        .fault(Fault::SizeLies(4000))
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let addr = terminal.addr().to_string();
    let log = output(example("dump").args([&addr, "--attendance"])).await;
    assert_eq!(
        log.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&log.stderr)
    );
    terminal.clear_faults();
    terminal.inject(Fault::HangUpAfter(9_000));
    let log = output(example("dump").args([&addr, "--attendance"])).await;
    assert_eq!(log.status.code(), Some(1));
    let log = output(example("dump").args([&addr, "--attendance"])).await;
    assert_eq!((log.status.code(), lines(&log).len()), (Some(0), 500));
    for wrong in [
        &["--attendance"][..],
        &[&addr],
        &[&addr, "--attendance", "--since", "yesterday"],
        &[&addr, "--nonsense"],
    ] {
        assert_eq!(
            output(example("dump").args(wrong)).await.status.code(),
            Some(2),
            "{wrong:?}"
        );
    }
}

// --- simulator -------------------------------------------------------------------------------------------------------------------

struct Simulated {
    child: Child,
    addr: String,
}

async fn simulator(arguments: &[&str]) -> Simulated {
    let mut command = example("simulator");
    command.args(["--listen", "127.0.0.1:0"]).args(arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let addr = timeout(PATIENCE, lines.next_line())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    Simulated { child, addr }
}

#[tokio::test]
async fn simulator_and_dump_speak_in_every_width_and_framing() {
    for (arguments, udp) in [
        (&["--users", "3", "--records", "999"][..], false),
        (
            &["--records", "1000", "--width", "49", "--frames", "coalesced"],
            false,
        ),
        (
            &[
                "--records",
                "101",
                "--width",
                "16",
                "--frames",
                "split:7",
                "--key",
                "123456",
            ],
            false,
        ),
        (&["--records", "100", "--width", "8a", "--frames", "1008"], false),
        (&["--udp", "--records", "300", "--width", "8b"], true),
        (&["--udp", "--records", "0", "--key", "1"], true),
    ] {
        let simulated = simulator(arguments).await;
        let value = |flag: &str| {
            let at = arguments.iter().position(|word| *word == flag)?;
            arguments.get(at + 1).copied()
        };
        let mut dump = example("dump");
        dump.args([&simulated.addr, "--attendance"]);
        if udp {
            dump.arg("--udp");
        }
        if let Some(key) = value("--key") {
            dump.args(["--key", key]);
        }
        let log = output(&mut dump).await;
        let count: usize = value("--records").unwrap().parse().unwrap();
        assert!(
            log.status.success(),
            "{arguments:?} {}",
            String::from_utf8_lossy(&log.stderr)
        );
        let printed = lines(&log);
        assert_eq!(printed.len(), count, "{arguments:?}");
        for (n, line) in printed.iter().enumerate() {
            let people = value("--users").map_or(10, |users| users.parse().unwrap());
            assert_eq!(line["user_id"], (1001 + n % people).to_string(), "{arguments:?}");
        }
    }
}

// --- live ------------------------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn live_prints_a_line_a_punch_over_a_reconnect() {
    let mut simulated = simulator(&["--records", "5", "--key", "7"]).await;
    let mut live = example("live");
    live.args([&simulated.addr, "--key", "7"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut live = live.spawn().unwrap();
    let mut said = BufReader::new(live.stderr.take().unwrap()).lines();
    let heard = timeout(PATIENCE, said.next_line())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(heard.starts_with("listening"), "{heard}");
    let mut lines = BufReader::new(live.stdout.take().unwrap()).lines();
    let mut stdin = simulated.child.stdin.take().unwrap();
    for id in ["1001", "1002"] {
        stdin.write_all(format!("punch {id}\n").as_bytes()).await.unwrap();
        let line = timeout(PATIENCE, lines.next_line())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&line["event"], &line["user_id"]),
            (&json!("attendance"), &json!(id))
        );
        assert_eq!((&line["punch"], &line["verify"]), (&json!(0), &json!(1)));
    }
    let mut gone = example("live");
    gone.args(["--nonsense"]);
    assert_eq!(output(&mut gone).await.status.code(), Some(2));
}

#[tokio::test]
async fn live_catches_up_after_the_network_was_away() {
    let terminal = terminal()
        .attendance(records(2))
        .unwrap()
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let mut live = example("live")
        .arg(terminal.addr().to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(live.stderr.take().unwrap()).lines();
    let mut told = async || {
        timeout(PATIENCE, said.next_line())
            .await
            .unwrap()
            .unwrap()
            .unwrap()
    };
    assert!(told().await.starts_with("listening"));
    terminal.online(false);
    assert!(told().await.contains("trying again"));
    let later = morning() + TimeDelta::minutes(1);
    terminal
        .punch("1007", later, VerifyMode::Card, PunchState::CheckOut)
        .unwrap();
    terminal.online(true);
    let mut lines = BufReader::new(live.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&line["time"], &line["source"]),
        (&json!("2026-03-02T08:01:00"), &json!("log"))
    );
}

// --- memory ----------------------------------------------------------------------------------------------------------------------

/// Runs a dump; the peak of its resident memory as the system counts it, looked at while it runs, and its lines.
async fn dump_peak(addr: &str, what: &str) -> (u64, usize) {
    let mut child = example("dump")
        .args([addr, what])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pid = child.id().unwrap();
    let watching = tokio::spawn(async move {
        let mut peak = 0;
        while let Some(now) = resident_peak(pid) {
            peak = peak.max(now);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        peak
    });
    let mut lines = BufReader::with_capacity(1 << 16, child.stdout.take().unwrap()).lines();
    let mut count = 0;
    while timeout(PATIENCE, lines.next_line())
        .await
        .unwrap()
        .unwrap()
        .is_some()
    {
        count += 1;
    }
    assert!(child.wait().await.unwrap().success());
    (watching.await.unwrap(), count)
}

fn resident_peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_records_take_no_more_memory_than_a_few() {
    if !std::path::Path::new("/proc/self/status").exists() {
        panic!("this test reads /proc, which this system does not have");
    }
    let simulated = simulator(&["--records", "1000000"]).await;
    // A terminal that takes its time, so that there is something to look at.
    let slow = terminal()
        .fault(Fault::Delay(Duration::from_millis(50)))
        .listen("127.0.0.1:0")
        .await
        .unwrap();
    let (info, lines) = dump_peak(&slow.addr().to_string(), "--info").await;
    assert_eq!(lines, 1);
    let (log, lines) = dump_peak(&simulated.addr, "--attendance").await;
    assert_eq!(lines, 1_000_000);
    eprintln!("peak resident memory: --info {info} KiB, --attendance of 1,000,000 records {log} KiB");
    assert!(
        info > 0 && log < info + 16 * 1024,
        "{log} KiB, {info} KiB for --info"
    );
}
