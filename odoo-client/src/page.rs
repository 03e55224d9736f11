//! Which part of a search result.

use serde::Serialize;

/// Which part of a search result is wanted, and in what order. Everything, in the model's own order, unless set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Page<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'a str>,
}

impl<'a> Page<'a> {
    /// Everything.
    pub const fn new() -> Self {
        Self {
            offset: None,
            limit: None,
            order: None,
        }
    }

    /// Skips this many records.
    pub const fn offset(mut self, records: u32) -> Self {
        self.offset = Some(records);
        self
    }

    /// At most this many records.
    pub const fn limit(mut self, records: u32) -> Self {
        self.limit = Some(records);
        self
    }

    /// The order, such as `"date desc, id"`.
    pub const fn order(mut self, order: &'a str) -> Self {
        self.order = Some(order);
        self
    }
}
