//! From the queue to Odoo: one call at a time, each punch acknowledged only when Odoo has named its outcome.

mod ingest;
mod pace;
mod report;
mod worker;

pub use report::Reporter;
pub use worker::Worker;
