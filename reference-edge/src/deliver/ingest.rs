//! The body and the answer of `punchclock.event/ingest`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};

use crate::punch::{Channel, Punch};

/// The arguments of the call.
#[derive(Debug, Serialize)]
pub(super) struct IngestArgs {
    /// The events, in the order of the queue.
    pub(super) events: Vec<SentEvent>,
}

/// One event as Odoo receives it.
#[derive(Debug, Serialize)]
pub(super) struct SentEvent {
    fingerprint: String,
    serial: String,
    pin: String,
    local_time: String,
    state: Option<u8>,
    verify: Option<u8>,
    work_code: Option<String>,
    channel: Channel,
    #[serde(serialize_with = "odoo_datetime")]
    received_at: DateTime<Utc>,
}

impl SentEvent {
    /// The fingerprint, 32 hex digits.
    #[must_use]
    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

impl From<Punch> for SentEvent {
    fn from(punch: Punch) -> Self {
        Self {
            fingerprint: punch.fingerprint().to_string(),
            local_time: punch.local_time.format("%Y-%m-%dT%H:%M:%S").to_string(),
            serial: punch.serial,
            pin: punch.pin,
            state: punch.state,
            verify: punch.verify,
            work_code: punch.work_code,
            channel: punch.channel,
            received_at: punch.received_at,
        }
    }
}

/// Odoo takes naive UTC only; a `T` or an offset is an error 500 (odoo note §1.1).
fn odoo_datetime<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&at.format("%Y-%m-%d %H:%M:%S"))
}

/// The answer: one outcome an event, in the order sent.
#[derive(Debug, Deserialize)]
pub(super) struct IngestAnswer {
    /// The outcomes.
    pub(super) outcomes: Vec<SinkOutcome>,
}

/// What Odoo did with one event.
#[derive(Debug, Deserialize)]
pub(super) struct SinkOutcome {
    /// The fingerprint, so that an answer in another order is noticed.
    pub(super) fingerprint: String,
    /// The word.
    pub(super) outcome: SinkWord,
    /// Why it is for review or rejected.
    #[serde(default)]
    pub(super) code: Option<String>,
    /// The same for people.
    #[serde(default)]
    pub(super) message: Option<String>,
}

/// Accepted, duplicate and review mean that Odoo has the event, committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SinkWord {
    /// New.
    Accepted,
    /// Odoo had it.
    Duplicate,
    /// New, and a person should look at it (an unknown PIN or terminal).
    Review,
    /// Odoo refuses it for ever; it stays here.
    Rejected,
}

impl SinkWord {
    /// The word of the metrics.
    #[must_use]
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Review => "review",
            Self::Rejected => "rejected",
        }
    }
}
