//! Pure attendance rules: punches, shifts and a policy in; days, overtime and the reason for every second out.
//!
//! [`evaluate`] is the door: it takes a checked [`Policy`], the [`ShiftInstance`]s and [`Punch`]es of one person and the [`Zones`] they are
//! written in, and answers with one [`DayResult`] for each shift and each group of work without one. `batch` does the same for many people in
//! JSON. Nothing else is read: no clock, no file, no environment.
//!
//! The stages are modules of their own, in the order of the pipeline; [`Stage`] names them. Each result carries a trace: [`DayResult::explain`]
//! says why a second was counted as it was, [`DayResult::explain_total`] where a number comes from. [`render`] turns results into sentences and
//! decides nothing.
//!
//! # Features
//! - `serde` (default): serde for results and the policy, and the `batch` module.
//! - `jiff-tz`: zone data bundled in the crate, by IANA name.
//! - `schema`: JSON schemas of the policy, the request and the answer, generated from the types.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod anomaly;
mod approval;
pub mod bank;
#[cfg(feature = "serde")]
pub mod batch;
mod carry;
pub mod compliance;
mod correction;
mod day_kind;
mod diff;
mod digest;
mod error;
mod evaluate;
mod explain;
mod label;
pub mod limits;
pub mod pay;
mod policy;
mod punch;
mod rate;
pub mod render;
mod result;
mod rule;
mod schedule;
#[cfg(feature = "schema")]
pub mod schema;
mod segment;
mod shift;
mod site_day;
mod stage;
mod time_of_day;
mod trace;
mod zone;

pub use anomaly::{Anomaly, AnomalyCode, Severity};
pub use approval::Approvals;
#[cfg(all(feature = "serde", feature = "jiff-tz"))]
pub use batch::compute_days;
#[cfg(feature = "serde")]
pub use batch::{compute_days_with, preset_json};
pub use carry::{Carry, CycleSeconds, PeriodSeconds, Run};
pub use correction::{Change, Correction};
pub use day_kind::{DayFacts, DayKind};
pub use diff::{ChangeKind, DayChange, diff};
pub use error::{Error, Fault, FaultKind};
pub use evaluate::{Evaluator, Input, evaluate};
pub use explain::Explanation;
pub use label::{Label, Tier};
pub use policy::{
    Approval, AutoAdd, AutoDeduct, BreakRule, BreakRules, ComplianceCheck, ComplianceRule, Conflict,
    CountOutside, Counts, Credit, CreditClass, DayKindRate, DayMode, DedupScope, MealExempt, MeasureFrom,
    Norm, OddEnd, Over, OverlapRule, Overlay, Overtime, PRESETS, Pairing, Policies, Policy, PolicyFields,
    RoundMode, RoundRule, RoundTotals, Rounding, Scope, Threshold, TierRule, Trust, WeekCut,
};
pub use punch::{Claim, Direction, Punch, PunchId, PunchTime, Source};
pub use rate::{MAX_RATE_BP, Ratio, WHOLE_BP, chained_rate};
pub use result::{
    CreditSeconds, DayResult, DayStatus, Evaluation, InputHash, OverlaySeconds, PunchTrace, Resolution,
    Session, TierSeconds,
};
pub use rule::{Rule, Stage};
pub use segment::{OverlaySet, Segment};
pub use shift::{BreakWindow, ShiftInstance};
pub use stage::limits::tolerated;
pub use stage::odd_end::close_by_norm;
pub use stage::round::round_seconds;
pub use time_of_day::{NotATime, TimeOfDay};
pub use trace::{Step, Subject, Total};
pub use zone::{Local, ZoneTable, Zones};
#[cfg(feature = "jiff-tz")]
pub use zone::{bundled_tzdb_version, bundled_zone_names};

/// Version of this engine, as written into batch answers.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(all(doctest, feature = "jiff-tz"))]
#[doc = include_str!("../README.md")]
struct ReadmeCompiles;
