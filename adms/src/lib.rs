#![doc = include_str!("../README.md")]
//!
//! # Reading order
//!
//! [`parse`] makes an [`Incoming`] a [`Request`], whose [`Kind`] says what the terminal wants. [`attlog::lines`] and
//! [`operlog::lines`] read the tables of an [`Upload`]. A [`Reply`] is what goes back, [`Receipt`] what an
//! acknowledgement costs, [`semantics`] the answers that are easily got wrong.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod command;
mod error;
mod handshake;
mod heartbeat;
mod options;
mod parameters;
mod reply;
mod request;
pub mod result;
pub mod semantics;
#[cfg(feature = "serde")]
mod serde_text;
mod serial;
#[cfg(feature = "sim")]
pub mod sim;
mod table;
mod time;

pub use command::{Command, CommandId, Verb};
pub use error::{CommandIdError, OptionError, RequestError, SerialError};
pub use handshake::Handshake;
pub use heartbeat::{DeviceInfo, GetRequest};
pub use options::{HandshakeOptions, Stamp};
pub use parameters::Parameters;
pub use reply::{Receipt, Reply};
pub use request::{Incoming, Kind, MAX_TARGET, PathPrefix, Request, Upload, parse};
pub use serial::Serial;
pub use table::{Table, attlog, operlog};
