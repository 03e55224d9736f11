//! What several tests need: the vectors, and a session driven by hand under a virtual clock.

#![allow(dead_code, reason = "every test file uses its own part of this")]

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use punchclock_zk::frame::{Frame, FrameDecoder, Framer};
use punchclock_zk::session::{Event, Input, Output, Request, Session, SessionConfig};
use punchclock_zk::{ChecksumPolicy, Command, Error};
use serde_json::Value;

/// A vector file.
pub(crate) fn vectors(name: &str) -> Value {
    let path = format!("{}/tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// The entries of a vector file; fails when there are none.
pub(crate) fn entries(file: &Value) -> &[Value] {
    let entries = file["vectors"].as_array().unwrap();
    assert!(!entries.is_empty());
    entries
}

pub(crate) fn hex_of(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

pub(crate) fn number<T: TryFrom<u64>>(value: &Value) -> T
where
    T::Error: std::fmt::Debug,
{
    T::try_from(value.as_u64().unwrap()).unwrap()
}

/// The segments of a scenario.
pub(crate) fn segments(scenario: &Value) -> Vec<Vec<u8>> {
    scenario["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(hex_of)
        .collect()
}

/// A frame on the wire.
pub(crate) fn wire(command: Command, session: u16, reply_id: u16, data: &[u8]) -> Vec<u8> {
    let mut out = BytesMut::new();
    Frame::new(command, session, reply_id, Bytes::copy_from_slice(data)).encode(&mut out);
    out.to_vec()
}

/// Every frame of a stream that must hold nothing else.
pub(crate) fn frames(stream: &[u8]) -> Vec<Frame> {
    let mut framer = Framer::new(FrameDecoder::new(ChecksumPolicy::Strict));
    framer.push(stream);
    let mut frames = Vec::new();
    while let Some(item) = framer.next_frame() {
        frames.push(item.unwrap());
    }
    assert_eq!(framer.buffered(), 0);
    frames
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// The session id the terminal of these tests gives.
pub(crate) const SESSION: u16 = 0x1F2E;

/// A session, the virtual time, and what came out of it.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) session: Session,
    pub(crate) now: Duration,
    pub(crate) sent: Vec<Frame>,
    pub(crate) events: Vec<Event>,
    pub(crate) deadline: Option<Duration>,
}

impl Rig {
    pub(crate) fn new(config: SessionConfig) -> Self {
        Self {
            session: Session::new(config),
            now: Duration::ZERO,
            sent: Vec::new(),
            events: Vec::new(),
            deadline: None,
        }
    }

    /// A rig whose session is open and whose next request has this reply id.
    pub(crate) fn connected(config: SessionConfig, next_reply_id: u16) -> Self {
        let mut rig = Self::new(config);
        rig.start(Request::Connect).unwrap();
        rig.receive(&wire(Command::ACK_OK, SESSION, 0, &[]));
        for reply_id in 1..next_reply_id {
            rig.start(exchange(Command::GET_TIME)).unwrap();
            rig.receive(&wire(Command::ACK_OK, SESSION, reply_id, &[0; 4]));
        }
        rig.sent.clear();
        rig.events.clear();
        rig
    }

    pub(crate) fn start(&mut self, request: Request) -> Result<(), Error> {
        let started = self.session.start(request, self.now);
        self.drain();
        started
    }

    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        self.session.handle_input(Input::Bytes(bytes), self.now);
        self.drain();
    }

    pub(crate) fn close(&mut self) {
        self.session.handle_input(Input::Closed, self.now);
        self.drain();
    }

    /// Lets time pass, with a timeout when one is due.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.now += time;
        self.session.handle_input(Input::Timeout, self.now);
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Transmit(bytes) => self.sent.extend(frames(&bytes)),
                Output::Event(event) => self.events.push(event),
                Output::Deadline(deadline) => {
                    self.deadline = deadline;
                    return;
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// The commands sent since the last call.
    pub(crate) fn take_commands(&mut self) -> Vec<Command> {
        self.sent.drain(..).map(|frame| frame.header.command).collect()
    }

    /// All pieces of data so far, joined.
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for event in &self.events {
            if let Event::Data(piece) = event {
                body.extend_from_slice(piece);
            }
        }
        body
    }

    /// The bytes of the transfer that ended well.
    pub(crate) fn transferred(&self) -> Option<u64> {
        self.events.iter().find_map(|event| match event {
            Event::Transferred { bytes } => Some(*bytes),
            _ => None,
        })
    }

    /// The only failure so far.
    pub(crate) fn failure(&self) -> &Error {
        let mut failures = self.events.iter().filter_map(|event| match event {
            Event::Failed(error) => Some(error),
            _ => None,
        });
        let failure = failures
            .next()
            .unwrap_or_else(|| panic!("no failure in {:?}", self.events));
        assert!(failures.next().is_none(), "{:?}", self.events);
        failure
    }
}

pub(crate) fn exchange(command: Command) -> Request {
    Request::Exchange {
        command,
        data: Bytes::new(),
    }
}
