//! The JSON batch interface: many people in one call, bytes in and bytes out. The Python wheel is a thin shell around it.
//!
//! The request is `{"policy": {...}, "items": [{"key", "zone", "shifts", "punches"}, ...]}`; unknown fields are refused, all faults are told at
//! once with the key of their item. See the crate's README for the fields.

mod answer;
mod request;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Error, Fault, FaultKind};
use crate::evaluate::{Evaluator, Input};
use crate::zone::{ZoneTable, Zones};
use answer::{Answer, DayAnswer, ItemAnswer};
use request::Item;

/// Bytes in one request.
pub const MAX_REQUEST_BYTES: usize = 64 * 1024 * 1024;
/// Items in one request.
pub const MAX_ITEMS: usize = 100_000;
/// Sets of zones for which an evaluator is kept within one request.
const MAX_ZONE_SETS: usize = 64;
/// Faults told for one request; there may be more.
pub const MAX_FAULTS: usize = 1_000;

/// Computes a batch with the bundled zone data.
///
/// # Errors
/// Every fault of the request, each with its item's key; nothing is computed then.
///
/// ```
/// # #[cfg(feature = "jiff-tz")] {
/// let request = br#"{"policy": {}, "items": [{"key": "emp7", "zone": "Europe/Brussels", "shifts": [],
///     "punches": [{"id": "1", "local": "2026-03-02T08:00:00"}, {"id": "2", "local": "2026-03-02T12:00:00"}]}]}"#;
/// let answer = String::from_utf8(punchclock_rules::compute_days(request)?)?;
/// assert!(answer.contains(r#""worked_s":14400"#));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "jiff-tz")]
pub fn compute_days(request: &[u8]) -> Result<Vec<u8>, Error> {
    compute_days_with(request, &ZoneTable::bundled)
}

/// Computes a batch with zone tables of the caller's choice. `zone` is called once for each name.
///
/// # Errors
/// Every fault of the request, each with its item's key; nothing is computed then.
pub fn compute_days_with(
    request: &[u8],
    zone: &dyn Fn(&str) -> Result<ZoneTable, Error>,
) -> Result<Vec<u8>, Error> {
    let request = request::parse(request)?;
    let mut tables = Tables {
        load: zone,
        loaded: BTreeMap::new(),
    };
    let mut faults = Vec::new();
    let mut items = Vec::with_capacity(request.items.len());
    let mut tzdb_version: Option<Arc<str>> = None;
    // One evaluator for each set of zones, so that people of one site share its nights.
    let mut evaluators: Vec<Evaluator> = Vec::new();
    for item in &request.items {
        if faults.len() >= MAX_FAULTS {
            break;
        }
        let computed = tables.zones_of(item).and_then(|zones| {
            let place = evaluators
                .iter()
                .position(|e| *e.zones() == zones)
                .unwrap_or(evaluators.len());
            // Zone sets are few; a request that names another set for every item must not keep them all.
            if place == evaluators.len() && place < MAX_ZONE_SETS {
                evaluators.push(Evaluator::new(request.policies.clone(), zones.clone()));
            }
            let input = Input {
                shifts: &item.shifts,
                punches: &item.punches,
                corrections: &item.corrections,
                facts: &item.facts,
                approvals: item.approvals.clone(),
                carry: item.carry.clone(),
                horizon: item.horizon,
                as_of: item.as_of,
            };
            let evaluator = evaluators.get_mut(place);
            let evaluation = match evaluator {
                Some(evaluator) => evaluator.evaluate(&input)?,
                None => Evaluator::new(request.policies.clone(), zones.clone()).evaluate(&input)?,
            };
            Ok((evaluation, zones))
        });
        match computed {
            Err(error) => faults.extend(error.into_faults().into_iter().map(|fault| Fault {
                item: Some(item.key.clone()),
                ..fault
            })),
            Ok((evaluation, zones)) => {
                if let (Some(one), Some(other)) = (&tzdb_version, &evaluation.tzdb_version)
                    && one != other
                {
                    let message = format!("zone data of release {other} beside data of release {one}");
                    faults.push(Fault::new("zone", FaultKind::ZoneData, message));
                }
                tzdb_version = tzdb_version.or(evaluation.tzdb_version);
                let days = evaluation
                    .days
                    .into_iter()
                    .map(|day| DayAnswer::new(day, &zones, request.explain))
                    .collect();
                items.push(ItemAnswer {
                    key: &item.key,
                    days,
                    carry: evaluation.carry,
                    anomalies: evaluation.anomalies,
                });
            }
        }
    }
    if !faults.is_empty() {
        faults.truncate(MAX_FAULTS);
        return Err(Error::new(faults));
    }
    let answer = Answer {
        engine_version: crate::VERSION,
        tzdb_version,
        warnings: request
            .policies
            .versions()
            .flat_map(|p| p.warnings())
            .map(ToString::to_string)
            .collect(),
        items,
    };
    serde_json::to_vec(&answer).map_err(|e| {
        Error::one(
            "answer",
            FaultKind::Schema,
            format!("cannot be written as JSON: {e}"),
        )
    })
}

/// A shipped policy as JSON, to start from: see [`PolicyFields::preset`](crate::PolicyFields::preset).
#[must_use]
pub fn preset_json(name: &str) -> Option<Vec<u8>> {
    serde_json::to_vec(&crate::policy::PolicyFields::preset(name)?).ok()
}

/// The schema of the request.
#[cfg(feature = "schema")]
pub(crate) fn request_schema() -> schemars::Schema {
    schemars::schema_for!(request::RequestSchema)
}

/// The schema of the answer.
#[cfg(feature = "schema")]
pub(crate) fn answer_schema() -> schemars::Schema {
    schemars::schema_for!(Answer<'static>)
}

/// The zone tables of one batch, each built once.
struct Tables<'a> {
    load: &'a dyn Fn(&str) -> Result<ZoneTable, Error>,
    loaded: BTreeMap<String, Arc<ZoneTable>>,
}

impl Tables<'_> {
    fn get(&mut self, name: &str) -> Result<Arc<ZoneTable>, Error> {
        if let Some(table) = self.loaded.get(name) {
            return Ok(Arc::clone(table));
        }
        let table = Arc::new((self.load)(name)?);
        self.loaded.insert(name.to_owned(), Arc::clone(&table));
        Ok(table)
    }

    fn zones_of(&mut self, item: &Item) -> Result<Zones, Error> {
        let mut zones = Zones::new(self.get(&item.zone)?);
        let named = item.shifts.iter().filter_map(|s| s.zone.as_deref());
        for name in named.chain(item.punches.iter().filter_map(|p| p.zone.as_deref())) {
            if zones.get(name).is_none() {
                zones = zones.with(self.get(name)?)?;
            }
        }
        Ok(zones)
    }
}
