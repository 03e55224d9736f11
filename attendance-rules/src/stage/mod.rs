//! The stages of the pipeline (rules.md 3.3), each a module that takes and gives plain values. `evaluate` calls them in this order.

pub(crate) mod approve;
pub(crate) mod assemble;
pub(crate) mod breaks;
pub(crate) mod comply;
pub(crate) mod credit;
pub(crate) mod cut;
pub(crate) mod dedup;
mod fold_order;
pub(crate) mod group;
pub(crate) mod limits;
pub(crate) mod normalise;
pub(crate) mod odd_end;
pub(crate) mod overlays;
pub(crate) mod pair;
pub(crate) mod punctuality;
pub(crate) mod round;
pub(crate) mod tiers;
pub(crate) mod totals;
mod week;
