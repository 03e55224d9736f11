//! What both handles share: checking a call, packing it, handing it to the writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use crate::engine::{Engine, Tx};
use crate::event::{MAX_BODY_BYTES, MAX_CURSOR_BYTES, MAX_NAME_BYTES, MAX_RAW_BYTES, MAX_REASON_BYTES};
use crate::health::HealthCell;
use crate::inbox::{Inbox, Refused, Wait};
use crate::job::{self, Reply, Request, Work};
use crate::{
    Batch, Config, DeadLetter, Error, Health, Lease, LeaseId, Outcome, Recovery, Seq, Settled, Stats, writer,
};

/// A way to the writer. Dropping the last one lets the writer finish what waits and close the file in order, in the
/// background.
#[derive(Debug)]
pub(crate) struct Handle {
    inbox: Arc<Inbox>,
    health: Arc<HealthCell>,
    path: PathBuf,
    recovery: Recovery,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.inbox.close();
    }
}

impl Handle {
    /// Opens the file and starts the writer.
    pub(crate) fn open(path: &Path, config: Config) -> Result<Self, Error> {
        let health = Arc::new(HealthCell::new(Arc::clone(&config.clock)));
        let engine = Engine::open(path, config)?;
        let (path, recovery) = (engine.path().to_path_buf(), engine.recovery());
        let inbox = Arc::new(Inbox::default());
        let (for_writer, its_health) = (Arc::clone(&inbox), Arc::clone(&health));
        thread::Builder::new()
            .name("punchclock-queue".to_owned())
            .spawn(move || writer::run(engine, &for_writer, &its_health))
            .map_err(|error| Error::from_open(&path, error))?;
        Ok(Self {
            inbox,
            health,
            path,
            recovery,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn recovery(&self) -> Recovery {
        self.recovery.clone()
    }

    pub(crate) fn health(&self) -> Health {
        self.health.read()
    }

    pub(crate) fn closed(&self) -> Error {
        Error::Closed {
            path: self.path.clone(),
        }
    }

    pub(crate) fn enqueue(
        &self,
        mut batch: Batch,
        reply: Reply<Vec<Outcome>>,
        wait: Wait,
    ) -> Result<(), Error> {
        check(&mut batch)?;
        let (bytes, events) = (batch.weight(), batch.events.len().max(1));
        self.push(
            Request::intake(bytes, events, job::intake(move |tx| tx.enqueue(&batch), reply)),
            wait,
        )
    }

    pub(crate) fn lease(
        &self,
        max_events: usize,
        max_bytes: usize,
        ttl: Duration,
        reply: Reply<Lease>,
        wait: Wait,
    ) -> Result<(), Error> {
        let read = move |engine: &mut Engine| reply(engine.lease(max_events, max_bytes, ttl));
        self.push(Request::control(Work::Read(Box::new(read))), wait)
    }

    pub(crate) fn ack(
        &self,
        seqs: Vec<Seq>,
        at_ms: i64,
        reply: Reply<Settled>,
        wait: Wait,
    ) -> Result<(), Error> {
        self.settle(job::change(move |tx| tx.ack(&seqs, at_ms), reply), wait)
    }

    pub(crate) fn nack(
        &self,
        lease: LeaseId,
        seqs: Vec<Seq>,
        reply: Reply<Settled>,
        wait: Wait,
    ) -> Result<(), Error> {
        self.settle(job::change(move |tx| tx.nack(lease, &seqs), reply), wait)
    }

    pub(crate) fn dead(
        &self,
        mut letters: Vec<DeadLetter>,
        at_ms: i64,
        reply: Reply<Settled>,
        wait: Wait,
    ) -> Result<(), Error> {
        for letter in &mut letters {
            cut(&mut letter.code);
            cut(&mut letter.reason);
        }
        self.settle(job::change(move |tx| tx.dead(&letters, at_ms), reply), wait)
    }

    pub(crate) fn stats(&self, reply: Reply<Stats>, wait: Wait) -> Result<(), Error> {
        let read = move |engine: &mut Engine| reply(engine.stats());
        self.push(Request::control(Work::Read(Box::new(read))), wait)
    }

    /// Asks what a read-only look at the file can answer.
    pub(crate) fn ask<T: 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        reply: Reply<T>,
        wait: Wait,
    ) -> Result<(), Error> {
        let read = move |engine: &mut Engine| reply(engine.read(question));
        self.push(Request::control(Work::Read(Box::new(read))), wait)
    }

    /// Makes a change that is no intake.
    pub(crate) fn change<T: Send + 'static>(
        &self,
        make: impl FnMut(&mut Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
        reply: Reply<T>,
        wait: Wait,
    ) -> Result<(), Error> {
        self.settle(job::change(make, reply), wait)
    }

    /// Has the writer do something between two commits.
    pub(crate) fn run<T: 'static>(
        &self,
        work: impl FnOnce(&mut Engine) -> Result<T, Error> + Send + 'static,
        reply: Reply<T>,
        wait: Wait,
    ) -> Result<(), Error> {
        let work = move |engine: &mut Engine| reply(work(engine));
        self.push(Request::control(Work::Read(Box::new(work))), wait)
    }

    pub(crate) fn close(&self, reply: Reply<()>, wait: Wait) -> Result<(), Error> {
        self.push(Request::control(Work::Close(reply)), wait)
    }

    fn settle(&self, change: Box<dyn job::Change>, wait: Wait) -> Result<(), Error> {
        self.push(Request::control(Work::Change(change)), wait)
    }

    fn push(&self, request: Request, wait: Wait) -> Result<(), Error> {
        self.inbox.push(request, wait).map_err(|refused| match refused {
            Refused::Busy => Error::Busy,
            Refused::Closed => self.closed(),
        })
    }
}

/// Refuses a batch with a part longer than the queue takes, and shortens reasons.
fn check(batch: &mut Batch) -> Result<(), Error> {
    for event in &batch.events {
        fits("the source of an event", event.source.len(), MAX_NAME_BYTES)?;
        fits("the body of an event", event.body.len(), MAX_BODY_BYTES)?;
    }
    for piece in &mut batch.quarantine {
        fits(
            "the source of a piece of input",
            piece.source.len(),
            MAX_NAME_BYTES,
        )?;
        fits("a piece of input", piece.raw.len(), MAX_RAW_BYTES)?;
        cut(&mut piece.reason);
    }
    if let Some(cursor) = &batch.cursor {
        fits("the name of a cursor", cursor.device.len(), MAX_NAME_BYTES)?;
        fits("the state of a cursor", cursor.state.len(), MAX_CURSOR_BYTES)?;
    }
    Ok(())
}

const fn fits(what: &'static str, length: usize, limit: usize) -> Result<(), Error> {
    if length > limit {
        Err(Error::TooLong { what, length, limit })
    } else {
        Ok(())
    }
}

/// Cuts a text for people at the limit, between characters.
fn cut(text: &mut String) {
    if text.len() > MAX_REASON_BYTES {
        let end = (0..=MAX_REASON_BYTES)
            .rev()
            .find(|&end| text.is_char_boundary(end))
            .unwrap_or(0);
        text.truncate(end);
    }
}
