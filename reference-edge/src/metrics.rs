//! What the edge counts, in the text form of Prometheus. Labels are serials of the configuration and fixed words:
//! nothing a stranger sends can become a label.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::punch::Channel;

/// Channel and what became of a punch.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct IngestLabel {
    source: &'static str,
    outcome: &'static str,
}

/// A fixed word.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct KindLabel {
    kind: &'static str,
}

/// A fixed word for how a delivery ended.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ResultLabel {
    result: &'static str,
}

/// A terminal of the configuration and a channel.
#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct TerminalLabel {
    serial: String,
    channel: &'static str,
}

/// All metrics of an edge.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    ingest: Family<IngestLabel, Counter>,
    requests: Family<KindLabel, Counter>,
    refused: Family<KindLabel, Counter>,
    polls: Family<ResultLabel, Counter>,
    batches: Family<ResultLabel, Counter>,
    delivery_seconds: Histogram,
    commit_seconds: Histogram,
    delivered: Family<ResultLabel, Counter>,
    delivery_failures: Gauge,
    queue_pending: Gauge,
    queue_leased: Gauge,
    queue_dead: Gauge,
    queue_quarantined: Gauge,
    silent: Family<TerminalLabel, Gauge>,
    last_seen: Family<TerminalLabel, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("edge");
        let ingest = Family::default();
        registry.register(
            "ingest_events",
            "Punches received, by channel and outcome",
            ingest.clone(),
        );
        let requests = Family::default();
        registry.register(
            "push_requests",
            "Requests of terminals, by kind",
            requests.clone(),
        );
        let refused = Family::default();
        registry.register(
            "refused",
            "Connections and requests refused, by reason",
            refused.clone(),
        );
        let polls = Family::default();
        registry.register("polls", "Polls of terminals, by result", polls.clone());
        let batches = Family::default();
        registry.register("delivery_batches", "Calls to Odoo, by result", batches.clone());
        let delivered = Family::default();
        registry.register(
            "delivered_events",
            "Punches answered by Odoo, by outcome",
            delivered.clone(),
        );
        let seconds = || Histogram::new([0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0]);
        let delivery_seconds = seconds();
        registry.register_with_unit(
            "delivery_duration",
            "Time of a call to Odoo",
            Unit::Seconds,
            delivery_seconds.clone(),
        );
        let commit_seconds = seconds();
        registry.register_with_unit(
            "commit_duration",
            "Time of a durable commit",
            Unit::Seconds,
            commit_seconds.clone(),
        );
        let gauge = |registry: &mut Registry, name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let delivery_failures = gauge(
            &mut registry,
            "delivery_consecutive_failures",
            "Calls to Odoo that failed in a row",
        );
        let queue_pending = gauge(
            &mut registry,
            "queue_pending",
            "Punches that Odoo does not have yet",
        );
        let queue_leased = gauge(&mut registry, "queue_leased", "Punches on their way to Odoo");
        let queue_dead = gauge(
            &mut registry,
            "queue_dead",
            "Punches that Odoo rejected, kept for review",
        );
        let queue_quarantined = gauge(
            &mut registry,
            "queue_quarantined",
            "Unreadable input, kept for review",
        );
        let silent = Family::default();
        registry.register(
            "device_channel_silent",
            "1 while a channel of a terminal has missed its intervals",
            silent.clone(),
        );
        let last_seen = Family::default();
        registry.register_with_unit(
            "device_last_seen_age",
            "Time since a channel of a terminal last worked",
            Unit::Seconds,
            last_seen.clone(),
        );
        Self {
            registry,
            ingest,
            requests,
            refused,
            polls,
            batches,
            delivery_seconds,
            commit_seconds,
            delivered,
            delivery_failures,
            queue_pending,
            queue_leased,
            queue_dead,
            queue_quarantined,
            silent,
            last_seen,
        }
    }

    /// Counts punches of a channel with one outcome: `accepted`, `duplicate`, `conflict`, `quarantined`.
    pub fn ingested(&self, channel: Channel, outcome: &'static str, count: u64) {
        if count > 0 {
            self.ingest
                .get_or_create(&IngestLabel {
                    source: channel.as_str(),
                    outcome,
                })
                .inc_by(count);
        }
    }

    /// Punches counted so far for a channel and outcome.
    #[must_use]
    pub fn ingested_so_far(&self, channel: Channel, outcome: &'static str) -> u64 {
        self.ingest
            .get_or_create(&IngestLabel {
                source: channel.as_str(),
                outcome,
            })
            .get()
    }

    /// Counts a request of a terminal.
    pub fn requested(&self, kind: &'static str) {
        self.requests.get_or_create(&KindLabel { kind }).inc();
    }

    /// Counts a refusal.
    pub fn refused(&self, kind: &'static str) {
        self.refused.get_or_create(&KindLabel { kind }).inc();
    }

    /// Counts a poll.
    pub fn polled(&self, result: &'static str) {
        self.polls.get_or_create(&ResultLabel { result }).inc();
    }

    /// Counts a call to Odoo and its time, and how many failed in a row.
    pub fn delivered(&self, result: &'static str, seconds: f64, failures_in_a_row: u32) {
        self.batches.get_or_create(&ResultLabel { result }).inc();
        self.delivery_seconds.observe(seconds);
        self.delivery_failures.set(failures_in_a_row.into());
    }

    /// Counts what Odoo said of single punches.
    pub fn answered(&self, outcome: &'static str, count: u64) {
        if count > 0 {
            self.delivered
                .get_or_create(&ResultLabel { result: outcome })
                .inc_by(count);
        }
    }

    /// The time of one durable commit.
    pub fn committed(&self, seconds: f64) {
        self.commit_seconds.observe(seconds);
    }

    /// The queue as it is now.
    pub fn queue(&self, stats: &punchclock_queue::Stats) {
        let clamp = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.queue_pending.set(clamp(stats.pending));
        self.queue_leased.set(clamp(stats.leased));
        self.queue_dead.set(clamp(stats.dead));
        self.queue_quarantined.set(clamp(stats.quarantined));
    }

    /// One channel of a terminal as it is now.
    pub fn terminal(&self, serial: &str, channel: Channel, silent: bool, age: Option<std::time::Duration>) {
        let label = TerminalLabel {
            serial: serial.to_owned(),
            channel: channel.as_str(),
        };
        self.silent.get_or_create(&label).set(silent.into());
        if let Some(age) = age {
            self.last_seen
                .get_or_create(&label)
                .set(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
        }
    }

    /// The text form.
    ///
    /// # Errors
    /// A formatter failed; into a `String` that does not happen.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
