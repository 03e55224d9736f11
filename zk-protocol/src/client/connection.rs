//! The driver: moves bytes between socket and session, and serves one request after the other.

use std::collections::VecDeque;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::events::Feed;
use super::socket::{Moved, Socket};
use crate::error::Error;
use crate::session::{Event, Input, Output, Reply, Request, Session, SessionConfig};
use crate::wire::Command;

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

/// What comes back for a request, in this order.
#[derive(Debug)]
pub(super) enum Item {
    /// A body of this length follows.
    Announced(u64),
    /// A piece of it.
    Data(Bytes),
    /// The end.
    End(Result<Outcome, Error>),
}

/// Something the driver is asked to do.
#[derive(Debug)]
pub(super) enum Job {
    /// A request, and where its answer goes.
    Request {
        request: Request,
        answer: mpsc::Sender<Item>,
        /// To be done even if nobody waits for the answer.
        detached: bool,
    },
    /// Where events go from now on.
    Subscribe(Feed),
}

/// The part of a connection that does the work: `tokio::spawn(connection.run())`, or await it beside the calls of the
/// [`Client`](super::Client).
///
/// It ends when every client handle is gone, after a good-bye to the terminal, or when the connection is lost. Dropping it closes the
/// socket at once.
#[derive(Debug)]
#[must_use = "a connection does nothing unless it is run"]
pub struct Connection {
    socket: Socket,
    session: Session,
    /// The zero of the session's clock.
    epoch: Instant,
    inbox: BytesMut,
    jobs: mpsc::UnboundedReceiver<Job>,
    feed: Option<Feed>,
    /// What the request under way brought and its caller has not taken.
    pending: VecDeque<Item>,
    closed: bool,
    /// A caller said good-bye.
    left: bool,
}

impl Connection {
    pub(super) fn new(socket: Socket, config: SessionConfig, jobs: mpsc::UnboundedReceiver<Job>) -> Self {
        Self {
            socket,
            session: Session::new(config),
            epoch: Instant::now(),
            inbox: BytesMut::new(),
            jobs,
            feed: None,
            pending: VecDeque::new(),
            closed: false,
            left: false,
        }
    }

    pub(super) async fn handshake(&mut self) -> Result<(), Error> {
        self.do_now(Request::Connect).await.map(drop)
    }

    /// Serves the client handles until all are gone, then says good-bye to the terminal so that it is free for the next client.
    ///
    /// # Errors
    /// [`Error::ConnectionClosed`] when the terminal closed the connection, [`Error::BrokenStream`] when too much of what came was
    /// broken.
    pub async fn run(mut self) -> Result<(), Error> {
        loop {
            self.drain();
            if self.left {
                return Ok(());
            }
            if self.closed {
                return Err(Error::ConnectionClosed {
                    during: Command::REG_EVENT,
                });
            }
            tokio::select! {
                biased;
                job = self.jobs.recv() => match job {
                    None => {
                        let left = self.do_now(Request::Exit).await;
                        tracing::debug!(?left, "left the terminal");
                        return Ok(());
                    }
                    Some(Job::Subscribe(feed)) => self.feed = Some(feed),
                    Some(Job::Request { request, answer, detached }) => {
                        self.serve(request, &answer, detached).await;
                    }
                },
                moved = self.socket.step(&mut self.inbox) => self.moved(&moved),
            }
        }
    }

    /// A request of the driver's own.
    async fn do_now(&mut self, request: Request) -> Result<Outcome, Error> {
        let (answer, mut items) = mpsc::channel(4);
        self.serve(request, &answer, true).await;
        match items.try_recv() {
            Ok(Item::End(end)) => end,
            _ => Err(Error::NotConnected),
        }
    }

    /// Runs one request to its end, as fast as its caller takes what comes.
    async fn serve(&mut self, request: Request, answer: &mpsc::Sender<Item>, detached: bool) {
        if let Err(error) = self.session.start(request, self.epoch.elapsed()) {
            // Nobody waits: nobody has to know.
            drop(answer.send(Item::End(Err(error))).await);
            return;
        }
        loop {
            let deadline = self.drain();
            while let Some(item) = self.pending.pop_front() {
                let end = matches!(item, Item::End(_));
                let taken = answer.send(item).await.is_ok();
                if end {
                    self.socket.flush_quietly();
                    return;
                }
                if !taken && !detached {
                    self.abandon();
                    return;
                }
            }
            if !detached && answer.is_closed() {
                self.abandon();
                return;
            }
            let due = self
                .epoch
                .checked_add(deadline.unwrap_or_default())
                .unwrap_or_else(|| Instant::now() + FAR);
            tokio::select! {
                moved = timeout_at(due, self.socket.step(&mut self.inbox)) => match moved {
                    Ok(moved) => self.moved(&moved),
                    Err(_) => self.session.handle_input(Input::Timeout, self.epoch.elapsed()),
                },
                () = answer.closed(), if !detached => {}
            }
        }
    }

    /// The caller is gone: its answer is dropped when it comes.
    fn abandon(&mut self) {
        self.session.abandon();
        self.pending.clear();
        self.drain();
        self.socket.flush_quietly();
    }

    fn moved(&mut self, moved: &Moved) {
        let now = self.epoch.elapsed();
        match moved {
            Moved::Sent => {}
            Moved::Received => self.session.handle_input(Input::Bytes(&self.inbox), now),
            Moved::Closed => {
                self.closed = true;
                self.session.handle_input(Input::Closed, now);
            }
        }
    }

    /// Takes everything out of the session; the next deadline.
    fn drain(&mut self) -> Option<Duration> {
        loop {
            match self.session.poll_output() {
                Output::Transmit(bytes) => self.socket.queue(bytes),
                Output::Deadline(deadline) => return deadline,
                Output::Event(event) => self.take(event),
            }
        }
    }

    fn take(&mut self, event: Event) {
        let item = match event {
            Event::Connected { .. } => Item::End(Ok(Outcome::Connected)),
            Event::Reply(reply) => Item::End(Ok(Outcome::Reply(reply))),
            Event::Transferred { .. } => Item::End(Ok(Outcome::Transferred)),
            Event::Exited => {
                self.left = true;
                Item::End(Ok(Outcome::Exited))
            }
            Event::Failed(error) => {
                // Such a connection is of no use any more, whatever the socket says.
                self.closed |= matches!(error, Error::BrokenStream { .. });
                Item::End(Err(error))
            }
            Event::Announced { bytes } => Item::Announced(bytes),
            Event::Data(piece) => Item::Data(piece),
            Event::Terminal(event) => {
                match &self.feed {
                    Some(feed) => feed.give(event),
                    None => tracing::trace!(code = event.code, "an event nobody asked for"),
                }
                return;
            }
            Event::Noise { skipped } => {
                tracing::debug!(skipped, "bytes that belong to no packet");
                return;
            }
        };
        self.pending.push_back(item);
    }
}

impl IntoFuture for Connection {
    type Output = Result<(), Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
