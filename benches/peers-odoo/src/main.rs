//! `punchclock-odoo` beside the crate `odoo-api` 0.2.5: the same answers, the same server, in turns, the fastest round of
//! each counts. The server is a few lines of this program, so the figures are those of the clients.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use odoo_api::jsonrpc::JsonRpcResponse;
use odoo_api::service::orm::SearchReadResponse;
use odoo_api::{OdooClient, jvec};
use punchclock_odoo::{ApiKey, Client, Domain, Page, Reply, Transport};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const ROUNDS: usize = 7;
const RECORDS: usize = 10_000;
const REQUESTS: usize = 2_000;

/// A record of 20 fields of the kinds Odoo has. The peer wants its types to be `Debug`.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    id: i64,
    name: String,
    active: bool,
    barcode: String,
    pin: String,
    company_id: (i64, String),
    department_id: (i64, String),
    job_id: (i64, String),
    work_email: String,
    work_phone: String,
    tz: String,
    category_ids: Vec<i64>,
    create_date: String,
    write_date: String,
    hours: f64,
    color: i64,
    state: String,
    notes: String,
    lang: String,
    sequence: i64,
}

fn record(n: usize) -> Record {
    let id = i64::try_from(n).unwrap();
    Record {
        id,
        name: format!("Zoë Ångström {n}"),
        active: n % 7 != 0,
        barcode: format!("04{n:08}"),
        pin: format!("{n:05}"),
        company_id: (1 + id % 3, "Punchclock Works".into()),
        department_id: (1 + id % 12, "Research & Development".into()),
        job_id: (1 + id % 40, "Engineer".into()),
        work_email: format!("person{n}@example.com"),
        work_phone: format!("+32 2 {n:07}"),
        tz: "Europe/Brussels".into(),
        category_ids: vec![id % 5, id % 9, 11],
        create_date: "2026-03-02 08:00:03".into(),
        write_date: "2026-11-22 08:00:03".into(),
        hours: 7.6,
        color: id % 11,
        state: "open".into(),
        notes: "A line of text, with \"quotes\".\nAnd a second one.".into(),
        lang: "fr_BE".into(),
        sequence: 10,
    }
}

/// The fastest of some rounds of each, in turns.
fn fastest(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> (Duration, Duration) {
    let mut best = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        ours();
        best.0 = best.0.min(start.elapsed());
        let start = Instant::now();
        theirs();
        best.1 = best.1.min(start.elapsed());
    }
    best
}

fn compare(what: &str, (ours, theirs): (Duration, Duration)) {
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    println!("{what}: {ratio:.2} times as fast as odoo-api ({ours:.1?} against {theirs:.1?})");
}

fn decoding() {
    let records: Vec<Record> = (0..RECORDS).map(record).collect();
    let rpc = json!({"jsonrpc": "2.0", "id": 1, "result": records}).to_string();
    let json2 = serde_json::to_string(&records).unwrap();
    println!("{RECORDS} records of 20 fields, {} KiB", rpc.len() / 1024);
    let headers = [("Content-Type", "application/json")];
    let (rpc_reply, json2_reply) = (
        Reply::new(200, headers, rpc.as_bytes()),
        Reply::new(200, headers, json2.as_bytes()),
    );

    // What the peer's `search_read` gives: maps of JSON values.
    type Maps = Vec<Map<String, Value>>;
    let theirs_maps = || {
        let JsonRpcResponse::Success(answer) =
            serde_json::from_str::<JsonRpcResponse<SearchReadResponse>>(&rpc).unwrap()
        else {
            panic!("an answer")
        };
        black_box(answer);
    };
    compare(
        "decoding JSON-RPC to maps",
        fastest(
            || drop(black_box(rpc_reply.decode::<Maps>(Transport::JsonRpc).unwrap())),
            theirs_maps,
        ),
    );
    let theirs_typed = || {
        let answer: JsonRpcResponse<Vec<Record>> = serde_json::from_str(&rpc).unwrap();
        black_box(answer);
    };
    compare(
        "decoding JSON-RPC to a struct",
        fastest(
            || {
                drop(black_box(
                    rpc_reply.decode::<Vec<Record>>(Transport::JsonRpc).unwrap(),
                ))
            },
            theirs_typed,
        ),
    );
    compare(
        "decoding JSON-2 to a struct, against its search_read",
        fastest(
            || {
                drop(black_box(
                    json2_reply.decode::<Vec<Record>>(Transport::Json2).unwrap(),
                ))
            },
            theirs_maps,
        ),
    );
}

/// Answers every request of a connection with the same two records, in the form its path asks for.
async fn serve(mut stream: TcpStream, answers: &'static BTreeMap<&'static str, Vec<u8>>) {
    let mut request = Vec::new();
    let mut buffer = [0_u8; 16 * 1024];
    loop {
        let Ok(read @ 1..) = stream.read(&mut buffer).await else {
            return;
        };
        request.extend_from_slice(&buffer[..read]);
        let Some(head) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(0, |length| length.trim().parse().unwrap());
        if request.len() < head + 4 + length {
            continue;
        }
        let door = if text.starts_with("post /jsonrpc") {
            "rpc"
        } else {
            "json2"
        };
        let login = request.windows(14).any(|bytes| bytes == b"\"authenticate\"");
        let answer = &answers[if login { "login" } else { door }];
        request.clear();
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

fn http(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn requests() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let records: Vec<Record> = (0..2).map(record).collect();
    let answers: &'static _ = Box::leak(Box::new(BTreeMap::from([
        ("login", http(r#"{"jsonrpc":"2.0","id":1,"result":2}"#)),
        (
            "rpc",
            http(&json!({"jsonrpc": "2.0", "id": 1, "result": records}).to_string()),
        ),
        ("json2", http(&serde_json::to_string(&records).unwrap())),
    ])));
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve(stream, answers));
        }
    });

    let build = |transport| {
        let key = ApiKey::new("5ec4e7a91c0ffee5ec4e7a91c0ffee5ec4e7a91c").unwrap();
        Client::builder(&url, "bench", key)
            .login("admin")
            .transport(transport)
            .build()
            .unwrap()
    };
    let mut peer = OdooClient::new_reqwest_async(&url).unwrap().authenticate_manual(
        "bench",
        "admin",
        2,
        "5ec4e7a91c0ffee5ec4e7a91c0ffee5ec4e7a91c",
        None,
    );
    for transport in [Transport::JsonRpc, Transport::Json2] {
        let client = build(transport);
        let times = fastest(
            || {
                runtime.block_on(async {
                    for _ in 0..REQUESTS {
                        let page = Page::new().limit(80);
                        let found: Vec<Map<String, Value>> = client
                            .search_read("hr.employee", &Domain::all(), &["name"], &page)
                            .await
                            .unwrap();
                        assert_eq!(found.len(), 2);
                    }
                });
            },
            || {
                runtime.block_on(async {
                    for _ in 0..REQUESTS {
                        let found = peer
                            .search_read(
                                "hr.employee",
                                jvec![],
                                vec!["name".to_owned()],
                                None,
                                Some(80),
                                None,
                            )
                            .send()
                            .await
                            .unwrap();
                        assert_eq!(found.data.len(), 2);
                    }
                });
            },
        );
        compare(
            &format!("{REQUESTS} requests over one kept connection, {transport}"),
            times,
        );
        let rate = |time: Duration| f64::from(u32::try_from(REQUESTS).unwrap()) / time.as_secs_f64();
        println!("    {:.0} requests/s against {:.0}", rate(times.0), rate(times.1));
    }
}

fn main() {
    decoding();
    requests();
}
