//! The company's choices as plain data, checked once. rules.md calls this the policy surface.

mod breaks;
mod compliance;
mod credit;
mod grouping;
mod over;
mod overtime;
mod pairing;
mod premium;
mod presets;
mod punctuality;
mod rounding;
mod timeline;
mod validate;

use std::sync::Arc;

use chrono::NaiveDate;

use crate::error::{Error, Fault};
use crate::punch::Claim;
use crate::time_of_day::TimeOfDay;

pub use breaks::{AutoAdd, AutoDeduct, BreakRule, BreakRules};
pub use compliance::{ComplianceCheck, ComplianceRule};
pub use credit::{Credit, CreditClass};
pub use grouping::{DayMode, DedupScope, OverlapRule};
pub(crate) use overtime::DAILY;
pub use overtime::{Approval, Conflict, Counts, Norm, Over, Overtime, Scope, Threshold, TierRule, WeekCut};
pub use pairing::{OddEnd, Pairing, Trust};
pub use premium::{DayKindRate, Overlay};
pub use presets::PRESETS;
pub use punctuality::{CountOutside, MeasureFrom};
pub use rounding::{MealExempt, RoundMode, RoundRule, RoundTotals, Rounding};
pub use timeline::Policies;

/// The fields of a policy before they are checked. Start from [`PolicyFields::default`] and change what differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PolicyFields {
    /// The caller's name of the policy, the same for all its versions. Default empty.
    pub id: String,
    /// The caller's name for this set of choices; it is written into every result. Default `"default"`.
    pub version: Arc<str>,
    /// First date on which this version holds; `None`: since ever.
    pub effective_from: Option<NaiveDate>,
    /// IANA zone of items that name none. The engine itself takes zones as tables.
    pub zone_default: Option<String>,
    /// Whatever the company wants to say of it: sources, "not legal advice".
    pub notes: String,

    /// How long before its start a shift takes punches, in seconds. Default 14400, at most 172800.
    pub open_before_s: i64,
    /// How long after its end a shift takes punches, in seconds. Default 14400, at most 172800.
    pub close_after_s: i64,
    /// A punch this close to the last kept one is a repeated tap, in seconds; 0 drops only punches of the same second. Default 60, at most 3600.
    pub dedup_window_s: i64,
    /// Among which punches a repeated tap is looked for. Default: all of the person.
    pub dedup_scope: DedupScope,
    /// A pause longer than this starts a new group of work without a shift, in seconds. Default 14400 (4 h), at most 172800.
    pub new_shift_after_s: i64,
    /// Longest session, and longest span of a group without a shift, in seconds. Default 57600 (16 h), at most 172800.
    pub max_shift_s: i64,
    /// Which date work counts for. Default: that of the shift.
    pub day_mode: DayMode,
    /// Wall-clock time at which a date begins for work without a shift, for `most_worked` and for `split_midnight`. Default 00:00.
    pub day_starts_at: TimeOfDay,
    /// Which shift a punch belongs to when shifts overlap.
    pub overlap_rule: OverlapRule,

    /// How punches become sessions. Default [`Pairing::Alternate`].
    pub pairing: Pairing,
    /// What a terminal's claim is worth; `None`: [`Pairing::default_trust`].
    pub trust: Option<Trust>,
    /// What becomes of an in without an out. Default: nothing, it is shown.
    pub odd_end: OddEnd,
    /// Claims that mean out and in at one instant, such as a change of job. Default: `transfer`.
    pub transfer_kinds: Vec<Claim>,

    /// Lateness up to this many seconds raises no anomaly. Default 0.
    pub grace_in_s: i64,
    /// Leaving early by up to this many seconds raises no anomaly. Default 0.
    pub grace_out_s: i64,
    /// Lateness up to this many seconds is paid as if on time. Default 0.
    pub forgive_in_s: i64,
    /// Leaving early by up to this many seconds is paid as if at the end. Default 0.
    pub forgive_out_s: i64,
    /// Whether lateness is measured from rounded punches. Default: yes.
    pub measure_from: MeasureFrom,
    /// A scheduled day with less work than this is absent. Default 0: only one without any punch is.
    pub absent_below_s: i64,
    /// A scheduled day with less work than this, and not absent, is half a day. Default 0.
    pub half_day_below_s: i64,
    /// Work beyond the norm by more than this raises `over_norm`; `None`: it does not.
    pub over_norm_s: Option<i64>,
    /// Work short of the norm by more than this raises `under_norm`; `None`: it does not.
    pub under_norm_s: Option<i64>,
    /// A punch made more than this many seconds after the server received it comes from a wrong clock: `clock_skew`. Default 300.
    pub clock_skew_s: i64,
    /// A punch received more than this many seconds after it was made raises `out_of_order_upload`; `None`: only one that overtook another does.
    pub late_upload_s: Option<i64>,

    /// Whether work before the shift counts. Default [`CountOutside::Always`].
    pub count_before: CountOutside,
    /// Whether work after the shift counts. Default [`CountOutside::Always`].
    pub count_after: CountOutside,
    /// Break rules beside what shifts carry.
    pub breaks: BreakRules,
    /// Rounding. Default: none.
    pub rounding: Rounding,
    /// Overtime rules. Default: daily, over the norm.
    pub overtime: Overtime,
    /// Premium windows, such as the night. At most 16.
    pub overlays: Vec<Overlay>,
    /// What days of some kinds are paid; the first row that fits. At most 64.
    pub day_kinds: Vec<DayKindRate>,
    /// Checks of the law. At most 32.
    pub compliance: Vec<ComplianceRule>,
    /// Compensatory credit. Default: none.
    pub credit: Credit,
    /// Whether results carry the trace, the chain of steps behind every number. Default `true`.
    pub trace: bool,
}

impl Default for PolicyFields {
    fn default() -> Self {
        Self {
            id: String::new(),
            version: "default".into(),
            effective_from: None,
            zone_default: None,
            notes: String::new(),
            open_before_s: 14_400,
            close_after_s: 14_400,
            dedup_window_s: 60,
            dedup_scope: DedupScope::default(),
            new_shift_after_s: 14_400,
            max_shift_s: 57_600,
            day_mode: DayMode::default(),
            day_starts_at: TimeOfDay::START,
            overlap_rule: OverlapRule::default(),
            pairing: Pairing::default(),
            trust: None,
            odd_end: OddEnd::default(),
            transfer_kinds: vec![Claim::Transfer],
            grace_in_s: 0,
            grace_out_s: 0,
            forgive_in_s: 0,
            forgive_out_s: 0,
            measure_from: MeasureFrom::default(),
            absent_below_s: 0,
            half_day_below_s: 0,
            over_norm_s: None,
            under_norm_s: None,
            clock_skew_s: 300,
            late_upload_s: None,
            count_before: CountOutside::default(),
            count_after: CountOutside::default(),
            breaks: BreakRules::default(),
            rounding: Rounding::default(),
            overtime: Overtime::default(),
            overlays: Vec::new(),
            day_kinds: Vec::new(),
            compliance: Vec::new(),
            credit: Credit::default(),
            trace: true,
        }
    }
}

/// A policy that passed its checks: no punches whatsoever can make it panic.
///
/// ```
/// use punchclock_rules::{Policy, PolicyFields};
///
/// let mut fields = PolicyFields::default();
/// fields.grace_in_s = -5;
/// fields.max_shift_s = 0;
/// let refused = Policy::new(fields).unwrap_err();
/// assert_eq!(refused.faults().len(), 2); // every fault at once
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    fields: PolicyFields,
    warnings: Vec<Fault>,
    /// Digest of all fields, so that a day's digest need not walk them.
    digest: [u8; 32],
}

impl Default for Policy {
    fn default() -> Self {
        Self::checked(PolicyFields::default(), Vec::new())
    }
}

impl Policy {
    /// Checks the fields.
    ///
    /// # Errors
    /// Every field outside its documented limits and every pair of fields that contradict each other, in one [`Error`].
    pub fn new(fields: PolicyFields) -> Result<Self, Error> {
        let found = validate::check(&fields);
        if found.faults.is_empty() {
            Ok(Self::checked(fields, found.warnings))
        } else {
            Err(Error::new(found.faults))
        }
    }

    fn checked(fields: PolicyFields, warnings: Vec<Fault>) -> Self {
        let digest = crate::digest::of_policy(&fields);
        Self {
            fields,
            warnings,
            digest,
        }
    }

    /// The checked fields.
    #[must_use]
    pub const fn fields(&self) -> &PolicyFields {
        &self.fields
    }

    /// What is allowed and most likely not meant.
    #[must_use]
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }

    pub(crate) const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub(crate) fn trust(&self) -> Trust {
        self.fields
            .trust
            .unwrap_or_else(|| self.fields.pairing.default_trust())
    }
}
