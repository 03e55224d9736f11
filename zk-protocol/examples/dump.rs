//! Reads a terminal and prints JSON lines.
//!
//! `dump ADDR [--udp] [--key N] [--encoding E] [--width W] (--info | --users | --attendance [--since T])`
//!
//! Attendance: `uid`, `user_id`, `time`, `punch`, `verify`, `work_code`, and `raw` when something was odd; the last line on stderr tells how
//! many records and how many bytes were announced. `--since 2026-03-02T08:00:00` lets the terminal look for the time where it can, else
//! everything is read and filtered, and stderr says so. `--width` dictates the record width (`40`, `49`, `48`, `36`, `22`, `16`, `8a`,
//! `8b`) where it cannot be told.
//!
//! Passwords and card numbers are not printed. Exits with 1 when something announced did not arrive, with 2 when the arguments are
//! wrong.

use std::error::Error as _;
use std::io::{self, Write};
use std::process::ExitCode;

use chrono::NaiveDateTime;
use punchclock_zk::client::{AttendanceStream, Window};
use punchclock_zk::quirks::Quirks;
use punchclock_zk::wire::{AttendanceRecord, BadRecord};
use punchclock_zk::{
    AttendanceLayout, Client, CommKey, ConnectOptions, Error, PunchState, TextEncoding, User,
};
use serde_json::{Value, json};

const USAGE: &str = "usage: dump ADDR [--udp] [--key N] [--encoding E] [--width W] (--info | --users | --attendance [--since T])";

enum What {
    Info,
    Users,
    Attendance,
}

struct Arguments {
    addr: String,
    options: ConnectOptions,
    quirks: Quirks,
    encoding: TextEncoding,
    since: Option<NaiveDateTime>,
    what: What,
}

fn arguments(mut words: impl Iterator<Item = String>) -> Option<Arguments> {
    let (mut addr, mut options, mut what, mut since) = (None, ConnectOptions::new(), None, None);
    let (mut quirks, mut encoding) = (Quirks::NONE, TextEncoding::Utf8);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--udp" => options = options.udp(),
            "--key" => options = options.comm_key(words.next()?.parse::<CommKey>().ok()?),
            "--encoding" => encoding = TextEncoding::for_label(&words.next()?)?,
            "--width" => quirks.attendance = Some(words.next()?.parse::<AttendanceLayout>().ok()?),
            "--since" => since = Some(words.next()?.parse().ok()?),
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
        quirks,
        encoding,
        since,
        what: what?,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(arguments) = arguments(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    match run(&arguments, &mut out).await {
        Ok(complete) if complete => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(failure) => {
            tell(&failure);
            ExitCode::FAILURE
        }
    }
}

/// An error with what caused it.
fn tell(failure: &Failure) {
    eprintln!("error: {failure}");
    let mut cause = failure.source();
    while let Some(deeper) = cause {
        eprintln!("  because: {deeper}");
        cause = deeper.source();
    }
}

#[derive(Debug)]
enum Failure {
    Terminal(Error),
    Output(io::Error),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Terminal(error) => error.fmt(f),
            Self::Output(error) => write!(f, "cannot write: {error}"),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Terminal(error) => error.source(),
            Self::Output(_) => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Terminal(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

async fn connect(arguments: &Arguments, quirks: Quirks) -> Result<Client, Error> {
    // The sizes of pieces stay those of the transport.
    let mut options = arguments.options.clone();
    if quirks != Quirks::NONE {
        options = options.quirks(quirks);
    }
    let (client, connection) = Client::connect(arguments.addr.as_str(), options).await?;
    tokio::spawn(connection.run());
    Ok(client)
}

async fn run(arguments: &Arguments, out: &mut impl Write) -> Result<bool, Failure> {
    let client = connect(arguments, arguments.quirks).await?;
    let (client, complete) = match arguments.what {
        What::Info => {
            writeln!(out, "{}", info(&client).await?)?;
            (client, true)
        }
        What::Users => {
            let users = client.users().await?;
            for user in &users {
                writeln!(out, "{}", user_line(user, arguments.encoding))?;
            }
            eprintln!("{} users", users.len());
            (client, true)
        }
        What::Attendance => {
            let (client, stream) = open(client, arguments).await?;
            (client, attendance(stream, out).await?)
        }
    };
    out.flush()?;
    if let Err(error) = client.disconnect().await {
        eprintln!("the terminal did not say good-bye: {error}");
    }
    Ok(complete)
}

/// Opens the log. A terminal that hangs up or falls silent when asked for a time is asked for everything on a new connection.
async fn open(client: Client, arguments: &Arguments) -> Result<(Client, AttendanceStream), Error> {
    let Some(since) = arguments.since else {
        let stream = client.attendance_stream().await?;
        return Ok((client, stream));
    };
    let window = Window::since(since);
    let (client, stream) = match client.attendance_between(window).await {
        Err(error) if error.is_disconnected() || error.is_timeout() => {
            drop(client);
            let mut quirks = arguments.quirks;
            quirks.windowed = Some(false);
            let client = connect(arguments, quirks).await?;
            let stream = client.attendance_between(window).await?;
            (client, stream)
        }
        other => (client, other?),
    };
    if stream.windowed() == Some(false) {
        eprintln!("the terminal cannot look for a time: everything is read and filtered here");
    }
    Ok((client, stream))
}

/// Prints the log as it arrives; whether all that was announced arrived.
async fn attendance(mut stream: AttendanceStream, out: &mut impl Write) -> Result<bool, Failure> {
    let layout = stream.layout();
    let mut printed = 0_u64;
    let complete = loop {
        match stream.next().await {
            Ok(Some(Ok(record))) => writeln!(out, "{}", record_line(&record))?,
            Ok(Some(Err(bad))) => writeln!(out, "{}", bad_line(&bad, layout))?,
            Ok(None) => break true,
            Err(error) => {
                out.flush()?;
                tell(&Failure::Terminal(error));
                break false;
            }
        }
        printed += 1;
    };
    out.flush()?;
    eprintln!(
        "{printed} records, {} bytes announced, {} received",
        stream.announced_bytes(),
        stream.received_bytes()
    );
    Ok(complete)
}

async fn info(client: &Client) -> Result<Value, Error> {
    let info = client.device_info().await?;
    let sizes = match client.free_sizes().await {
        Err(Error::Refused { .. }) => Default::default(),
        other => other?,
    };
    let time = match client.time().await {
        Ok(time) => Some(time.format("%Y-%m-%dT%H:%M:%S").to_string()),
        // A clock that was never set is no reason to say nothing else.
        Err(Error::Clock(_) | Error::Refused { .. } | Error::ShortReply { .. }) => None,
        Err(error) => return Err(error),
    };
    Ok(json!({
        "serial": info.serial, "firmware": info.firmware, "platform": info.platform, "device_name": info.device_name,
        "vendor": info.vendor, "mac": info.mac, "time": time,
        "users": sizes.users, "user_capacity": sizes.user_capacity, "fingers": sizes.fingers,
        "finger_capacity": sizes.finger_capacity, "records": sizes.records, "record_capacity": sizes.record_capacity,
        "op_records": sizes.op_records, "admins": sizes.admins, "passwords": sizes.passwords, "faces": sizes.faces,
        "face_capacity": sizes.face_capacity,
    }))
}

fn user_line(user: &User, encoding: TextEncoding) -> Value {
    let name = encoding.decode(&user.name);
    let mut line = json!({
        "uid": user.uid, "user_id": user.user_id, "name": name.text, "privilege": user.privilege,
        "enabled": user.is_enabled(), "group": user.group, "has_password": !user.password.is_empty(), "has_card": user.card != 0,
    });
    if name.lossy {
        add(&mut line, "name_raw", user.name.as_bytes());
    }
    line
}

fn record_line(record: &AttendanceRecord) -> Value {
    let mut line = json!({
        "uid": record.uid, "user_id": record.user_id, "time": record.time.format("%Y-%m-%dT%H:%M:%S").to_string(),
        "punch": record.punch, "verify": record.verify, "work_code": record.work_code,
    });
    if record.by_uid || record.is_orphan() || matches!(record.punch_state(), PunchState::Unknown(_)) {
        add(&mut line, "raw", &record.raw);
    }
    line
}

fn bad_line(bad: &BadRecord, layout: Option<AttendanceLayout>) -> Value {
    let fields = layout.and_then(|layout| layout.read(&bad.raw));
    json!({
        "uid": fields.and_then(|fields| fields.uid), "user_id": fields.map(|fields| fields.user_id.to_string()), "time": null,
        "punch": fields.map(|fields| fields.punch), "verify": fields.map(|fields| fields.verify),
        "work_code": fields.and_then(|fields| fields.work_code),
        "raw": hex(&bad.raw), "error": bad.reason.to_string(), "index": bad.index,
    })
}

fn add(line: &mut Value, key: &str, bytes: &[u8]) {
    if let Some(fields) = line.as_object_mut() {
        fields.insert(key.to_owned(), hex(bytes).into());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
