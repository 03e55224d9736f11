//! An adapter for axum (feature `axum`): a router that reads requests within limits, and a trait to store what they carry.
//!
//! What a server author would have to remember is in the signatures: [`Handler::store`] returns a [`Receipt`](crate::Receipt),
//! which comes from the [`Batch`] that was stored, and nothing is acknowledged without one.
//!
//! ```no_run
//! use punchclock_adms::axum::{Batch, Handler, Limits, NotStored, router, serve};
//! use punchclock_adms::{Handshake, HandshakeOptions, Receipt, Record, Serial};
//!
//! struct Store;
//!
//! impl Handler for Store {
//!     async fn handshake(&self, _: &Serial, _: &Handshake<'_>) -> Result<HandshakeOptions, NotStored> {
//!         Ok(HandshakeOptions::new())
//!     }
//!
//!     async fn store(&self, batch: Batch<'_>) -> Result<Receipt, NotStored> {
//!         for item in batch.records() {
//!             if let Ok(Record::Punch(punch)) = item {
//!                 // Write it, and return NotStored if that fails.
//!                 let _ = (batch.serial(), punch.pin, punch.time);
//!             }
//!         }
//!         // Commit here.
//!         Ok(batch.stored())
//!     }
//! }
//!
//! # async fn run() -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("0.0.0.0:8081").await?;
//! serve(listener, router(Store, Limits::default()), Limits::default(), std::future::pending()).await
//! # }
//! ```

mod answer;
mod body;
mod handler;
mod limits;
mod serve;

pub use answer::router;
pub use body::PhotoBody;
pub use handler::{Batch, Clock, Handler, NotStored};
pub use limits::Limits;
pub use serve::{Peer, serve};
