//! A simulated terminal that pushes some records to a server and says what was acknowledged.
//!
//! ```text
//! cargo run -p punchclock-adms --features sim --example terminal -- \
//!     --server http://127.0.0.1:8081 --serial SIM0001 --records 500 --batch 128
//! ```

use std::error::Error;
use std::io::Write as _;
use std::net::ToSocketAddrs as _;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use punchclock_adms::sim::Terminal;

/// What the command line says.
struct Arguments {
    host: String,
    prefix: String,
    serial: String,
    records: u32,
    batch: usize,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let (mut server, mut serial, mut records, mut batch) = (None, None, 10, 128);
        while let Some(flag) = words.next() {
            let value = words.next().ok_or_else(|| format!("{flag} wants a value"))?;
            match flag.as_str() {
                "--server" => server = Some(value),
                "--serial" => serial = Some(value),
                "--records" => records = value.parse()?,
                "--batch" => batch = value.parse()?,
                _ => {
                    return Err(
                        format!("{flag} is not known; --server, --serial, --records, --batch are").into(),
                    );
                }
            }
        }
        let server = server.ok_or("--server is missing, for example http://127.0.0.1:8081")?;
        let server = server
            .strip_prefix("http://")
            .ok_or("--server must start with http://")?;
        let (host, prefix) = server.split_once('/').unwrap_or((server, ""));
        let host = if host.contains(':') {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        Ok(Self {
            host,
            prefix: prefix.to_owned(),
            serial: serial.ok_or("--serial is missing")?,
            records,
            batch,
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::read(std::env::args().skip(1))?;
    let server = arguments
        .host
        .to_socket_addrs()?
        .next()
        .ok_or("the server has no address")?;
    let terminal = Terminal::builder(arguments.serial, server)
        .path_prefix(&arguments.prefix)
        .batch(arguments.batch)
        .retry_gap(Duration::from_secs(1))
        .start();
    let first = NaiveDate::from_ymd_opt(2026, 3, 2)
        .and_then(|day| day.and_hms_opt(8, 0, 0))
        .ok_or("no such day")?;
    for number in 0..arguments.records {
        let pin = number % 20 + 1;
        terminal.punch(pin.to_string(), first + TimeDelta::minutes(number.into()), 0, 1);
    }
    let mut out = std::io::stdout().lock();
    let mut shown = None;
    loop {
        let status = terminal.status();
        let now = (status.acknowledged, status.last_reply.clone());
        if shown.as_ref() != Some(&now) {
            let reply = status.last_reply.map_or_else(
                || "no reply yet".to_owned(),
                |reply| {
                    format!(
                        "{} {}",
                        reply.status,
                        reply.body.lines().next().unwrap_or_default()
                    )
                },
            );
            writeln!(
                out,
                "{} of {} acknowledged; last reply: {reply}",
                status.acknowledged, status.made
            )?;
            shown = Some(now);
        }
        if status.acknowledged == status.made {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    terminal.stop().await;
    Ok(())
}
