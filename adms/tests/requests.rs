//! Requests and lines at the edges of what is accepted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is the point of a test"
)]

use punchclock_adms::{
    BadLineReason, BodyError, Dialect, Incoming, Kind, MAX_TARGET, Request, RequestError, SerialError, Table,
    attlog, parse, parse_head, records, semantics,
};

fn read<'a>(method: &'a str, target: &'a str) -> Result<Request<'a>, RequestError> {
    parse_head(method, target)
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
        ("POST", "/iclock/cdata?SN=A1&AuthType=CARD", "verify"),
        ("GET", "/iclock/rtdata?SN=A1&type=time", "acc_time"),
        ("POST", "/iclock/rtdata?SN=A1&type=time", "upload"),
        ("POST", "/iclock/event?SN=A1", "upload"),
        ("GET", "/iclock/push?SN=A1", "push"),
        ("POST", "/iclock/push?SN=A1", "push"),
        ("POST", "/iclock/querydata?SN=A1&type=count", "querydata"),
        ("POST", "/iclock/exchange?SN=A1&type=publickey", "exchange"),
        ("GET", "/iclock/inspect?SN=A1", "ping"),
        ("GET", "/iclock/cdata?SN=A1&Table=RemoteAtt&PIN=7", "remote_user"),
        ("GET", "/iclock/cdata?SN=A1&PIN=7", "remote_user"),
        ("GET", "/iclock/cdata?SN=A1&type=LastPunch&PIN=7", "self_service"),
        ("GET", "/iclock/cdata?SN=A1&table=SELFSERVICEDATA", "self_service"),
        ("GET", "/iclock/file?SN=A1&url=../../etc/passwd", "unknown"),
        ("POST", "/iclock/registry?SN=A1", "registry"),
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
    assert_eq!(
        table("/iclock/cdata?SN=A1&type=PostVerifyData"),
        Table::Unknown("PostVerifyData")
    );
    assert_eq!(table("/iclock/cdata?SN=A1&FPImage=1"), Table::FpImage);
    assert_eq!(table("/iclock/edata?SN=A1"), Table::Unknown("edata"));
    assert_eq!(
        table("/iclock/cdata?SN=A1&table=tabledata&tablename=user&count=2"),
        Table::TableData("user")
    );
    for (name, secret) in [
        ("ATTLOG", false),
        ("OPERLOG", true),
        ("BIODATA", true),
        ("ATTPHOTO", true),
        ("options", true),
        ("NEWTABLE", false),
    ] {
        let target = format!("/iclock/cdata?SN=A1&table={name}");
        let table = table(&target);
        assert_eq!((table.name(), table.is_secret()), (name, secret));
    }
}

#[test]
fn bodies_are_whole_or_refused() {
    let incoming = |headers: &'static [(&'static str, &'static [u8])], body: &'static [u8]| {
        parse(&Incoming {
            method: "POST",
            target: "/iclock/cdata?SN=A1&table=ATTLOG",
            headers,
            body,
        })
    };
    let body = b"7\t2024-01-01 08:00:00";
    assert_eq!(&*incoming(&[("content-length", b"21")], body).unwrap().body, body);
    let short = incoming(&[("Content-Length", b"22")], body).unwrap_err();
    assert_eq!(
        short,
        RequestError::Body(BodyError::Short {
            announced: 22,
            received: 21
        })
    );
    assert_eq!(short.reply().status, 400);
    let chunked = incoming(
        &[("Transfer-Encoding", b"chunked")],
        b"15\r\n7\t2024-01-01 08:00:00\r\n0\r\n\r\n",
    );
    assert_eq!(&*chunked.unwrap().body, body);
}

#[test]
fn dialects() {
    fn kind<'a>(method: &'a str, target: &'a str) -> Kind<'a> {
        read(method, target).unwrap().kind
    }
    for (query, dialect) in [
        ("options=all", Dialect::Old),
        ("options=all&pushver=2.2.14", Dialect::Att),
        ("options=all&pushver=2.4.0&DeviceType=middle%20east", Dialect::Att),
        ("options=all&pushver=3.0.1", Dialect::Acc),
        ("options=all&pushver=3.1.2&DeviceType=att", Dialect::Att),
        ("options=all&pushver=2.4.1&DeviceType=ACC", Dialect::Acc),
        ("options=all&pushver=3.2.0&Comkey=1", Dialect::Us),
        ("options=all&pushver=nonsense", Dialect::Old),
    ] {
        let target = format!("/iclock/cdata?SN=A1&{query}");
        let kind = kind("GET", &target);
        assert_eq!(
            semantics::dialect(None, Some(Dialect::Us), &kind),
            dialect,
            "{query}"
        );
        assert_eq!(semantics::dialect(Some(Dialect::Old), None, &kind), Dialect::Old);
    }
    // Without a handshake, what a terminal sends tells.
    let door = kind("POST", "/iclock/cdata?SN=A1&table=rtlog");
    let clock = kind("POST", "/iclock/cdata?SN=A1&table=OPERLOG");
    assert_eq!(semantics::dialect(None, None, &door), Dialect::Acc);
    assert_eq!(semantics::dialect(None, None, &clock), Dialect::Att);
    assert_eq!(semantics::dialect(None, Some(Dialect::Acc), &clock), Dialect::Acc);
    for dialect in Dialect::ALL {
        assert_eq!(dialect.to_string().parse(), Ok(dialect));
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
fn what_may_be_stored_of_a_line_holds_no_secret() {
    let kept = |line: &str| {
        let table = Table::OperLog;
        let item = records(&table, line.as_bytes()).next().unwrap();
        semantics::keep(&table, &item)
    };
    assert_eq!(
        kept("OPLOG Passwd=12345"),
        "the operation has no number\tlength=18"
    );
    assert_eq!(kept("NEWKIND PIN=7\tTmp=c2VjcmV0"), "unknown\tlength=26");
    assert_eq!(kept("c2VjcmV0dGVtcGxhdGU="), "unknown\tlength=20");
    assert_eq!(
        kept("FACE PIN=7\tFID=0\tSIZE=9\tVALID=1\tTMP=c2VjcmV0"),
        "TEMPLATE\tPIN=7\tlength=39"
    );
    let long = format!("OPLOG 4\t0\t2024-01-01 08:00:00\t{}", "c2VjcmV0".repeat(100));
    assert!(!kept(&long).contains("c2VjcmV0"));
    // A harmless kind of line with a template behind it; found by fuzzing.
    for line in [
        "ERRORLOG ErrCode=1\tErrMsg=full\tTmp=c2VjcmV0",
        "WORKCODE PIN=1\tCODE=5\tTmp=c2VjcmV0",
        "transaction time_second=1\tpin=7\teventtype=0\tTmp=c2VjcmV0",
    ] {
        assert!(!kept(line).contains("c2VjcmV0"), "{}", kept(line));
    }
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
