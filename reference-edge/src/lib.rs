//! The edge service of a branch, as a library so that its tests and its demonstration run the real thing. It has no
//! stable interface: integrators use the crates it is made of.
//!
//! ```text
//! terminal ── TCP 4370 ──▶ ingest::poll ─┐
//!                                        ├─▶ intake ─▶ queue (SQLite) ─▶ deliver ─▶ Odoo
//! terminal ── HTTP push ─▶ ingest::push ─┘
//! ```
//!
//! | module | what lives there |
//! |---|---|
//! | [`config`] | the one TOML file, and secrets from files |
//! | [`site`] | the branch while it runs: terminals, strangers, delivery |
//! | [`channel`] | when a channel is silent and the other takes over |
//! | [`punch`], [`intake`] | a punch in one form, and its one way into the queue |
//! | [`ingest`] | the two protocols |
//! | [`registry`] | who is on a terminal and how it does, until Odoo has been told |
//! | `orders` | what a terminal that pushes is told about its users |
//! | [`deliver`] | the queue to Odoo, and reports |
//! | [`admin`], [`metrics`] | health and metrics |
//! | [`runtime`] | all of it started and stopped |
//! | [`demo`] | the main job in one command |

#![allow(
    clippy::exhaustive_structs,
    clippy::exhaustive_enums,
    reason = "no stable interface: nobody outside this package is broken by a new field"
)]

pub mod admin;
pub mod channel;
pub mod clock;
pub mod config;
pub mod deliver;
pub mod demo;
pub mod error;
pub mod http;
pub mod ingest;
pub mod intake;
pub mod log;
pub mod metrics;
mod orders;
pub mod punch;
pub mod registry;
pub mod runtime;
pub mod site;
mod tasks;
