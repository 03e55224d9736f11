//! Many records in requests of bounded size, and the culprits found.

use std::collections::VecDeque;
use std::ops::Range;

use serde::Serialize;
use serde_json::Value;

use crate::client::Client;
use crate::context::Context;
use crate::error::Error;
use crate::failure::ErrorKind;
use crate::load::culprits;

// What stands around the records in a request: names, fields, context, key.
const ENVELOPE_BYTES: usize = 4096;

/// Sends many records of one model in requests of bounded size, one after the other; made by [`Client::bulk`].
///
/// A request that is too large (413) or refused for its values (422) left nothing behind, so it is halved and sent
/// again until the records at fault stand alone. They are reported, all others are stored. Any other failure stops the
/// bulk: what comes after it is reported as not sent.
///
/// Each request is a transaction of its own. Only one bulk runs at a time per client and its clones, hence one request
/// in flight per key: a server gets slower, not faster, from parallel imports of the same model.
#[derive(Debug, Clone)]
#[must_use]
pub struct Bulk<'a> {
    client: &'a Client,
    model: &'a str,
    context: Option<Context>,
    max_records: usize,
    max_bytes: usize,
}

/// What became of each record of a [`Bulk`].
#[derive(Debug)]
#[non_exhaustive]
pub struct BulkReport {
    /// The id that each record got, in the order they were given; `None` if it was refused, not sent or is uncertain.
    pub ids: Vec<Option<i64>>,
    /// The records that Odoo refused.
    pub refused: Vec<Refused>,
    /// Why the bulk ended early, if it did.
    pub stopped: Option<Stopped>,
}

/// A record that Odoo refused.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refused {
    /// Its place in the list that was given, from 0.
    pub index: usize,
    /// Why.
    pub error: std::sync::Arc<Error>,
}

/// Where and why a bulk ended early.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stopped {
    /// The records of the request that failed. They may be stored if [`Error::is_outcome_unknown`] says so.
    pub request: Vec<usize>,
    /// The records that were not sent because of it.
    pub not_sent: Vec<usize>,
    /// Why.
    pub error: Error,
}

impl BulkReport {
    /// Whether every record was stored.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.refused.is_empty() && self.stopped.is_none()
    }
}

enum Way<'a> {
    Create,
    Load(&'a [&'a str]),
}

impl Client {
    /// Begins to send many records of `model`; see [`Bulk`].
    pub const fn bulk<'a>(&'a self, model: &'a str) -> Bulk<'a> {
        Bulk {
            client: self,
            model,
            context: None,
            max_records: Bulk::MAX_RECORDS,
            max_bytes: Bulk::MAX_BYTES,
        }
    }
}

impl Bulk<'_> {
    /// How many records a request holds unless set otherwise.
    pub const MAX_RECORDS: usize = 500;
    /// How many bytes a request holds unless set otherwise: half of what nginx accepts by default.
    pub const MAX_BYTES: usize = 512 * 1024;

    /// At most this many records in a request.
    pub const fn max_records(mut self, records: usize) -> Self {
        self.max_records = if records == 0 { 1 } else { records };
        self
    }

    /// At most this many bytes in a request; a single record that is larger is sent alone.
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// The context of every request. [`Context::without_tracking`] makes large imports several times faster.
    pub fn context(mut self, context: Context) -> Self {
        self.context = Some(context);
        self
    }

    /// Creates a record for each of `values`. Not idempotent: a request whose outcome is unknown is not repeated.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] if a value cannot be written as JSON; nothing was sent. Everything else is in the
    /// report.
    pub async fn create<V: Serialize>(&self, values: &[V]) -> Result<BulkReport, Error> {
        self.run(&Way::Create, values).await
    }

    /// Creates or updates a record for each of `rows` by external id; see [`Client::load`].
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub async fn load<R: Serialize>(&self, fields: &[&str], rows: &[R]) -> Result<BulkReport, Error> {
        self.run(&Way::Load(fields), rows).await
    }

    async fn run<T: Serialize>(&self, way: &Way<'_>, items: &[T]) -> Result<BulkReport, Error> {
        let items = items
            .iter()
            .map(|item| {
                serde_json::to_value(item).and_then(|value| Ok((serde_json::to_vec(&value)?.len(), value)))
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| {
                Error::new(ErrorKind::InvalidRequest)
                    .target(self.client.target())
                    .detail(format!("a record cannot be written as JSON ({error})"))
            })?;
        let _one_at_a_time = self.client.inner().bulk.lock().await;
        let mut report = BulkReport {
            ids: vec![None; items.len()],
            refused: Vec::new(),
            stopped: None,
        };
        let all: Vec<usize> = (0..items.len()).collect();
        let mut queue: VecDeque<Vec<usize>> = split(&items, self.max_records, self.max_bytes)
            .into_iter()
            .filter_map(|range| all.get(range).map(<[usize]>::to_vec))
            .collect();
        while let Some(request) = queue.pop_front() {
            let rows: Vec<&Value> = request
                .iter()
                .filter_map(|&index| items.get(index).map(|(_, value)| value))
                .collect();
            match self.send(way, &rows).await {
                Ok(ids) => {
                    for (index, id) in request.into_iter().zip(ids) {
                        if let Some(slot) = report.ids.get_mut(index) {
                            *slot = Some(id);
                        }
                    }
                }
                Err(error) if !error.is_validation() && !error.is_too_large() => {
                    report.stopped = Some(Stopped {
                        request,
                        not_sent: queue.into_iter().flatten().collect(),
                        error,
                    });
                    break;
                }
                Err(error) => {
                    // In front, so that the order of the records stays that of the list.
                    for part in without_culprits(&request, error, &mut report.refused)
                        .into_iter()
                        .rev()
                    {
                        queue.push_front(part);
                    }
                }
            }
        }
        report.refused.sort_by_key(|refused| refused.index);
        Ok(report)
    }

    async fn send(&self, way: &Way<'_>, rows: &[&Value]) -> Result<Vec<i64>, Error> {
        let method = match way {
            Way::Create => "create",
            Way::Load(_) => "load",
        };
        let mut call = self.client.on(self.model, method);
        if let Some(context) = &self.context {
            call = call.context(context);
        }
        let ids = match way {
            Way::Create => call.create(rows).await?,
            Way::Load(fields) => call.load(fields, rows).await?,
        };
        if ids.len() == rows.len() {
            return Ok(ids);
        }
        Err(Error::new(ErrorKind::Decode)
            .target(self.client.target())
            .call(self.model, method)
            .status(200)
            .detail(format!("{} ids came back for {} records", ids.len(), rows.len())))
    }
}

/// The lists to send instead of one that was refused, without the records that are known to be at fault.
fn without_culprits(request: &[usize], error: Error, refused: &mut Vec<Refused>) -> Vec<Vec<usize>> {
    let named: Vec<usize> = culprits(error.load_messages())
        .into_iter()
        .filter_map(|record| request.get(record).copied())
        .collect();
    let error = std::sync::Arc::new(error);
    let culprits = match (named.is_empty(), request) {
        (false, _) => named,
        (true, [single]) => vec![*single],
        (true, _) => {
            let (first, second) = request.split_at(request.len() / 2);
            return vec![first.to_vec(), second.to_vec()];
        }
    };
    let rest: Vec<usize> = request
        .iter()
        .copied()
        .filter(|index| !culprits.contains(index))
        .collect();
    let mut seen = Vec::new();
    for index in culprits {
        if !seen.contains(&index) {
            seen.push(index);
            refused.push(Refused {
                index,
                error: std::sync::Arc::clone(&error),
            });
        }
    }
    if rest.is_empty() { Vec::new() } else { vec![rest] }
}

/// Cuts a list into runs within both limits.
fn split(items: &[(usize, Value)], max_records: usize, max_bytes: usize) -> Vec<Range<usize>> {
    let budget = max_bytes.saturating_sub(ENVELOPE_BYTES);
    let mut runs = Vec::new();
    let (mut start, mut bytes) = (0, 0_usize);
    for (index, (size, _)) in items.iter().enumerate() {
        let size = size.saturating_add(1);
        let full = index - start >= max_records || bytes.saturating_add(size) > budget;
        if full && index > start {
            runs.push(start..index);
            (start, bytes) = (index, 0);
        }
        bytes = bytes.saturating_add(size);
    }
    if start < items.len() {
        runs.push(start..items.len());
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_keep_to_both_limits_and_cover_all() {
        let sized = |sizes: &[usize]| sizes.iter().map(|size| (*size, Value::Null)).collect::<Vec<_>>();
        let budget = ENVELOPE_BYTES + 100;
        assert_eq!(split(&sized(&[]), 10, budget), []);
        assert_eq!(split(&sized(&[9; 5]), 2, budget), [0..2, 2..4, 4..5]);
        assert_eq!(split(&sized(&[49; 4]), 10, budget), [0..2, 2..4]);
        // A record that is too large stands alone.
        assert_eq!(split(&sized(&[10, 1000, 10]), 10, budget), [0..1, 1..2, 2..3]);
        assert_eq!(split(&sized(&[10, 10]), 10, 0), [0..1, 1..2]);
    }
}
