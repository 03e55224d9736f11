//! Reads one raw HTTP request from standard input and writes what it is as JSON.
//!
//! ```text
//! printf 'POST /iclock/cdata?SN=A1&table=ATTLOG&Stamp=1 HTTP/1.1\r\n\r\n7\t2026-03-02 08:00:00\t0\t1\n' \
//!     | cargo run -p punchclock-adms --example parse
//! ```

use std::error::Error;
use std::io::{Read as _, Write as _};

use punchclock_adms::{Incoming, Kind, Request, Table, attlog, operlog, result};
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
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
    let request = punchclock_adms::parse(&Incoming {
        method,
        target,
        headers: &headers,
        body,
    })?;
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &describe(&request))?;
    writeln!(out)?;
    Ok(())
}

/// Head and body, whichever line ends the request was typed with.
fn split(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    ["\r\n\r\n", "\n\n"].iter().find_map(|gap| {
        let at = raw
            .windows(gap.len())
            .position(|window| window == gap.as_bytes())?;
        Some((raw.get(..at)?, raw.get(at + gap.len()..)?))
    })
}

fn describe(request: &Request<'_>) -> Value {
    let parameters: Map<String, Value> = request
        .parameters
        .iter()
        .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
        .collect();
    let mut described = Map::new();
    let mut tell = |key: &str, value: Value| described.insert(key.to_owned(), value);
    tell("serial", request.serial.as_str().into());
    tell("kind", request.kind.name().into());
    tell("parameters", parameters.into());
    match &request.kind {
        Kind::Upload(upload) => {
            tell("table", upload.table.name().into());
            match upload.table {
                Table::AttLog => {
                    let (good, bad): (Vec<_>, Vec<_>) = attlog::lines(upload.body).partition(Result::is_ok);
                    tell(
                        "records",
                        good.into_iter().flatten().map(|line| record(&line)).collect(),
                    );
                    let bad = bad.into_iter().filter_map(Result::err);
                    tell("quarantined", bad.map(|bad| quarantine(&bad)).collect());
                }
                Table::OperLog => {
                    tell(
                        "records",
                        operlog::lines(upload.body).map(|line| line.redacted()).collect(),
                    );
                }
                _ => {
                    tell("bytes", upload.body.len().into());
                }
            }
        }
        Kind::CommandResult(body) => {
            let results = result::results(body, &request.parameters);
            let results = results
                .map(|result| json!({ "id": result.id, "return": result.code, "cmd": result.command }));
            tell("results", results.collect());
        }
        _ => {}
    }
    described.into()
}

fn record(line: &attlog::AttLogLine<'_>) -> Value {
    json!({
        "pin": line.pin,
        "time": line.time.format("%Y-%m-%dT%H:%M:%S").to_string(),
        "status": line.status,
        "verify": line.verify,
        "work_code": line.work_code,
        "extra": line.extra.iter().map(String::from_utf8_lossy).collect::<Vec<_>>(),
    })
}

fn quarantine(bad: &attlog::BadLine<'_>) -> Value {
    json!({ "raw": String::from_utf8_lossy(bad.raw), "reason": bad.reason.to_string() })
}
