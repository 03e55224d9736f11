//! Reading a whole log over loopback, beside the crate `rustzk` 1.1.0, in turns in one run.
//!
//! The terminal is a thread that serves 100,001 records of 40 bytes (an odd count: `rustzk` reads even ones as records of 16 bytes), one packet
//! for each piece, as `rustzk` likes it best. `rustzk` has its "legacy" checksum set, without which it does not connect.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use chrono::{NaiveDate, TimeDelta};
use punchclock_zk::frame::{Frame, Framer};
use punchclock_zk::wire::attendance::RecordDecoder;
use punchclock_zk::wire::{BufferedRead, ChunkRequest, Prepare};
use punchclock_zk::{AttendanceLayout, AttendanceRecord, Client, Command, ConnectOptions, FreeSizes};

const RECORDS: u32 = 100_001;
const ROUNDS: usize = 7;

fn log() -> Bytes {
    let morning = NaiveDate::from_ymd_opt(2026, 1, 1)
        .unwrap()
        .and_hms_opt(8, 0, 0)
        .unwrap();
    let mut body = BytesMut::from(&(RECORDS * 40).to_le_bytes()[..]);
    for n in 0..RECORDS {
        let id = (1000 + n % 500).to_string();
        let time = morning + TimeDelta::seconds(i64::from(n) * 60);
        let record = AttendanceRecord::new((n % 500) as u16 + 1, &id, time, 1, (n % 2) as u8).unwrap();
        body.extend_from_slice(&record.raw);
    }
    body.freeze()
}

fn serve(listener: TcpListener, log: Bytes) {
    for stream in listener.incoming() {
        if let Ok(stream) = stream {
            let log = log.clone();
            std::thread::spawn(move || drop(talk(stream, &log)));
        }
    }
}

fn talk(mut stream: TcpStream, log: &Bytes) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut framer = Framer::default();
    let mut inbox = vec![0; 4096];
    loop {
        let read = stream.read(&mut inbox)?;
        if read == 0 {
            return Ok(());
        }
        framer.push(&inbox[..read]);
        while let Some(item) = framer.next_frame() {
            let Ok(request) = item else { continue };
            for frame in answer(&request, log) {
                let mut out = BytesMut::new();
                frame.encode(&mut out);
                stream.write_all(&out)?;
            }
        }
    }
}

fn answer(request: &Frame, log: &Bytes) -> Vec<Frame> {
    let reply = |code, data: Bytes| Frame::new(code, 0x1F2E, request.header.reply_id, data);
    let ok = |data: Bytes| vec![reply(Command::ACK_OK, data)];
    match request.header.command {
        Command::GET_FREE_SIZES => {
            let mut sizes = FreeSizes::default();
            (sizes.records, sizes.record_capacity) = (Some(RECORDS), Some(200_000));
            ok(sizes.encode().freeze())
        }
        Command::PREPARE_BUFFER => match BufferedRead::decode(&request.data) {
            Some(read) if read.command == Command::ATTLOG_RRQ => {
                let size = (log.len() as u32).to_le_bytes();
                ok(Bytes::from([&[0][..], &size, &size, &[0; 4]].concat()))
            }
            _ => ok(Bytes::new()),
        },
        Command::READ_BUFFER => {
            let chunk = ChunkRequest::decode(&request.data).unwrap();
            let data = log.slice(chunk.offset as usize..(chunk.offset + chunk.length) as usize);
            vec![
                reply(Command::PREPARE_DATA, Prepare::encode(chunk.length, chunk.length)),
                Frame::new(Command::DATA, 0, request.header.reply_id, data),
                reply(Command::ACK_OK, Bytes::new()),
            ]
        }
        Command::OPTIONS_RRQ => vec![reply(Command::ACK_ERROR, Bytes::new())],
        Command::GET_TIME => ok(Bytes::from_static(&[0x6B, 0xB3, 0x68, 0x23])),
        _ => ok(Bytes::new()),
    }
}

/// From the first byte of the read to the last record in memory; the connection is made before.
fn ours(runtime: &tokio::runtime::Runtime, addr: SocketAddr, streaming: bool) -> Duration {
    runtime.block_on(async {
        let (client, connection) = Client::connect(addr, ConnectOptions::new()).await.unwrap();
        let running = tokio::spawn(connection.run());
        let began = Instant::now();
        let mut count = 0;
        if streaming {
            let mut sum = 0_i64;
            let mut stream = client.attendance_stream().await.unwrap();
            stream
                .for_each(|_, record| {
                    sum += record.check().unwrap().and_utc().timestamp();
                    count += 1;
                })
                .await
                .unwrap();
            std::hint::black_box(sum);
        } else {
            count = client.attendance().await.unwrap().good().count();
        }
        let took = began.elapsed();
        assert_eq!(count, RECORDS as usize);
        client.disconnect().await.unwrap();
        running.await.unwrap().unwrap();
        took
    })
}

fn theirs(addr: SocketAddr) -> Duration {
    let mut zk = rustzk::ZK::new("127.0.0.1", addr.port());
    zk.set_legacy_checksum(true);
    zk.connect(rustzk::ZKProtocol::TCP).unwrap();
    let began = Instant::now();
    let log = zk.get_attendance().unwrap();
    let took = began.elapsed();
    assert_eq!(log.len(), RECORDS as usize);
    zk.disconnect().unwrap();
    took
}

/// Decoding the same records in memory beside summing their bytes: how far the decoder is from just reading them.
fn decoding(records: &[u8]) {
    let mut fastest = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let mut times = 0_i64;
        RecordDecoder::new(AttendanceLayout::W40).push(records, |_, record| {
            times += record.check().unwrap().and_utc().timestamp();
            std::hint::black_box(record.user_id);
        });
        std::hint::black_box(times);
        fastest[0] = fastest[0].min(began.elapsed());
        let began = Instant::now();
        std::hint::black_box(records.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        fastest[1] = fastest[1].min(began.elapsed());
    }
    let ratio = fastest[0].as_secs_f64() / fastest[1].as_secs_f64();
    println!(
        "  ratio {ratio:8.2}  decode, borrowed / sum of the bytes  ({:.2?} / {:.2?})",
        fastest[0], fastest[1]
    );
}

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let log = log();
    decoding(&log[4..]);
    std::thread::spawn(move || serve(listener, log));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut fastest = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        fastest[0] = fastest[0].min(ours(&runtime, addr, false));
        fastest[1] = fastest[1].min(ours(&runtime, addr, true));
        fastest[2] = fastest[2].min(theirs(addr));
    }
    let [owned, borrowed, peer] = fastest;
    let rate = |took: Duration| f64::from(RECORDS) / took.as_secs_f64() / 1e6;
    println!("{RECORDS} records of 40 bytes over loopback, fastest of {ROUNDS} rounds");
    println!(
        "  punchclock-zk, owned records    {owned:9.2?}  {:6.2} M records/s",
        rate(owned)
    );
    println!(
        "  punchclock-zk, borrowed records {borrowed:9.2?}  {:6.2} M records/s",
        rate(borrowed)
    );
    println!(
        "  rustzk 1.1.0                    {peer:9.2?}  {:6.2} M records/s",
        rate(peer)
    );
    let ratio = peer.as_secs_f64() / borrowed.as_secs_f64();
    println!("  ratio {ratio:8.2}  rustzk / ours, borrowed");
    println!(
        "  ratio {:8.2}  rustzk / ours, owned",
        peer.as_secs_f64() / owned.as_secs_f64()
    );
    assert!(ratio >= 1.5, "slower than promised: {ratio:.2}");
}
