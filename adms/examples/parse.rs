//! Reads one raw HTTP request from standard input and writes what it is as JSON: kind, parameters, records, quarantined lines.
//!
//! ```text
//! printf 'POST /iclock/cdata?SN=A1&table=ATTLOG&Stamp=1 HTTP/1.1\r\n\r\n7\t2026-03-02 08:00:00\t0\t1\n' \
//!     | cargo run -p punchclock-adms --features serde --example parse
//! ```
//!
//! `--serial SN` says that the request must come from this terminal, `--dialect old|att|acc|us` overrides the dialect that
//! the request announces or implies. Passwords, cards and templates are shown by their length alone.

use std::error::Error;
use std::io::{Read as _, Write as _};

use punchclock_adms::{
    BadLine, Dialect, Incoming, Kind, Record, RequestError, Serial, Table, Whole, command, is_secret_key,
    records, semantics, settings,
};
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut serial, mut dialect) = (None::<Serial>, None::<Dialect>);
    let mut words = std::env::args().skip(1);
    while let Some(flag) = words.next() {
        let value = words.next().ok_or_else(|| format!("{flag} wants a value"))?;
        match flag.as_str() {
            "--serial" => serial = Some(value.parse()?),
            "--dialect" => dialect = Some(value.parse()?),
            _ => return Err(format!("{flag} is not known; --serial and --dialect are").into()),
        }
    }
    let mut raw = Vec::new();
    std::io::stdin().lock().read_to_end(&mut raw)?;
    let (head, body) = split(&raw).ok_or("there is no empty line after the head of the request")?;
    let head = std::str::from_utf8(head)?;
    let mut lines = head.lines();
    let (method, rest) = lines
        .next()
        .and_then(|line| line.split_once(' '))
        .ok_or("there is no request line")?;
    let target = rest.rsplit_once(" HTTP/").map_or(rest, |(target, _)| target);
    let headers: Vec<(&str, &[u8])> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name, value.trim().as_bytes()))
        .collect();
    let whole = punchclock_adms::parse(&Incoming {
        method,
        target,
        headers: &headers,
        body,
    });
    let described = match &whole {
        Ok(whole)
            if serial
                .as_ref()
                .is_some_and(|serial| *serial != whole.request.serial) =>
        {
            return Err(format!("the request comes from {}", whole.request.serial).into());
        }
        Ok(whole) => describe(whole, dialect)?,
        Err(error) => refused(error),
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &described)?;
    writeln!(out)?;
    match whole {
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Head and body, whichever line ends the request was typed with.
fn split(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let gaps = ["\r\n\r\n", "\n\n"].iter().filter_map(|gap| {
        let at = raw
            .windows(gap.len())
            .position(|window| window == gap.as_bytes())?;
        Some((at, at + gap.len()))
    });
    // The first one: the other may stand in the body.
    let (end, start) = gaps.min()?;
    Some((raw.get(..end)?, raw.get(start..)?))
}

fn refused(error: &RequestError) -> Value {
    json!({ "kind": "refused", "error": error.to_string(), "status": error.reply().status })
}

fn describe(whole: &Whole<'_>, dialect: Option<Dialect>) -> Result<Value, Box<dyn Error>> {
    let request = &whole.request;
    let parameters: Map<String, Value> = request
        .parameters
        .iter()
        .map(|(name, value)| {
            let shown = if is_secret_key(&name) { "…" } else { &*value };
            (name.to_string(), shown.into())
        })
        .collect();
    let mut described = Map::new();
    let mut tell = |key: &str, value: Value| described.insert(key.to_owned(), value);
    tell("serial", request.serial.as_str().into());
    tell("kind", request.kind.name().into());
    tell(
        "dialect",
        semantics::dialect(dialect, None, &request.kind).as_str().into(),
    );
    tell("prefix", request.prefix.as_str().into());
    tell("parameters", parameters.into());
    let table = match request.kind {
        Kind::Upload(upload) => Some(upload.table),
        // One packet; where there are more, records that straddle them show as quarantined here.
        Kind::QueryData(packet) => Some(packet.as_table()),
        Kind::Registry => Some(Table::Options),
        _ => None,
    };
    let (mut good, mut quarantined) = (Vec::new(), Vec::new());
    if let Some(table) = table {
        tell("table", table.name().into());
        for item in records(&table, &whole.body) {
            match item {
                Ok(record) => good.push(record_json(&record)?),
                Err(bad) => quarantined.push(quarantine(&bad)),
            }
        }
    }
    match request.kind {
        Kind::CommandResult => {
            let results = command::results(&whole.body, &request.parameters);
            tell("results", results.map(|result| result_json(&result)).collect());
        }
        Kind::GetRequest(heartbeat) => {
            tell("info", serde_json::to_value(heartbeat.info())?);
        }
        _ => {}
    }
    tell("bytes", whole.body.len().into());
    tell("records", good.into());
    tell("quarantined", quarantined.into());
    Ok(described.into())
}

/// The record as serde writes it; a punch with its later columns typed, too.
fn record_json(record: &Record<'_>) -> Result<Value, Box<dyn Error>> {
    let mut value = serde_json::to_value(record)?;
    if let (Record::Punch(punch), Some(map)) = (record, value.as_object_mut()) {
        map.insert("details".to_owned(), serde_json::to_value(punch.details())?);
    }
    if let (Record::Event(event), Some(map)) = (record, value.as_object_mut()) {
        map.insert("is_attendance".to_owned(), event.is_attendance().into());
    }
    Ok(value)
}

fn quarantine(bad: &BadLine<'_>) -> Value {
    json!({ "raw": String::from_utf8_lossy(bad.raw), "reason": bad.reason.to_string() })
}

fn result_json(result: &command::CommandResult<'_>) -> Value {
    let info: Map<String, Value> = result
        .settings()
        .flatten()
        .filter(|setting| !setting.is_secret())
        .map(|setting: settings::Setting<'_>| (setting.name().to_owned(), setting.value.to_str().into()))
        .collect();
    json!({
        "id": result.id,
        "return": result.code.map(command::ReturnCode::number),
        "cmd": result.command.to_str(),
        "info": info,
        "content": result.content.map(String::from_utf8_lossy),
    })
}
