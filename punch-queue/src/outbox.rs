//! What a deliverer needs of an outbox, and nothing of how it is kept.
//!
//! Small on purpose: a site that runs a message broker with persistence could stand it behind the same trait, with the
//! fingerprint as the message id. Opening, listing, maintenance and repair belong to the store that is used.

use std::time::Duration;

use crate::{Batch, DeadLetter, Error, Lease, LeaseId, Outcome, Queue, Seq, Settled, Stats};

/// An outbox, for threads: the seven things a source and a deliverer do with it. [`Queue`] says what each promises.
///
/// ```
/// use std::time::Duration;
/// use punchclock_queue::{Error, Outbox};
///
/// /// Sends what is pending, whatever keeps it.
/// fn drain(outbox: &impl Outbox, now_ms: i64) -> Result<usize, Error> {
///     let lease = outbox.lease(500, 1 << 20, Duration::from_secs(60))?;
///     outbox.ack(lease.seqs(), now_ms).map(|settled| settled.settled)
/// }
/// ```
pub trait Outbox {
    /// Commits a batch and says, in its order, what became of each event. `Ok` only once it is durable.
    ///
    /// # Errors
    /// Nothing of the batch is stored.
    fn enqueue(&self, batch: Batch) -> Result<Vec<Outcome>, Error>;

    /// Takes the oldest events that nobody else holds, for `ttl`.
    ///
    /// # Errors
    /// Nothing is leased.
    fn lease(&self, max_events: usize, max_bytes: usize, ttl: Duration) -> Result<Lease, Error>;

    /// The sink has these events. Right at any time, and any number of times.
    ///
    /// # Errors
    /// The events stay pending.
    fn ack(&self, seqs: Vec<Seq>, at_ms: i64) -> Result<Settled, Error>;

    /// These events were not delivered and are pending again, with one more attempt counted.
    ///
    /// # Errors
    /// The events stay leased until the lease ends.
    fn nack(&self, lease: LeaseId, seqs: Vec<Seq>) -> Result<Settled, Error>;

    /// The sink will never take these events: they are kept with its words.
    ///
    /// # Errors
    /// The events stay pending.
    fn dead(&self, letters: Vec<DeadLetter>, at_ms: i64) -> Result<Settled, Error>;

    /// How far a source has been read, as last committed with its events.
    ///
    /// # Errors
    /// The store cannot be read.
    fn cursor(&self, device: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Counts and sizes.
    ///
    /// # Errors
    /// The store cannot be read.
    fn stats(&self) -> Result<Stats, Error>;
}

impl Outbox for Queue {
    fn enqueue(&self, batch: Batch) -> Result<Vec<Outcome>, Error> {
        Self::enqueue(self, batch)
    }

    fn lease(&self, max_events: usize, max_bytes: usize, ttl: Duration) -> Result<Lease, Error> {
        Self::lease(self, max_events, max_bytes, ttl)
    }

    fn ack(&self, seqs: Vec<Seq>, at_ms: i64) -> Result<Settled, Error> {
        Self::ack(self, seqs, at_ms)
    }

    fn nack(&self, lease: LeaseId, seqs: Vec<Seq>) -> Result<Settled, Error> {
        Self::nack(self, lease, seqs)
    }

    fn dead(&self, letters: Vec<DeadLetter>, at_ms: i64) -> Result<Settled, Error> {
        Self::dead(self, letters, at_ms)
    }

    fn cursor(&self, device: &str) -> Result<Option<Vec<u8>>, Error> {
        Self::cursor(self, device)
    }

    fn stats(&self) -> Result<Stats, Error> {
        Self::stats(self)
    }
}

#[cfg(feature = "tokio")]
pub use for_tasks::AsyncOutbox;

#[cfg(feature = "tokio")]
mod for_tasks {
    use std::future::Future;
    use std::time::Duration;

    use crate::{AsyncQueue, Batch, DeadLetter, Error, Lease, LeaseId, Outcome, Seq, Settled, Stats};

    /// [`Outbox`](crate::Outbox) for tasks; the futures can move between threads.
    pub trait AsyncOutbox: Sync {
        /// As [`Outbox::enqueue`](crate::Outbox::enqueue).
        fn enqueue(&self, batch: Batch) -> impl Future<Output = Result<Vec<Outcome>, Error>> + Send;
        /// As [`Outbox::lease`](crate::Outbox::lease).
        fn lease(
            &self,
            max_events: usize,
            max_bytes: usize,
            ttl: Duration,
        ) -> impl Future<Output = Result<Lease, Error>> + Send;
        /// As [`Outbox::ack`](crate::Outbox::ack).
        fn ack(&self, seqs: Vec<Seq>, at_ms: i64) -> impl Future<Output = Result<Settled, Error>> + Send;
        /// As [`Outbox::nack`](crate::Outbox::nack).
        fn nack(&self, lease: LeaseId, seqs: Vec<Seq>)
        -> impl Future<Output = Result<Settled, Error>> + Send;
        /// As [`Outbox::dead`](crate::Outbox::dead).
        fn dead(
            &self,
            letters: Vec<DeadLetter>,
            at_ms: i64,
        ) -> impl Future<Output = Result<Settled, Error>> + Send;
        /// As [`Outbox::cursor`](crate::Outbox::cursor).
        fn cursor(&self, device: &str) -> impl Future<Output = Result<Option<Vec<u8>>, Error>> + Send;
        /// As [`Outbox::stats`](crate::Outbox::stats).
        fn stats(&self) -> impl Future<Output = Result<Stats, Error>> + Send;
    }

    impl AsyncOutbox for AsyncQueue {
        async fn enqueue(&self, batch: Batch) -> Result<Vec<Outcome>, Error> {
            Self::enqueue(self, batch).await
        }

        async fn lease(&self, max_events: usize, max_bytes: usize, ttl: Duration) -> Result<Lease, Error> {
            Self::lease(self, max_events, max_bytes, ttl).await
        }

        async fn ack(&self, seqs: Vec<Seq>, at_ms: i64) -> Result<Settled, Error> {
            Self::ack(self, seqs, at_ms).await
        }

        async fn nack(&self, lease: LeaseId, seqs: Vec<Seq>) -> Result<Settled, Error> {
            Self::nack(self, lease, seqs).await
        }

        async fn dead(&self, letters: Vec<DeadLetter>, at_ms: i64) -> Result<Settled, Error> {
            Self::dead(self, letters, at_ms).await
        }

        async fn cursor(&self, device: &str) -> Result<Option<Vec<u8>>, Error> {
            Self::cursor(self, device).await
        }

        async fn stats(&self) -> Result<Stats, Error> {
            Self::stats(self).await
        }
    }
}
