//! The handle for tasks.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::handle::Handle;
use crate::inbox::Wait;
use crate::job::Reply;
use crate::{
    Batch, Budget, Check, Config, Dead, DeadLetter, Error, Health, Lease, LeaseId, Maintained, Outcome,
    Quarantined, Reader, Recovery, Seq, Settled, Stats, Verified, backup, read,
};

/// A durable queue, for tasks. Cheap to clone; all clones share one writer thread.
///
/// No method blocks its thread, and none waits for room: when too much is waiting for the writer, the answer is
/// [`Error::Busy`] at once, which a server passes on as 503.
///
/// # Cancel safety
/// Once a method was polled, its request belongs to the writer. Dropping the future drops the answer, not the work: a batch may
/// be committed, an event settled or leased (until the lease expires) all the same. Repeating the call is right for all of
/// them, because every operation is idempotent.
#[derive(Debug, Clone)]
pub struct AsyncQueue {
    handle: Arc<Handle>,
}

impl AsyncQueue {
    /// Opens the queue at `path`, or creates it, on a thread where blocking is allowed. The folder must exist.
    ///
    /// # Errors
    /// As [`Queue::open`](crate::Queue::open).
    pub async fn open(path: impl AsRef<Path>, config: Config) -> Result<Self, Error> {
        let path = path.as_ref().to_path_buf();
        let ended = Error::Closed { path: path.clone() };
        match tokio::task::spawn_blocking(move || Handle::open(&path, config)).await {
            Ok(opened) => opened.map(|handle| Self {
                handle: Arc::new(handle),
            }),
            // The runtime is shutting down.
            Err(_) => Err(ended),
        }
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

    /// Whether the queue can commit. Does not wait.
    #[must_use]
    pub fn health(&self) -> Health {
        self.handle.health()
    }

    /// Commits a batch and says, in its order, what became of each event. When this returns `Ok`, the events, the cursor and
    /// the quarantined input are on the disk.
    ///
    /// # Errors
    /// As [`Queue::enqueue`](crate::Queue::enqueue), and [`Error::Busy`].
    pub async fn enqueue(&self, batch: Batch) -> Result<Vec<Outcome>, Error> {
        self.wait(|reply| self.handle.enqueue(batch, reply, Wait::Refuse))
            .await
    }

    /// Takes the oldest events that nobody else holds.
    ///
    /// # Errors
    /// As [`Queue::lease`](crate::Queue::lease), and [`Error::Busy`].
    pub async fn lease(&self, max_events: usize, max_bytes: usize, ttl: Duration) -> Result<Lease, Error> {
        self.wait(|reply| self.handle.lease(max_events, max_bytes, ttl, reply, Wait::Refuse))
            .await
    }

    /// The sink has these events: they leave the queue.
    ///
    /// # Errors
    /// As [`Queue::ack`](crate::Queue::ack), and [`Error::Busy`].
    pub async fn ack(&self, seqs: Vec<Seq>, at_ms: i64) -> Result<Settled, Error> {
        self.wait(|reply| self.handle.ack(seqs, at_ms, reply, Wait::Refuse))
            .await
    }

    /// These events were not delivered: they are pending again, with one more attempt counted.
    ///
    /// # Errors
    /// As [`Queue::nack`](crate::Queue::nack), and [`Error::Busy`].
    pub async fn nack(&self, lease: LeaseId, seqs: Vec<Seq>) -> Result<Settled, Error> {
        self.wait(|reply| self.handle.nack(lease, seqs, reply, Wait::Refuse))
            .await
    }

    /// The sink will never take these events: they are kept with its words.
    ///
    /// # Errors
    /// As [`Queue::dead`](crate::Queue::dead), and [`Error::Busy`].
    pub async fn dead(&self, letters: Vec<DeadLetter>, at_ms: i64) -> Result<Settled, Error> {
        self.wait(|reply| self.handle.dead(letters, at_ms, reply, Wait::Refuse))
            .await
    }

    /// How far a source has been read, as last committed.
    ///
    /// # Errors
    /// As [`Queue::cursor`](crate::Queue::cursor), and [`Error::Busy`].
    pub async fn cursor(&self, device: &str) -> Result<Option<Vec<u8>>, Error> {
        let device = device.to_owned();
        self.wait(|reply| {
            self.handle
                .ask(move |file| read::cursor(file, &device), reply, Wait::Refuse)
        })
        .await
    }

    /// Counts and sizes.
    ///
    /// # Errors
    /// As [`Queue::stats`](crate::Queue::stats), and [`Error::Busy`].
    pub async fn stats(&self) -> Result<Stats, Error> {
        self.wait(|reply| self.handle.stats(reply, Wait::Refuse)).await
    }

    /// Refused events after `after`, oldest first, at most `limit` and at most 1,000 in one call.
    ///
    /// # Errors
    /// As [`Queue::dead_list`](crate::Queue::dead_list), and [`Error::Busy`].
    pub async fn dead_list(&self, after: Option<Seq>, limit: usize) -> Result<Vec<Dead>, Error> {
        self.wait(|reply| {
            self.handle
                .ask(move |file| read::dead(file, after, limit), reply, Wait::Refuse)
        })
        .await
    }

    /// Quarantined input after the id `after`, oldest first, at most `limit` and at most 1,000 in one call.
    ///
    /// # Errors
    /// As [`Queue::quarantine_list`](crate::Queue::quarantine_list), and [`Error::Busy`].
    pub async fn quarantine_list(&self, after: Option<i64>, limit: usize) -> Result<Vec<Quarantined>, Error> {
        self.wait(|reply| {
            self.handle.ask(
                move |file| read::quarantine(file, after, limit),
                reply,
                Wait::Refuse,
            )
        })
        .await
    }

    /// All bytes of one quarantined piece, exactly as they came.
    ///
    /// # Errors
    /// As [`Queue::quarantine_raw`](crate::Queue::quarantine_raw), and [`Error::Busy`].
    pub async fn quarantine_raw(&self, id: i64) -> Result<Option<Vec<u8>>, Error> {
        self.wait(|reply| {
            self.handle
                .ask(move |file| read::quarantine_raw(file, id), reply, Wait::Refuse)
        })
        .await
    }

    /// Gives a lease more time: it ends `ttl` from now. Says how many events it still holds; what had expired already belongs to
    /// nobody, or to another lease by now.
    ///
    /// # Errors
    /// As [`Queue::extend`](crate::Queue::extend), and [`Error::Busy`].
    pub async fn extend(&self, lease: LeaseId, ttl: Duration) -> Result<usize, Error> {
        self.wait(|reply| {
            self.handle
                .run(move |engine| engine.extend(lease, ttl), reply, Wait::Refuse)
        })
        .await
    }

    /// Sends refused events out again: they are pending under their old numbers, so before all newer ones, with no attempt
    /// counted. A number that is not among the refused is ignored; a row whose bytes changed on the disk goes to quarantine
    /// instead, and counts as ignored.
    ///
    /// # Errors
    /// As [`Queue::dead_requeue`](crate::Queue::dead_requeue), and [`Error::Busy`].
    pub async fn dead_requeue(&self, seqs: Vec<Seq>) -> Result<Settled, Error> {
        self.wait(|reply| {
            self.handle
                .change(move |tx| tx.requeue(&seqs), reply, Wait::Refuse)
        })
        .await
    }

    /// Deletes refused events for good. Nothing else deletes them. Their fingerprints stay known as if they had been
    /// delivered at `at_ms`, in Unix milliseconds, so that a terminal that sends them again does not bring them back.
    ///
    /// # Errors
    /// As [`Queue::dead_purge`](crate::Queue::dead_purge), and [`Error::Busy`].
    pub async fn dead_purge(&self, seqs: Vec<Seq>, at_ms: i64) -> Result<Settled, Error> {
        self.wait(|reply| {
            self.handle
                .change(move |tx| tx.purge_dead(&seqs, at_ms), reply, Wait::Refuse)
        })
        .await
    }

    /// Deletes quarantined pieces for good. Nothing else deletes them.
    ///
    /// # Errors
    /// As [`Queue::quarantine_purge`](crate::Queue::quarantine_purge), and [`Error::Busy`].
    pub async fn quarantine_purge(&self, ids: Vec<i64>) -> Result<Settled, Error> {
        self.wait(|reply| {
            self.handle
                .change(move |tx| tx.purge_quarantine(&ids), reply, Wait::Refuse)
        })
        .await
    }

    /// Does a slice of maintenance.
    ///
    /// # Errors
    /// As [`Queue::maintain`](crate::Queue::maintain), and [`Error::Busy`].
    pub async fn maintain(&self, budget: Budget) -> Result<Maintained, Error> {
        self.wait(|reply| {
            self.handle
                .run(move |engine| engine.maintain(budget), reply, Wait::Refuse)
        })
        .await
    }

    /// Copies the queue to a new file, on a thread where blocking is allowed.
    ///
    /// # Errors
    /// As [`Queue::backup`](crate::Queue::backup).
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<u64, Error> {
        let (path, to) = (self.path().to_path_buf(), to.as_ref().to_path_buf());
        self.aside(move || backup::backup(&path, &to)).await
    }

    /// Looks whether everything in the file is what was put there, on a thread where blocking is allowed.
    ///
    /// # Errors
    /// As [`Queue::verify`](crate::Queue::verify).
    pub async fn verify(&self, check: Check) -> Result<Verified, Error> {
        let path = self.path().to_path_buf();
        self.aside(move || Reader::open(path)?.verify(check)).await
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        // The runtime is shutting down if the work did not run.
        tokio::task::spawn_blocking(work)
            .await
            .unwrap_or_else(|_| Err(self.handle.closed()))
    }

    /// Finishes what waits, marks the file as closed in order and lets go of it. Other clones answer [`Error::Closed`] from
    /// then on.
    ///
    /// # Errors
    /// As [`Queue::close`](crate::Queue::close), and [`Error::Busy`].
    pub async fn close(self) -> Result<(), Error> {
        self.wait(|reply| self.handle.close(reply, Wait::Refuse)).await
    }

    async fn wait<T: Send + 'static>(
        &self,
        ask: impl FnOnce(Reply<T>) -> Result<(), Error>,
    ) -> Result<T, Error> {
        let (sender, answer) = oneshot::channel();
        // A caller that is gone does not want the answer.
        ask(Box::new(move |result| drop(sender.send(result))))?;
        answer.await.unwrap_or_else(|_| Err(self.handle.closed()))
    }
}
