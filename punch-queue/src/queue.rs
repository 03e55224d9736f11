//! The blocking handle.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use crate::handle::Handle;
use crate::inbox::Wait;
use crate::job::Reply;
use crate::{
    Batch, Config, Dead, DeadLetter, Error, Health, Lease, LeaseId, Outcome, Quarantined, Recovery, Seq,
    Settled, Stats, read,
};

/// A durable queue, for threads. Cheap to clone; all clones share one writer. For tasks there is `AsyncQueue` (feature
/// `tokio`).
///
/// Every method blocks until the writer has answered, at intake also while the writer has too much waiting.
#[derive(Debug, Clone)]
pub struct Queue {
    handle: Arc<Handle>,
}

impl Queue {
    /// Opens the queue at `path`, or creates it. The folder must exist.
    ///
    /// Beside the file lie its `-wal` and `-shm`, which belong to it, and a `.lock`.
    ///
    /// # Errors
    /// Everything that keeps a queue from being safe is refused here, the file left as it is: [`Error::Locked`],
    /// [`Error::NotADatabase`], [`Error::ForeignDatabase`], [`Error::NewerSchema`], [`Error::OrphanLog`], [`Error::ReadOnly`],
    /// [`Error::Pragma`], [`Error::SqliteTooOld`], [`Error::Corrupt`], [`Error::Full`], [`Error::Open`].
    pub fn open(path: impl AsRef<Path>, config: Config) -> Result<Self, Error> {
        Handle::open(path.as_ref(), config).map(|handle| Self {
            handle: Arc::new(handle),
        })
    }

    /// The file, with links resolved.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.handle.path()
    }

    /// What was found when the queue was opened.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        self.handle.recovery()
    }

    /// Whether the queue can commit. Does not block.
    #[must_use]
    pub fn health(&self) -> Health {
        self.handle.health()
    }

    /// Commits a batch and says, in its order, what became of each event. When this returns `Ok`, the events, the cursor and
    /// the quarantined input are on the disk.
    ///
    /// An event that occurs twice in the batch is accepted once and a duplicate after that.
    ///
    /// # Errors
    /// Nothing of the batch is stored: [`Error::Full`], [`Error::TooLong`], [`Error::Io`], [`Error::Poisoned`],
    /// [`Error::Closed`]. Sending the batch again is always right.
    pub fn enqueue(&self, batch: Batch) -> Result<Vec<Outcome>, Error> {
        self.wait(|reply| self.handle.enqueue(batch, reply, Wait::Block))
    }

    /// Takes the oldest events that nobody else holds: at most `max_events`, and at most `max_bytes` of bodies (one event
    /// is given whatever its size). After `ttl` without an answer they are pending again.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn lease(&self, max_events: usize, max_bytes: usize, ttl: Duration) -> Result<Lease, Error> {
        self.wait(|reply| self.handle.lease(max_events, max_bytes, ttl, reply, Wait::Block))
    }

    /// The sink has these events: they leave the queue. `at_ms` is the wall clock in Unix milliseconds, noted for retention.
    ///
    /// Right at any time, after the lease has expired and after a restart too; an event that has left already is ignored.
    ///
    /// # Errors
    /// The events stay pending: [`Error::Full`], [`Error::Io`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn ack(&self, seqs: Vec<Seq>, at_ms: i64) -> Result<Settled, Error> {
        self.wait(|reply| self.handle.ack(seqs, at_ms, reply, Wait::Block))
    }

    /// These events were not delivered: they are pending again, with one more attempt counted. When to try again is the
    /// caller's decision ([`RetrySchedule`](crate::RetrySchedule)).
    ///
    /// # Errors
    /// The events stay leased until the lease expires: [`Error::Full`], [`Error::Io`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn nack(&self, lease: LeaseId, seqs: Vec<Seq>) -> Result<Settled, Error> {
        self.wait(|reply| self.handle.nack(lease, seqs, reply, Wait::Block))
    }

    /// The sink will never take these events: they are kept with its words, and listed by [`dead_list`](Self::dead_list).
    /// `at_ms` is the wall clock in Unix milliseconds.
    ///
    /// # Errors
    /// The events stay pending: [`Error::Full`], [`Error::Io`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn dead(&self, letters: Vec<DeadLetter>, at_ms: i64) -> Result<Settled, Error> {
        self.wait(|reply| self.handle.dead(letters, at_ms, reply, Wait::Block))
    }

    /// How far a source has been read, as last committed.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn cursor(&self, device: &str) -> Result<Option<Vec<u8>>, Error> {
        let device = device.to_owned();
        self.wait(|reply| {
            self.handle
                .ask(move |file| read::cursor(file, &device), reply, Wait::Block)
        })
    }

    /// Counts and sizes.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn stats(&self) -> Result<Stats, Error> {
        self.wait(|reply| self.handle.stats(reply, Wait::Block))
    }

    /// Refused events after `after`, oldest first, at most `limit` and at most 1,000 in one call.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn dead_list(&self, after: Option<Seq>, limit: usize) -> Result<Vec<Dead>, Error> {
        self.wait(|reply| {
            self.handle
                .ask(move |file| read::dead(file, after, limit), reply, Wait::Block)
        })
    }

    /// Quarantined input after the id `after`, oldest first, at most `limit` and at most 1,000 in one call.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn quarantine_list(&self, after: Option<i64>, limit: usize) -> Result<Vec<Quarantined>, Error> {
        self.wait(|reply| {
            self.handle.ask(
                move |file| read::quarantine(file, after, limit),
                reply,
                Wait::Block,
            )
        })
    }

    /// All bytes of one quarantined piece, exactly as they came.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn quarantine_raw(&self, id: i64) -> Result<Option<Vec<u8>>, Error> {
        self.wait(|reply| {
            self.handle
                .ask(move |file| read::quarantine_raw(file, id), reply, Wait::Block)
        })
    }

    /// Finishes what waits, marks the file as closed in order and lets go of it. Other clones answer [`Error::Closed`] from
    /// then on.
    ///
    /// Dropping the queue does the same in the background; call this to know that it is done.
    ///
    /// # Errors
    /// What was acknowledged is safe all the same: [`Error::Full`], [`Error::Io`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn close(self) -> Result<(), Error> {
        self.wait(|reply| self.handle.close(reply, Wait::Block))
    }

    fn wait<T: Send + 'static>(&self, ask: impl FnOnce(Reply<T>) -> Result<(), Error>) -> Result<T, Error> {
        let (sender, answer) = mpsc::sync_channel(1);
        // A caller that is gone does not want the answer.
        ask(Box::new(move |result| drop(sender.send(result))))?;
        answer.recv().unwrap_or_else(|_| Err(self.handle.closed()))
    }
}
