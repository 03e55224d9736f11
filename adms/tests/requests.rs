//! Requests and lines at the edges of what is accepted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is the point of a test"
)]

use punchclock_adms::attlog::BadLineReason;
use punchclock_adms::{
    Incoming, Kind, MAX_TARGET, Request, RequestError, SerialError, Table, attlog, operlog, parse,
};

fn read<'a>(method: &'a str, target: &'a str) -> Result<Request<'a>, RequestError> {
    parse(&Incoming {
        method,
        target,
        headers: &[],
        body: b"",
    })
}

fn table(target: &str) -> Table<'_> {
    match read("POST", target).unwrap().kind {
        Kind::Upload(upload) => upload.table,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_no_terminal_sends() {
    assert_eq!(read("GET", "/cdata?SN=A1"), Err(RequestError::NotIclock));
    assert_eq!(read("GET", "/"), Err(RequestError::NotIclock));
    assert_eq!(read("GET", ""), Err(RequestError::NotIclock));
    assert_eq!(read("GET", "/myiclock/cdata?SN=A1"), Err(RequestError::NotIclock));
    assert_eq!(read("DELETE", "/iclock/cdata?SN=A1"), Err(RequestError::Method));
    assert_eq!(
        read("GET", "/iclock/cdata?options=all"),
        Err(RequestError::MissingSerial)
    );
    assert_eq!(
        read("GET", "/iclock/cdata?SN=&x=1"),
        Err(RequestError::InvalidSerial(SerialError::Empty))
    );
    assert_eq!(
        read("GET", "/iclock/cdata?SN=A%31"),
        Err(RequestError::InvalidSerial(SerialError::Character))
    );
    let long = format!("/iclock/cdata?SN=A1&x={}", "y".repeat(MAX_TARGET));
    assert!(matches!(
        read("GET", &long),
        Err(RequestError::TargetTooLong {
            limit: MAX_TARGET,
            ..
        })
    ));
}

#[test]
fn endpoints() {
    for (method, target, name) in [
        ("GET", "/iclock/cdata?SN=A1&options=all", "handshake"),
        ("get", "/ICLOCK/CDATA.ASPX/?SN=A1&options=all", "handshake"),
        (
            "GET",
            "http://server:8080/tenant/secret/iclock/cdata?SN=A1&options=all",
            "handshake",
        ),
        ("GET", "//iclock/cdata?SN=A1&options=all", "handshake"),
        ("GET", "/iclock/cdata?SN=A1", "unknown"),
        ("GET", "/iclock/cdata?SN=A1&type=time", "time"),
        ("GET", "/iclock/ping?SN=A1", "ping"),
        ("POST", "/iclock/ping?SN=A1", "ping"),
        ("POST", "/iclock/devicecmd?SN=A1", "devicecmd"),
        ("POST", "/iclock/fdata?SN=A1", "upload"),
        ("POST", "/iclock/cdata?SN=A1&AuthType=CARD", "unknown"),
        ("GET", "/iclock/file?SN=A1&url=../../etc/passwd", "unknown"),
        ("POST", "/iclock/registry?SN=A1", "unknown"),
        ("GET", "/iclock/?SN=A1", "unknown"),
        ("GET", "/iclock?SN=A1", "unknown"),
    ] {
        assert_eq!(
            read(method, target).unwrap().kind.name(),
            name,
            "{method} {target}"
        );
    }
    let request = read(
        "GET",
        "http://server:8080/tenant/secret/iclock/cdata?SN=A1&options=all",
    )
    .unwrap();
    assert_eq!(request.prefix.as_str(), "tenant/secret");
    assert!(!format!("{request:?}").contains("secret"));
}

#[test]
fn tables() {
    assert_eq!(
        table("/iclock/cdata?SN=A1&table=ATTLOG&Stamp=9999"),
        Table::AttLog
    );
    assert_eq!(table("/iclock/cdata?sn=A1&Table=attlog"), Table::AttLog);
    assert_eq!(table("/iclock/cdata?SN=A1&Stamp=1"), Table::AttLog);
    assert_eq!(table("/iclock/cdata?SN=A1&OpStamp=1"), Table::OperLog);
    assert_eq!(table("/iclock/cdata?SN=A1&PhotoStamp=1"), Table::AttPhoto);
    assert_eq!(table("/iclock/fdata?SN=A1&PhotoStamp=1"), Table::AttPhoto);
    assert_eq!(table("/iclock/cdata?SN=A1&type=BioData"), Table::BioData);
    assert_eq!(
        table("/iclock/cdata?SN=A1&table=NEWTABLE"),
        Table::Unknown("NEWTABLE")
    );
    assert_eq!(table("/iclock/cdata?SN=A1"), Table::Unknown(""));
    // A table cannot be hidden from the rule on biometrics by its spelling.
    assert_eq!(table("/iclock/cdata?SN=A1&table=%42ioData"), Table::BioData);
    assert_eq!(table("/iclock/cdata?SN=A1&%74able=BIODATA"), Table::BioData);
    for (name, secret, counted) in [
        ("ATTLOG", false, true),
        ("OPERLOG", true, true),
        ("BIODATA", true, true),
        ("ATTPHOTO", true, false),
        ("options", true, false),
        ("NEWTABLE", false, false),
    ] {
        let target = format!("/iclock/cdata?SN=A1&table={name}");
        let table = table(&target);
        assert_eq!(
            (table.name(), table.is_secret(), table.is_counted()),
            (name, secret, counted)
        );
    }
}

#[test]
fn stamps_under_any_name() {
    for target in [
        "/iclock/cdata?SN=A1&table=ATTLOG&Stamp=9999",
        "/iclock/cdata?SN=A1&table=OPERLOG&OpStamp=9999",
        "/iclock/cdata?SN=A1&table=ATTLOG&ATTLOGStamp=9999",
    ] {
        let Kind::Upload(upload) = read("POST", target).unwrap().kind else {
            panic!("{target}")
        };
        assert_eq!(upload.stamp, Some("9999"));
    }
}

#[test]
fn lines_that_are_no_punch_say_why() {
    let long = format!("7\t2024-01-01 08:00:00\t{}", "x".repeat(4096));
    for (line, reason) in [
        ("\t2024-01-01 08:00:00", BadLineReason::NoPin),
        ("  \t2024-01-01 08:00:00", BadLineReason::NoPin),
        ("7", BadLineReason::NoTime),
        ("7\t", BadLineReason::Time),
        ("7\t2024-02-30 08:00:00\t0\t1", BadLineReason::Time),
        ("7\t2024-13-01 08:00:00\t0\t1", BadLineReason::Time),
        (
            "1234567890123456789012345\t2024-01-01 08:00:00",
            BadLineReason::PinTooLong,
        ),
        ("7\u{0}\t2024-01-01 08:00:00", BadLineReason::PinControl),
        (long.as_str(), BadLineReason::TooLong),
    ] {
        let lines: Vec<_> = attlog::lines(line.as_bytes()).collect();
        let [Err(bad)] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        assert_eq!((bad.reason, bad.raw), (reason, line.as_bytes()));
        assert!(!bad.reason.to_string().is_empty());
    }
    let [Err(bad)] = attlog::lines(b"\xd6\xd0\t2024-01-01 08:00:00").collect::<Vec<_>>()[..] else {
        panic!("GB2312")
    };
    assert_eq!(bad.reason, BadLineReason::PinEncoding);
}

#[test]
fn a_strange_status_does_not_cost_the_punch() {
    for (line, status, verify) in [
        ("007\t2024-01-01 08:00:00\t255\t15\t\t0\t0\t", Some(255), Some(15)),
        ("007\t2024-01-01 08:00:00\t256\t-1", None, None),
        ("007\t2024-01-01 08:00:00\tin\t", None, None),
        ("007\t2024-01-01T08:00:00\t 1 \t2", Some(1), Some(2)),
    ] {
        let line = attlog::lines(line.as_bytes()).next().unwrap().unwrap();
        assert_eq!((line.pin, line.status, line.verify), ("007", status, verify));
    }
}

#[test]
fn extra_columns_are_kept() {
    let body = b"7\t2024-01-01 08:00:00\t0\t15\t0\t0\t0\t1\t36.5\t97.7\t+28800\teyJsYXQiOjF9\xff";
    let line = attlog::lines(body).next().unwrap().unwrap();
    let extra: Vec<_> = line.extra.iter().collect();
    assert_eq!(extra.len(), 7);
    assert_eq!(extra[5], b"+28800");
    assert_eq!(extra[6], b"eyJsYXQiOjF9\xff");
    assert!(
        attlog::lines(b"7\t2024-01-01 08:00:00\t0\t1\t0")
            .next()
            .unwrap()
            .unwrap()
            .extra
            .is_empty()
    );
}

#[test]
fn an_operation_with_a_secret_behind_it_is_no_operation() {
    let kept = |line: &str| operlog::lines(line.as_bytes()).next().unwrap().redacted();
    assert_eq!(kept("OPLOG Passwd=12345"), "OPLOG length=18");
    assert_eq!(kept("NEWKIND PIN=7\tTmp=c2VjcmV0"), "unknown PIN=7\tlength=26");
    assert_eq!(kept("c2VjcmV0dGVtcGxhdGU="), "unknown length=20");
    assert_eq!(
        kept("FACE PIN=7\tFID=0\tSIZE=9\tVALID=1\tTMP=c2VjcmV0"),
        "FACE PIN=7\tlength=44"
    );
    let long = format!("OPLOG 4\t0\t2024-01-01 08:00:00\t{}", "c2VjcmV0".repeat(100));
    assert!(!kept(&long).contains("c2VjcmV0"));
}

#[cfg(feature = "serde")]
#[test]
fn a_line_as_json() {
    let body = b"7\t2024-01-01 08:00:00\t0\t1\t0\t9\xff\nbad\n";
    let mut lines = attlog::lines(body);
    let line = serde_json::to_value(lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(
        line,
        serde_json::json!({
            "pin": "7", "time": "2024-01-01T08:00:00", "status": 0, "verify": 1, "work_code": "0",
            "extra": ["9\u{fffd}"], "raw": "7\t2024-01-01 08:00:00\t0\t1\t0\t9\u{fffd}",
        })
    );
    let bad = serde_json::to_value(lines.next().unwrap().unwrap_err()).unwrap();
    assert_eq!(bad, serde_json::json!({ "raw": "bad", "reason": "no_time" }));
}
