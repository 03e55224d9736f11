//! From the queue to Odoo: one call at a time, each punch acknowledged only when Odoo has named its outcome.

mod ingest;
mod pace;
mod worker;
mod zones;

pub use worker::Worker;
pub use zones::keep_zones;
