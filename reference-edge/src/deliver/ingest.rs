//! The body and the answer of `punchclock.event/ingest`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use crate::punch::{Channel, Punch};

/// The arguments of the call.
#[derive(Debug, Serialize)]
pub(super) struct IngestArgs<'a> {
    /// The shape of the events.
    pub(super) schema: u8,
    /// The name of this batch.
    pub(super) batch_uuid: &'a str,
    /// The events, in the order of the queue.
    pub(super) events: &'a [SentEvent],
}

/// The shape of the events that are sent.
pub(super) const SCHEMA: u8 = 1;

/// Names batches: a batch whose answer was lost is sent again under the name it had, and Odoo answers it as the first
/// time; every other one gets a new name, also with the same events, because Odoo may answer differently meanwhile.
#[derive(Debug, Default)]
pub(super) struct BatchNames {
    lost: Option<([u8; 32], String)>,
}

impl BatchNames {
    /// The name for these events.
    pub(super) fn name(&self, events: &[SentEvent]) -> String {
        match &self.lost {
            Some((content, name)) if *content == digest(events) => name.clone(),
            _ => new_uuid(),
        }
    }

    /// The answer to this batch was lost: it may have been stored.
    pub(super) fn lost(&mut self, events: &[SentEvent], name: String) {
        self.lost = Some((digest(events), name));
    }

    /// The batch was answered.
    pub(super) fn answered(&mut self) {
        self.lost = None;
    }
}

fn digest(events: &[SentEvent]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for event in events {
        // Channel and time of arrival too: Odoo compares the whole content.
        hash.update(format!("{event:?}\n"));
    }
    hash.finalize().into()
}

/// A random UUID (version 4). It need not be secret, and a name that another edge has already is refused by Odoo and
/// replaced with the next try.
fn new_uuid() -> String {
    let bits = (fastrand::u128(..) & !(0xf << 76) & !(0b11 << 62)) | (0x4 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn event(pin: &str) -> SentEvent {
        SentEvent {
            fingerprint: "00".repeat(16),
            serial: "A".to_owned(),
            pin: pin.to_owned(),
            local_time: "2026-03-02T08:00:00".to_owned(),
            state: None,
            verify: None,
            work_code: None,
            channel: Channel::Poll,
            received_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_batch_whose_answer_was_lost_keeps_its_name_until_it_is_answered() {
        let mut names = BatchNames::default();
        let (batch, other) = ([event("7")], [event("8")]);
        let name = names.name(&batch);
        assert_ne!(names.name(&batch), name, "nothing was lost yet");
        names.lost(&batch, name.clone());
        assert_eq!(names.name(&batch), name);
        assert_ne!(names.name(&other), name);
        names.answered();
        assert_ne!(names.name(&batch), name);
    }

    #[test]
    fn names_are_uuids() {
        for _ in 0..100 {
            let name = new_uuid();
            let parts: Vec<usize> = name.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12], "{name}");
            assert_eq!(name.as_bytes()[14], b'4', "{name}");
            assert!(b"89ab".contains(&name.as_bytes()[19]), "{name}");
        }
    }
}
