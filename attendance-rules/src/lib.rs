//! Pure attendance rules: punches, shifts and a policy in; days, overtime and the reason for every second out.
//!
//! [`evaluate`] is the door: it takes a checked [`Policy`], the [`ShiftInstance`]s and [`Punch`]es of one person and the [`Zones`] they are
//! written in, and answers with one [`DayResult`] for each shift and each group of work without one. `batch` does the same for many people in
//! JSON. Nothing else is read: no clock, no file, no environment.
//!
//! The stages are modules of their own, in this order: normalise, dedup, group, pair, cut, punctuality, overtime, result. [`explain`] turns
//! results into sentences and decides nothing.
//!
//! # Features
//! - `serde` (default): serde for results and the policy, and the `batch` module.
//! - `jiff-tz`: zone data bundled in the crate, by IANA name.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod anomaly;
pub mod bank;
#[cfg(feature = "serde")]
pub mod batch;
pub mod compliance;
mod cut;
mod day;
mod dedup;
mod digest;
mod error;
mod evaluate;
pub mod explain;
mod fold_order;
mod group;
pub mod limits;
mod normalise;
mod overtime;
mod pair;
pub mod pay;
mod policy;
mod punch;
mod punctuality;
mod result;
mod schedule;
mod shift;
mod zone;

pub use anomaly::{Anomaly, AnomalyCode};
#[cfg(all(feature = "serde", feature = "jiff-tz"))]
pub use batch::compute_days;
#[cfg(feature = "serde")]
pub use batch::compute_days_with;
pub use error::{Error, Fault, FaultKind};
pub use evaluate::evaluate;
pub use policy::{CountOutside, DailyOvertime, Over, Overtime, Pairing, Policy, PolicyFields};
pub use punch::{Claim, Punch, PunchId, PunchTime};
pub use result::{DayResult, Evaluation, Label, PunchTrace, Resolution, Rule, Segment, Session, Tier};
pub use shift::{BreakWindow, ShiftInstance};
pub use zone::{Local, ZoneTable, Zones};
#[cfg(feature = "jiff-tz")]
pub use zone::{bundled_tzdb_version, bundled_zone_names};

/// Version of this engine, as written into batch answers.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(all(doctest, feature = "jiff-tz"))]
#[doc = include_str!("../README.md")]
struct ReadmeCompiles;
