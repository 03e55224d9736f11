//! A complete small server: each new punch becomes a line of JSON in a file, is synced to disk, and only then acknowledged.
//!
//! Its keys are read back at start, so that a batch which comes again after a crash is not written twice. What is no punch
//! goes to `FILE.other`, as far as it may be stored. `--tz` (`Europe/Brussels`, `+05:30`) tells terminals the time: give it
//! only where this host's clock is right. Every terminal that connects is asked once what it is (`INFO`).

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, Read as _, Write as _};

use jiff::{Timestamp, fmt::temporal::DateTimeParser, tz::TimeZone};
use punchclock_adms::axum::{Batch, Clock, Handler, Limits, NotStored, router, serve};
use punchclock_adms::command::{Action, CommandQueues, CommandResult, Encoded};
use punchclock_adms::*;
use serde_json::{Value, json};
use tokio::sync::Mutex;

/// The files of punches and of the rest, and what is known: keys, each terminal's last committed stamp, commands.
struct Store {
    files: [File; 2],
    keys: HashSet<String>,
    stamps: HashMap<String, String>,
    queues: CommandQueues,
}

/// What makes two punches the same: serial, PIN and the second of the terminal's clock.
fn key(line: &Value) -> String {
    format!("{:?}", ["serial", "pin", "time"].map(|name| line.get(name)))
}

/// Adds lines to a file and syncs it. Half a line in front of the next one would cost both, so that none is left.
fn append(file: &mut File, lines: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    let written = file.write_all(lines).and_then(|()| file.sync_data());
    written.or_else(|error| file.set_len(before).and(Err(error)))
}

impl Store {
    fn open(path: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let open = |path| OpenOptions::new().create(true).append(true).read(true).open(path);
        let (mut punches, mut text) = (open(path.to_owned())?, Vec::new());
        punches.read_to_end(&mut text)?;
        // What a crash left of a line was never acknowledged.
        text.truncate(memchr::memrchr(b'\n', &text).map_or(0, |end| end + 1));
        punches.set_len(text.len() as u64)?;
        let mut store = Self {
            files: [punches, open(format!("{path}.other"))?],
            keys: HashSet::new(),
            stamps: HashMap::new(),
            queues: CommandQueues::default(),
        };
        for line in text.lines() {
            let line: Value = serde_json::from_str(&line?)?;
            let text = |name| line.get(name).and_then(Value::as_str).map(str::to_owned);
            store.stamps.extend(text("serial").zip(text("stamp")));
            store.keys.insert(key(&line));
        }
        Ok(store)
    }

    fn store(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        let (serial, stamp, table) = (batch.serial().as_str(), batch.stamp(), batch.table());
        let (mut new, mut other, mut keys) = (Vec::new(), Vec::new(), HashSet::new());
        for item in batch.records() {
            let (pin, time, status, verify) = match &item {
                Ok(Record::Punch(punch)) => (punch.pin, punch.time, punch.status, punch.verify),
                Ok(Record::Event(door)) if door.is_attendance() => (door.pin, door.time, door.in_out, None),
                _ => {
                    let (kept, bad) = (semantics::keep(&table, &item), item.err().map(|bad| bad.reason));
                    let line = json!({ "serial": serial, "kept": kept, "bad": bad });
                    writeln!(other, "{line}")?;
                    continue;
                }
            };
            let line = json!({
                "serial": serial, "pin": pin, "time": time, "status": status, "verify": verify, "stamp": stamp
            });
            if !self.keys.contains(&key(&line)) && keys.insert(key(&line)) {
                writeln!(new, "{line}")?;
            }
        }
        append(&mut self.files[0], &new)?;
        append(&mut self.files[1], &other)?;
        self.keys.extend(keys);
        let stamp = stamp.filter(|_| table == Table::AttLog).map(str::to_owned);
        self.stamps.extend(stamp.map(|stamp| (serial.to_owned(), stamp)));
        Ok(())
    }
}

struct Server(Mutex<Store>, Option<TimeZone>);

impl Handler for Server {
    async fn handshake(&self, sn: &Serial, shake: &Handshake<'_>) -> Result<HandshakeOptions, NotStored> {
        let mut options = HandshakeOptions::new().with_push_version(shake.push_version().as_deref());
        let mut store = self.0.lock().await;
        if let Some(Ok(stamp)) = store.stamps.get(sn.as_str()).map(|stamp| stamp.parse()) {
            options = options.with_attlog_stamp(stamp);
        }
        if let Some(clock) = self.clock(sn) {
            options = options.with_time_zone_minutes(clock.offset_minutes);
        }
        if store.queues.of(sn).entries().next().is_none() {
            let _ = store.queues.of(sn).give(Action::Info, chrono::Utc::now());
        }
        Ok(options)
    }

    async fn store(&self, batch: Batch<'_>) -> Result<Receipt, NotStored> {
        let mut store = self.0.lock().await;
        let stored = store.store(&batch).inspect_err(|error| eprintln!("{error}"));
        stored.map(|()| batch.stored()).or(Err(NotStored))
    }

    async fn commands(&self, sn: &Serial, _: &GetRequest<'_>) -> Vec<Encoded> {
        let (mut store, now) = (self.0.lock().await, chrono::Utc::now());
        store.queues.of(sn).take(now, Dialect::Att, Charset::Utf8)
    }

    async fn results(&self, sn: &Serial, results: Vec<CommandResult<'_>>) -> Result<Receipt, NotStored> {
        for result in results {
            let outcome = self.0.lock().await.queues.of(sn).settle(&result);
            eprintln!("{sn}: command {} {}: {outcome:?}", result.id, result.command);
        }
        Ok(Receipt::recorded())
    }

    fn clock(&self, _: &Serial) -> Option<Clock> {
        let offset = self.1.as_ref()?.to_offset(Timestamp::now());
        let (now, offset_minutes) = (chrono::Utc::now(), offset.seconds() / 60);
        Some(Clock { now, offset_minutes })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().collect();
    let flag = |name: &str| words.iter().skip_while(|word| *word != name).nth(1);
    let listen = flag("--listen").ok_or("usage: server --listen ADDR [--tz ZONE] [--out FILE]")?;
    let zones = DateTimeParser::new();
    let zone = flag("--tz").map(|zone| zones.parse_time_zone(zone));
    let store = Store::open(flag("--out").map_or("punches.jsonl", String::as_str))?;
    let server = Server(Mutex::new(store), zone.transpose()?);
    let (listener, limits) = (tokio::net::TcpListener::bind(listen).await?, Limits::default());
    eprintln!("listening on {}", listener.local_addr()?);
    Ok(serve(listener, router(server, limits), limits, std::future::pending()).await?)
}
