//! Pure attendance rules: punches, shifts and a policy in; days, overtime and the reason for every second out.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod anomaly;
mod error;
mod evaluate;
mod fold_order;
pub mod limits;
mod normalise;
mod policy;
mod punch;
mod result;
mod schedule;
mod shift;
mod zone;

pub use anomaly::{Anomaly, AnomalyCode};
pub use error::{Error, Fault, FaultKind};
pub use evaluate::evaluate;
pub use policy::{CountOutside, DailyOvertime, Over, Overtime, Pairing, Policy, PolicyFields};
pub use punch::{Claim, Punch, PunchId, PunchTime};
pub use result::{DayResult, Evaluation, Label, PunchTrace, Resolution, Rule, Segment, Session, Tier};
pub use shift::{BreakWindow, ShiftInstance};
pub use zone::{Local, ZoneTable, Zones};
#[cfg(feature = "jiff-tz")]
pub use zone::{bundled_tzdb_version, bundled_zone_names};
