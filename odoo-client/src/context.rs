//! The context of a call.

use serde::Serialize;

/// The context of a call: language, time zone, companies. Odoo's own defaults for what is left out.
///
/// Any other type that serialises to an object can be a context too; this one spells the usual keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Context {
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tz: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_company_ids: Option<Vec<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_test: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking_disable: Option<bool>,
}

impl Context {
    /// An empty context.
    pub fn new() -> Self {
        Self::default()
    }

    /// The language of names and messages, such as `fr_BE`. It must be installed in Odoo.
    pub fn lang(mut self, code: impl Into<String>) -> Self {
        self.lang = Some(code.into());
        self
    }

    /// The time zone that Odoo shows times in (results stay UTC), such as `Europe/Brussels`.
    pub fn tz(mut self, zone: impl Into<String>) -> Self {
        self.tz = Some(zone.into());
        self
    }

    /// The companies to work in; the first one is the current company. Odoo refuses (403) one that the user does not
    /// belong to.
    pub fn companies(mut self, ids: impl Into<Vec<i64>>) -> Self {
        self.allowed_company_ids = Some(ids.into());
        self
    }

    /// Finds archived records too.
    pub fn with_archived(mut self) -> Self {
        self.active_test = Some(false);
        self
    }

    /// Writes no chatter messages: much faster for many records, and nobody is notified.
    pub fn without_tracking(mut self) -> Self {
        self.tracking_disable = Some(true);
        self
    }
}
