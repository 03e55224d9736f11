//! A simulated terminal to try clients on.
//!
//! `simulator --listen ADDR [--udp] [--users N] [--records N] [--width W] [--frames one|1008|coalesced|split:N|bare|immediate] [--key N]`
//!
//! Prints its address first and runs until interrupted. `--width` is the width of the log: `40` (default), `49`, `48`, `36`, `22`, `16`,
//! `8a` or `8b`. Its clock and the first punch stand at 2026-03-02 08:00:00; the log goes on by seven seconds a record. A line `punch
//! USER_ID` on stdin is one more punch, with its event for whoever registered.

use std::io::{self, Write};
use std::process::ExitCode;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use punchclock_zk::sim::{FrameLayout, Simulator, SimulatorBuilder};
use punchclock_zk::{AttendanceLayout, AttendanceRecord, CommKey, PunchState, User, VerifyMode};
use tokio::io::{AsyncBufReadExt, BufReader};

const USAGE: &str = "usage: simulator --listen ADDR [--udp] [--users N] [--records N] [--width W] [--frames LAYOUT] [--key N]";

struct Arguments {
    listen: String,
    udp: bool,
    users: u16,
    records: u32,
    width: AttendanceLayout,
    layout: FrameLayout,
    key: Option<CommKey>,
}

fn arguments(mut words: impl Iterator<Item = String>) -> Option<Arguments> {
    let mut listen = None;
    let (mut udp, mut users, mut records, mut key) = (false, 10, 100, None);
    let (mut width, mut layout) = (AttendanceLayout::W40, FrameLayout::One);
    while let Some(word) = words.next() {
        if word == "--udp" {
            udp = true;
            continue;
        }
        let value = words.next()?;
        match word.as_str() {
            "--listen" => listen = Some(value),
            "--users" => users = value.parse().ok()?,
            "--records" => records = value.parse().ok()?,
            "--width" => width = value.parse().ok()?,
            "--frames" => layout = value.parse().ok()?,
            "--key" => key = Some(value.parse().ok()?),
            _ => return None,
        }
    }
    Some(Arguments {
        listen: listen?,
        udp,
        users,
        records,
        width,
        layout,
        key,
    })
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(arguments) = arguments(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let listen = arguments.listen.as_str();
    let described = describe(&arguments)?;
    let listening = if arguments.udp {
        described.listen_udp(listen).await
    } else {
        described.listen(listen).await
    };
    let terminal = listening.map_err(|error| format!("{listen}: {error}"))?;
    let mut out = io::stdout();
    writeln!(out, "{}", terminal.addr())?;
    out.flush()?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut time = start(arguments.records)?;
    while let Some(line) = lines.next_line().await? {
        match line.trim().strip_prefix("punch ") {
            Some(user_id) => {
                terminal.punch(user_id.trim(), time, VerifyMode::Finger, PunchState::CheckIn)?;
                time += TimeDelta::seconds(7);
            }
            None => eprintln!("not understood: {line:?}; write: punch USER_ID"),
        }
    }
    // Without stdin it goes on all the same.
    std::future::pending().await
}

/// When the record after so many is punched.
fn start(records: u32) -> Result<NaiveDateTime, &'static str> {
    NaiveDate::from_ymd_opt(2026, 3, 2)
        .and_then(|day| day.and_hms_opt(8, 0, 0))
        .and_then(|morning| morning.checked_add_signed(TimeDelta::seconds(i64::from(records) * 7)))
        .ok_or("no such date")
}

fn describe(arguments: &Arguments) -> Result<SimulatorBuilder, Box<dyn std::error::Error>> {
    let morning = start(0)?;
    let people = u32::from(arguments.users.max(1));
    let id = |n: u32| (1001 + n % people).to_string();
    let users = (0..arguments.users)
        .map(|n| User::new(n.saturating_add(1), &id(u32::from(n)), &format!("Person {n}")));
    let mut builder = Simulator::builder()
        .clock(move || morning)
        .users(users)
        .attendance_layout(arguments.width)
        .layout(arguments.layout);
    for n in 0..arguments.records {
        let uid = u16::try_from(n % people + 1).unwrap_or(0);
        let record = AttendanceRecord::new(uid, &id(n), start(n)?, 1, u8::from(n % 2 == 1))?;
        builder = builder.attendance([record])?;
    }
    Ok(match arguments.key {
        Some(key) => builder.comm_key(key),
        None => builder,
    })
}
