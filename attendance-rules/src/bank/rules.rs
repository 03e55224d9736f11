//! A bank's policy that has been checked.

use std::sync::Arc;

use super::check::faults;
use super::policy::{BankPolicyFields, EndOfCredit};
use super::rate::Rate;
use super::{EndReason, presets};
use crate::error::Error;

/// A checked policy of a bank. Immutable; change its fields and check them again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankPolicy {
    fields: BankPolicyFields,
    /// Names of the classes, shared by the lots, in the order of the rates.
    classes: Arc<[Arc<str>]>,
    /// Class of lots that no work made.
    by_hand: Arc<str>,
}

impl BankPolicy {
    /// Checks the fields.
    ///
    /// # Errors
    /// Every fault, not only the first.
    pub fn new(mut fields: BankPolicyFields) -> Result<Self, Error> {
        let faults = faults(&fields);
        if !faults.is_empty() {
            return Err(Error::new(faults));
        }
        fields.rates.sort();
        fields.forbidden_purposes.sort();
        let classes = fields
            .rates
            .iter()
            .map(|(name, _)| Arc::from(name.as_str()))
            .collect();
        Ok(Self {
            fields,
            classes,
            by_hand: "adjust".into(),
        })
    }

    /// A policy that is shipped: `flsa_7o`, `flsa_7o_safety`, `us_federal`, `us_federal_exempt`, `ph_gov_coc`, `odoo_compat` or
    /// `frappe_compat`. Each says in [`BankPolicyFields::source`] where it comes from and how well that was read. **Not legal advice.**
    #[must_use]
    pub fn preset(name: &str) -> Option<Self> {
        // A test checks that every preset is accepted.
        presets::fields(name).and_then(|fields| Self::new(fields).ok())
    }

    /// Names that [`BankPolicy::preset`] knows, sorted.
    pub const PRESETS: &'static [&'static str] = presets::NAMES;

    /// The fields.
    #[must_use]
    pub const fn fields(&self) -> &BankPolicyFields {
        &self.fields
    }

    /// What a class of work earns; `None` if the policy does not know it.
    #[must_use]
    pub fn rate(&self, class: &str) -> Option<Rate> {
        self.class(class).map(|(_, rate)| rate)
    }

    /// A class's name, to be shared, and what it earns.
    pub(super) fn class(&self, class: &str) -> Option<(&Arc<str>, Rate)> {
        let rates = &self.fields.rates;
        let at = rates
            .binary_search_by(|(name, _)| name.as_str().cmp(class))
            .ok()?;
        Some((self.classes.get(at)?, rates.get(at)?.1))
    }

    pub(super) fn by_hand(&self) -> Arc<str> {
        Arc::clone(&self.by_hand)
    }

    /// What becomes of the balance for this reason.
    #[must_use]
    pub fn on_end(&self, reason: EndReason) -> EndOfCredit {
        match reason {
            EndReason::Separation => None,
            EndReason::Promotion => self.fields.on_promotion,
            EndReason::Transfer => self.fields.on_transfer,
        }
        .unwrap_or(self.fields.on_separation)
    }
}
