//! Answers of an Odoo server, over both transports.

use punchclock_odoo::models::{Attendance, Employee};
use punchclock_odoo::{Binary, ErrorKind, LoadMessage, Many2One, OdooDateTime, Reply, Selection, Transport};
use serde::de::{DeserializeOwned, IgnoredAny};

const STATUSES: [u16; 16] = [
    200, 200, 200, 200, 204, 302, 400, 401, 403, 404, 409, 413, 422, 429, 500, 502,
];
const TYPES: [&str; 4] = [
    "application/json",
    "application/json; charset=utf-8",
    "text/html",
    "",
];

/// Any answer is a value or a failure that can be shown: short, without control characters and without the traceback.
///
/// Bytes: one that chooses transport, status and content type; the rest is the body.
pub fn decode(data: &[u8]) {
    let (choice, body) = data
        .split_first()
        .map_or((0, data), |(first, rest)| (*first, rest));
    let transport = if choice & 1 == 0 {
        Transport::Json2
    } else {
        Transport::JsonRpc
    };
    let status = STATUSES[usize::from(choice >> 1 & 15)];
    let content_type = TYPES[if status == 200 {
        usize::from(choice >> 5 & 1)
    } else {
        usize::from(choice >> 5 & 3)
    }];
    let headers = [("Content-Type", content_type), ("Retry-After", "7")];
    let reply = Reply::new(status, headers, body);

    let any = read::<IgnoredAny>(&reply, transport);
    // What fits a narrower type fits the wider one.
    for fits in [
        read::<Vec<i64>>(&reply, transport),
        read::<Vec<Employee>>(&reply, transport),
        read::<Vec<Attendance>>(&reply, transport),
        read::<Vec<LoadMessage>>(&reply, transport),
        read::<Many2One>(&reply, transport),
        read::<OdooDateTime>(&reply, transport),
        read::<Binary>(&reply, transport),
        read::<Selection<bool>>(&reply, transport),
    ] {
        assert!(any || !fits, "a narrow type reads what is no JSON");
    }
    let _ = read::<serde_json::Value>(&reply, transport);

    // A binary and a time come back from what they write.
    let text = String::from_utf8_lossy(body);
    if let Ok(time) = text.parse::<OdooDateTime>() {
        assert_eq!(
            time.to_string().parse::<OdooDateTime>().expect("its own form"),
            time
        );
    }
    let written = serde_json::to_string(&Binary::new(body)).expect("text");
    let read: Binary = serde_json::from_str(&written).expect("its own form");
    assert_eq!(read.as_bytes(), body);
}

fn read<T: DeserializeOwned>(reply: &Reply, transport: Transport) -> bool {
    let error = match reply.decode::<T>(transport) {
        Ok(_) => return true,
        Err(error) => error,
    };
    let shown = error.to_string();
    assert!(
        !shown.is_empty() && shown.chars().count() < 6_000,
        "{} characters",
        shown.len()
    );
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    if let Some(traceback) = error.server_traceback().filter(|traceback| traceback.len() > 40) {
        let shown = format!("{:?} {:?}", error.server_message(), error.exception_name());
        let debug = format!("{error:?}");
        assert!(
            shown.contains(traceback) || !debug.contains(traceback),
            "a traceback is shown"
        );
    }
    let failure = error.failure();
    assert!(
        !(failure.is_retryable() && failure.is_configuration()),
        "{failure:?}"
    );
    assert_ne!(error.kind(), ErrorKind::Connect);
    false
}
