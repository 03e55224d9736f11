//! The loop that moves bytes between socket and session.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::Client;
use crate::error::Error;
use crate::session::{Event, Input, Output, Reply, Request};

/// Bytes read from the socket at once.
const READ_SIZE: usize = 64 * 1024;

/// Events of the terminal kept for the caller.
const MAX_EVENTS: usize = 1024;

/// Ten years: when a deadline lies beyond what the system's clock can show.
const FAR: Duration = Duration::from_secs(10 * 365 * 86_400);

/// How a request ended well.
#[derive(Debug)]
pub(super) enum Outcome {
    Connected,
    Reply(Reply),
    Transferred,
    Exited,
}

impl Outcome {
    /// A request ended as another one: only possible when two were mixed up.
    pub(super) fn unexpected(self) -> Error {
        tracing::error!(outcome = ?self, "a request ended as another one");
        Error::InProgress
    }
}

impl Client {
    /// Runs one request to its end; pieces of a body go to `on_data`.
    ///
    /// Cancel safe: bytes to send stay in the outbox, and the next request abandons this one.
    pub(super) async fn run(
        &mut self,
        request: Request,
        mut on_data: impl FnMut(Bytes),
    ) -> Result<Outcome, Error> {
        if self.session.is_busy() {
            self.session.abandon();
        }
        self.session.start(request, self.epoch.elapsed())?;
        loop {
            let deadline = loop {
                match self.session.poll_output() {
                    Output::Transmit(bytes) => self.outbox.extend_from_slice(&bytes),
                    Output::Deadline(deadline) => break deadline,
                    Output::Event(event) => {
                        if let Some(end) = self.take(event, &mut on_data) {
                            self.flush_quietly();
                            return end;
                        }
                    }
                }
            };
            self.step(deadline).await;
        }
    }

    fn take(&mut self, event: Event, on_data: &mut impl FnMut(Bytes)) -> Option<Result<Outcome, Error>> {
        match event {
            Event::Connected { .. } => Some(Ok(Outcome::Connected)),
            Event::Reply(reply) => Some(Ok(Outcome::Reply(reply))),
            Event::Transferred { .. } => Some(Ok(Outcome::Transferred)),
            Event::Exited => Some(Ok(Outcome::Exited)),
            Event::Failed(error) => Some(Err(error)),
            Event::Data(piece) => {
                on_data(piece);
                None
            }
            Event::Terminal(event) => {
                if self.events.len() == MAX_EVENTS {
                    self.events.pop_front();
                }
                self.events.push_back(event);
                None
            }
            Event::Noise { skipped } => {
                tracing::debug!(skipped, "bytes that belong to no packet");
                None
            }
        }
    }

    /// Writes what is to be written, else reads, else tells the session that time passed.
    async fn step(&mut self, deadline: Option<Duration>) {
        let due = deadline.unwrap_or_default();
        let due = self
            .epoch
            .checked_add(due)
            .unwrap_or_else(|| Instant::now() + FAR);
        let done = if self.outbox.is_empty() {
            self.inbox.reserve(READ_SIZE);
            timeout_at(due, self.stream.read_buf(&mut self.inbox)).await
        } else {
            timeout_at(due, self.stream.write_buf(&mut self.outbox)).await
        };
        let now = self.epoch.elapsed();
        match done {
            Err(_) => self.session.handle_input(Input::Timeout, now),
            Ok(Ok(0)) => self.session.handle_input(Input::Closed, now),
            Ok(Err(error)) => {
                tracing::debug!(%error, "connection broke");
                self.session.handle_input(Input::Closed, now);
            }
            Ok(Ok(_)) => {
                if !self.inbox.is_empty() {
                    self.session.handle_input(Input::Bytes(&self.inbox), now);
                    self.inbox.clear();
                }
            }
        }
    }

    /// Keeps the events that came with the end of a request, and sends what it left behind (an acknowledgement, a freed buffer) as far
    /// as the socket takes it at once.
    fn flush_quietly(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Transmit(bytes) => self.outbox.extend_from_slice(&bytes),
                // Not another end: a request has one.
                Output::Event(event) => drop(self.take(event, &mut |_| ())),
                Output::Deadline(_) => break,
            }
        }
        while !self.outbox.is_empty() {
            match self.stream.try_write(&self.outbox) {
                Ok(written) if written > 0 => drop(self.outbox.split_to(written)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => break,
            }
        }
    }
}
