//! Reads a terminal and prints JSON lines.
//!
//! `dump ADDR [--key N] (--info | --users | --attendance)`
//!
//! Passwords and card numbers are not printed. Exits with 1 when something announced did not arrive, with 2 when the arguments are
//! wrong.

use std::io::{self, Write};
use std::process::ExitCode;

use punchclock_zk::{AttendanceRecord, BadRecord, Client, CommKey, ConnectOptions, User};
use serde_json::{Value, json};

const USAGE: &str = "usage: dump ADDR [--key N] (--info | --users | --attendance)";

enum What {
    Info,
    Users,
    Attendance,
}

struct Arguments {
    addr: String,
    options: ConnectOptions,
    what: What,
}

fn arguments(mut words: impl Iterator<Item = String>) -> Option<Arguments> {
    let (mut addr, mut options, mut what) = (None, ConnectOptions::new(), None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--key" => options = options.comm_key(words.next()?.parse::<CommKey>().ok()?),
            "--info" => what = Some(What::Info),
            "--users" => what = Some(What::Users),
            "--attendance" => what = Some(What::Attendance),
            _ if addr.is_none() && !word.starts_with('-') => addr = Some(word),
            _ => return None,
        }
    }
    Some(Arguments {
        addr: addr?,
        options,
        what: what?,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(arguments) = arguments(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = error.source();
            while let Some(deeper) = cause {
                eprintln!("  because: {deeper}");
                cause = deeper.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut client = Client::connect(arguments.addr, arguments.options).await?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    match arguments.what {
        What::Info => {
            let info = client.device_info().await?;
            let sizes = client.free_sizes().await?;
            let line = json!({
                "serial": info.serial, "firmware": info.firmware, "platform": info.platform, "device_name": info.device_name,
                "vendor": info.vendor, "mac": info.mac, "time": client.time().await?.format("%Y-%m-%dT%H:%M:%S").to_string(),
                "users": sizes.users, "user_capacity": sizes.user_capacity,
                "records": sizes.records, "record_capacity": sizes.record_capacity,
            });
            writeln!(out, "{line}")?;
        }
        What::Users => {
            let users = client.users().await?;
            for user in &users {
                writeln!(out, "{}", user_line(user))?;
            }
            eprintln!("{} users", users.len());
        }
        What::Attendance => {
            let log = client.attendance().await?;
            for record in &log.records {
                let line = match record {
                    Ok(record) => record_line(record),
                    Err(bad) => bad_line(bad),
                };
                writeln!(out, "{line}")?;
            }
            eprintln!(
                "{} records, {} bytes announced and received",
                log.records.len(),
                log.announced_bytes
            );
        }
    }
    out.flush()?;
    client.disconnect().await?;
    Ok(())
}

fn user_line(user: &User) -> Value {
    json!({
        "uid": user.uid, "user_id": user.user_id, "name": user.name.to_string_lossy(), "privilege": user.privilege,
        "enabled": user.is_enabled(), "group": user.group, "has_password": !user.password.is_empty(), "has_card": user.card != 0,
    })
}

fn record_line(record: &AttendanceRecord) -> Value {
    json!({
        "uid": record.uid, "user_id": record.user_id, "time": record.time.format("%Y-%m-%dT%H:%M:%S").to_string(),
        "punch": record.punch, "verify": record.verify,
    })
}

fn bad_line(bad: &BadRecord) -> Value {
    let raw: String = bad.raw.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "error": bad.reason.to_string(), "index": bad.index, "raw": raw })
}
