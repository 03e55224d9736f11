//! The HTTP push protocol of attendance terminals (ADMS, `/iclock/…`): requests, tables, replies.
#![doc = include_str!("../README.md")]
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
