//! A typed, shareable client for Odoo 14 and later, over JSON-2 or JSON-RPC, that is honest about what it does not know.
//!
//! Every call is one HTTP request and one database transaction. When the answer is lost, the work
//! may still have been done; this crate never hides that. Each failure is an [`Error`] whose [`ErrorKind`] says what
//! happened, and whose predicates say what to do:
//!
//! | question | predicate |
//! |---|---|
//! | may the same call succeed later? | [`Error::is_retryable`] |
//! | may the call have been carried out although no usable answer came? | [`Error::is_outcome_unknown`] |
//! | must a person change the key, the rights, the database, the address or the server? | [`Error::is_configuration`] |
//! | did Odoo refuse these very values? | [`Error::is_validation`] |
//!
//! # Example
//!
//! ```no_run
//! use punchclock_odoo::{ApiKey, Client, Domain, Page};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Employee {
//!     id: i64,
//!     name: String,
//! }
//!
//! # async fn example(key_text: String) -> Result<(), punchclock_odoo::Error> {
//! let client = Client::builder("https://odoo.example.com", "production", ApiKey::new(key_text)?).build()?;
//! let active = Domain::field("active").eq(true);
//! let employees: Vec<Employee> =
//!     client.search_read("hr.employee", &active, &["name"], &Page::new().limit(80)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Public dependencies
//!
//! `serde` (traits) and `chrono` ([`OdooDateTime`]). The HTTP library and the JSON library are private: a new version of
//! either is never a breaking change of this crate.
//!
//! # Network conduct
//!
//! - Redirects are not followed, so the API key never travels to an address that was not configured.
//! - Proxy settings of the environment are not read: where the key is sent is what the builder was given
//!   ([`ClientBuilder::proxy`]).
//! - `http://` addresses are allowed, because Odoo is often reached on the same host or through a tunnel. The key then
//!   travels in clear text: use `https://` on any network you do not own.
//! - Nothing that may have been carried out is sent twice by this crate. Whether to repeat a call is the caller's
//!   decision, with [`RetryPolicy`] as a pure function to help.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod api_key;
mod binary;
#[cfg(feature = "__client")]
mod builder;
#[cfg(feature = "__client")]
mod bulk;
#[cfg(feature = "__client")]
mod call;
#[cfg(feature = "__client")]
mod client;
mod command;
mod context;
#[cfg(feature = "__client")]
mod cursor;
mod domain;
mod error;
mod failure;
#[cfg(feature = "__client")]
mod keys;
mod load;
mod model;
pub mod models;
#[cfg(feature = "__client")]
mod names;
mod no_args;
mod page;
#[cfg(feature = "__client")]
mod probe;
#[cfg(feature = "__client")]
mod read;
#[cfg(feature = "__client")]
mod records;
mod reply;
mod retry;
mod rpc_reply;
mod selection;
#[cfg(feature = "__client")]
mod trace;
mod transport;
mod value;
mod version;

pub use api_key::ApiKey;
pub use binary::Binary;
#[cfg(feature = "__client")]
pub use builder::ClientBuilder;
#[cfg(feature = "__client")]
pub use bulk::{Bulk, BulkReport, Refused, Stopped};
#[cfg(feature = "__client")]
pub use call::Call;
#[cfg(feature = "__client")]
pub use client::Client;
pub use command::Command;
pub use context::Context;
#[cfg(feature = "__client")]
pub use cursor::Cursor;
pub use domain::{Domain, Field, Operand};
pub use error::Error;
pub use failure::{ErrorKind, Failure};
#[cfg(feature = "__client")]
pub use keys::{KeyInfo, Keys, Rotation};
pub use load::LoadMessage;
pub use model::Model;
#[cfg(feature = "__client")]
pub use model::Records;
pub use no_args::NoArgs;
pub use page::Page;
pub use reply::Reply;
pub use retry::{RetryDecision, RetryPolicy};
pub use selection::Selection;
pub use transport::Transport;
pub use value::{Many2One, OdooDateTime, false_is_none};
pub use version::ServerVersion;

#[cfg(all(doctest, feature = "__client"))]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
