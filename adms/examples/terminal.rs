//! A simulated terminal that pushes some records to a server, follows its replies, and says what was acknowledged.
//!
//! ```text
//! cargo run -p punchclock-adms --example terminal -- \
//!     --server http://127.0.0.1:8081 --serial SIM0001 --records 500 --batch 128 --replay 1 --dialect att
//! ```
//!
//! `--replay K` makes it send its whole log K times more. It ends when everything is acknowledged; the last line is a JSON
//! object with the figures.

use std::error::Error;
use std::io::Write as _;
use std::net::ToSocketAddrs as _;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use punchclock_adms::Dialect;
use punchclock_adms::sim::{Status, Terminal};

/// What the command line says.
struct Arguments {
    host: String,
    prefix: String,
    serial: String,
    records: u32,
    batch: usize,
    replays: u32,
    dialect: Dialect,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let (mut server, mut serial, mut records, mut batch) = (None, None, 10, 128);
        let (mut replays, mut dialect) = (0, Dialect::Att);
        while let Some(flag) = words.next() {
            let value = words.next().ok_or_else(|| format!("{flag} wants a value"))?;
            match flag.as_str() {
                "--server" => server = Some(value),
                "--serial" => serial = Some(value),
                "--records" => records = value.parse()?,
                "--batch" => batch = value.parse()?,
                "--replay" => replays = value.parse()?,
                "--dialect" => dialect = value.parse()?,
                _ => {
                    return Err(format!(
                        "{flag} is not known; --server, --serial, --records, --batch, --replay, --dialect are"
                    )
                    .into());
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
            replays,
            dialect,
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
        .dialect(arguments.dialect)
        .retry_gap(Duration::from_secs(1))
        .start();
    let first = NaiveDate::from_ymd_opt(2026, 3, 2)
        .and_then(|day| day.and_hms_opt(8, 0, 0))
        .ok_or("no such day")?;
    for number in 0..arguments.records {
        let pin = number % 20 + 1;
        terminal.punch(pin.to_string(), first + TimeDelta::minutes(number.into()), 0, 1);
    }
    all_sent(&terminal).await?;
    for _ in 0..arguments.replays {
        terminal.replay();
        all_sent(&terminal).await?;
    }
    let status = terminal.status();
    terminal.stop().await;
    let mut out = std::io::stdout().lock();
    let Status {
        made,
        acknowledged,
        posts,
        resends,
        handshakes,
        ..
    } = status;
    writeln!(
        out,
        r#"{{"made":{made},"acknowledged":{acknowledged},"posts":{posts},"resends":{resends},"handshakes":{handshakes},"replays":{}}}"#,
        arguments.replays
    )?;
    Ok(())
}

/// Waits until nothing is unsent, and tells each step on the way.
async fn all_sent(terminal: &Terminal) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    let mut shown = None;
    loop {
        let status = terminal.status();
        let now = (status.acknowledged, status.unsent, status.last_reply.clone());
        if shown.as_ref() != Some(&now) {
            let reply = status.last_reply.map_or_else(
                || "no reply yet".to_owned(),
                |reply| {
                    let first = reply.body.lines().next().unwrap_or_default();
                    format!("{} {first}", reply.status)
                },
            );
            writeln!(
                out,
                "{} of {} acknowledged, {} to send; last reply: {reply}",
                status.acknowledged, status.made, status.unsent
            )?;
            shown = Some(now);
        }
        // Without a record, the handshake is what there is to be seen.
        if status.unsent == 0 && status.acknowledged == status.made && status.handshakes > 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
