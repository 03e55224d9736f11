//! The adapter over raw sockets: what is acknowledged, in which form, and what is not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is the point of a test"
)]

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use punchclock_adms::axum::{Batch, Clock, Handler, Limits, NotStored, PhotoBody, router, serve};
use punchclock_adms::command::{Action, CommandQueues, CommandResult, Encoded, Outcome, TableName, Window};
use punchclock_adms::sim::{Status, Terminal};
use punchclock_adms::{
    Charset, Dialect, GetRequest, Handshake, HandshakeOptions, Receipt, Record, Request, Serial, Table,
    semantics,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A long time, for a loaded machine.
const LONG: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
struct Seen {
    punches: BTreeSet<(String, String, NaiveDateTime)>,
    kept: Vec<String>,
    outcomes: Vec<Outcome>,
    pictures: Vec<u8>,
    peers: BTreeSet<Option<IpAddr>>,
    full: bool,
    clock: Option<Clock>,
    dialect: Option<Dialect>,
    queues: CommandQueues,
}

/// A server whose store is memory: it tests the adapter, not durability.
#[derive(Debug, Clone, Default)]
struct Server(Arc<Mutex<Seen>>);

impl Server {
    fn see<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    async fn start(&self, limits: Limits) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(
            listener,
            router(self.clone(), limits),
            limits,
            std::future::pending(),
        ));
        address
    }
}

impl Handler for Server {
    async fn admits(&self, request: &Request<'_>, peer: Option<IpAddr>) -> bool {
        self.see(|seen| seen.peers.insert(peer));
        request.serial.as_str() != "STRANGER"
    }

    async fn handshake(&self, _: &Serial, shake: &Handshake<'_>) -> Result<HandshakeOptions, NotStored> {
        Ok(HandshakeOptions::new().with_push_version(shake.push_version().as_deref()))
    }

    async fn store(&self, batch: Batch<'_>) -> Result<Receipt, NotStored> {
        self.see(|seen| {
            if seen.full {
                return Err(NotStored);
            }
            for item in batch.records() {
                let serial = batch.serial().to_string();
                match &item {
                    Ok(Record::Punch(punch)) => {
                        seen.punches.insert((serial, punch.pin.to_owned(), punch.time));
                    }
                    Ok(Record::Event(event)) if event.is_attendance() => {
                        seen.punches.insert((serial, event.pin.to_owned(), event.time));
                    }
                    _ => seen.kept.push(semantics::keep(&batch.table(), &item)),
                }
            }
            if let Some(photo) = batch.photo() {
                seen.kept
                    .push(format!("{} {}", photo.header.file_name, photo.length));
            }
            if let Some(id) = batch.command_id() {
                let outcome = seen.queues.of(batch.serial()).answered(id, 0);
                seen.outcomes.push(outcome);
            }
            Ok(())
        })?;
        Ok(batch.stored())
    }

    async fn too_large(&self, _: &Serial, table: Table<'_>, length: u64) -> Result<(), NotStored> {
        self.see(|seen| seen.kept.push(format!("{} {length}", table.name())));
        Ok(())
    }

    async fn photo(&self, mut photo: PhotoBody<'_>) -> Result<Receipt, NotStored> {
        while let Some(piece) = photo.next().await? {
            self.see(|seen| seen.pictures.extend_from_slice(&piece));
        }
        self.store(photo.end()?).await
    }

    async fn commands(&self, serial: &Serial, _: &GetRequest<'_>) -> Vec<Encoded> {
        self.see(|seen| {
            let dialect = seen.dialect.unwrap_or(Dialect::Att);
            seen.queues
                .of(serial)
                .take(DateTime::UNIX_EPOCH, dialect, Charset::Utf8)
        })
    }

    async fn results(&self, serial: &Serial, results: Vec<CommandResult<'_>>) -> Result<Receipt, NotStored> {
        self.see(|seen| {
            if seen.full {
                return Err(NotStored);
            }
            for result in results {
                let outcome = seen.queues.of(serial).settle(&result);
                seen.outcomes.push(outcome);
            }
            Ok(Receipt::recorded())
        })
    }

    fn clock(&self, _: &Serial) -> Option<Clock> {
        self.see(|seen| seen.clock)
    }
}

/// Sends bytes as they are, and reads to the end: head and body of the reply.
async fn exchange(server: SocketAddr, bytes: &[u8]) -> (String, String) {
    tokio::time::timeout(LONG, async {
        let mut stream = TcpStream::connect(server).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).await.unwrap();
        let reply = String::from_utf8(reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        (head.to_ascii_lowercase(), body.to_owned())
    })
    .await
    .unwrap()
}

fn post(target: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST /iclock/{target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

fn get(target: &str) -> Vec<u8> {
    format!("GET /iclock/{target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").into_bytes()
}

/// Status and body.
async fn answer(server: SocketAddr, bytes: &[u8]) -> (u16, String) {
    let (head, body) = exchange(server, bytes).await;
    (head[9..12].parse().unwrap(), body)
}

#[tokio::test]
async fn the_form_of_every_acknowledgement() {
    let address = Server::default().start(Limits::default()).await;
    let punches = b"7\t2026-03-02 08:00:00\t0\t1\r\njunk\n8\t2026-03-02 08:00:00\t0\t1";
    for (target, body, reply) in [
        // New, known and bad lines together; a replay is acknowledged in full.
        ("cdata?SN=A1&table=ATTLOG&Stamp=1", &punches[..], "OK: 3"),
        ("cdata?SN=A1&table=ATTLOG&Stamp=1", &punches[..], "OK: 3"),
        ("cdata.aspx/?sn=A1&Table=attlog", &punches[..], "OK: 3"),
        ("cdata?SN=A1&Stamp=1", &punches[..], "OK: 3"),
        ("cdata?SN=A1&table=ATTLOG&Stamp=1", b"", "OK: 0"),
        (
            "cdata?SN=A1&table=OPERLOG",
            b"OPLOG 4\t0\t2026-03-02 08:00:00\t0\t0\t0\t0\nUSER PIN=7\n",
            "OK: 2",
        ),
        (
            "cdata?SN=A1&table=BIODATA",
            b"BIODATA Pin=7\tNo=1\tTmp=AA==\n",
            "OK: 1",
        ),
        ("cdata?SN=A1&table=IDCARD", b"IDCARD PIN=7\n", "OK: 1"),
        ("cdata?SN=A1&table=ERRORLOG", b"ERRORLOG ErrCode=1\n", "OK: 1"),
        ("cdata?SN=A1&table=options", b"~DeviceName=x,MAC=1", "OK"),
        (
            "cdata?SN=A1&table=rtlog",
            b"time=2026-03-02 08:00:00\tpin=7\tevent=0\r\n",
            "OK",
        ),
        (
            "cdata?SN=A1&table=rtstate",
            b"time=2026-03-02 08:00:00\tsensor=00\r\n",
            "OK",
        ),
        (
            "cdata?SN=A1&table=tabledata&tablename=user&count=2",
            b"user uid=1\tpin=7\r\nuser uid=2\tpin=8\r\n",
            "user=2",
        ),
        ("cdata?SN=A1&table=NEWTABLE", b"a\nb\n", "OK"),
        (
            "cdata?SN=A1&table=ATTPHOTO&PhotoStamp=1",
            b"PIN=20260302080000-7.jpg\nSN=A1\nsize=2\nCMD=uploadphoto\0\xff\xd8",
            "OK",
        ),
        (
            "fdata?SN=A1&PhotoStamp=1",
            b"PIN=20260302080000.jpg\0\xff\xd8",
            "OK",
        ),
        (
            "querydata?SN=A1&type=tabledata&cmdid=1&tablename=user&count=1&packcnt=1&packidx=1",
            b"user pin=7\r\n",
            "user=1",
        ),
        ("devicecmd?SN=A1", b"ID=99&Return=0&CMD=INFO\n", "OK"),
        ("ping?SN=A1", b"", "OK"),
        ("rtdata?SN=A1", b"whatever", "OK"),
        ("somethingnew?SN=A1", b"whatever", "OK"),
        ("cdata?SN=A1&AuthType=CARD", b"", "AUTH=Failed"),
        ("exchange?SN=A1&type=publickey", b"x", "OK"),
    ] {
        // Whatever the Content-Type, or none.
        for header in [
            "",
            "Content-Type: application/x-www-form-urlencoded\r\n",
            "Content-Type: application/json\r\n",
        ] {
            let (head, text) = exchange(address, &post(target, header, body)).await;
            assert!(head.starts_with("http/1.1 200 "), "{target}: {head}");
            assert_eq!(text, reply, "{target}");
            assert!(head.contains("\ncontent-type: text/plain\r"), "{head}");
            assert!(
                head.contains(&format!("\ncontent-length: {}", reply.len())),
                "{head}"
            );
            assert!(
                !head.contains("\ndate:") && !head.contains("\ncontent-encoding:"),
                "{head}"
            );
        }
    }
    for target in [
        "getrequest?SN=A1",
        "ping?SN=A1",
        "test?SN=A1",
        "cdata?SN=A1&table=RemoteAtt&PIN=7",
    ] {
        assert_eq!(
            answer(address, &get(target)).await,
            (200, "OK".to_owned()),
            "{target}"
        );
    }
}

#[tokio::test]
async fn what_is_not_stored_is_not_acknowledged_and_no_error_says_ok() {
    let server = Server::default();
    let limits = Limits {
        body: 2000,
        photo: 3000,
        ..Limits::default()
    };
    let address = server.start(limits).await;
    let line = b"7\t2026-03-02 08:00:00\t0\t1\n";
    let log = "cdata?SN=A1&table=ATTLOG";
    let large = line.repeat(100);
    let photo = [&b"PIN=20260302080000-7.jpg\0"[..], &[0xff; 4000]].concat();
    let bomb = gzip(&[b'x'; 100_000]);
    let mut refused = vec![
        (post("cdata?SN=STRANGER&table=ATTLOG", "", line), 503),
        (post(log, "", &large), 413),
        (post(log, "", &bomb), 413),
        (post(log, "", b"\x1f\x8bnot gzip"), 503),
        (post("cdata?SN=A1&table=ATTPHOTO", "", &photo), 503),
        (post("cdata?SN=A1&table=ATTPHOTO", "", b"no header"), 503),
        (post("cdata?table=ATTLOG", "", line), 400),
        (post("cdata?SN=../x&table=ATTLOG", "", line), 400),
        (get("rtdata?SN=A1&type=time"), 503),
        (get("cdata?SN=A1&type=time"), 503),
        (
            b"PUT /iclock/cdata?SN=A1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
            405,
        ),
        (
            b"GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(),
            404,
        ),
    ];
    for full in [false, true] {
        server.see(|seen| seen.full = full);
        if full {
            refused.push((post(log, "", line), 503));
            refused.push((post("devicecmd?SN=A1", "", b"ID=1&Return=0\n"), 503));
            refused.push((post("somethingnew?SN=A1", "", line), 503));
        }
        for (request, status) in &refused {
            let (found, text) = answer(address, request).await;
            let shown = String::from_utf8_lossy(&request[..request.len().min(80)]);
            assert_eq!(found, *status, "{shown}");
            assert!(
                !text.to_ascii_lowercase().contains("ok") && !text.is_empty(),
                "{shown}: {text}"
            );
        }
    }
    // A heartbeat is answered all the same.
    assert_eq!(answer(address, &get("getrequest?SN=A1")).await.0, 200);
    server.see(|seen| assert!(seen.punches.is_empty() && seen.peers.contains(&Some([127, 0, 0, 1].into()))));
}

fn gzip(text: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_template_that_is_too_large_is_acknowledged_once_that_is_recorded_and_punches_never() {
    let server = Server::default();
    let limits = Limits {
        body: 1000,
        ..Limits::default()
    };
    let address = server.start(limits).await;
    let body = [b'x'; 5000];
    for (table, status) in [
        ("BIODATA", 200),
        ("USERPIC", 200),
        ("ATTLOG", 413),
        ("OPERLOG", 413),
        ("NEW", 413),
    ] {
        let request = post(&format!("cdata?SN=A1&table={table}"), "", &body);
        assert_eq!(answer(address, &request).await.0, status, "{table}");
    }
    server.see(|seen| assert_eq!(seen.kept.len(), 5, "{:?}", seen.kept));
}

#[tokio::test]
async fn chunked_and_compressed_bodies_are_read() {
    let server = Server::default();
    let address = server.start(Limits::default()).await;
    let chunked = b"POST /iclock/cdata?SN=A1&table=ATTLOG HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n7\t2026-03-02 08:\r\n6\r\n00:00\n\r\n0\r\n\r\n";
    assert_eq!(answer(address, chunked).await, (200, "OK: 1".to_owned()));
    let packed = gzip(b"8\t2026-03-02 08:00:00\n9\t2026-03-02 08:00:00\n");
    let packed = post("cdata?SN=A1&table=ATTLOG&ContentType=tgz", "", &packed);
    assert_eq!(answer(address, &packed).await, (200, "OK: 2".to_owned()));
    server.see(|seen| assert_eq!(seen.punches.len(), 3));
}

#[tokio::test]
async fn a_body_that_is_cut_off_leaves_nothing_and_no_reply_acknowledges_it() {
    let server = Server::default();
    let address = server.start(Limits::default()).await;
    for target in ["cdata?SN=A1&table=ATTLOG", "cdata?SN=A1&table=ATTPHOTO"] {
        let whole = post(
            target,
            "",
            b"7\t2026-03-02 08:00:00\t0\t1\n7\t2026-03-02 08:00:01\t0\t1\n",
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&whole[..whole.len() - 5]).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut reply = String::new();
        let _ = tokio::time::timeout(LONG, stream.read_to_string(&mut reply))
            .await
            .unwrap();
        assert!(!reply.contains("OK"), "{reply}");
    }
    server.see(|seen| assert!(seen.punches.is_empty() && seen.kept.is_empty()));
}

#[tokio::test]
async fn trickling_heads_and_bodies_come_to_an_end() {
    let server = Server::default();
    let limits = Limits {
        body_deadline: Duration::from_millis(300),
        head_deadline: Duration::from_millis(300),
        ..Limits::default()
    };
    let address = server.start(limits).await;
    for start in [
        &b"POST /iclock/cdata?SN=A1&table=ATT"[..],
        b"POST /iclock/cdata?SN=A1&table=ATTLOG HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n7\t",
        b"POST /iclock/cdata?SN=A1&table=ATTPHOTO HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nPIN=1",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(start).await.unwrap();
        let mut reply = String::new();
        // It ends by itself; nothing more is sent.
        let ended = tokio::time::timeout(LONG, stream.read_to_string(&mut reply)).await;
        assert!(ended.is_ok(), "{start:?}");
        assert!(!reply.contains("OK"), "{reply}");
    }
    assert_eq!(answer(address, &get("ping?SN=A1")).await.0, 200);
}

#[tokio::test]
async fn bodies_share_their_memory_and_give_it_back() {
    let server = Server::default();
    let limits = Limits {
        memory: 6 << 10,
        ..Limits::default()
    };
    let address = server.start(limits).await;
    let line = b"7\t2026-03-02 08:00:00\t0\t1\n";
    // Holds most of the memory until its end comes.
    let mut slow = TcpStream::connect(address).await.unwrap();
    let whole = post("cdata?SN=A1&table=ATTLOG", "", &line.repeat(130));
    let (first, last) = whole.split_at(whole.len() - 10);
    slow.write_all(first).await.unwrap();
    let big = post("cdata?SN=B2&table=ATTLOG", "", &line.repeat(130));
    tokio::time::timeout(LONG, async {
        // The slow one has arrived when the other one is sent away.
        while answer(address, &big).await.0 != 503 {}
    })
    .await
    .unwrap();
    slow.write_all(last).await.unwrap();
    let mut reply = String::new();
    slow.read_to_string(&mut reply).await.unwrap();
    assert!(reply.ends_with("OK: 130"), "{reply}");
    assert_eq!(answer(address, &big).await, (200, "OK: 130".to_owned()));
}

#[tokio::test]
async fn a_large_photograph_passes_without_being_held() {
    let server = Server::default();
    // Less memory for bodies than the picture has.
    let limits = Limits {
        body: 1000,
        memory: 1024,
        ..Limits::default()
    };
    let address = server.start(limits).await;
    let picture: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let body = [
        &b"PIN=20260302080000-7.jpg\nSN=A1\nsize=3000000\nCMD=uploadphoto\0"[..],
        &picture,
    ]
    .concat();
    let request = post("cdata?SN=A1&table=ATTPHOTO&PhotoStamp=1", "", &body);
    assert_eq!(answer(address, &request).await, (200, "OK".to_owned()));
    server.see(|seen| {
        assert!(seen.pictures == picture);
        assert_eq!(seen.kept, ["20260302080000-7.jpg 3000000"]);
    });
}

#[tokio::test]
async fn the_time_is_told_when_the_handler_knows_it_and_never_else() {
    let server = Server::default();
    let address = server.start(Limits::default()).await;
    let now = DateTime::from_timestamp(1_772_438_400, 0).unwrap();
    server.see(|seen| {
        seen.clock = Some(Clock {
            now,
            offset_minutes: -210,
        });
    });
    for target in [
        "cdata?SN=A1&options=all&pushver=2.4.1",
        "getrequest?SN=A1",
        "cdata?SN=A1&type=time",
    ] {
        let (head, _) = exchange(address, &get(target)).await;
        assert!(
            head.contains("\ndate: mon, 02 mar 2026 08:00:00 gmt\r"),
            "{target}: {head}"
        );
    }
    let (_, body) = exchange(address, &get("cdata?SN=A1&type=time")).await;
    assert_eq!(body, "Time=2026-03-02T04:30:00-03:30\n");
    let upload = exchange(address, &post("cdata?SN=A1&table=ATTLOG", "", b"")).await;
    assert!(!upload.0.contains("\ndate:"));
}

fn at(second: i64) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, 2)
        .unwrap()
        .and_hms_opt(8, 0, 0)
        .unwrap()
        + TimeDelta::seconds(second)
}

async fn until(terminal: &Terminal, done: impl Fn(&Status) -> bool) -> Status {
    tokio::time::timeout(LONG, async {
        loop {
            let status = terminal.status();
            if done(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("it did not get there: {:?}", terminal.status()))
}

fn builder(serial: &str, address: SocketAddr) -> punchclock_adms::sim::Builder {
    Terminal::builder(serial, address)
        .heartbeat(Duration::from_millis(30))
        .retry_gap(Duration::from_millis(20))
}

#[tokio::test]
async fn an_access_control_terminal_registers_sends_events_and_answers_a_query_in_packets() {
    let server = Server::default();
    server.see(|seen| seen.dialect = Some(Dialect::Acc));
    let address = server.start(Limits::default()).await;
    let terminal = builder("DOOR1", address).dialect(Dialect::Acc).start();
    for second in 0..300 {
        terminal.punch("7", at(second), 0, 15);
    }
    let status = until(&terminal, |status| status.made == status.acknowledged).await;
    assert_eq!(
        status.options.get("ServerName").map(String::as_str),
        Some("punchclock")
    );
    server.see(|seen| {
        assert_eq!(seen.punches.len(), 300);
        seen.punches.clear();
        let serial = "DOOR1".parse().unwrap();
        let table = TableName::new("transaction").unwrap();
        seen.queues
            .of(&serial)
            .give(Action::QueryTable(table), Utc::now())
            .unwrap();
    });
    tokio::time::timeout(LONG, async {
        while server.see(|seen| seen.outcomes.len() < 2) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    server.see(|seen| {
        // Joined from six packets whose borders fall within rows; then the result says the same once more.
        assert_eq!(seen.punches.len(), 300);
        assert!(seen.kept.is_empty(), "{:?}", seen.kept);
        assert_eq!(seen.outcomes, [Outcome::Confirmed, Outcome::Repeated]);
    });
    terminal.stop().await;
}

#[tokio::test]
async fn commands_are_confirmed_refused_and_answered_with_uploads() {
    let server = Server::default();
    let address = server.start(Limits::default()).await;
    let serial: Serial = "SIM0001".parse().unwrap();
    server.see(|seen| {
        let queue = seen.queues.of(&serial);
        for action in [
            Action::Info,
            Action::QueryPunches(Window::new(at(0), at(4)).unwrap()),
            Action::ReloadOptions,
            Action::Reboot,
        ] {
            queue.give(action, DateTime::UNIX_EPOCH).unwrap();
        }
    });
    let terminal = builder("SIM0001", address).refuse("RELOAD", -22).start();
    for second in 0..10 {
        terminal.punch("7", at(second), 0, 1);
    }
    until(&terminal, |status| {
        status.commands.len() == 4 && status.handshakes >= 2
    })
    .await;
    tokio::time::timeout(LONG, async {
        while server.see(|seen| seen.outcomes.len() < 4) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    server.see(|seen| {
        use Outcome::{Confirmed, Failed};
        assert_eq!(seen.outcomes, [Confirmed, Confirmed, Failed, Confirmed]);
        let codes: Vec<_> = seen
            .queues
            .of(&serial)
            .entries()
            .map(|entry| entry.code.unwrap().number())
            .collect();
        assert_eq!(codes[2], -22);
    });
    until(&terminal, |status| status.made == status.acknowledged).await;
    server.see(|seen| assert_eq!(seen.punches.len(), 10));
}

#[tokio::test]
async fn two_terminals_with_one_serial_lose_nothing() {
    let server = Server::default();
    let address = server.start(Limits::default()).await;
    let (first, second) = (builder("TWIN", address).start(), builder("TWIN", address).start());
    for number in 0..200 {
        first.punch("1", at(number), 0, 1);
        second.punch("2", at(number), 0, 1);
    }
    for terminal in [&first, &second] {
        until(terminal, |status| {
            status.made == 200 && status.acknowledged == 200
        })
        .await;
    }
    server.see(|seen| assert_eq!(seen.punches.len(), 400));
}
