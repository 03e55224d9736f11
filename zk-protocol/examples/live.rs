//! Listens to a terminal and prints a JSON line per event, over reconnects, no punch twice and none missed.
//!
//! `live ADDR [--udp] [--key N]`
//!
//! A punch is `{"event":"attendance", "user_id", "uid", "time", "punch", "verify", "work_code", "source"}`; the source is `event`, or `log`
//! when its event was missed and it was read afterwards. What happens to the connection is told on stderr.

use std::io::{self, Write};
use std::process::ExitCode;

use punchclock_zk::live::{self, LiveItem, LiveOptions, Punch};
use punchclock_zk::wire::LiveEvent;
use punchclock_zk::{CommKey, ConnectOptions};
use serde_json::{Value, json};

const USAGE: &str = "usage: live ADDR [--udp] [--key N]";

fn arguments(mut words: impl Iterator<Item = String>) -> Option<(String, ConnectOptions)> {
    let (mut addr, mut options) = (None, ConnectOptions::new());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--udp" => options = options.udp(),
            "--key" => options = options.comm_key(words.next()?.parse::<CommKey>().ok()?),
            _ if addr.is_none() && !word.starts_with('-') => addr = Some(word),
            _ => return None,
        }
    }
    Some((addr?, options))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some((addr, options)) = arguments(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let (mut items, driver) = live::listen(&addr, options, LiveOptions::new());
    tokio::spawn(driver.run());
    while let Some(item) = items.next().await {
        let line = match item {
            LiveItem::Punch(punch) => punch_line(&punch),
            LiveItem::Event(event) => event_line(&event),
            LiveItem::Unreadable(bad) => {
                json!({ "event": "unreadable", "error": bad.to_string(), "raw": hex(&bad.raw) })
            }
            LiveItem::Connected => {
                eprintln!("listening to {addr}");
                continue;
            }
            LiveItem::Disconnected { error, retry_in, .. } => {
                eprintln!("{error}; trying again in {retry_in:?}");
                continue;
            }
            other => json!({ "event": format!("{other:?}") }),
        };
        let mut out = io::stdout().lock();
        if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn punch_line(punch: &Punch) -> Value {
    json!({
        "event": "attendance", "user_id": punch.user_id, "uid": punch.uid,
        "time": punch.time.format("%Y-%m-%dT%H:%M:%S").to_string(), "punch": punch.punch, "verify": punch.verify,
        "work_code": punch.work_code, "source": if punch.from_log { "log" } else { "event" },
    })
}

fn event_line(event: &LiveEvent) -> Value {
    match event {
        LiveEvent::Finger => json!({ "event": "finger" }),
        LiveEvent::UserEnrolled { uid } => json!({ "event": "user_enrolled", "uid": uid }),
        LiveEvent::FingerEnrolled(result) => {
            json!({ "event": "finger_enrolled", "result": format!("{result:?}") })
        }
        LiveEvent::Button(data) => json!({ "event": "button", "raw": hex(data) }),
        LiveEvent::Unlocked(data) => json!({ "event": "unlocked", "raw": hex(data) }),
        LiveEvent::Verified { uid } => json!({ "event": "verified", "uid": uid }),
        LiveEvent::FingerScore(score) => json!({ "event": "finger_score", "score": score }),
        LiveEvent::Alarm(alarm) => json!({ "event": "alarm", "alarm": format!("{alarm:?}") }),
        LiveEvent::Raw { code, data } => json!({ "event": "unknown", "code": code, "raw": hex(data) }),
        other => json!({ "event": format!("{other:?}") }),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
