//! The answer: the engine's results as JSON, each day with its sentences.

use serde::Serialize;

use crate::explain::explain_day;
use crate::result::DayResult;
use crate::zone::Zones;

#[derive(Serialize)]
pub(super) struct Answer<'a> {
    pub(super) engine_version: &'static str,
    pub(super) tzdb_version: Option<String>,
    pub(super) items: Vec<ItemAnswer<'a>>,
}

#[derive(Serialize)]
pub(super) struct ItemAnswer<'a> {
    pub(super) key: &'a str,
    pub(super) days: Vec<DayAnswer>,
}

#[derive(Serialize)]
pub(super) struct DayAnswer {
    #[serde(flatten)]
    day: DayResult,
    explanation: Vec<String>,
}

impl DayAnswer {
    pub(super) fn new(day: DayResult, zones: &Zones) -> Self {
        let zone = zones.get(&day.zone).unwrap_or_else(|| zones.default_zone());
        let explanation = explain_day(&day, zone);
        Self { day, explanation }
    }
}
