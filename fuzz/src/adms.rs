//! The HTTP push protocol: requests and the lines of uploads.

use punchclock_adms::{Incoming, Kind, MAX_TARGET, Reply, Table, operlog, parse, result, semantics};

/// Any request is read or refused, and no reply to an unknown terminal lets it believe that its records are safe.
///
/// Bytes: a line `METHOD target`, then the body.
pub fn request(data: &[u8]) {
    let (head, body) = split_at(data, b'\n');
    let head = String::from_utf8_lossy(head);
    let (method, target) = head.split_once(' ').unwrap_or(("GET", &head));
    let incoming = Incoming {
        method,
        target,
        headers: &[],
        body,
    };
    let request = match parse(&incoming) {
        Ok(request) => request,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(!confirms(&error.reply()), "a refusal is no success");
            return;
        }
    };
    assert!(target.len() <= MAX_TARGET);
    let serial = request.serial.as_str();
    assert!(!serial.is_empty() && serial.len() <= 64);
    assert!(
        serial
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    );
    assert!(!format!("{request:?}").is_empty());
    assert!(target.contains(request.prefix.as_str()));

    let unknown = semantics::for_unknown_serial(&request.serial, &request.kind);
    match &request.kind {
        Kind::Handshake(handshake) => {
            let _ = (
                handshake.push_version(),
                handshake.device_type(),
                handshake.language(),
            );
            assert!(unknown.body.starts_with(b"GET OPTION FROM: "));
        }
        Kind::GetRequest(heartbeat) => {
            let _ = heartbeat.info();
        }
        Kind::Upload(upload) => {
            assert!(
                !confirms(&unknown),
                "records of an unknown terminal are not acknowledged"
            );
            assert_eq!(upload.body, body);
            let _ = (
                upload.table.name(),
                upload.table.is_secret(),
                upload.table.is_counted(),
            );
            match upload.table {
                Table::AttLog => attlog(upload.body),
                _ => operations(upload.body),
            }
        }
        Kind::CommandResult(body) => {
            for result in result::results(body, &request.parameters) {
                assert!(!result.id.contains('\n') && !result.command.contains('\n'));
            }
        }
        _ => {}
    }
}

/// Whether a terminal would take the reply for success: status 200 with the letters `OK` anywhere.
fn confirms(reply: &Reply) -> bool {
    reply.status == 200
        && reply
            .body
            .to_ascii_uppercase()
            .windows(2)
            .any(|letters| letters == b"OK")
}

/// Every line of a log is one item, good or bad, and does not depend on its neighbours.
///
/// Bytes: the body.
pub fn attlog(body: &[u8]) {
    use punchclock_adms::attlog::lines;

    let items: Vec<_> = lines(body).collect();
    assert_eq!(items.len(), count(body));
    for item in &items {
        match item {
            Ok(line) => {
                assert!(!line.pin.trim().is_empty());
                assert_eq!(line.columns().next(), Some(line.pin.as_bytes()));
                let named = if line.extra.is_empty() { 0 } else { 5 };
                assert_eq!(
                    line.extra.iter().count() + named,
                    if named == 0 { 0 } else { line.columns().count() }
                );
                assert!(line.columns().count() >= 2);
            }
            Err(bad) => {
                assert!(!bad.raw.is_empty() && !bad.raw.contains(&b'\n'));
                assert!(!bad.reason.to_string().is_empty());
            }
        }
    }
    // Sent in two requests instead of one, the same.
    let ends: Vec<usize> = (1..=body.len()).filter(|end| body[end - 1] == b'\n').collect();
    if let Some(end) = ends.get(ends.len() / 2) {
        let (first, second) = body.split_at(*end);
        assert_eq!(lines(first).chain(lines(second)).collect::<Vec<_>>(), items);
    }
}

/// Every line of an operation log is one item, and what may be stored of it is one line without a password.
fn operations(body: &[u8]) {
    let items: Vec<_> = operlog::lines(body).collect();
    assert_eq!(items.len(), count(body));
    for item in items {
        let _ = (item.kind.name(), item.pin, format!("{item:?}"));
        let kept = item.redacted();
        assert!(!kept.contains('\n'));
        // A name may say "Passwd="; no column may be called so.
        let secret = |column: &str| {
            let column = column.trim_start().to_ascii_lowercase();
            ["passwd=", "card=", "vicecard="]
                .iter()
                .any(|key| column.starts_with(key))
        };
        assert!(item.operation().is_some() || !kept.split('\t').any(secret));
    }
}

/// How many lines hold something, counted in the plainest way.
fn count(body: &[u8]) -> usize {
    body.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty() && *line != b"\r")
        .count()
}

fn split_at(data: &[u8], end: u8) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == end) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &[]),
    }
}
