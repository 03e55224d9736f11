//! `load`: Odoo's import, the one bulk write that is idempotent without an addon.

use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde_json::Value;

#[cfg(feature = "__client")]
use crate::value::false_is_none;

/// What `load` says about one place in the rows it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadMessage {
    /// Whether it kept the rows from being stored; a warning does not.
    pub is_error: bool,
    /// The message, as Odoo's user would read it.
    pub message: String,
    /// The field it is about.
    pub field: Option<String>,
    /// The first and the last row it is about, counted from 0.
    pub rows: Option<(usize, usize)>,
    record: Option<usize>,
}

impl LoadMessage {
    /// The record it is about, counted from 0: its number where Odoo gives it, otherwise its first row.
    #[must_use]
    pub fn record(&self) -> Option<usize> {
        self.record.or_else(|| self.rows.map(|(first, _)| first))
    }
}

impl fmt::Display for LoadMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(record) = self.record() {
            write!(f, "record {record}: ")?;
        }
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl<'de> Deserialize<'de> for LoadMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Messages differ between series and fields; what is unknown in one must not hide that rows were refused.
        #[derive(serde::Deserialize)]
        struct Raw {
            #[serde(default, rename = "type")]
            kind: String,
            #[serde(default)]
            message: Value,
            #[serde(default)]
            field: Value,
            #[serde(default)]
            rows: Value,
            #[serde(default)]
            record: Value,
        }
        let raw = Raw::deserialize(deserializer)?;
        Ok(Self {
            is_error: raw.kind != "warning",
            message: crate::api_key::clean(raw.message.as_str().unwrap_or_default(), 500),
            field: raw.field.as_str().map(str::to_owned),
            rows: index(raw.rows.get("from")).zip(index(raw.rows.get("to"))),
            record: index(Some(&raw.record)),
        })
    }
}

fn index(value: Option<&Value>) -> Option<usize> {
    usize::try_from(value?.as_u64()?).ok()
}

/// The records that `load` refused, in the order of its messages.
///
/// Odoo 19 first tries all rows at once, and puts the error of that try in front of what it then says about each row, in
/// the name of the first row, which may be innocent (`BaseModel.load`, "If we cannot create the records 1 by 1"). So an
/// error at the front that names no field counts only if no other record is named. One that was meant all the same is
/// named again when the rest is sent anew.
#[cfg(any(feature = "__client", test))]
pub(crate) fn culprits(messages: &[LoadMessage]) -> Vec<usize> {
    let errors: Vec<_> = messages.iter().filter(|message| message.is_error).collect();
    let mut named = Vec::new();
    for (place, error) in errors.iter().enumerate() {
        let Some(record) = error.record() else {
            continue;
        };
        let echo = place == 0
            && error.field.is_none()
            && errors
                .iter()
                .any(|other| other.record().is_some_and(|other| other != record));
        if !echo && !named.contains(&record) {
            named.push(record);
        }
    }
    named
}

/// The answer of `load`.
#[derive(serde::Deserialize)]
#[cfg(feature = "__client")]
pub(crate) struct Loaded {
    #[serde(default, deserialize_with = "false_is_none")]
    pub(crate) ids: Option<Vec<i64>>,
    #[serde(default)]
    pub(crate) messages: Vec<LoadMessage>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn culprits_of(json: &str) -> Vec<usize> {
        let messages: Vec<LoadMessage> = serde_json::from_str(json).unwrap();
        culprits(&messages)
    }

    #[test]
    fn an_innocent_first_row_is_not_blamed_for_the_whole_try() {
        // As Odoo 19.0 answers when the second of two rows breaks a constraint.
        let echo = r#"[{"type":"error","record":0,"rows":{"from":0,"to":0},"message":"E"},
                       {"type":"error","record":1,"rows":{"from":1,"to":1},"message":"E"}]"#;
        assert_eq!(culprits_of(echo), [1]);
        let alone = r#"[{"type":"error","record":0,"rows":{"from":0,"to":0},"message":"E"}]"#;
        assert_eq!(culprits_of(alone), [0]);
        let with_field = r#"[{"type":"error","record":0,"field":"check_in","message":"E"},
                             {"type":"error","record":3,"message":"F"},{"type":"error","record":3,"message":"G"}]"#;
        assert_eq!(culprits_of(with_field), [0, 3]);
        // All rows are at fault: the others are named, so sending the first one anew tells.
        let all = r#"[{"type":"error","record":0,"message":"E"},{"type":"error","record":1,"message":"E"},
                      {"type":"error","record":2,"message":"E"},{"type":"warning","message":"many"}]"#;
        assert_eq!(culprits_of(all), [1, 2]);
        assert_eq!(
            culprits_of(r#"[{"type":"warning","record":4,"message":"w"}]"#),
            Vec::<usize>::new()
        );
    }
}
