//! The client against a real Odoo 19, over JSON-2 and JSON-RPC, and a real Odoo 14, over JSON-RPC.
//!
//! `odoo_addon/dev/odoo client-up` starts them, or finds them running; the tests fail, and say why, where it cannot.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "integration tests: a failed expectation is their failure, and they measure time"
)]

#[path = "real_odoo/errors.rs"]
mod errors;
#[path = "real_odoo/methods.rs"]
mod methods;
#[path = "real_odoo/servers.rs"]
mod servers;
#[path = "real_odoo/typed.rs"]
mod typed;
#[path = "real_odoo/values.rs"]
mod values;
#[path = "real_odoo/volume.rs"]
mod volume;
