//! The simulated terminal against a server of a few lines that does what a script says.
#![cfg(feature = "sim")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is the point of a test"
)]

use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use punchclock_adms::command::{self, Action, Command, Encoded};
use punchclock_adms::sim::{Builder, Columns, Status, Terminal};
use punchclock_adms::{Charset, Dialect, HandshakeOptions, Incoming, Kind, Receipt, Reply, attlog, parse};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with the next upload, instead of storing it.
#[derive(Debug, Clone, Copy)]
enum Trick {
    Unavailable,
    /// Stores, then hangs up without a reply.
    LoseReply,
    /// Status 200 without the word.
    WrongWord,
}

/// What the server saw.
#[derive(Debug, Default)]
struct Seen {
    stored: BTreeSet<(String, NaiveDateTime)>,
    lines: usize,
    bodies: Vec<Vec<u8>>,
    targets: Vec<String>,
    heads: Vec<String>,
    cut_off: usize,
    results: Vec<(String, Option<i64>)>,
    tricks: VecDeque<Trick>,
    commands: Vec<Encoded>,
    realtime: bool,
}

#[derive(Clone)]
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    async fn start(realtime: bool, tricks: &[Trick]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let seen = Seen {
            realtime,
            tricks: tricks.iter().copied().collect(),
            ..Seen::default()
        };
        let server = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::new(Mutex::new(seen)),
        };
        let seen = Arc::clone(&server.seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&seen)));
            }
        });
        server
    }

    fn see<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap())
    }

    fn terminal(&self) -> Builder {
        Terminal::builder("SIM0001", self.address)
            .heartbeat(Duration::from_millis(30))
            .retry_gap(Duration::from_millis(20))
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Seen>>) {
    let mut received = Vec::new();
    let (head, length) = loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            let body = received.split_off(end + 4);
            let head = String::from_utf8(std::mem::replace(&mut received, body)).unwrap();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("Content-Length: "))
                .map_or(0, |length| length.parse::<usize>().unwrap());
            break (head, length);
        }
        if stream.read_buf(&mut received).await.unwrap_or(0) == 0 {
            return;
        }
    };
    while received.len() < length {
        if stream.read_buf(&mut received).await.unwrap_or(0) == 0 {
            seen.lock().unwrap().cut_off += 1;
            return;
        }
    }
    let Some(reply) = answer(&head, &received, &mut seen.lock().unwrap()) else {
        return;
    };
    let mut wire = format!(
        "HTTP/1.1 {} x\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
        reply.0,
        "text/plain",
        reply.1.len()
    )
    .into_bytes();
    wire.extend_from_slice(&reply.1);
    let _ = stream.write_all(&wire).await;
}

fn answer(head: &str, body: &[u8], seen: &mut Seen) -> Option<(u16, Vec<u8>)> {
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    seen.targets.push(target.to_owned());
    let whole = parse(&Incoming {
        method,
        target,
        headers: &[],
        body,
    })
    .unwrap();
    let request = &whole.request;
    let reply = match &request.kind {
        Kind::Handshake(_) => Reply::handshake(
            &request.serial,
            &HandshakeOptions::new()
                .with_realtime(seen.realtime)
                .with_trans_interval_min(0),
        ),
        Kind::GetRequest(_) => Reply::commands(&std::mem::take(&mut seen.commands)),
        Kind::CommandResult => {
            let results = command::results(&whole.body, &request.parameters);
            seen.results
                .extend(results.map(|result| (result.id.to_owned(), result.code.map(|code| code.number()))));
            Reply::stored(Receipt::recorded())
        }
        Kind::Upload(upload) => {
            seen.bodies.push(body.to_vec());
            seen.heads.push(head.to_owned());
            let trick = seen.tricks.pop_front();
            match trick {
                Some(Trick::Unavailable) => return Some((503, Reply::unavailable().body)),
                Some(Trick::WrongWord) => return Some((200, b"thanks".to_vec())),
                Some(Trick::LoseReply) | None => {}
            }
            let mut lines = 0;
            for line in attlog::lines(&whole.body) {
                let line = line.unwrap();
                seen.stored.insert((line.pin.to_owned(), line.time));
                lines += 1;
            }
            seen.lines += lines;
            if trick.is_some() {
                return None;
            }
            Reply::stored(Receipt::stored(&upload.table, lines))
        }
        other => panic!("{other:?}"),
    };
    Some((reply.status, reply.body))
}

fn encoded(id: u32, action: Action) -> Encoded {
    Command::new(id, action)
        .encode(Dialect::Att, Charset::Utf8)
        .unwrap()
}

fn at(second: i64) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, 2)
        .unwrap()
        .and_hms_opt(8, 0, 0)
        .unwrap()
        + TimeDelta::seconds(second)
}

fn punch(terminal: &Terminal, seconds: std::ops::Range<i64>) {
    for second in seconds {
        terminal.punch("7", at(second), 0, 1);
    }
}

/// Waits until the terminal's counters satisfy `done`; fails after ten seconds.
async fn until(terminal: &Terminal, done: impl Fn(&Status) -> bool) -> Status {
    for _ in 0..2000 {
        let status = terminal.status();
        if done(&status) {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not get there: {:?}", terminal.status());
}

fn all_sent(status: &Status) -> bool {
    status.unsent == 0 && status.acknowledged == status.made
}

#[tokio::test]
async fn a_batch_that_is_refused_comes_again_as_it_was() {
    let server = Server::start(true, &[Trick::Unavailable, Trick::WrongWord]).await;
    let terminal = server.terminal().batch(50).start();
    punch(&terminal, 0..120);
    let status = until(&terminal, all_sent).await;
    assert_eq!((status.made, status.acknowledged, status.resends), (120, 120, 2));
    assert_eq!(status.options.get("Realtime").map(String::as_str), Some("1"));
    server.see(|seen| {
        assert_eq!(seen.bodies[0], seen.bodies[1]);
        assert_eq!(seen.bodies[1], seen.bodies[2]);
        assert_eq!((seen.stored.len(), seen.lines), (120, 120));
        assert!(
            seen.targets[0].contains("options=all"),
            "the handshake comes first"
        );
        assert!(
            seen.targets[1].contains("INFO="),
            "then the heartbeat with the counters"
        );
    });
    terminal.stop().await;
}

#[tokio::test]
async fn a_lost_reply_makes_a_duplicate_and_no_loss() {
    let server = Server::start(true, &[Trick::LoseReply]).await;
    let terminal = server.terminal().start();
    punch(&terminal, 0..10);
    until(&terminal, all_sent).await;
    server.see(|seen| assert!(seen.stored.len() == 10 && seen.lines > 10, "{}", seen.lines));
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_sent_again_whole() {
    let server = Server::start(false, &[]).await;
    let terminal = server.terminal().start();
    punch(&terminal, 0..10);
    terminal.cut_next_body();
    server.see(|seen| seen.commands.push(encoded(1, Action::Log)));
    let status = until(&terminal, all_sent).await;
    assert_eq!((status.posts, status.resends), (2, 1));
    server.see(|seen| assert_eq!((seen.cut_off, seen.stored.len(), seen.lines), (1, 10, 10)));
}

#[tokio::test]
async fn without_realtime_it_waits_for_the_command() {
    let server = Server::start(false, &[]).await;
    let terminal = server.terminal().start();
    punch(&terminal, 0..5);
    let status = until(&terminal, |status| status.heartbeats >= 4).await;
    assert_eq!((status.posts, status.unsent), (0, 5));
    server.see(|seen| seen.commands.push(encoded(171, Action::Log)));
    until(&terminal, all_sent).await;
    punch(&terminal, 5..8);
    server.see(|seen| seen.commands.push(encoded(172, Action::Check)));
    let status = until(&terminal, all_sent).await;
    assert_eq!(status.handshakes, 2);
    assert_eq!(status.commands, ["LOG", "CHECK"]);
    server.see(|seen| {
        assert_eq!(seen.stored.len(), 8);
        assert_eq!(
            seen.results,
            [("171".to_owned(), Some(0)), ("172".to_owned(), Some(0))]
        );
    });
}

#[tokio::test]
async fn offline_it_keeps_its_punches_and_catches_up() {
    let server = Server::start(true, &[]).await;
    let terminal = server.terminal().start();
    punch(&terminal, 0..3);
    until(&terminal, all_sent).await;
    terminal.online(false);
    punch(&terminal, 3..300);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = terminal.status();
    assert_eq!((before.acknowledged, before.made), (3, 300));
    terminal.online(true);
    let status = until(&terminal, all_sent).await;
    assert_eq!((status.handshakes, status.resends), (2, 0));
    server.see(|seen| assert_eq!((seen.stored.len(), seen.lines), (300, 300)));
}

#[tokio::test]
async fn it_replays_its_whole_history_and_never_forgets() {
    let server = Server::start(true, &[]).await;
    let terminal = server
        .terminal()
        .columns(Columns::Numbered)
        .no_content_type()
        .path_prefix("api/")
        .start();
    punch(&terminal, 0..200);
    until(&terminal, all_sent).await;
    terminal.replay();
    assert_eq!(terminal.status().unsent, 200);
    until(&terminal, |status| status.unsent == 0).await;
    server.see(|seen| {
        assert_eq!((seen.stored.len(), seen.lines), (200, 400));
        assert!(
            seen.targets
                .iter()
                .all(|target| target.starts_with("/api/iclock/"))
        );
        assert!(seen.heads.iter().all(|head| !head.contains("Content-Type")));
    });
    assert_eq!(terminal.log().len(), 200);
}

#[tokio::test]
async fn it_outlives_a_server_that_is_not_there() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let server = Server::start(true, &[]).await;
    let terminal = Terminal::builder("SIM0001", nobody)
        .retry_gap(Duration::from_millis(20))
        .send_slowly(64, Duration::from_millis(1))
        .start();
    punch(&terminal, 0..20);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(terminal.status().handshakes, 0);
    terminal.point_at(server.address);
    let status = until(&terminal, all_sent).await;
    assert_eq!(status.handshakes, 1);
    assert_eq!(status.last_reply.unwrap().status, 200);
    server.see(|seen| assert_eq!(seen.stored.len(), 20));
}

#[tokio::test]
async fn after_three_refusals_it_introduces_itself_again() {
    let server = Server::start(true, &[Trick::Unavailable; 3]).await;
    let terminal = server.terminal().heartbeat(Duration::from_secs(60)).start();
    punch(&terminal, 0..2);
    let status = until(&terminal, all_sent).await;
    assert!(status.handshakes >= 2, "{status:?}");
    assert!(status.resends >= 3);
}
