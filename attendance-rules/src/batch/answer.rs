//! The answer: the engine's results as JSON, each day with its sentences.

use std::sync::Arc;

use serde::Serialize;

use crate::anomaly::Anomaly;
use crate::carry::Carry;
use crate::render::explain_day;
use crate::result::DayResult;
use crate::zone::Zones;

/// What `compute_days` answers.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Answer<'a> {
    /// Version of the engine.
    pub(super) engine_version: &'static str,
    /// Release of the zone data; null when only fixed offsets were used.
    pub(super) tzdb_version: Option<Arc<str>>,
    /// What is allowed in the policy and most likely not meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<String>,
    /// One for each item, in the order of the request.
    pub(super) items: Vec<ItemAnswer<'a>>,
}

/// The days of one item.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct ItemAnswer<'a> {
    /// The item's key.
    pub(super) key: &'a str,
    /// One for each shift and each group of work without one.
    pub(super) days: Vec<DayAnswer>,
    /// To be given to the evaluation of the days that follow.
    pub(super) carry: Carry,
    /// What could not be said of any day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) anomalies: Vec<Anomaly>,
}

/// One day, and the same in sentences.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct DayAnswer {
    #[serde(flatten)]
    day: DayResult,
    /// Sentences, in the order a person would tell it; left out when the request says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<String>>,
}

impl DayAnswer {
    pub(super) fn new(day: DayResult, zones: &Zones, explain: bool) -> Self {
        let explanation = explain.then(|| {
            let zone = zones.get(&day.zone).unwrap_or_else(|| zones.default_zone());
            explain_day(&day, zone)
        });
        Self { day, explanation }
    }
}
