//! `load`: Odoo's import, the one bulk write that is idempotent without an addon.

use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde_json::Value;

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

/// The answer of `load`.
#[derive(serde::Deserialize)]
#[cfg_attr(not(feature = "__client"), expect(dead_code, reason = "only a client asks"))]
pub(crate) struct Loaded {
    #[serde(default, deserialize_with = "false_is_none")]
    pub(crate) ids: Option<Vec<i64>>,
    #[serde(default)]
    pub(crate) messages: Vec<LoadMessage>,
}
