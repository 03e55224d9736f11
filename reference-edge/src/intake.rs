//! The one way of a punch into the queue, for both channels. A [`Stored`] exists only after the commit, so what
//! acknowledges a terminal can only be built from one.

use std::sync::Arc;

use punchclock_queue::{AsyncQueue, Batch, CursorUpdate, NewEvent, NewQuarantine, Outcome};

use crate::metrics::Metrics;
use crate::punch::{Channel, Punch};
use crate::site::Site;

/// What the commit did with a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stored {
    /// Punches that were new.
    pub accepted: u64,
    /// Punches the queue had already, from either channel.
    pub duplicate: u64,
    /// Duplicates that state another in/out than the first copy, which is kept.
    pub conflict: u64,
    /// Unreadable input that was kept raw.
    pub quarantined: u64,
}

impl Stored {
    /// The sum of two batches.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            accepted: self.accepted.saturating_add(other.accepted),
            duplicate: self.duplicate.saturating_add(other.duplicate),
            conflict: self.conflict.saturating_add(other.conflict),
            quarantined: self.quarantined.saturating_add(other.quarantined),
        }
    }

    fn count(&mut self, outcome: &Outcome) {
        let counter = match outcome {
            Outcome::Accepted { .. } => &mut self.accepted,
            Outcome::Conflict { .. } => &mut self.conflict,
            _ => &mut self.duplicate,
        };
        *counter = counter.saturating_add(1);
    }
}

/// Why a batch was not stored; nothing of it is kept and it must not be acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The queue refused it: a full disk, a failed sync, too much at once.
    #[error(transparent)]
    Queue(#[from] punchclock_queue::Error),
    /// A punch could not be written as JSON.
    #[error("a punch cannot be written as JSON: {0}")]
    Body(#[from] serde_json::Error),
}

/// The way into the queue.
#[derive(Debug, Clone)]
pub struct Intake {
    queue: AsyncQueue,
    metrics: Arc<Metrics>,
    site: Arc<Site>,
}

impl Intake {
    /// A way into `queue`.
    #[must_use]
    pub fn new(queue: AsyncQueue, metrics: Arc<Metrics>, site: Arc<Site>) -> Self {
        Self { queue, metrics, site }
    }

    /// The cursor stored with the last batch of a source.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub async fn cursor(&self, source: &str) -> Result<Option<Vec<u8>>, punchclock_queue::Error> {
        self.queue.cursor(source).await
    }

    /// Commits punches, raw input that could not be read, and the source's cursor, together or not at all.
    ///
    /// # Errors
    /// Nothing of the batch is kept (a full disk, a full queue, a failed sync): it must not be acknowledged.
    pub async fn store(
        &self,
        channel: Channel,
        punches: &[Punch],
        quarantine: Vec<NewQuarantine>,
        cursor: Option<CursorUpdate>,
    ) -> Result<Stored, IntakeError> {
        let mut events: Vec<NewEvent> = Vec::with_capacity(punches.len());
        for punch in punches {
            events.push(punch.to_event()?);
        }
        let mut stored = Stored {
            quarantined: u64::try_from(quarantine.len()).unwrap_or(u64::MAX),
            ..Stored::default()
        };
        let started = self.site.clock.elapsed();
        let mut batch = Batch::new(events).with_quarantine(quarantine);
        batch.cursor = cursor;
        let outcomes = self.queue.enqueue(batch).await?;
        self.metrics
            .committed(self.site.clock.elapsed().saturating_sub(started).as_secs_f64());
        for outcome in &outcomes {
            stored.count(outcome);
        }
        self.metrics.ingested(channel, "accepted", stored.accepted);
        self.metrics.ingested(channel, "duplicate", stored.duplicate);
        self.metrics.ingested(channel, "conflict", stored.conflict);
        self.metrics.ingested(channel, "quarantined", stored.quarantined);
        Ok(stored)
    }
}
