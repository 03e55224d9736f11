//! Versions of a policy over time.

use chrono::NaiveDate;

use super::Policy;
use crate::error::{Error, Fault, FaultKind};

/// The versions of one policy, each from its date on; what happened before a change is never computed by the rules after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policies {
    /// The one that holds from the earliest date.
    first: Policy,
    /// The others, ascending by `effective_from`.
    later: Vec<Policy>,
}

impl Policies {
    /// Orders the versions by the date they hold from.
    ///
    /// # Errors
    /// When there is none, or two hold from the same date.
    pub fn new(mut versions: Vec<Policy>) -> Result<Self, Error> {
        versions.sort_by_key(|p| p.fields().effective_from);
        let twice: Vec<Fault> = versions
            .windows(2)
            .filter_map(|two| {
                let [a, b] = two else { return None };
                let same = a.fields().effective_from == b.fields().effective_from;
                let message = format!(
                    "versions {:?} and {:?} hold from the same date",
                    a.fields().version,
                    b.fields().version
                );
                same.then(|| Fault::new("policies", FaultKind::Duplicate, message))
            })
            .collect();
        if !twice.is_empty() {
            return Err(Error::new(twice));
        }
        let mut versions = versions.into_iter();
        let first = versions
            .next()
            .ok_or_else(|| Error::one("policies", FaultKind::OutOfRange, "at least one policy is needed"))?;
        Ok(Self {
            first,
            later: versions.collect(),
        })
    }

    /// The version that holds on a date. Before the first one the first holds.
    #[must_use]
    pub fn on(&self, date: NaiveDate) -> &Policy {
        let after = self
            .later
            .partition_point(|p| p.fields().effective_from.is_none_or(|from| from <= date));
        after
            .checked_sub(1)
            .and_then(|i| self.later.get(i))
            .unwrap_or(&self.first)
    }

    /// The only version, where there is only one.
    pub(crate) fn only(&self) -> Option<&Policy> {
        self.later.is_empty().then_some(&self.first)
    }

    /// All versions, ascending.
    pub fn versions(&self) -> impl Iterator<Item = &Policy> {
        core::iter::once(&self.first).chain(&self.later)
    }
}

impl From<Policy> for Policies {
    fn from(only: Policy) -> Self {
        Self {
            first: only,
            later: Vec::new(),
        }
    }
}
