//! The conversation with one terminal as a state machine: no socket, no clock, no thread.
//!
//! ```text
//!            bytes, closed, timeout                      bytes to send
//!  socket ──────────────────────────▶ handle_input  ┌──────────────────▶ socket
//!  clock  ──────────────────────────▶    Session    │
//!            now                      poll_output ──┼──────────────────▶ events
//!                                        ▲          └──────────────────▶ next deadline
//!  caller ── start(request) ─────────────┘
//! ```
//!
//! Start one [`Request`], then drain [`Session::poll_output`] until it gives a deadline, after every input. `now` is any clock that
//! does not run backwards, as the time since a moment of the caller's choice.
//!
//! Replies are matched by their reply id alone: the session field means other things in half of what terminals send. Packets of an
//! older reply id are late answers and are dropped. Packets with the event code are events wherever they come, also between the
//! packets of a transfer; they are acknowledged and given out.
//!
//! A broken packet fails the request under way and no more; a connection that brings 32 of them is gone.
//!
//! ```
//! use std::time::Duration;
//! use punchclock_zk::frame::Frame;
//! use punchclock_zk::session::{Event, Input, Output, Request, Session, SessionConfig};
//! use punchclock_zk::wire::Command;
//!
//! let now = Duration::ZERO;
//! let mut session = Session::new(SessionConfig::new());
//! session.start(Request::Connect, now)?;
//! let Output::Transmit(_connect) = session.poll_output() else { panic!("the request goes out first") };
//!
//! let mut answer = bytes::BytesMut::new();
//! Frame::new(Command::ACK_OK, 0x1F2E, 0, &b""[..]).encode(&mut answer);
//! session.handle_input(Input::Bytes(&answer), now);
//! assert!(matches!(session.poll_output(), Output::Event(Event::Connected { session: 0x1F2E })));
//! assert!(matches!(session.poll_output(), Output::Deadline(None)));
//! # Ok::<(), punchclock_zk::Error>(())
//! ```

mod auth;
mod config;
mod pieces;
mod request;
mod timer;
mod transfer;

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::error::{Error, Interruption};
use crate::frame::{Frame, FrameError, Framer, SECURE_MAGIC};
use crate::wire::{ChecksumPolicy, Command};

pub use config::{SessionConfig, Transport};
pub use request::{Event, Input, Output, Reply, Request, TerminalEvent};

use auth::Handshake;
use timer::Timer;
use transfer::{Interrupted, Step, Transfer};

/// The last reply id before the counter starts again: 65535 is never used.
const LAST_REPLY_ID: u16 = 65_534;

/// How long a good-bye waits for its answer.
const GOODBYE: Duration = Duration::from_secs(1);

/// Broken packets after which a connection is given up: TCP does not damage packets, so whatever sends these will go on.
const MAX_BROKEN: u32 = 32;

/// One conversation with one terminal.
#[derive(Debug)]
pub struct Session {
    config: SessionConfig,
    framer: Framer,
    link: Link,
    next_reply_id: u16,
    /// The time of the latest input.
    now: Duration,
    /// Broken packets so far.
    broken: u32,
    active: Option<Active>,
    transmit: VecDeque<Bytes>,
    events: VecDeque<Event>,
}

/// How far the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// Nothing was heard yet: what answers may be anything.
    Unknown,
    /// A packet of this protocol was heard.
    Speaking { session: u16, open: bool },
    /// Gone for good.
    Gone,
}

/// The request under way.
#[derive(Debug)]
struct Active {
    /// The last command sent and the id its replies carry.
    command: Command,
    reply_id: u16,
    timer: Timer,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Connect(Handshake),
    Exchange {
        /// The data, if the request may be sent again.
        again: Option<Bytes>,
    },
    Transfer(Transfer),
    Exit,
}

impl Session {
    /// A session on a connection that was just made.
    #[must_use]
    pub fn new(config: SessionConfig) -> Self {
        let framer = Framer::new(config.decoder());
        Self {
            config,
            framer,
            link: Link::Unknown,
            next_reply_id: 0,
            now: Duration::ZERO,
            broken: 0,
            active: None,
            transmit: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Starts a request.
    ///
    /// # Errors
    /// [`Error::InProgress`] while another one is under way, [`Error::NotConnected`] before [`Request::Connect`] succeeded or after
    /// the connection was lost.
    pub fn start(&mut self, request: Request, now: Duration) -> Result<(), Error> {
        if self.active.is_some() {
            return Err(Error::InProgress);
        }
        let open = matches!(self.link, Link::Speaking { open: true, .. });
        let connecting = request == Request::Connect;
        if self.link == Link::Gone || open == connecting {
            return Err(Error::NotConnected);
        }
        let (command, data, work) = match request {
            Request::Connect => (
                Command::CONNECT,
                Bytes::new(),
                Work::Connect(Handshake::new(self.config.comm_key)),
            ),
            Request::Exchange { command, data } => {
                let again = command.is_read().then(|| data.clone());
                (command, data, Work::Exchange { again })
            }
            Request::Read(read) => self.transfer(Command::PREPARE_BUFFER, read.encode(), true),
            Request::ReadDirect { command, data } => self.transfer(command, data, false),
            Request::Exit => (Command::EXIT, Bytes::new(), Work::Exit),
        };
        self.now = now;
        // A good-bye is a courtesy: nothing waits long for its answer.
        let silence = match work {
            Work::Exit => self.config.timeout.min(GOODBYE),
            _ => self.config.timeout,
        };
        let mut timer = Timer::start(now, silence, self.config.total_timeout);
        if !matches!(work, Work::Exit | Work::Exchange { again: None }) {
            timer.allow_retries(self.config.times());
        }
        let reply_id = self.send(command, data);
        self.active = Some(Active {
            command,
            reply_id,
            timer,
            work,
        });
        Ok(())
    }

    /// Forgets the request under way. Its answers, those that came and those still to come, are dropped; events of the terminal are
    /// kept. A read buffer the terminal holds for it is dropped.
    pub fn abandon(&mut self) {
        if let Some(Active {
            work: Work::Transfer(transfer),
            ..
        }) = self.active.take()
        {
            self.release(transfer.holds_buffer() || transfer.is_complete());
        }
        self.events.retain(|event| matches!(event, Event::Terminal(_)));
    }

    /// Takes what happened.
    pub fn handle_input(&mut self, input: Input<'_>, now: Duration) {
        self.now = now;
        match input {
            Input::Bytes(_) if self.link == Link::Gone => {}
            Input::Bytes(datagram) if self.config.transport == Transport::Udp => {
                self.handle_datagram(datagram);
                self.check_timer(now);
            }
            Input::Bytes(bytes) => {
                self.framer.push(bytes);
                if let Some(active) = &mut self.active {
                    active.timer.restart_silence(now);
                }
                while self.link != Link::Gone {
                    match self.framer.next_frame() {
                        Some(Ok(frame)) => self.handle_frame(frame),
                        Some(Err(error)) => self.handle_broken(error),
                        None => break,
                    }
                }
                // A flood of other packets must not outlast the total.
                self.check_timer(now);
            }
            Input::Timeout => self.check_timer(now),
            Input::Closed => {
                self.link = Link::Gone;
                if let Some(active) = self.active.take() {
                    self.end(&active, Interruption::Closed);
                }
            }
        }
    }

    /// What to do next; to be called until it gives a deadline.
    pub fn poll_output(&mut self) -> Output {
        if let Some(bytes) = self.transmit.pop_front() {
            return Output::Transmit(bytes);
        }
        if let Some(event) = self.events.pop_front() {
            return Output::Event(event);
        }
        Output::Deadline(self.active.as_ref().map(|active| active.timer.deadline()))
    }

    /// Whether a request is under way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.active.is_some()
    }

    fn check_timer(&mut self, now: Duration) {
        let Some(mut active) = self.active.take_if(|active| active.timer.is_due(now)) else {
            return;
        };
        let again = if active.timer.is_spent(now) {
            None
        } else {
            self.once_more(&mut active, now)
        };
        match again {
            Some((command, data)) => {
                active.command = command;
                active.reply_id = self.send(command, data);
                if let Work::Connect(handshake) = &mut active.work {
                    handshake.sent_again(active.reply_id);
                }
                self.active = Some(active);
            }
            None => self.end(&active, Interruption::Timeout),
        }
    }

    /// What to send when nothing came for too long, if it makes sense to send anything.
    fn once_more(&self, active: &mut Active, now: Duration) -> Option<(Command, Bytes)> {
        if let Work::Transfer(transfer) = &mut active.work
            && let Some(rest) = transfer.ask_again()
        {
            active.timer.restart_silence(now);
            return Some(rest);
        }
        if !active.timer.try_again(now) {
            return None;
        }
        match &mut active.work {
            Work::Connect(handshake) => Some(handshake.retry(self.session_id(), self.config.auth_ticks)),
            Work::Exchange { again } => again.clone().map(|data| (active.command, data)),
            Work::Transfer(transfer) => transfer.retry(),
            Work::Exit => None,
        }
    }

    fn transfer(&self, command: Command, request: Bytes, buffered: bool) -> (Command, Bytes, Work) {
        let transfer = Transfer::new(command, request.clone(), buffered, &self.config);
        (command, request, Work::Transfer(transfer))
    }

    fn session_id(&self) -> u16 {
        match self.link {
            Link::Speaking { session, .. } => session,
            Link::Unknown | Link::Gone => 0,
        }
    }

    /// Queues a request and gives the id its replies will carry.
    fn send(&mut self, command: Command, data: Bytes) -> u16 {
        let reply_id = self.next_reply_id;
        self.next_reply_id = if reply_id >= LAST_REPLY_ID {
            0
        } else {
            reply_id + 1
        };
        self.queue(&Frame::new(command, self.session_id(), reply_id, data));
        reply_id
    }

    fn queue(&mut self, frame: &Frame) {
        let mut bytes = BytesMut::new();
        match self.config.transport {
            Transport::Tcp => frame.encode(&mut bytes),
            Transport::Udp => frame.encode_packet(&mut bytes),
        }
        self.transmit.push_back(bytes.freeze());
    }

    fn handle_datagram(&mut self, datagram: &[u8]) {
        let first = |bytes: &[u8]| bytes.iter().copied().take(16).collect::<Vec<_>>();
        if self.link == Link::Unknown && datagram.starts_with(&SECURE_MAGIC) {
            self.handle_broken(FrameError::Secure);
            return;
        }
        let Some(frame) = Frame::from_packet(Bytes::copy_from_slice(datagram)) else {
            self.handle_broken(FrameError::Garbage {
                skipped: datagram.len(),
                first: first(datagram),
            });
            return;
        };
        if !frame.checksum_ok() && self.config.checksum == ChecksumPolicy::Strict {
            if self.link == Link::Unknown && frame.header.command.name().is_none() {
                self.handle_broken(FrameError::Garbage {
                    skipped: datagram.len(),
                    first: first(datagram),
                });
                return;
            }
            self.handle_broken(FrameError::Checksum {
                expected: frame.expected_checksum(),
                header: frame.header,
                length: frame.data.len(),
                data: frame.data,
                whole: true,
            });
            return;
        }
        self.handle_frame(frame);
    }

    fn handle_frame(&mut self, frame: Frame) {
        if self.link == Link::Unknown {
            self.link = Link::Speaking {
                session: 0,
                open: false,
            };
        }
        if frame.header.command == Command::REG_EVENT {
            // The event code travels in the session field; the acknowledgement carries reply id 0.
            self.queue(&Frame::new(Command::ACK_OK, self.session_id(), 0, Bytes::new()));
            let event = TerminalEvent {
                code: frame.header.session,
                data: frame.data,
            };
            self.events.push_back(Event::Terminal(event));
            return;
        }
        let Some(mut active) = self.active.take() else {
            tracing::trace!(command = %frame.header.command, "packet without a request");
            return;
        };
        if frame.header.reply_id != active.reply_id {
            tracing::trace!(command = %frame.header.command, reply_id = frame.header.reply_id, "late packet");
            if let Work::Transfer(transfer) = &mut active.work {
                transfer.late(frame.header.command);
            }
            self.active = Some(active);
            return;
        }
        active.timer.restart_silence(self.now);
        let Active {
            command,
            ref mut work,
            ..
        } = active;
        let step = match work {
            Work::Connect(handshake) => self.connecting(handshake, &frame),
            Work::Exchange { .. } => Some(self.exchanged(command, frame)),
            Work::Exit => Some(self.exited()),
            Work::Transfer(transfer) => {
                let mut data = Vec::new();
                let step = transfer.handle(frame, &mut data);
                let (received, holds_buffer) = (transfer.received(), transfer.holds_buffer());
                let announced = transfer.take_announcement();
                self.events
                    .extend(announced.map(|bytes| Event::Announced { bytes }));
                self.events.extend(data.into_iter().map(Event::Data));
                match step {
                    Step::Wait => None,
                    Step::Send(command, data) => {
                        active.command = command;
                        active.reply_id = self.send(command, data);
                        active.timer.allow_retries(self.config.times());
                        None
                    }
                    Step::Done => Some(Event::Transferred { bytes: received }),
                    Step::Fail(error) => {
                        self.release(holds_buffer);
                        Some(Event::Failed(error))
                    }
                }
            }
        };
        match step {
            Some(event) => self.events.push_back(event),
            None => {
                if let Work::Connect(handshake) = &active.work
                    && let Some(reply_id) = handshake.sent()
                {
                    active.command = Command::AUTH;
                    active.reply_id = reply_id;
                    active.timer.allow_retries(self.config.times());
                }
                self.active = Some(active);
            }
        }
    }

    fn exchanged(&self, command: Command, frame: Frame) -> Event {
        let reply = frame.header.command;
        match reply {
            Command::ACK_OK | Command::ACK_DATA | Command::DATA => Event::Reply(Reply {
                code: reply,
                session: frame.header.session,
                data: frame.data,
            }),
            Command::ACK_RETRY => Event::Failed(Error::Busy { command }),
            Command::PREPARE_DATA => Event::Failed(Error::UnexpectedReply { command, reply }),
            Command::ACK_UNAUTH => Event::Failed(Error::AuthRequired),
            _ => Event::Failed(Error::Refused { command, reply }),
        }
    }

    fn exited(&mut self) -> Event {
        self.link = Link::Gone;
        Event::Exited
    }

    /// Frees the terminal's read buffer after a failed read, without waiting for the answer.
    fn release(&mut self, holds_buffer: bool) {
        if holds_buffer && self.link != Link::Gone {
            self.send(Command::FREE_DATA, Bytes::new());
        }
    }

    fn handle_broken(&mut self, error: FrameError) {
        match error {
            FrameError::Secure => {
                self.link = Link::Gone;
                self.fail(Error::SecureFirmware);
            }
            FrameError::Garbage { first, .. } if self.link == Link::Unknown => {
                self.link = Link::Gone;
                self.fail(Error::WrongProtocol { first });
            }
            // Only a stream that ended has a last packet.
            FrameError::Truncated { .. } => {}
            FrameError::Garbage { skipped, .. } => self.events.push_back(Event::Noise { skipped }),
            FrameError::Length { announced, limit } => {
                self.count_broken(Error::FrameTooLong { announced, limit });
            }
            FrameError::Checksum { expected, header, .. } => self.count_broken(Error::BadChecksum {
                command: header.command,
                expected,
                found: header.checksum,
            }),
        }
    }

    fn count_broken(&mut self, error: Error) {
        self.broken += 1;
        if self.broken < MAX_BROKEN {
            self.fail(error);
        } else {
            self.link = Link::Gone;
            tracing::debug!(%error, packets = self.broken, "too many broken packets");
            self.fail(Error::BrokenStream { packets: self.broken });
        }
    }

    fn fail(&mut self, error: Error) {
        match self.active.take() {
            Some(active) => {
                let holds_buffer =
                    matches!(&active.work, Work::Transfer(transfer) if transfer.holds_buffer());
                self.release(holds_buffer);
                self.events.push_back(Event::Failed(error));
            }
            None => tracing::debug!(%error, "broken packet without a request"),
        }
    }

    /// Ends a request, which is no longer under way, for want of an answer.
    fn end(&mut self, active: &Active, cause: Interruption) {
        let plain = match cause {
            Interruption::Closed => Error::ConnectionClosed {
                during: active.command,
            },
            _ => Error::Timeout {
                waiting_for: active.command,
                after: active.timer.waited(),
            },
        };
        let event = match &active.work {
            Work::Exit => self.exited(),
            Work::Connect(_) if cause == Interruption::Timeout && self.link == Link::Unknown => {
                Event::Failed(Error::Silent {
                    after: active.timer.waited(),
                })
            }
            Work::Connect(_) | Work::Exchange { .. } => Event::Failed(plain),
            Work::Transfer(transfer) => match transfer.interrupt(cause) {
                Interrupted::AfterTheEnd => Event::Transferred {
                    bytes: transfer.received(),
                },
                Interrupted::BeforeTheStart => Event::Failed(plain),
                Interrupted::Short(error) => {
                    self.release(transfer.holds_buffer());
                    Event::Failed(error)
                }
            },
        };
        self.events.push_back(event);
    }
}
