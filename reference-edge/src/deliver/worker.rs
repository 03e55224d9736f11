//! The one sender: lease, call, settle. It never ends on a failure; only a shutdown ends it.

use std::sync::Arc;
use std::time::Duration;

use punchclock_odoo::Client;
use punchclock_queue::{AsyncQueue, DeadLetter, Lease, RetrySchedule, Seq};
use tokio_util::sync::CancellationToken;

use super::ingest::{BatchNames, IngestAnswer, IngestArgs, SCHEMA, SentEvent, SinkOutcome, SinkWord};
use super::pace::{Failure, Pace, Step};
use crate::config;
use crate::metrics::Metrics;
use crate::punch::Punch;
use crate::site::Site;

/// Bytes of bodies in one call. A proxy in front of Odoo often refuses a body over 1 MiB (odoo note §1.4).
const MOST_BYTES: usize = 400 * 1024;
/// How often an empty queue is looked at.
const IDLE: Duration = Duration::from_millis(250);

/// Delivers the queue to Odoo.
#[derive(Debug)]
pub struct Worker {
    queue: AsyncQueue,
    client: Client,
    site: Arc<Site>,
    metrics: Arc<Metrics>,
    pace: Pace,
    names: BatchNames,
    lease_for: Duration,
}

impl Worker {
    /// A sender with the pace of the configuration.
    #[must_use]
    pub fn new(
        queue: AsyncQueue,
        client: Client,
        site: Arc<Site>,
        metrics: Arc<Metrics>,
        config: &config::Delivery,
    ) -> Self {
        let schedule = RetrySchedule::new(
            Duration::from_millis(config.retry_base_ms.into()),
            Duration::from_secs(config.retry_cap_s.into()),
        );
        let most = usize::try_from(config.batch).unwrap_or(usize::MAX);
        // The call ends long before the lease does, so that no second lease of the same event can overlap it.
        let lease_for = Duration::from_secs(u64::from(config.timeout_s).saturating_add(60));
        Self {
            queue,
            client,
            site,
            metrics,
            pace: Pace::new(most, schedule),
            names: BatchNames::default(),
            lease_for,
        }
    }

    /// Delivers until `shutdown`. A call that is under way is finished first, so that its answer is not lost; what
    /// is still leased then is simply delivered again after the next start, and Odoo calls it a duplicate.
    pub async fn run(mut self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let wait = match self
                .queue
                .lease(self.pace.limit(), MOST_BYTES, self.lease_for)
                .await
            {
                Ok(lease) if lease.events.is_empty() => IDLE,
                Ok(lease) => self.deliver(lease).await,
                Err(error) => {
                    tracing::error!(%error, "the queue cannot be read");
                    Duration::from_secs(5)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = shutdown.cancelled() => break,
            }
        }
    }

    /// One call; returns how long to wait before the next.
    async fn deliver(&mut self, lease: Lease) -> Duration {
        let (events, unreadable) = read_bodies(&lease);
        for seq in unreadable {
            // The row's checksum held, so this body was written by another version of the edge.
            self.put_aside(
                seq,
                "unreadable_body",
                "this version of the edge cannot read the stored punch",
            )
            .await;
        }
        if events.is_empty() {
            return Duration::ZERO;
        }
        let (seqs, events): (Vec<Seq>, Vec<SentEvent>) = events.into_iter().unzip();
        let fingerprints: Vec<String> = events
            .iter()
            .map(|event| event.fingerprint().to_owned())
            .collect();
        let name = self.names.name(&events);
        let args = IngestArgs {
            schema: SCHEMA,
            batch_uuid: &name,
            events: &events,
        };
        let started = self.site.clock.elapsed();
        let answer = self
            .client
            .call::<_, IngestAnswer>("punchclock.event", "ingest", &args)
            .await;
        match &answer {
            // Another batch has this name.
            Err(error) if error.http_status() == Some(409) => self.names.answered(),
            Err(_) => self.names.lost(&events, name),
            Ok(_) => self.names.answered(),
        }
        let seconds = self.site.clock.elapsed().saturating_sub(started).as_secs_f64();
        match answer {
            Ok(answer) if answers(&answer.outcomes, &fingerprints) => {
                self.site.delivery_succeeded();
                self.metrics.delivered("ok", seconds, 0);
                self.settle(&seqs, &answer.outcomes).await;
                self.pace.succeeded();
                Duration::ZERO
            }
            Ok(_) => {
                let problem =
                    "Odoo answered for other events than were sent: the addon is of another version"
                        .to_owned();
                self.failed(&lease, &seqs, Failure::Configuration, problem, None, seconds)
                    .await
            }
            Err(error) => {
                let failure = classify(&error);
                self.failed(
                    &lease,
                    &seqs,
                    failure,
                    error.to_string(),
                    error.retry_after(),
                    seconds,
                )
                .await
            }
        }
    }

    async fn settle(&self, seqs: &[Seq], outcomes: &[SinkOutcome]) {
        let mut safe = Vec::with_capacity(seqs.len());
        for (seq, outcome) in seqs.iter().zip(outcomes) {
            self.metrics.answered(outcome.outcome.as_str(), 1);
            if outcome.outcome == SinkWord::Rejected {
                let code = outcome.code.as_deref().unwrap_or("rejected");
                let message = outcome.message.as_deref().unwrap_or_default();
                self.put_aside(*seq, code, message).await;
            } else {
                safe.push(*seq);
            }
        }
        if let Err(error) = self.queue.ack(safe, self.now_ms()).await {
            // Odoo has them; they will be sent again and answered as duplicates.
            tracing::error!(%error, "delivered punches could not be struck off the queue");
        }
    }

    async fn failed(
        &mut self,
        lease: &Lease,
        seqs: &[Seq],
        failure: Failure,
        problem: String,
        retry_after: Option<Duration>,
        seconds: f64,
    ) -> Duration {
        let in_a_row = self
            .site
            .delivery_failed(problem.clone(), failure == Failure::Configuration);
        self.metrics.delivered(result_word(failure), seconds, in_a_row);
        // The first, then every doubling: an outage of a month must not fill the journal.
        if in_a_row.is_power_of_two() {
            tracing::warn!(%problem, failures = in_a_row, events = seqs.len(), "delivery failed; nothing is lost, it is tried again");
        }
        let wait = match self
            .pace
            .failed(failure, seqs.len(), retry_after, fastrand::u64(..))
        {
            Step::Wait(wait) => wait,
            Step::PutAside => {
                for seq in seqs {
                    self.put_aside(*seq, "refused", &problem).await;
                }
                return Duration::ZERO;
            }
        };
        if let Err(error) = self.queue.nack(lease.id, seqs.to_vec()).await {
            tracing::error!(%error, "punches could not be put back; their lease ends by itself");
        }
        wait
    }

    fn now_ms(&self) -> i64 {
        self.site.clock.now().timestamp_millis()
    }

    async fn put_aside(&self, seq: Seq, code: &str, reason: &str) {
        tracing::warn!(%seq, code, reason, "a punch is kept aside: `punchclock-edge rejected` lists it");
        if let Err(error) = self
            .queue
            .dead(vec![DeadLetter::new(seq, code, reason)], self.now_ms())
            .await
        {
            tracing::error!(%error, %seq, "a rejected punch could not be marked; it will be sent again");
        }
    }
}

/// The events of a lease with their sequence numbers, and the numbers of those that cannot be read.
fn read_bodies(lease: &Lease) -> (Vec<(Seq, SentEvent)>, Vec<Seq>) {
    let mut events = Vec::with_capacity(lease.events.len());
    let mut unreadable = Vec::new();
    for event in &lease.events {
        match serde_json::from_slice::<Punch>(&event.body) {
            Ok(punch) => events.push((event.seq, SentEvent::from(punch))),
            Err(_) => unreadable.push(event.seq),
        }
    }
    (events, unreadable)
}

/// Whether the outcomes are those of the events sent, in that order.
fn answers(outcomes: &[SinkOutcome], sent: &[String]) -> bool {
    outcomes.len() == sent.len()
        && outcomes
            .iter()
            .zip(sent)
            .all(|(outcome, fingerprint)| outcome.fingerprint == *fingerprint)
}

fn classify(error: &punchclock_odoo::Error) -> Failure {
    if error.is_too_large() {
        Failure::TooLarge
    } else if error.is_validation() {
        Failure::Refused
    } else if error.is_configuration() {
        Failure::Configuration
    } else {
        Failure::Away
    }
}

fn result_word(failure: Failure) -> &'static str {
    match failure {
        Failure::Away => "away",
        Failure::Configuration => "configuration",
        Failure::TooLarge => "too_large",
        Failure::Refused => "refused",
    }
}
