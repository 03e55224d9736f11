//! The blocking handle.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use crate::handle::Handle;
use crate::inbox::Wait;
use crate::job::Reply;
use crate::{
    Batch, Budget, Check, Config, Dead, DeadLetter, Error, Health, Lease, LeaseId, Maintained, Outcome,
    Quarantined, Reader, Recovery, Seq, Settled, Stats, Verified, backup, read,
};

/// Rows an export asks for at once.
const EXPORT_PAGE: usize = 200;

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

    /// Gives a lease more time: it ends `ttl` from now. Says how many events it still holds; what had expired already belongs to
    /// nobody, or to another lease by now.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn extend(&self, lease: LeaseId, ttl: Duration) -> Result<usize, Error> {
        self.wait(|reply| {
            self.handle
                .run(move |engine| engine.extend(lease, ttl), reply, Wait::Block)
        })
    }

    /// Sends refused events out again: they are pending under their old numbers, so before all newer ones, with no attempt
    /// counted. A number that is not among the refused is ignored; a row whose bytes changed on the disk goes to quarantine
    /// instead, and counts as ignored.
    ///
    /// # Errors
    /// Nothing was changed: [`Error::Full`], [`Error::Io`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn dead_requeue(&self, seqs: Vec<Seq>) -> Result<Settled, Error> {
        self.wait(|reply| {
            self.handle
                .change(move |tx| tx.requeue(&seqs), reply, Wait::Block)
        })
    }

    /// Gives every refused event to `take`, oldest first, a page at a time: what is exported is never in memory together.
    /// Nothing is changed; [`dead_purge`](Self::dead_purge) is a step of its own.
    ///
    /// # Errors
    /// What `take` answers ends the export; [`Error::Io`], [`Error::Corrupt`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn dead_export<E: From<Error>>(&self, mut take: impl FnMut(Dead) -> Result<(), E>) -> Result<(), E> {
        let mut after = None;
        loop {
            let page = self.dead_list(after, EXPORT_PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.seq);
            page.into_iter().try_for_each(&mut take)?;
        }
    }

    /// Deletes refused events for good. Nothing else deletes them. Their fingerprints stay known as if they had been
    /// delivered at `at_ms`, in Unix milliseconds, so that a terminal that sends them again does not bring them back.
    ///
    /// # Errors
    /// Nothing was changed: [`Error::Full`], [`Error::Io`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn dead_purge(&self, seqs: Vec<Seq>, at_ms: i64) -> Result<Settled, Error> {
        self.wait(|reply| {
            self.handle
                .change(move |tx| tx.purge_dead(&seqs, at_ms), reply, Wait::Block)
        })
    }

    /// Gives every quarantined piece with all its bytes to `take`, oldest first, one at a time. Nothing is changed.
    ///
    /// # Errors
    /// What `take` answers ends the export; [`Error::Io`], [`Error::Corrupt`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn quarantine_export<E: From<Error>>(
        &self,
        mut take: impl FnMut(Quarantined, Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut after = None;
        loop {
            let page = self.quarantine_list(after, EXPORT_PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for piece in page {
                // A piece purged in between is gone, and that is no error.
                if let Some(raw) = self.quarantine_raw(piece.id)? {
                    take(piece, raw)?;
                }
            }
        }
    }

    /// Deletes quarantined pieces for good. Nothing else deletes them.
    ///
    /// # Errors
    /// Nothing was changed: [`Error::Full`], [`Error::Io`], [`Error::Poisoned`], [`Error::Closed`].
    pub fn quarantine_purge(&self, ids: Vec<i64>) -> Result<Settled, Error> {
        self.wait(|reply| {
            self.handle
                .change(move |tx| tx.purge_quarantine(&ids), reply, Wait::Block)
        })
    }

    /// Does a slice of maintenance: forgets fingerprints that are old enough, if the budget allows it, gives free pages back
    /// to the file system, and moves the write-ahead log into the file. Call it now and then, and again soon while
    /// [`done`](Maintained::done) is false.
    ///
    /// # Errors
    /// [`Error::Full`] when the disk has no space even for tidying up; [`Error::Io`], [`Error::Corrupt`], [`Error::Poisoned`],
    /// [`Error::Closed`].
    pub fn maintain(&self, budget: Budget) -> Result<Maintained, Error> {
        self.wait(|reply| {
            self.handle
                .run(move |engine| engine.maintain(budget), reply, Wait::Block)
        })
    }

    /// Copies the queue, as it is at this moment, to the new file `to`, and says how many bytes that took. The copy is a queue
    /// that can be opened; it is checked and synced before it gets its name. Runs on the caller's thread beside the writer.
    ///
    /// # Errors
    /// [`Error::Open`] if there is a file of that name already, or none can be made; [`Error::Full`], [`Error::Io`],
    /// [`Error::Corrupt`], [`Error::ReadOnly`].
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<u64, Error> {
        backup::backup(self.path(), to.as_ref())
    }

    /// Looks whether everything in the file is what was put there. Runs on the caller's thread beside the writer, and
    /// changes nothing.
    ///
    /// # Errors
    /// Damage is no error but a [`Problem`](crate::Problem), unless SQLite cannot even look: [`Error::Corrupt`], [`Error::Io`].
    pub fn verify(&self, check: Check) -> Result<Verified, Error> {
        Reader::open(self.path())?.verify(check)
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
