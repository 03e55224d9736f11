//! A simulated terminal to try clients on.
//!
//! `simulator --listen ADDR [--users N] [--records N] [--frames one|1008|coalesced|split:N|bare|immediate] [--key N]`
//!
//! Prints its address first and runs until interrupted. Its clock and the first punch stand at 2026-03-02 08:00:00; the log goes on by
//! seven seconds a record.

use std::io::{self, Write};
use std::process::ExitCode;

use chrono::{NaiveDate, TimeDelta};
use punchclock_zk::sim::{FrameLayout, Simulator, SimulatorBuilder};
use punchclock_zk::{AttendanceRecord, CommKey, User};

const USAGE: &str = "usage: simulator --listen ADDR [--users N] [--records N] [--frames LAYOUT] [--key N]";

struct Arguments {
    listen: String,
    users: u16,
    records: u32,
    layout: FrameLayout,
    key: Option<CommKey>,
}

fn arguments(mut words: impl Iterator<Item = String>) -> Option<Arguments> {
    let mut listen = None;
    let (mut users, mut records, mut layout, mut key) = (10, 100, FrameLayout::One, None);
    while let Some(word) = words.next() {
        let value = words.next()?;
        match word.as_str() {
            "--listen" => listen = Some(value),
            "--users" => users = value.parse().ok()?,
            "--records" => records = value.parse().ok()?,
            "--frames" => layout = value.parse().ok()?,
            "--key" => key = Some(value.parse().ok()?),
            _ => return None,
        }
    }
    Some(Arguments {
        listen: listen?,
        users,
        records,
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
    let listen = arguments.listen.clone();
    let terminal = describe(&arguments)?
        .listen(&listen)
        .await
        .map_err(|error| format!("{listen}: {error}"))?;
    let mut out = io::stdout();
    writeln!(out, "{}", terminal.addr())?;
    out.flush()?;
    std::future::pending().await
}

fn describe(arguments: &Arguments) -> Result<SimulatorBuilder, Box<dyn std::error::Error>> {
    let start = NaiveDate::from_ymd_opt(2026, 3, 2)
        .and_then(|day| day.and_hms_opt(8, 0, 0))
        .ok_or("no such date")?;
    let people = u32::from(arguments.users.max(1));
    let id = |n: u32| (1001 + n % people).to_string();
    let record = |n: u32| {
        let uid = u16::try_from(n % people + 1).unwrap_or(0);
        AttendanceRecord::new(
            uid,
            &id(n),
            start + TimeDelta::seconds(i64::from(n) * 7),
            1,
            u8::from(n % 2 == 1),
        )
    };
    let users = (0..arguments.users)
        .map(|n| User::new(n.saturating_add(1), &id(u32::from(n)), &format!("Person {n}")));
    let records = (0..arguments.records)
        .map(record)
        .collect::<Result<Vec<_>, _>>()?;
    let builder = Simulator::builder()
        .clock(move || start)
        .users(users)
        .attendance(records)
        .layout(arguments.layout);
    Ok(match arguments.key {
        Some(key) => builder.comm_key(key),
        None => builder,
    })
}
