//! A session and a simulated terminal joined by a network that loses, doubles and reorders, under a virtual clock: hours of protocol in
//! milliseconds.
//!
//! Both come from one hand, so this proves that they agree about loss, not about the wire; for that there are the vectors and the judges.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use proptest::prelude::*;
use punchclock_zk::frame::{Frame, FrameDecoder, Framer};
use punchclock_zk::session::{Event, Input, Output, Request, Session, SessionConfig, Transport};
use punchclock_zk::sim::{Device, Fault, FrameLayout, Lossy, Network, Simulator};
use punchclock_zk::wire::{BufferedRead, ChecksumPolicy};
use punchclock_zk::{AttendanceRecord, CommKey, Command, Error, table};

/// How long a packet takes.
const FLIGHT: Duration = Duration::from_millis(20);

fn morning() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, 2)
        .unwrap()
        .and_hms_opt(8, 0, 0)
        .unwrap()
}

fn records(count: u16) -> Vec<AttendanceRecord> {
    let record = |n: u16| {
        let time = morning() + TimeDelta::seconds(i64::from(n) * 7);
        AttendanceRecord::new(n, &(1000 + n % 50).to_string(), time, 1, 0).unwrap()
    };
    (1..=count).map(record).collect()
}

/// The two ends, what is on its way, and the time.
struct Pair {
    session: Session,
    device: Device,
    transport: Transport,
    /// What the terminal's side of the stream has got so far.
    framer: Framer,
    there: Lossy,
    back: Lossy,
    now: Duration,
    to_device: VecDeque<(Duration, Bytes)>,
    to_session: VecDeque<(Duration, Bytes)>,
    events: Vec<Event>,
    sent: usize,
}

impl Pair {
    fn new(config: SessionConfig, device: Device, transport: Transport, network: Network) -> Self {
        let mut other = network;
        other.seed ^= 0xABCD;
        Self {
            session: Session::new(config.transport(transport)),
            device,
            transport,
            framer: Framer::new(FrameDecoder::new(ChecksumPolicy::Strict)),
            there: Lossy::new(network),
            back: Lossy::new(other),
            now: Duration::ZERO,
            to_device: VecDeque::new(),
            to_session: VecDeque::new(),
            events: Vec::new(),
            sent: 0,
        }
    }

    /// Runs a request to its end; how it ended, and the body it brought.
    fn run(&mut self, request: Request) -> (Event, Vec<u8>) {
        self.session.start(request, self.now).unwrap();
        let mut body = Vec::new();
        for _ in 0..1_000_000 {
            let deadline = self.drain();
            let mut end = None;
            for event in self.events.drain(..) {
                match event {
                    Event::Data(piece) => body.extend_from_slice(&piece),
                    Event::Announced { .. } | Event::Terminal(_) | Event::Noise { .. } => {}
                    event => end = Some(event),
                }
            }
            if let Some(end) = end {
                return (end, body);
            }
            self.step(deadline);
        }
        panic!("the request does not end");
    }

    fn drain(&mut self) -> Option<Duration> {
        let mut sent = Vec::new();
        let deadline = loop {
            match self.session.poll_output() {
                Output::Transmit(bytes) => sent.push(bytes),
                Output::Event(event) => self.events.push(event),
                Output::Deadline(deadline) => break deadline,
                other => panic!("{other:?}"),
            }
        };
        self.sent += sent.len();
        let arriving = self.there.carry(sent);
        let at = self.now + FLIGHT;
        self.to_device
            .extend(arriving.into_iter().map(|bytes| (at, bytes)));
        deadline
    }

    /// Jumps to whatever happens next.
    fn step(&mut self, deadline: Option<Duration>) {
        let arrivals = [self.to_device.front(), self.to_session.front()];
        let next = arrivals
            .into_iter()
            .flatten()
            .map(|(at, _)| *at)
            .chain(deadline)
            .min();
        self.now = next.expect("something will happen").max(self.now);
        while let Some((_, bytes)) = due(&mut self.to_device, self.now) {
            self.device_receives(bytes);
        }
        while let Some((_, bytes)) = due(&mut self.to_session, self.now) {
            self.session.handle_input(Input::Bytes(&bytes), self.now);
        }
        self.session.handle_input(Input::Timeout, self.now);
    }

    fn device_receives(&mut self, bytes: Bytes) {
        let mut requests = Vec::new();
        match self.transport {
            Transport::Udp => requests.extend(Frame::from_packet(bytes)),
            _ => {
                self.framer.push(&bytes);
                while let Some(item) = self.framer.next_frame() {
                    requests.push(item.unwrap());
                }
            }
        }
        for request in requests {
            let answer = self.device.answer(&request);
            self.device_sends(&answer);
        }
    }

    fn device_sends(&mut self, frames: &[Frame]) {
        let encoded = |frame: &Frame| {
            let mut out = BytesMut::new();
            match self.transport {
                Transport::Udp => frame.encode_packet(&mut out),
                _ => frame.encode(&mut out),
            }
            out.freeze()
        };
        let sent = frames.iter().map(encoded).collect();
        let at = self.now + FLIGHT;
        let arriving = self.back.carry(sent);
        self.to_session
            .extend(arriving.into_iter().map(|bytes| (at, bytes)));
    }

    fn log(&mut self) -> Result<Vec<AttendanceRecord>, Error> {
        match self.run(Request::Read(BufferedRead::ATTENDANCE)) {
            (Event::Transferred { bytes }, body) => {
                assert_eq!(bytes, body.len() as u64);
                Ok(table::attendance(&body, None, None)?.good().cloned().collect())
            }
            (Event::Failed(error), _) => Err(error),
            (other, _) => panic!("{other:?}"),
        }
    }
}

/// The next packet, if it has arrived by now.
fn due(packets: &mut VecDeque<(Duration, Bytes)>, now: Duration) -> Option<(Duration, Bytes)> {
    let arrived = packets.front().is_some_and(|(at, _)| *at <= now);
    if arrived { packets.pop_front() } else { None }
}

fn udp(count: u16, layout: FrameLayout) -> Device {
    Simulator::builder()
        .clock(morning)
        .layout(layout)
        .attendance(records(count))
        .unwrap()
        .device(Transport::Udp)
}

const FRAMES: [FrameLayout; 4] = [
    FrameLayout::One,
    FrameLayout::Frames(1008),
    FrameLayout::Bare,
    FrameLayout::Immediate,
];

#[test]
fn a_log_arrives_whole_over_a_network_that_loses_doubles_and_reorders() {
    let config = SessionConfig::new().retries(10).timeout(Duration::from_secs(60));
    for layout in FRAMES {
        // Immediate answers cannot be asked for in parts, so they are small here.
        let count = if layout == FrameLayout::Immediate {
            100
        } else {
            1001
        };
        for seed in 0..40 {
            let network = Network::new(12, 10, 20, seed);
            let mut pair = Pair::new(config.clone(), udp(count, layout), Transport::Udp, network);
            let (connected, _) = pair.run(Request::Connect);
            assert!(matches!(connected, Event::Connected { .. }), "{connected:?}");
            let read = pair.log();
            match read {
                Ok(read) => assert!(read == records(count), "{layout:?}, seed {seed}"),
                Err(error) => panic!("{layout:?}, seed {seed}: {error}"),
            }
        }
    }
}

#[test]
fn without_retries_a_loss_is_an_error_and_never_a_short_log() {
    let mut failed = 0;
    for seed in 0..60 {
        let network = Network::new(15, 0, 0, seed);
        let config = SessionConfig::new().retries(0);
        let mut pair = Pair::new(config, udp(333, FrameLayout::One), Transport::Udp, network);
        if !matches!(pair.run(Request::Connect), (Event::Connected { .. }, _)) {
            failed += 1;
            continue;
        }
        match pair.log() {
            Ok(read) => assert!(read == records(333)),
            Err(error) => {
                assert!(error.is_timeout(), "{error}");
                failed += 1;
            }
        }
    }
    assert!(failed > 30, "{failed}");
}

#[test]
fn a_write_is_never_sent_twice() {
    for seed in 0..50 {
        let mut pair = Pair::new(
            SessionConfig::new(),
            udp(0, FrameLayout::One),
            Transport::Udp,
            Network::new(0, 0, 0, seed),
        );
        pair.run(Request::Connect);
        pair.there = Lossy::new(Network::new(100, 0, 0, 1));
        let before = pair.sent;
        let unlock = Request::Exchange {
            command: Command::UNLOCK,
            data: Bytes::from_static(&[30, 0, 0, 0]),
        };
        let (end, _) = pair.run(unlock);
        assert!(matches!(end, Event::Failed(Error::Timeout { .. })), "{end:?}");
        assert_eq!(pair.sent, before + 1);
        let before = pair.sent;
        let time = Request::Exchange {
            command: Command::GET_TIME,
            data: Bytes::new(),
        };
        pair.run(time);
        assert_eq!(pair.sent, before + 5, "a read is asked again four times");
    }
}

#[test]
fn a_day_of_polls_with_a_key_over_both_transports() {
    for transport in [Transport::Tcp, Transport::Udp] {
        let device = Simulator::builder()
            .clock(morning)
            .comm_key(CommKey::new(123_456))
            .device(transport);
        let config = SessionConfig::new().comm_key(CommKey::new(123_456));
        let loss = if transport == Transport::Udp { 5 } else { 0 };
        let mut pair = Pair::new(config, device, transport, Network::new(loss, loss, loss, 7));
        let (connected, _) = pair.run(Request::Connect);
        assert!(matches!(connected, Event::Connected { .. }), "{connected:?}");
        for (hour, record) in records(24).iter().enumerate() {
            pair.now += Duration::from_secs(3600);
            pair.device.punch(record).unwrap();
            assert_eq!(pair.log().unwrap().len(), hour + 1);
        }
        assert!(pair.now > Duration::from_secs(24 * 3600));
        assert!(matches!(pair.run(Request::Exit).0, Event::Exited));
    }
}

#[test]
fn events_come_between_the_packets_of_a_transfer() {
    let mut pair = Pair::new(
        SessionConfig::new(),
        udp(500, FrameLayout::One),
        Transport::Udp,
        Network::new(0, 0, 30, 3),
    );
    pair.run(Request::Connect);
    pair.run(Request::Exchange {
        command: Command::REG_EVENT,
        data: Bytes::from_static(&[1, 0, 0, 0]),
    });
    pair.session
        .start(Request::Read(BufferedRead::ATTENDANCE), pair.now)
        .unwrap();
    let mut told = 0;
    let mut punched = 0;
    for step in 0.. {
        let deadline = pair.drain();
        told += pair
            .events
            .iter()
            .filter(|event| matches!(event, Event::Terminal(_)))
            .count();
        if pair
            .events
            .iter()
            .any(|event| matches!(event, Event::Transferred { .. }))
        {
            break;
        }
        if step % 2 == 0 && punched < 5 {
            let event = pair.device.punch(&records(1)[0]).unwrap().unwrap();
            pair.device_sends(&[event]);
            punched += 1;
        }
        pair.events.clear();
        pair.step(deadline);
    }
    assert!(punched > 1 && told > 0, "{told} of {punched} told");
}

#[test]
fn a_size_that_lies_is_told_with_how_far_it_got() {
    for transport in [Transport::Tcp, Transport::Udp] {
        let mut device = Simulator::builder()
            .clock(morning)
            .attendance(records(100))
            .unwrap()
            .device(transport);
        device.inject(Fault::SizeLies(40));
        let mut pair = Pair::new(SessionConfig::new(), device, transport, Network::default());
        pair.run(Request::Connect);
        match pair.log() {
            Err(Error::ShortTransfer {
                expected: 4044, got, ..
            }) => {
                let most = if transport == Transport::Udp { 0 } else { 4004 };
                assert!(got >= most, "{got}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Found by the property below: of an answer in several packets only the closing acknowledgement came, which looks like an empty table.
#[test]
fn a_lost_answer_is_no_empty_table() {
    for seed in 0..300 {
        let config = SessionConfig::new().retries(6);
        let device = udp(20, FrameLayout::Immediate);
        let mut pair = Pair::new(config, device, Transport::Udp, Network::default());
        pair.run(Request::Connect);
        pair.back = Lossy::new(Network::new(15, 0, 30, seed));
        if let Ok(read) = pair.log() {
            assert!(read == records(20), "seed {seed}: {} records", read.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the network does: the whole log or an error, never another log.
    #[test]
    fn the_whole_log_or_an_error(
        loss in 0_u8..35, duplicates in 0_u8..60, reordered in 0_u8..60, seed in any::<u64>(),
        count in 1_u16..400, layout in prop::sample::select(FRAMES.to_vec()),
    ) {
        let network = Network::new(loss, duplicates, reordered, seed);
        let mut pair = Pair::new(SessionConfig::new(), udp(count, layout), Transport::Udp, network);
        if matches!(pair.run(Request::Connect), (Event::Connected { .. }, _)) {
            match pair.log() {
                Ok(read) => prop_assert!(read == records(count)),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}
