//! An event as JSON: flat, its kind in `type`, the names of the vectors.

use chrono::NaiveDate;

use super::event::{BankEvent, EndReason, EventKind};
use super::id::EventId;

/// Kinds as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Cancel,
    Earn,
    Use,
    Adjust,
    Separate,
    AsOf,
}

/// All fields of all kinds. Derived readers of flattened enums forget the path of a fault and accept any field; this one does neither.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    id: EventId,
    date: NaiveDate,
    r#type: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#use: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<EndReason>,
}

impl Written {
    /// Names of the fields that are there beside id, date and type.
    fn given(&self) -> impl Iterator<Item = &'static str> + use<> {
        [
            ("class", self.class.is_some()),
            ("work_s", self.work_s.is_some()),
            ("valid_to", self.valid_to.is_some()),
            ("s", self.s.is_some()),
            ("purpose", self.purpose.is_some()),
            ("requested_on", self.requested_on.is_some()),
            ("settled", self.settled.is_some()),
            ("use", self.r#use.is_some()),
            ("reason", self.reason.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
    }
}

impl TryFrom<Written> for BankEvent {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let allowed: &[&str] = match written.r#type {
            Kind::Cancel => &["use"],
            Kind::Earn => &["class", "work_s", "valid_to"],
            Kind::Use => &["s", "purpose", "requested_on", "settled"],
            Kind::Adjust => &["s", "valid_to"],
            Kind::Separate => &["reason"],
            Kind::AsOf => &[],
        };
        if let Some(name) = written.given().find(|name| !allowed.contains(name)) {
            return Err(format!("this type of event has no field {name:?}"));
        }
        let missing = |name: &str| format!("missing field {name:?}");
        let kind = match written.r#type {
            Kind::Cancel => EventKind::Cancel {
                of: written.r#use.ok_or_else(|| missing("use"))?,
            },
            Kind::Earn => EventKind::Earn {
                class: written.class.ok_or_else(|| missing("class"))?,
                work_s: written.work_s.ok_or_else(|| missing("work_s"))?,
                valid_to: written.valid_to,
            },
            Kind::Use => EventKind::Use {
                s: written.s.ok_or_else(|| missing("s"))?,
                purpose: written.purpose,
                requested_on: written.requested_on,
                settled: written.settled.unwrap_or_default(),
            },
            Kind::Adjust => EventKind::Adjust {
                s: written.s.ok_or_else(|| missing("s"))?,
                valid_to: written.valid_to,
            },
            Kind::Separate => EventKind::Separate {
                reason: written.reason.unwrap_or_default(),
            },
            Kind::AsOf => EventKind::AsOf,
        };
        Ok(Self::new(written.id, written.date, kind))
    }
}

impl From<BankEvent> for Written {
    fn from(event: BankEvent) -> Self {
        let mut written = Self {
            id: event.id,
            date: event.on,
            r#type: Kind::AsOf,
            class: None,
            work_s: None,
            valid_to: None,
            s: None,
            purpose: None,
            requested_on: None,
            settled: None,
            r#use: None,
            reason: None,
        };
        match event.kind {
            EventKind::Cancel { of } => {
                written.r#type = Kind::Cancel;
                written.r#use = Some(of);
            }
            EventKind::Earn {
                class,
                work_s,
                valid_to,
            } => {
                written.r#type = Kind::Earn;
                (written.class, written.work_s, written.valid_to) = (Some(class), Some(work_s), valid_to);
            }
            EventKind::Use {
                s,
                purpose,
                requested_on,
                settled,
            } => {
                written.r#type = Kind::Use;
                (written.s, written.purpose, written.requested_on) = (Some(s), purpose, requested_on);
                written.settled = settled.then_some(true);
            }
            EventKind::Adjust { s, valid_to } => {
                written.r#type = Kind::Adjust;
                (written.s, written.valid_to) = (Some(s), valid_to);
            }
            EventKind::Separate { reason } => {
                written.r#type = Kind::Separate;
                written.reason = Some(reason);
            }
            EventKind::AsOf => {}
        }
        written
    }
}
