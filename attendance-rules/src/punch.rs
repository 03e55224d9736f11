//! A punch as the caller knows it: an id and either a local second of a terminal's clock or an instant.

use core::cmp::Ordering;
use core::fmt;
use std::sync::Arc;

use chrono::NaiveDateTime;

/// Name of a punch, chosen by the caller and unique within one evaluation.
///
/// Ids made of digits are ordered as numbers (`"9"` before `"10"`) and before all others, which are ordered by their bytes. The order decides
/// which of two punches of one instant is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PunchId(Arc<str>);

impl PunchId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn number(&self) -> Option<&str> {
        let digits = !self.0.is_empty() && self.0.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| self.0.trim_start_matches('0'))
    }
}

impl From<&str> for PunchId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl From<String> for PunchId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for PunchId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for PunchId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PunchId".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

impl fmt::Display for PunchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for PunchId {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a
                .len()
                .cmp(&b.len())
                .then_with(|| a.cmp(b))
                .then_with(|| self.0.cmp(&other.0)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.0.cmp(&other.0),
        }
    }
}

impl PartialOrd for PunchId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What the terminal says the punch was. How much that is worth is the policy's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Claim {
    /// Claimed as coming in.
    In,
    /// Claimed as going out.
    Out,
    /// Going out for a break.
    BreakOut,
    /// Coming back from a break.
    BreakIn,
    /// Coming in for overtime.
    OvertimeIn,
    /// Going out after overtime.
    OvertimeOut,
    /// Out and in at one instant, such as a change of job.
    Transfer,
}

/// In or out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a door has two sides")]
pub enum Direction {
    /// In.
    In,
    /// Out.
    Out,
}

impl Claim {
    /// Which way it claims to go; a transfer goes neither.
    #[must_use]
    pub const fn direction(self) -> Option<Direction> {
        match self {
            Self::In | Self::BreakIn | Self::OvertimeIn => Some(Direction::In),
            Self::Out | Self::BreakOut | Self::OvertimeOut => Some(Direction::Out),
            Self::Transfer => None,
        }
    }

    /// The stable name, as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::BreakOut => "break_out",
            Self::BreakIn => "break_in",
            Self::OvertimeIn => "overtime_in",
            Self::OvertimeOut => "overtime_out",
            Self::Transfer => "transfer",
        }
    }
}

/// Who made the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Source {
    /// A terminal.
    #[default]
    Device,
    /// A person, by hand.
    Manual,
    /// Another system.
    Import,
}

/// When the punch happened, as far as the caller knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a punch is known by its terminal's clock or as an instant; there is no third way"
)]
pub enum PunchTime {
    /// The second shown by the terminal's own clock, in the punch's zone.
    Local(NaiveDateTime),
    /// Unix seconds.
    At(i64),
}

/// One event of one person at one terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Punch {
    /// Unique name within the evaluation.
    pub id: PunchId,
    /// The moment.
    pub time: PunchTime,
    /// IANA name of the terminal's zone; `None` is the evaluation's default zone.
    pub zone: Option<String>,
    /// What the terminal claims.
    pub claimed: Option<Claim>,
    /// Which terminal; only used to know among which punches [`seq`](Self::seq) is an order.
    pub device: Option<String>,
    /// Position in the terminal's log. Where the clock was set back, this order decides which pass of the repeated hour a punch belongs to.
    pub seq: Option<i64>,
    /// When the server received it, unix seconds, where that is known: a later time of making is a wrong clock, an earlier one may be a late upload.
    pub received_at: Option<i64>,
    /// Who made the record.
    pub source: Source,
}

impl Punch {
    /// A punch known by the terminal's local clock. Fractions of a second are floored.
    #[must_use]
    pub fn local(id: impl Into<PunchId>, local: NaiveDateTime) -> Self {
        Self::new(id.into(), PunchTime::Local(local))
    }

    /// A punch known as an instant, in unix seconds.
    #[must_use]
    pub fn at(id: impl Into<PunchId>, at: i64) -> Self {
        Self::new(id.into(), PunchTime::At(at))
    }

    fn new(id: PunchId, time: PunchTime) -> Self {
        Self {
            id,
            time,
            zone: None,
            claimed: None,
            device: None,
            seq: None,
            received_at: None,
            source: Source::Device,
        }
    }

    /// Sets the zone of the terminal's clock.
    #[must_use]
    pub fn in_zone(mut self, zone: impl Into<String>) -> Self {
        self.zone = Some(zone.into());
        self
    }

    /// Sets what the terminal claims the punch to be.
    #[must_use]
    pub fn claiming(mut self, claim: Claim) -> Self {
        self.claimed = Some(claim);
        self
    }

    /// Sets when the server received it, in unix seconds.
    #[must_use]
    pub const fn received(mut self, at: i64) -> Self {
        self.received_at = Some(at);
        self
    }

    /// Sets the terminal and the position in its log.
    #[must_use]
    pub fn logged(mut self, device: impl Into<String>, seq: i64) -> Self {
        self.device = Some(device.into());
        self.seq = Some(seq);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_digits_order_as_numbers_before_words() {
        let mut ids: Vec<PunchId> = ["b", "10", "9", "009", "a", ""]
            .into_iter()
            .map(PunchId::from)
            .collect();
        ids.sort();
        let sorted: Vec<&str> = ids.iter().map(PunchId::as_str).collect();
        assert_eq!(sorted, ["009", "9", "10", "", "a", "b"]);
    }
}
