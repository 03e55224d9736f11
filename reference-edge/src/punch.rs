//! A punch as the edge keeps it: what both protocols know of it, in one form.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use punchclock_queue::{Fingerprint, NewEvent};

/// The protocol that brought a punch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Read from the terminal's log by the binary protocol.
    Poll,
    /// Sent by the terminal over HTTP.
    Push,
}

impl Channel {
    /// The word of logs, metrics and events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Push => "push",
        }
    }
}

/// One punch, as the queue keeps it (JSON) and Odoo receives it. Serial and PIN stand as the terminal wrote them;
/// the fingerprint is computed over their normal forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Punch {
    /// Serial of the terminal.
    pub serial: String,
    /// PIN of the person on that terminal.
    pub pin: String,
    /// The terminal's own wall clock.
    pub local_time: NaiveDateTime,
    /// In, out, break …, as the terminal states it; `None` where it says nothing.
    pub state: Option<u8>,
    /// How the person was recognised; the code's meaning differs by channel and platform, so it is kept raw.
    pub verify: Option<u8>,
    /// The work code, where one was entered.
    pub work_code: Option<String>,
    /// The protocol that brought it first.
    pub channel: Channel,
    /// When the edge received it, by the edge's clock.
    pub received_at: DateTime<Utc>,
}

impl Punch {
    /// The identity of this punch (architecture, "Identity").
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.serial, &self.pin, self.local_time)
    }

    /// The queue's form of this punch. Its mark is the state: a second copy that states another one is counted
    /// as a conflict. The verify mode stays out of it, because the two protocols number it differently
    /// (protocol-adms §2.3.9).
    ///
    /// # Errors
    /// The punch cannot be written as JSON; with these types that does not happen.
    pub fn to_event(&self) -> Result<NewEvent, serde_json::Error> {
        Ok(NewEvent::new(
            self.fingerprint(),
            format!(
                "{}:{}",
                self.channel.as_str(),
                punchclock_queue::normalise_serial(&self.serial)
            ),
            self.received_at.timestamp_millis(),
            self.state.unwrap_or(STATE_NOT_SET).into(),
            serde_json::to_vec(self)?,
        ))
    }
}

/// "Not set" in both protocols (protocol-zk §1.9, protocol-adms §1.4).
const STATE_NOT_SET: u8 = 255;

#[cfg(test)]
mod tests {
    use super::*;

    fn punch(channel: Channel) -> Punch {
        Punch {
            serial: "abc123".to_owned(),
            pin: "0042".to_owned(),
            local_time: "2026-03-02T08:00:00".parse().unwrap(),
            state: Some(0),
            verify: Some(1),
            work_code: None,
            channel,
            received_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_two_copies_of_a_punch_are_one() {
        let pushed = punch(Channel::Push);
        let polled = Punch {
            serial: "ABC123".to_owned(),
            pin: "42".to_owned(),
            verify: Some(15),
            ..punch(Channel::Poll)
        };
        assert_eq!(pushed.fingerprint(), polled.fingerprint());
    }

    #[test]
    fn the_body_reads_back_as_it_was() {
        let event = punch(Channel::Poll);
        let body = serde_json::to_vec(&event).unwrap();
        assert_eq!(serde_json::from_slice::<Punch>(&body).unwrap(), event);
        assert!(
            String::from_utf8(body)
                .unwrap()
                .contains(r#""local_time":"2026-03-02T08:00:00""#)
        );
    }
}
